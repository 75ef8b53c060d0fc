"""What every handler works with: the store, the knobs and the tester's instruments of one emulator."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import anyio
import anyio.to_thread
from starlette.requests import Request

from vectorize_emulator.engine import Engine
from vectorize_emulator.faults import FaultList
from vectorize_emulator.ratelimit import RateLimiter
from vectorize_emulator.recorder import RequestLog
from vectorize_emulator.settings import Knobs, Settings
from vectorize_emulator.store import schema
from vectorize_emulator.store.indexes import IndexStore

P = ParamSpec("P")
T = TypeVar("T")

MAX_STORE_THREADS = 8


class Context:
    """One emulator's insides. `knobs` is replaced as a whole when a tester changes one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.knobs: Knobs = settings.knobs
        self.engine = Engine(settings.data_dir)
        schema.create_tables(self.engine)
        self.indexes = IndexStore(self.engine)
        self.faults = FaultList()
        self.requests = RequestLog()
        self.limiter = RateLimiter()
        self._threads: anyio.CapacityLimiter | None = None

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run store work in a thread, so that the event loop never waits for DuckDB."""
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(MAX_STORE_THREADS)
        call = functools.partial(function, *args, **kwargs)
        return await anyio.to_thread.run_sync(call, limiter=self._threads)

    def reset(self) -> None:
        """Go back to an empty store and to the knobs of the start."""
        schema.wipe(self.engine)
        self.knobs = self.settings.knobs
        self.faults.clear()
        self.requests.clear()
        self.limiter.clear()

    def close(self) -> None:
        """Close the file."""
        self.engine.close()


def context_of(request: Request) -> Context:
    """Return the emulator that serves this request."""
    return cast(Context, request.app.state.context)
