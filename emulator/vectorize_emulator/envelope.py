"""The JSON envelope of every response of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from vectorize_emulator.errors import ApiError


class JsonResponse(Response):
    """A response encoded by orjson, including numpy values. It ends with a line break, for curl at a terminal."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode the content."""
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def success(result: Any, status: int = 200) -> Response:
    """Wrap a result."""
    return JsonResponse({"result": result, "success": True, "errors": [], "messages": []}, status)


def failure(
    errors: list[dict[str, Any]], status: int, *, result_info: bool = False, headers: dict[str, str] | None = None
) -> Response:
    """Wrap errors, in the key order of the real API."""
    body: dict[str, Any] = {"result": None}
    if result_info:
        body["result_info"] = None
    body |= {"success": False, "errors": errors, "messages": []}
    return JsonResponse(body, status, headers)


def error_items(error: ApiError) -> list[dict[str, Any]]:
    """List the `errors` of a response: the error with its chain, then the ones that accompany it."""
    first: dict[str, Any] = {"code": error.kind.code, "message": error.message}
    if error.kind.chain:
        first["error_chain"] = [{"code": code, "message": text} for code, text in error.kind.chain]
    return [first, *({"code": code, "message": text} for code, text in error.kind.more)]
