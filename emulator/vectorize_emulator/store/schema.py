"""The tables of the DuckDB file. Vectors live in tables of their own, one set an index, made on the first write."""

from __future__ import annotations

from vectorize_emulator.engine import Engine

TABLES = (
    "CREATE SEQUENCE IF NOT EXISTS uids START 1",
    """CREATE TABLE IF NOT EXISTS indexes (
        uid BIGINT NOT NULL, account VARCHAR NOT NULL, name VARCHAR NOT NULL, description VARCHAR NOT NULL,
        dimensions INTEGER NOT NULL, metric VARCHAR NOT NULL, preset VARCHAR,
        created_on VARCHAR NOT NULL, modified_on VARCHAR NOT NULL,
        vector_count BIGINT NOT NULL, processed_mutation VARCHAR, processed_on VARCHAR)""",
    "CREATE TABLE IF NOT EXISTS tombstones (account VARCHAR NOT NULL, name VARCHAR NOT NULL)",
)


def create_tables(engine: Engine) -> None:
    """Make every table that is missing."""
    with engine.write() as db:
        for statement in TABLES:
            db.execute(statement)


def wipe(engine: Engine) -> None:
    """Forget everything: all rows of the fixed tables, and the tables of every index."""
    with engine.write() as db:
        names = db.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
        for (name,) in names:
            db.execute(f'DROP TABLE "{name}"')
        for statement in TABLES:
            db.execute(statement)
