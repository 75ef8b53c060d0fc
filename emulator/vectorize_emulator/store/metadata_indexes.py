"""Metadata indexes, and the indexed value of each vector that was written while one existed.

A facet row exists for every vector a metadata index covers, with NULLs where the property is missing or of another
type. Each creation has an epoch of its own, so nothing carries over from an earlier index on the same property.
"""
# ruff: noqa: S608 - only table names made of a number are put into SQL; values are parameters

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from vectorize_emulator.store.indexes import find_index

if TYPE_CHECKING:
    import duckdb

    from vectorize_emulator.store.database import Database
    from vectorize_emulator.store.mutations import Mutation

MAX_STRING_BYTES = 64


@dataclass(frozen=True)
class MetadataIndex:
    """A processed metadata index."""

    epoch: int
    property: str
    index_type: str


def metadata_indexes(db: duckdb.DuckDBPyConnection, uid: int) -> list[MetadataIndex]:
    """List an index's metadata indexes, oldest first."""
    rows = db.execute(
        "SELECT epoch, property, index_type FROM metadata_indexes WHERE uid = ? ORDER BY epoch", [uid]
    ).fetchall()
    return [MetadataIndex(*row) for row in rows]


class MetadataIndexStore:
    """Reads metadata indexes. They change through the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, account: str, name: str) -> list[MetadataIndex]:
        """List the processed ones."""
        with self._database.read() as db:
            return metadata_indexes(db, find_index(db, account, name).uid)


def apply_metadata_index(db: duckdb.DuckDBPyConnection, mutation: Mutation) -> None:
    """Create a metadata index for future vectors, or delete one. Both are idempotent."""
    at = [mutation.uid, mutation.property]
    row = db.execute("SELECT epoch FROM metadata_indexes WHERE uid = ? AND property = ?", at).fetchone()
    if mutation.kind == "create_metadata_index":
        if row is None:
            values = [mutation.uid, mutation.seq, mutation.property, mutation.index_type]
            db.execute("INSERT INTO metadata_indexes VALUES (?, ?, ?, ?)", values)
    elif row is not None:
        db.execute(f"DELETE FROM facets_{mutation.uid} WHERE epoch = ?", [row[0]])
        db.execute("DELETE FROM metadata_indexes WHERE uid = ? AND property = ?", at)


def index_folded(db: duckdb.DuckDBPyConnection, uid: int) -> None:
    """Write the indexed values of the vectors of the current batch."""
    indexes = metadata_indexes(db, uid)
    if not indexes:
        return
    rows = db.execute(
        f"SELECT id, metadata FROM staged_{uid} WHERE place IN (SELECT place FROM folded WHERE place IS NOT NULL)"
    ).fetchall()
    for index in indexes:
        _write(db, uid, index, rows)


def _write(db: duckdb.DuckDBPyConnection, uid: int, index: MetadataIndex, rows: list[tuple[str, str | None]]) -> None:
    if not rows:
        return
    found = [value_of(metadata, index) for _, metadata in rows]
    column = {"string": ("", object), "number": (0.0, np.float64), "boolean": (False, np.bool_)}
    filler, dtype = column[index.index_type]
    columns = {
        "id": np.array([identity for identity, _ in rows], dtype=object),
        "present": np.array([value is not None for value in found]),
        "value": np.array([filler if value is None else value for value in found], dtype=dtype),
    }
    db.register("found", columns)
    db.execute(
        f"INSERT INTO facets_{uid} (epoch, id, {index.index_type}) "
        "SELECT ?, id, CASE WHEN present THEN value END FROM found",
        [index.epoch],
    )
    db.unregister("found")


def value_of(metadata: str | None, index: MetadataIndex) -> str | float | bool | None:
    """Return the indexed value of one vector's metadata. Dots in the property mean nesting."""
    value: Any = orjson.loads(metadata) if metadata else None
    for key in index.property.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return indexable(value, index.index_type)


def indexable(value: object, index_type: str) -> str | float | bool | None:
    """Return a value as an index of that type stores it. None if it has another type."""
    if index_type == "string" and isinstance(value, str):
        return cut(value)
    if index_type == "boolean" and isinstance(value, bool):
        return value
    if index_type == "number" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return None


def cut(text: str) -> str:
    """Keep the first 64 bytes, cut at a UTF-8 boundary."""
    return text.encode()[:MAX_STRING_BYTES].decode(errors="ignore")
