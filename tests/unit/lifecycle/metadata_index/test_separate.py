"""A metadata index as a resource of its own."""

import pytest

from pulumi_cloudflare_vectorize.errors import (
    AuthenticationError,
    NotFoundError,
    PartialResultError,
    RefusedError,
    ServerError,
)
from pulumi_cloudflare_vectorize.lifecycle.context import Context
from pulumi_cloudflare_vectorize.lifecycle.index.check import check
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.check import check as check_metadata_index
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.create import create as create_metadata_index
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.delete import delete as delete_metadata_index
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.diff import diff as diff_metadata_index
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.read import read as read_metadata_index
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.state import REPLACES, id_of
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.update import update as update_metadata_index
from pulumi_cloudflare_vectorize.lifecycle.records import IndexKey, Record
from pulumi_cloudflare_vectorize.lifecycle.run_state import Superseded
from pulumi_cloudflare_vectorize.unknown import UNKNOWN
from tests.unit.fakes import ACCOUNT_ID, BROKEN, DELETED, MUTATION, NEVER_EXISTED, Reply, live, metadata

TENANT = {
    "accountId": ACCOUNT_ID,
    "indexName": "docs",
    "propertyName": "tenant",
    "indexType": "string",
    "forceDestroy": False,
}
CREATED = live()["created_on"]
STATE = {**TENANT, "indexCreatedOn": CREATED}
LIVE, RECREATED = Reply(result=live()), Reply(result=live(created_on="2027-01-01T00:00:00Z"))
EMPTY, FULL = Reply(result={"vectorCount": 0}), Reply(result={"vectorCount": 5000})
KEY = IndexKey(ACCOUNT_ID, "docs")


URN = "urn:pulumi:dev::shop::kind::tenant-index"


def another(context, urn="urn:other"):
    return Context(context.client, context.run, context.report, context.deadline, ACCOUNT_ID, urn)


def problems(context, **changes):
    return {problem.path: problem.reason for problem in check_metadata_index(context, {**TENANT, **changes}).problems}


def test_check_fills_in_the_account(context):
    assert check_metadata_index(context, {**TENANT, "accountId": None}).inputs == TENANT


@pytest.mark.parametrize("key", REPLACES)
def test_unknown_values_pass_check(context, key):
    assert problems(context, **{key: UNKNOWN}) == {}


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"indexName": "A"}, "indexName", "must be lower-case"),
        ({"indexName": ""}, "indexName", "must not be empty"),
        ({"accountId": 7}, "accountId", "must be text, got a number"),
        ({"propertyName": ""}, "propertyName", "must not be empty"),
        ({"propertyName": "$x"}, "propertyName", "must not begin with '$'"),
        ({"propertyName": 'a"b'}, "propertyName", "must not begin with '$', contain"),
        ({"propertyName": "a..b"}, "propertyName", "empty part between dots"),
        ({"propertyName": "x" * 513}, "propertyName", "must be 1 to 512 characters, got 513"),
        ({"indexType": "String"}, "indexType", "must be one of string, number, boolean"),
        ({"accountId": "x"}, "accountId", "32 lower-case hexadecimal"),
        ({"other": 1}, "other", "is not a property"),
    ],
)
def test_what_is_wrong_is_refused_under_its_property(context, changes, path, reason):
    assert reason in problems(context, **changes)[path]
    assert problems(context, indexName="", propertyName="") == dict.fromkeys(
        ("indexName", "propertyName"), "must not be empty"
    )


def test_without_any_account_it_is_refused(context):
    nowhere = Context(context.client, context.run, context.report, context.deadline)
    news = {**TENANT, "accountId": None}
    checked = check_metadata_index(nowhere, news)
    (problem,) = checked.problems
    assert (problem.path, problem.reason[:14]) == ("accountId", "is required: s")
    assert "CLOUDFLARE_ACCOUNT_ID" in problem.reason
    assert checked.inputs == news


