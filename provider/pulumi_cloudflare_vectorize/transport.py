"""One request to the API, made to come through: credentials, time-outs, rate limit, retries, envelope → typed result or error.

The only module that imports `requests`. Never follows a redirect, never repeats a POST that may have worked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception
from urllib3.exceptions import NewConnectionError

from ._version import __version__
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
from .waiting import QUIET_S, Backoff, Clock, Deadline

USER_AGENT = f"pulumi-cloudflare-vectorize/{__version__} python-requests/{requests.__version__}"

# 50,000 indexes of some 300 bytes are 15 MB, the largest answer that the API's limits allow.
MAX_BODY_BYTES = 64 * 1024 * 1024
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
# Tries of one request, but for a rate limit, which is waited for as long as the deadline allows: some 30 s of an outage.
MAX_TRIES = 8
# One connection for each thread that the widest pool of the dynamic server could hold.
MAX_CONNECTIONS = 64


@dataclass
class Transport:
    """A pooled session for one process; safe for threads.

    `notice` is told of every retry, in a line for the person who waits.
    """

    settings: Settings
    clock: Clock = field(default_factory=Clock)
    notice: Callable[[str], None] = lambda _: None
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=MAX_CONNECTIONS)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        self.session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        self._limiter = RateLimiter(self.clock)

    def send(self, request: Request, deadline: Deadline) -> Answer:
        """Send a request, again and again where that is safe and helps, until the deadline.

        Raises:
            ApiError: the API refused; the subclass says in which way.
            TransportError: no usable answer came.
        """
        retrying = Retrying(
            retry=retry_if_exception(lambda error: is_worth_retrying(request, error)),
            wait=_wait_s,
            stop=lambda state: _is_enough(state, deadline),
            sleep=deadline.sleep,
            before_sleep=self._report,
            reraise=True,
        )
        return retrying(self._attempt, request, deadline)

    def _attempt(self, request: Request, deadline: Deadline) -> Answer:
        waited = self._limiter.wait(deadline)
        if waited > QUIET_S:
            self.notice(f"waited {waited:.0f} s for the API's rate limit")
        with self._as_transport_errors(request), self._open(request, deadline) as response:
            self._limiter.learn(response.headers)
            body = _read(request, response, deadline)
        return decode(request, response.status_code, response.headers, body, self.settings.credentials.secrets())

    @contextmanager
    def _open(self, request: Request, deadline: Deadline) -> Iterator[requests.Response]:
        read_timeout = max(0.1, min(READ_TIMEOUT_S, deadline.remaining_s()))
        response = self.session.request(
            request.method,
            self.settings.base_url + request.path,
            json=request.json,
            headers=self.settings.credentials.headers(),
            timeout=(min(CONNECT_TIMEOUT_S, read_timeout), read_timeout),
            auth=_no_netrc,
            allow_redirects=False,
            # Plain http goes to this machine only (settings), and past no proxy, which would read the credentials.
            proxies={"http": "", "https": ""} if self.settings.base_url.startswith("http://") else None,
            stream=True,
        )
        try:
            yield response
        finally:
            response.close()

    @contextmanager
    def _as_transport_errors(self, request: Request) -> Iterator[None]:
        try:
            yield
        except requests.exceptions.RequestException as error:
            raise TransportError(
                f"cannot {request.action}: {_plain_reason(error)} ({request.place} at"
                f" {self.settings.base_url}) — check the network and the base URL, then run it again",
                may_have_worked=not _was_never_sent(error),
            ) from error

    def _report(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RateLimitedError):
            self._limiter.block(state.upcoming_sleep)
        self.notice(f"{error}; trying again in {state.upcoming_sleep:.1f} s")


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep `requests` from replacing the credentials by a ~/.netrc entry of the host."""
    return request


def _read(request: Request, response: requests.Response, deadline: Deadline) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(64 * 1024):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TransportError(
                f"cannot {request.action}: the answer is larger than {MAX_BODY_BYTES} bytes ({request.place})"
            )
        if deadline.remaining_s() <= 0:
            raise TransportError(
                f"cannot {request.action}: the answer came too slowly for the time-out ({request.place})"
            )
    return bytes(body)


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


def _is_enough(state: RetryCallState, deadline: Deadline) -> bool:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimitedError):
        deadline.excuse(state.upcoming_sleep)
    elif state.attempt_number >= MAX_TRIES:
        return True
    return not deadline.allows(state.upcoming_sleep)


def _wait_s(state: RetryCallState) -> float:
    """Seconds until the next try: what the API asks for (with a little jitter), else growing."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.failure.retry_after_s if isinstance(error, ApiError) else None
    return _backoff(state) if asked is None else asked + _backoff(state) / 8


def _was_never_sent(error: requests.exceptions.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    return any(isinstance(getattr(cause, "reason", None), NewConnectionError) for cause in error.args)


def _plain_reason(error: requests.exceptions.RequestException) -> str:
    """Say what happened in words of this project: the library's own text holds object addresses, and may hold headers."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection within the time-out"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer within the time-out"
    if isinstance(error, requests.exceptions.SSLError):
        return "the TLS certificate was not accepted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy refused the connection"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "the connection failed or was closed before an answer came"
    return f"the request failed ({type(error).__name__})"
