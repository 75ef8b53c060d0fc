"""delete: the index that the state means, and nothing that a user may still need."""

import json

import pytest

from pulumi_cloudflare_vectorize.api.models import Index
from pulumi_cloudflare_vectorize.errors import ApiError, DeadlineError, RefusedError, TransportError
from pulumi_cloudflare_vectorize.lifecycle.index.delete import delete
from pulumi_cloudflare_vectorize.lifecycle.index.read import read
from pulumi_cloudflare_vectorize.lifecycle.index.state import outputs_of
from pulumi_cloudflare_vectorize.lifecycle.records import IndexKey, Record
from pulumi_cloudflare_vectorize.lifecycle.run_state import Superseded
from tests.unit.fakes import ACCOUNT_ID, BROKEN, DELETED, INDEXES, LOST, NEVER_EXISTED, Reply, declared, live

GET, INFO, DELETE = f"GET {INDEXES}/docs", f"GET {INDEXES}/docs/info", f"DELETE {INDEXES}/docs"
LIVE, EMPTY, FULL, DONE = (
    Reply(result=live()),
    Reply(result={"vectorCount": 0}),
    Reply(result={"vectorCount": 4321}),
    Reply(),
)
KEY = IndexKey(ACCOUNT_ID, "docs")
CREATED = live()["created_on"]
OTHER_TIME = "2027-01-02T03:04:05.678901Z"


def state(**changes):
    return outputs_of(declared(**changes), Index(**live()))


@pytest.fixture
def wanted_again(context):
    """The program of this run declares the name."""
    context.run.claim("index", ACCOUNT_ID, "docs", urn="urn:other")
    return context


@pytest.mark.parametrize("gone", [NEVER_EXISTED, DELETED])
def test_a_deletion_returns_when_the_name_is_free_that_the_program_declares(wanted_again, api, gone):
    """Behavior 19."""
    api.reply(LIVE, EMPTY, DONE, LIVE, LIVE, gone)
    delete(wanted_again, "docs", state())
    assert api.asked == [GET, INFO, DELETE, GET, GET, GET]


def test_a_deletion_whose_name_is_not_needed_again_is_not_verified(context, api):
    """A thousand deletions have to fit the rate limit."""
    api.reply(LIVE, EMPTY, DONE)
    delete(context, "docs", state())
    assert api.asked == [GET, INFO, DELETE]


def test_an_index_that_does_not_go_away_is_an_error_with_the_last_answer(wanted_again, api, said):
    api.reply(LIVE, EMPTY, DONE, *[LIVE] * 200)
    with pytest.raises(DeadlineError, match=r"until index \"docs\" is gone: the last response was Index\(name='docs'"):
        delete(wanted_again, "docs", state())
    assert said[-1][0] == "progress"


@pytest.mark.parametrize(
    "answers", [[NEVER_EXISTED], [DELETED], [LIVE, DELETED, DELETED], [LIVE, EMPTY, DELETED, DELETED]]
)
def test_behavior_18_an_index_that_is_absent_or_vanishes_meanwhile_is_a_success(context, api, answers):
    api.reply(*answers, *[DELETED] * (len(answers) == 3))
    delete(context, "docs", state())


def test_behavior_19_an_index_with_vectors_is_refused_with_their_number_and_the_two_ways_on(context, api):
    api.reply(LIVE, FULL)
    with pytest.raises(RefusedError) as caught:
        delete(context, "docs", state())
    assert str(caught.value) == (
        'cannot delete index "docs": it contains 4,321 vectors. To lose them, declare the resource with force_destroy=True, run '
        "`pulumi up`, and then delete it again. To keep the index, remove only its resource from the stack's state: "
        "`pulumi state delete 'urn:docs'`. No changes were made"
    )
    assert api.asked == [GET, INFO]


