"""When mutations become visible: a thread that applies each index's log once its oldest entry is old enough.

It owns the timing (delay, pause, apply now) and never touches SQL.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from vectorize_emulator.store.apply import Applier
    from vectorize_emulator.store.mutations import Mutation

log = logging.getLogger("vectorize_emulator")

RETRY_S = 1.0  # after a batch that failed; nothing is lost, its transaction was rolled back


class Processor:
    """Applies logged mutations in the background."""

    def __init__(self, applier: Applier, delay_s: Callable[[], float]) -> None:
        self._applier = applier
        self._delay_s = delay_s
        self._changed = threading.Condition()
        self._oldest: dict[int, float] = applier.pending()
        self._stopped = False
        self.paused = False
        self._thread = threading.Thread(target=self._run, name="vectorize-processor", daemon=True)
        self._thread.start()

    def note(self, mutation: Mutation) -> None:
        """Learn of a mutation that was logged."""
        with self._changed:
            self._oldest.setdefault(mutation.uid, mutation.at)
            self._changed.notify()

    def wake(self) -> None:
        """Look again: the delay has changed."""
        with self._changed:
            self._changed.notify()

    def pause(self) -> None:
        """Apply nothing until `resume`; `process_now` still does."""
        self.paused = True

    def resume(self) -> None:
        """Go on applying."""
        self.paused = False
        self.wake()

    def forget(self) -> None:
        """Drop all timing, after the store was emptied."""
        with self._changed:
            self._oldest.clear()
            self.paused = False

    def process_now(self) -> int:
        """Apply everything that is logged, however young, and return how many mutations that were."""
        with self._changed:
            self._oldest.clear()
        return sum(self._drain(uid) for uid in self._applier.pending())

    def _drain(self, uid: int) -> int:
        total = 0
        while applied := self._applier.apply_batch(uid):
            total += applied
        return total

    def stop(self) -> None:
        """End the thread; what is logged stays logged."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (uid := self._next_due()) is not None:
            try:
                self._drain(uid)
            except Exception:  # whatever it was, it must not end the thread: logged, and tried again
                log.exception("a batch of index %d was not applied; retrying", uid)
                with self._changed:
                    self._oldest.setdefault(uid, time.time() + RETRY_S)

    def _next_due(self) -> int | None:
        """Wait until an index's log is due and take it; None means stop."""
        with self._changed:
            while not self._stopped:
                uid, wait_s = self._soonest()
                if uid is not None and wait_s <= 0:
                    del self._oldest[uid]
                    return uid
                self._changed.wait(wait_s if uid is not None else None)
        return None

    def _soonest(self) -> tuple[int | None, float]:
        if self.paused or not self._oldest:
            return None, 0
        uid = min(self._oldest, key=self._oldest.__getitem__)
        return uid, self._oldest[uid] + self._delay_s() - time.time()
