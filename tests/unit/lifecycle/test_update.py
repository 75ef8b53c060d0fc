"""update: nothing is sent, but for the rest of a creation that was cut short."""

import pytest

from pulumi_cloudflare_vectorize.errors import RefusedError
from pulumi_cloudflare_vectorize.lifecycle.state import outputs_of
from pulumi_cloudflare_vectorize.lifecycle.update import update
from pulumi_cloudflare_vectorize.models import Index
from tests.unit.fakes import INDEXES, NO_METADATA, TAKEN, Reply, declared, live


def test_an_option_in_place_sends_nothing_and_keeps_every_output(operation, api):
    """Behaviour 15."""
    old = outputs_of(declared(), Index(**live()))
    old["unmanagedMetadataIndexes"] = {"price": "number"}
    assert update(operation, old, declared(forceDestroy=True, adopt=True)) == {
        **old,
        "forceDestroy": True,
        "adopt": True,
    }
    assert api.seen == []
    assert operation.memory.made(old["accountId"], "docs")


def test_a_state_from_before_metadata_indexes_gets_them_empty(operation):
    old = outputs_of(declared(), Index(**live()))
    first = {key: value for key, value in old.items() if key not in ("metadataIndexes", "unmanagedMetadataIndexes")}
    assert update(operation, first, declared()) == old


def test_the_same_shape_in_other_words_is_taken_over(operation):
    old = outputs_of(declared(), Index(**live()))
    config = {"preset": "@cf/baai/bge-base-en-v1.5"}
    assert update(operation, old, declared(config=config)) == {**old, "config": config, "preset": config["preset"]}


def test_a_creation_that_was_cut_short_is_finished_with_the_index_that_it_made(operation, api):
    """Behaviour 7."""
    api.reply(TAKEN, Reply(result=live()), NO_METADATA)
    half = {**declared(), "createdOn": "", "modifiedOn": "", "requestedOn": "2026-01-02T03:04:00+00:00"}
    assert update(operation, half, declared()) == outputs_of(declared(), Index(**live()))
    assert operation.memory.made(half["accountId"], "docs")


def test_a_creation_that_was_cut_short_before_anything_was_made_is_made_now(operation, api):
    api.reply(Reply(result=live()))
    update(operation, {**declared(), "createdOn": ""}, declared())
    assert api.asked == [f"POST {INDEXES}"]


@pytest.mark.parametrize("requested_on", ["2026-01-02T03:06:00+00:00", "", None])
def test_half_a_creation_does_not_make_an_older_index_ours(operation, api, requested_on):
    api.reply(TAKEN, Reply(result=live()))
    with pytest.raises(RefusedError, match="set adopt=True"):
        update(operation, {**declared(), "createdOn": "", "requestedOn": requested_on}, declared())
