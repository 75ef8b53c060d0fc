"""update: nothing is sent, except the rest of a creation that was cut short."""

import pytest

from pulumi_cloudflare_vectorize.api.models import Index
from pulumi_cloudflare_vectorize.errors import RefusedError
from pulumi_cloudflare_vectorize.lifecycle.index.state import outputs_of
from pulumi_cloudflare_vectorize.lifecycle.index.update import update
from pulumi_cloudflare_vectorize.lifecycle.records import IndexKey
from tests.unit.fakes import ACCOUNT_ID, INDEXES, NEVER_EXISTED, NO_METADATA, TAKEN, Reply, declared, live


def test_an_option_in_place_sends_nothing_and_keeps_every_output(context, api):
    """Behavior 15."""
    old = outputs_of(declared(), Index(**live()))
    old["unmanagedMetadataIndexes"] = {"price": "number"}
    assert update(context, old, declared(forceDestroy=True, adopt=True)) == {
        **old,
        "forceDestroy": True,
        "adopt": True,
    }
    assert api.seen == []
    assert context.run.index(IndexKey(ACCOUNT_ID, "docs")).kept.created_on == old["createdOn"]


def test_a_state_from_before_metadata_indexes_gets_them_empty(context):
    old = outputs_of(declared(), Index(**live()))
    first = {key: value for key, value in old.items() if key not in ("metadataIndexes", "unmanagedMetadataIndexes")}
    assert update(context, first, declared()) == old


def test_the_same_shape_in_other_words_is_taken_over(context):
    old = outputs_of(declared(), Index(**live()))
    config = {"preset": "@cf/baai/bge-base-en-v1.5"}
    assert update(context, old, declared(config=config)) == {**old, "config": config, "preset": config["preset"]}


HALF = {**declared(), "createdOn": "", "modifiedOn": ""}
NOW = {"Date": "Fri, 02 Jan 2026 03:05:00 GMT"}


def test_a_partially_created_index_is_finished_with_the_index_that_it_made(context, api):
    """Behavior 7."""
    api.reply(TAKEN, Reply(result=live(), headers=NOW), Reply(result={"vectorCount": 0}), NO_METADATA)
    assert update(context, HALF, declared()) == outputs_of(declared(), Index(**live()))
    assert context.run.index(IndexKey(ACCOUNT_ID, "docs")).kept.created_on == live()["created_on"]


def test_a_partially_created_index_that_was_never_made_is_made_now(context, api):
    api.reply(Reply(result=live()))
    update(context, HALF, declared())
    assert api.asked == [f"POST {INDEXES}"]


def test_a_partially_created_index_does_not_make_anothers_index_ours(context, api):
    api.reply(TAKEN, Reply(result=live(), headers=NOW), Reply(result={"vectorCount": 1}))
    with pytest.raises(RefusedError, match="Set adopt=True"):
        update(context, HALF, declared())


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (NEVER_EXISTED, "it no longer exists"),
        (Reply(result=live(created_on="2027-01-01T00:00:00Z")), "another index with its name was created 2027-01-01"),
    ],
)
def test_behavior_31_metadata_indexes_of_an_index_that_is_not_ours_any_more_are_not_changed(
    context, api, answer, cause
):
    api.reply(answer)
    old = outputs_of(declared(metadataIndexes={"tenant": "string"}), Index(**live()))
    with pytest.raises(RefusedError) as caught:
        update(context, old, declared())
    assert str(caught.value).startswith(f'cannot update index "docs": {cause}')
    assert str(caught.value).endswith(
        "Run `pulumi up --refresh` to update the stack's state first. No changes were made"
    )
    assert api.asked == [f"GET {INDEXES}/docs"]
