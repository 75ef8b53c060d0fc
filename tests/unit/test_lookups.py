"""Look-ups: one request each, and a clear error for what is not there."""

import pytest

import pulumi_cloudflare_vectorize as vectorize
from pulumi_cloudflare_vectorize import lookups
from pulumi_cloudflare_vectorize.errors import RefusedError, SettingsError
from tests.unit.fakes import ACCOUNT_ID, INDEXES, NEVER_EXISTED, Reply, live


@pytest.fixture(autouse=True)
def program(transport, monkeypatch):
    monkeypatch.setattr(lookups, "_transport", lambda _: transport)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", ACCOUNT_ID)


def test_an_index_comes_back_as_the_api_answers_it(api):
    api.reply(Reply(result=live(description="text")))
    found = vectorize.get_index("docs")
    assert (found.name, found.account_id, found.dimensions, found.metric) == ("docs", ACCOUNT_ID, 768, "cosine")
    assert (found.description, found.created_on) == ("text", live()["created_on"])
    assert api.asked == [f"GET {INDEXES}/docs"]


def test_all_indexes_come_in_the_order_of_their_names(api):
    api.reply(Reply(410, code=3005, message="vectorize.index.deleted"), Reply(result=[live("b"), live("a")]))
    assert [found.name for found in vectorize.list_indexes()] == ["a", "b"]


def test_the_counters_come_from_info(api):
    api.reply(Reply(result={"vectorCount": 12, "dimensions": 768}))
    found = vectorize.get_index_info("docs", account_id="f" * 32)
    assert (found.vector_count, found.dimensions, found.account_id) == (12, 768, "f" * 32)


@pytest.mark.parametrize("look_up", [vectorize.get_index, vectorize.get_index_info])
def test_a_missing_index_is_a_clear_error(api, look_up):
    api.reply(NEVER_EXISTED)
    with pytest.raises(RefusedError, match=f'index "docs" does not exist in account {ACCOUNT_ID}'):
        look_up("docs")


def test_without_any_account_nothing_is_asked(api, monkeypatch):
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID")
    with pytest.raises(SettingsError, match="CLOUDFLARE_ACCOUNT_ID"):
        vectorize.list_indexes()
    assert api.asked == []


def test_what_is_given_in_place_of_an_account_id_is_neither_sent_nor_shown(api):
    with pytest.raises(SettingsError, match="the account id must be 32 lower-case hexadecimal digits") as caught:
        vectorize.get_index("docs", account_id="s3cret-token")
    assert "s3cret" not in str(caught.value)
    assert api.asked == []
