"""The floor of `benchmarks/lifecycle.py`: a dynamic provider that does nothing but sleep as long as one request takes.

Its resources are as many and as large as ours, and its server is widened in the same way, so that what it takes is the engine's
and the language host's own time and one wait for each operation. Imports nothing of provider/, which would cost it time.
"""
# ruff: noqa: INP001 - a module of a script, found by PYTHONPATH

from __future__ import annotations

import os
import threading
import time
from typing import Any

from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    ReadResult,
    Resource,
    ResourceProvider,
)

WORKERS = 32
# Whether to sleep for every request that ours would send, one after the other where ours does so, and not once for each resource.
SAME_WAITS = os.environ.get("BENCHMARK_WAITS") == "same"
OUTPUTS = ("dimensions", "metric", "preset", "unmanagedMetadataIndexes", "createdOn", "modifiedOn")
ACCOUNT = "0123456789abcdef0123456789abcdef"
INPUTS: dict[str, Any] = {
    "description": "measured",
    "accountId": ACCOUNT,
    "metadataIndexes": {},
    "forceDestroy": False,
    "adopt": False,
}


class SleepingProvider(ResourceProvider):
    """Sleeps where ours sends requests: in create, read and delete."""

    serialize_as_secret_always = False

    def configure(self, _req: ConfigureRequest) -> None:
        """Widen the server's pool of four, as ours does."""
        pool = threading.current_thread()._args[0]()  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
        pool._max_workers = WORKERS  # noqa: SLF001 - as above
        started = threading.Event()
        for _ in range(WORKERS - len(pool._threads)):  # noqa: SLF001 - as above
            pool.submit(started.wait, 1.0)
        started.set()

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Sleep, and answer outputs of the size of ours."""
        if SAME_WAITS:
            _list_once()
        _sleep()
        now = "2026-11-24T12:00:00.000000Z"
        outputs = {"preset": "", "unmanagedMetadataIndexes": {}, "createdOn": now, "modifiedOn": now}
        return CreateResult(props["name"], {**props, **props["config"], **outputs})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Sleep, and answer what is known already; with the same waits as ours one sleep is for all."""
        (_list_once if SAME_WAITS else _sleep)()
        return ReadResult(id_, props)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Sleep; with the same waits as ours for the list and the number of vectors, too."""
        if SAME_WAITS:
            # The first looks up and then counts; the others count while it looks up.
            for wait in (_list_once, _sleep) if _first.acquire(blocking=False) else (_sleep, _list_once):
                wait()
        _sleep()


class Sleeper(Resource, module="benchmark", name="Sleeper"):
    """A resource with the properties of a `VectorizeIndex`."""

    def __init__(self, resource_name: str, config: dict[str, Any]) -> None:
        """Declare one."""
        name = {"namePrefix": f"{resource_name}-00000000", "name": f"{resource_name}-00000000-000000"}
        super().__init__(
            SleepingProvider(), resource_name, {**dict.fromkeys(OUTPUTS), **INPUTS, **name, "config": config}, None
        )


def _sleep() -> None:
    time.sleep(int(os.environ["BENCHMARK_SLEEP_MS"]) / 1000)


_first = threading.Lock()  # never released
_listing = threading.Lock()
_listed = threading.Event()


def _list_once() -> None:
    """Sleep once for all: who comes meanwhile waits too."""
    with _listing:
        if not _listed.is_set():
            _sleep()
            _listed.set()
