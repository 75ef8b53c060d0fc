"""The shared rate limiter: plenty costs nothing, scarcity is spread, and a block holds everyone."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from pulumi_cloudflare_vectorize.api.rate_limit import Allowance, RateLimiter
from pulumi_cloudflare_vectorize.errors import DeadlineError
from pulumi_cloudflare_vectorize.waiting import Clock, Deadline


@pytest.mark.parametrize(
    ("header", "policy", "allowance"),
    [
        ('"default";r=50;t=30', "", Allowance(50, 30.0)),
        ('"default"; t=7 ; r=0', '"default";q=1200;w=300', Allowance(0, 7.0, 1200, 300.0)),
        ('"default";r=50;t=30', '"burst";q=100', Allowance(50, 30.0)),
        ("", '"default";q=1200;w=300', None),
        ('"default";r=50', "", None),
        ("r=x;t=30", "", None),
    ],
)
def test_the_ratelimit_headers_are_read_leniently(header, policy, allowance):
    assert Allowance.parse({"Ratelimit": header, "Ratelimit-Policy": policy}) == allowance


@pytest.mark.parametrize(
    ("remaining", "reset_s", "own", "foreign_per_s"),
    [(100, 200, 20, 0.0), (60, 200, 20, 0.4), (60, 200, 90, 0.0), (90, 300, 0, 1.0), (0, 0, 20, 1 / 3)],
)
def test_what_others_use_is_what_is_gone_and_was_not_sent_from_here(remaining, reset_s, own, foreign_per_s):
    """Of 120 requests in 300 seconds; at least a tenth of the window counts as past."""
    assert Allowance(remaining, reset_s, 120, 300.0).foreign_per_s(own) == pytest.approx(foreign_per_s)


@pytest.fixture
def limiter(clock) -> RateLimiter:
    return RateLimiter(clock)


@pytest.fixture
def send(limiter, clock):
    """Take a turn with a deadline of a minute, or the one given, and return the seconds that it took."""

    def take(deadline=None, headers=None):
        before = clock.time
        with limiter.turn(deadline or Deadline.after(60, clock)) as order:
            if headers is not None:
                limiter.learn(headers, order)
        return clock.time - before

    return take


def shows(remaining: int, reset_s: int, quota: int = 1200, window_s: int = 300) -> dict[str, str]:
    """The headers of a response."""
    return {
        "Ratelimit": f'"default";r={remaining};t={reset_s}',
        "Ratelimit-Policy": f'"default";q={quota};w={window_s}',
    }


def test_nothing_waits_while_there_is_plenty(send):
    assert [send(headers=shows(left, 300)) for left in (1000, 999, 998)] == [0.0, 0.0, 0.0]


def test_a_request_that_is_the_last_of_the_window_waits_for_the_next_one(send):
    send(headers=shows(1, 30))
    assert send(headers=shows(0, 30)) == 0.0
    assert send() == pytest.approx(30.0)


def test_an_api_without_the_headers_is_never_waited_for(send):
    assert [send(headers={}) for _ in range(3)] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("first_shows", [0, 1], ids=["the first was counted last", "the first was counted first"])
@pytest.mark.parametrize("is_late", [False, True])
def test_of_two_requests_side_by_side_the_lower_response_counts(limiter, send, first_shows, is_late):
    """The server counts them in any order, and the responses come in any order."""
    send(headers=shows(2, 300))
    with (
        limiter.turn(Deadline.after(60, limiter._clock)) as one,
        limiter.turn(Deadline.after(60, limiter._clock)) as two,
    ):
        responses = [(one, first_shows), (two, 1 - first_shows)]
        for order, remaining in reversed(responses) if is_late else responses:
            limiter.learn(shows(remaining, 300), order)
    assert send() == pytest.approx(300.0)


def test_a_later_request_may_show_more_because_a_limit_may_slide(limiter, send):
    send(headers=shows(1, 30))
    send(headers=shows(900, 30))
    assert [send() for _ in range(3)] == [0.0] * 3


def test_a_block_holds_everyone_for_its_length(limiter, send):
    limiter.block(20.0)
    assert send(headers={}) == pytest.approx(20.0)
    assert send() == 0.0


def test_a_response_that_was_on_its_way_already_does_not_lift_a_block(limiter, send):
    limiter.block(20.0)
    limiter.learn(shows(1000, 300))
    assert send() == pytest.approx(20.0)


def test_a_turn_after_the_deadline_is_an_error_at_once(limiter, send, clock):
    limiter.block(300.0)
    with pytest.raises(DeadlineError, match="allows the next request in 300 s, "):
        send()
    assert clock.sleeps == []


def test_a_block_puts_off_the_deadline_of_every_operation_that_has_grace(limiter, send, clock):
    limiter.block(300.0)
    deadline = Deadline(clock.now() + 60.0, clock, block_grace_s=330.0)
    assert send(deadline) == pytest.approx(300.0)
    assert deadline.remaining_s() == pytest.approx(60.0)


def test_an_operation_that_waited_in_a_queue_while_a_block_went_by_has_its_time_still(limiter, send, clock):
    deadline = Deadline(clock.now() + 60.0, clock, block_grace_s=330.0)
    limiter.block(200.0)
    limiter.block(300.0)
    clock.sleep(310.0)
    assert send(deadline) == 0.0
    assert deadline.remaining_s() == pytest.approx(50.0)


def test_a_wait_for_a_turn_uses_up_no_time_of_the_operation(send, clock):
    send(headers=shows(0, 100))
    deadline = Deadline.after(60, clock)
    assert send(deadline) == pytest.approx(100.0)
    assert deadline.remaining_s() == pytest.approx(60.0)


def test_a_wait_for_a_turn_does_not_outlive_a_deadline_that_the_user_set(send, clock):
    send(headers=shows(0, 100))
    deadline = Deadline.after(60, clock)
    deadline.is_fixed = True
    with pytest.raises(DeadlineError, match="which is after the timeout"):
        send(deadline)


class VirtualClock(Clock):
    """Time that passes when every thread of a simulation sleeps."""

    def __init__(self, threads: int) -> None:
        super().__init__(now=lambda: self.time)
        self.time = 0.0
        self.awake = threads
        self.condition = threading.Condition()
        self.alarms: Counter[float] = Counter()

    def sleep(self, seconds: float) -> None:
        with self.condition:
            alarm = self.time + max(seconds, 0.0)
            self.alarms[alarm] += 1
            self._rest()
            self.condition.wait_for(lambda: self.time >= alarm)

    def leave(self) -> None:
        """A thread has ended."""
        with self.condition:
            self._rest()

    def _rest(self) -> None:
        self.awake -= 1
        if self.awake == 0 and self.alarms:
            self.time = min(self.alarms)
            self.awake = self.alarms.pop(self.time)
            self.condition.notify_all()


@dataclass
class Server:
    """An API with a limit in a window: fixed from its first request, or sliding over the last seconds."""

    clock: VirtualClock
    quota: int
    window_s: float
    is_sliding: bool
    refused: int = 0
    accepted: int = 0
    times: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self) -> tuple[int, dict[str, str]]:
        with self.lock:
            now = self.clock.time
            if self.is_sliding:
                self.times = [at for at in self.times if at > now - self.window_s]
            elif self.times and self.times[0] <= now - self.window_s:
                self.times = []
            if len(self.times) >= self.quota:
                return 429, {"Retry-After": str(int(self.window_s))}
            self.times.append(now)
            self.accepted += 1
            reset = int(self.times[0] + self.window_s - now) + 1
            return 200, shows(self.quota - len(self.times), reset, self.quota, int(self.window_s))


def run(server: Server, clock: VirtualClock, workers: int, requests: int, foreign_every_s: float = 0.0) -> float:
    """Send so many requests from so many threads, next to another client, and return the seconds that they took."""
    limiter, left, ended = RateLimiter(clock), [requests], [0.0]

    def work() -> None:
        try:
            while True:
                with server.lock:
                    if left[0] <= 0:
                        return
                    left[0] -= 1
                deadline = Deadline(clock.now() + 300.0, clock, block_grace_s=1e9)
                status = 0
                while status != 200:
                    with limiter.turn(deadline) as order:
                        status, headers = server.answer()
                        clock.sleep(0.02)
                        if status == 200:
                            limiter.learn(headers, order)
                        else:
                            server.refused += 1
                            limiter.block(float(headers["Retry-After"]))
                ended[0] = max(ended[0], clock.time)
        finally:
            clock.leave()

    def disturb() -> None:
        try:
            while left[0] > 0:
                clock.sleep(foreign_every_s)
                server.answer()
        finally:
            clock.leave()

    with ThreadPoolExecutor(workers + 1) as pool:
        running = [pool.submit(work) for _ in range(workers)]
        if foreign_every_s:
            running.append(pool.submit(disturb))
        for task in running:
            task.result(timeout=60)
    return ended[0]


@pytest.mark.parametrize("is_sliding", [False, True], ids=["fixed window", "sliding window"])
@pytest.mark.parametrize("workers", [1, 32])
@pytest.mark.parametrize("requests", [100, 200, 500])
def test_a_run_ends_within_a_fifth_more_than_the_limit_needs(is_sliding, workers, requests):
    """Behavior 40: 120 requests in 30 seconds."""
    clock = VirtualClock(workers)
    server = Server(clock, 120, 30.0, is_sliding)
    took_s = run(server, clock, workers, requests)
    minimum_s = (requests - 1) // 120 * 30.0 + 0.02
    assert server.accepted == requests
    assert server.refused == 0
    assert took_s <= 1.2 * minimum_s + 3.0, (took_s, minimum_s)


@pytest.mark.parametrize("is_sliding", [False, True], ids=["fixed window", "sliding window"])
def test_another_client_on_the_same_token_costs_no_more_than_its_share(is_sliding):
    """It uses a third of the allowance. A race for the last request of a window cannot be excluded."""
    clock = VirtualClock(33)
    server = Server(clock, 120, 30.0, is_sliding)
    took_s = run(server, clock, 32, 300, foreign_every_s=0.75)
    assert server.refused <= 3
    assert took_s <= 1.2 * (300 / 80) * 30.0 + 3.0, (took_s, server.refused)
