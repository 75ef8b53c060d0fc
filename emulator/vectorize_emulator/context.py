"""What every handler receives: the store, the settings and the control routes' state of one emulator."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from vectorize_emulator.connections import Connections
from vectorize_emulator.middleware.faults import FaultList
from vectorize_emulator.middleware.rate_limit import RateLimiter
from vectorize_emulator.middleware.request_log import RequestLog
from vectorize_emulator.processor import Processor
from vectorize_emulator.store import schema
from vectorize_emulator.store.apply import Applier
from vectorize_emulator.store.database import Database
from vectorize_emulator.store.indexes import IndexStore
from vectorize_emulator.store.listing import ListingStore
from vectorize_emulator.store.metadata_indexes import MetadataIndexStore
from vectorize_emulator.store.mutations import MutationStore
from vectorize_emulator.store.vectors import VectorStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from vectorize_emulator.settings import RuntimeSettings, Settings

P = ParamSpec("P")
T = TypeVar("T")

MAX_STORE_THREADS = 8


class Context:
    """The parts of one emulator. `runtime` is replaced as a whole when a setting changes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.runtime: RuntimeSettings = settings.runtime
        self.database = Database(settings.data_dir)
        try:
            schema.create_tables(self.database)
        except BaseException:
            self.database.close()
            raise
        self.indexes = IndexStore(self.database)
        self.mutations = MutationStore(self.database)
        self.vectors = VectorStore(self.database)
        self.listings = ListingStore(self.database)
        self.metadata_indexes = MetadataIndexStore(self.database)
        self.processor = Processor(Applier(self.database), lambda: self.runtime.visibility_delay_ms / 1000)
        self.faults = FaultList()
        self.requests = RequestLog()
        self.limiter = RateLimiter()
        self.connections = Connections()
        # A permanent pool, because each thread keeps a DuckDB cursor.
        self._threads = ThreadPoolExecutor(MAX_STORE_THREADS, thread_name_prefix="vectorize-store")
        self._cursors_used = 0

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run store work in a thread, so that the event loop never waits for DuckDB."""
        call = functools.partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def refuses_this_cursor(self) -> bool:
        """Return whether the setting `cursor_failures` rejects this use of a valid cursor."""
        self._cursors_used += 1
        every = self.runtime.cursor_failures
        return bool(every) and self._cursors_used % every == 0

    def reset(self) -> None:
        """Reset to an empty store and the settings of the start."""
        schema.wipe(self.database)
        self.processor.forget()
        self.runtime = self.settings.runtime
        self.faults.clear()
        self.requests.clear()
        self.limiter.clear()

    def close(self) -> None:
        """Stop processing and close the file. Logged mutations are processed after the next start."""
        self._threads.shutdown()
        self.processor.stop()
        self.database.close()


def context_of(request: Request) -> Context:
    """Return the emulator that serves this request."""
    return cast("Context", request.app.state.context)
