"""create: one request when all goes well, and one index whatever happens.

One long file: the faults of one creation, each in a few lines.
"""

import json
import re

import pytest

from pulumi_cloudflare_vectorize.errors import (
    AlreadyExistsError,
    ApiError,
    DeadlineError,
    PartialCreateError,
    RefusedError,
    ServerError,
    TransportError,
)
from pulumi_cloudflare_vectorize.lifecycle.create import MAX_POSTS, NAME_FREE_S, create
from pulumi_cloudflare_vectorize.lifecycle.delete import delete
from pulumi_cloudflare_vectorize.lifecycle.identity import parse_time_s
from tests.unit.fakes import (
    ACCOUNT_ID,
    BROKEN,
    DELETED,
    INDEXES,
    LOST,
    NEVER_EXISTED,
    NO_METADATA,
    TAKEN,
    Reply,
    declared,
    live,
)

PREFIX = "docs-11111111"
NAME = f"{PREFIX}-aaaaaa"
OLDER = f"{PREFIX}-bbbbbb"
GENERATED = {"name": NAME, "namePrefix": PREFIX}
POST, GET = f"POST {INDEXES}", f"GET {INDEXES}/docs"
# The server's clock at an answer, and creation times before and after a creation that takes no time began then.
NOW = {"Date": "Fri, 02 Jan 2026 03:04:06 GMT"}
JUST_NOW = live(created_on="2026-01-02T03:04:05.9Z")
LONG_AGO = live(created_on="2025-12-31T00:00:00Z")


def test_one_request_when_all_goes_well_and_the_outputs_are_its_answer(operation, api):
    api.reply(Reply(result=live(created_on="2026-01-01T00:00:00Z", modified_on="2026-01-01T00:00:01Z")))
    assert create(operation, declared()) == {
        **declared(),
        "dimensions": 768,
        "metric": "cosine",
        "preset": "",
        "unmanagedMetadataIndexes": {},
        "createdOn": "2026-01-01T00:00:00Z",
        "modifiedOn": "2026-01-01T00:00:01Z",
    }
    assert api.asked == [POST]


@pytest.mark.parametrize(
    ("inputs", "body"),
    [
        ({}, {"name": "docs", "config": {"dimensions": 768, "metric": "cosine"}}),
        (
            {"description": "text", "config": {"preset": "p"}},
            {"name": "docs", "config": {"preset": "p"}, "description": "text"},
        ),
    ],
)
def test_the_body_is_what_the_api_documents(operation, api, inputs, body):
    api.reply(Reply(result=live(**({"description": "text"} if inputs else {}))))
    create(operation, declared(**inputs))
    assert json.loads(api.seen[0].body) == body


def test_a_preset_comes_back_with_its_effective_shape(operation, api):
    api.reply(Reply(result=live(dimensions=1536, metric="dot-product")))
    outputs = create(operation, declared(config={"preset": "openai/text-embedding-ada-002"}))
    assert (outputs["dimensions"], outputs["metric"]) == (1536, "dot-product")
    assert outputs["preset"] == "openai/text-embedding-ada-002"


def test_what_was_created_is_remembered(operation, api):
    api.reply(Reply(result=live()))
    create(operation, declared())
    assert operation.memory.made(declared()["accountId"], "docs")


@pytest.mark.parametrize(
    "lost", [LOST, BROKEN, Reply(504, body=b""), Reply(200, body=b"<html>"), Reply(200, result={})]
)
def test_behaviour_04_a_lost_answer_converges_on_the_index_that_was_made(operation, api, said, lost):
    api.reply(lost, Reply(result=JUST_NOW, headers=NOW))
    assert create(operation, declared())["createdOn"] == JUST_NOW["created_on"]
    assert api.asked == [POST, GET]


def test_a_lost_answer_converges_also_where_the_api_does_not_tell_descriptions(operation, api):
    api.reply(LOST, Reply(result={**JUST_NOW, "description": None}, headers=NOW))
    assert create(operation, declared(description="text"))["description"] == "text"


@pytest.mark.parametrize("lost", [LOST, BROKEN])
def test_a_lost_request_is_sent_again_after_a_look(operation, api, lost):
    """Behaviour 25: a POST that may have worked is followed by a read, never by a blind repeat."""
    api.reply(lost, NEVER_EXISTED, Reply(result=live()))
    create(operation, declared())
    assert api.asked == [POST, GET, POST]


