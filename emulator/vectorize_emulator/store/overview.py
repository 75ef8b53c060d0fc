"""The data of the page: the indexes of every account with their counts and pending mutations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vectorize_emulator.store.indexes import Index
from vectorize_emulator.store.metadata_indexes import MetadataIndex

if TYPE_CHECKING:
    from vectorize_emulator.store.database import Database

MAX_INDEXES = 500


@dataclass(frozen=True)
class IndexOverview:
    """One index and its counts."""

    index: Index
    metadata_indexes: list[MetadataIndex]
    pending: int


def overview(database: Database) -> tuple[dict[str, list[IndexOverview]], int]:
    """Return the oldest indexes by account, and the total number of indexes."""
    with database.read() as db:
        rows = db.execute("SELECT * FROM indexes ORDER BY account, uid LIMIT ?", [MAX_INDEXES]).fetchall()
        total = (db.execute("SELECT count(*) FROM indexes").fetchone() or (0,))[0]
        pending = dict(db.execute("SELECT uid, count(*) FROM mutations GROUP BY uid").fetchall())
        properties: dict[int, list[MetadataIndex]] = {}
        for uid, *row in db.execute(
            "SELECT uid, epoch, property, index_type FROM metadata_indexes ORDER BY epoch"
        ).fetchall():
            properties.setdefault(uid, []).append(MetadataIndex(*row))
    accounts: dict[str, list[IndexOverview]] = {}
    for index in (Index(*row) for row in rows):
        item = IndexOverview(index, properties.get(index.uid, []), pending.get(index.uid, 0))
        accounts.setdefault(index.account, []).append(item)
    return accounts, total