@pytest.mark.parametrize("inline_first", [True, False])
def test_the_same_property_inline_and_alone_is_refused_by_whichever_comes_second(context, inline_first):
    inline = {"config": {"dimensions": 32, "metric": "cosine"}, "name": "docs", "metadataIndexes": {"tenant": "string"}}
    if inline_first:
        assert check(another(context, "urn:pulumi:dev::shop::kind::docs"), {}, inline).problems == []
        found = check_metadata_index(another(context), TENANT).problems
    else:
        assert check_metadata_index(another(context, URN), TENANT).problems == []
        checked = check(context, {}, inline)
        assert checked.inputs == inline
        found = checked.problems
    assert found[0].path == ("propertyName" if inline_first else "metadataIndexes.tenant")
    first, second = ("urn:pulumi:dev::shop::kind::docs", "urn:other") if inline_first else (URN, context.urn)
    assert found[0].reason == (
        f'is used twice: metadata index "tenant" of index "docs" is declared by '
        f"two resources, {first} and {second}. Declare it either under "
        "metadata_indexes or as a VectorizeMetadataIndex"
    )


@pytest.mark.parametrize(
    "change",
    [{"indexName": "other"}, {"propertyName": "price"}, {"accountId": "f" * 32}],
    ids=lambda change: next(iter(change)),
)
def test_another_property_or_the_same_of_another_index_is_fine(context, change):
    assert check_metadata_index(context, TENANT).problems == []
    assert check_metadata_index(another(context), {**TENANT, **change}).problems == []


def test_a_property_belongs_to_the_resource_that_declares_it_and_any_other_to_none(context):
    assert check_metadata_index(context, TENANT).problems == []
    assert context.run.claimant("property", ACCOUNT_ID, "docs", "tenant") == context.urn
    assert context.run.claimant("property", ACCOUNT_ID, "docs", "price") == ""


@pytest.mark.parametrize("key", ["indexName", "propertyName", "accountId"])
def test_a_property_that_is_not_known_yet_is_not_declared_twice(context, key):
    unknown = {**TENANT, key: UNKNOWN}
    assert check_metadata_index(context, unknown).problems == []
    assert check_metadata_index(another(context), unknown).problems == []


def test_without_a_urn_nobody_is_asked_who_declares_a_property(context):
    assert check_metadata_index(another(context, ""), TENANT).problems == []
    assert check_metadata_index(context, TENANT).problems == []
    assert check_metadata_index(another(context, ""), TENANT).problems == []


@pytest.mark.parametrize(
    ("key", "value", "delete_first"),
    [
        ("indexType", "number", True),
        ("propertyName", "price", False),
        ("indexName", "other", False),
        ("indexName", UNKNOWN, False),
        ("accountId", "f" * 32, False),
    ],
)
def test_every_change_replaces_and_the_old_one_goes_first_where_it_would_take_its_successor_along(
    context, key, value, delete_first
):
    found = diff_metadata_index(context, STATE, {**TENANT, key: value})
    assert (found.replaces, found.updates, found.same_name) == ([key], [], delete_first)


@pytest.mark.parametrize("key", REPLACES)
def test_what_is_unknown_on_both_sides_may_have_changed(context, key):
    unknown = {**TENANT, key: UNKNOWN}
    assert diff_metadata_index(context, unknown, unknown).replaces == [key]


def test_nothing_changed_is_no_difference(context):
    assert diff_metadata_index(context, STATE, TENANT).is_empty
    assert diff_metadata_index(context, STATE, TENANT).same_name


def test_a_state_from_before_force_destroy_shows_no_difference(context):
    old = {key: TENANT[key] for key in REPLACES}
    assert diff_metadata_index(context, old, TENANT).is_empty


def test_force_destroy_changes_in_place_without_a_request(context, api):
    news = {**TENANT, "forceDestroy": True}
    found = diff_metadata_index(context, STATE, news)
    assert (found.replaces, found.updates) == ([], ["forceDestroy"])
    assert update_metadata_index(context, STATE, news) == {**STATE, "forceDestroy": True}
    assert api.asked == []