def test_a_second_post_that_meets_the_first_ones_index_converges(operation, api):
    api.reply(LOST, NEVER_EXISTED, TAKEN, Reply(result=JUST_NOW, headers=NOW))
    assert create(operation, declared())["name"] == "docs"


def test_an_index_that_was_there_before_a_lost_answer_is_not_ours(operation, api):
    api.reply(LOST, Reply(result=LONG_AGO, headers=NOW))
    with pytest.raises(RefusedError, match="set adopt=True") as caught:
        create(operation, declared())
    assert api.asked == [POST, GET]
    assert isinstance(caught.value.__cause__, TransportError)


@pytest.mark.parametrize(
    ("waited_s", "created_on", "ours"),
    [
        (0, "2026-01-02T03:04:01Z", True),
        (0, "2026-01-02T03:04:00.9Z", False),
        (30, "2026-01-02T03:03:31Z", True),
        (30, "2026-01-02T03:03:30.9Z", False),
    ],
)
def test_an_index_is_ours_when_it_was_made_after_the_creation_began_give_or_take_five_seconds(
    operation, api, waited_s, created_on, ours
):
    waits = [Reply(429, code=1, headers={"Retry-After": str(waited_s)})] if waited_s else []
    api.reply(LOST, *waits, Reply(result=live(created_on=created_on), headers=NOW))
    if ours:
        assert create(operation, declared())["createdOn"] == created_on
    else:
        with pytest.raises(RefusedError):
            create(operation, declared())


@pytest.mark.parametrize("headers", [{}, {"Date": "nonsense"}])
def test_without_the_servers_clock_nothing_is_taken_for_just_created(operation, api, headers):
    api.reply(LOST, Reply(result=JUST_NOW, headers=headers))
    with pytest.raises(RefusedError, match="set adopt=True"):
        create(operation, declared())


def test_posts_are_bounded_and_further_and_further_apart(operation, api, clock):
    api.reply(*[LOST, NEVER_EXISTED] * MAX_POSTS)
    with pytest.raises(TransportError):
        create(operation, declared())
    assert api.asked.count(POST) == MAX_POSTS == 5
    pauses = [seconds for seconds in clock.sleeps if seconds]
    assert len(pauses) == MAX_POSTS - 1
    assert all(most / 2 <= pause <= most for pause, most in zip(pauses, [0.5, 1.0, 2.0, 4.0], strict=True)), pauses


def test_a_refusal_is_final(operation, api):
    api.reply(Reply(400, code=3003, message="vectorize.index.invalid_config"))
    with pytest.raises(ApiError, match="check dimensions, metric and preset"):
        create(operation, declared())


def test_behaviour_05_a_taken_name_is_refused_with_the_way_to_adopt_it(operation, api):
    api.reply(TAKEN, Reply(result=live()))
    with pytest.raises(RefusedError) as caught:
        create(operation, declared())
    assert str(caught.value) == (
        'index "docs" exists already in account 0123456789abcdef0123456789abcdef, with the declared 768 dimensions, cosine, no '
        "description (code 3002) — set adopt=True to take it over with its vectors, or choose another name (nothing was changed)"
    )
    assert isinstance(caught.value.__cause__, AlreadyExistsError)


def test_a_taken_name_with_the_declared_description_is_refused_with_it(operation, api):
    api.reply(TAKEN, Reply(result=live(description="text")))
    with pytest.raises(RefusedError, match="cosine, description 'text' \\(code 3002\\)"):
        create(operation, declared(description="text"))


def test_a_taken_name_of_another_description_is_refused_with_both(operation, api):
    api.reply(TAKEN, Reply(result=live(description="old")))
    with pytest.raises(RefusedError) as caught:
        create(operation, declared(description="new"))
    assert str(caught.value) == (
        "index \"docs\" exists already and is another: it has 768 dimensions, cosine, description 'old'; declared are 768 "
        "dimensions, cosine, description 'new' — declare what exists, or choose another name (nothing was changed)"
    )


