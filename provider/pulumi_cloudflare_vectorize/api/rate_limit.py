"""Keeps a process under the API's rate limit. Every request waits for its turn here, and every response updates the limit.

Cloudflare blocks a token for five minutes after 1,200 requests in five. Each response contains the remaining requests and the
limit: `Ratelimit: "default";r=50;t=30`, `Ratelimit-Policy: "default";q=1200;w=300`
(developers.cloudflare.com/fundamentals/api/reference/limits, 2025-09).

A turn is decided when it can be taken, never ahead of time. What remains changes with every response, and other clients of the
token use the same allowance.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from ..errors import DeadlineError
from ..waiting import QUIET_S, Block, Clock, Deadline

_REMAINING: Final = re.compile(r"\br=(\d+)\b")
_RESET_S: Final = re.compile(r"\bt=(\d+)\b")
_QUOTA: Final = re.compile(r"\bq=(\d+)\b")
_WINDOW_S: Final = re.compile(r"\bw=(\d+)\b")
# How long a waiting request sleeps before it looks again: while a response is on its way, and otherwise.
_SOON_S: Final = 0.05
_LATER_S: Final = 1.0
# How long the others wait for the response to the first request of a window.
_PROBE_S: Final = 2.0
# Two responses belong to one window if they put its end so close together: the header counts whole seconds.
_SAME_WINDOW_S: Final = 2.0


@dataclass(frozen=True)
class Allowance:
    """The API's allowance: remaining requests, seconds until the window ends, and the limit of a whole window.

    `quota` and `window_s` are 0 if the response did not contain the policy.
    """

    remaining: int
    reset_s: float
    quota: int = 0
    window_s: float = 0.0

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> Allowance | None:
        """Parse the headers of a response. None if they contain no allowance."""
        limit, policy = headers.get("Ratelimit", ""), headers.get("Ratelimit-Policy", "")
        remaining, reset = _REMAINING.search(limit), _RESET_S.search(limit)
        if not (remaining and reset):
            return None
        quota, window = _QUOTA.search(policy), _WINDOW_S.search(policy)
        known = (int(quota[1]), float(window[1])) if quota and window else (0, 0.0)
        return cls(int(remaining[1]), float(reset[1]), *known)

    def foreign_per_s(self, own: int) -> float:
        """Return how fast other clients use the allowance, if this process has sent so many requests in the window."""
        elapsed_s = max(self.window_s / 10, self.window_s - self.reset_s, 1.0)
        return max(0, self.quota - self.remaining - own) / elapsed_s


@dataclass(frozen=True)
class _Window:
    """The current window, as a response showed it. By then this process had sent `sent` requests."""

    allowance: Allowance
    learned_at: float
    ends_at: float
    sent: int


@dataclass(eq=False)
class _Ticket:
    """A request that waits. `order` is its number once it was sent."""

    order: int = 0


class RateLimiter:
    """Decides when each request may be sent. Safe for threads.

    The first request of a window goes alone, because a limit may reset at once or slide. While the window has room for every
    waiting request, all of them go at once. After that, the remaining requests are spread over the rest of the window.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._queue: deque[_Ticket] = deque()
        self._in_flight = 0
        self._sent = 0
        self._sent_before_window = 0
        self._last_at = 0.0
        self._window: _Window | None = None
        self._block = Block(0.0, 0.0)
        self._is_probing = True

    @contextmanager
    def turn(
        self, deadline: Deadline, notice: Callable[[str], None] = lambda _: None, place: str = ""
    ) -> Iterator[int]:
        """Wait for this request's turn, and count it as in flight until the block of code ends.

        Waiting for a turn does not use up the operation's time. A block does, beyond the deadline's grace.

        Args:
            deadline: of the operation that the request belongs to.
            notice: receives a line before a wait that takes longer than `QUIET_S`.
            place: of the request, for the error.

        Yields:
            The request's number, for `learn`.

        Raises:
            DeadlineError: a block ends after the deadline.
        """
        order = self._wait(deadline, notice, place)
        try:
            yield order
        finally:
            with self._lock:
                self._in_flight -= 1

    def _wait(self, deadline: Deadline, notice: Callable[[str], None], place: str) -> int:
        ticket, is_reported = _Ticket(), False
        with self._lock:
            self._queue.append(ticket)
        try:
            while (pause_s := self._pause_s(ticket, deadline, place)) > 0.0:
                if not is_reported and pause_s > QUIET_S:
                    notice(f"waiting about {pause_s:.0f} s for the API's rate limit")
                    is_reported = True
                self._clock.sleep(min(pause_s, _LATER_S))
            return ticket.order
        finally:
            with self._lock:
                if ticket in self._queue:  # the wait failed, or was canceled
                    self._queue.remove(ticket)

    def _pause_s(self, ticket: _Ticket, deadline: Deadline, place: str) -> float:
        """Return 0 and count the request as sent if its turn has come, else the seconds until it may come."""
        with self._lock:
            now = self._clock.now()
            deadline.excuse(self._block)
            blocked_s = self._block.ends_at - now
            pause_s = blocked_s if blocked_s > 0.0 else self._spread_s(now, self._queue.index(ticket))
            if pause_s > 0.0:
                if not deadline.allows(pause_s) and (deadline.is_fixed or blocked_s > 0.0):
                    raise DeadlineError(
                        f"the API's rate limit allows the next request in {pause_s:.0f} s, which is after the timeout",
                        place,
                        "Run the command again later, or with a lower --parallel",
                    )
                if blocked_s <= 0.0:
                    deadline.extend(min(pause_s, _LATER_S))
                return pause_s
            self._queue.remove(ticket)
            self._in_flight += 1
            self._sent += 1
            ticket.order = self._sent
            self._last_at = now
            return 0.0

    def _spread_s(self, now: float, position: int) -> float:
        """Return the seconds until the request at a position of the queue may go, by what is left of the window."""
        window = self._window
        if self._is_probing or (window and now >= window.ends_at):
            is_underway = self._in_flight and now - self._last_at < _PROBE_S
            return _SOON_S if is_underway or position else 0.0
        if window is None:
            return 0.0
        certain, rest_s = window.allowance.remaining - self._in_flight, window.ends_at - now
        left = certain - self._foreign(window, now)
        if left >= len(self._queue) or (position == self._in_flight == 0 < certain and left <= 0):
            return 0.0
        if left <= position:
            return _SOON_S if self._in_flight else rest_s
        return max(0.0, self._last_at + (position + 1) * rest_s / (left + 1) - now)

    def _foreign(self, window: _Window, now: float) -> int:
        """Return how many requests other clients are likely to have sent since the last response."""
        own = self._sent - self._sent_before_window
        return int(window.allowance.foreign_per_s(own) * (now - window.learned_at))

    def learn(self, headers: Mapping[str, str], order: int = 0) -> None:
        """Update the window from the headers of a response. A 429 is a block instead: see `block`.

        Args:
            headers: of the response.
            order: the number of its request. The server counts requests that are sent side by side in any order. So a response
                that shows more than another one counts only if its request was sent after that one was learned.
        """
        allowance = Allowance.parse(headers)
        with self._lock:
            now, before = self._clock.now(), self._window
            if now < self._block.ends_at:
                return  # its request was sent before the block
            self._is_probing = False
            if allowance is None:
                return
            ends_at = now + allowance.reset_s
            is_same = before is not None and abs(ends_at - before.ends_at) <= _SAME_WINDOW_S
            if before and is_same and order <= before.sent and allowance.remaining > before.allowance.remaining:
                return
            if not is_same:
                self._sent_before_window = self._sent - self._in_flight
            self._window = _Window(allowance, now, ends_at, self._sent)

    def block(self, seconds: float) -> Block:
        """Hold every request for so long, after a 429. A later response does not lift the block.

        After it, one request goes alone. The others follow when its response shows the allowance.
        """
        with self._lock:
            now, block = self._clock.now(), self._block
            begins_at = now if now > block.ends_at else block.begins_at
            self._block = Block(begins_at, max(block.ends_at, now + seconds))
            self._is_probing, self._window = True, None
            return self._block
