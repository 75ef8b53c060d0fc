"""Lists vector IDs in pages of one snapshot.

A snapshot costs nothing while its index does not change: pages then read the live table. Only when a batch is
about to change the index are the ids copied (`copy_snapshots`), for the cursors that are still good.
"""
# ruff: noqa: S608 - only table names made of a number are put into SQL; values are parameters

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from vectorize_emulator.clock import stamp
from vectorize_emulator.errors import BAD_CURSOR, ApiError
from vectorize_emulator.store.indexes import Index, find_index

if TYPE_CHECKING:
    import duckdb

    from vectorize_emulator.store.database import Database

_SIGNATURE_BYTES = 12
MAX_SNAPSHOTS = 100  # of one index. A program that lists and writes in turn would fill the disk otherwise


@dataclass(frozen=True)
class Page:
    """One page of IDs. `cursor` and `expires` are None on the last one."""

    ids: list[str]
    total: int
    cursor: str | None
    expires: str | None


@dataclass(frozen=True)
class _Snapshot:
    snapshot: int
    uid: int
    version: int
    total: int
    expires: float
    copied: bool


class ListingStore:
    """Pages through the ids of an index, in the order of the ids."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def first_page(self, account: str, name: str, count: int, ttl_s: float) -> Page:
        """Return the first page, and keep a snapshot if there is more."""
        with self._database.read() as db:
            index = find_index(db, account, name)
            ids = _live_ids(db, index, None, count)
        if index.vector_count <= count:
            return Page(ids, index.vector_count, None, None)
        with self._database.write() as db:
            index = find_index(db, account, name)
            snapshot = _take_snapshot(db, index, time.time() + ttl_s)
            ids = _live_ids(db, index, None, count)
            return _page(db, snapshot, ids, count)

    def next_page(self, account: str, name: str, count: int, cursor: str) -> Page:
        """Return the page behind a cursor.

        Raises:
            ApiError: the cursor is corrupt, expired or of another index.
        """
        with self._database.read() as db:
            index = find_index(db, account, name)
            number, after = _open_cursor(_key(db), index.uid, cursor)
            row = db.execute(
                "SELECT * FROM snapshots WHERE snapshot = ? AND uid = ? AND expires > ?",
                [number, index.uid, time.time()],
            ).fetchone()
            if row is None:
                raise ApiError(BAD_CURSOR)
            snapshot = _Snapshot(*row)
            read = _copied_ids(db, number, after, count) if snapshot.copied else _live_ids(db, index, after, count)
            return _page(db, snapshot, read, count)


def _take_snapshot(db: duckdb.DuckDBPyConnection, index: Index, expires: float) -> _Snapshot:
    """Return a snapshot of the index. Listings of the same state share one."""
    _forget_old(db, index.uid)
    row = db.execute(
        "UPDATE snapshots SET expires = greatest(expires, ?) WHERE uid = ? AND version = ? AND NOT copied RETURNING *",
        [expires, index.uid, index.version],
    ).fetchone()
    if row is None:
        row = db.execute(
            "INSERT INTO snapshots VALUES (nextval('sequence_numbers'), ?, ?, ?, ?, false) RETURNING *",
            [index.uid, index.version, index.vector_count, expires],
        ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING of one row
    return _Snapshot(*row)


def _forget_old(db: duckdb.DuckDBPyConnection, uid: int) -> None:
    """Remove expired snapshots, and all but the newest of the index."""
    gone = db.execute(
        "DELETE FROM snapshots WHERE expires <= ? OR (uid = ? AND snapshot NOT IN "
        "(SELECT snapshot FROM snapshots WHERE uid = ? ORDER BY snapshot DESC LIMIT ?)) RETURNING snapshot",
        [time.time(), uid, uid, MAX_SNAPSHOTS],
    ).fetchall()
    for number in gone:
        db.execute("DELETE FROM snapshot_ids WHERE snapshot = ?", number)


def copy_snapshots(db: duckdb.DuckDBPyConnection, uid: int) -> None:
    """Keep the ids of an index for its open listings, before the index changes."""
    _forget_old(db, uid)
    rows = db.execute("UPDATE snapshots SET copied = true WHERE uid = ? AND NOT copied RETURNING snapshot", [uid])
    for (number,) in rows.fetchall():
        db.execute(f"INSERT INTO snapshot_ids SELECT ?, id FROM vectors_{uid}", [number])


def _live_ids(db: duckdb.DuckDBPyConnection, index: Index, after: str | None, count: int) -> list[str]:
    """Read IDs after one, or from the start. An ID may be empty, so None means the start."""
    if not index.has_data:
        return []
    behind, parameters = ("", []) if after is None else ("WHERE id > ?", [after])
    query = f"SELECT id FROM vectors_{index.uid} {behind} ORDER BY id LIMIT ?"
    return [identity for (identity,) in db.execute(query, [*parameters, count]).fetchall()]


def _copied_ids(db: duckdb.DuckDBPyConnection, number: int, after: str, count: int) -> list[str]:
    query = "SELECT id FROM snapshot_ids WHERE snapshot = ? AND id > ? ORDER BY id LIMIT ?"
    return [identity for (identity,) in db.execute(query, [number, after, count]).fetchall()]


def _page(db: duckdb.DuckDBPyConnection, snapshot: _Snapshot, ids: list[str], count: int) -> Page:
    if len(ids) < count or not _more_after(db, snapshot, ids[-1]):
        return Page(ids, snapshot.total, None, None)
    expires = stamp(datetime.fromtimestamp(snapshot.expires, timezone.utc))
    return Page(ids, snapshot.total, _make_cursor(_key(db), snapshot, ids[-1]), expires)


def _more_after(db: duckdb.DuckDBPyConnection, snapshot: _Snapshot, last: str) -> bool:
    if snapshot.copied:
        found = db.execute(
            "SELECT 1 FROM snapshot_ids WHERE snapshot = ? AND id > ? LIMIT 1", [snapshot.snapshot, last]
        )
    else:
        found = db.execute(f"SELECT 1 FROM vectors_{snapshot.uid} WHERE id > ? LIMIT 1", [last])
    return found.fetchone() is not None


def _key(db: duckdb.DuckDBPyConnection) -> bytes:
    row = db.execute("SELECT key FROM secret").fetchone()
    return bytes(row[0]) if row else b""


def _sign(key: bytes, uid: int, payload: bytes) -> bytes:
    return hmac.new(key, b"%d:%s" % (uid, payload), hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _make_cursor(key: bytes, snapshot: _Snapshot, last: str) -> str:
    payload = f"{snapshot.snapshot}:{last}".encode()
    return base64.urlsafe_b64encode(_sign(key, snapshot.uid, payload) + payload).decode().rstrip("=")


def _open_cursor(key: bytes, uid: int, cursor: str) -> tuple[int, str]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(BAD_CURSOR) from error
    signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(key, uid, payload)):
        raise ApiError(BAD_CURSOR)
    number, _, last = payload.decode().partition(":")
    return int(number), last
