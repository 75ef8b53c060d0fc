"""Which index is which: by when it was created."""

import pytest

from pulumi_cloudflare_vectorize.lifecycle.identity import is_not_older, is_same, parse_time_s
from pulumi_cloudflare_vectorize.models import Index
from tests.unit.fakes import live

CREATED = "2026-01-02T03:04:05.678901Z"


@pytest.mark.parametrize(
    ("state", "same"),
    [
        ({"createdOn": CREATED}, True),
        ({"createdOn": "2026-01-02T03:04:05+00:00"}, True),
        ({"createdOn": "2026-01-02T03:04:03Z"}, False),
        ({"createdOn": "2026-01-02T03:04:08Z"}, False),
        ({"createdOn": ""}, True),
        ({"createdOn": "who knows"}, True),
        ({}, True),
        ({"createdOn": "", "requestedOn": "2026-01-02T03:05:00Z"}, True),
        ({"createdOn": "", "requestedOn": "2026-01-02T03:06:00Z"}, False),
    ],
)
def test_an_index_is_the_states_as_far_as_both_tell_when_they_were_created(state, same):
    assert is_same(state, Index(**live(created_on=CREATED))) is same
    assert is_same(state, Index(**live(created_on=""))) is ("requestedOn" not in state)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:01:40Z", 100.0),
        ("1970-01-01T00:01:40.5Z", 100.5),
        ("1970-01-01T00:01:40.044Z", 100.044),
        ("1970-01-01T00:01:40.123456789+00:00", 100.123456),
        ("1970-01-01T02:01:40.00268+02:00", 100.00268),
        ("1970-01-01T00:01:40.Z", 100.0),
        ("", None),
        ("yesterday", None),
        ("1970-01-01T00:01:40.5Zjunk", None),
    ],
)
def test_times_are_read_with_any_number_of_digits(text, seconds):
    assert parse_time_s(text) == seconds


@pytest.mark.parametrize(
    ("created_on", "since_s", "ours"),
    [
        ("1970-01-01T00:01:40Z", 160.0, True),
        ("1970-01-01T00:01:40Z", 160.1, False),
        ("1970-01-01T00:01:40Z", None, False),
        ("", 0.0, False),
    ],
)
def test_an_index_is_not_older_than_a_time_give_or_take_a_minute(created_on, since_s, ours):
    assert is_not_older(Index(**live(created_on=created_on)), since_s) is ours
