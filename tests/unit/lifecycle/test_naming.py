"""Names: legal, stable, and never two resources under one."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_cloudflare_vectorize.lifecycle.naming import generated_name, is_generation_of, name_prefix, name_problem


@pytest.mark.parametrize("name", ["ab", "a1", "docs", "a-b_c9", "a" * 64])
def test_a_legal_name_has_no_problem(name):
    assert name_problem(name) is None


@pytest.mark.parametrize("name", ["a", "1a", "-a", "a-", "a_", "A", "aB", "a b", "ä1", "", "a.b", "ab\n", "a\ud800b"])
def test_an_illegal_name_is_quoted_in_its_problem(name):
    assert name_problem(name) == (
        "must be lower-case letters, digits, '-' and '_', start with a letter, end with a letter or digit, and have at least 2 "
        "characters"
    )


def test_a_name_of_65_bytes_is_refused_with_its_length():
    assert name_problem("a" * 65) == "must be at most 64 bytes, got 65"


@given(st.text(), st.text(), st.text(), st.lists(st.integers()))
def test_behavior_09_every_generated_name_is_legal_and_recognized(project, stack, logical, immutable):
    prefix = name_prefix(project, stack, logical)
    name = generated_name(prefix, immutable)
    assert name_problem(name) is None
    assert re.fullmatch(r".+-[0-9a-f]{15}-[0-9a-f]{6}", name)
    assert is_generation_of(prefix, name)


def test_the_generated_name_is_a_permanent_format():
    prefix = name_prefix("shop", "prod", "Product Docs!")
    assert prefix == "product-docs-9379aaf872096a4"
    assert generated_name(prefix, ["acc", [768, "cosine"], ""]) == "product-docs-9379aaf872096a4-522ab1"


def test_two_stack_names_that_once_shared_an_identity_stay_apart():
    """Their hashes agree in the first 32 bits, which the identity had before."""
    first, second = (name_prefix("tenants", stack, "vectors") for stack in ("tenant-36111", "tenant-47764"))
    assert first != second


def test_an_identity_has_at_least_60_bits():
    identity = name_prefix("p", "s", "docs").rpartition("-")[2]
    assert len(identity) * 4 >= 60


def test_long_logical_names_that_differ_at_their_end_stay_apart():
    first, second = (name_prefix("p", "s", "a" * 100 + end) for end in "xy")
    assert first != second
    assert len(generated_name(first, [])) == 64


@given(st.text(min_size=60, max_size=80), st.text(), st.text())
def test_two_long_names_never_collapse_into_one(beginning, one, other):
    assume(one != other)
    names = [generated_name(name_prefix("p", "s", beginning + end), []) for end in (one, other)]
    assert names[0] != names[1]


@given(st.lists(st.text(), min_size=3, max_size=3), st.lists(st.text(), min_size=3, max_size=3))
def test_a_prefix_belongs_to_one_project_stack_and_name_and_is_always_the_same(one, other):
    assert (name_prefix(*one) == name_prefix(*other)) is (one == other)


@given(st.dictionaries(st.text(), st.integers()))
def test_a_generation_follows_from_what_is_declared_and_not_from_its_order(immutable):
    turned = dict(reversed(immutable.items()))
    assert generated_name("docs-11111111", immutable) == generated_name("docs-11111111", turned)


LEGAL_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.text(alphabet=st.one_of(st.sampled_from(LEGAL_CHARACTERS), st.characters()), min_size=1, max_size=70))
def test_a_name_is_legal_exactly_when_the_documented_rules_say_so(name):
    legal = (
        2 <= len(name) <= 64
        and set(name) <= set(LEGAL_CHARACTERS)
        and name[0] in "abcdefghijklmnopqrstuvwxyz"
        and name[-1] not in "-_"
    )
    assert (name_problem(name) is None) is legal


@pytest.mark.parametrize(
    ("one", "other"),
    [(("p", "s", "n"), ("p", "t", "n")), (("p", "s", "n"), ("q", "s", "n")), (("a/b", "c", "n"), ("a", "b/c", "n"))],
)
def test_the_same_logical_name_in_another_stack_or_project_is_another_identity(one, other):
    assert name_prefix(*one) != name_prefix(*other)


@pytest.mark.parametrize(
    "name",
    ["docs-11111111-abcde", "docs-11111111-abcdefa", "docs-11111111-ABCDEF", "docs-22222222-abcdef", "docs-11111111"],
)
def test_a_name_of_another_form_or_identity_is_no_generation(name):
    assert not is_generation_of("docs-11111111", name)
