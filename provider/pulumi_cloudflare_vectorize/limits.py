"""Keeps a whole process under the API's rate limit: every request asks here first, every answer reports here.

Cloudflare blocks a token for five minutes after 1,200 requests in five, and each answer says what is left:
`Ratelimit: "default";r=50;t=30` (developers.cloudflare.com/fundamentals/api/reference/limits, 2025-09).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .errors import DeadlineError
from .waiting import QUIET_S, Block, Clock, Deadline

_REMAINING = re.compile(r"\br=(\d+)\b")
_RESET_S = re.compile(r"\bt=(\d+)\b")
# With so few requests left in the window, they are spread over what is left of it.
_SCARCE = 50


@dataclass(frozen=True)
class Allowance:
    """What the API says is left: requests, and seconds until the window starts anew."""

    remaining: int
    reset_s: float

    @classmethod
    def parse(cls, header: str) -> Allowance | None:
        """Read a `Ratelimit` header; None when it holds no allowance."""
        remaining, reset = _REMAINING.search(header), _RESET_S.search(header)
        return cls(int(remaining[1]), float(reset[1])) if remaining and reset else None

    def pause_s(self) -> float:
        """Seconds to leave between two requests; 0 while there is plenty."""
        return 0.0 if self.remaining >= _SCARCE else self.reset_s / (self.remaining + 1)


class RateLimiter:
    """Hands out the moments at which requests may go; safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._next_at = 0.0
        self._pause_s = 0.0
        self._block = Block(0.0, 0.0)

    def wait(self, deadline: Deadline, notice: Callable[[str], None] = lambda _: None, place: str = "") -> None:
        """Wait for this request's turn; a block, whoever's request was told of it, puts the deadline off.

        Args:
            deadline: of the operation that the request belongs to.
            notice: told before a wait that takes longer than `QUIET_S`.
            place: of the request, for the error.

        Raises:
            DeadlineError: the turn would come after the deadline.
        """
        pause_s = self._reserve(deadline, place)
        if pause_s > QUIET_S:
            notice(f"waiting {pause_s:.0f} s for the API's rate limit")
        deadline.sleep(pause_s)

    def _reserve(self, deadline: Deadline, place: str) -> float:
        """Take the next turn, and return the seconds until then."""
        with self._lock:
            now = self._clock.now()
            turn = max(now, self._next_at, self._block.ends_at)
            deadline.excuse(self._block)
            if turn > now and not deadline.allows(turn - now):
                raise DeadlineError(
                    f"the API's rate limit allows the next request in {turn - now:.0f} s only, which is after the time-out "
                    f"({place}) — run it again later, or with a lower --parallel"
                )
            self._next_at = turn + self._pause_s
        return turn - now

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take in what an answer's headers say of the allowance."""
        allowance = Allowance.parse(headers.get("Ratelimit", ""))
        if allowance is None:
            return
        with self._lock:
            self._pause_s = allowance.pause_s()
            if self._pause_s == 0.0:
                self._next_at = 0.0

    def block(self, seconds: float) -> Block:
        """Let nobody send for so long, because the API said so; a later answer does not lift the block."""
        with self._lock:
            now, block = self._clock.now(), self._block
            begins_at = now if now > block.ends_at else block.begins_at
            self._block = Block(begins_at, max(block.ends_at, now + seconds))
            return self._block