def test_a_refusal_of_a_declared_resource_names_the_consent_that_the_state_still_contains(context, api):
    """Behavior 34."""
    context.run.declare(context.urn, force_destroy=False)
    api.reply(LIVE, FULL)
    with pytest.raises(RefusedError) as caught:
        delete(context, "docs", state(forceDestroy=True))
    assert "To lose them, set force_destroy=True and run `pulumi up`." in str(caught.value)
    assert str(caught.value).endswith(
        "The stack's state still contains force_destroy=True for this index, so `pulumi destroy` would delete it. To withdraw "
        "that, undo the other changes of this resource and run `pulumi up`. No changes were made"
    )


def test_a_refusal_after_a_change_of_this_run_does_not_deny_it(context, api):
    context.run.index(KEY).is_changed = True
    api.reply(LIVE, FULL)
    with pytest.raises(RefusedError) as caught:
        delete(context, "docs", state())
    assert "No changes were made" not in str(caught.value)


def test_force_destroy_in_the_state_deletes_without_counting(context, api):
    api.reply(LIVE, DONE)
    delete(context, "docs", state(forceDestroy=True))
    assert api.asked == [GET, DELETE]


@pytest.mark.parametrize("in_state", [True, False])
@pytest.mark.parametrize("in_program", [True, False])
def test_behavior_34_the_program_of_this_run_takes_precedence_over_the_state(context, api, in_state, in_program):
    context.run.declare(context.urn, force_destroy=in_program)
    api.reply(LIVE, *([DONE] if in_program else [FULL]))
    if in_program:
        delete(context, "docs", state(forceDestroy=in_state))
    else:
        with pytest.raises(RefusedError):
            delete(context, "docs", state(forceDestroy=in_state))


def test_behavior_34_consent_for_another_resource_does_not_count(context, api):
    context.run.declare("urn:component$docs", force_destroy=True)
    api.reply(LIVE, FULL)
    with pytest.raises(RefusedError):
        delete(context, "docs", state(namePrefix="docs-11111111"))


@pytest.mark.parametrize("allows", [True, False])
def test_behavior_34_a_replaced_record_counts_for_the_resource_that_replaces_it(context, api, allows):
    """Its own URN is an old one, which an alias of that resource names."""
    context.run.declare("urn:new", force_destroy=allows)
    context.run.supersede("urn:new", Superseded(Record(KEY, CREATED), force_destroy=not allows, is_retained=False))
    api.reply(LIVE, *([DONE] if allows else [FULL]))
    if allows:
        delete(context, "docs", state(forceDestroy=False))
    else:
        with pytest.raises(RefusedError):
            delete(context, "docs", state(forceDestroy=True))


@pytest.mark.parametrize("allows", [True, False])
def test_behavior_34_a_superseded_record_needs_the_consent_of_every_state_of_its_resource(context, api, allows):
    """`pulumi destroy` runs no program, and sends both deletions side by side."""
    context.run.resource(context.urn).withholds_consent = not allows
    api.reply(LIVE, *([DONE] if allows else [FULL]))
    if allows:
        delete(context, "docs", state(forceDestroy=True))
    else:
        with pytest.raises(RefusedError):
            delete(context, "docs", state(forceDestroy=True))


def test_behavior_34_a_record_waits_for_others_before_it_counts_on_its_own_consent(context, api, clock):
    clock.sleep = lambda _: setattr(context.run.resource(context.urn), "withholds_consent", True)
    api.reply(LIVE, FULL)
    with pytest.raises(RefusedError):
        delete(context, "docs", state(forceDestroy=True))


def test_behavior_34_a_successor_that_a_refresh_finds_gone_still_withholds_its_consent(context, api):
    api.reply(NEVER_EXISTED, LIVE, FULL)
    assert read(context, "other", {**state(forceDestroy=False), "name": "other"}) is None
    context.run.cache._asked.clear()
    with pytest.raises(RefusedError):
        delete(context, "docs", state(forceDestroy=True))


@pytest.mark.parametrize(
    "body",
    [
        {"vectorCount": "0"},
        {"vectorCount": False},
        {"vectorCount": 0.0},
        {"vectorCount": -1},
        {"vectorCount": None},
        {"vector_count": 0},
        {},
    ],
)
def test_a_count_that_is_no_count_deletes_nothing(context, api, body):
    api.reply(LIVE, *[Reply(result=body)] * 8)
    with pytest.raises(TransportError):
        delete(context, "docs", state())
    assert DELETE not in api.asked


