"""read: drift shows, trouble keeps the state, and gone is gone."""

import pytest
import requests

from pulumi_cloudflare_vectorize.api.models import Index
from pulumi_cloudflare_vectorize.errors import (
    AuthenticationError,
    RateLimitedError,
    RefusedError,
    ServerError,
    SettingsError,
    TransportError,
    VectorizeError,
)
from pulumi_cloudflare_vectorize.lifecycle.context import Context
from pulumi_cloudflare_vectorize.lifecycle.index.comparison import compare
from pulumi_cloudflare_vectorize.lifecycle.index.create import create
from pulumi_cloudflare_vectorize.lifecycle.index.read import read
from pulumi_cloudflare_vectorize.lifecycle.index.state import outputs_of
from tests.unit.fakes import ACCOUNT_ID, BROKEN, INDEXES, LOST, NEVER_EXISTED, Reply, declared, live, metadata

PRESET = {"preset": "@cf/baai/bge-base-en-v1.5"}


def state(**changes):
    inputs = declared(**changes)
    return outputs_of(inputs, Index(**live(description=inputs["description"])))


@pytest.mark.parametrize("changes", [{}, {"config": PRESET}, {"forceDestroy": True, "namePrefix": "docs-11111111"}])
def test_behavior_13_an_unchanged_index_reads_back_as_it_was(context, api, changes):
    api.reply(Reply(result=live()))
    found = read(context, "docs", state(**changes))
    assert found.inputs == declared(**changes)
    assert found.outputs == state(**changes)
    assert api.asked == [f"GET {INDEXES}/docs"]


@pytest.mark.parametrize("description", [None, "", "absent"])
def test_no_description_in_any_form_is_no_drift(context, api, description):
    api.reply(Reply(result=described(description)))
    assert compare(read(context, "docs", state()).outputs, declared()).is_empty


def described(description):
    answer = live(description=description)
    if description == "absent":
        del answer["description"]
    return answer


@pytest.mark.parametrize("description", [None, "absent"])
def test_an_api_that_does_not_tell_descriptions_causes_no_replacement(context, api, description):
    api.reply(Reply(result=described(description)), Reply(result=described(description)))
    outputs = create(context, declared(description="text"))
    assert compare(outputs, declared(description="text")).is_empty
    found = read(context, "docs", outputs)
    assert found.inputs == declared(description="text")
    assert compare(found.outputs, declared(description="text")).is_empty
    assert compare(found.outputs, declared(description="new")).replaces == ["description"]


def test_a_description_that_is_told_to_be_empty_is_drift(context, api):
    api.reply(Reply(result=described("")))
    assert compare(read(context, "docs", state(description="text")).outputs, declared(description="text")).replaces == [
        "description"
    ]


def test_a_changed_modification_time_is_no_drift(context, api):
    api.reply(Reply(result=live(modified_on="2027-01-01T00:00:00Z")))
    found = read(context, "docs", state())
    assert compare(found.outputs, declared()).is_empty
    assert found.inputs == declared()


def test_behavior_13_numbers_that_come_back_as_floats_are_no_drift(context, api):
    floats = {"dimensions": 768.0, "metric": "cosine"}
    api.reply(Reply(result=live(config=floats)))
    found = read(context, "docs", {**state(config=floats), "dimensions": 768.0})
    assert compare(found.outputs, declared()).is_empty
    assert (type(found.outputs["dimensions"]), type(found.inputs["config"]["dimensions"])) == (int, int)


@pytest.mark.parametrize("config", [declared()["config"], PRESET])
def test_another_shape_of_the_same_index_is_drift_in_inputs_and_outputs(context, api, config):
    """No API is known to change it; a state can be wrong."""
    api.reply(Reply(result=live(dimensions=32, metric="euclidean", description="new")))
    found = read(context, "docs", state(config=config))
    assert found.inputs == declared(config={"dimensions": 32, "metric": "euclidean"}, description="new")
    assert (found.outputs["dimensions"], found.outputs["metric"], found.outputs["preset"]) == (32, "euclidean", "")
    assert set(compare(found.outputs, declared(config=config)).replaces) >= {
        "config.dimensions",
        "config.metric",
        "description",
    }


