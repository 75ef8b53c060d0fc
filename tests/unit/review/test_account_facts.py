"""Counts: asked side by side within one deadline, unknown rather than 0, and never sent where the preview says."""

import socket
import threading
import time
from dataclasses import replace

import pytest

from pulumi_cloudflare_vectorize.resource_types import INDEX
from pulumi_cloudflare_vectorize.review import account_facts
from pulumi_cloudflare_vectorize.review.account_facts import add_account_facts
from pulumi_cloudflare_vectorize.review.models import Danger, Existing, Operation, Row, Vectors
from pulumi_cloudflare_vectorize.review.text import SECRET
from pulumi_cloudflare_vectorize.unknown import UNKNOWN
from tests.unit.fakes import ACCOUNT_ID, DELETED, INDEXES, Reply

ROW = Row(
    "docs",
    f"urn:pulumi:dev::e2e::{INDEX.dynamic}::docs",
    "index",
    Operation.DELETE,
    account_id=ACCOUNT_ID,
    index="docs",
    dangers=(Danger.DELETED,),
)
SAFE = replace(ROW, name="safe", index="safe", operation=Operation.UPDATE, dangers=())


@pytest.fixture
def asked(transport, api, monkeypatch):
    """Log the reviews in to the scripted API."""
    monkeypatch.setattr(account_facts, "Transport", lambda _: transport)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    return api


def test_an_index_at_risk_is_counted_once_and_no_other_is_asked_for(asked):
    asked.reply(Reply(result={"vectorCount": 120_331}))
    rows = add_account_facts([ROW, SAFE, replace(ROW, name="again")], 10.0)
    assert [row.vectors for row in rows] == [Vectors(120_331), None, Vectors(120_331)]
    assert asked.asked == [f"GET {INDEXES}/docs/info"]


def test_without_credentials_the_number_is_unknown(monkeypatch):
    for variable in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    (row,) = add_account_facts([ROW], 10.0)
    assert row.vectors == Vectors(None, "no credentials: set CLOUDFLARE_API_TOKEN")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (DELETED, f"account {ACCOUNT_ID} contains no such index"),
        (Reply(403, code=10000, message="Authentication error"), "Authentication error"),
        (Reply(200, body=b"<html>"), "the response is not the API's JSON"),
    ],
    ids=["gone", "forbidden", "proxy"],
)
def test_a_failure_makes_the_number_unknown_and_says_why(asked, reply, why):
    asked.reply(*[reply] * 8)
    (row,) = add_account_facts([ROW], 10.0)
    assert row.vectors.count is None
    assert why in row.vectors.why_unknown


@pytest.mark.parametrize(
    ("account_id", "index", "why"),
    [
        (ACCOUNT_ID, "..", "the name or the account is not valid"),
        (ACCOUNT_ID, "a/b", "the name or the account is not valid"),
        ("../x", "docs", "the name or the account is not valid"),
        (ACCOUNT_ID, "", "the preview does not contain the name of the index"),
    ],
)
def test_a_name_that_is_none_is_never_asked_for(asked, account_id, index, why):
    (row,) = add_account_facts([replace(ROW, account_id=account_id, index=index)], 10.0)
    assert row.vectors == Vectors(None, why)
    assert asked.asked == []


CREATED = "2026-11-26T12:00:00.000000Z"
SERVER_DATE = {"Date": "Thu, 26 Nov 2026 12:05:00 GMT"}
INDEX = {
    "name": "docs",
    "description": "",
    "created_on": CREATED,
    "modified_on": CREATED,
    "config": {"dimensions": 768, "metric": "cosine"},
}
DECLARED = {"config": {"dimensions": 768, "metric": "cosine"}, "description": "", "metadataIndexes": {}, "adopt": False}
NEW = replace(ROW, operation=Operation.CREATE, dangers=(), declared=DECLARED)
REPLACED = replace(ROW, operation=Operation.REPLACE, index="old", new_index="docs", dangers=(), declared=DECLARED)