def test_a_count_that_is_given_twice_deletes_nothing(context, api):
    body = json.dumps({"success": True, "errors": [], "messages": [], "result": {"vectorCount": 4321}})
    twice = body.replace('"vectorCount": 4321', '"vectorCount": 4321, "vectorCount": 0').encode()
    api.reply(LIVE, *[Reply(body=twice)] * 8)
    with pytest.raises(TransportError):
        delete(context, "docs", state())
    assert DELETE not in api.asked


def test_an_index_that_is_there_but_finds_no_number_is_not_deleted(context, api):
    api.reply(LIVE, NEVER_EXISTED, LIVE)
    with pytest.raises(RefusedError) as caught:
        delete(context, "docs", state())
    assert str(caught.value) == (
        'cannot delete index "docs": it exists, but the API returns no vector count. Run the command again. No changes were made'
    )
    assert api.asked == [GET, INFO, GET]


def test_a_count_that_cannot_be_had_deletes_nothing(context, api):
    api.reply(LIVE, *[BROKEN] * 8)
    with pytest.raises(ApiError):
        delete(context, "docs", state())
    assert DELETE not in api.asked


@pytest.mark.parametrize("created_on", [CREATED, ""])
def test_an_index_that_this_run_keeps_outlives_an_older_record_of_it(context, api, said, created_on):
    """Traps B and C: the engine deletes, under an old record, what it has just created or adopted."""
    context.run.keep("urn:docs", Record(KEY, CREATED))
    delete(context, "docs", {**state(), "createdOn": created_on})
    assert api.asked == []
    assert said == [
        (
            "warning",
            (
                'kept index "docs": the program of this run declares it, and only an older record of it was removed. '
                "To delete the index, remove it from the program"
            ),
        )
    ]


def test_a_record_of_an_index_that_was_replaced_under_its_name_needs_nothing(context, api, said):
    context.run.keep("urn:docs", Record(KEY, OTHER_TIME))
    delete(context, "docs", state())
    assert (api.asked, said) == ([], [])


def test_an_index_that_its_own_resource_replaces_is_deleted_although_it_was_found_unchanged(context, api):
    context.run.keep("urn:docs", Record(KEY, CREATED))
    context.run.supersede("urn:docs", Superseded(Record(KEY, CREATED), force_destroy=False, is_retained=False))
    api.reply(LIVE, EMPTY, DONE)
    delete(context, "docs", state())
    assert DELETE in api.asked


def test_an_index_that_another_resource_keeps_outlives_the_one_that_replaces_it(context, api):
    context.run.keep("urn:other", Record(KEY, CREATED))
    context.run.supersede("urn:docs", Superseded(Record(KEY, CREATED), force_destroy=False, is_retained=False))
    delete(context, "docs", state())
    assert api.asked == []


def test_behavior_31_an_index_that_was_recreated_is_kept_with_a_warning(context, api, said):
    api.reply(Reply(result=live(created_on=OTHER_TIME)))
    delete(context, "docs", state(forceDestroy=True))
    assert api.asked == [GET]
    assert said == [
        (
            "warning",
            (
                f'kept index "docs", created {OTHER_TIME}: the index in the stack\'s state was created {CREATED}. '
                "This one was created outside Pulumi. To manage it, set adopt=True"
            ),
        )
    ]


def test_behavior_31_a_list_that_shows_another_index_is_confirmed_with_a_get(context, api):
    context.run.cache._asked[ACCOUNT_ID] = 1
    api.reply(Reply(result=[live(created_on="2025-01-01T00:00:00Z")]), LIVE, EMPTY, DONE)
    delete(context, "docs", state())
    assert api.asked == [f"GET {INDEXES}", GET, INFO, DELETE]


