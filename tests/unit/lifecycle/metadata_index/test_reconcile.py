"""Metadata indexes of an index: asked for side by side, believed only when the list shows them.

One long file: creating, changing and removing share their fakes.
"""

import json
from dataclasses import replace

import pytest

from pulumi_cloudflare_vectorize.api.models import Index
from pulumi_cloudflare_vectorize.errors import ApiError, DeadlineError, NotFoundError, PartialResultError, RefusedError
from pulumi_cloudflare_vectorize.lifecycle.index.comparison import compare
from pulumi_cloudflare_vectorize.lifecycle.index.create import create
from pulumi_cloudflare_vectorize.lifecycle.index.read import read
from pulumi_cloudflare_vectorize.lifecycle.index.state import outputs_of
from pulumi_cloudflare_vectorize.lifecycle.index.update import update
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.reconcile import SETTLE_S, Change, ensure, remove
from pulumi_cloudflare_vectorize.lifecycle.records import IndexKey
from tests.unit.fakes import (
    ACCOUNT_ID,
    BROKEN,
    DELETED,
    INDEXES,
    LOST,
    MUTATION,
    TAKEN,
    Reply,
    declared,
    live,
    metadata,
)

PARENT = IndexKey(ACCOUNT_ID, "docs")
LIST = f"GET {INDEXES}/docs/metadata_index/list"
CREATE = f"POST {INDEXES}/docs/metadata_index/create"
DELETE = f"POST {INDEXES}/docs/metadata_index/delete"
EXISTS = Reply(400, code=40004, message="metadata index already exists")
ABSENT = Reply(400, code=40005, message="metadata index does not exist")


def reconcile(context, parent, wanted, managed, **more):
    """Make the metadata indexes what is wanted; `managed` may be removed or retyped."""
    return Change(context, parent, wanted, dict.fromkeys(managed, "string"), **more).reconcile()


def sent(api):
    """What was asked, with the property of each change."""
    return [
        f"{asked.split()[0]} {asked.rpartition('/')[2]}"
        + (f" {body['propertyName']}" if (body := json.loads(request.body or "{}")).get("propertyName") else "")
        for asked, request in zip(api.asked, api.seen, strict=True)
    ]


def test_behavior_21_a_metadata_index_is_there_when_the_list_shows_it(context, api):
    api.reply(MUTATION, metadata(), metadata(), metadata(tenant="string"))
    assert ensure(context, PARENT, {"tenant": "string"}) == {"tenant": "string"}
    assert api.asked == [CREATE, LIST, LIST, LIST]
    assert json.loads(api.seen[0].body) == {"propertyName": "tenant", "indexType": "string"}


@pytest.mark.parametrize("name", ["String", "string", "STRING"])
def test_the_case_of_a_listed_type_does_not_count(context, api, name):
    """Behavior 13."""
    api.reply(MUTATION, Reply(result={"metadataIndexes": [{"propertyName": "tenant", "indexType": name}]}))
    ensure(context, PARENT, {"tenant": "string"})


def test_several_are_asked_for_before_the_first_list(context, api):
    """Behavior 22."""
    wanted = {"a": "string", "b": "number", "c": "boolean"}
    api.reply(MUTATION, MUTATION, MUTATION, metadata(a="string"), metadata(**wanted))
    ensure(context, PARENT, wanted)
    assert sorted(sent(api)[:3]) == ["POST create a", "POST create b", "POST create c"]


def test_a_wait_that_runs_out_says_what_the_last_list_held(context, api):
    """Behavior 21."""
    api.reply(MUTATION, *[metadata(other="number")] * 300)
    with pytest.raises(
        DeadlineError, match=r'until metadata index "tenant" of index "docs" shows: the last response was'
    ):
        ensure(context, PARENT, {"tenant": "string"})


def test_one_that_exists_already_with_the_same_type_is_accepted(context, api):
    api.reply(EXISTS, metadata(tenant="string"))
    ensure(context, PARENT, {"tenant": "string"})


def test_one_that_shows_with_another_type_is_refused_with_both(context, api):
    """Behavior 24."""
    api.reply(EXISTS, metadata(tenant="number"))
    with pytest.raises(
        RefusedError,
        match=r'^cannot create metadata index "tenant" of index "docs": it exists with the type number, and the '
        r"program declares string "
        rf"\(account {ACCOUNT_ID}\)\. Declare the type that exists, or delete it first if no filter uses it$",
    ):
        ensure(context, PARENT, {"tenant": "string"})


