"""The request log, and the outermost middleware, which fills it and adds the headers of every response.

It contains no credentials: their headers are recorded by name only.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_ENTRIES = 10_000
MAX_BODY_BYTES = 16 * 1024
MAX_LOG_BYTES = 32 * 1024 * 1024  # of all bodies and responses. 10,000 long ones would be ten times as much
SECRET_HEADERS = frozenset({"authorization", "x-auth-key", "x-auth-email", "x-auth-user-service-key", "cookie"})


@dataclass
class Entry:
    """One request and its response. `status` is None while the request runs, and without a response."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    at: float
    status: int | None = None
    ms: float | None = None
    fault: str | None = None
    body: bytes = b""
    answer: bytes = b""

    def to_json(self) -> dict[str, Any]:
        """Return what the control route shows."""
        return {**vars(self), "body": _readable(self.body), "answer": _readable(self.answer)}


def _readable(raw: bytes) -> orjson.Fragment | str | None:
    if not raw:
        return None
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")
    return orjson.Fragment(raw)


class RequestLog:
    """The last requests, oldest first. Safe to use from many threads."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)
        self._whole: deque[Entry] = deque()  # entries with bodies
        self._bytes = 0
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Add a request when it arrives."""
        with self._lock:
            self._entries.append(entry)

    def keep(self, entry: Entry, body: bytes, answer: bytes) -> None:
        """Add the bodies of a request that has ended. The oldest ones lose theirs beyond a limit."""
        with self._lock:
            entry.body, entry.answer = body, answer
            self._whole.append(entry)
            self._bytes += len(body) + len(answer)
            while self._bytes > MAX_LOG_BYTES or len(self._whole) > MAX_ENTRIES:
                oldest = self._whole.popleft()
                self._bytes -= len(oldest.body) + len(oldest.answer)
                oldest.body = oldest.answer = b""

    def entries(self) -> list[Entry]:
        """Return a copy of the log."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._entries.clear()
            self._whole.clear()
            self._bytes = 0


class Recorder:
    """Middleware that records requests and adds the ray ID."""

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        entry = _entry_of(scope)
        scope["vectorize.entry"] = entry
        is_api = scope["path"].startswith("/client/")
        if is_api:
            self._log.add(entry)
        started = time.perf_counter()
        received, sent = bytearray(), bytearray()
        try:
            await self._app(scope, _tee_body(received, receive), _tee_answer(entry, sent, send))
        finally:
            entry.ms = round((time.perf_counter() - started) * 1000, 3)
            if is_api:
                self._log.keep(entry, _json_only(received, entry), _unless_large(sent))


def _entry_of(scope: Scope) -> Entry:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        headers[name] = "[hidden]" if name in SECRET_HEADERS else raw_value.decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    return Entry(scope["method"], scope["path"], query, headers, time.time())


def _tee_body(received: bytearray, receive: Receive) -> Receive:
    async def tee() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            _keep(received, message.get("body", b""))
        return message

    return tee


def _tee_answer(entry: Entry, sent: bytearray, send: Send) -> Send:
    async def tee(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.status = message["status"]
            names = {name.lower() for name, _ in message["headers"]}
            if b"cf-ray" not in names:
                ray = f"{secrets.token_hex(8)}-EMU".encode()
                message = {**message, "headers": [*message["headers"], (b"cf-ray", ray)]}
        elif message["type"] == "http.response.body":
            _keep(sent, message.get("body", b""))
        await send(message)

    return tee


def _keep(buffer: bytearray, chunk: bytes) -> None:
    room = MAX_BODY_BYTES + 1 - len(buffer)
    if room > 0:
        buffer += chunk[:room]


def _json_only(received: bytearray, entry: Entry) -> bytes:
    kind = entry.headers.get("content-type", "")
    return _unless_large(received) if "json" in kind and "ndjson" not in kind else b""


def _unless_large(buffer: bytearray) -> bytes:
    return b"" if len(buffer) > MAX_BODY_BYTES else bytes(buffer)