@pytest.mark.parametrize("flags", [{}, {"adopt": True}, {"namePrefix": "do"}])
@pytest.mark.parametrize(
    ("other", "told"),
    [
        (
            live(dimensions=32),
            "it has 32 dimensions, cosine, no description; declared are 768 dimensions, cosine, no description",
        ),
        (live(metric="euclidean"), "it has 768 dimensions, euclidean"),
        (live(description="x"), "it has 768 dimensions, cosine, description 'x'"),
    ],
)
def test_a_taken_name_of_another_shape_is_refused_with_both_shapes(operation, api, flags, other, told):
    """Behaviours 4 and 6."""
    is_generated = "namePrefix" in flags
    api.reply(*[Reply(result=[])] * is_generated, TAKEN, Reply(result=other))
    with pytest.raises(RefusedError) as caught:
        create(operation, declared(**flags))
    assert told in str(caught.value)
    assert api.asked[is_generated:] == [POST, GET]


def test_behaviour_06_adopt_takes_over_an_index_of_the_same_shape_with_a_notice(operation, api, said):
    api.reply(TAKEN, Reply(result=LONG_AGO), NO_METADATA)
    assert create(operation, declared(adopt=True))["createdOn"] == LONG_AGO["created_on"]
    assert said == [("info", 'index "docs" existed already, created 2025-12-31T00:00:00Z: taken over (adopt is set)')]


def test_an_index_left_by_a_killed_run_is_taken_over_by_its_generated_name(operation, api, said):
    api.reply(Reply(result=[]), TAKEN, Reply(result=live(NAME)), NO_METADATA)
    assert create(operation, declared(**GENERATED))["name"] == NAME
    assert said[0][1].endswith(
        "taken over (its generated name belongs to this resource: an interrupted run has left it)"
    )


def test_a_successor_that_a_killed_replacement_left_is_taken_over(operation, api, said):
    """Behaviour 16: delete first, then killed after the POST; this run was not asked to delete anything."""
    operation.memory.note_awaited(ACCOUNT_ID, "docs", awaited=True)
    api.reply(TAKEN, Reply(result=live()), NO_METADATA)
    assert create(operation, declared())["name"] == "docs"
    assert said[0][1].endswith(
        "taken over (the index that it replaces belonged to this resource: an interrupted run has left it)"
    )


@pytest.mark.parametrize("other", [live(dimensions=32), live(metric="euclidean"), live(description="x")])
def test_a_successor_of_another_shape_is_refused(operation, api, other):
    operation.memory.note_awaited(ACCOUNT_ID, "docs", awaited=True)
    api.reply(TAKEN, Reply(result=other))
    with pytest.raises(RefusedError, match="exists already and is another"):
        create(operation, declared())


@pytest.mark.parametrize(("account_id", "name"), [("f" * 32, "docs"), (ACCOUNT_ID, "shop")])
def test_a_successor_is_awaited_under_its_own_name_and_account_alone(operation, api, account_id, name):
    operation.memory.note_awaited(account_id, name, awaited=True)
    api.reply(TAKEN, Reply(result=live()))
    with pytest.raises(RefusedError, match="set adopt=True"):
        create(operation, declared())


def test_an_index_that_this_run_came_to_delete_and_kept_is_not_taken_for_its_successor(operation, api):
    """Somebody else made it, in the declared shape: the deletion leaves it alone, and so does the creation."""
    operation.memory.note_awaited(ACCOUNT_ID, "docs", awaited=True)
    api.reply(Reply(result=LONG_AGO), TAKEN, Reply(result=LONG_AGO))
    delete(operation, "docs", {**declared(), "createdOn": "2026-01-02T03:04:05Z"})
    with pytest.raises(RefusedError, match="set adopt=True"):
        create(operation, declared())


def test_a_preset_with_a_metric_that_only_the_api_knows_fits_whatever_metric_is_found(operation, api):
    api.reply(TAKEN, Reply(result=live(dimensions=1536, metric="dot-product")), NO_METADATA)
    create(operation, declared(adopt=True, config={"preset": "openai/text-embedding-ada-002"}))


@pytest.mark.parametrize("absent", [NEVER_EXISTED, DELETED])
def test_a_name_that_a_deleted_index_still_holds_is_waited_for(operation, api, said, absent):
    api.reply(*[TAKEN, absent] * 6, Reply(result=live()))
    assert create(operation, declared())["name"] == "docs"
    assert said[-1][0] == "progress"
    assert said[-1][1].startswith('waiting until the name "docs" of a deleted index is free (')


def test_a_name_that_is_free_soon_is_waited_for_without_a_word(operation, api, said):
    api.reply(TAKEN, DELETED, Reply(result=live()))
    create(operation, declared())
    assert said == []


