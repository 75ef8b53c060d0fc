"""One HTTP exchange with the API: credentials, timeouts, and limits of the response. Every failure is a `TransportError`.

The only module that imports `requests`. It never follows a redirect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import InvalidHeader, NewConnectionError
from urllib3.util import Retry

from .._version import __version__
from ..config import Settings
from ..errors import SettingsError, TransportError
from ..waiting import Deadline, run_within
from .response import HttpResponse, Request

USER_AGENT: Final = f"pulumi-cloudflare-vectorize/{__version__} python-requests/{requests.__version__}"

# 50,000 indexes of about 300 bytes are 15 MB: the largest response within the API's limits.
MAX_BODY_BYTES: Final = 64 * 1024 * 1024
CONNECT_TIMEOUT_S: Final = 10.0
READ_TIMEOUT_S: Final = 60.0
# How long after the deadline a slow response is abandoned. The library's own timeouts come first, and their errors are more
# precise.
SLACK_S: Final = 0.25
# Characters of a Retry-After header: seconds, or a date of 29 characters.
_MAX_RETRY_AFTER: Final = 32
# One connection for each thread of the widest pool that the dynamic server can have.
MAX_CONNECTIONS: Final = 64


@dataclass
class HttpClient:
    """A pool of connections to one API. Safe for threads."""

    settings: Settings
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=MAX_CONNECTIONS)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        self.session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        self._read_environment()

    def _read_environment(self) -> None:
        """Read the proxy and the certificates of the environment, once.

        The library would read them for each request, which takes a quarter of its time. Without `trust_env` it also ignores
        ~/.netrc, which would replace the credentials.
        """
        found = self.session.merge_environment_settings(self.settings.base_url, {}, None, None, None)
        self.session.trust_env = False
        self.session.verify = found["verify"]
        if isinstance(found["verify"], str) and not Path(found["verify"]).exists():
            raise SettingsError(
                f"there are no certificates at {found['verify']}",
                "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment",
                "Correct the path, or unset the variable",
            )
        # Plain http only goes to this machine (config), and past every proxy, because a proxy would see the credentials.
        self.session.proxies = {} if self.settings.base_url.startswith("http://") else dict(found["proxies"])

    def exchange(self, request: Request, deadline: Deadline) -> HttpResponse:
        """Send a request, and return the response that arrives before the deadline.

        Raises:
            TransportError: no usable response. `may_have_worked` is false if the request was never sent.
        """
        with _as_transport_errors(request, self.settings.base_url):
            response = run_within(
                lambda: self._exchange(request, deadline), deadline.remaining_s() + SLACK_S, deadline.clock.cancelled
            )
        if response is None:
            raise _too_slow(request)
        return response

    def _exchange(self, request: Request, deadline: Deadline) -> HttpResponse:
        """Send a request and read the response. The library's timeouts apply to single packets, so this may outlive them."""
        left_s = max(0.1, deadline.remaining_s())
        with self.session.request(
            request.method,
            self.settings.base_url + request.path,
            json=request.json,
            headers=self.settings.credentials.headers(),
            timeout=(min(CONNECT_TIMEOUT_S, left_s), min(READ_TIMEOUT_S, left_s)),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = _read(request, response, deadline)
            return HttpResponse(response.status_code, response.headers, body, _retry_after_s(response.headers))


def _read(request: Request, response: requests.Response, deadline: Deadline) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(64 * 1024):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TransportError(
                f"cannot {request.action}: the response is larger than {MAX_BODY_BYTES} bytes", request.place
            )
        if deadline.remaining_s() <= 0:
            raise _too_slow(request)
    return bytes(body)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "").strip()
    if not 0 < len(value) <= _MAX_RETRY_AFTER:
        return None
    try:
        return float(Retry().parse_retry_after(value))
    except InvalidHeader:
        return None


def _too_slow(request: Request) -> TransportError:
    return TransportError(
        f"cannot {request.action}: the response did not arrive before the timeout",
        request.place,
        "Run the command again",
    )


@contextmanager
def _as_transport_errors(request: Request, base_url: str) -> Iterator[None]:
    try:
        yield
    except requests.exceptions.RequestException as error:
        raise TransportError(
            f"cannot {request.action}: {_plain_reason(error)}",
            f"{request.place} at {base_url}",
            "Check the network and the base URL, then run the command again",
            may_have_worked=not _was_never_sent(error),
        ) from error


def _was_never_sent(error: requests.exceptions.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    return any(isinstance(getattr(cause, "reason", None), NewConnectionError) for cause in error.args)


# The library's own texts contain object addresses, and may contain headers. The first class that matches counts.
_REASONS: Final[tuple[tuple[type[requests.exceptions.RequestException], str], ...]] = (
    (requests.exceptions.ConnectTimeout, "no connection within the timeout"),
    (requests.exceptions.Timeout, "no response within the timeout"),
    (requests.exceptions.SSLError, "the TLS certificate was not accepted"),
    (requests.exceptions.ProxyError, "the proxy refused the connection"),
    (requests.exceptions.ConnectionError, "the connection failed or was closed before a response arrived"),
)


def _plain_reason(error: requests.exceptions.RequestException) -> str:
    known = (reason for kind, reason in _REASONS if isinstance(error, kind))
    return next(known, f"the request failed ({type(error).__name__})")
