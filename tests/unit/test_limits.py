"""The shared rate limiter: plenty costs nothing, scarcity is spread, a block holds everybody."""

import pytest

from pulumi_cloudflare_vectorize.errors import DeadlineError
from pulumi_cloudflare_vectorize.limits import Allowance, RateLimiter
from pulumi_cloudflare_vectorize.waiting import Deadline


@pytest.mark.parametrize(
    ("header", "allowance"),
    [
        ('"default";r=50;t=30', Allowance(50, 30.0)),
        ('"default"; t=7 ; r=0', Allowance(0, 7.0)),
        ("", None),
        ('"default";r=50', None),
        ("r=x;t=30", None),
    ],
)
def test_the_ratelimit_header_is_read_leniently(header, allowance):
    assert Allowance.parse(header) == allowance


@pytest.mark.parametrize(
    ("remaining", "reset_s", "pause_s"), [(1200, 300, 0.0), (50, 30, 0.0), (9, 30, 3.0), (0, 30, 30.0)]
)
def test_what_is_left_is_spread_over_the_window_once_it_is_scarce(remaining, reset_s, pause_s):
    assert Allowance(remaining, reset_s).pause_s() == pause_s


def test_nothing_waits_while_there_is_plenty(clock):
    limiter = RateLimiter(clock)
    limiter.learn({"Ratelimit": '"default";r=1000;t=300'})
    assert [limiter.wait(Deadline.after(60, clock)) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_requests_are_spread_when_little_is_left(clock):
    limiter = RateLimiter(clock)
    limiter.learn({"Ratelimit": '"default";r=9;t=30'})
    assert [limiter.wait(Deadline.after(60, clock)) for _ in range(3)] == [0.0, 3.0, 3.0]


def test_a_new_window_ends_the_spreading(clock):
    limiter = RateLimiter(clock)
    limiter.learn({"Ratelimit": '"default";r=0;t=30'})
    limiter.wait(Deadline.after(60, clock))
    limiter.learn({"Ratelimit": '"default";r=1199;t=300'})
    assert limiter.wait(Deadline.after(60, clock)) == 0.0


def test_an_answer_without_the_header_changes_nothing(clock):
    limiter = RateLimiter(clock)
    limiter.learn({"Ratelimit": '"default";r=9;t=30'})
    limiter.learn({})
    limiter.wait(Deadline.after(60, clock))
    assert limiter.wait(Deadline.after(60, clock)) == 3.0


def test_a_block_holds_everybody_for_its_length(clock):
    limiter = RateLimiter(clock)
    limiter.block(20.0)
    assert limiter.wait(Deadline.after(60, clock)) == 20.0


def test_a_turn_after_the_deadline_is_an_error_at_once(clock):
    limiter = RateLimiter(clock)
    limiter.block(300.0)
    with pytest.raises(DeadlineError, match="allows the next request in 300 s only"):
        limiter.wait(Deadline.after(60, clock))
    assert clock.sleeps == []
