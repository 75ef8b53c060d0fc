"""Every preview of the golden corpus is reviewed as it was; `make corpus` makes them again with the real engine."""

import re

import pytest

from tests.corpus.programs import DYNAMIC, FRONT_ENDS
from tests.corpus.stored import GOLDEN, cases_of, reviews, stored, stored_account

CASES = cases_of(DYNAMIC)
# Each case of each front end, by its folder.
FOLDERS = {front_end.golden / name: case for front_end in FRONT_ENDS for name, case in cases_of(front_end).items()}
each_case = pytest.mark.parametrize(
    ("folder", "case"), FOLDERS.items(), ids=[f"{folder.parent.name}/{folder.name}" for folder in FOLDERS]
)


@each_case
def test_a_stored_preview_is_reviewed_as_it_was(folder, case):
    with stored_account(folder):
        for name, text in reviews(folder, case).items():
            assert text == (folder / name).read_text()


def test_the_corpus_is_what_the_scenarios_make():
    assert sorted(FOLDERS) == sorted(path for front_end in FRONT_ENDS for path in front_end.golden.iterdir())
    assert len(CASES) >= 40


@each_case
def test_a_stored_preview_tells_nothing_of_where_and_when_it_was_made(folder, case):
    """No paths, stack traces, times of day, addresses or credentials."""
    text = stored(folder, case).decode()
    for pattern in (
        "stackTrace",
        "sourcePosition",
        "e2e-token",
        "e2e-global-key",
        "correct-horse",
        "127.0.0.1",
        "pulumi-resource-",
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