def test_the_wait_for_a_name_is_bounded_and_says_what_it_waited_for(operation, api, clock):
    api.reply(*[TAKEN, DELETED] * 100)
    with pytest.raises(DeadlineError) as caught:
        create(operation, declared())
    assert re.fullmatch(
        r'waiting until the name "docs" of a deleted index is free took longer than 12\d s: a GET finds no such index, but '
        r'cannot create index "docs": .*duplicate_name.* → 400, code 3002\) — run `pulumi up` again later, or choose another name',
        str(caught.value),
    )
    assert NAME_FREE_S <= sum(clock.sleeps) < NAME_FREE_S + 10
    assert len(api.seen) <= 60


def test_an_index_that_somebody_else_makes_under_a_name_that_was_waited_for_is_not_ours(operation, api):
    api.reply(TAKEN, DELETED, TAKEN, Reply(result=JUST_NOW, headers=NOW))
    with pytest.raises(RefusedError, match="set adopt=True"):
        create(operation, declared())


def test_an_index_that_a_lost_request_may_have_made_is_saved_half_finished(operation, api):
    """Behaviour 7: the second POST says that it is there, and nobody can read it."""
    api.reply(LOST, NEVER_EXISTED, TAKEN, *[BROKEN] * 8)
    with pytest.raises(PartialCreateError) as caught:
        create(operation, declared())
    assert caught.value.outputs["createdOn"] == ""


def test_behaviour_07_a_creation_that_nobody_can_confirm_is_saved_half_finished(operation, api, clock):
    clock.unix_time_s = lambda: 1_000_000_000.0
    api.reply(LOST, *[BROKEN] * 8)
    with pytest.raises(
        PartialCreateError,
        match=r'^cannot create index "docs": .*; whether it exists could not be read either: cannot read index "docs": .* — '
        "run `pulumi up` again, which goes on from here$",
    ) as caught:
        create(operation, declared())
    assert caught.value.id == "docs"
    requested_on = caught.value.outputs["requestedOn"]
    assert caught.value.outputs == {**declared(), "createdOn": "", "modifiedOn": "", "requestedOn": requested_on}
    assert requested_on.endswith("+00:00")
    assert parse_time_s(requested_on) == pytest.approx(1_000_000_000.0 - (clock.time - 1000.0), rel=0, abs=0.01)
    assert clock.time > 1000.0


def test_an_error_of_the_look_after_a_taken_name_is_an_error(operation, api):
    api.reply(TAKEN, *[BROKEN] * 8)
    with pytest.raises(ServerError):
        create(operation, declared())


def test_an_older_generation_that_holds_vectors_stops_the_creation_before_anything_is_sent(operation, api):
    api.reply(
        Reply(result=[live(OLDER), live("docs-22222222-cccccc"), live("other")]), Reply(result={"vectorCount": 1234567})
    )
    with pytest.raises(RefusedError) as caught:
        create(operation, declared(**GENERATED))
    assert str(caught.value) == (
        f'refused to create index "{NAME}": the index it replaces, "{OLDER}", holds 1,234,567 vectors, and the new one would be '
        "empty — set force_destroy=True to give them up, or keep them: undo the change, or declare the new index as another "
        "resource beside this one (nothing was changed)"
    )
    assert api.asked == [f"GET {INDEXES}", f"GET {INDEXES}/{OLDER}/info"]


@pytest.mark.parametrize("older", [Reply(result={"vectorCount": 0}), NEVER_EXISTED, Reply(410, code=3005)])
def test_an_older_generation_that_is_empty_or_gone_does_not_stop_it(operation, api, older):
    api.reply(Reply(result=[live(OLDER), live(NAME)]), older, Reply(result=live(NAME)))
    create(operation, declared(**GENERATED))


def test_force_destroy_goes_on_without_a_look(operation, api):
    api.reply(Reply(result=live(NAME)))
    create(operation, declared(**GENERATED, forceDestroy=True))
    assert api.asked == [POST]


def test_the_account_is_listed_once_for_all_generated_names_of_a_run(operation, api):
    api.reply(Reply(result=[]), Reply(result=live(NAME)), Reply(result=live("shop-22222222-cccccc")))
    create(operation, declared(**GENERATED))
    create(operation, declared(name="shop-22222222-cccccc", namePrefix="shop-22222222"))
    assert api.asked == [f"GET {INDEXES}", POST, POST]
