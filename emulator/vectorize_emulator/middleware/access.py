"""Middleware between the faults and the routes: latency, rate limit, credentials, and access to /_emulator."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from vectorize_emulator.envelope import error_items, failure
from vectorize_emulator.errors import AUTH_REFUSED, RATE_LIMITED, ApiError
from vectorize_emulator.middleware.auth import authenticate

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from vectorize_emulator.context import Context
    from vectorize_emulator.settings import Settings


class Gate:
    """Accepts or rejects a request of the API, and protects the control routes."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Accept or reject the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith("/client/"):
            await self._guarded(self._api, scope, receive, send, is_open=not is_loopback(self._context.settings.host))
        else:
            await self._guarded(self._app, scope, receive, send, is_open=False)

    async def _guarded(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, *, is_open: bool) -> None:
        """Reject requests of web pages, and of other machines unless the listening address allows them."""
        if (is_open or _is_from_here(scope)) and _is_from_no_page(scope):
            await app({**scope, "path": _segments(scope)}, receive, send)
        else:
            refusal = PlainTextResponse("only for callers on this machine\n", 403, {"Connection": "close"})
            await refusal(scope, receive, send)

    async def _api(self, scope: Scope, receive: Receive, send: Send) -> None:
        runtime = self._context.runtime
        if runtime.latency_ms:
            await asyncio.sleep(runtime.latency_ms / 1000)
        who, refusal = _identify(scope, self._context.settings)
        if runtime.rate_limit:
            verdict = self._context.limiter.take(who, runtime.rate_limit, runtime.rate_window_s)
            send = _with_headers(send, verdict.headers())
            if verdict.refused:
                items = error_items(ApiError(RATE_LIMITED, limit=verdict.limit, window=verdict.window_s))
                await failure(items, RATE_LIMITED.status)(scope, receive, send)
                return
        if refusal is not None:
            status = runtime.auth_status if refusal.kind is AUTH_REFUSED else refusal.kind.status
            await failure(error_items(refusal), status)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _identify(scope: Scope, settings: Settings) -> tuple[str, ApiError | None]:
    """Return the name of the caller for the rate limit. All callers with rejected credentials share one name."""
    try:
        return authenticate(Headers(scope=scope), settings), None
    except ApiError as error:
        return "refused", error


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *raw]}
        await send(message)

    return with_headers


def _is_from_here(scope: Scope) -> bool:
    """Return whether the caller is on this machine and uses its name. Another name may be bound to it by a web page."""
    client = scope.get("client")
    if client is not None and not is_loopback(client[0]):
        return False
    return is_loopback(_hostname(Headers(scope=scope).get("host", "")))


def _is_from_no_page(scope: Scope) -> bool:
    """Return whether no web page sent the request, or the emulator's own page did."""
    headers = Headers(scope=scope)
    return headers.get("origin") in (None, f"{scope['scheme']}://{headers.get('host', '')}")


def _segments(scope: Scope) -> str:
    """Decode the path. An encoded slash stays in its segment: `docs%2Finfo` is a name, not an operation."""
    raw = scope.get("raw_path")
    return unquote(re.sub("%(?=2[Ff])", "%25", raw.decode("latin-1").partition("?")[0])) if raw else scope["path"]


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # an unclosed bracket
        return ""


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a name, not an address
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
