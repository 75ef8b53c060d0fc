"""The promises of docs/internals/behaviors.md: each has a test that carries its number, and each test that it names is there."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
DOC = TESTS.parent / "docs" / "internals" / "behaviors.md"
NUMBERS = tuple(range(1, 41))


def list_tests():
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name


def promises(document):
    """Number → its lines, up to the next number or heading."""
    found = re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |^#|\Z)", document.read_text(), re.MULTILINE | re.DOTALL)
    return {int(number): text for number, text in found}


NAMES = set(list_tests())
PROMISES = promises(DOC)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_promise_has_a_test_that_carries_its_number_and_is_named_in_the_document(number):
    carriers = {name for name in NAMES if name.startswith(f"test_behavior_{number:02}_")}
    assert carriers
    assert carriers <= set(re.findall(r"`(test_\w+)`", PROMISES[number]))


@pytest.mark.parametrize("number", NUMBERS)
def test_every_test_that_the_document_names_is_there(number):
    assert set(re.findall(r"`(test_\w+)`", PROMISES[number])) - NAMES == set()


def test_a_number_in_a_tests_name_is_one_of_the_list():
    carried = {int(match[1]) for name in NAMES if (match := re.match(r"test_behavior_(\d+)_", name))}
    assert carried == set(PROMISES) == set(NUMBERS)
