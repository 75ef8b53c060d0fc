"""What a review says next to its table: advice, and the sentence at its head."""

from dataclasses import replace

import pytest

from pulumi_cloudflare_vectorize.resource_types import INDEX
from pulumi_cloudflare_vectorize.review.advice import add_advice
from pulumi_cloudflare_vectorize.review.models import Change, Danger, Operation, Review, Row, Vectors
from pulumi_cloudflare_vectorize.review.render.escape import markdown
from pulumi_cloudflare_vectorize.review.render.sentences import headline
from tests.unit.fakes import ACCOUNT_ID

LOST = Row(
    "docs",
    f"urn:pulumi:dev::e2e::{INDEX.dynamic}::docs",
    "index",
    Operation.DELETE,
    account_id=ACCOUNT_ID,
    index="docs-1",
    dangers=(Danger.DELETED,),
    shape_key="[768]",
    vectors=Vectors(7),
)
MADE = replace(LOST, name="papers", operation=Operation.CREATE, index="papers-1", dangers=(), vectors=None)


def advice(*rows):
    return " ".join(markdown(text) for text in add_advice(rows)[0].advice)


def test_one_that_goes_and_one_like_it_that_comes_may_be_a_rename():
    assert f'aliases=["{LOST.urn}"]' in advice(LOST, MADE)
    assert "Alias" not in advice(LOST, MADE, replace(MADE, name="more"))
    assert "Alias" not in advice(LOST, replace(MADE, shape_key="[1024]"))


def test_what_is_allowed_or_empty_needs_no_way_out():
    assert advice(replace(LOST, is_allowed=True)) == ""
    assert advice(replace(LOST, vectors=Vectors(0))) == "the index contains no vectors, so no data is lost"


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["description"], "only the description changes"),
        (["description", "config.dimensions"], "to keep the vectors, undo the change"),
        ([], "no property requires it"),
    ],
)
def test_the_way_out_of_a_replacement_depends_on_its_reasons(paths, said):
    changes = tuple(Change(path, "a", "b", replaces=True) for path in paths)
    assert said in advice(replace(LOST, operation=Operation.REPLACE, dangers=(Danger.REPLACED,), changes=changes))


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ([7, 4_000], "**4,007 vectors** at stake"),
        ([7, None], "**7 vectors** and an unknown number in 1 more at stake"),
        ([None, None], "the vector count is **unknown**"),
        ([0, None], "the vector count is **unknown**"),
        ([0, 0], "no vectors are at stake"),
    ],
)
def test_the_headline_adds_up_what_is_at_stake_and_never_takes_unknown_for_none(vectors, said):
    rows = [
        replace(LOST, name=f"docs-{n}", index=f"docs-{n}", vectors=Vectors(count)) for n, count in enumerate(vectors)
    ]
    review = Review("dev", "e2e", "document", is_drift=False, rows=tuple(rows), others={}, unchanged=0)
    sign, sentence = headline(review)
    assert (sign, markdown(sentence)) == ("⛔", f"Destructive: `docs-0`, `docs-1` would be deleted — {said}")
