"""The open HTTP/1.1 connections of one server, so that a fault can break the connection of its request.

uvicorn gives a request no way to its connection, so the address and the port of the peer identify it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from starlette.types import Scope

HEAD_S = 30.0  # for the head of a request. uvicorn itself has no limit.
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def _peer(transport: asyncio.BaseTransport) -> tuple[Any, ...]:
    here, there = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
    return (*here[:2], *there[:2])


class Connections:
    """The open connections of one server: address and port of both ends → transport."""

    def __init__(self) -> None:
        self.open: dict[tuple[Any, ...], asyncio.Transport] = {}

    def transport_of(self, scope: Scope) -> asyncio.Transport | None:
        """Return the connection of a request. None for a call within the process."""
        server, client = scope.get("server"), scope.get("client")
        return self.open.get((*server, *client)) if server and client else None

    def protocol(self) -> type[Connection]:
        """Return uvicorn's protocol class, bound to these connections."""
        return type("BoundConnection", (Connection,), {"registry": self})


class Connection(H11Protocol):
    """uvicorn's own protocol, registered while it is open."""

    registry: Connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """Register the connection."""
        self._name = _peer(transport)
        self.registry.open[self._name] = transport
        super().connection_made(transport)
        self._patience: asyncio.TimerHandle | None = self.loop.call_later(HEAD_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.registry.open.pop(self._name, None)
        self._head_is_complete()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass data on, and limit the time of an unfinished head."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._head_is_complete()
        elif self._patience is None:
            self._patience = self.loop.call_later(HEAD_S, self._give_up)

    def _head_is_complete(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self.transport.write(_TOO_SLOW)
        self.transport.close()
