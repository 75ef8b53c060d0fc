"""The deprecated v1 routes. They have no indexes, because v1 indexes can no longer be created."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vectorize_emulator.context import context_of
from vectorize_emulator.envelope import success
from vectorize_emulator.errors import V1_CREATION, WRONG_VERSION, ApiError
from vectorize_emulator.handlers.indexes import address_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def list_v1_indexes(request: Request) -> Response:
    """List the v1 indexes: none."""
    del request
    return success([])


async def create_v1_index(request: Request) -> Response:
    """Reject it, as announced for December 2024."""
    del request
    raise ApiError(V1_CREATION)


async def any_v1_operation(request: Request) -> Response:
    """Reject an operation on a v2 index. An absent one is absent here as well."""
    context = context_of(request)
    index = await context.run(context.indexes.get, *address_of(request))
    raise ApiError(WRONG_VERSION, name=index.name)
