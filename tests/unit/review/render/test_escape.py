"""Nothing from outside acts: not in Markdown, not in HTML, not in a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_cloudflare_vectorize.review.render.escape import code, inert
from pulumi_cloudflare_vectorize.review.text import one_line, shown
from pulumi_cloudflare_vectorize.unknown import UNKNOWN


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("docs-v2", "docs-v2"),
        ("größe 日本", "größe 日本"),
        ("a|b`c", "a\\u007cb\\u0060c"),
        ("<script>", "\\u003cscript\\u003e"),
        ("two\nlines\r\t", "two\\nlines\\r\\t"),
        ("\x1b[31mred\x07", "\\u001b[31mred\\u0007"),
        ("abc\u202edef\u200b", "abc\\u202edef\\u200b"),
        ("back\\slash", "back\\\\slash"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_could_act_or_hide_is_written_out(text, escaped):
    assert inert(text) == escaped


@given(st.text(max_size=400))
def test_a_code_span_is_one_line_that_ends_where_it_should(text):
    span = code(text)
    assert span.isprintable()
    assert span[0] == span[-1] == "`"
    assert not set("`|<>") & set(span[1:-1])
    assert span[1:-1]


@given(st.text(min_size=161))
def test_a_long_text_is_cut(text):
    assert one_line(text).endswith("…")
    assert len(one_line(text, 20)) <= 20 * len("\\U00000000")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "none"),
        ("", "none"),
        ({}, "none"),
        (UNKNOWN, "not known"),
        ("[secret]", "[secret]"),
        (True, "true"),
        (False, "false"),
        (768, "768"),
        ("cosine", '"cosine"'),
        ({"lang": "string"}, '{lang: "string"}'),
    ],
)
def test_a_value_in_words(value, words):
    assert shown(value) == words
