"""The log of requests seen, and the outermost layer that fills it and adds the headers every answer has.

Credentials never enter it: their headers are kept by name only.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_ENTRIES = 10_000
MAX_BODY_BYTES = 16 * 1024
SECRET_HEADERS = frozenset({"authorization", "x-auth-key", "x-auth-email", "x-auth-user-service-key", "cookie"})


@dataclass
class Entry:
    """One request and how it was answered; status is None while it runs and when no answer was sent."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    at: float
    status: int | None = None
    ms: float | None = None
    fault: str | None = None
    body: Any = None
    answer: Any = None
    sent: bytearray = field(default_factory=bytearray, repr=False)
    received: bytearray = field(default_factory=bytearray, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return what a tester may see."""
        return {name: value for name, value in asdict(self).items() if name not in {"sent", "received"}}


class RequestLog:
    """The last requests, oldest first. Safe to use from many threads."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Remember a request from the moment it arrives."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[Entry]:
        """Return a copy of the log."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._entries.clear()


class Recorder:
    """ASGI layer: records the API's requests and adds the ray id."""

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
        if scope["path"].startswith("/client/"):
            self._log.add(entry)
        started = time.perf_counter()
        try:
            await self._app(scope, _tee_body(entry, receive), _tee_answer(entry, send))
        finally:
            entry.ms = round((time.perf_counter() - started) * 1000, 3)
            entry.body = _small_json(entry.received, entry.headers.get("content-type", ""))
            entry.answer = _small_json(entry.sent, "application/json")
            entry.received.clear()
            entry.sent.clear()


def _entry_of(scope: Scope) -> Entry:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        headers[name] = "[hidden]" if name in SECRET_HEADERS else raw_value.decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    return Entry(scope["method"], scope["path"], query, headers, time.time())


def _tee_body(entry: Entry, receive: Receive) -> Receive:
    async def tee() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            _keep(entry.received, message.get("body", b""))
        return message

    return tee


def _tee_answer(entry: Entry, send: Send) -> Send:
    async def tee(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.status = message["status"]
            names = {name.lower() for name, _ in message["headers"]}
            if b"cf-ray" not in names:
                ray = f"{secrets.token_hex(8)}-EMU".encode()
                message = {**message, "headers": [*message["headers"], (b"cf-ray", ray)]}
        elif message["type"] == "http.response.body":
            _keep(entry.sent, message.get("body", b""))
        await send(message)

    return tee


def _keep(buffer: bytearray, chunk: bytes) -> None:
    room = MAX_BODY_BYTES + 1 - len(buffer)
    if room > 0:
        buffer += chunk[:room]


def _small_json(buffer: bytearray, content_type: str) -> Any:
    if not buffer or len(buffer) > MAX_BODY_BYTES or "json" not in content_type or "ndjson" in content_type:
        return None
    try:
        return orjson.loads(bytes(buffer))
    except orjson.JSONDecodeError:
        return bytes(buffer).decode("utf-8", "replace")
