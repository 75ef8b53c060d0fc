"""Metadata indexes: create and delete go through the log, list shows what was processed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vectorize_emulator.context import context_of
from vectorize_emulator.envelope import success
from vectorize_emulator.errors import BAD_PROPERTY_NAME, JSON_UNPARSABLE, ApiError
from vectorize_emulator.handlers.indexes import address_of
from vectorize_emulator.handlers.vectors import accepted
from vectorize_emulator.parsing.bodies import read_json
from vectorize_emulator.store.filters import MAX_KEY_CHARACTERS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

INDEX_TYPES = ("string", "number", "boolean")


async def create_metadata_index(request: Request) -> Response:
    """Log a new metadata index."""
    context = context_of(request)
    body = await read_json(request)
    prop = _property(body)
    index_type = body.get("indexType")
    if index_type not in INDEX_TYPES:
        raise ApiError(JSON_UNPARSABLE, detail=f"indexType: expected one of {', '.join(INDEX_TYPES)}")
    create = context.mutations.create_metadata_index
    return accepted(context, await context.run(create, *address_of(request), prop, index_type, context.runtime))


async def list_metadata_indexes(request: Request) -> Response:
    """List the metadata indexes, with capitalized types as in the real service."""
    context = context_of(request)
    indexes = await context.run(context.metadata_indexes.list, *address_of(request))
    lower = context.runtime.index_type_case == "lower"
    items = [
        {"propertyName": index.property, "indexType": index.index_type if lower else index.index_type.capitalize()}
        for index in indexes
    ]
    return success({"metadataIndexes": items})


async def delete_metadata_index(request: Request) -> Response:
    """Log the deletion of a metadata index."""
    context = context_of(request)
    prop = _property(await read_json(request))
    return accepted(context, await context.run(context.mutations.delete_metadata_index, *address_of(request), prop))


def _property(body: dict[str, Any]) -> str:
    prop = body.get("propertyName")
    if not isinstance(prop, str) or not 1 <= len(prop) <= MAX_KEY_CHARACTERS or '"' in prop or prop.startswith("$"):
        raise ApiError(BAD_PROPERTY_NAME)
    return prop
