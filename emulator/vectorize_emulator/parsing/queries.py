"""Checks the JSON of query, get_by_ids and delete_by_ids."""

from __future__ import annotations

from typing import Any

from vectorize_emulator.errors import (
    JSON_UNPARSABLE,
    QUERY_TARGET,
    TOO_MANY_IDS,
    TOP_K_RANGE,
    TOP_K_WITH_PAYLOAD,
    ApiError,
)
from vectorize_emulator.store.filters import parse_filter
from vectorize_emulator.store.vectors import MAX_FLOAT32, Query

DEFAULT_TOP_K = 5
MAX_TOP_K = 100
MAX_TOP_K_WITH_PAYLOAD = 50
MAX_GET_IDS = 20
MAX_DELETE_IDS = 100
RETURN_METADATA = ("none", "indexed", "all")


def query_of(body: dict[str, Any]) -> Query:
    """Check the body of a query.

    Raises:
        ApiError: a member of the wrong type, both or neither of vector and vectorId, topK out of range.
    """
    vector, vector_id = body.get("vector"), body.get("vectorId")
    if (vector is None) == (vector_id is None):
        raise ApiError(QUERY_TARGET)
    return_values = body.get("returnValues")
    return_metadata = body.get("returnMetadata", "none")
    namespace = body.get("namespace")
    _expect(vector is None or _is_vector(vector), "vector: expected an array of finite numbers")
    _expect(isinstance(vector_id, (str, type(None))), "vectorId: expected a string")
    _expect(isinstance(return_values, (bool, type(None))), "returnValues: expected a boolean")
    _expect(return_metadata in RETURN_METADATA, "returnMetadata: expected value")
    _expect(isinstance(namespace, (str, type(None))), "namespace: expected a string")
    top_k = _top_k(body.get("topK"), payload=bool(return_values) or return_metadata == "all")
    conditions = [] if body.get("filter") is None else parse_filter(body["filter"])
    return Query(vector, vector_id, top_k, namespace or None, conditions, bool(return_values), return_metadata)


def _top_k(value: Any, *, payload: bool) -> int:
    top_k = DEFAULT_TOP_K if value is None else value
    if isinstance(top_k, float) and top_k.is_integer():  # JSON clients may write 5.0
        top_k = int(top_k)
    _expect(isinstance(top_k, int) and not isinstance(top_k, bool), "topK: expected an integer")
    if not 1 <= top_k <= MAX_TOP_K:
        raise ApiError(TOP_K_RANGE, got=top_k)
    if payload and top_k > MAX_TOP_K_WITH_PAYLOAD:
        raise ApiError(TOP_K_WITH_PAYLOAD, got=top_k)
    return int(top_k)


def ids_of(body: dict[str, Any], limit: int) -> list[str]:
    """Check a list of IDs. A missing one is empty."""
    ids = body.get("ids")
    if ids is None:
        return []
    _expect(isinstance(ids, list) and all(isinstance(i, str) for i in ids), "ids: expected an array of strings")
    if len(ids) > limit:
        raise ApiError(TOO_MANY_IDS, limit=limit, got=len(ids))
    return list(ids)


def _is_vector(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(n, (int, float)) and not isinstance(n, bool) and abs(n) <= MAX_FLOAT32 for n in value
    )


def _expect(fits: bool, detail: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not fits:
        raise ApiError(JSON_UNPARSABLE, detail=detail)
