"""Keeps a whole process under the API's rate limit: every request asks here first, every answer reports here.

Cloudflare blocks a token for five minutes after 1,200 requests in five, and each answer says what is left:
`Ratelimit: "default";r=50;t=30` (developers.cloudflare.com/fundamentals/api/reference/limits, 2025-09).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import DeadlineError
from .waiting import Clock, Deadline

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

    def wait(self, deadline: Deadline) -> float:
        """Wait for this request's turn, and return the seconds it took.

        Raises:
            DeadlineError: the turn would come after the deadline.
        """
        with self._lock:
            now = self._clock.now()
            turn = max(now, self._next_at)
            if turn > now and not deadline.allows(turn - now):
                raise DeadlineError(
                    f"the API's rate limit allows the next request in {turn - now:.0f} s only, which is after the time-out — "
                    "run it again later, or with a lower --parallel"
                )
            self._next_at = turn + self._pause_s
        deadline.sleep(turn - now)
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

    def block(self, seconds: float) -> None:
        """Let nobody send for so long: the API said so."""
        with self._lock:
            self._next_at = max(self._next_at, self._clock.now() + seconds)
