"""What the engine learns of an index that changed outside Pulumi, and of one that it does not manage."""

from __future__ import annotations

import pytest

from tests.e2e.harness import ACCOUNT, Emulator, Stack, index

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("status", [404, 410])
def test_an_index_deleted_behind_our_back_is_dropped_by_refresh_and_created_again(
    stack: Stack, emulator: Emulator, status: int
):
    """Behavior 11: 3000 with 404, 3005 with 410."""
    stack.declare(name="docs")
    stack.up()
    emulator.delete("docs")
    if status == 404:
        emulator.fault(method="GET", path="indexes/docs", status=404, code=3000, message="vectorize.index.not_found")
    stack.refresh()
    assert emulator.log()[-1]["status"] == status
    assert stack.ids() == []
    stack.up()
    assert list(emulator.indexes()) == stack.ids() == ["docs"]


def test_every_other_error_of_a_refresh_keeps_the_state_and_says_why(stack: Stack, emulator: Emulator):
    """Behavior 12: refused credentials, a route that does not exist, a server that fails for good."""
    stack.declare(name="docs")
    stack.up()
    before = stack.resource()
    for status, code, words in (
        (403, 10000, "is wrong, expired or belongs to another account"),
        (404, 7003, "Check the account ID in vectorize:accountId"),
        (400, 40006, "injected fault"),
    ):
        emulator.fault(method="GET", status=status, code=code)
        error = stack.refresh(code=1).error
        assert error.startswith('cannot read index "docs": injected fault (GET /accounts/')
        assert f"→ {status}, code {code}, ray " in error
        assert words in error
        assert stack.resource()["outputs"] == before["outputs"]
    stack.refresh("--expect-no-changes")


def test_a_failing_server_keeps_the_state(stack: Stack, emulator: Emulator):
    """Behaviors 12, 26: it is asked until the timeout of reading, then the refresh fails and the state stays."""
    stack.declare(name="docs", opts='custom_timeouts=pulumi.CustomTimeouts(read="2s")')
    stack.up()
    before = stack.resource()
    emulator.forget()
    emulator.fault(method="GET", status=500, count=99)
    assert "→ 500, code 1000, ray " in stack.refresh(code=1).error
    assert 2 <= len(emulator.requests()) < 8
    assert stack.resource()["outputs"] == before["outputs"]


def test_get_looks_at_an_existing_index_and_never_touches_it(stack: Stack, emulator: Emulator):
    live = emulator.create("shop", 96, "euclidean", "made by hand")
    stack.program("""
        shop = vectorize.VectorizeIndex.get("shop", "shop")
        names = ("name", "dimensions", "metric", "description", "account_id", "created_on")
        pulumi.export("shop", {name: getattr(shop, name) for name in names})
    """)
    stack.up()
    assert stack.outputs()["shop"] == {
        "name": "shop",
        "dimensions": 96,
        "metric": "euclidean",
        "description": "made by hand",
        "account_id": ACCOUNT,
        "created_on": live["created_on"],
    }
    assert stack.preview("--expect-no-changes").changes == {}
    stack.refresh("--expect-no-changes")
    stack.destroy()
    assert emulator.mutations() == []
    assert emulator.indexes() == {"shop": live}


def test_get_of_a_missing_index_fails_the_preview(stack: Stack, emulator: Emulator):
    stack.program('vectorize.VectorizeIndex.get("shop", "shop")')
    error = stack.run("preview", code=1).error
    assert error == f'cannot read index "shop": it does not exist in account {ACCOUNT}. Check the name and the account'


@pytest.mark.parametrize("dimensions", [64, 96], ids=["the same shape", "another shape"])
def test_an_index_that_was_recreated_is_reported_as_gone_and_stays(stack: Stack, emulator: Emulator, dimensions: int):
    """Behavior 14: the next `up` neither adopts, replaces nor deletes it, unless `adopt` is set and the shape fits."""
    stack.program(index(name="docs"))
    stack.up()
    emulator.delete("docs")
    live = emulator.create("docs", dimensions)
    emulator.fill("docs", 7)
    assert "was deleted outside Pulumi with all its vectors" in stack.refresh().text
    assert stack.ids() == []
    assert "an index with this name exists" in stack.up(code=1).error
    stack.program(index(name="docs", adopt=True))
    stack.up(code=0 if dimensions == 64 else 1)
    assert emulator.indexes() == {"docs": live}
    assert emulator.vectors("docs") == 7
