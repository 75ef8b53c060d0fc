"""Applies mutations in a thread: the log of an index, once its oldest entry is old enough.

It controls the timing (delay, pause, apply now) and contains no SQL. Its clock is monotonic, so a change of the system time
does not delay a mutation.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from vectorize_emulator.store.database import StoreFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vectorize_emulator.store.apply import Applier

log = logging.getLogger("vectorize_emulator")

RETRY_S = 1.0  # after a failed batch, whose transaction was rolled back


class Processor:
    """Applies logged mutations in the background."""

    def __init__(self, applier: Applier, delay_s: Callable[[], float]) -> None:
        self._applier = applier
        self._delay_s = delay_s
        self._changed = threading.Condition()
        self._applying = threading.Lock()
        self._oldest = {uid: time.monotonic() - age_s for uid, age_s in applier.pending().items()}
        self._stopped = False
        self.paused = False
        self._thread = threading.Thread(target=self._run, name="vectorize-processor", daemon=True)
        self._thread.start()

    def note(self, uid: int, wait_s: float = 0) -> None:
        """Schedule a mutation that was just logged, or one that failed."""
        with self._changed:
            self._oldest.setdefault(uid, time.monotonic() + wait_s)
            self._changed.notify()

    def wake(self) -> None:
        """Check again, because the delay has changed."""
        with self._changed:
            self._changed.notify()

    def pause(self) -> None:
        """Apply nothing until `resume`, except by `process_now`. Waits for the current batch."""
        self.paused = True
        with self._applying:
            pass

    def resume(self) -> None:
        """Continue."""
        self.paused = False
        self.wake()

    def forget(self) -> None:
        """Drop all timing, after the store was emptied."""
        with self._changed:
            self._oldest.clear()
            self.paused = False

    def process_now(self) -> int:
        """Apply everything in the log now, and return the number of mutations."""
        return sum(self._process(uid) for uid in self._applier.pending())

    def _process(self, uid: int) -> int:
        with self._changed:
            self._oldest.pop(uid, None)  # otherwise the next entry would count as that old
        try:
            return self._drain(uid, even_paused=True)
        except BaseException:
            self.note(uid, RETRY_S)
            raise

    def _drain(self, uid: int, *, even_paused: bool = False) -> int:
        total = 0
        while applied := self._apply_batch(uid, even_paused=even_paused):
            total += applied
        return total

    def _apply_batch(self, uid: int, *, even_paused: bool) -> int:
        with self._applying:
            if even_paused or not (self.paused or self._stopped):
                return self._applier.apply_batch(uid)
        self.note(uid)
        return 0

    def stop(self) -> None:
        """End the thread. The log stays."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (uid := self._next_due()) is not None:
            try:
                self._drain(uid)
            except StoreFailedError as error:
                log.error("a batch of index %d was not applied: %s. Retrying", uid, error)  # noqa: TRY400 - the message has the cause
                self.note(uid, RETRY_S)
            except Exception:  # no failure may end the thread
                log.exception("a batch of index %d was not applied. Retrying", uid)
                self.note(uid, RETRY_S)

    def _next_due(self) -> int | None:
        """Wait until the log of an index is due, and return the index. None means stop."""
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
        return uid, self._oldest[uid] + self._delay_s() - time.monotonic()
