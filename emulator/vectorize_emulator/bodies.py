"""Reading request bodies: bounded in size and time, with the API's own complaints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from vectorize_emulator.context import context_of
from vectorize_emulator.errors import BODY_TOO_LARGE, BODY_TOO_SLOW, JSON_TYPE_EXPECTED, JSON_UNPARSABLE, ApiError
from vectorize_emulator.settings import MAX_JSON_BYTES


def media_type(request: Request) -> str:
    """Return the content type without its parameters; a trailing semicolon is fine."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def chunks(request: Request, max_bytes: int) -> AsyncIterator[bytes]:
    """Yield the body as it arrives.

    Raises:
        ApiError: it exceeds `max_bytes`, or the whole of it took longer than the knob `body_timeout_s`.
    """
    timeout_s = context_of(request).knobs.body_timeout_s
    deadline = asyncio.get_running_loop().time() + timeout_s
    size = 0
    stream = request.stream().__aiter__()
    while True:
        left = deadline - asyncio.get_running_loop().time()
        try:
            chunk = await asyncio.wait_for(stream.__anext__(), max(left, 0.001))
        except StopAsyncIteration:
            return
        except asyncio.TimeoutError as error:
            raise ApiError(BODY_TOO_SLOW, limit=f"{timeout_s:g}") from error
        size += len(chunk)
        if size > max_bytes:
            raise ApiError(BODY_TOO_LARGE, limit=max_bytes)
        yield chunk


async def read_json(request: Request) -> dict[str, Any]:
    """Read a JSON object."""
    if media_type(request) != "application/json":
        raise ApiError(JSON_TYPE_EXPECTED)
    data = b"".join([chunk async for chunk in chunks(request, MAX_JSON_BYTES)])
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ApiError(JSON_UNPARSABLE, detail=error.msg) from error
    if not isinstance(value, dict):
        raise ApiError(JSON_UNPARSABLE, detail="expected an object")
    return value


__all__ = ["ClientDisconnect", "chunks", "media_type", "read_json"]
