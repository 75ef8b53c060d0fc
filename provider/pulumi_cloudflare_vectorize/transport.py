"""One request to the API, made to come through: rate limit, retries, envelope → typed result or error.

Never repeats a POST that may have worked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from tenacity import RetryCallState, Retrying, retry_if_exception

from .envelope import Answer, Request, decode
from .errors import (
    ApiError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransportError,
    VectorizeError,
)
from .limits import RateLimiter
from .settings import Settings
from .waiting import Backoff, Clock, Deadline, canceled

if TYPE_CHECKING:
    from .connections import Connections

# Tries of one request, but for a rate limit, which is waited for as long as the deadline allows: some 30 s of an outage.
MAX_TRIES = 8


def _connect(settings: Settings) -> Connections:
    from .connections import Connections  # noqa: PLC0415 -- its library is imported with the first request: most runs send none

    return Connections(settings)


@dataclass
class Transport:
    """What sends the requests of one process; safe for threads.

    `notice` is told of every retry, in a line for the person who waits.
    """

    settings: Settings
    clock: Clock = field(default_factory=Clock)
    notice: Callable[[str], None] = lambda _: None
    connector: Callable[[Settings], Connections] = _connect

    def __post_init__(self) -> None:
        self._limiter = RateLimiter(self.clock)
        self._connecting = threading.Lock()
        self._connections: Connections | None = None

    def connect(self) -> Connections:
        """Return the connections to the API, made with the first call."""
        with self._connecting:
            if self._connections is None:
                self._connections = self.connector(self.settings)
            return self._connections

    def send(self, request: Request, deadline: Deadline) -> Answer:
        """Send a request, again and again where that is safe and helps, until the deadline.

        Raises:
            ApiError: the API refused; the subclass says in which way.
            TransportError: no usable answer came.
        """
        retrying = Retrying(
            retry=retry_if_exception(lambda error: is_worth_retrying(request, error)),
            wait=_wait_s,
            stop=lambda state: self._is_enough(state, deadline),
            sleep=deadline.sleep,
            before_sleep=self._report,
            reraise=True,
        )
        return retrying(self._attempt, request, deadline)

    def _attempt(self, request: Request, deadline: Deadline) -> Answer:
        with self._limiter.turn(deadline, self.notice, request.place) as order:
            if request.is_change and self.clock.cancelled.is_set():
                raise canceled()
            reply = self.connect().exchange(request, deadline)
            if reply.status != HTTPStatus.TOO_MANY_REQUESTS:
                self._limiter.learn(reply.headers, order)
        return decode(request, reply.status, reply.headers, reply.body, self.settings.credentials.secrets())

    def _is_enough(self, state: RetryCallState, deadline: Deadline) -> bool:
        """Whether there is no next try; a block is told to all requests of the process, also when this one gives up."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RateLimitedError):
            deadline.excuse(self._limiter.block(state.upcoming_sleep))
        elif state.attempt_number >= MAX_TRIES:
            return True
        return not deadline.allows(state.upcoming_sleep)

    def _report(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        what = error.fact if isinstance(error, VectorizeError) else error
        self.notice(f"{what}; trying again in {state.upcoming_sleep:.1f} s")


def is_worth_retrying(request: Request, error: BaseException) -> bool:
    """Whether the same request may be sent again after an error: a table of behaviours 25 as a predicate."""
    if isinstance(error, RateLimitedError):
        return True
    if isinstance(error, ServerError):
        return request.is_repeatable
    if isinstance(error, NotFoundError):
        return request.is_listing
    return isinstance(error, TransportError) and (request.is_repeatable or not error.may_have_worked)


def may_have_worked(error: VectorizeError) -> bool:
    """Whether the request that failed so may have done its work all the same."""
    return isinstance(error, ServerError) or (isinstance(error, TransportError) and error.may_have_worked)


_backoff = Backoff(first_s=0.5, longest_s=8.0)


def _wait_s(state: RetryCallState) -> float:
    """Seconds until the next try: what the API asks for (with a little jitter), else growing."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.failure.retry_after_s if isinstance(error, ApiError) else None
    return _backoff(state) if asked is None else asked + _backoff(state) / 8
