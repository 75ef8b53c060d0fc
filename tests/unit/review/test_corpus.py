"""Every preview of the golden corpus is reviewed as it was; `make corpus` makes them again with the real engine."""

import re

import pytest

from tests.corpus.scenarios import SCENARIOS
from tests.corpus.stored import GOLDEN, reviews, stored, stored_account

CASES = {case.name: case for scenario in SCENARIOS for case in scenario.cases}
LARGE = "many-replaced-and-deleted"


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_stored_preview_is_reviewed_as_it_was(case):
    with stored_account(GOLDEN / case.name):
        for name, text in reviews(GOLDEN / case.name, case).items():
            assert text == (GOLDEN / case.name / name).read_text()


def test_the_corpus_is_what_the_scenarios_make():
    assert sorted(CASES) == sorted(path.name for path in GOLDEN.iterdir())
    assert len(CASES) >= 40


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_stored_preview_tells_nothing_of_where_and_when_it_was_made(case):
    """No paths, stack traces, times of day or credentials."""
    text = stored(GOLDEN / case.name, case).decode()
    for pattern in (
        "stackTrace",
        "sourcePosition",
        "e2e-token",
        "e2e-global-key",
        "correct-horse",
    ):
        assert pattern not in text
    assert not re.search(r"/(?:tmp|home|root|Users)\b", text)
    assert not re.search(r"202[5-9]-(?!01-01T00:00:)\d\d-\d\dT", text)


def test_only_indexes_at_risk_are_counted_and_one_list_looks_for_all_that_are_created():
    for name, asked in {
        "create": ["GET"],
        "no-change": [],
        "metadata-added": [],
        "replace-everything-forced": ["GET docs/info"],
        "adopt": ["GET", "GET seen", "GET seen/info"],
    }.items():
        with stored_account(GOLDEN / name) as api:
            reviews(GOLDEN / name, CASES[name])
        assert api.asked == asked
