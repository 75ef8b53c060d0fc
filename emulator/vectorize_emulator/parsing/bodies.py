"""Reads request bodies with limits of size and time, and the API's own errors."""

from __future__ import annotations

import asyncio
import io
import tempfile
from contextlib import asynccontextmanager
from typing import IO, TYPE_CHECKING, Any

import orjson
from python_multipart.exceptions import FormParserError
from starlette.formparsers import MultiPartException, MultiPartParser

from vectorize_emulator.context import context_of
from vectorize_emulator.errors import (
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    JSON_TYPE_EXPECTED,
    JSON_UNPARSABLE,
    MULTIPART_UNUSABLE,
    UNKNOWN_CONTENT_TYPE,
    ApiError,
)
from vectorize_emulator.settings import MAX_JSON_BYTES, MAX_UPLOAD_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from starlette.datastructures import FormData
    from starlette.requests import Request

SPOOL_BYTES = 1024 * 1024
# How much of a body is read beyond its limit before the connection is closed.
DRAIN_BYTES = 16 * 1024 * 1024
DRAIN_S = 2.0
MULTIPART_EXTRA_BYTES = 64 * 1024  # boundaries and part headers


def media_type(request: Request) -> str:
    """Return the content type without its parameters."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def chunks(request: Request, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """Yield the body as it arrives.

    Raises:
        ApiError: it exceeds `max_bytes`, or took longer than the setting `body_timeout_s`.
    """
    timeout_s = context_of(request).runtime.body_timeout_s
    deadline = asyncio.get_running_loop().time() + timeout_s
    size, is_too_large = 0, False
    stream = request.stream().__aiter__()
    while True:
        left = deadline - asyncio.get_running_loop().time()
        try:
            chunk = await asyncio.wait_for(stream.__anext__(), max(left, 0.001))
        except StopAsyncIteration:
            if is_too_large:
                break
            return
        except asyncio.TimeoutError as error:
            if is_too_large:
                break
            raise ApiError(BODY_TOO_SLOW, limit=f"{timeout_s:g}") from error
        size += len(chunk)
        if size > max_bytes:
            # A client reads the response after it sent its body. So a little more of the body is read and discarded.
            is_too_large = True
            deadline = min(deadline, asyncio.get_running_loop().time() + DRAIN_S)
            if size > max_bytes + DRAIN_BYTES:
                break
        else:
            yield chunk
    raise ApiError(BODY_TOO_LARGE, limit=max_bytes)


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


@asynccontextmanager
async def vectors_file(request: Request) -> AsyncIterator[IO[bytes]]:
    """Return the NDJSON of an insert or upsert as a file: the raw body, or the multipart part `vectors`.

    At most a megabyte of it is in memory; the rest waits in a temporary file.
    """
    kind = media_type(request)
    if kind == "application/x-ndjson":
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
            async for chunk in chunks(request, MAX_UPLOAD_BYTES):
                file.write(chunk)
            file.seek(0)
            yield file
    elif kind == "multipart/form-data":
        form = await _parse_form(request)
        try:
            yield _part(form)
        finally:
            await form.close()
    else:
        raise ApiError(UNKNOWN_CONTENT_TYPE)


async def _parse_form(request: Request) -> FormData:
    parser = MultiPartParser(request.headers, chunks(request, MAX_UPLOAD_BYTES + MULTIPART_EXTRA_BYTES), max_files=1)
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise ApiError(MULTIPART_UNUSABLE, detail=error.message) from error
    except FormParserError as error:
        raise ApiError(MULTIPART_UNUSABLE, detail="malformed") from error


def _part(form: FormData) -> IO[bytes]:
    part = form.get("vectors")
    if part is None:
        raise ApiError(MULTIPART_UNUSABLE, detail="no part named vectors")
    return io.BytesIO(part.encode()) if isinstance(part, str) else part.file
