"""The write-ahead log: mutations that have a mutationId and are not processed yet.

A mutation is committed to the file before its ID is returned. This module only appends, and `apply` processes the log.
"""
# ruff: noqa: S608 - only table names made of a number are put into SQL; values are parameters

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vectorize_emulator.errors import (
    INDEX_FULL,
    METADATA_INDEX_EXISTS,
    METADATA_INDEX_LIMIT,
    METADATA_INDEX_MISSING,
    WRONG_DIMENSIONS,
    ApiError,
)
from vectorize_emulator.store import schema
from vectorize_emulator.store.indexes import Index, find_index

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    from vectorize_emulator.settings import RuntimeSettings
    from vectorize_emulator.store.database import Database

MAX_METADATA_INDEXES = 10
STAGED_AT_ONCE = 500  # vectors, to limit the memory
PLACES = 10_000  # place = sequence number times this + position in the request (at most 5,000)


@dataclass
class VectorBatch:
    """Checked vectors, column by column. An empty string means no namespace or no metadata."""

    ids: list[str] = field(default_factory=list)
    namespaces: list[str] = field(default_factory=list)
    metadata: list[str] = field(default_factory=list)
    values: list[NDArray[np.float32]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Mutation:
    """One entry of the log."""

    seq: int
    mutation_id: str
    uid: int
    kind: str
    property: str | None
    index_type: str | None
    vectors: int
    at: float


class MutationStore:
    """Appends to the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_vectors(self, account: str, name: str, kind: str, batch: VectorBatch, runtime: RuntimeSettings) -> Mutation:
        """Log an insert or upsert."""
        with self._database.write() as db:
            index = _with_data(db, find_index(db, account, name))
            _check_shape(index, batch)
            _check_room(db, index, batch, runtime)
            mutation = _append(db, index.uid, kind, vectors=len(batch))
            _stage(db, index, mutation, batch)
        return mutation

    def delete_vectors(self, account: str, name: str, ids: list[str]) -> Mutation:
        """Log a deletion of vectors. Unknown IDs are no error."""
        with self._database.write() as db:
            index = _with_data(db, find_index(db, account, name))
            mutation = _append(db, index.uid, "delete", vectors=len(ids))
            db.execute(
                f"INSERT INTO staged_{index.uid} SELECT ? + i, 'delete', ids[i], NULL, NULL, NULL "
                "FROM (SELECT ?::VARCHAR[] AS ids), range(1, len(ids) + 1) positions(i)",
                [mutation.seq * PLACES, ids],
            )
        return mutation

    def create_metadata_index(
        self, account: str, name: str, prop: str, index_type: str, runtime: RuntimeSettings
    ) -> Mutation:
        """Log a new metadata index. A setting decides whether a duplicate is rejected."""
        with self._database.write() as db:
            index = _with_data(db, find_index(db, account, name))
            processed, pending = _properties(db, index.uid)
            refused = {
                "pending-ok": prop in processed,
                "always-ok": False,
                "always-refused": prop in processed or prop in pending,
            }
            if refused[runtime.duplicate_metadata_index]:
                raise ApiError(METADATA_INDEX_EXISTS, property=prop)
            if prop not in processed | pending and len(processed | pending) >= MAX_METADATA_INDEXES:
                raise ApiError(METADATA_INDEX_LIMIT, limit=MAX_METADATA_INDEXES)
            return _append(db, index.uid, "create_metadata_index", metadata=(prop, index_type))

    def delete_metadata_index(self, account: str, name: str, prop: str) -> Mutation:
        """Log the deletion of a metadata index."""
        with self._database.write() as db:
            index = find_index(db, account, name)
            processed, pending = _properties(db, index.uid)
            if prop not in processed | pending:
                raise ApiError(METADATA_INDEX_MISSING, property=prop)
            return _append(db, index.uid, "delete_metadata_index", metadata=(prop, None))


def _with_data(db: duckdb.DuckDBPyConnection, index: Index) -> Index:
    if not index.has_data:
        schema.create_data(db, index.uid, index.dimensions)
    return index


def _append(
    db: duckdb.DuckDBPyConnection, uid: int, kind: str, vectors: int = 0, metadata: tuple[str, str | None] | None = None
) -> Mutation:
    """Log a change of vectors, or of a metadata index."""
    prop, index_type = metadata or (None, None)
    row = db.execute(
        "INSERT INTO mutations VALUES (nextval('sequence_numbers'), ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        [str(uuid.uuid4()), uid, kind, prop, index_type, vectors, time.time()],
    ).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING of one row
    return Mutation(*row)


def _stage(db: duckdb.DuckDBPyConnection, index: Index, mutation: Mutation, batch: VectorBatch) -> None:
    """Copy a batch into the staging table of the index, in slices and column by column.

    The numbers go over as one long float32 column and are cut into vectors by DuckDB: a column of numpy arrays takes
    DuckDB 1.5 minutes, and a list parameter seconds, where this takes a fifth of a second for 5,000 of 768.
    """
    for start in range(0, len(batch), STAGED_AT_ONCE):
        part = slice(start, start + STAGED_AT_ONCE)
        numbers = np.concatenate(batch.values[part])
        vectors = {
            "row": np.arange(len(batch.ids[part]), dtype=np.int32),
            "id": np.array(batch.ids[part], dtype=object),
            "namespace": np.array(batch.namespaces[part], dtype=object),
            "metadata": np.array(batch.metadata[part], dtype=object),
        }
        db.register("incoming", vectors)
        db.register("incoming_numbers", {"number": numbers, "position": np.arange(len(numbers), dtype=np.int32)})
        db.execute(
            f"INSERT INTO staged_{index.uid} SELECT ? + row, ?, id, nullif(namespace, ''), nullif(metadata, ''), vals "
            "FROM incoming JOIN (SELECT position // ? AS row, list(number ORDER BY position) AS vals "
            "FROM incoming_numbers GROUP BY 1) USING (row)",
            [mutation.seq * PLACES + 1 + start, mutation.kind, index.dimensions],
        )
        db.unregister("incoming")
        db.unregister("incoming_numbers")


def _check_shape(index: Index, batch: VectorBatch) -> None:
    """Reject vectors that were checked against an index that was deleted during the upload."""
    if batch.values and len(batch.values[0]) != index.dimensions:
        raise ApiError(WRONG_DIMENSIONS, id=batch.ids[0], expected=index.dimensions, got=len(batch.values[0]))


def _check_room(db: duckdb.DuckDBPyConnection, index: Index, batch: VectorBatch, runtime: RuntimeSettings) -> None:
    """Reject what would exceed the plan's vectors or namespaces. Pending mutations do not count."""
    if index.vector_count + len(batch) > runtime.max_vectors:
        raise ApiError(INDEX_FULL, limit=runtime.max_vectors, what="vectors")
    named = {namespace for namespace in batch.namespaces if namespace}
    if not named:
        return
    row = db.execute(
        f"SELECT count(DISTINCT namespace) FROM (SELECT namespace FROM vectors_{index.uid} "
        "WHERE namespace IS NOT NULL UNION ALL SELECT unnest(?::VARCHAR[]))",
        [list(named)],
    ).fetchone()
    if row is not None and row[0] > runtime.max_namespaces:
        raise ApiError(INDEX_FULL, limit=runtime.max_namespaces, what="namespaces")


def _properties(db: duckdb.DuckDBPyConnection, uid: int) -> tuple[set[str], set[str]]:
    """Return the properties with a metadata index, and those whose creation is in the log."""
    processed = db.execute("SELECT property FROM metadata_indexes WHERE uid = ?", [uid]).fetchall()
    logged = db.execute(
        "SELECT property, kind FROM mutations WHERE uid = ? AND property IS NOT NULL ORDER BY seq", [uid]
    ).fetchall()
    pending: set[str] = set()
    for prop, kind in logged:
        if kind == "create_metadata_index":
            pending.add(prop)
        else:
            pending.discard(prop)
    return {prop for (prop,) in processed}, pending
