"""One exchange with the API over HTTP: credentials, time-outs, bounds of the answer; trouble on the way becomes a `TransportError`.

The only module that imports `requests`. Never follows a redirect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from ._version import __version__
from .envelope import Request
from .errors import SettingsError, TransportError
from .settings import Settings
from .waiting import Deadline, run_within

USER_AGENT = f"pulumi-cloudflare-vectorize/{__version__} python-requests/{requests.__version__}"

# 50,000 indexes of some 300 bytes are 15 MB, the largest answer that the API's limits allow.
MAX_BODY_BYTES = 64 * 1024 * 1024
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
# An answer that drips in is given up so long after the deadline: the library's own time-outs, which say more, come first.
SLACK_S = 0.25
# One connection for each thread that the widest pool of the dynamic server could hold.
MAX_CONNECTIONS = 64


@dataclass(frozen=True)
class Reply:
    """What came back, whatever it means."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Connections:
    """A pool of connections to one API; safe for threads."""

    settings: Settings
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=MAX_CONNECTIONS)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        self.session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        self._read_environment()

    def _read_environment(self) -> None:
        """Take over the person's proxy and certificates, once: the library would spend a quarter of each request's time on them.

        Without that trust it also leaves ~/.netrc alone, which would replace the credentials.
        """
        found = self.session.merge_environment_settings(self.settings.base_url, {}, None, None, None)
        self.session.trust_env = False
        self.session.verify = found["verify"]
        if isinstance(found["verify"], str) and not Path(found["verify"]).exists():
            raise SettingsError(
                f"there are no certificates at {found['verify']} (REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment) — "
                "correct the path, or unset it"
            )
        # Plain http goes to this machine only (settings), and past no proxy, which would read the credentials.
        self.session.proxies = {} if self.settings.base_url.startswith("http://") else dict(found["proxies"])

    def exchange(self, request: Request, deadline: Deadline) -> Reply:
        """Send a request, and return what comes back before the deadline.

        Raises:
            TransportError: nothing usable came; `may_have_worked` says whether it was sent.
        """
        with _as_transport_errors(request, self.settings.base_url):
            reply = run_within(
                lambda: self._exchange(request, deadline), deadline.remaining_s() + SLACK_S, deadline.clock.cancelled
            )
        if reply is None:
            raise _too_slow(request)
        return reply

    def _exchange(self, request: Request, deadline: Deadline) -> Reply:
        """Send a request, and read the answer. The library's time-outs are those of single packets, so this may outlive them."""
        left = max(0.1, deadline.remaining_s())
        with self.session.request(
            request.method,
            self.settings.base_url + request.path,
            json=request.json,
            headers=self.settings.credentials.headers(),
            timeout=(min(CONNECT_TIMEOUT_S, left), min(READ_TIMEOUT_S, left)),
            allow_redirects=False,
            stream=True,
        ) as response:
            return Reply(response.status_code, response.headers, _read(request, response, deadline))


def _read(request: Request, response: requests.Response, deadline: Deadline) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(64 * 1024):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TransportError(
                f"cannot {request.action}: the answer is larger than {MAX_BODY_BYTES} bytes ({request.place})"
            )
        if deadline.remaining_s() <= 0:
            raise _too_slow(request)
    return bytes(body)


def _too_slow(request: Request) -> TransportError:
    return TransportError(
        f"cannot {request.action}: the answer came too slowly for the time-out ({request.place}) — run it again"
    )


@contextmanager
def _as_transport_errors(request: Request, base_url: str) -> Iterator[None]:
    try:
        yield
    except requests.exceptions.RequestException as error:
        raise TransportError(
            f"cannot {request.action}: {_plain_reason(error)} ({request.place} at"
            f" {base_url}) — check the network and the base URL, then run it again",
            may_have_worked=not _was_never_sent(error),
        ) from error


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
