"""Finding indexes with few requests."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_cloudflare_vectorize.errors import ServerError
from pulumi_cloudflare_vectorize.lifecycle.index_cache import GATHER_S, READ_MAX_AGE_S
from pulumi_cloudflare_vectorize.lifecycle.records import IndexKey, Record
from tests.unit.fakes import ACCOUNT_ID, BROKEN, INDEXES, NEVER_EXISTED, Reply, live

LIST = f"GET {INDEXES}"


def find(context, name, account_id=ACCOUNT_ID):
    """Find the index that a state means, as a refresh does."""
    return context.find(Record(IndexKey(account_id, name), live()["created_on"]))


def test_a_look_up_alone_is_one_get(context, api):
    api.reply(Reply(result=live()))
    assert find(context, "docs").name == "docs"
    assert api.asked == [f"{LIST}/docs"]


def test_later_look_ups_share_one_list(context, api):
    api.reply(Reply(result=live()), Reply(result=[live(), live("a"), live("b")]))
    assert [find(context, name).name for name in ("docs", "a", "b", "docs")] == ["docs", "a", "b", "docs"]
    assert api.asked == [f"{LIST}/docs", LIST]


def test_look_ups_side_by_side_are_one_list_and_nothing_else(context, api, clock):
    waiting, others_done = threading.Event(), threading.Event()

    def sleep(seconds):
        if seconds == GATHER_S:
            waiting.set()
            assert others_done.wait(10)

    clock.sleep = sleep
    api.reply(Reply(result=[live(f"n{i}") for i in range(8)]))
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(find, context, "n0")
        assert waiting.wait(10)
        others = [pool.submit(find, context, f"n{i}") for i in range(1, 8)]
        assert [other.result().name for other in others] == [f"n{i}" for i in range(1, 8)]
        others_done.set()
        assert first.result().name == "n0"
    assert api.asked == [LIST]


def test_getting_ready_counts_as_gathering(context, api, clock):
    transport = context.client.transport
    ready, transport._http = transport.connect(), None

    def connect(_settings):
        clock.time += GATHER_S / 4
        return ready

    transport.connector = connect
    api.reply(Reply(result=live()))
    find(context, "docs")
    assert clock.sleeps[0] == pytest.approx(GATHER_S * 3 / 4)


def test_what_a_list_lacks_is_confirmed_by_a_get_before_it_counts_as_gone(context, api):
    api.reply(Reply(result=live()), Reply(result=[]), Reply(result=live("late")), NEVER_EXISTED)
    find(context, "docs")
    assert find(context, "late").name == "late"
    assert find(context, "gone") is None
    assert api.asked[1:] == [LIST, f"{LIST}/late", f"{LIST}/gone"]


def test_a_list_is_not_believed_for_more_than_a_minute(context, api, clock):
    context.run.cache._asked[ACCOUNT_ID] = 1
    api.reply(Reply(result=[live()]), Reply(result=[live()]))
    find(context, "docs")
    clock.time += READ_MAX_AGE_S
    find(context, "docs")
    assert api.asked == [LIST]
    clock.time += 1
    find(context, "docs")
    assert api.asked == [LIST, LIST]


def test_a_list_that_shows_another_index_is_confirmed_with_a_get(context, api):
    context.run.cache._asked[ACCOUNT_ID] = 1
    api.reply(Reply(result=[live(created_on="2025-01-01T00:00:00Z")]), Reply(result=live()))
    assert find(context, "docs").created_on == live()["created_on"]
    assert api.asked == [LIST, f"{LIST}/docs"]


@pytest.mark.parametrize(
    "broken", [{"name": "docs"}, None, 7, {**live(), "created_on": None}, {**live(), "created_on": ""}]
)
def test_an_item_that_cannot_be_read_affects_only_itself(context, api, broken):
    context.run.cache._asked[ACCOUNT_ID] = 1
    api.reply(Reply(result=[broken, live("shop")]), Reply(result=live()))
    assert find(context, "shop").name == "shop"
    assert find(context, "docs").name == "docs"
    assert api.asked == [LIST, f"{LIST}/docs"]


def test_a_list_that_fails_is_asked_for_again_by_the_next(context, api):
    context.run.cache._asked[ACCOUNT_ID] = 1
    api.reply(*[BROKEN] * 8, Reply(result=[live()]))
    with pytest.raises(ServerError):
        find(context, "docs")
    assert find(context, "docs")


def test_accounts_have_lists_of_their_own(context, api):
    api.reply(Reply(result=live()), Reply(result=live()))
    find(context, "docs")
    find(context, "docs", "f" * 32)
    assert api.asked == [f"{LIST}/docs", f"{LIST}/docs".replace(ACCOUNT_ID, "f" * 32)]


def test_a_list_during_which_an_index_vanishes_is_asked_again(context, api):
    context.run.cache._asked[ACCOUNT_ID] = 1
    api.reply(Reply(410, code=3005, message="vectorize.index.deleted"), Reply(result=[live()]))
    assert find(context, "docs")
