"""The HTTP/1.1 connections of one server, so that a fault can break the one its request came on.

uvicorn hands a request no way to its connection; the peer's address and port name it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from starlette.types import Scope

FIRST_REQUEST_S = 30.0  # for the head of a connection's first request; uvicorn itself waits for ever
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_open: dict[tuple[Any, ...], asyncio.Transport] = {}


def _peer(transport: asyncio.BaseTransport) -> tuple[Any, ...]:
    here, there = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
    return (*here[:2], *there[:2])


class Connection(H11Protocol):
    """uvicorn's own protocol, registered while it is open."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """Register the connection."""
        self._name = _peer(transport)
        _open[self._name] = transport
        super().connection_made(transport)
        self._patience = self.loop.call_later(FIRST_REQUEST_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        _open.pop(self._name, None)
        self._patience.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if getattr(self, "cycle", None) is None:  # uvicorn declares it never None, and starts with None
            self.transport.write(_TOO_SLOW)
            self.transport.close()


def transport_of(scope: Scope) -> asyncio.Transport | None:
    """Return the connection a request came on; None when it was called in process."""
    server, client = scope.get("server"), scope.get("client")
    return _open.get((*server, *client)) if server and client else None
