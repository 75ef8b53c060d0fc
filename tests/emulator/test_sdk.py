"""The official `cloudflare` Python SDK drives every operation, as a user's program would."""

from __future__ import annotations

import cloudflare
import pytest

from tests.emulator.helpers import DIMENSIONS, NDJSON, ndjson, unit

# The SDK's own generated methods still pass `body=` to its client, which warns of it since 5.9.
pytestmark = pytest.mark.filterwarnings("ignore:Passing raw bytes as `body` is deprecated:DeprecationWarning")

HEADERS = {"Content-Type": NDJSON}  # the SDK labels raw bytes as JSON, which the service refuses


@pytest.fixture
def sdk(api, vectorize_emulator):
    with cloudflare.Cloudflare(
        api_token=vectorize_emulator.token, base_url=vectorize_emulator.base_url, max_retries=0
    ) as client:
        yield client.vectorize.indexes


@pytest.fixture
def account(vectorize_emulator):
    return {"account_id": vectorize_emulator.account_id}


@pytest.fixture
def index(sdk, account):
    return sdk.create(**account, name="docs", config={"dimensions": DIMENSIONS, "metric": "cosine"}, description="d")


def test_the_sdk_manages_indexes(sdk, account, index):
    assert (index.name, index.config.dimensions, index.config.metric, index.description) == ("docs", 32, "cosine", "d")
    preset = sdk.create(**account, name="preset", config={"preset": "@cf/baai/bge-small-en-v1.5"})
    assert (preset.config.dimensions, preset.config.preset) == (384, "@cf/baai/bge-small-en-v1.5")
    assert [item.name for item in sdk.list(**account)] == ["docs", "preset"]
    assert sdk.get("docs", **account).created_on == index.created_on
    assert sdk.info("docs", **account).vector_count == 0
    assert sdk.delete("docs", **account) is None
    with pytest.raises(cloudflare.APIStatusError) as gone:
        sdk.get("docs", **account)
    assert (gone.value.status_code, gone.value.errors[0].code) == (410, 3005)
    with pytest.raises(cloudflare.NotFoundError):
        sdk.get("nobody", **account)


def test_the_sdk_writes_and_reads_vectors(sdk, account, index, api):
    body = ndjson({"id": "a", "values": unit(0), "metadata": {"k": "v"}}, {"id": "b", "values": unit(1)})
    inserted = sdk.insert("docs", **account, body=body, extra_headers=HEADERS)
    upserted = sdk.upsert("docs", **account, body=body, unparsable_behavior="discard", extra_headers=HEADERS)
    api.process()
    info = sdk.info("docs", **account)
    assert (info.vector_count, info.processed_up_to_mutation) == (2, upserted.mutation_id)
    assert inserted.mutation_id != upserted.mutation_id
    found = sdk.query("docs", **account, vector=unit(0), top_k=1, return_metadata="all", return_values=True)
    assert (found.count, found.matches[0].id, found.matches[0].score) == (1, "a", 1.0)
    assert (found.matches[0].metadata, found.matches[0].values) == ({"k": "v"}, unit(0))
    assert [v["id"] for v in sdk.get_by_ids("docs", **account, ids=["b", "a"])] == ["b", "a"]
    page = sdk.list_vectors("docs", **account, count=1)
    assert (page.total_count, page.is_truncated, page.vectors[0].id) == (2, True, "a")
    assert sdk.list_vectors("docs", **account, cursor=page.next_cursor).vectors[0].id == "b"
    sdk.delete_by_ids("docs", **account, ids=["a"])
    api.process()
    assert sdk.info("docs", **account).vector_count == 1


def test_the_sdk_manages_metadata_indexes(sdk, account, index, api):
    created = sdk.metadata_index.create("docs", **account, property_name="k", index_type="string")
    api.process()
    listed = sdk.metadata_index.list("docs", **account).metadata_indexes
    assert [(item.property_name, item.index_type) for item in listed] == [("k", "String")]
    deleted = sdk.metadata_index.delete("docs", **account, property_name="k")
    assert len({created.mutation_id, deleted.mutation_id}) == 2
    api.process()
    assert sdk.metadata_index.list("docs", **account).metadata_indexes == []


def test_bytes_that_the_sdk_labels_as_json_are_refused(sdk, account, index):
    with pytest.raises(cloudflare.BadRequestError) as refused:
        sdk.insert("docs", **account, body=ndjson({"id": "a", "values": unit(0)}))
    assert refused.value.errors[0].code == 1005


def test_the_sdk_s_environment_variable_is_enough(api, vectorize_emulator, monkeypatch):
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", vectorize_emulator.base_url)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", vectorize_emulator.token)
    with cloudflare.Cloudflare() as client:
        assert list(client.vectorize.indexes.list(account_id=vectorize_emulator.account_id)) == []
