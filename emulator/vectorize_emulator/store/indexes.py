"""Indexes and their tombstones: create, list, find, delete.

It raises the API's own errors for a missing, deleted or duplicate name; it never reads a request.
"""
# ruff: noqa: S608 - only table names made of a number are put into SQL; values are parameters

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vectorize_emulator.clock import now
from vectorize_emulator.errors import (
    INDEX_DELETED,
    INDEX_DUPLICATE_NAME,
    INDEX_LIMIT,
    INDEX_NOT_FOUND,
    ApiError,
)
from vectorize_emulator.store import schema

if TYPE_CHECKING:
    import duckdb

    from vectorize_emulator.store.database import Database

# The other tables in which an index has rows.
_BELONGINGS = ("mutations", "metadata_indexes", "snapshots")


@dataclass(frozen=True)
class Index:
    """One row of the indexes table, in the order of its columns."""

    uid: int
    account: str
    name: str
    description: str
    dimensions: int
    metric: str
    preset: str | None
    created_on: str
    modified_on: str
    vector_count: int
    processed_mutation: str | None
    processed_on: str | None
    version: int
    has_data: bool


@dataclass(frozen=True)
class NewIndex:
    """The values of a create, with a resolved preset."""

    name: str
    description: str
    dimensions: int
    metric: str
    preset: str | None


def find_index(db: duckdb.DuckDBPyConnection, account: str, name: str) -> Index:
    """Return the live index of that name, or raise "never existed" or "was deleted"."""
    row = db.execute("SELECT * FROM indexes WHERE account = ? AND name = ?", [account, name]).fetchone()
    if row is not None:
        return Index(*row)
    buried = db.execute("SELECT 1 FROM tombstones WHERE account = ? AND name = ?", [account, name]).fetchone()
    raise ApiError(INDEX_DELETED if buried else INDEX_NOT_FOUND, name=name)


class IndexStore:
    """The store of the control plane."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, account: str, new: NewIndex, max_indexes: int) -> Index:
        """Add an index. The deleted name stays, because a second deletion is still "deleted"."""
        created = now()
        with self._database.write() as db:
            _refuse_taken(db, account, new.name, max_indexes)
            row = db.execute(
                "INSERT INTO indexes "
                "VALUES (nextval('uids'), ?, ?, ?, ?, ?, ?, ?, ?, 0, NULL, NULL, 0, false) RETURNING *",
                [account, new.name, new.description, new.dimensions, new.metric, new.preset, created, created],
            ).fetchone()
        assert row is not None  # noqa: S101 - INSERT … RETURNING of one row
        return Index(*row)

    def list(self, account: str) -> list[Index]:
        """List the account's indexes, oldest first."""
        with self._database.read() as db:
            rows = db.execute("SELECT * FROM indexes WHERE account = ? ORDER BY uid", [account]).fetchall()
        return [Index(*row) for row in rows]

    def get(self, account: str, name: str) -> Index:
        """Return one index."""
        with self._database.read() as db:
            return find_index(db, account, name)

    def delete(self, account: str, name: str) -> None:
        """Remove an index, and keep its name as deleted."""
        with self._database.write() as db:
            index = find_index(db, account, name)
            _drop_belongings(db, index)
            db.execute("DELETE FROM indexes WHERE uid = ?", [index.uid])
            db.execute(
                "INSERT INTO tombstones SELECT $account, $name WHERE NOT EXISTS "
                "(SELECT 1 FROM tombstones WHERE account = $account AND name = $name)",
                {"account": account, "name": name},
            )


def _drop_belongings(db: duckdb.DuckDBPyConnection, index: Index) -> None:
    """Remove everything of an index. One query shows whether there is anything."""
    if index.has_data:
        schema.drop_data(db, index.uid)
    any_row = " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE uid = $uid" for table in _BELONGINGS)
    if db.execute(f"{any_row} LIMIT 1", {"uid": index.uid}).fetchone() is None:
        return
    db.execute("DELETE FROM snapshot_ids WHERE snapshot IN (SELECT snapshot FROM snapshots WHERE uid = ?)", [index.uid])
    for table in _BELONGINGS:
        db.execute(f"DELETE FROM {table} WHERE uid = ?", [index.uid])


def _refuse_taken(db: duckdb.DuckDBPyConnection, account: str, name: str, max_indexes: int) -> None:
    row = db.execute(
        "SELECT count(*), count(*) FILTER (name = ?) FROM indexes WHERE account = ?", [name, account]
    ).fetchone()
    total, same = row or (0, 0)
    if same:
        raise ApiError(INDEX_DUPLICATE_NAME, name=name)
    if total >= max_indexes:
        raise ApiError(INDEX_LIMIT, limit=max_indexes)