@pytest.mark.parametrize("row", [NEW, REPLACED], ids=["create", "replace"])
@pytest.mark.parametrize(
    ("declared", "info", "refusal"),
    [
        ({}, {"vectorCount": 0}, ""),
        ({}, {"vectorCount": 5_000}, "it contains 5,000 vectors"),
        ({}, {"vectorCount": 0, "processedUpToMutation": "m-1"}, "it has been written to"),
        ({"adopt": True}, {"vectorCount": 5_000}, ""),
        ({"adopt": True, "description": "other"}, {"vectorCount": 0}, "it has another shape or description"),
        ({"config": {"dimensions": 96, "metric": "cosine"}}, {"vectorCount": 0}, "it has another shape or description"),
        ({"config": {"dimensions": UNKNOWN}}, {"vectorCount": 0}, "its shape and description cannot be compared"),
        (
            {"config": {"dimensions": 768, "metric": SECRET}},
            {"vectorCount": 0},
            "its shape and description cannot be compared",
        ),
        ({"config": SECRET}, {"vectorCount": 0}, "its shape and description cannot be compared"),
        ({"description": SECRET}, {"vectorCount": 0}, "its shape and description cannot be compared"),
    ],
)
def test_an_index_that_exists_already_is_adopted_or_refused_as_the_provider_does(asked, row, declared, info, refusal):
    asked.reply(Reply(result=[INDEX]), Reply(result=INDEX, headers=SERVER_DATE), Reply(result=info))
    (found,) = add_account_facts([replace(row, declared={**DECLARED, **declared})], 10.0)
    assert found.existing.created_on == CREATED
    assert found.existing.vectors == Vectors(info["vectorCount"])
    assert found.existing.refusal.startswith(refusal)
    assert found.existing.is_adopted is not bool(refusal)
    assert asked.asked == [f"GET {INDEXES}", f"GET {INDEXES}/docs", f"GET {INDEXES}/docs/info"]


def test_one_list_tells_that_the_names_of_new_indexes_are_free(asked):
    asked.reply(Reply(result=[]))
    rows = add_account_facts([NEW, replace(NEW, index="more"), REPLACED], 10.0)
    assert [row.existing for row in rows] == [None] * 3
    assert asked.asked == [f"GET {INDEXES}"]


@pytest.mark.parametrize(
    "row",
    [
        replace(NEW, index=""),
        replace(NEW, index="a/b"),
        replace(NEW, account_id="../x"),
        replace(NEW, kind="metadata index"),
        replace(REPLACED, new_index="old"),
        replace(NEW, operation=Operation.IMPORT),
    ],
)
def test_only_a_name_that_is_new_and_known_is_looked_for(asked, row):
    assert add_account_facts([row], 10.0)[0].existing is None
    assert asked.asked == []


def test_a_failed_list_leaves_unknown_whether_an_index_exists(asked):
    asked.reply(*[Reply(403, code=10000, message="Authentication error")] * 8)
    (row,) = add_account_facts([NEW], 10.0)
    assert "Authentication error" in row.existing.why_unknown
    assert row.existing.is_adopted is False


def test_without_credentials_it_is_unknown_whether_an_index_exists(monkeypatch):
    for variable in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    assert add_account_facts([NEW], 10.0)[0].existing == Existing(
        why_unknown="no credentials: set CLOUDFLARE_API_TOKEN"
    )


def test_what_comes_after_the_deadline_is_not_asked_for(asked):
    (row,) = add_account_facts([ROW], 0.0)
    assert row.vectors == Vectors(None, "the timeout of the review was reached")
    assert asked.asked == []


def test_many_are_asked_for_side_by_side(asked):
    """The first shows what is left of the rate limit. Every other one waits for the rest."""
    barrier, is_first = threading.Barrier(7), iter([True])

    def answer(request, **_):
        if not next(is_first, False):
            barrier.wait(10)
        return original(request)

    original = asked.send
    asked.reply(*[Reply(result={"vectorCount": number}) for number in range(8)])
    asked.send = answer
    rows = add_account_facts([replace(ROW, index=f"docs-{number}") for number in range(8)], 10.0)
    assert sorted(row.vectors.count for row in rows) == list(range(8))


def test_an_api_that_never_answers_costs_one_deadline_for_all(monkeypatch):
    """More indexes than are asked for at a time, and a server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as silent:
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        begun_s = time.monotonic()
        rows = add_account_facts([replace(ROW, index=f"docs-{number}") for number in range(100)], 0.5)
        took_s = time.monotonic() - begun_s
    assert all(row.vectors.count is None and row.vectors.why_unknown for row in rows)
    assert took_s < 5.0
