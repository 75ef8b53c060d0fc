"""Waits with a limit: one deadline per operation, named waits under it, and one event that ends them all.

No other module sleeps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result, wait_exponential, wait_random_exponential
from tenacity.wait import wait_base

from .errors import DeadlineError

T = TypeVar("T")

# A shorter wait is not reported.
QUIET_S: Final = 5.0
# How long a block for too many requests lasts (Cloudflare's limits page, 2026-08), with some reserve.
BLOCK_GRACE_S: Final = 330.0
# How long a request in progress may still take after the run was canceled, and how often it checks for that.
CANCEL_GRACE_S: Final = 1.0
_WATCH_S: Final = 0.2


class CancelledError(DeadlineError):
    """The user stopped the run."""


def canceled() -> CancelledError:
    """Make the error of everything that Ctrl-C stops."""
    return CancelledError("stopped: the run was canceled", fix="`pulumi up` continues from here")


@dataclass
class Clock:
    """The time, and the only sleep of the package. Tests replace both."""

    now: Callable[[], float] = time.monotonic
    unix_time_s: Callable[[], float] = time.time
    cancelled: threading.Event = field(default_factory=threading.Event)

    def sleep(self, seconds: float) -> None:
        """Sleep, or raise `CancelledError` as soon as the run is canceled."""
        if self.cancelled.wait(max(seconds, 0.0)):
            raise canceled()


class Slots:
    """Lets at most so many operations run at a time. 0 is no limit."""

    def __init__(self, count: int, clock: Clock) -> None:
        self._free = threading.BoundedSemaphore(count) if count else None
        self._clock = clock

    @contextmanager
    def one(self) -> Iterator[None]:
        """Occupy a slot, after waiting for a free one.

        Raises:
            CancelledError: the run was canceled while this waited.
        """
        if self._free is None:
            yield
            return
        while not self._free.acquire(timeout=_WATCH_S):
            if self._clock.cancelled.is_set():
                raise canceled()
        try:
            yield
        finally:
            self._free.release()


class Block(NamedTuple):
    """A time, on the process's clock, in which the API rejects every request."""

    begins_at: float
    ends_at: float


@dataclass
class Deadline:
    """The end of one operation. Make one with `Deadline.after`.

    `block_grace_s` is by how much a block for too many requests may still extend it. `is_fixed` means that the user set it with
    `custom_timeouts`, so nothing extends it.
    """

    ends_at: float
    clock: Clock
    block_grace_s: float = 0.0
    is_fixed: bool = False
    _excused_until: float = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._excused_until = self.clock.now()

    @classmethod
    def after(cls, seconds: float, clock: Clock, *, block_grace_s: float = 0.0, is_fixed: bool = False) -> Deadline:
        """Make the deadline that is `seconds` from now."""
        return cls(clock.now() + seconds, clock, 0.0 if is_fixed else block_grace_s, is_fixed)

    def restarted(self, seconds: float) -> Deadline:
        """Return a deadline `seconds` from now, or this one if it is fixed."""
        return self if self.is_fixed else Deadline.after(seconds, self.clock, block_grace_s=self.block_grace_s)

    def remaining_s(self) -> float:
        """Return the seconds that are left, never below 0."""
        return max(0.0, self.ends_at - self.clock.now())

    def allows(self, seconds: float) -> bool:
        """Return whether a wait of `seconds` ends before the deadline."""
        return seconds < self.remaining_s()

    def excuse(self, block: Block) -> None:
        """Extend the deadline by the part of a block that this operation spends waiting, within the grace.

        A block counts once, even if several requests report it. A block that is over counts as well, because the operation may have
        waited for its end in the queue.
        """
        with self._lock:
            begins_at = max(block.begins_at, self._excused_until)
            excused = min(max(0.0, block.ends_at - begins_at), self.block_grace_s)
            self._excused_until = max(self._excused_until, block.ends_at)
            self.block_grace_s -= excused
            self.ends_at += excused

    def extend(self, seconds: float) -> None:
        """Extend the deadline by a wait that is not the operation's own, unless the deadline is fixed."""
        if not self.is_fixed:
            with self._lock:
                self.ends_at += seconds

    def sleep(self, seconds: float) -> None:
        """Sleep, at most until the deadline."""
        self.clock.sleep(min(seconds, self.remaining_s()))


