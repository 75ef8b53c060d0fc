"""Values that the API cannot set: the creation time of an index, and synthetic vectors."""
# ruff: noqa: S608 - only table names made of a number are put into SQL; values are parameters

from __future__ import annotations

from typing import TYPE_CHECKING

from vectorize_emulator.store import listing, schema
from vectorize_emulator.store.indexes import Index, find_index

if TYPE_CHECKING:
    from vectorize_emulator.store.database import Database


def set_created_on(database: Database, account: str, name: str, created_on: str) -> Index:
    """Set the creation time of the index."""
    with database.write() as db:
        index = find_index(db, account, name)
        db.execute(
            "UPDATE indexes SET created_on = ?, modified_on = ? WHERE uid = ?", [created_on, created_on, index.uid]
        )
        return find_index(db, account, name)


def set_vector_count(database: Database, account: str, name: str, count: int) -> Index:
    """Replace the vectors of the index and of its log by synthetic ones, at once."""
    with database.write() as db:
        index = find_index(db, account, name)
        if index.has_data:
            listing.copy_snapshots(db, index.uid)
            schema.drop_data(db, index.uid)
            db.execute("DELETE FROM mutations WHERE uid = ? AND property IS NULL", [index.uid])
        schema.create_data(db, index.uid, index.dimensions)
        same = [1.0 / index.dimensions**0.5] * index.dimensions
        db.execute(
            f"INSERT INTO vectors_{index.uid} SELECT 'synthetic-' || lpad(i::VARCHAR, 7, '0'), NULL, NULL, "
            f"?::FLOAT[{index.dimensions}] FROM range(?) numbers(i)",
            [same, count],
        )
        db.execute("UPDATE indexes SET vector_count = ?, version = version + 1 WHERE uid = ?", [count, index.uid])
        return find_index(db, account, name)
