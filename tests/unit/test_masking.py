"""Credentials are removed from texts, words stay whole, and a value is described without being shown."""

import pytest

from pulumi_cloudflare_vectorize.masking import kind_of, masked


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        ("token=abcdefgh!", ["abcdefgh"], "token=[secret]!"),
        ("xabcdefghx", ["abcdefgh"], "x[secret]x"),
        ("Index name is taken", ["am"], "Index name is taken"),
        ("am I, am-I or am_I", ["am"], "[secret] I, am-I or am_I"),
        ("abcdefghij", ["abcdefgh", "abcdefghij"], "[secret]"),
        ("a.b+c is (a.b+c)", ["a.b+c"], "[secret] is ([secret])"),
        ("nothing to hide", ["", "absent12"], "nothing to hide"),
    ],
)
def test_a_secret_is_masked_anywhere_if_it_is_long_and_only_as_a_word_if_it_is_short(text, secrets, expected):
    assert masked(text, secrets) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("s3cr3t", "text of 6 characters"),
        (True, "true or false"),
        (7, "a number"),
        (7.5, "a number"),
        ({"s3cr3t": 1}, "an object"),
        (["s3cr3t"], "a list"),
        (None, "nothing"),
        (object(), "another value"),
    ],
)
def test_a_value_is_described_by_type_and_size(value, kind):
    assert kind_of(value) == kind