def run_within(call: Callable[[], T], seconds: float, cancelled: threading.Event) -> T | None:
    """Return the result of a call, or None if it takes longer than `seconds`, or than `CANCEL_GRACE_S` after a cancellation.

    The call runs in a thread of its own. After None, the thread continues in the background until the call ends.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 -- raised again by outcome.result()
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    ends_at = time.monotonic() + seconds
    while not outcome.done() and time.monotonic() < ends_at:
        if cancelled.is_set():
            wait([outcome], min(CANCEL_GRACE_S, ends_at - time.monotonic()))
            break
        wait([outcome], min(_WATCH_S, ends_at - time.monotonic()))
    return outcome.result() if outcome.done() else None


def growing(first_s: float, longest_s: float) -> wait_base:
    """Return pauses that double up to a limit. The upper half of each is random, so that parallel clients spread out."""
    half = {"multiplier": first_s / 2, "max": longest_s / 2}
    return wait_exponential(**half) + wait_random_exponential(**half)


_POLLS: Final = growing(0.2, 5.0)


def repeat_until(  # noqa: PLR0913 -- each argument describes one part of the wait
    action: Callable[[], T],
    is_done: Callable[[T], bool],
    deadline: Deadline,
    *,
    pauses: wait_base,
    is_enough: Callable[[int], bool] = lambda _: False,
    before_pause: Callable[[], None] = lambda: None,
    on_exhausted: Callable[[T], T],
) -> T:
    """Repeat an action until its result is accepted. An error of the action ends the repetition.

    Args:
        action: what to repeat.
        is_done: whether a result is accepted.
        deadline: no pause goes beyond it.
        pauses: see `growing`.
        is_enough: whether there is no other attempt after so many.
        before_pause: called before each pause.
        on_exhausted: receives the last result if it was not accepted. It returns a result or raises.
    """

    def exhausted(state: RetryCallState) -> Any:
        return on_exhausted(state.outcome.result()) if state.outcome else None

    retrying = Retrying(
        retry=retry_if_result(lambda result: not is_done(result)),
        wait=pauses,
        stop=lambda state: is_enough(state.attempt_number) or not deadline.allows(state.upcoming_sleep),
        sleep=deadline.sleep,
        before_sleep=lambda _: before_pause(),
        retry_error_callback=exhausted,
    )
    return retrying(action)


def wait_until(  # noqa: PLR0913 -- each argument describes one part of the wait
    what: str,
    probe: Callable[[], T],
    is_done: Callable[[T], bool],
    deadline: Deadline,
    progress: Callable[[str], None],
    *,
    trouble: Callable[[], str] = lambda: "",
) -> T:
    """Poll until a value is accepted, and return it.

    Args:
        what: completes "waiting until …". It names the wait in the progress line and in the error.
        probe: reads the current value.
        is_done: whether that value ends the wait.
        deadline: the end of the whole operation.
        progress: receives a line before each poll, once the wait has taken longer than `QUIET_S`.
        trouble: returns what else failed, as "; …", for the error.

    Raises:
        DeadlineError: the deadline came first. The text contains the last value.
    """
    started_at = deadline.clock.now()

    def waited_s() -> float:
        return deadline.clock.now() - started_at

    def report() -> None:
        if waited_s() > QUIET_S:
            progress(f"waiting until {what} ({waited_s():.0f} s)")

    def time_out(last: T) -> T:
        raise DeadlineError(
            f"timeout after {waited_s():.0f} s of waiting until {what}: the last response was {last!r}{trouble()}",
            fix="Run `pulumi up` again",
        )

    return repeat_until(probe, is_done, deadline, pauses=_POLLS, before_pause=report, on_exhausted=time_out)
