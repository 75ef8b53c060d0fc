"""The DuckDB file: one writer, and a reader cursor per thread.

It knows nothing of Vectorize. Every write is one transaction under one lock; a read sees one snapshot.
"""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_NAME = "vectorize.duckdb"
LOCK_NAME = "emulator.lock"

# Measured with 100,000 by 768 on two cores: DuckDB scans a row group per core, and its default group of 122,880 rows
# leaves a scan to one core (92 ms). Groups of 8,192 take 51 ms. Compression gains nothing for floats and costs 30 ms.
ROW_GROUP_SIZE = 8192
MEMORY_LIMIT = "768MB"
THREADS = 2 * (os.cpu_count() or 2)  # as fast on an idle machine. On a busy one a scan took 63 ms instead of 108


class DataDirInUseError(RuntimeError):
    """Another emulator uses this data directory."""


class StoreUnusableError(RuntimeError):
    """The directory or the file in it cannot be used."""


class StoreFailedError(RuntimeError):
    """The file could not be written, for example on a full disk. The transaction was rolled back."""


_FAILURES = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException, duckdb.FatalException)


class Database:
    """One open DuckDB database. Safe to use from many threads."""

    def __init__(self, data_dir: Path) -> None:
        self._lock_file = _take_lock(data_dir)
        try:
            self._connection = _open(data_dir)
        except duckdb.Error as error:
            self._lock_file.close()
            reason = str(error).splitlines()[0]
            raise StoreUnusableError(f"cannot open the store in {data_dir}: {reason}") from error
        self._writing = threading.Lock()
        self._local = threading.local()
        self._cursors: list[duckdb.DuckDBPyConnection] = []

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the only write transaction. It commits at the end, and rolls back on any error.

        Raises:
            StoreFailedError: the disk or the memory is full.
        """
        with self._writing:
            try:
                with _transaction(self._connection):
                    yield self._connection
            except _FAILURES as error:
                raise StoreFailedError(f"cannot write the store: {str(error).splitlines()[0]}") from error

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a read transaction, whose statements see the same data."""
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
            cursor.execute("USE store")
            self._local.cursor = cursor
        return cursor

    def close(self) -> None:
        """Close every cursor and the file, and release the directory."""
        with self._writing:
            for cursor in self._cursors:
                cursor.close()
            self._cursors.clear()
            self._connection.close()
        self._lock_file.close()


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()  # one that fails has rolled back


def _open(data_dir: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": THREADS,
            "temp_directory": str(data_dir / "tmp"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    path = str(data_dir / FILE_NAME).replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS store (ROW_GROUP_SIZE {ROW_GROUP_SIZE})")
    connection.execute("USE store")
    connection.execute("PRAGMA force_compression = 'uncompressed'")
    return connection


def _take_lock(data_dir: Path) -> IO[bytes]:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handle = (data_dir / LOCK_NAME).open("ab")
    except OSError as error:
        raise StoreUnusableError(f"cannot use the data directory {data_dir}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        handle.close()
        raise DataDirInUseError(f"another emulator is using the data directory {data_dir}") from error
    return handle
