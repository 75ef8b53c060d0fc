"""Reads vectors as clients send them: one JSON object per line, checked before anything is stored.

Pure: it reads a file object and knows neither requests nor the store.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import numpy as np
import orjson

from vectorize_emulator.errors import (
    BAD_METADATA_KEY,
    BAD_VALUE,
    ID_TOO_LONG,
    LINE_UNPARSABLE,
    METADATA_TOO_LARGE,
    NAMESPACE_TOO_LONG,
    TOO_MANY_VECTORS,
    WRONG_DIMENSIONS,
    ApiError,
)
from vectorize_emulator.store.mutations import VectorBatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MAX_VECTORS = 5000  # per HTTP request, limits page
MAX_ID_BYTES = 64
MAX_NAMESPACE_BYTES = 64
MAX_METADATA_BYTES = 10_240  # compact JSON
MAX_LINE_BYTES = 1024 * 1024  # assumed: the longest valid line is under a tenth of it
_NUMBERS = frozenset({int, float})


class _UnparsableError(Exception):
    """A line without a vector."""


def read_vectors(file: IO[bytes], operation: str, dimensions: int, *, discard: bool) -> VectorBatch:
    """Read and check every line.

    Args:
        file: the body, positioned at its start.
        operation: "insert" or "upsert", for the texts.
        dimensions: of the index.
        discard: leave out lines that are no vectors, where otherwise the first one refuses the request.

    Raises:
        ApiError: a line is no vector, or a vector breaks a limit; nothing was stored.
    """
    batch = VectorBatch()
    for number, line in _lines(file):
        try:
            _add(batch, line, dimensions)
        except _UnparsableError as error:
            if not discard:
                raise ApiError(LINE_UNPARSABLE, operation=operation, line=number) from error
    if not batch.ids and not discard:
        raise ApiError(LINE_UNPARSABLE, operation=operation, line=0)
    return batch


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not blank, with its number. One that is too long is empty."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES):
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                continue
            yield number, b""
        elif line.strip():
            yield number, line
        number += 1


def _add(batch: VectorBatch, line: bytes, dimensions: int) -> None:
    vector = _parse(line)
    if len(batch) == MAX_VECTORS:
        raise ApiError(TOO_MANY_VECTORS, limit=MAX_VECTORS)
    identity = vector["id"]
    if len(identity.encode()) > MAX_ID_BYTES:
        raise ApiError(ID_TOO_LONG, limit=MAX_ID_BYTES, got=len(identity.encode()))
    values = to_float32(vector["values"], identity, dimensions)
    namespace = vector.get("namespace") or ""
    if len(namespace.encode()) > MAX_NAMESPACE_BYTES:
        raise ApiError(NAMESPACE_TOO_LONG, limit=MAX_NAMESPACE_BYTES, got=len(namespace.encode()))
    metadata = _check_metadata(identity, vector.get("metadata"))
    batch.ids.append(identity)
    batch.values.append(values)
    batch.namespaces.append(namespace)
    batch.metadata.append(metadata)


def _parse(line: bytes) -> dict[str, Any]:
    try:
        vector = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _UnparsableError from error
    if not isinstance(vector, dict):
        raise _UnparsableError
    shaped = (
        isinstance(vector.get("id"), str)
        and isinstance(vector.get("values"), list)
        and _NUMBERS.issuperset(map(type, vector["values"]))
        and isinstance(vector.get("namespace"), (str, type(None)))
        and isinstance(vector.get("metadata"), (dict, type(None)))
    )
    if not shaped:
        raise _UnparsableError
    return vector


def to_float32(values: list[float], identity: str, dimensions: int) -> NDArray[np.float32]:
    """Round numbers to float32 and check their count."""
    if len(values) != dimensions:
        raise ApiError(WRONG_DIMENSIONS, id=identity, expected=dimensions, got=len(values))
    with np.errstate(over="ignore"):
        rounded = np.array(values, dtype=np.float64).astype(np.float32)
    if not np.isfinite(rounded).all():
        raise ApiError(BAD_VALUE, id=identity)
    return rounded


def _check_metadata(identity: str, metadata: dict[str, Any] | None) -> str:
    if metadata is None:
        return ""
    try:
        text = orjson.dumps(metadata)
    except orjson.JSONEncodeError as error:  # nested deeper than 254 levels
        raise _UnparsableError from error
    _check_keys(identity, metadata)
    if len(text) > MAX_METADATA_BYTES:
        raise ApiError(METADATA_TOO_LARGE, id=identity, limit=MAX_METADATA_BYTES, got=len(text))
    return text.decode()


def _check_keys(identity: str, value: object) -> None:
    """Check the documented rules for keys, at every depth."""
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if not key or "." in key or '"' in key or key.startswith("$"):
            raise ApiError(BAD_METADATA_KEY, id=identity, key=key)
        _check_keys(identity, inner)