def test_a_replacement_is_warned_of_with_the_vectors_that_its_filters_find(context, api, said):
    check_metadata_index(context, TENANT)
    api.reply(FULL)
    diff_metadata_index(context, STATE, {**TENANT, "indexType": "number"})
    assert said == [
        (
            "warning",
            (
                'metadata index "tenant" of index "docs" will be deleted. The index: it contains 5,000 vectors, and filters on it '
                "will not find them"
            ),
        )
    ]


def test_create_returns_when_the_list_shows_it(context, api):
    """Behavior 21. It remembers when its index was created."""
    api.reply(LIVE, MUTATION, metadata(), metadata(tenant="string"))
    assert create_metadata_index(context, TENANT) == STATE
    assert id_of(TENANT) == "docs/tenant"


def test_create_on_an_index_of_this_run_does_not_read_it_again(context, api):
    context.run.keep("urn:index", Record(KEY, CREATED))
    api.reply(MUTATION, metadata(tenant="string"))
    assert create_metadata_index(context, TENANT) == STATE


def test_create_on_an_absent_index_is_an_error(context, api):
    api.reply(NEVER_EXISTED)
    with pytest.raises(NotFoundError):
        create_metadata_index(context, TENANT)


def test_create_refuses_another_type(context, api):
    api.reply(LIVE, MUTATION, metadata(tenant="number"))
    with pytest.raises(RefusedError):
        create_metadata_index(context, TENANT)


def test_one_that_does_not_show_in_time_is_in_the_state_and_finished_by_the_next_update(context, api):
    api.reply(LIVE, MUTATION, *[metadata()] * 300)
    with pytest.raises(PartialResultError, match="was requested, but the list does not show it yet") as caught:
        create_metadata_index(context, TENANT)
    assert (caught.value.id, caught.value.outputs) == ("docs/tenant", {**STATE, "unconfirmed": True})
    assert diff_metadata_index(context, caught.value.outputs, TENANT).is_unfinished
    api.script = [LIVE, MUTATION, metadata(tenant="string")]
    context.deadline.ends_at += 600
    assert update_metadata_index(context, caught.value.outputs, TENANT) == STATE


@pytest.mark.parametrize(("types", "found"), [({"tenant": "string"}, "string"), ({"tenant": "number"}, "number")])
@pytest.mark.parametrize("state", [STATE, TENANT], ids=["", "from before it remembered its index"])
def test_read_returns_the_live_type(context, api, types, found, state):
    api.reply(LIVE, metadata(**types))
    assert read_metadata_index(context, state).outputs == {**STATE, "indexType": found}


@pytest.mark.parametrize(
    "answers",
    [[LIVE, metadata(other="string")], [NEVER_EXISTED], [DELETED], [LIVE, DELETED], [RECREATED]],
)
def test_read_of_an_absent_one_or_an_absent_or_recreated_index_is_gone(context, api, answers):
    """Behaviors 11 and 14."""
    api.reply(*answers)
    assert read_metadata_index(context, STATE) is None


def test_read_keeps_one_that_may_still_appear(context, api):
    api.reply(LIVE, metadata())
    assert read_metadata_index(context, {**STATE, "unconfirmed": True}).outputs == {**STATE, "unconfirmed": True}


def test_read_keeps_the_state_on_every_other_error(context, api):
    """Behavior 12."""
    api.reply(*[BROKEN] * 8)
    with pytest.raises(ServerError):
        read_metadata_index(context, STATE)


def test_delete_returns_when_it_is_gone(context, api):
    api.reply(LIVE, EMPTY, metadata(tenant="string", x="number"), MUTATION, metadata(x="number"))
    delete_metadata_index(context, STATE)
    assert api.script == []


