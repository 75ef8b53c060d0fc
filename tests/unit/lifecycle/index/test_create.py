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
    PartialResultError,
    RefusedError,
    ServerError,
    TransportError,
)
from pulumi_cloudflare_vectorize.lifecycle.index.comparison import compare
from pulumi_cloudflare_vectorize.lifecycle.index.create import MAX_POSTS, NAME_FREE_S, create
from pulumi_cloudflare_vectorize.lifecycle.records import IndexKey, Record
from pulumi_cloudflare_vectorize.lifecycle.run_state import Superseded
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
POST, GET, INFO = f"POST {INDEXES}", f"GET {INDEXES}/docs", f"GET {INDEXES}/docs/info"
KEY = IndexKey(ACCOUNT_ID, "docs")
EMPTY, FULL = Reply(result={"vectorCount": 0}), Reply(result={"vectorCount": 4321})
# The server's clock at an answer, and creation times before and after a creation that takes no time began then.
NOW = {"Date": "Fri, 02 Jan 2026 03:04:06 GMT"}
JUST_NOW = live(created_on="2026-01-02T03:04:05.9Z")
LONG_AGO = live(created_on="2025-12-31T00:00:00Z")


def test_one_request_when_all_goes_well_and_the_outputs_are_its_answer(context, api):
    api.reply(Reply(result=live(created_on="2026-01-01T00:00:00Z", modified_on="2026-01-01T00:00:01Z")))
    assert create(context, declared()) == {
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
def test_the_body_is_what_the_api_documents(context, api, inputs, body):
    api.reply(Reply(result=live(**({"description": "text"} if inputs else {}))))
    create(context, declared(**inputs))
    assert json.loads(api.seen[0].body) == body


def test_a_preset_comes_back_with_its_effective_shape(context, api):
    api.reply(Reply(result=live(dimensions=1536, metric="dot-product")))
    outputs = create(context, declared(config={"preset": "openai/text-embedding-ada-002"}))
    assert (outputs["dimensions"], outputs["metric"]) == (1536, "dot-product")
    assert outputs["preset"] == "openai/text-embedding-ada-002"


def test_what_was_created_is_kept_by_this_run(context, api):
    api.reply(Reply(result=live()))
    create(context, declared())
    assert context.run.index(KEY).kept.created_on == live()["created_on"]


@pytest.mark.parametrize(
    "lost", [LOST, BROKEN, Reply(504, body=b""), Reply(200, body=b"<html>"), Reply(200, result={})]
)
def test_behavior_04_a_lost_answer_converges_on_the_index_that_was_made(context, api, said, lost):
    api.reply(lost, Reply(result=JUST_NOW, headers=NOW), EMPTY, NO_METADATA)
    assert create(context, declared())["createdOn"] == JUST_NOW["created_on"]
    assert api.asked[:3] == [POST, GET, INFO]


def test_a_lost_answer_converges_also_where_the_api_does_not_tell_descriptions(context, api):
    api.reply(LOST, Reply(result={**JUST_NOW, "description": None}, headers=NOW), EMPTY, NO_METADATA)
    assert create(context, declared(description="text"))["description"] == "text"


@pytest.mark.parametrize("lost", [LOST, BROKEN])
def test_a_lost_request_is_sent_again_after_a_look(context, api, lost):
    """Behavior 25: a POST that may have worked is followed by a read, never by a blind repeat."""
    api.reply(lost, NEVER_EXISTED, Reply(result=live()))
    create(context, declared())
    assert api.asked == [POST, GET, POST]


def test_a_second_post_that_meets_the_first_ones_index_converges(context, api):
    api.reply(LOST, NEVER_EXISTED, TAKEN, Reply(result=JUST_NOW, headers=NOW), EMPTY, NO_METADATA)
    assert create(context, declared())["name"] == "docs"


def test_an_index_that_was_there_before_a_lost_answer_is_not_ours(context, api):
    api.reply(LOST, Reply(result=LONG_AGO, headers=NOW), EMPTY, NO_METADATA)
    with pytest.raises(RefusedError, match="Set adopt=True") as caught:
        create(context, declared())
    assert api.asked == [POST, GET, INFO]
    assert isinstance(caught.value.__cause__, TransportError)


@pytest.mark.parametrize(
    ("waited_s", "created_on", "is_adopted"),
    [
        (0, "2026-01-02T03:04:01Z", False),
        (0, "2026-01-02T03:04:00.9Z", True),
        (30, "2026-01-02T03:03:31Z", False),
        (30, "2026-01-02T03:03:30.9Z", True),
    ],
)
def test_an_index_that_was_created_since_the_creation_began_is_not_called_adopted(
    context, api, said, waited_s, created_on, is_adopted
):
    waits = [Reply(429, code=1, headers={"Retry-After": str(waited_s)})] if waited_s else []
    api.reply(LOST, *waits, Reply(result=live(created_on=created_on), headers=NOW), EMPTY, NO_METADATA)
    assert create(context, declared())["createdOn"] == created_on
    assert any("adopted" in text for _, text in said) is is_adopted


@pytest.mark.parametrize("headers", [{}, {"Date": "nonsense"}])
def test_without_the_servers_clock_nothing_is_adopted(context, api, headers):
    api.reply(LOST, Reply(result=JUST_NOW, headers=headers), EMPTY)
    with pytest.raises(RefusedError, match="the response does not contain its age"):
        create(context, declared())


def test_posts_are_bounded_and_further_and_further_apart(context, api, clock):
    api.reply(*[LOST, NEVER_EXISTED] * MAX_POSTS)
    with pytest.raises(TransportError):
        create(context, declared())
    assert api.asked.count(POST) == MAX_POSTS == 5
    pauses = [seconds for seconds in clock.sleeps if seconds]
    assert len(pauses) == MAX_POSTS - 1
    assert all(most / 2 <= pause <= most for pause, most in zip(pauses, [0.5, 1.0, 2.0, 4.0], strict=True)), pauses


def test_a_refusal_is_final(context, api):
    api.reply(Reply(400, code=3003, message="vectorize.index.invalid_config"))
    with pytest.raises(ApiError, match="Check dimensions, metric and preset"):
        create(context, declared())


def test_behavior_05_a_taken_name_is_refused_with_the_way_to_adopt_it(context, api):
    api.reply(TAKEN, Reply(result=live(), headers=NOW), FULL)
    with pytest.raises(RefusedError) as caught:
        create(context, declared())
    assert str(caught.value) == (
        f'cannot create index "docs": an index with this name exists in account {ACCOUNT_ID}. It was created '
        "2026-01-02T03:04:05.678901Z and contains 4,321 vectors. It is not what an interrupted run leaves: it contains 4,321 "
        "vectors. "
        "Set adopt=True to adopt it, choose another name, or use the stack that owns it. If you meant to recreate this index, set "
        "the resource option delete_before_replace=True. No changes were made"
    )
    assert isinstance(caught.value.__cause__, AlreadyExistsError)


def test_no_error_shows_a_description(context, api):
    """It may be a secret."""
    api.reply(TAKEN, Reply(result=live(description="s3cret old")), EMPTY)
    with pytest.raises(RefusedError) as caught:
        create(context, declared(description="s3cret new"))
    assert "its description differs from the declared one" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("flags", [{}, {"adopt": True}, {"namePrefix": "do"}])
@pytest.mark.parametrize(
    ("other", "told"),
    [
        (live(dimensions=32), "it has 32 dimensions, cosine, and the program declares 768 dimensions, cosine"),
        (live(metric="euclidean"), "it has 768 dimensions, euclidean"),
        (live(description="x"), "its description differs"),
    ],
)
@pytest.mark.parametrize(("info", "count"), [(FULL, "4,321"), (NEVER_EXISTED, "an unknown number of")])
def test_a_taken_name_of_another_shape_is_refused_with_both_shapes(context, api, flags, other, told, info, count):
    """Behaviors 4 and 6."""
    is_generated = "namePrefix" in flags
    api.reply(*[Reply(result=[])] * is_generated, TAKEN, Reply(result=other), info)
    with pytest.raises(RefusedError) as caught:
        create(context, declared(**flags))
    assert told in str(caught.value)
    assert f"contains {count} vectors" in str(caught.value)
    assert api.asked[is_generated:] == [POST, GET, INFO]


def test_behavior_06_adopt_takes_over_an_index_of_the_same_shape_with_a_notice(context, api, said):
    api.reply(TAKEN, Reply(result=LONG_AGO), NO_METADATA)
    assert create(context, declared(adopt=True))["createdOn"] == LONG_AGO["created_on"]
    assert said == [("info", 'adopted index "docs", created 2025-12-31T00:00:00Z: adopt is set')]


@pytest.mark.parametrize("generated", [{}, GENERATED], ids=["explicit name", "generated name"])
def test_behavior_32_an_index_that_an_interrupted_run_left_is_adopted_with_a_warning(context, api, said, generated):
    """Behavior 16: a first creation, or the second half of a replacement."""
    name = generated.get("name", "docs")
    api.reply(*[Reply(result=[])] * bool(generated), TAKEN, Reply(result=live(name), headers=NOW), EMPTY, NO_METADATA)
    assert create(context, declared(**generated))["name"] == name
    assert said == [
        (
            "warning",
            (
                f'adopted index "{name}", created 2026-01-02T03:04:05.678901Z: it has the declared shape, was never written to and '
                "is younger than 24 hours. An interrupted run leaves such an index"
            ),
        )
    ]


@pytest.mark.parametrize(
    "odd", [live("shop"), live(dimensions=32), live(metric="euclidean"), live(description="another")]
)
def test_a_created_index_of_another_name_or_shape_is_kept_in_the_state_and_differs(context, api, odd):
    api.reply(Reply(result=odd))
    with pytest.raises(PartialResultError) as caught:
        create(context, declared())
    assert caught.value.id == odd["name"]
    assert caught.value.outputs["createdOn"] == odd["created_on"]
    assert compare(caught.value.outputs, declared()).replaces


def test_a_preset_with_a_metric_that_only_the_api_knows_fits_whatever_metric_is_found(context, api):
    api.reply(TAKEN, Reply(result=live(dimensions=1536, metric="dot-product")), NO_METADATA)
    create(context, declared(adopt=True, config={"preset": "openai/text-embedding-ada-002"}))


@pytest.mark.parametrize("absent", [NEVER_EXISTED, DELETED])
def test_a_name_that_a_deleted_index_still_holds_is_waited_for(context, api, said, absent):
    api.reply(*[TAKEN, absent] * 6, Reply(result=live()))
    assert create(context, declared())["name"] == "docs"
    assert said[-1][0] == "progress"
    assert said[-1][1].startswith('waiting until the name "docs" of a deleted index is free (')


def test_a_name_that_is_free_soon_is_waited_for_without_a_word(context, api, said):
    api.reply(TAKEN, DELETED, Reply(result=live()))
    create(context, declared())
    assert said == []


def test_the_wait_for_a_name_is_bounded_and_says_what_it_waited_for(context, api, clock):
    api.reply(*[TAKEN, DELETED] * 100)
    with pytest.raises(DeadlineError) as caught:
        create(context, declared())
    assert re.fullmatch(
        r'cannot create index "docs": the API returns no such index, but still rejected its name after 12\d s: '
        r'cannot create index "docs": .*duplicate_name.* → 400, code 3002\)\. Run `pulumi up` again later, or choose another name',
        str(caught.value),
    )
    assert NAME_FREE_S <= sum(clock.sleeps) < NAME_FREE_S + 10
    assert len(api.seen) <= 60


def test_an_index_that_somebody_else_makes_under_a_name_that_was_waited_for_is_not_ours(context, api):
    api.reply(TAKEN, DELETED, TAKEN, Reply(result=JUST_NOW, headers=NOW), FULL)
    with pytest.raises(RefusedError, match="Set adopt=True"):
        create(context, declared())


def test_an_index_that_a_lost_request_may_have_made_is_saved_half_finished(context, api):
    """Behavior 7: the second POST says that it is there, and no one can read it."""
    api.reply(LOST, NEVER_EXISTED, TAKEN, *[BROKEN] * 8)
    with pytest.raises(PartialResultError) as caught:
        create(context, declared())
    assert caught.value.outputs["createdOn"] == ""


def test_behavior_07_a_creation_that_nobody_can_confirm_is_saved_half_finished(context, api):
    api.reply(LOST, *[BROKEN] * 8)
    with pytest.raises(
        PartialResultError,
        match=r'^cannot create index "docs": .*. Whether the index exists could not be read: cannot read index "docs": '
        r".*\. Run `pulumi up` again, "
        "which continues from here$",
    ) as caught:
        create(context, declared())
    assert caught.value.id == "docs"
    assert caught.value.outputs == {**declared(), "createdOn": "", "modifiedOn": ""}


def test_an_error_of_the_look_after_a_taken_name_is_an_error(context, api):
    api.reply(TAKEN, *[BROKEN] * 8)
    with pytest.raises(ServerError):
        create(context, declared())


def supersede(context, name="old", **options):
    """Let this run replace another index by the declared one."""
    options = {"force_destroy": False, "is_retained": False, **options}
    record = Record(IndexKey(ACCOUNT_ID, name), live()["created_on"])
    context.run.supersede(context.urn, Superseded(record, **options))


def test_an_index_that_holds_vectors_is_not_replaced_before_anything_is_sent(context, api):
    supersede(context)
    api.reply(Reply(result={"vectorCount": 1234567}), Reply(result=live("old")))
    with pytest.raises(RefusedError) as caught:
        create(context, declared())
    assert str(caught.value) == (
        'cannot replace index "old": it contains 1,234,567 vectors, and the new index would be empty. Set force_destroy=True '
        "to lose "
        "them, undo the change, or declare the new index as a second resource. No changes were made"
    )
    assert api.asked == [f"GET {INDEXES}/old/info", f"GET {INDEXES}/old"]


def test_behavior_34_a_refused_replacement_names_the_consent_that_the_state_still_contains(context, api):
    supersede(context, force_destroy=True)
    api.reply(FULL, Reply(result=live("old")))
    with pytest.raises(RefusedError, match="The stack's state still contains force_destroy=True"):
        create(context, declared())


@pytest.mark.parametrize("answers", [[EMPTY], [NEVER_EXISTED], [FULL, NEVER_EXISTED], [FULL, Reply(result=LONG_AGO)]])
def test_an_index_that_is_empty_gone_or_anothers_does_not_stop_its_replacement(context, api, answers):
    supersede(context)
    api.reply(*answers, Reply(result=live()))
    create(context, declared())


@pytest.mark.parametrize(
    ("options", "changes"), [({}, {"forceDestroy": True}), ({"is_retained": True}, {}), ({"name": "docs"}, {})]
)
def test_a_replacement_goes_on_without_a_look_if_it_loses_nothing_or_may_lose_it(context, api, options, changes):
    supersede(context, **options)
    api.reply(Reply(result=live()))
    create(context, declared(**changes))
    assert api.asked == [POST]


def test_another_generation_that_the_state_does_not_contain_is_named(context, api, said):
    """A restored backup of the state is the usual cause."""
    listed = [live(OLDER), live(NAME), live("docs-22222222-cccccc"), live("other")]
    api.reply(Reply(result=listed), FULL, Reply(result=live(NAME)))
    create(context, declared(**GENERATED))
    ((kind, text),) = said
    assert kind == "warning"
    assert text.startswith(f'index "{OLDER}", created {live()["created_on"]}, contains 4,321 vectors.')


def test_a_generation_that_this_run_replaces_or_keeps_is_not_named(context, api, said):
    supersede(context, OLDER, is_retained=True)
    api.reply(Reply(result=[live(OLDER)]), Reply(result=live(NAME)))
    create(context, declared(**GENERATED))
    assert said == []


def test_the_account_is_listed_once_for_all_generated_names_of_a_run(context, api):
    api.reply(Reply(result=[]), Reply(result=live(NAME)), Reply(result=live("shop-22222222-cccccc")))
    create(context, declared(**GENERATED))
    create(context, declared(name="shop-22222222-cccccc", namePrefix="shop-22222222"))
    assert api.asked == [f"GET {INDEXES}", POST, POST]