def test_a_refusal_while_the_old_one_is_still_going_is_asked_again_after_a_look(context, api):
    api.reply(EXISTS, metadata(), EXISTS, metadata(), MUTATION, metadata(tenant="string"))
    ensure(context, PARENT, {"tenant": "string"})
    assert api.asked == [CREATE, LIST, CREATE, LIST, CREATE, LIST]


@pytest.mark.parametrize("lost", [LOST, Reply(504, body=b"")])
def test_a_creation_whose_answer_is_lost_is_repeated_only_if_the_list_lacks_it(context, api, lost):
    """Behavior 25."""
    api.reply(lost, metadata(tenant="string"))
    ensure(context, PARENT, {"tenant": "string"})
    api.reply(lost, metadata(), MUTATION, metadata(tenant="string"))
    ensure(context, PARENT, {"tenant": "string"})
    assert api.asked == [CREATE, LIST, CREATE, LIST, CREATE, LIST]


def test_a_creation_that_was_taken_at_last_is_not_repeated_while_the_list_lags_behind(context, api):
    api.reply(LOST, metadata(), MUTATION, *[metadata()] * 5, metadata(tenant="string"))
    ensure(context, PARENT, {"tenant": "string"})
    assert api.asked.count(CREATE) == 2


@pytest.mark.parametrize(("change", "live_types"), [(ensure, {}), (remove, {"tenant": "string"})])
def test_a_wait_that_runs_out_says_why_the_change_was_not_taken(context, api, change, live_types):
    api.reply(*[Reply(500, code=10013, message="internal error"), metadata(**live_types)] * 300)
    with pytest.raises(
        DeadlineError, match=r"the last response was {.*}; cannot \w+ metadata index .*: internal error .* → 500"
    ):
        change(context, PARENT, {"tenant": "string"})


def test_a_wait_that_runs_out_tells_one_trouble_of_many(context, api):
    refused = Reply(500, code=10013, message="internal error")
    api.reply(*[refused, refused, metadata()] * 300)
    with pytest.raises(DeadlineError) as caught:
        ensure(context, PARENT, {"price": "number", "tenant": "string"})
    assert str(caught.value).count("internal error") == 1


def test_a_refusal_is_final(context, api):
    api.reply(Reply(400, code=40026, message="bad"))
    with pytest.raises(ApiError, match='cannot create metadata index "tenant" of index "docs": bad'):
        ensure(context, PARENT, {"tenant": "string"})


def test_an_index_that_vanishes_meanwhile_is_an_error(context, api):
    api.reply(MUTATION, DELETED)
    with pytest.raises(NotFoundError):
        ensure(context, PARENT, {"tenant": "string"})


def test_a_removal_returns_when_the_list_no_longer_shows_it(context, api):
    api.reply(MUTATION, metadata(tenant="string", price="number"), metadata(price="number"))
    remove(context, PARENT, ["tenant"])
    assert sent(api) == ["POST delete tenant", "GET list", "GET list"]


@pytest.mark.parametrize("answers", [[ABSENT, metadata()], [DELETED, DELETED], [MUTATION, DELETED]])
def test_an_absent_metadata_index_or_parent_is_a_success(context, api, answers):
    """Behavior 18."""
    api.reply(*answers)
    remove(context, PARENT, ["tenant"])


def test_a_removal_whose_answer_is_lost_is_repeated_only_if_the_list_still_has_it(context, api):
    api.reply(LOST, metadata(tenant="string"), MUTATION, metadata())
    remove(context, PARENT, ["tenant"])
    assert sent(api) == ["POST delete tenant", "GET list", "POST delete tenant", "GET list"]


def test_a_removal_that_is_repeated_may_find_it_gone(context, api):
    api.reply(LOST, metadata(tenant="string"), ABSENT, metadata())
    remove(context, PARENT, ["tenant"])
    assert sent(api) == ["POST delete tenant", "GET list", "POST delete tenant", "GET list"]


def test_a_removal_that_runs_out_of_time_names_all_that_it_waited_for(context, api):
    api.reply(MUTATION, MUTATION, *[metadata(a="string", b="number")] * 300)
    with pytest.raises(DeadlineError, match='until metadata index "a", "b" of index "docs" is gone: the last'):
        remove(context, PARENT, ["b", "a"])


