"""A metadata index as a resource of its own."""

import pytest

from pulumi_cloudflare_vectorize.errors import RefusedError, ServerError
from pulumi_cloudflare_vectorize.lifecycle.check import check
from pulumi_cloudflare_vectorize.lifecycle.metadata_resource import (
    REPLACES,
    check_metadata_index,
    create_metadata_index,
    delete_metadata_index,
    diff_metadata_index,
    id_of,
    read_metadata_index,
)
from pulumi_cloudflare_vectorize.lifecycle.operation import Operation
from pulumi_cloudflare_vectorize.models import UNKNOWN
from tests.unit.fakes import ACCOUNT_ID, BROKEN, DELETED, MUTATION, NEVER_EXISTED, metadata

TENANT = {"accountId": ACCOUNT_ID, "indexName": "docs", "propertyName": "tenant", "indexType": "string"}


URN = "urn:pulumi:dev::shop::kind::tenant-index"


def another(operation, urn="urn:other"):
    return Operation(operation.client, operation.memory, operation.report, operation.deadline, ACCOUNT_ID, urn)


def problems(operation, **changes):
    return {problem.path: problem.reason for problem in check_metadata_index(operation, {**TENANT, **changes}).problems}


def test_check_fills_in_the_account(operation):
    assert check_metadata_index(operation, {**TENANT, "accountId": None}).inputs == TENANT


@pytest.mark.parametrize("key", REPLACES)
def test_unknown_values_pass_check(operation, key):
    assert problems(operation, **{key: UNKNOWN}) == {}


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"indexName": "A"}, "indexName", "must be lower-case"),
        ({"indexName": ""}, "indexName", "must not be empty"),
        ({"accountId": 7}, "accountId", "must be text, got 7"),
        ({"propertyName": ""}, "propertyName", "must not be empty"),
        ({"propertyName": "$x"}, "propertyName", "must not begin with '$'"),
        ({"propertyName": 'a"b'}, "propertyName", "must not begin with '$', hold"),
        ({"propertyName": "a..b"}, "propertyName", "empty part between dots"),
        ({"propertyName": "x" * 513}, "propertyName", "must be 1 to 512 characters, got 513"),
        ({"indexType": "String"}, "indexType", "must be one of string, number, boolean"),
        ({"accountId": "x"}, "accountId", "32 lower-case hexadecimal"),
        ({"other": 1}, "other", "is not a property"),
    ],
)
def test_what_is_wrong_is_refused_under_its_property(operation, changes, path, reason):
    assert reason in problems(operation, **changes)[path]
    assert problems(operation, indexName="", propertyName="") == dict.fromkeys(
        ("indexName", "propertyName"), "must not be empty"
    )


def test_without_any_account_it_is_refused(operation):
    nowhere = Operation(operation.client, operation.memory, operation.report, operation.deadline)
    news = {**TENANT, "accountId": None}
    checked = check_metadata_index(nowhere, news)
    (problem,) = checked.problems
    assert (problem.path, problem.reason[:14]) == ("accountId", "is required: g")
    assert "CLOUDFLARE_ACCOUNT_ID" in problem.reason
    assert checked.inputs == news


@pytest.mark.parametrize("inline_first", [True, False])
def test_the_same_property_inline_and_alone_is_refused_by_whichever_comes_second(operation, inline_first):
    inline = {"config": {"dimensions": 32, "metric": "cosine"}, "name": "docs", "metadataIndexes": {"tenant": "string"}}
    if inline_first:
        assert check(another(operation, "urn:pulumi:dev::shop::kind::docs"), {}, inline).problems == []
        found = check_metadata_index(another(operation), TENANT).problems
    else:
        assert check_metadata_index(another(operation, URN), TENANT).problems == []
        checked = check(operation, {}, inline)
        assert checked.inputs == inline
        found = checked.problems
    assert found[0].path == ("propertyName" if inline_first else "metadataIndexes.tenant")
    first = "docs" if inline_first else "tenant-index"
    assert found[0].reason == (
        f'"tenant" of index "docs" is declared twice, here and by {first!r}: declare it either under metadata_indexes or as a '
        "VectorizeMetadataIndex"
    )


@pytest.mark.parametrize(
    "change",
    [{"indexName": "other"}, {"propertyName": "price"}, {"accountId": "f" * 32}],
    ids=lambda change: next(iter(change)),
)
def test_another_property_or_the_same_of_another_index_is_fine(operation, change):
    assert check_metadata_index(operation, TENANT).problems == []
    assert check_metadata_index(another(operation), {**TENANT, **change}).problems == []


