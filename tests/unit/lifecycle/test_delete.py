"""delete: the index that the state means, and nothing that somebody may still need."""

import pytest

from pulumi_cloudflare_vectorize.errors import ApiError, DeadlineError, RefusedError, TransportError
from pulumi_cloudflare_vectorize.lifecycle.delete import delete
from pulumi_cloudflare_vectorize.lifecycle.state import outputs_of
from pulumi_cloudflare_vectorize.models import Index
from tests.unit.fakes import ACCOUNT_ID, BROKEN, DELETED, INDEXES, LOST, NEVER_EXISTED, Reply, declared, live

GET, INFO, DELETE = f"GET {INDEXES}/docs", f"GET {INDEXES}/docs/info", f"DELETE {INDEXES}/docs"
LIVE, EMPTY, FULL, DONE = (
    Reply(result=live()),
    Reply(result={"vectorCount": 0}),
    Reply(result={"vectorCount": 4321}),
    Reply(),
)


def state(**changes):
    return outputs_of(declared(**changes), Index(**live()))


@pytest.mark.parametrize("gone", [NEVER_EXISTED, DELETED])
def test_an_empty_index_is_deleted_and_the_call_returns_when_it_is_gone(operation, api, gone):
    """Behaviour 19."""
    api.reply(LIVE, EMPTY, DONE, LIVE, LIVE, gone)
    delete(operation, "docs", state())
    assert api.asked == [GET, INFO, DELETE, GET, GET, GET]


def test_an_index_that_does_not_go_away_is_an_error_with_the_last_answer(operation, api, clock, said):
    api.reply(LIVE, EMPTY, DONE, *[LIVE] * 200)
    with pytest.raises(
        DeadlineError, match=r"until index \"docs\" is gone, in vain; the last answer was Index\(name='docs'"
    ):
        delete(operation, "docs", state())
    assert said[-1][0] == "progress"


@pytest.mark.parametrize("answers", [[NEVER_EXISTED], [DELETED], [LIVE, DELETED], [LIVE, EMPTY, DELETED]])
def test_behaviour_18_an_index_that_is_absent_or_vanishes_meanwhile_is_a_success(operation, api, answers):
    api.reply(*answers, *([DELETED] if len(answers) == 2 else []))
    delete(operation, "docs", state())


def test_behaviour_19_an_index_with_vectors_is_refused_with_their_number_and_the_two_ways_on(operation, api):
    api.reply(LIVE, FULL)
    with pytest.raises(RefusedError) as caught:
        delete(operation, "docs", state())
    assert str(caught.value) == (
        'refused to delete index "docs": it holds 4,321 vectors — set force_destroy=True and run `pulumi up` to give them up, or '
        "keep the index and remove it from the state alone: `pulumi state delete URN` (nothing was changed)"
    )
    assert api.asked == [GET, INFO]


def test_a_generated_name_is_deleted_without_a_last_look(operation, api):
    """Nothing else will want the name, and a thousand deletions have to fit the rate limit."""
    api.reply(LIVE, EMPTY, DONE)
    delete(operation, "docs", state(namePrefix="do"))
    assert api.asked == [GET, INFO, DELETE]


def test_force_destroy_in_the_state_deletes_without_counting(operation, api):
    api.reply(LIVE, DONE, DELETED)
    delete(operation, "docs", state(forceDestroy=True))
    assert api.asked == [GET, DELETE, GET]


def test_force_destroy_in_the_program_of_this_run_counts_although_the_old_state_lacks_it(operation, api):
    operation.memory.note_forced(ACCOUNT_ID, "docs", forced=True)
    api.reply(LIVE, DONE, DELETED)
    delete(operation, "docs", state())
    assert DELETE in api.asked


def test_force_destroy_of_the_resource_counts_for_a_record_whose_name_nobody_declares_any_more(operation, api):
    operation.memory.note_forced_resource(operation.urn, forced=True)
    api.reply(LIVE, DONE, DELETED)
    delete(operation, "docs", state())
    assert api.asked == [GET, DELETE, GET]