@pytest.mark.parametrize(
    "answers",
    [
        [LIVE, EMPTY, metadata()],
        [NEVER_EXISTED],
        [LIVE, NEVER_EXISTED, DELETED],
        [LIVE, EMPTY, DELETED],
        [LIVE, EMPTY, metadata(tenant="string"), MUTATION, DELETED],
    ],
)
def test_delete_of_an_absent_one_is_a_success(context, api, answers):
    """Behavior 18."""
    api.reply(*answers)
    delete_metadata_index(context, STATE)
    assert api.script == []


def test_behavior_36_one_of_an_index_with_vectors_is_not_deleted_while_that_index_may_be_refused(context, api):
    api.reply(LIVE, FULL)
    with pytest.raises(RefusedError) as caught:
        delete_metadata_index(context, STATE)
    assert str(caught.value) == (
        'cannot delete metadata index "tenant" of index "docs": the index contains 5,000 vectors, and filters on it would not find '
        "them. To delete it anyway, declare the resource with force_destroy=True, run `pulumi up`, and then delete it again. No "
        "changes were made"
    )
    assert len(api.asked) == 2


def consented(context):
    return {**STATE, "forceDestroy": True}


def kept(context):
    context.run.keep("urn:index", Record(KEY, CREATED))
    return STATE


def declared_with_consent(context):
    context.run.declare(context.urn, force_destroy=True)
    return STATE


@pytest.mark.parametrize("arrange", [consented, kept, declared_with_consent])
def test_one_of_an_index_with_vectors_is_deleted_by_consent_or_while_the_index_stays(context, api, arrange):
    state = arrange(context)
    api.reply(LIVE, metadata(tenant="string"), MUTATION, metadata())
    delete_metadata_index(context, state)
    assert api.script == []


def test_one_of_an_index_that_this_run_replaces_goes_with_it(context, api):
    record = Record(KEY, CREATED)
    context.run.supersede("urn:index", Superseded(record, force_destroy=True, is_retained=False))
    delete_metadata_index(context, STATE)
    assert api.asked == []


def test_behavior_31_one_of_an_index_that_was_recreated_is_kept(context, api, said):
    api.reply(RECREATED)
    delete_metadata_index(context, {**STATE, "forceDestroy": True})
    assert said == [
        ("warning", 'kept metadata index "tenant": index "docs" was recreated 2027-01-01T00:00:00Z outside Pulumi')
    ]


def test_behavior_23_delete_never_removes_a_successor(context, api, said):
    api.reply(LIVE, EMPTY, metadata(tenant="number"))
    delete_metadata_index(context, STATE)
    assert "It has a successor" in said[0][1]


def test_delete_removes_one_that_an_earlier_run_created_and_that_shows_only_now(context, api):
    api.reply(LIVE, EMPTY, metadata(), metadata(tenant="string"), MUTATION, metadata())
    delete_metadata_index(context, {**STATE, "unconfirmed": True})
    assert api.script == []


def created_here(context, api):
    api.reply(LIVE, MUTATION, metadata(tenant="string"))
    create_metadata_index(context, TENANT)


def found_unchanged(context, _api):
    check_metadata_index(context, TENANT)
    diff_metadata_index(context, STATE, TENANT)


def declared_elsewhere(context, _api):
    check_metadata_index(another(context), TENANT)


@pytest.mark.parametrize("arrange", [created_here, found_unchanged, declared_elsewhere])
def test_delete_keeps_what_this_run_created_or_declares(context, api, said, arrange):
    """Behavior 23: `--replace`, a taint, an older record, or a property that moves inline."""
    arrange(context, api)
    del api.seen[:]
    delete_metadata_index(context, STATE)
    assert api.asked == []
    assert said[-1][1] == (
        'kept metadata index "tenant" of index "docs": the program of this run declares it, and only an older record of it was '
        "removed"
    )


def test_a_refused_creation_is_not_stored(context, api):
    """A 403 had no effect, so there is nothing that a state could contain."""
    api.reply(LIVE, Reply(403, code=10000, message="Authentication error"))
    with pytest.raises(AuthenticationError):
        create_metadata_index(context, TENANT)
