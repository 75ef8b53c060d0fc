"""The control routes under /_emulator: faults, the request log, settings, reset, and values that the API cannot set.

None of this exists at Cloudflare. Errors are `{"error": text}` with 400.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

from vectorize_emulator.context import context_of
from vectorize_emulator.envelope import JsonResponse
from vectorize_emulator.errors import TesterError
from vectorize_emulator.handlers.indexes import address_of, index_json
from vectorize_emulator.middleware.faults import Fault
from vectorize_emulator.parsing.bodies import chunks
from vectorize_emulator.settings import MAX_JSON_BYTES
from vectorize_emulator.store import synthetic

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MAX_SYNTHETIC_VECTORS = 1_000_000
# RFC 3339 with any number of digits and either way to write UTC. The real service uses all of them.
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


async def _posted(request: Request) -> Any:
    data = b"".join([chunk async for chunk in chunks(request, MAX_JSON_BYTES)])
    try:
        return orjson.loads(data or b"{}")
    except orjson.JSONDecodeError as error:
        raise TesterError(f"the body is not JSON: {error.msg}") from error


def control_error(_: Request, error: Exception) -> Response:
    """Return the error of a control route."""
    return JsonResponse({"error": str(error)}, 400)


async def add_faults(request: Request) -> Response:
    """Add one fault, or a list of them."""
    posted = await _posted(request)
    faults = [Fault.from_json(item) for item in (posted if isinstance(posted, list) else [posted])]
    for fault in faults:
        context_of(request).faults.add(fault)
    return JsonResponse({"added": len(faults)})


async def clear_faults(request: Request) -> Response:
    """Remove every fault."""
    context_of(request).faults.clear()
    return JsonResponse({})


async def list_requests(request: Request) -> Response:
    """List the API requests since the log was last cleared, oldest first."""
    context = context_of(request)

    def answer() -> Response:
        return JsonResponse({"requests": [entry.to_json() for entry in context.requests.entries()]})

    return await context.run(answer)  # megabytes would block the event loop


async def clear_requests(request: Request) -> Response:
    """Empty the request log."""
    context_of(request).requests.clear()
    return JsonResponse({})


async def get_settings(request: Request) -> Response:
    """Return the runtime settings."""
    return JsonResponse(asdict(context_of(request).runtime))


async def change_settings(request: Request) -> Response:
    """Change some runtime settings."""
    context = context_of(request)
    posted = await _posted(request)
    if not isinstance(posted, dict):
        raise TesterError("the settings must be a JSON object")
    context.runtime = context.runtime.changed(posted)
    context.processor.wake()
    return JsonResponse(asdict(context.runtime))


async def process(request: Request) -> Response:
    """Apply every logged mutation now, paused or not."""
    context = context_of(request)
    return JsonResponse({"processed": await context.run(context.processor.process_now)})


async def pause(request: Request) -> Response:
    """Stop applying mutations."""
    context = context_of(request)
    await context.run(context.processor.pause)
    return JsonResponse({"paused": True})


async def resume(request: Request) -> Response:
    """Continue applying mutations."""
    context_of(request).processor.resume()
    return JsonResponse({"paused": False})


async def reset(request: Request) -> Response:
    """Clear the store, the faults, the request log and the rate counts, and reset the settings."""
    context = context_of(request)
    await context.run(context.reset)
    return JsonResponse({})


async def set_index(request: Request) -> Response:
    """Set an index's vectorCount or createdOn directly."""
    context = context_of(request)
    posted = await _posted(request)
    if not isinstance(posted, dict) or not posted or not posted.keys() <= {"vectorCount", "createdOn"}:
        raise TesterError("the body must contain vectorCount, createdOn or both")
    created_on = _timestamp(posted["createdOn"]) if "createdOn" in posted else None
    count = _count(posted["vectorCount"]) if "vectorCount" in posted else None
    address = address_of(request)
    index = await context.run(context.indexes.get, *address)
    if created_on is not None:
        index = await context.run(synthetic.set_created_on, context.database, *address, created_on)
    if count is not None:
        index = await context.run(synthetic.set_vector_count, context.database, *address, count)
    return JsonResponse({**index_json(index), "vectorCount": index.vector_count})


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SYNTHETIC_VECTORS:
        raise TesterError(f"vectorCount must be an integer from 0 to {MAX_SYNTHETIC_VECTORS}, got {value!r}")
    return value


def _timestamp(value: object) -> str:
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        raise TesterError(f"createdOn must be a timestamp such as 2022-11-15T18:25:44.442097Z, got {value!r}")
    return value
