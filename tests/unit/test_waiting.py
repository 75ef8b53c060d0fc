"""Waits: bounded, jittered, canceled at once."""

import threading
import time

import pytest

from pulumi_cloudflare_vectorize.errors import DeadlineError
from pulumi_cloudflare_vectorize.waiting import Block, CancelledError, Clock, Deadline, growing, wait_until


class State:
    def __init__(self, attempt_number):
        self.attempt_number = attempt_number


def wait(clock, answers, said, seconds=60.0):
    return wait_until(
        "it is 3", lambda: answers.pop(0), lambda answer: answer == 3, Deadline.after(seconds, clock), said.progress
    )


def test_a_wait_ends_with_the_first_answer_that_is_accepted(clock, said):
    assert wait(clock, [1, 2, 3, 4], said) == 3
    assert len(clock.sleeps) == 2


def test_a_short_wait_passes_without_a_word(clock, said):
    wait(clock, [1, 3], said)
    assert said == []


def test_a_wait_over_five_seconds_is_reported_with_its_name(clock, said):
    wait(clock, [1] * 12 + [3], said)
    assert said[0][0] == "progress"
    assert said[0][1].startswith("waiting until it is 3 (")


def test_a_wait_that_runs_out_says_what_the_last_answer_was(clock, said):
    with pytest.raises(
        DeadlineError,
        match=r"timeout after (5[4-9]|60) s of waiting until it is 3: the last response was 1. Run `pulumi up`",
    ):
        wait(clock, [1] * 1000, said)


def test_backoff_grows_to_its_ceiling_and_is_jittered():
    backoff = growing(first_s=0.5, longest_s=8.0)
    waits = {attempt: [backoff(State(attempt)) for _ in range(200)] for attempt in (1, 2, 5, 1000)}
    assert all(0.25 <= wait <= 0.5 for wait in waits[1])
    assert all(0.5 <= wait <= 1.0 for wait in waits[2])
    assert all(4.0 <= wait <= 8.0 for wait in waits[5] + waits[1000])
    assert len(set(waits[5])) > 100


def test_a_sleep_never_goes_beyond_the_deadline(clock):
    Deadline.after(2.0, clock).sleep(60.0)
    assert clock.sleeps == [2.0]


@pytest.mark.parametrize(
    ("grace_s", "blocks", "left_s"),
    [
        pytest.param(100.0, [(0.0, 60.0)], 70.0, id="within the grace"),
        pytest.param(100.0, [(0.0, 160.0)], 110.0, id="no further than the grace"),
        pytest.param(100.0, [(0.0, 60.0)] * 3, 70.0, id="once, however many wait for it"),
        pytest.param(100.0, [(0.0, 60.0), (0.0, 90.0)], 100.0, id="one that is prolonged, by what it is prolonged"),
        pytest.param(100.0, [(-50.0, 60.0)], 70.0, id="not by what was before the operation"),
        pytest.param(100.0, [(-50.0, -5.0)], 10.0, id="not by one that was over before"),
        pytest.param(0.0, [(0.0, 60.0)], 10.0, id="not where the person set the time-out"),
    ],
)
def test_a_block_puts_the_end_off(clock, grace_s, blocks, left_s):
    deadline = Deadline(clock.now() + 10.0, clock, block_grace_s=grace_s)
    for begins, ends in blocks:
        deadline.excuse(Block(clock.now() + begins, clock.now() + ends))
    assert deadline.remaining_s() == left_s


def test_a_block_that_was_waited_out_in_a_queue_puts_the_end_off_afterwards(clock):
    deadline = Deadline(clock.now() + 10.0, clock, block_grace_s=100.0)
    block = Block(clock.now(), clock.now() + 60.0)
    clock.sleep(61.0)
    deadline.excuse(block)
    assert deadline.remaining_s() == 9.0


def test_behavior_26_a_canceled_run_stops_sleeping_at_once():
    clock = Clock()
    threading.Timer(0.05, clock.cancelled.set).start()
    started = time.monotonic()
    with pytest.raises(CancelledError, match="the run was canceled"):
        clock.sleep(30.0)
    assert time.monotonic() - started < 5.0
