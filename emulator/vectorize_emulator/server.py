"""Runs an emulator: in this process until a signal (`serve`), or in a thread (`Emulator`)."""

from __future__ import annotations

import signal
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from vectorize_emulator.app import build_app
from vectorize_emulator.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from vectorize_emulator.settings import Settings

GRACE_S = 1  # a hanging request does not delay the end


class PortInUseError(RuntimeError):
    """The emulator cannot listen on the port."""


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket. Port 0 chooses a free one.

    Raises:
        PortInUseError: it is taken, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only on this proto
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(256)  # before the ready line, because a client may connect at once
    except (OSError, OverflowError) as error:  # the second for a port beyond 65535
        sock.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise PortInUseError(
            f"cannot listen on {host}:{port}: {reason}. Choose another port with --port (0 chooses a free one)"
        ) from error
    return sock


def base_url_of(sock: socket.socket) -> str:
    """Return the URL that clients use in place of https://api.cloudflare.com/client/v4."""
    host, port = sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/client/v4"


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def _make_server(context: Context, on_ready: Callable[[], None]) -> _Server:
    config = uvicorn.Config(
        build_app(context),
        http=context.connections.protocol(),
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    return _Server(config, on_ready)


def serve(settings: Settings, sock: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then close the store."""
    context = Context(settings)
    try:
        server = _make_server(context, on_ready)
        for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again at its end
            signal.signal(number, lambda *_: None)
        server.run(sockets=[sock])
    finally:
        context.close()


class Emulator:
    """An emulator in a thread, as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._socket = listen(settings.host, settings.port)
        try:
            self.context = Context(settings)
        except BaseException:
            self._socket.close()
            raise
        self._ready = threading.Event()
        self._server = _make_server(self.context, self._ready.set)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="vectorize-emulator")
        self._thread.daemon = True
        self.base_url = base_url_of(self._socket)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the emulator did not start within 10 s")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(GRACE_S + 5)
        self._socket.close()
        self.context.close()
