"""Faults: which requests they match, and what happens to those.

A fault fires before authentication and before the rate limit, since it plays the network and the gateway.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from vectorize_emulator.envelope import failure
from vectorize_emulator.errors import TesterError
from vectorize_emulator.settings import MAX_NUMBER

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from vectorize_emulator.connections import Connections


@dataclass
class Fault:
    """One fault: exactly one action, or only a delay. `count` is how many matching requests it still applies to."""

    method: str | None = None
    path: str = ""
    skip: int = 0
    count: int = 1
    status: int | None = None
    code: int = 1000
    message: str = "injected fault"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    content_type: str = "text/plain"
    reset: bool = False
    delay_ms: float = 0
    drop_answer: bool = False
    hang: bool = False
    after: bool = False

    @classmethod
    def from_json(cls, data: Any) -> Fault:
        """Check a posted fault.

        Raises:
            TesterError: not an object, an unknown field, a field of another type, no action or several.
        """
        if not isinstance(data, dict):
            raise TesterError("a fault must be a JSON object")
        for name, value in data.items():
            _check_field(name, value)
        fault = cls(**data)
        actions = fault.actions()
        if len(actions) > 1 or not (actions or fault.delay_ms):
            raise TesterError(f"a fault must have one action of {', '.join(_ACTIONS)}, or a delay_ms, got {actions}")
        if fault.after and actions != ["answer"]:
            raise TesterError("after: true needs status or body")
        return fault

    def actions(self) -> list[str]:
        """Return the names of its actions."""
        flags = {
            "answer": self.status is not None or self.body is not None,
            "reset": self.reset,
            "drop_answer": self.drop_answer,
            "hang": self.hang,
        }
        return [name for name, on in flags.items() if on]

    def matches(self, method: str, path: str) -> bool:
        """Return whether a request matches."""
        if self.method and self.method.upper() != method:
            return False
        # No regular expressions, because some take hours on a short path.
        return self.path in path or PurePosixPath(path).match(self.path)

    def answer(self) -> Response:
        """Build the response of a status or body fault."""
        if self.body is not None:
            return Response(self.body, self.status or 200, self.headers, self.content_type)
        items = [{"code": self.code, "message": self.message}]
        return failure(items, self.status or 500, headers=self.headers)


_ACTIONS = ("status/body", "reset", "drop_answer", "hang")
_TYPES: dict[str, tuple[type, ...]] = {
    "method": (str, type(None)),
    "path": (str,),
    "skip": (int,),
    "count": (int,),
    "status": (int,),
    "code": (int,),
    "message": (str,),
    "headers": (dict,),
    "body": (str,),
    "content_type": (str,),
    "reset": (bool,),
    "delay_ms": (int, float),
    "drop_answer": (bool,),
    "hang": (bool,),
    "after": (bool,),
}


_RANGES = {"status": (200, 599), "skip": (0, MAX_NUMBER), "count": (1, MAX_NUMBER), "delay_ms": (0, MAX_NUMBER)}
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"([!-~\x80-\xff]([ \t!-~\x80-\xff]*[!-~\x80-\xff])?)?")


def _check_field(name: str, value: Any) -> None:
    types = _TYPES.get(name)
    if types is None:
        raise TesterError(f"unknown fault field {name!r}. The fields are {', '.join(_TYPES)}")
    if not _is_one_of(value, types):
        raise TesterError(f"fault field {name!r} must be {' or '.join(t.__name__ for t in types)}, got {value!r}")
    if name in _RANGES:
        least, most = _RANGES[name]
        if not least <= value <= most:
            raise TesterError(f"fault field {name!r} must be {least} to {most}, got {value!r}")
    if name == "headers":
        for header, text in value.items():
            _check_header(header, text)
    if name == "content_type":
        _check_header("Content-Type", value)


def _is_one_of(value: object, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and (not isinstance(value, bool) or bool in types)


def _check_header(name: str, value: object) -> None:
    if not _HEADER_NAME.fullmatch(name) or not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
        raise TesterError(f"{name!r}: {value!r} is not an HTTP header. Its value must be a string")


class FaultList:
    """The active faults, in order. Safe for threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Remove every fault."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Count one request, and return the first fault that applies to it."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(method, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.count -= 1
                if fault.count <= 0:
                    self._faults.remove(fault)
                return fault
        return None


class FaultInjector:
    """Middleware that applies faults."""

    def __init__(self, app: ASGIApp, faults: FaultList, connections: Connections) -> None:
        self._app = app
        self._faults = faults
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Apply a fault if one matches."""
        hit = scope["type"] == "http" and scope["path"].startswith("/client/")
        fault = self._faults.take(scope["method"], scope["path"]) if hit else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        scope["vectorize.entry"].fault = "+".join(fault.actions() or ["delay"])
        await asyncio.sleep(fault.delay_ms / 1000)
        await self._apply(fault, scope, receive, send)

    async def _apply(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.reset:
            await _read_all(receive)  # otherwise the client would get the reset while it sends
            await self._disconnect(scope, receive, reset=True)
        elif fault.hang:
            await _until_disconnected(receive)
        elif fault.drop_answer:
            await self._app(scope, receive, _swallow)
            await self._disconnect(scope, receive, reset=False)
        elif fault.actions():
            if fault.after:
                await self._app(scope, receive, _swallow)
            await fault.answer()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _disconnect(self, scope: Scope, receive: Receive, *, reset: bool) -> None:
        transport = self._connections.transport_of(scope)
        if transport is None:  # a call within the process has no connection
            raise ConnectionResetError("injected fault: the connection was closed")
        peer = transport.get_extra_info("socket")
        if reset and peer is not None:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        await _until_disconnected(receive)


async def _swallow(message: Message) -> None:
    """Discard a response."""


async def _read_all(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        continue


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