def test_nothing_to_remove_asks_nothing(context, api):
    remove(context, PARENT, [])
    assert api.asked == []


VERDICTS = [
    # live, wanted, managed, what is sent, live in the end
    ({"a": "string"}, {"a": "string"}, ["a"], ["GET list"], {"a": "string"}),
    ({}, {"a": "string"}, [], ["GET list", "POST create a", "GET list"], {"a": "string"}),
    ({"a": "string"}, {}, ["a"], ["GET list", "POST delete a", "GET list"], {}),
    ({"x": "number"}, {}, [], ["GET list"], {"x": "number"}),
    ({}, {}, ["a"], ["GET list"], {}),
    (
        {"a": "string"},
        {"a": "number"},
        ["a"],
        ["GET list", "POST delete a", "GET list", "POST create a", "GET list"],
        {"a": "number"},
    ),
    (
        {"a": "string", "x": "number"},
        {"b": "boolean"},
        ["a"],
        ["GET list", "POST delete a", "GET list", "POST create b", "GET list"],
        {"x": "number", "b": "boolean"},
    ),
]


@pytest.mark.parametrize(("before", "wanted", "managed", "requests", "after"), VERDICTS)
def test_behavior_24_each_of_equal_missing_wrong_and_extra_has_its_own_verdict(
    context, api, before, wanted, managed, requests, after
):
    """Behaviors 22, 23 and 24: a change of type deletes first, waits, then creates; an extra one is left alone."""
    between = {name: type_ for name, type_ in before.items() if name not in managed}
    answers = {"POST": MUTATION, "GET": metadata(**before)}
    script = []
    for request in requests:
        script.append(answers[request.split()[0]])
        if request.startswith("POST"):
            answers["GET"] = metadata(**(between if "delete" in request else after))
    api.reply(*script)
    assert reconcile(context, PARENT, wanted, managed) == after
    assert sent(api) == requests


def test_behavior_23_a_type_change_waits_until_the_old_one_is_gone_before_it_creates(context, api):
    old, new = metadata(a="string"), metadata(a="number")
    api.reply(old, MUTATION, old, old, metadata(), MUTATION, metadata(), new)
    assert reconcile(context, PARENT, {"a": "number"}, ["a"]) == {"a": "number"}
    assert sent(api) == ["GET list", "POST delete a", *["GET list"] * 3, "POST create a", *["GET list"] * 2]


def test_one_of_another_type_that_was_never_declared_is_not_touched(context, api):
    api.reply(metadata(a="string"))
    with pytest.raises(RefusedError, match="it exists with the type string, and the program declares number"):
        reconcile(context, PARENT, {"a": "number"}, [])
    assert api.asked == [LIST]


def test_behavior_22_an_eleventh_is_refused_before_anything_is_sent(context, api):
    api.reply(metadata(**{f"p{i}": "string" for i in range(8)}))
    with pytest.raises(RefusedError, match=r"would have 11 metadata indexes \(a, b, c, p0"):
        reconcile(context, PARENT, {"a": "string", "b": "string", "c": "string"}, [])
    assert api.asked == [LIST]


def test_the_tenth_is_accepted_in_the_place_of_one_that_goes(context, api):
    ten = {f"p{i}": "string" for i in range(10)}
    after = {**ten, "a": "string"}
    del after["p0"]
    without = {name: type_ for name, type_ in ten.items() if name != "p0"}
    api.reply(metadata(**ten), MUTATION, metadata(**without), MUTATION, metadata(**after))
    assert reconcile(context, PARENT, {**without, "a": "string"}, ten) == after


WITH_TENANT = {"metadataIndexes": {"tenant": "string"}}


def test_an_index_is_created_with_its_metadata_indexes(context, api):
    api.reply(Reply(result=live()), MUTATION, metadata(tenant="string"))
    outputs = create(context, declared(**WITH_TENANT))
    assert outputs["metadataIndexes"] == {"tenant": "string"}
    assert outputs["unmanagedMetadataIndexes"] == {}
    assert sent(api) == ["POST indexes", "POST create tenant", "GET list"]


