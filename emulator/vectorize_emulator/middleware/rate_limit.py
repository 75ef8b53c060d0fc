"""The API's rate limit: a number of requests per window, then a block as long as the window."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class _Window:
    ends: float
    used: int = 0
    blocked: bool = False


@dataclass(frozen=True)
class Verdict:
    """The result for one request. `remaining` is negative if it is rejected."""

    remaining: int
    reset_s: int
    limit: int
    window_s: int

    @property
    def refused(self) -> bool:
        """Return whether the request is rejected."""
        return self.remaining < 0

    def headers(self) -> dict[str, str]:
        """The headers that the real API sends since 2025-09-03."""
        headers = {
            "Ratelimit": f'"default";r={max(self.remaining, 0)};t={self.reset_s}',
            "Ratelimit-Policy": f'"default";q={self.limit};w={self.window_s}',
        }
        if self.refused:
            headers["Retry-After"] = str(self.reset_s)
        return headers


class RateLimiter:
    """Counts requests by credential. The clock is injected for tests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: dict[str, _Window] = {}

    def take(self, who: str, limit: int, window_s: int) -> Verdict:
        """Count one request. The first one over the limit starts a block of a whole window."""
        moment = self._clock()
        window = self._windows.get(who)
        if window is None or window.ends <= moment:
            self._forget(moment)
            window = self._windows[who] = _Window(moment + window_s)
        window.used += 1
        if window.used > limit and not window.blocked:
            window.blocked, window.ends = True, moment + window_s
        remaining = -1 if window.blocked else limit - window.used
        return Verdict(remaining, max(1, math.ceil(window.ends - moment)), limit, window_s)

    def _forget(self, moment: float) -> None:
        for who in [who for who, window in self._windows.items() if window.ends <= moment]:
            del self._windows[who]

    def clear(self) -> None:
        """Forget every count."""
        self._windows.clear()
