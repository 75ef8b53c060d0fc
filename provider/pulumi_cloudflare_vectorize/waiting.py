"""Bounded waits: one deadline per operation, named waits under it, and a way to stop them all at once.

Nothing else sleeps, and no wait is without an end.
"""

from __future__ import annotations

import contextvars
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result
from tenacity.wait import wait_base

from .errors import DeadlineError

T = TypeVar("T")

# Waits shorter than this pass without a word.
QUIET_S = 5.0
# How long a response may still take after the run was canceled, and how often a request in progress looks for that.
CANCEL_GRACE_S = 1.0
_WATCH_S = 0.2
_FIRST_POLL_S = 0.2
_LONGEST_POLL_S = 5.0


class CancelledError(DeadlineError):
    """The person stopped the run."""


def canceled() -> CancelledError:
    """Make the error of everything that a Ctrl-C stops."""
    return CancelledError("stopped: the run was canceled. `pulumi up` continues from here")


@dataclass
class Clock:
    """The time, and the only sleep there is; tests give both their own."""

    now: Callable[[], float] = time.monotonic
    unix_time_s: Callable[[], float] = time.time
    cancelled: threading.Event = field(default_factory=threading.Event)

    def sleep(self, seconds: float) -> None:
        """Sleep, or raise `CancelledError` as soon as the run is cancelled."""
        if self.cancelled.wait(max(seconds, 0.0)):
            raise canceled()


class Block(NamedTuple):
    """A time in which the API answers nobody, on the clock of the process."""

    begins_at: float
    ends_at: float


@dataclass
class Deadline:
    """The end of one operation, on the clock that it waits with.

    `block_grace_s` is how much later it may end because the API blocked the account for too many requests; `is_fixed` says that
    the person set it, so that nothing may put it off.
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
    def after(cls, seconds: float, clock: Clock) -> Deadline:
        """Make the deadline that is `seconds` from now."""
        return cls(clock.now() + seconds, clock)

    def restarted(self, seconds: float) -> Deadline:
        """Return a deadline `seconds` from now, or this one if the user set it (`is_fixed`)."""
        if self.is_fixed:
            return self
        return Deadline(self.clock.now() + seconds, self.clock, self.block_grace_s)

    def remaining_s(self) -> float:
        """Seconds that are left, never below 0."""
        return max(0.0, self.ends_at - self.clock.now())

    def allows(self, seconds: float) -> bool:
        """Whether a wait of `seconds` still ends in time."""
        return seconds < self.remaining_s()

    def excuse(self, block: Block) -> None:
        """Put the end off by what this operation lives through of a block, as far as the grace goes.

        Requests side by side may all excuse the same block: it counts once. One that is over counts too: it may have been waited
        out in the queue for another request's answer.
        """
        with self._lock:
            begins_at = max(block.begins_at, self._excused_until)
            excused = min(max(0.0, block.ends_at - begins_at), self.block_grace_s)
            self._excused_until = max(self._excused_until, block.ends_at)
            self.block_grace_s -= excused
            self.ends_at += excused

    def extend(self, seconds: float) -> None:
        """Put the end off by a wait that is not the operation's own, unless the user set the end."""
        if not self.is_fixed:
            with self._lock:
                self.ends_at += seconds

    def sleep(self, seconds: float) -> None:
        """Sleep, at most until the deadline."""
        self.clock.sleep(min(seconds, self.remaining_s()))


def run_within(call: Callable[[], T], seconds: float, cancelled: threading.Event) -> T | None:
    """Return what a call returns, or None if it takes longer than `seconds`, or than `CANCEL_GRACE_S` after a cancellation.

    Its thread is then left behind, and ends with the call.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 -- it is raised again where the outcome is asked for
            outcome.set_exception(error)

    # The context goes along: it says whose row of the engine's display a message belongs on.
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    ends_at = time.monotonic() + seconds
    while not outcome.done() and time.monotonic() < ends_at:
        if cancelled.is_set():
            wait([outcome], min(CANCEL_GRACE_S, ends_at - time.monotonic()))
            break
        wait([outcome], min(_WATCH_S, ends_at - time.monotonic()))
    return outcome.result() if outcome.done() else None


class Backoff(wait_base):
    """Exponential growth with full jitter in its upper half, so that parallel clients spread out."""

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s = first_s
        self._longest_s = longest_s

    def __call__(self, retry_state: RetryCallState) -> float:
        """Return the seconds until the next try."""
        top: float = min(self._longest_s, self._first_s * 2 ** min(retry_state.attempt_number - 1, 16))
        return top * random.uniform(0.5, 1.0)  # noqa: S311 -- jitter, not cryptography


def wait_until(  # noqa: PLR0913 -- each argument says one thing of the wait
    what: str,
    probe: Callable[[], T],
    done: Callable[[T], bool],
    deadline: Deadline,
    progress: Callable[[str], None],
    *,
    trouble: Callable[[], str] = lambda: "",
) -> T:
    """Call `probe` until `done` accepts its answer, and return that answer.

    Args:
        what: completes "waiting until …"; it names the wait in progress and in the error.
        probe: asks for the current answer.
        done: whether that answer ends the wait.
        deadline: the end of the whole operation.
        progress: told of the wait every poll once it has taken longer than `QUIET_S`.
        trouble: says what else went wrong, as "; …", or nothing, for the error.

    Raises:
        DeadlineError: the deadline came first; the text holds the last answer.
    """
    started = deadline.clock.now()

    def report(_: RetryCallState) -> None:
        waited = deadline.clock.now() - started
        if waited > QUIET_S:
            progress(f"waiting until {what} ({waited:.0f} s)")

    retrying = Retrying(
        retry=retry_if_result(lambda answer: not done(answer)),
        wait=Backoff(_FIRST_POLL_S, _LONGEST_POLL_S),
        stop=lambda state: not deadline.allows(state.upcoming_sleep),
        sleep=deadline.sleep,
        before_sleep=report,
        retry_error_callback=lambda state: _run_out(what, state, deadline.clock.now() - started, trouble()),
    )
    return retrying(probe)


def _run_out(what: str, state: RetryCallState, waited: float, trouble: str) -> None:
    last = state.outcome.result() if state.outcome else None
    raise DeadlineError(
        f"waited {waited:.0f} s until {what}, in vain; the last answer was {last!r}{trouble} — run `pulumi up` again"
    )