def test_an_index_whose_metadata_indexes_do_not_show_in_time_is_saved_without_them(context, api):
    """Behavior 7."""
    api.reply(Reply(result=live()), MUTATION, *[metadata()] * 500)
    with pytest.raises(
        PartialResultError, match='index "docs" exists, but not all of its metadata indexes were created: timeout'
    ) as caught:
        create(context, declared(**WITH_TENANT))
    assert caught.value.id == "docs"
    assert caught.value.outputs["metadataIndexes"] == {}
    assert caught.value.outputs["unconfirmedMetadataIndexes"] == {"tenant": "string"}
    assert caught.value.outputs["createdOn"]


def test_the_update_after_it_finishes_just_the_metadata_indexes(context, api):
    """Behavior 7."""
    saved = {**outputs_of(declared(**WITH_TENANT), Index(**live())), "metadataIndexes": {}}
    saved["unconfirmedMetadataIndexes"] = {"tenant": "string"}
    api.reply(Reply(result=live()), metadata(), MUTATION, metadata(tenant="string"))
    assert update(context, saved, declared(**WITH_TENANT)) == outputs_of(declared(**WITH_TENANT), Index(**live()))
    assert sent(api) == ["GET docs", "GET list", "POST create tenant", "GET list"]


def test_metadata_indexes_have_their_own_time_after_the_creation(context, api, clock):
    api.reply(Reply(result=live()), MUTATION, *[metadata()] * 500)
    with pytest.raises(PartialResultError):
        create(context, declared(**WITH_TENANT))
    assert 590 < clock.time - 1000 <= 600


def test_metadata_indexes_have_their_own_time_also_if_it_is_shorter_than_that_of_the_creation(context, api, clock):
    api.reply(Reply(result=live()), MUTATION, *[metadata()] * 500)
    with pytest.raises(PartialResultError):
        create(replace(context, metadata_timeout_s=5.0), declared(**WITH_TENANT))
    assert clock.time - 1000 <= 5


def test_a_time_that_the_person_set_bounds_everything(context, api, clock):
    context.deadline.is_fixed = True
    api.reply(Reply(result=live()), MUTATION, *[metadata()] * 500)
    with pytest.raises(PartialResultError):
        create(context, declared(**WITH_TENANT))
    assert clock.time - 1000 <= 300


def test_an_adopted_index_is_reconciled_and_its_other_metadata_indexes_are_named(context, api, said):
    """Behavior 24. It is no warning: a `VectorizeMetadataIndex` may declare them."""
    api.reply(TAKEN, Reply(result=live()), metadata(tenant="string", price="number"))
    outputs = create(context, declared(adopt=True, **WITH_TENANT))
    assert outputs["metadataIndexes"] == {"tenant": "string"}
    assert outputs["unmanagedMetadataIndexes"] == {"price": "number"}
    assert said[-1] == (
        "info",
        'metadata index "price" of index "docs" is not declared under metadata_indexes. It stays as it is',
    )


def test_a_metadata_index_that_is_known_already_is_not_named_again(context, api, said):
    old = {**outputs_of(declared(**WITH_TENANT), Index(**live())), "unmanagedMetadataIndexes": {"price": "number"}}
    api.reply(Reply(result=live()), metadata(tenant="string", price="number"), MUTATION, metadata(price="number"))
    assert update(context, old, declared())["unmanagedMetadataIndexes"] == {"price": "number"}
    assert said == []


def test_a_property_that_moves_to_a_resource_of_its_own_stays(context, api):
    api.reply(metadata(tenant="string"))
    assert reconcile(context, PARENT, {}, ["tenant"], separate=["tenant"]) == {"tenant": "string"}
    assert api.asked == [LIST]


REFUSED = Reply(403, code=10000, message="Authentication error")
UNSEEN = [metadata(tenant="string")] * 500


