"""Reads vectors by ID, and the nearest to a query vector. Exact, from processed mutations only."""
# ruff: noqa: S608 - only table names made of a number are put into SQL; values are parameters

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from vectorize_emulator.errors import QUERY_DIMENSIONS, QUERY_VECTOR_ID, ApiError
from vectorize_emulator.store import filters
from vectorize_emulator.store.indexes import Index, find_index
from vectorize_emulator.store.metadata_indexes import metadata_indexes

if TYPE_CHECKING:
    import duckdb

    from vectorize_emulator.store.database import Database

# Expression and direction, best first. The cosine of a zero vector is not a number in DuckDB. It is 0 here, an assumption.
METRIC_SQL = {
    "cosine": ("array_cosine_similarity(vals, {q})", "DESC"),
    "euclidean": ("array_distance(vals, {q})", "ASC"),
    "dot-product": ("array_negative_inner_product(vals, {q})", "ASC"),
}
MAX_FLOAT32 = 3.4028234663852886e38


@dataclass(frozen=True)
class Query:
    """A checked query with exactly one of vector and vector_id."""

    vector: list[float] | None
    vector_id: str | None
    top_k: int
    namespace: str | None
    conditions: list[filters.Condition]
    return_values: bool
    return_metadata: str


class VectorStore:
    """The reads of the data plane."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_by_ids(self, account: str, name: str, ids: list[str]) -> list[dict[str, Any]]:
        """Return the vectors that exist, in the order of the request."""
        with self._database.read() as db:
            index = find_index(db, account, name)
            if not index.has_data:
                return []
            rows = db.execute(
                f"SELECT id, namespace, metadata, vals FROM vectors_{index.uid} "
                "WHERE id IN (SELECT unnest(?::VARCHAR[]))",
                [ids],
            ).fetchall()
        found = {row[0]: _vector_json(*row) for row in rows}
        return [found[identity] for identity in dict.fromkeys(ids) if identity in found]

    def query(self, account: str, name: str, query: Query) -> list[dict[str, Any]]:
        """Return the nearest vectors, best first. Equal scores are sorted by ID."""
        with self._database.read() as db:
            index = find_index(db, account, name)
            target = _target(db, index, query)
            if not index.has_data:
                return []
            ranked = _rank(db, index, target, query)
            return _matches(db, index, ranked, query) if ranked else []


def _vector_json(identity: str, namespace: str | None, metadata: str | None, values: Any) -> dict[str, Any]:
    vector: dict[str, Any] = {"id": identity, "values": list(values)}
    if namespace is not None:
        vector["namespace"] = namespace
    if metadata is not None:
        vector["metadata"] = orjson.Fragment(metadata)
    return vector


def _target(db: duckdb.DuckDBPyConnection, index: Index, query: Query) -> list[float]:
    if query.vector is not None:
        if len(query.vector) != index.dimensions:
            raise ApiError(QUERY_DIMENSIONS, expected=index.dimensions, got=len(query.vector))
        return query.vector
    row = None
    if index.has_data:
        row = db.execute(f"SELECT vals FROM vectors_{index.uid} WHERE id = ?", [query.vector_id]).fetchone()
    if row is None:
        raise ApiError(QUERY_VECTOR_ID, id=query.vector_id)
    return list(row[0])


def _rank(db: duckdb.DuckDBPyConnection, index: Index, target: list[float], query: Query) -> list[tuple[int, float]]:
    """Find the row and score of the nearest vectors: namespace, then filter, then topK."""
    expression, direction = METRIC_SQL[index.metric]
    score = expression.format(q=f"?::FLOAT[{index.dimensions}]")
    where, parameters = _restriction(db, index, query)
    sql = (
        f"SELECT row, CASE WHEN isnan(score) THEN 0 ELSE score END AS score FROM (SELECT rowid AS row, id, "
        f"{score} AS score FROM vectors_{index.uid} WHERE {where}) ORDER BY 2 {direction}, id LIMIT ?"
    )
    return db.execute(sql, [target, *parameters, query.top_k]).fetchall()


def _restriction(db: duckdb.DuckDBPyConnection, index: Index, query: Query) -> tuple[str, list[Any]]:
    clauses = ["true"]
    parameters: list[Any] = []
    if query.namespace is not None:
        clauses.append("namespace = ?")
        parameters.append(query.namespace)
    indexed = {m.property: m for m in metadata_indexes(db, index.uid)} if query.conditions else {}
    for condition in query.conditions:
        metadata_index = indexed.get(condition.property)
        if metadata_index is None:
            return "false", []
        sql, values = filters.to_sql(condition, metadata_index.index_type)
        clauses.append(f"id IN (SELECT id FROM facets_{index.uid} WHERE epoch = ? AND {sql})")
        parameters += [metadata_index.epoch, *values]
    return " AND ".join(clauses), parameters


def _matches(
    db: duckdb.DuckDBPyConnection, index: Index, ranked: list[tuple[int, float]], query: Query
) -> list[dict[str, Any]]:
    values = "vals" if query.return_values else "NULL"
    rows = db.execute(
        f"SELECT rowid, id, namespace, metadata, {values} FROM vectors_{index.uid} "
        "WHERE rowid IN (SELECT unnest(?::BIGINT[]))",
        [[row for row, _ in ranked]],
    ).fetchall()
    details = {row[0]: row[1:] for row in rows}
    indexed = _indexed_metadata(db, index, [row[1] for row in rows]) if query.return_metadata == "indexed" else {}
    return [_match(details[row], score, query, indexed) for row, score in ranked]


def _match(
    row: tuple[str, str | None, str | None, Any], score: float, query: Query, indexed: dict[str, Any]
) -> dict[str, Any]:
    identity, namespace, metadata, values = row
    match: dict[str, Any] = {
        "id": identity,
        "score": score if math.isfinite(score) else math.copysign(MAX_FLOAT32, score),
    }
    if namespace is not None:
        match["namespace"] = namespace
    if query.return_values:
        match["values"] = list(values)
    if query.return_metadata == "all" and metadata is not None:
        match["metadata"] = orjson.Fragment(metadata)  # as it was stored
    elif identity in indexed:
        match["metadata"] = orjson.Fragment(orjson.dumps(indexed[identity]))
    return match


def _indexed_metadata(db: duckdb.DuckDBPyConnection, index: Index, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return the indexed metadata of some vectors, with their nesting."""
    properties = {m.epoch: m.property for m in metadata_indexes(db, index.uid)}
    rows = db.execute(
        f"SELECT epoch, id, string, number, boolean FROM facets_{index.uid} "
        "WHERE id IN (SELECT unnest(?::VARCHAR[])) ORDER BY epoch",
        [ids],
    ).fetchall()
    found: dict[str, dict[str, Any]] = {}
    for epoch, identity, *values in rows:
        present = [value for value in values if value is not None]
        if present:
            _put(found.setdefault(identity, {}), properties[epoch], present[0])
    return found


def _put(into: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for key in parents:
        inner = into.get(key)
        into[key] = into = inner if isinstance(inner, dict) else {}
    into[last] = value
