"""A review in Markdown, read by a Markdown parser: our own table and words, and nothing that came from outside acts in it."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_cloudflare_vectorize.resource_types import INDEX
from pulumi_cloudflare_vectorize.review.parser import read_preview
from pulumi_cloudflare_vectorize.review.pipeline import create_review
from pulumi_cloudflare_vectorize.review.render.markdown import MAX_CHARACTERS, _written, as_markdown, marker
from tests.corpus.stored import GOLDEN, PLUGIN_GOLDEN
from tests.unit.fakes import declared

markdown_it = pytest.importorskip("markdown_it", reason="comes with rich, in the extra `cli`")

OUR_HTML = {"<br>", "</details>"}


def tokens(text):
    """Yield every token, at any depth, with its line's own parent."""
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table")
    for token in parser.parse(text):
        yield token
        yield from token.children or []


def check(text, *, columns=None):
    """Fail when anything but our own Markdown and HTML is in a review."""
    for token in tokens(text):
        assert token.type not in {"link_open", "image", "heading_open_2", "blockquote_open", "hr"}, token
        if token.type == "html_inline":
            assert token.content in OUR_HTML
        if token.type == "html_block":
            assert token.content.startswith(("<!-- pulumi-vectorize review: ", "<details><summary>", "</details>"))
        if token.type == "text":
            assert not set("@<>#|`") & set(token.content), token.content
    if columns:
        outside = re.sub(r"^(```+)text\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
        assert {line.count("|") for line in outside.split("\n") if line.startswith("|")} == {columns + 1}


@pytest.mark.parametrize(
    "path",
    sorted([*GOLDEN.glob("*/review.md"), *PLUGIN_GOLDEN.glob("*/review.md")]),
    ids=lambda path: f"{path.parents[1].name}/{path.parent.name}",
)
def test_every_review_of_the_corpus_is_our_own_markdown(path):
    check(path.read_text())


def hostile(text):
    """Review a replacement in which every text from outside is the given one."""
    side = {"inputs": declared(name=text, description=text, metadataIndexes={text: text}), "id": text}
    side["outputs"] = {**side["inputs"], "unmanagedMetadataIndexes": {text: text}}
    new = {"inputs": declared(name=text + "2", description=f"{text}{text}", config={"preset": text}), "id": ""}
    steps = [
        {"op": "replace", "urn": f"urn:pulumi:{text}::e2e::{INDEX.dynamic}::{text}", "oldState": side, "newState": new},
        {"op": text, "urn": f"urn:pulumi:{text}::e2e::a:b:C::{text}", "oldState": side},
    ]
    diagnostics = [{"severity": "error", "message": text}]
    data = json.dumps({"steps": steps, "diagnostics": diagnostics}).encode()
    return as_markdown(create_review(read_preview(data), is_drift=False, allow=[text]))


ATTACKS = [
    "<script>alert(1)</script>",
    "<!-- --> <b>",
    "a | b || c",
    "``` ` ```` text",
    "@team #1 [x](http://a.example) ![y](z) https://b.example",
    "\n\n# Heading\n\n> quote\n\n---\n\n</details>",
    "\r\n| x | y |",
    "**bold** _em_ ~~no~~ &lt;b&gt; &#64;me",
    "\\| \\` \\",
    "\u202e\u2066\u200b\x1b[2J\x00\x85\u2028",
    "`",
    "|",
    "\\",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_from_outside_is_shown_and_does_nothing(text):
    check(hostile(text), columns=5)


@given(st.text(alphabet=st.characters() | st.sampled_from("`|<>\\@#*_[]()!&;-\n\r "), min_size=1, max_size=40))
@example("-->")
def test_no_text_from_outside_acts(text):
    check(hostile(text.replace(":", ";")), columns=5)


def replaced(count, text):
    """Review so many replacements whose names and values are all long."""
    steps = []
    for number in range(count):
        old = declared(
            name=f"{number}{text}", description=text, metadataIndexes={f"{n}{text}": text for n in range(12)}
        )
        new = declared(name=f"{number}{text}2", description=f"2{text}", config={"preset": text})
        urn = f"urn:pulumi:{text}::e2e::{INDEX.dynamic}::{number}{text}"
        steps.append({"op": "replace", "urn": urn, "oldState": {"inputs": old}, "newState": {"inputs": new}})
        steps.append({"op": "create", "urn": f"{urn}-new", "newState": {"inputs": old}})
    return create_review(read_preview(json.dumps({"steps": steps}).encode()), is_drift=False)


@pytest.mark.parametrize("text", ["docs", "x" * 300, "`|<>" * 80, "\U000e0001" * 300])
@pytest.mark.parametrize("count", [1, 20, 60])
def test_a_comment_takes_it_however_long_the_names_are(count, text):
    found = replaced(count, text)
    written = as_markdown(found)
    check(written)
    assert len(written) <= MAX_CHARACTERS
    assert written.startswith(f"{marker(found)}\n\n### ⛔ Destructive: ")
    shown = sum(line.startswith("| `") and "**replaced**" in line for line in written.splitlines())
    if shown < count:
        assert f"| … and {count - shown} more (`--format json` lists all) |" in written
        # One row more would have been too much, or is never shown.
        assert shown == 40 or len(_written(found, shown + 1, 0)) > MAX_CHARACTERS


def test_what_is_too_long_even_without_rows_keeps_its_verdict():
    found = replace(replaced(1, "docs"), notes=(("n" * 10_000,),) * 10)
    written = as_markdown(found)
    assert written.splitlines()[2].startswith("### ⛔ Destructive: `0docs` would be replaced")
    assert written.endswith("The rest is too long (`--format json` lists all).\n")
    assert len(written) < 1_000


@pytest.mark.parametrize(
    ("many", "cut"),
    [
        ({"notes": (("a note",),) * 12}, "- … and 2 more (`--format json` lists all)\n"),
        ({"errors": ("an error",) * 11}, "\n… and more (`--format json` lists all)\n"),
        ({"others": dict.fromkeys(map(str, range(11)), 1)}, ", and more (`--format json` lists all)"),
    ],
)
def test_whatever_is_cut_says_so(many, cut):
    found = replaced(1, "docs")
    assert "lists all" not in as_markdown(found)
    assert cut in as_markdown(replace(found, **many))


@pytest.mark.parametrize(
    ("project", "stack", "line"),
    [
        ("shop", "dev", "<!-- pulumi-vectorize review: shop/dev -->"),
        ("shop-1.x_y", "d" * 100, f"<!-- pulumi-vectorize review: shop-1.x_y/{'d' * 100} -->"),
        ("--><script>", "dev", "<!-- pulumi-vectorize review: --__script_/dev -->"),
        ("", "", "<!-- pulumi-vectorize review: / -->"),
    ],
)
def test_the_hidden_first_line_names_the_project_and_the_stack_and_nothing_can_leave_it(project, stack, line):
    assert marker(replace(replaced(1, "docs"), project=project, stack=stack)) == line
