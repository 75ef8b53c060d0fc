"""Metadata indexes through the real provider process of each front end and a real HTTP API, whose changes show after a while."""

import time

import pytest
from pulumi.runtime.proto import engine_pb2

from tests.lifecycle.conftest import Failed, plain, read_inputs

TYPES = {"tenant": "string", "price": "number", "public": "boolean"}


def live(api, name="docs"):
    listed = api.call("GET", f"{api.indexes_url}/{name}/metadata_index/list")["result"]["metadataIndexes"]
    return {item["propertyName"]: item["indexType"].lower() for item in listed}


def created(provider, **news):
    return plain(provider.create(provider.inputs(**news)).properties)


@pytest.fixture
def alone(provider, api):
    """The same process, used for metadata indexes of their own."""
    provider.is_metadata, provider.name = True, "tenant"
    provider.declared = {
        "indexName": "docs",
        "propertyName": "tenant",
        "indexType": "string",
        "accountId": api.account_id,
    }
    api.add("docs")
    return provider


def test_an_index_is_created_with_its_metadata_indexes_visible(provider, api):
    """Behavior 21."""
    outputs = created(provider, metadataIndexes=TYPES)
    assert outputs["metadataIndexes"] == TYPES
    assert live(api) == TYPES


def test_one_is_added_one_removed_and_one_retyped_in_place(provider, api):
    """Behaviors 22 and 23."""
    old = created(provider, metadataIndexes=TYPES)
    wanted = {"tenant": "number", "price": "number", "added": "string"}
    new = plain(provider.update(old, provider.inputs(metadataIndexes=wanted)).properties)
    assert new["metadataIndexes"] == wanted
    assert live(api) == wanted
    assert new["createdOn"] == old["createdOn"]


def test_what_the_index_does_not_list_stays_and_is_reported(provider, api, engine):
    """Behavior 24."""
    old = created(provider, metadataIndexes={"tenant": "string"})
    body = {"propertyName": "theirs", "indexType": "string"}
    api.call("POST", f"{api.indexes_url}/docs/metadata_index/create", body)
    wait_for(lambda: "theirs" in live(api))
    found = provider.read("docs", old)
    assert plain(found.properties)["unmanagedMetadataIndexes"] == {"theirs": "string"}
    assert read_inputs(found)["metadataIndexes"] == {"tenant": "string"}
    assert (engine.logged[-1].severity, engine.logged[-1].urn) == (engine_pb2.INFO, provider.urn)
    assert 'metadata index "theirs"' in engine.logged[-1].message


def test_a_metadata_index_of_its_own_is_created_read_and_accepted_when_it_exists(alone, api):
    inputs = plain(alone.check(alone.declared).inputs)
    answer = alone.create(inputs)
    state = {**inputs, "indexCreatedOn": api.indexes()["docs"]["created_on"]}
    assert (answer.id, plain(answer.properties)) == ("docs/tenant", state)
    assert live(api) == {"tenant": "string"}
    assert read_inputs(alone.read("docs/tenant", state)) == inputs
    assert alone.create(inputs).id == "docs/tenant"
    api.remove("docs")
    assert alone.read("docs/tenant", inputs).id == ""


def test_another_type_than_the_declared_one_is_refused(alone, api):
    alone.create(alone.declared)
    with pytest.raises(Failed, match="it exists with the type string, and the program declares number"):
        alone.create({**alone.declared, "indexType": "number"})


def wait_for(happened, seconds=10.0):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)