@pytest.mark.parametrize("shape", [{}, {"dimensions": 32}])
def test_behavior_14_an_index_that_was_recreated_is_gone_with_a_warning(context, api, said, shape):
    api.reply(Reply(result=live(created_on="2026-09-09T00:00:00Z", **shape)))
    assert read(context, "docs", state()) is None
    assert said == [
        (
            "warning",
            (
                'index "docs", created 2026-01-02T03:04:05.678901Z, was deleted outside Pulumi with all its vectors. Another index '
                "with its name was created 2026-09-09T00:00:00Z. Pulumi neither changes nor deletes that one unless you set "
                "adopt=True"
            ),
        )
    ]


def test_an_index_that_is_gone_names_another_generation_that_the_state_does_not_contain(context, api, said):
    other = "docs-11111111-bbbbbb"
    api.reply(NEVER_EXISTED, Reply(result=[live(other)]), Reply(result={"vectorCount": 7}))
    assert read(context, "docs-11111111-aaaaaa", state(namePrefix="docs-11111111")) is None
    assert f'index "{other}"' in said[0][1]


def test_what_an_earlier_run_did_not_confirm_stays_unconfirmed(context, api):
    unconfirmed = {"unconfirmedMetadataIndexes": {"tenant": "string"}}
    api.reply(Reply(result=live()), metadata())
    found = read(context, "docs", {**state(), **unconfirmed})
    assert found.outputs["unconfirmedMetadataIndexes"] == unconfirmed["unconfirmedMetadataIndexes"]
    assert compare(found.outputs, declared()).is_unfinished


def test_an_index_whose_time_is_only_written_otherwise_is_the_same(context, api, said):
    api.reply(Reply(result=live(created_on="2026-01-02T03:04:05Z")))
    read(context, "docs", state())
    assert said == []


@pytest.mark.parametrize("code", [3000, 3005])
@pytest.mark.parametrize("status", [400, 404, 410])
def test_behavior_11_an_absent_index_is_gone(context, api, status, code):
    api.reply(Reply(status, code=code))
    assert read(context, "docs", state()) is None


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([BROKEN] * 8, ServerError),
        ([LOST] * 8, TransportError),
        ([requests.exceptions.ReadTimeout()] * 8, TransportError),
        ([Reply(401, code=10000, message="Authentication error")], AuthenticationError),
        ([Reply(404, code=7003, message="Could not route")], VectorizeError),
        ([Reply(429, code=1, headers={"Retry-After": "3600"})], RateLimitedError),
        ([Reply(200, body=b"<html>")] * 8, TransportError),
    ],
)
def test_behavior_12_every_other_trouble_is_an_error_that_keeps_the_state(context, api, answers, error):
    api.reply(*answers)
    with pytest.raises(error, match=r'^cannot read index "docs": \w'):
        read(context, "docs", state())


def test_looking_up_an_index_takes_the_account_from_the_settings(context, api):
    api.reply(Reply(result=live()), metadata(tenant="string"))
    found = read(context, "docs", {})
    assert found.inputs == declared(metadataIndexes={"tenant": "string"})
    assert found.outputs["dimensions"] == 768


def test_looking_up_a_missing_index_is_an_error_that_names_it_and_the_account(context, api):
    api.reply(NEVER_EXISTED)
    with pytest.raises(RefusedError, match=f'cannot read index "docs": it does not exist in account {ACCOUNT_ID}'):
        read(context, "docs", {"accountId": ACCOUNT_ID})


def test_without_any_account_nothing_is_asked(context):
    nowhere = Context(context.client, context.run, context.report, context.deadline)
    with pytest.raises(SettingsError, match="et account_id on the resource"):
        read(nowhere, "docs", {})


def test_what_is_given_in_place_of_an_account_id_is_neither_sent_nor_shown(context, api):
    with pytest.raises(SettingsError, match="the account ID must be 32 lower-case hexadecimal digits") as caught:
        read(context, "docs", {"accountId": "s3cret-token"})
    assert "s3cret" not in str(caught.value)
    assert api.asked == []


def test_half_a_creation_stays_half_until_the_next_update(context, api):
    half = {**declared(), "createdOn": "", "modifiedOn": ""}
    api.reply(Reply(result=live(dimensions=32)))
    found = read(context, "docs", half)
    assert (found.outputs, found.inputs) == (half, declared())


def test_an_index_is_read_in_the_account_of_its_state(context, api):
    api.reply(Reply(result=live()))
    read(context, "docs", state(accountId="f" * 32))
    assert api.asked == [f"GET {INDEXES}/docs".replace(ACCOUNT_ID, "f" * 32)]
