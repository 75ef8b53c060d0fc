"""Sends one request until it succeeds or fails for good: rate limit, retries, decoding.

Never repeats a POST that may have had its effect.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from tenacity import RetryCallState, Retrying, retry_if_exception

from ..config import Settings
from ..errors import (
    ApiError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransportError,
    VectorizeError,
)
from ..waiting import Clock, Deadline, canceled, growing
from .rate_limit import RateLimiter
from .response import ApiResponse, Request, decode

if TYPE_CHECKING:
    from .http import HttpClient

Notice = Callable[[str], None]

# Attempts of one request, about 30 s of an outage. A rate limit does not count: it is waited for until the deadline.
MAX_ATTEMPTS: Final = 8


def _connect(settings: Settings) -> HttpClient:
    # Deferred: docs/internals/performance.md, "Imports".
    from .http import HttpClient  # noqa: PLC0415

    return HttpClient(settings)


def no_notice(_: str) -> None:
    """Ignore a notice."""


@dataclass
class Transport:
    """Sends the requests of one process. Safe for threads."""

    settings: Settings
    clock: Clock = field(default_factory=Clock)
    connector: Callable[[Settings], HttpClient] = _connect

    def __post_init__(self) -> None:
        self._limiter = RateLimiter(self.clock)
        self._connecting = threading.Lock()
        self._http: HttpClient | None = None

    def connect(self) -> HttpClient:
        """Return the HTTP client. The first call makes it."""
        with self._connecting:
            if self._http is None:
                self._http = self.connector(self.settings)
            return self._http

    def send(self, request: Request, deadline: Deadline, notice: Notice = no_notice) -> ApiResponse:
        """Send a request. Repeat it until the deadline if that is safe and can help.

        `notice` receives a line before each retry and each long wait.

        Raises:
            ApiError: the API returned an error. Its subclass says which.
            TransportError: no usable response.
        """
        retrying = Retrying(
            retry=retry_if_exception(lambda error: is_worth_retrying(request, error)),
            wait=_pause_s,
            stop=lambda state: self._is_enough(state, deadline),
            sleep=deadline.sleep,
            before_sleep=lambda state: notice(_report(state)),
            reraise=True,
        )
        return retrying(self._attempt, request, deadline, notice)

    def _attempt(self, request: Request, deadline: Deadline, notice: Notice) -> ApiResponse:
        with self._limiter.turn(deadline, notice, request.place) as order:
            if request.is_change and self.clock.cancelled.is_set():
                raise canceled()
            response = self.connect().exchange(request, deadline)
            if response.status != HTTPStatus.TOO_MANY_REQUESTS:
                self._limiter.learn(response.headers, order)
        return decode(request, response, self.settings.credentials.secrets())

    def _is_enough(self, state: RetryCallState, deadline: Deadline) -> bool:
        """Return whether there is no other attempt. A block stops all requests of the process, even if this one ends here."""
        if isinstance(_error(state), RateLimitedError):
            deadline.excuse(self._limiter.block(state.upcoming_sleep))
        elif state.attempt_number >= MAX_ATTEMPTS:
            return True
        return not deadline.allows(state.upcoming_sleep)


def is_worth_retrying(request: Request, error: BaseException) -> bool:
    """Return whether the same request may be sent again after an error (docs/internals/behaviors.md, 25)."""
    if isinstance(error, RateLimitedError):
        return True
    if isinstance(error, ServerError):
        return request.is_repeatable
    if isinstance(error, NotFoundError):
        return request.is_listing
    return isinstance(error, TransportError) and (request.is_repeatable or not error.may_have_worked)


def may_have_worked(error: VectorizeError) -> bool:
    """Return whether the request of an error may have had its effect."""
    return isinstance(error, ServerError) or (isinstance(error, TransportError) and error.may_have_worked)


_growing: Final = growing(first_s=0.5, longest_s=8.0)


def _pause_s(state: RetryCallState) -> float:
    """Return the pause before the next attempt: what the API asks for plus a little jitter, or a growing pause."""
    error = _error(state)
    asked_s = error.failure.retry_after_s if isinstance(error, ApiError) else None
    return _growing(state) if asked_s is None else asked_s + _growing(state) / 8


def _report(state: RetryCallState) -> str:
    error = _error(state)
    what = error.fact if isinstance(error, VectorizeError) else error
    return f"{what}. Next attempt in {state.upcoming_sleep:.1f} s"


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