def test_an_index_that_is_there_but_finds_no_number_is_not_deleted(operation, api):
    api.reply(LIVE, NEVER_EXISTED, LIVE)
    with pytest.raises(
        RefusedError,
        match=r'^refused to delete index "docs": it is there, but the API finds no number .* run it again \(nothing was changed\)$',
    ):
        delete(operation, "docs", state())
    assert api.asked == [GET, INFO, GET]


def test_a_count_that_cannot_be_had_deletes_nothing(operation, api):
    api.reply(LIVE, *[BROKEN] * 8)
    with pytest.raises(ApiError):
        delete(operation, "docs", state())
    assert DELETE not in api.asked


def test_an_index_that_this_process_made_is_kept_with_a_warning(operation, api, said):
    """Traps B and C: the engine deletes, under an old record, what it has just created or adopted."""
    operation.memory.note_made(ACCOUNT_ID, "docs")
    delete(operation, "docs", state())
    assert api.asked == []
    assert said == [
        (
            "warning",
            (
                'kept index "docs": this run created it or took it over, so the record to be deleted is an older one of the '
                "same index — nothing is left to do; to be rid of the index itself remove it from the program"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("created_on", "kept"),
    [
        ("2026-01-02T03:04:05.678901Z", False),
        ("2026-01-02T03:04:05Z", False),
        ("2026-01-02T03:04:07.6+00:00", False),
        ("2026-01-02T03:04:03.7Z", False),
        ("2026-01-02T03:04:07.678901Z", False),
        ("2026-01-02T03:04:07.7Z", True),
        ("2026-01-02T03:04:03.6Z", True),
        ("2027-01-02T03:04:05.678901Z", True),
    ],
)
def test_an_index_of_the_same_name_that_was_created_at_another_time_is_kept_with_a_warning(
    operation, api, said, created_on, kept
):
    api.reply(Reply(result=live(created_on=created_on)), *([] if kept else [EMPTY, DONE, DELETED]))
    delete(operation, "docs", state())
    assert (DELETE in api.asked) is not kept
    assert bool(said) is kept
    if kept:
        assert said[0][1] == (
            f'kept index "docs": it was created {created_on}, while the state means one created 2026-01-02T03:04:05.678901Z, which '
            "is gone — somebody else made this one; to delete it, import or adopt it first, or use the dashboard"
        )


@pytest.mark.parametrize(("ours", "live_time"), [("", "2026-01-02T03:04:05Z"), ("2026-01-02T03:04:05Z", "")])
def test_an_index_whose_age_one_side_does_not_tell_is_judged_by_its_vectors_alone(operation, api, ours, live_time):
    api.reply(Reply(result=live(created_on=live_time)), FULL)
    with pytest.raises(RefusedError):
        delete(operation, "docs", {**state(), "createdOn": ours})


def test_an_index_that_the_program_declares_and_that_stays_as_it_is_is_kept(operation, api, said):
    """A run took the index over and failed before the deletion of the older record: the next run must not make up for it."""
    operation.memory.note_declared(ACCOUNT_ID, "docs")
    operation.memory.note_unchanged(ACCOUNT_ID, "docs", unchanged=True)
    delete(operation, "docs", state())
    assert api.asked == []
    assert said[0][1].startswith('kept index "docs"')


@pytest.mark.parametrize("declared_first", [True, False])
def test_an_index_that_is_to_change_after_all_or_was_only_refreshed_is_deleted(operation, api, declared_first):
    if declared_first:
        operation.memory.note_declared(ACCOUNT_ID, "docs")
    operation.memory.note_unchanged(ACCOUNT_ID, "docs", unchanged=True)
    if declared_first:
        operation.memory.note_unchanged(ACCOUNT_ID, "docs", unchanged=False)
    api.reply(LIVE, EMPTY, DONE, DELETED)
    delete(operation, "docs", state())
    assert DELETE in api.asked


def test_force_destroy_that_the_program_of_this_run_turned_off_protects_at_once(operation, api):
    operation.memory.note_forced(ACCOUNT_ID, "docs", forced=False)
    api.reply(LIVE, FULL)
    with pytest.raises(RefusedError):
        delete(operation, "docs", state(forceDestroy=True))


def test_force_destroy_of_an_index_in_another_account_does_not_count(operation, api):
    operation.memory.note_forced("f" * 32, "docs", forced=True)
    api.reply(LIVE, FULL)
    with pytest.raises(RefusedError):
        delete(operation, "docs", state())


@pytest.mark.parametrize(
    ("requested_on", "kept"), [("2026-01-02T03:04:00+00:00", False), ("2026-01-02T04:00:00+00:00", True)]
)
def test_half_a_creation_deletes_only_what_it_may_have_made(operation, api, said, requested_on, kept):
    half = {**declared(), "createdOn": "", "requestedOn": requested_on}
    api.reply(LIVE, *([] if kept else [EMPTY, DONE, DELETED]))
    delete(operation, "docs", half)
    assert (DELETE in api.asked) is not kept
    assert [f"while the state means one created {requested_on}, which is gone" in text for _, text in said] == [
        True
    ] * kept


def test_force_destroy_of_a_generated_name_counts_for_each_of_its_generations(operation, api):
    operation.memory.note_forced(ACCOUNT_ID, "docs-11111111", forced=True)
    name = "docs-11111111-abcdef"
    api.reply(Reply(result=live(name)), DONE)
    delete(operation, name, state(namePrefix="docs-11111111"))
    assert api.asked == [f"GET {INDEXES}/{name}", f"DELETE {INDEXES}/{name}"]


def test_an_index_is_deleted_in_the_account_of_its_state(operation, api):
    api.reply(LIVE, EMPTY, DONE, DELETED)
    delete(operation, "docs", state(accountId="f" * 32))
    assert api.asked == [asked.replace(ACCOUNT_ID, "f" * 32) for asked in (GET, INFO, DELETE, GET)]


@pytest.mark.parametrize("lost", [LOST, Reply(504, body=b"")])
def test_a_deletion_whose_answers_are_all_lost_is_a_success_when_a_look_says_so(operation, api, lost):
    api.reply(LIVE, EMPTY, *[lost] * 8, DELETED)
    delete(operation, "docs", state())
    assert api.asked[-1] == f"GET {INDEXES}/docs"


@pytest.mark.parametrize("look", [[LIVE], [BROKEN] * 8])
def test_a_deletion_that_a_look_does_not_confirm_is_the_error_that_it_was(operation, api, look):
    api.reply(LIVE, EMPTY, *[LOST] * 8, *look)
    with pytest.raises(TransportError, match='cannot delete index "docs"'):
        delete(operation, "docs", state())


def test_a_refused_deletion_is_final(operation, api):
    api.reply(LIVE, EMPTY, Reply(403, code=10000, message="Authentication error"))
    with pytest.raises(ApiError, match="Authentication error"):
        delete(operation, "docs", state())


LIST = f"GET {INDEXES}"


def while_another_looks_up(operation):
    assert not operation.memory.directory.announce(ACCOUNT_ID)
    operation.memory.directory._asked[ACCOUNT_ID] += 1


def test_a_deletion_that_has_to_wait_for_the_list_counts_meanwhile(operation, api):
    while_another_looks_up(operation)
    api.reply(EMPTY, Reply(result=[live()]), DONE, DELETED)
    delete(operation, "docs", state())
    assert api.asked == [INFO, LIST, DELETE, GET]


def test_an_index_that_was_counted_before_it_was_looked_up_is_refused_all_the_same(operation, api):
    while_another_looks_up(operation)
    api.reply(FULL, Reply(result=[live()]))
    with pytest.raises(RefusedError, match="it holds 4,321 vectors"):
        delete(operation, "docs", state())
    assert api.asked == [INFO, LIST]


def test_an_index_of_somebody_else_that_was_counted_first_is_kept(operation, api, said):
    while_another_looks_up(operation)
    api.reply(FULL, Reply(result=[live(created_on="2026-02-02T00:00:00Z")]))
    delete(operation, "docs", state())
    assert api.asked == [INFO, LIST]
    assert 'kept index "docs"' in said[-1][1]


def test_an_index_whose_number_was_not_there_before_the_list_showed_it_is_counted_again(operation, api):
    while_another_looks_up(operation)
    api.reply(NEVER_EXISTED, Reply(result=[live()]), FULL)
    with pytest.raises(RefusedError, match="it holds 4,321 vectors"):
        delete(operation, "docs", state())
    assert api.asked == [INFO, LIST, INFO]