def test_behavior_31_a_list_that_decides_on_a_deletion_is_at_most_seconds_old(context, api, clock):
    context.run.cache._asked[ACCOUNT_ID] = 1
    listed = Reply(result=[live(), live("other")])
    api.reply(listed, EMPTY, DONE, EMPTY, DONE, listed, EMPTY, DONE)
    delete(context, "docs", state())
    clock.time += 5.0
    delete(context, "other", {**state(), "name": "other"})
    clock.time += 0.1
    delete(context, "docs", state())
    assert [asked for asked in api.asked if asked == f"GET {INDEXES}"] == [f"GET {INDEXES}"] * 2


UNCONFIRMED = {**declared(), "createdOn": "", "modifiedOn": ""}
NOW = {"Date": "Fri, 02 Jan 2026 03:05:00 GMT"}


def test_a_partially_created_record_deletes_what_it_can_only_have_created_itself(context, api):
    api.reply(LIVE, Reply(result=live(), headers=NOW), EMPTY, EMPTY, DONE)
    delete(context, "docs", UNCONFIRMED)
    assert api.asked == [GET, GET, INFO, INFO, DELETE]


@pytest.mark.parametrize(
    ("headers", "info", "problem"),
    [
        (NOW, FULL, "it contains 4,321 vectors"),
        ({"Date": "Sat, 03 Jan 2026 03:05:00 GMT"}, EMPTY, "older than 24 hours"),
    ],
)
def test_a_partially_created_record_does_not_delete_what_may_be_anothers(context, api, headers, info, problem):
    api.reply(LIVE, Reply(result=live(), headers=headers), info)
    with pytest.raises(RefusedError, match=problem):
        delete(context, "docs", {**UNCONFIRMED, "forceDestroy": True})
    assert DELETE not in api.asked


def test_a_partially_created_record_leaves_an_index_of_another_shape(context, api, said):
    api.reply(Reply(result=live(dimensions=32)), Reply(result=live(dimensions=32)))
    delete(context, "docs", UNCONFIRMED)
    assert DELETE not in api.asked
    assert "the index in the stack's state has another shape" in said[0][1]


def test_a_state_that_lost_its_index_names_another_generation_that_it_does_not_contain(context, api, said):
    name, other = "docs-11111111-aaaaaa", "docs-11111111-bbbbbb"
    api.reply(NEVER_EXISTED, Reply(result=[live(other), live("shop")]), FULL)
    delete(context, name, {**state(namePrefix="docs-11111111"), "name": name})
    assert said == [
        (
            "warning",
            (
                f'index "{other}", created {CREATED}, contains 4,321 vectors. Pulumi generated its name for this resource, '
                f"but this "
                "resource does not use it. To manage it, declare a resource with this name and adopt=True"
            ),
        )
    ]


def test_an_index_is_deleted_in_the_account_of_its_state(context, api):
    api.reply(LIVE, EMPTY, DONE)
    delete(context, "docs", state(accountId="f" * 32))
    assert api.asked == [asked.replace(ACCOUNT_ID, "f" * 32) for asked in (GET, INFO, DELETE)]


@pytest.mark.parametrize("lost", [LOST, Reply(504, body=b"")])
def test_a_deletion_whose_answers_are_all_lost_is_a_success_when_a_look_says_so(context, api, lost):
    api.reply(LIVE, EMPTY, *[lost] * 8, DELETED)
    delete(context, "docs", state())
    assert api.asked[-1] == f"GET {INDEXES}/docs"


@pytest.mark.parametrize("look", [[LIVE], [BROKEN] * 8])
def test_a_deletion_that_a_look_does_not_confirm_is_the_error_that_it_was(context, api, look):
    api.reply(LIVE, EMPTY, *[LOST] * 8, *look)
    with pytest.raises(TransportError, match='cannot delete index "docs"'):
        delete(context, "docs", state())


def test_a_refused_deletion_is_final(context, api):
    api.reply(LIVE, EMPTY, Reply(403, code=10000, message="Authentication error"))
    with pytest.raises(ApiError, match="Authentication error"):
        delete(context, "docs", state())
