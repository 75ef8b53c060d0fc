"""The control plane: create, list, get, delete, info."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vectorize_emulator.context import context_of
from vectorize_emulator.envelope import success
from vectorize_emulator.parsing.bodies import read_json
from vectorize_emulator.parsing.indexes import new_index

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from vectorize_emulator.store.indexes import Index


def account_of(request: Request) -> str:
    """Return the account id in the path."""
    return str(request.path_params["account_id"])


def address_of(request: Request) -> tuple[str, str]:
    """Return the account id and the index name in the path."""
    return account_of(request), str(request.path_params["index_name"])


def index_json(index: Index) -> dict[str, Any]:
    """Return an index as create, get and list do."""
    config: dict[str, Any] = {"dimensions": index.dimensions, "metric": index.metric}
    if index.preset is not None:
        config["preset"] = index.preset
    return {
        "created_on": index.created_on,
        "modified_on": index.modified_on,
        "name": index.name,
        "description": index.description,
        "config": config,
    }


async def create_index(request: Request) -> Response:
    """Create an index, at once."""
    context = context_of(request)
    runtime = context.runtime
    new = new_index(await read_json(request), runtime.min_dimensions)
    index = await context.run(context.indexes.create, account_of(request), new, runtime.max_indexes)
    return success(index_json(index), runtime.create_status)


async def list_indexes(request: Request) -> Response:
    """List the account's indexes, in one page."""
    context = context_of(request)
    return success([index_json(index) for index in await context.run(context.indexes.list, account_of(request))])


async def get_index(request: Request) -> Response:
    """Return one index."""
    context = context_of(request)
    return success(index_json(await context.run(context.indexes.get, *address_of(request))))


async def delete_index(request: Request) -> Response:
    """Delete an index with its vectors, at once."""
    context = context_of(request)
    await context.run(context.indexes.delete, *address_of(request))
    return success(None)


async def get_index_info(request: Request) -> Response:
    """Return what was processed so far. The two processedUpTo fields appear with the first mutation."""
    context = context_of(request)
    index = await context.run(context.indexes.get, *address_of(request))
    info: dict[str, Any] = {"dimensions": index.dimensions, "vectorCount": index.vector_count}
    if index.processed_mutation is not None:
        info |= {"processedUpToDatetime": index.processed_on, "processedUpToMutation": index.processed_mutation}
    return success(info)