@pytest.mark.parametrize(
    ("wanted", "answers", "metadata_indexes", "unconfirmed"),
    [
        # the removal is refused: nothing was begun, and the error is the API's own
        ({}, [metadata(tenant="string"), REFUSED], None, None),
        # the removal works, and the creation is refused
        ({"tenant": "number"}, [metadata(tenant="string"), MUTATION, metadata(), REFUSED, metadata()], {}, {}),
        # the removal does not show in time
        ({}, [metadata(tenant="string"), MUTATION, *UNSEEN], {}, {"tenant": ""}),
        # the creation does not show in time
        (
            {"tenant": "string", "year": "number"},
            [metadata(tenant="string"), MUTATION, *UNSEEN],
            {"tenant": "string"},
            {"year": "number"},
        ),
        # nothing can be read any more
        ({"tenant": "number"}, [metadata(tenant="string"), MUTATION, *[BROKEN] * 600], {}, {"tenant": ""}),
    ],
)
def test_an_update_that_fails_half_way_keeps_what_is_live(context, api, wanted, answers, metadata_indexes, unconfirmed):
    """Whatever the program declares next, there is a difference."""
    old = outputs_of(declared(**WITH_TENANT), Index(**live()))
    api.reply(Reply(result=live()), *answers)
    if metadata_indexes is None:
        with pytest.raises(ApiError, match="Authentication error"):
            update(context, old, declared(metadataIndexes=wanted))
        return
    with pytest.raises(PartialResultError, match='cannot update every metadata index of index "docs"') as caught:
        update(context, old, declared(metadataIndexes=wanted))
    outputs = caught.value.outputs
    assert (outputs["metadataIndexes"], outputs["unconfirmedMetadataIndexes"]) == (metadata_indexes, unconfirmed)
    assert outputs["createdOn"] == old["createdOn"]
    for next_one in (wanted, old["metadataIndexes"], {}):
        assert not compare(outputs, declared(metadataIndexes=next_one)).is_empty or next_one == metadata_indexes == {}


@pytest.mark.parametrize(
    ("wanted", "unconfirmed", "answers", "requests"),
    [
        # created before, and not wanted any more: it is removed as soon as it shows
        (
            {},
            {"tenant": "string"},
            [metadata(), metadata(tenant="string"), MUTATION, metadata()],
            ["GET list", "GET list", "POST delete tenant", "GET list"],
        ),
        # created before, and wanted with another type
        (
            {"tenant": "number"},
            {"tenant": "string"},
            [metadata(), metadata(tenant="string"), MUTATION, metadata(), MUTATION, metadata(tenant="number")],
            ["GET list", "GET list", "POST delete tenant", "GET list", "POST create tenant", "GET list"],
        ),
        # removed before, and wanted again: it is created as soon as it has gone
        (
            {"tenant": "string"},
            {"tenant": ""},
            [metadata(tenant="string"), metadata(), MUTATION, metadata(tenant="string")],
            ["GET list", "GET list", "POST create tenant", "GET list"],
        ),
        # created before, and still wanted
        ({"tenant": "string"}, {"tenant": "string"}, [metadata(tenant="string")], ["GET list"]),
    ],
)
def test_the_next_update_finishes_what_was_not_confirmed(context, api, wanted, unconfirmed, answers, requests):
    api.reply(*answers)
    reconcile(context, PARENT, wanted, [], unconfirmed=unconfirmed)
    assert sent(api) == requests


def test_a_change_that_never_shows_is_waited_for_two_minutes(context, api, clock):
    api.reply(*[metadata()] * 300)
    assert reconcile(context, PARENT, {}, [], unconfirmed={"tenant": "string"}) == {}
    assert SETTLE_S - 10 < clock.time - 1000 <= SETTLE_S


def test_refresh_shows_a_metadata_index_that_was_removed_retyped_or_added_behind_our_back(context, api):
    declared_types = {"gone": "string", "retyped": "string", "same": "number"}
    state = outputs_of(declared(metadataIndexes=declared_types), Index(**live()))
    api.reply(Reply(result=live()), metadata(retyped="boolean", same="number", added="string"))
    found = read(context, "docs", state)
    assert found.inputs["metadataIndexes"] == {"retyped": "boolean", "same": "number"}
    assert found.outputs["unmanagedMetadataIndexes"] == {"added": "string"}


def test_refresh_looks_after_what_nobody_declared_once_it_was_seen(context, api):
    state = {**outputs_of(declared(), Index(**live())), "unmanagedMetadataIndexes": {"price": "number"}}
    api.reply(Reply(result=live()), metadata(size="number"))
    assert read(context, "docs", state).outputs["unmanagedMetadataIndexes"] == {"size": "number"}


def test_refresh_of_an_index_without_metadata_indexes_asks_for_none(context, api):
    api.reply(Reply(result=live()))
    read(context, "docs", outputs_of(declared(), Index(**live())))
    assert api.asked == [f"GET {INDEXES}/docs"]


def test_refresh_keeps_the_state_when_the_list_fails(context, api):
    """Behavior 12."""
    api.reply(Reply(result=live()), *[BROKEN] * 8)
    with pytest.raises(ApiError):
        read(context, "docs", outputs_of(declared(**WITH_TENANT), Index(**live())))
