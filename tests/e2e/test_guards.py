"""What is refused so that no one loses an index or its vectors, and the ways on that the refusals name."""

from __future__ import annotations

import pytest

from tests.e2e.harness import ACCOUNT, OTHER_ACCOUNT, Emulator, Stack, index

pytestmark = pytest.mark.e2e


def test_an_equal_index_is_taken_over_with_adopt_and_else_the_error_says_how(stack: Stack, emulator: Emulator):
    """Behaviors 5, 6: its vectors stay; switching the flag off again is no request."""
    live = emulator.create("docs", description="made by hand")
    emulator.fill("docs", 7)
    stack.declare(name="docs", description="made by hand")
    assert stack.up(code=1).error == (
        f'cannot create index "docs": an index with this name exists in account {ACCOUNT}. It was created {live["created_on"]} '
        "and contains 7 vectors. It is not what an interrupted run leaves: it contains 7 vectors. Set adopt=True to adopt it, "
        "choose another "
        "name, or use the stack that owns it. If you meant to recreate this index, "
        "set the resource option delete_before_replace=True. "
        "No changes were made"
    )
    assert stack.ids() == []
    stack.declare(name="docs", description="made by hand", adopt=True)
    run = stack.up()
    assert f'adopted index "docs", created {live["created_on"]}: adopt is set' in run.text
    assert emulator.indexes() == {"docs": live}
    assert stack.resource()["outputs"]["createdOn"] == live["created_on"]
    emulator.forget()
    stack.declare(name="docs", description="made by hand")
    stack.up()
    assert emulator.requests() == []


@pytest.mark.parametrize("adopt", [False, True])
def test_an_index_of_another_shape_is_never_taken_over(stack: Stack, emulator: Emulator, adopt: bool):
    """Behaviors 4, 6: the error names both shapes; only the refused POST was sent."""
    live = emulator.create("docs", 96, "euclidean")
    stack.declare(name="docs", description="mine", adopt=adopt)
    error = stack.up(code=1).error
    assert (
        "It cannot be adopted: it has 96 dimensions, euclidean, and the program declares 64 dimensions, cosine."
        in error
    )
    assert "mine" not in error
    assert emulator.mutations() == ["POST indexes"]
    assert emulator.indexes() == {"docs": live}
    assert stack.ids() == []


def test_an_index_that_holds_vectors_is_not_destroyed_before_force_destroy_is_set(stack: Stack, emulator: Emulator):
    """Behavior 19: the refusal says how many vectors there are, and both ways on; both work."""
    stack.program(index(name="docs") + index(resource="shop", name="shop"))
    stack.up()
    emulator.fill("docs", 1234)
    emulator.fill("shop", 1)
    emulator.forget()
    run = stack.destroy("--continue-on-error", code=1)
    assert sorted(line for line in run.errors if line.startswith("cannot delete")) == [
        f'cannot delete index "{name}": it contains {count} vectors. To lose them, declare the resource with '
        f"force_destroy=True, run "
        "`pulumi up`, and then delete it again. To keep the index, remove only its resource from the stack's state: "
        f"`pulumi state delete '{stack.resource(name)['urn']}'`. No changes were made"
        for name, count in (("docs", "1,234"), ("shop", "1"))
    ]
    assert "Traceback" not in run.text
    assert emulator.mutations() == []
    stack.run("state", "delete", "--yes", stack.resource("shop")["urn"])
    stack.declare(name="docs", force_destroy=True)
    stack.up()
    stack.destroy()
    assert list(emulator.indexes()) == ["shop"]


def test_an_index_that_holds_vectors_is_not_replaced_before_force_destroy_is_set(stack: Stack, emulator: Emulator):
    """Behavior 19, delete first: force_destroy may come in the same change as the new dimensions."""
    stack.declare(64, name="docs")
    stack.up()
    emulator.fill("docs", 7)
    emulator.forget()
    stack.declare(96, name="docs")
    assert stack.up(code=1).error.startswith('cannot delete index "docs": it contains 7 vectors')
    assert emulator.mutations() == []
    stack.declare(96, name="docs", force_destroy=True)
    stack.up()
    assert emulator.mutations() == ["DELETE indexes/docs", "POST indexes"]
    assert emulator.get("docs")["config"]["dimensions"] == 96


def test_a_generated_name_does_not_move_to_an_empty_index_before_force_destroy_is_set(stack: Stack, emulator: Emulator):
    """Create first: the refusal comes before anything is created; undoing the change is a way on."""
    stack.declare(64)
    stack.up()
    (old,) = stack.ids()
    emulator.fill(old, 7)
    emulator.forget()
    stack.declare(96)
    error = stack.up(code=1).error
    assert error.startswith(f'cannot replace index "{old}": it contains 7 vectors, and the new index would be empty.')
    assert "Set force_destroy=True to lose them, undo the change" in error
    assert emulator.mutations() == []
    assert stack.ids() == [old]
    stack.declare(64)
    assert stack.preview("--expect-no-changes").changes == {}
    stack.declare(96, force_destroy=True)
    stack.up()
    (new,) = stack.ids()
    assert emulator.mutations() == ["POST indexes", f"DELETE indexes/{old}"]
    assert emulator.get(new)["config"]["dimensions"] == 96
    assert list(emulator.indexes()) == [new]


@pytest.mark.parametrize(
    ("before", "after", "account"),
    [
        pytest.param({"name": "docs"}, {"name": "articles"}, ACCOUNT, id="name"),
        pytest.param({}, {"account_id": OTHER_ACCOUNT}, OTHER_ACCOUNT, id="account, generated name"),
    ],
)
def test_an_index_with_vectors_outlives_a_change_of_its_name_or_account(
    stack: Stack, emulator: Emulator, before: dict, after: dict, account: str
):
    """Create first: the refusal comes before anything is created, until `force_destroy` is set."""
    stack.declare(**before)
    stack.up()
    (old,) = stack.ids()
    emulator.fill(old, 7)
    stack.declare(**after)
    emulator.forget()
    for _ in range(2):
        assert stack.up(code=1).error.startswith(f'cannot replace index "{old}": it contains 7 vectors')
    assert emulator.mutations() == []
    stack.declare(**after, force_destroy=True)
    stack.up()
    assert old not in emulator.indexes()
    assert len(emulator.indexes(account)) == 1


def test_an_index_with_vectors_and_a_fixed_name_stays_when_its_account_changes(stack: Stack, emulator: Emulator):
    """Delete first: nothing is created in the other account either."""
    stack.declare(name="docs")
    stack.up()
    emulator.fill("docs", 7)
    emulator.forget()
    stack.declare(name="docs", account_id=OTHER_ACCOUNT)
    assert stack.up(code=1).error.startswith('cannot delete index "docs": it contains 7 vectors')
    assert emulator.mutations() == []


def test_an_index_that_somebody_else_made_under_our_name_is_kept(stack: Stack, emulator: Emulator):
    """Its birthday is not the one in the state: destroy leaves it alone and says so."""
    stack.declare(name="docs")
    stack.up()
    emulator.delete("docs")
    emulator.create("docs")
    emulator.set_created_on("docs", "2024-01-02T03:04:05.678901Z")
    run = stack.destroy()
    (warning,) = (line for line in run.warnings if "docs" in line)
    assert warning.startswith(
        'kept index "docs", created 2024-01-02T03:04:05.678901Z: the index in the stack\'s state was'
    )
    assert list(emulator.indexes()) == ["docs"]
    assert stack.ids() == []
