"""The DuckDB file: opening, locking, one writer, a reader cursor per thread.

It knows nothing of Vectorize. Every write is one transaction under one lock; a read sees one snapshot.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import duckdb

FILE_NAME = "vectorize.duckdb"
LOCK_NAME = "emulator.lock"


class DataDirInUseError(RuntimeError):
    """Another emulator works on this data directory."""


class Engine:
    """One open DuckDB database. Safe to use from many threads."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._lock_file = _take_lock(data_dir)
        self._connection = duckdb.connect(str(data_dir / FILE_NAME))
        self._writing = threading.Lock()
        self._local = threading.local()
        self._cursors: list[duckdb.DuckDBPyConnection] = []

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Hold the only write transaction; commit at the end, roll back on any error."""
        with self._writing:
            self._connection.begin()
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Hold a read transaction: several statements in it see the same data."""
        cursor = self._reader()
        cursor.begin()
        try:
            yield cursor
        finally:
            cursor.rollback()

    def _reader(self) -> duckdb.DuckDBPyConnection:
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            with self._writing:
                cursor = self._connection.cursor()
                self._cursors.append(cursor)
            self._local.cursor = cursor
        return cursor

    def close(self) -> None:
        """Close every cursor and the file, and let another emulator have the directory."""
        with self._writing:
            for cursor in self._cursors:
                cursor.close()
            self._cursors.clear()
            self._connection.close()
        self._lock_file.close()


def _take_lock(data_dir: Path) -> IO[bytes]:
    handle = (data_dir / LOCK_NAME).open("ab")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        handle.close()
        raise DataDirInUseError(f"another emulator is using the data directory {data_dir}") from error
    return handle
