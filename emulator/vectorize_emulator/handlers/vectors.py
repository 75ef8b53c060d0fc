"""The data plane: insert, upsert, query, get and delete by ids, list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vectorize_emulator.context import Context, context_of
from vectorize_emulator.envelope import success
from vectorize_emulator.errors import BAD_CURSOR, BAD_PARAMETER, ApiError
from vectorize_emulator.handlers.indexes import address_of
from vectorize_emulator.parsing.bodies import read_json, vectors_file
from vectorize_emulator.parsing.queries import MAX_DELETE_IDS, MAX_GET_IDS, ids_of, query_of
from vectorize_emulator.parsing.vectors import read_vectors

if TYPE_CHECKING:
    from typing import IO

    from starlette.requests import Request
    from starlette.responses import Response

    from vectorize_emulator.store.mutations import Mutation

MAX_LIST_COUNT = 1000
DEFAULT_LIST_COUNT = 100


def accepted(context: Context, mutation: Mutation) -> Response:
    """Return the ID of a mutation that is in the log."""
    context.processor.note(mutation.uid)
    return success({"mutationId": mutation.mutation_id})


async def insert_vectors(request: Request) -> Response:
    """Log new vectors. An existing ID stays as it is."""
    return await _write(request, "insert")


async def upsert_vectors(request: Request) -> Response:
    """Log vectors that replace those with the same ID."""
    return await _write(request, "upsert")


async def _write(request: Request, kind: str) -> Response:
    context = context_of(request)
    discard = _unparsable_behavior(request) == "discard"
    index = await context.run(context.indexes.get, *address_of(request))  # an absent index fails before the upload

    def log(file: IO[bytes]) -> Mutation:
        batch = read_vectors(file, kind, index.dimensions, discard=discard)
        return context.mutations.add_vectors(*address_of(request), kind, batch, context.runtime)

    async with vectors_file(request) as file:
        return accepted(context, await context.run(log, file))


def _unparsable_behavior(request: Request) -> str:
    behavior = request.query_params.get("unparsable-behavior", "error")
    if behavior not in {"error", "discard"}:
        raise ApiError(BAD_PARAMETER, name="unparsable-behavior", detail="error or discard")
    return behavior


async def query_vectors(request: Request) -> Response:
    """Find the nearest vectors."""
    context = context_of(request)
    query = query_of(await read_json(request))
    matches = await context.run(context.vectors.query, *address_of(request), query)
    return success({"count": len(matches), "matches": matches})


async def get_by_ids(request: Request) -> Response:
    """Return vectors by ID, without unknown IDs."""
    context = context_of(request)
    ids = ids_of(await read_json(request), MAX_GET_IDS)
    return success(await context.run(context.vectors.get_by_ids, *address_of(request), ids))


async def delete_by_ids(request: Request) -> Response:
    """Log the deletion of vectors."""
    context = context_of(request)
    ids = ids_of(await read_json(request), MAX_DELETE_IDS)
    return accepted(context, await context.run(context.mutations.delete_vectors, *address_of(request), ids))


async def list_vectors(request: Request) -> Response:
    """List vector ids, one page of a snapshot."""
    context = context_of(request)
    count = _list_count(request)
    cursor = request.query_params.get("cursor")
    if cursor is None:
        ttl_s = context.runtime.cursor_ttl_s
        page = await context.run(context.listings.first_page, *address_of(request), count, ttl_s)
    else:
        page = await context.run(context.listings.next_page, *address_of(request), count, cursor)
        if context.refuses_this_cursor():
            raise ApiError(BAD_CURSOR)
    result: dict[str, Any] = {
        "count": len(page.ids),
        "totalCount": page.total,
        "isTruncated": page.cursor is not None,
        "nextCursor": page.cursor,
        "cursorExpirationTimestamp": page.expires,
        "vectors": [{"id": identity} for identity in page.ids],
    }
    return success(result)


def _list_count(request: Request) -> int:
    text = request.query_params.get("count", str(DEFAULT_LIST_COUNT))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MAX_LIST_COUNT):  # noqa: PLR2004 - digits
        raise ApiError(BAD_PARAMETER, name="count", detail=f"an integer from 1 to {MAX_LIST_COUNT}")
    return int(text)
