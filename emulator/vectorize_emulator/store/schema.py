"""The tables of the DuckDB file. Vectors are in separate tables, one set per index, created with the first write."""
# ruff: noqa: S608 - only table names made of a number are put into SQL; values are parameters

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from vectorize_emulator.store.database import Database

TABLES = (
    "CREATE SEQUENCE IF NOT EXISTS uids START 1",
    "CREATE SEQUENCE IF NOT EXISTS sequence_numbers START 1",
    """CREATE TABLE IF NOT EXISTS indexes (
        uid BIGINT NOT NULL, account VARCHAR NOT NULL, name VARCHAR NOT NULL, description VARCHAR NOT NULL,
        dimensions INTEGER NOT NULL, metric VARCHAR NOT NULL, preset VARCHAR,
        created_on VARCHAR NOT NULL, modified_on VARCHAR NOT NULL,
        vector_count BIGINT NOT NULL, processed_mutation VARCHAR, processed_on VARCHAR,
        version BIGINT NOT NULL, has_data BOOLEAN NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS tombstones (account VARCHAR NOT NULL, name VARCHAR NOT NULL)",
    """CREATE TABLE IF NOT EXISTS mutations (
        seq BIGINT NOT NULL, mutation_id VARCHAR NOT NULL, uid BIGINT NOT NULL, kind VARCHAR NOT NULL,
        property VARCHAR, index_type VARCHAR, vectors BIGINT NOT NULL, logged_at DOUBLE NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS metadata_indexes (
        uid BIGINT NOT NULL, epoch BIGINT NOT NULL, property VARCHAR NOT NULL, index_type VARCHAR NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS snapshots (
        snapshot BIGINT NOT NULL, uid BIGINT NOT NULL, version BIGINT NOT NULL, total BIGINT NOT NULL,
        expires DOUBLE NOT NULL, copied BOOLEAN NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS snapshot_ids (snapshot BIGINT NOT NULL, id VARCHAR NOT NULL)",
    "CREATE TABLE IF NOT EXISTS secret (key BLOB NOT NULL)",
)
DATA_TABLES = {
    "vectors": "id VARCHAR NOT NULL, namespace VARCHAR, metadata VARCHAR, vals FLOAT[{dimensions}]",
    "staged": "place BIGINT NOT NULL, op VARCHAR NOT NULL, id VARCHAR NOT NULL, namespace VARCHAR, metadata VARCHAR, "
    "vals FLOAT[{dimensions}]",
    "facets": "epoch BIGINT NOT NULL, id VARCHAR NOT NULL, string VARCHAR, number DOUBLE, boolean BOOLEAN",
}


def create_tables(database: Database) -> None:
    """Create every missing table."""
    with database.write() as db:
        _create(db)


def _create(db: duckdb.DuckDBPyConnection) -> None:
    for statement in TABLES:
        db.execute(statement)
    if db.execute("SELECT 1 FROM secret").fetchone() is None:
        db.execute("INSERT INTO secret VALUES (?)", [secrets.token_bytes(32)])


def wipe(database: Database) -> None:
    """Remove all rows of the fixed tables, and the tables of every index."""
    with database.write() as db:
        for (uid,) in db.execute("SELECT uid FROM indexes WHERE has_data").fetchall():
            drop_data(db, uid)
        for table in ("indexes", "tombstones", "mutations", "metadata_indexes", "snapshots", "snapshot_ids"):
            db.execute(f"DELETE FROM {table}")


def create_data(db: duckdb.DuckDBPyConnection, uid: int, dimensions: int) -> None:
    """Create the tables of one index's vectors."""
    for table, columns in DATA_TABLES.items():
        db.execute(f"CREATE TABLE {table}_{uid} ({columns.format(dimensions=dimensions)})")
    db.execute("UPDATE indexes SET has_data = true WHERE uid = ?", [uid])


def drop_data(db: duckdb.DuckDBPyConnection, uid: int) -> None:
    """Drop the tables of one index's vectors if they exist."""
    for table in DATA_TABLES:
        db.execute(f"DROP TABLE IF EXISTS {table}_{uid}")