def test_a_property_belongs_to_the_resource_that_declares_it_and_any_other_to_none(operation):
    assert check_metadata_index(operation, TENANT).problems == []
    assert operation.memory.property_owner(ACCOUNT_ID, "docs", "tenant") == operation.urn
    assert operation.memory.property_owner(ACCOUNT_ID, "docs", "price") == ""


@pytest.mark.parametrize("key", ["indexName", "propertyName", "accountId"])
def test_a_property_that_is_not_known_yet_is_not_declared_twice(operation, key):
    unknown = {**TENANT, key: UNKNOWN}
    assert check_metadata_index(operation, unknown).problems == []
    assert check_metadata_index(another(operation), unknown).problems == []


def test_without_a_urn_nobody_is_asked_who_declares_a_property(operation):
    assert check_metadata_index(another(operation, ""), TENANT).problems == []
    assert check_metadata_index(operation, TENANT).problems == []
    assert check_metadata_index(another(operation, ""), TENANT).problems == []


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
    key, value, delete_first
):
    found = diff_metadata_index(TENANT, {**TENANT, key: value})
    assert (found.replaces, found.updates, found.same_name) == ([key], [], delete_first)


@pytest.mark.parametrize("key", REPLACES)
def test_what_is_unknown_on_both_sides_may_have_changed(key):
    unknown = {**TENANT, key: UNKNOWN}
    assert diff_metadata_index(unknown, unknown).replaces == [key]


def test_nothing_changed_is_no_difference():
    assert diff_metadata_index(TENANT, TENANT).is_empty
    assert diff_metadata_index(TENANT, TENANT).same_name


def test_create_returns_when_the_list_shows_it(operation, api):
    """Behaviour 21."""
    api.reply(MUTATION, metadata(), metadata(tenant="string"))
    assert create_metadata_index(operation, TENANT) == TENANT
    assert id_of(TENANT) == "docs/tenant"


def test_create_refuses_another_type(operation, api):
    api.reply(MUTATION, metadata(tenant="number"))
    with pytest.raises(RefusedError):
        create_metadata_index(operation, TENANT)


@pytest.mark.parametrize(("types", "found"), [({"tenant": "string"}, "string"), ({"tenant": "number"}, "number")])
def test_read_answers_the_live_type(operation, api, types, found):
    api.reply(metadata(**types))
    assert read_metadata_index(operation, TENANT) == {**TENANT, "indexType": found}


@pytest.mark.parametrize("answer", [metadata(other="string"), NEVER_EXISTED, DELETED])
def test_read_of_an_absent_one_or_an_absent_parent_is_gone(operation, api, answer):
    """Behaviour 11."""
    api.reply(answer)
    assert read_metadata_index(operation, TENANT) is None


def test_read_keeps_the_state_on_every_other_error(operation, api):
    """Behaviour 12."""
    api.reply(*[BROKEN] * 8)
    with pytest.raises(ServerError):
        read_metadata_index(operation, TENANT)


def test_delete_returns_when_it_is_gone(operation, api):
    api.reply(metadata(tenant="string", x="number"), MUTATION, metadata(x="number"))
    delete_metadata_index(operation, TENANT)
    assert api.script == []


@pytest.mark.parametrize(
    "answers", [[metadata()], [NEVER_EXISTED], [DELETED], [metadata(tenant="string"), MUTATION, DELETED]]
)
def test_delete_of_an_absent_one_is_a_success(operation, api, answers):
    """Behaviour 18."""
    api.reply(*answers)
    delete_metadata_index(operation, TENANT)
    assert api.script == []


def test_behaviour_23_delete_never_removes_a_successor(operation, api, said):
    api.reply(metadata(tenant="number"))
    delete_metadata_index(operation, TENANT)
    assert "it has a successor" in said[0][1]


def test_delete_keeps_what_this_run_created(operation, api, said):
    """Behaviour 23, when the engine creates first: `--replace`, taint."""
    api.reply(MUTATION, metadata(tenant="string"))
    create_metadata_index(operation, TENANT)
    delete_metadata_index(operation, TENANT)
    assert said[0][1] == (
        'kept metadata index "tenant" of index "docs": this run created it, so the record to be deleted is an older one of the '
        "same — nothing is left to do"
    )
