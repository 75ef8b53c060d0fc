"""Applies the log: one batch of one index in one transaction, in log order.

A batch is cut into runs at the metadata index changes, since those decide what the vectors after them are
indexed by. Within a run every id is folded to its final state in SQL, whatever number of requests touched it.
"""
# ruff: noqa: S608 - only table names made of a number are put into SQL; values are parameters

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from vectorize_emulator.clock import now
from vectorize_emulator.store import listing, metadata_indexes
from vectorize_emulator.store.mutations import PLACES, Mutation

if TYPE_CHECKING:
    import duckdb

    from vectorize_emulator.store.database import Database

MAX_BATCH_CHANGES = 1000
MAX_BATCH_VECTORS = 25_000  # the documentation allows 200,000. Fewer at once limit the memory

# The last upsert or delete of an ID counts. After a delete, or without both, the first insert counts.
# `reset` marks an ID whose present vector is removed.
_FOLD = """
CREATE OR REPLACE TEMP TABLE folded AS
WITH run AS (SELECT place, op, id FROM staged_{uid} WHERE place BETWEEN ? AND ?),
last AS (SELECT id, max(place) FILTER (op <> 'insert') AS place, arg_max(op, place) FILTER (op <> 'insert') AS op
         FROM run GROUP BY id)
SELECT id, last.op IS NOT NULL AS reset,
       CASE WHEN any_value(last.op) = 'upsert' THEN any_value(last.place)
            ELSE min(run.place) FILTER (run.op = 'insert' AND run.place > coalesce(last.place, -1)) END AS place
FROM run JOIN last USING (id) GROUP BY id, last.op
"""


class Applier:
    """Makes logged mutations visible."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pending(self) -> dict[int, float]:
        """Return the age of the oldest entry of each index with a log, in seconds."""
        sql = "SELECT uid, greatest(0, ? - min(logged_at)) FROM mutations GROUP BY uid"
        with self._database.read() as db:
            return dict(db.execute(sql, [time.time()]).fetchall())

    def apply_batch(self, uid: int) -> int:
        """Apply the next batch of one index.

        Returns:
            How many mutations it held; 0 when the log of the index is empty.
        """
        with self._database.write() as db:
            batch = _next_batch(db, uid)
            if batch:
                listing.copy_snapshots(db, uid)
                for changes_vectors, run in itertools.groupby(batch, lambda m: m.property is None):
                    if changes_vectors:
                        _apply_vectors(db, uid, list(run))
                    else:
                        for mutation in run:
                            metadata_indexes.apply_metadata_index(db, mutation)
                _finish(db, uid, batch[-1])
        return len(batch)


def _next_batch(db: duckdb.DuckDBPyConnection, uid: int) -> list[Mutation]:
    rows = db.execute("SELECT * FROM mutations WHERE uid = ? ORDER BY seq LIMIT ?", [uid, MAX_BATCH_CHANGES]).fetchall()
    batch: list[Mutation] = []
    vectors = 0
    for mutation in (Mutation(*row) for row in rows):
        vectors += mutation.vectors
        if batch and vectors > MAX_BATCH_VECTORS:
            break
        batch.append(mutation)
    return batch


def _apply_vectors(db: duckdb.DuckDBPyConnection, uid: int, run: list[Mutation]) -> None:
    bounds = [run[0].seq * PLACES, run[-1].seq * PLACES + PLACES - 1]
    db.execute(_FOLD.format(uid=uid), bounds)
    db.execute(f"DELETE FROM folded WHERE NOT reset AND id IN (SELECT id FROM vectors_{uid})")
    for table in ("vectors", "facets"):
        db.execute(f"DELETE FROM {table}_{uid} WHERE id IN (SELECT id FROM folded WHERE reset)")
    db.execute(
        f"INSERT INTO vectors_{uid} SELECT id, namespace, metadata, vals FROM staged_{uid} "
        "WHERE place IN (SELECT place FROM folded WHERE place IS NOT NULL)"
    )
    metadata_indexes.index_folded(db, uid)
    db.execute("DROP TABLE folded")
    db.execute(f"DELETE FROM staged_{uid} WHERE place <= ?", bounds[1:])


def _finish(db: duckdb.DuckDBPyConnection, uid: int, last: Mutation) -> None:
    db.execute("DELETE FROM mutations WHERE uid = ? AND seq <= ?", [uid, last.seq])
    db.execute(
        f"UPDATE indexes SET vector_count = (SELECT count(*) FROM vectors_{uid}), processed_mutation = ?, "
        "processed_on = ?, version = version + 1 WHERE uid = ?",
        [last.mutation_id, now(), uid],
    )
