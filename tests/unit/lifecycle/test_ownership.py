"""Which index is whose."""

import pytest

from pulumi_cloudflare_vectorize.api.client import IndexResponse
from pulumi_cloudflare_vectorize.api.models import Index, IndexInfo
from pulumi_cloudflare_vectorize.lifecycle.ownership import (
    ADOPTABLE_S,
    CREATION_S,
    adoption_problem,
    is_same_time,
    parse_time_s,
)
from tests.unit.fakes import live

CREATED = "2026-01-02T03:04:05.678901Z"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (CREATED, True),
        ("2026-01-02T04:04:05.678901+01:00", True),
        ("2026-01-02T03:04:05.678901234Z", True),
        ("2026-01-02T03:04:05.678Z", True),
        ("2026-01-02T03:04:05Z", True),
        ("2026-01-02T03:04:06Z", True),
        ("2026-01-02T03:04:05.677Z", False),
        ("2026-01-02T03:04:05.678902Z", False),
        ("2026-01-02T03:04:07Z", False),
        ("2026-01-02T03:04:05.678901", False),
        ("", False),
        ("yesterday", False),
    ],
)
def test_two_times_are_one_to_the_digits_that_both_have(other, same):
    assert is_same_time(CREATED, other) is same
    assert is_same_time(other, CREATED) is same


def test_a_missing_time_equals_nothing():
    assert not is_same_time("", "")


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


UNTOUCHED = {"vectorCount": 0}
BORN = "1970-01-01T00:00:00Z"


def processed(seconds):
    """Counters of an index whose last mutation was processed so many seconds after its creation."""
    at = f"1970-01-01T00:{seconds // 60:02}:{seconds % 60:02}Z"
    return {"vectorCount": 0, "processedUpToMutation": "0f1e", "processedUpToDatetime": at}


@pytest.mark.parametrize(
    ("info", "age_s", "has_metadata_indexes", "problem"),
    [
        (UNTOUCHED, 0.0, False, None),
        (UNTOUCHED, ADOPTABLE_S - 1, False, None),
        (UNTOUCHED, ADOPTABLE_S, False, "it is older than 24 hours"),
        (UNTOUCHED, None, False, "the response does not contain its age"),
        ({"vectorCount": 5000}, 0.0, True, "it contains 5,000 vectors"),
        (processed(30), 60.0, False, "it has been written to"),
        (processed(30), 60.0, True, None),
        (processed(int(CREATION_S)), 1000.0, True, None),
        (processed(int(CREATION_S) + 1), 1000.0, True, "it has been written to"),
        ({"vectorCount": 0, "processedUpToMutation": "0f1e"}, 60.0, True, "it has been written to"),
    ],
)
def test_behavior_32_only_what_an_interrupted_run_can_have_left_may_be_adopted(
    info, age_s, has_metadata_indexes, problem
):
    seen = IndexResponse(Index(**live(created_on=BORN)), age_s)
    assert adoption_problem(seen, IndexInfo(**info), has_metadata_indexes=has_metadata_indexes) == problem


def test_an_index_whose_creation_time_cannot_be_read_is_not_adopted():
    seen = IndexResponse(Index(**live(created_on="yesterday")), 0.0)
    problem = adoption_problem(seen, IndexInfo(**UNTOUCHED), has_metadata_indexes=False)
    assert problem == "the response does not contain its age"
