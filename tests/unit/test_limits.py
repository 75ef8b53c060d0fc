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


@pytest.fixture
def limiter(clock) -> RateLimiter:
    return RateLimiter(clock)


@pytest.fixture
def waits(limiter, clock):
    """Take a turn with a deadline of a minute, or the one given, and return the seconds that it took."""

    def take(deadline=None):
        before = clock.time
        limiter.wait(deadline or Deadline.after(60, clock))
        return clock.time - before

    return take


def test_nothing_waits_while_there_is_plenty(limiter, waits):
    limiter.learn({"Ratelimit": '"default";r=1000;t=300'})
    assert [waits() for _ in range(3)] == [0.0, 0.0, 0.0]


def test_requests_are_spread_when_little_is_left(limiter, waits):
    limiter.learn({"Ratelimit": '"default";r=9;t=30'})
    assert [waits() for _ in range(3)] == [0.0, 3.0, 3.0]


def test_a_new_window_ends_the_spreading(limiter, waits):
    limiter.learn({"Ratelimit": '"default";r=0;t=30'})
    waits()
    limiter.learn({"Ratelimit": '"default";r=1199;t=300'})
    assert waits() == 0.0


def test_an_answer_without_the_header_changes_nothing(limiter, waits):
    limiter.learn({"Ratelimit": '"default";r=9;t=30'})
    limiter.learn({})
    waits()
    assert waits() == 3.0


def test_a_block_holds_everybody_for_its_length(limiter, waits):
    limiter.block(20.0)
    assert [waits() for _ in range(2)] == [20.0, 0.0]


def test_an_answer_that_was_under_way_already_does_not_lift_a_block(limiter, waits):
    limiter.block(20.0)
    limiter.learn({"Ratelimit": '"default";r=1000;t=300'})
    assert waits() == 20.0


def test_a_turn_after_the_deadline_is_an_error_at_once(limiter, clock):
    limiter.block(300.0)
    with pytest.raises(DeadlineError, match="allows the next request in 300 s only"):
        limiter.wait(Deadline.after(60, clock))
    assert clock.sleeps == []


def test_a_block_puts_off_the_deadline_of_every_operation_that_has_grace(limiter, waits, clock):
    limiter.block(300.0)
    deadline = Deadline(clock.now() + 60.0, clock, block_grace_s=330.0)
    assert waits(deadline) == 300.0
    assert deadline.remaining_s() == 60.0


def test_an_operation_that_stood_in_a_queue_while_the_block_went_by_has_its_time_still(limiter, waits, clock):
    deadline = Deadline(clock.now() + 60.0, clock, block_grace_s=330.0)
    limiter.block(200.0)
    limiter.block(300.0)
    clock.sleep(310.0)
    assert waits(deadline) == 0.0
    assert deadline.remaining_s() == 50.0


def test_scarcity_alone_puts_no_deadline_off(limiter, waits, clock):
    limiter.learn({"Ratelimit": '"default";r=9;t=30'})
    deadline = Deadline(clock.now() + 60.0, clock, block_grace_s=330.0)
    assert [waits(deadline) for _ in range(2)] == [0.0, 3.0]
    assert deadline.remaining_s() == 57.0
