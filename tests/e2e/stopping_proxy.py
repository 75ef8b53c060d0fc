"""A proxy between a provider and the emulator that stops at one moment of one request, so that a test can kill the processes there.

It forwards one request at a time, and parallel requests in a fixed order. So the same requests have had their effect at a moment
in every run.
"""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.e2e.harness import Emulator

if TYPE_CHECKING:
    from typing_extensions import Self

# How long a request waits for its turn. An unexpected request is forwarded after that, and the recorded requests show it.
TURN_TIMEOUT_S = 20.0


class Phase(Enum):
    """The moments of a request."""

    BEFORE = "before the effect"
    WORKED = "after the effect"
    ANSWERED = "after the response"


@dataclass(frozen=True)
class Stop:
    """The moment at which the proxy stops: a phase of the request with this number, from 0."""

    number: int
    phase: Phase


@dataclass
class StoppingProxy:
    """Forwards requests to an emulator, as a context manager. `reached` is set when it stops.

    Args:
        emulator: the target.
        order: the requests of the operation, from `requests` of an earlier run. Empty for any order.
        stop: the moment at which to stop. None for never.
    """

    emulator: Emulator
    order: list[str] = field(default_factory=list)
    stop: Stop | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    _seen: list[str] = field(default_factory=list)
    _turn: threading.Condition = field(default_factory=threading.Condition)
    _released: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def base_url(self) -> str:
        """The URL to use instead of the emulator's."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/client/v4"

    @property
    def requests(self) -> list[str]:
        """The received requests, as lines such as `POST indexes/docs/metadata_index/create year`. Parallel requests are sorted."""
        return [line for _, group in groupby(self._seen, key=_kind) for line in sorted(group)]

    def release(self) -> None:
        """Drop the stopped request without a response."""
        self._released.set()
        with self._turn:
            self._turn.notify_all()

    def pass_on(self, request: _Request) -> _Answer | None:
        """Forward a request in its turn, and return the response. None if the proxy has stopped."""
        with self._turn:
            self._turn.wait_for(lambda: self._released.is_set() or self._is_next(request.line), TURN_TIMEOUT_S)
            number = len(self._seen)
            if self._stands_still(number, Phase.BEFORE):
                return None
            answer = self._forward(request)
            self._seen.append(request.line)
            self._turn.notify_all()
            return None if self._stands_still(number, Phase.WORKED) else answer

    def note_answered(self) -> None:
        """Note that a response was sent to the provider."""
        if self.stop == Stop(len(self._seen) - 1, Phase.ANSWERED):
            self.reached.set()

    def _is_next(self, line: str) -> bool:
        return not self.order[len(self._seen) :] or self.order[len(self._seen)] == line

    def _stands_still(self, number: int, phase: Phase) -> bool:
        if self.stop == Stop(number, phase):
            self.reached.set()
            self._released.wait()  # while it holds the turn, so no other request is forwarded
        return self._released.is_set()

    def _forward(self, request: _Request) -> _Answer:
        target = urlsplit(self.emulator.base_url)
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=10)
        try:
            connection.request(request.method, request.path, request.body, request.headers)
            response = connection.getresponse()
            answer = _Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()
        if "metadata_index" in request.path and request.method == "POST":
            self.emulator.process()  # so that the next list shows it, and the number of polls is always the same
        return answer


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def line(self) -> str:
        """The request in one line: method, path, and the property of a metadata index."""
        line = f"{self.method} {self.path.partition('/vectorize/v2/')[2]}"
        return f"{line} {json.loads(self.body)['propertyName']}" if _is_about_metadata(line) else line


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def _is_about_metadata(line: str) -> bool:
    return line.startswith("POST ") and "/metadata_index/" in line


def _kind(line: str) -> object:
    """Return the same value for requests that are sent in parallel, and a new one for any other request."""
    return line.rpartition(" ")[0] if _is_about_metadata(line) else object()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing: a killed client resets its connections."""


def _handler(proxy: StoppingProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = _Request(self.command, self.path, dict(self.headers), self.rfile.read(length))
            answer = proxy.pass_on(request)
            if answer is None:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            proxy.note_answered()

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815 -- names that the base class looks for

    return Handler
