"""The deprecated v1 routes: they know no v2 index, and no v1 index can be made any more."""

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
    """Refuse, as announced for December 2024."""
    del request
    raise ApiError(V1_CREATION)


async def any_v1_operation(request: Request) -> Response:
    """Refuse an operation on an index that is a v2 one; an absent one is absent here too."""
    context = context_of(request)
    index = await context.run(context.indexes.get, *address_of(request))
    raise ApiError(WRONG_VERSION, name=index.name)
