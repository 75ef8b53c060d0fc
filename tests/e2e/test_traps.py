"""Three ways to lose an index that Pulumi's engine has (it deletes, under an old record, what it has just created): all closed.

After each, whatever the exit code: every index that the state says exists does exist, and a refresh finds no difference.
"""

from __future__ import annotations

import pytest

from tests.e2e.harness import Emulator, Stack, index

pytestmark = pytest.mark.e2e

FIXED = {"name": "docs"}
ADOPTED = {"name": "docs", "adopt": True}
GENERATED: dict[str, str] = {}

every_kind_of_name = pytest.mark.parametrize(
    "arguments", [FIXED, ADOPTED, GENERATED], ids=["fixed", "fixed and adopt", "generated"]
)
BROKEN = 'vectorize.VectorizeIndex("broken", name="broken", config={"dimensions": 96, "metric": "cosine"})\n'


def assert_nothing_is_lost(stack: Stack, emulator: Emulator) -> None:
    assert stack.ids()
    assert set(stack.ids()) <= set(emulator.indexes())
    stack.refresh("--expect-no-changes")


@pytest.mark.parametrize("arguments", [FIXED, ADOPTED], ids=["fixed", "fixed and adopt"])
def test_trap_a_reverting_after_a_failed_replacement_keeps_the_index(stack: Stack, emulator: Emulator, arguments: dict):
    """Delete first, the create fails, the program is reverted: the engine creates, and must not delete that again."""
    stack.declare(64, **arguments)
    stack.up()
    emulator.fault(method="POST", status=400, code=40006)
    stack.declare(96, **arguments)
    stack.up(code=1)
    assert emulator.indexes() == {}
    stack.declare(64, **arguments)
    stack.up()
    assert emulator.get("docs")["config"]["dimensions"] == 64
    assert_nothing_is_lost(stack, emulator)
    assert stack.preview("--expect-no-changes").changes == {}


def test_trap_a_reverting_after_a_failed_replacement_keeps_a_generated_index(stack: Stack, emulator: Emulator):
    """Create first: the old index was never touched."""
    stack.declare(64)
    stack.up()
    before = emulator.indexes()
    emulator.fault(method="POST", status=400, code=40006)
    stack.declare(96)
    stack.up(code=1)
    stack.declare(64)
    assert stack.preview("--expect-no-changes").changes == {}
    assert emulator.indexes() == before
    assert_nothing_is_lost(stack, emulator)


@every_kind_of_name
def test_trap_b_a_forced_replacement_keeps_the_index(stack: Stack, emulator: Emulator, arguments: dict):
    """Neither `up --replace` nor `state taint` asks diff, so the engine always creates first, here under the same name."""
    stack.declare(**arguments)
    stack.up()
    before = emulator.indexes()
    emulator.fill(stack.ids()[0], 7)
    urn = stack.resource()["urn"]
    code = 0 if arguments == ADOPTED else 1
    runs = [stack.up("--replace", urn, code=code)]
    stack.run("state", "taint", "--yes", urn)
    runs.append(stack.up(code=code))
    for run in runs:
        if code:
            assert (
                "If you meant to recreate this index, set the resource option delete_before_replace=True" in run.error
            )
        else:
            assert "adopt is set" in run.text
            assert any(line.startswith('kept index "docs') for line in run.warnings)
    assert emulator.indexes() == before
    assert_nothing_is_lost(stack, emulator)


def test_trap_b_a_forced_replacement_is_a_real_one_with_delete_before_replace(stack: Stack, emulator: Emulator):
    """Pulumi's option is the documented way to recreate an index of a fixed name."""
    stack.declare(name="docs", opts="delete_before_replace=True")
    stack.up()
    emulator.forget()
    stack.up("--replace", stack.resource()["urn"])
    assert emulator.mutations() == ["DELETE indexes/docs", "POST indexes"]
    assert_nothing_is_lost(stack, emulator)


@pytest.mark.parametrize("arguments", [FIXED, ADOPTED], ids=["fixed", "fixed and adopt"])
def test_trap_c_a_logical_rename_without_alias_keeps_the_index(stack: Stack, emulator: Emulator, arguments: dict):
    """The engine creates under the new URN, then deletes under the old one: the same index."""
    stack.declare(**arguments)
    stack.up()
    before = emulator.indexes()
    emulator.fill("docs", 7)
    stack.declare(resource="articles", **arguments)
    run = stack.up(code=1 if arguments == FIXED else 0)
    assert emulator.indexes() == before
    assert_nothing_is_lost(stack, emulator)
    if arguments == FIXED:
        assert "Set adopt=True to adopt it" in run.error
        stack.declare(resource="articles", name="docs", opts='aliases=[pulumi.Alias(name="docs")]')
        stack.up()
        assert emulator.indexes() == before
    assert stack.preview("--expect-no-changes").changes == {}


def test_trap_c_a_logical_rename_of_a_generated_name_makes_another_index(stack: Stack, emulator: Emulator):
    """The old one goes when it is empty, and is kept with its vectors otherwise."""
    stack.declare()
    stack.up()
    (old,) = stack.ids()
    emulator.fill(old, 3)
    stack.declare(resource="articles")
    assert stack.up(code=1).error.startswith(f'cannot delete index "{old}": it contains 3 vectors')
    assert_nothing_is_lost(stack, emulator)
    emulator.fill(old, 0)
    stack.up()
    (new,) = emulator.indexes()
    assert stack.ids() == [new] != [old]


@pytest.mark.parametrize("arguments", [ADOPTED, GENERATED], ids=["fixed and adopt", "generated"])
def test_trap_b_keeps_the_index_when_another_resource_fails_before_the_delete(
    stack: Stack, emulator: Emulator, arguments: dict
):
    """The pending delete of the old record runs in the next process, which has not taken the index over itself."""
    stack.declare(**arguments)
    stack.up()
    before = emulator.indexes()
    emulator.fault(method="POST", path="indexes", status=400, code=40006, skip=1)
    stack.program(index(**arguments) + BROKEN.replace(")\n", ", opts=pulumi.ResourceOptions(depends_on=[docs]))\n"))
    stack.up("--replace", stack.resource()["urn"], code=1)
    stack.up()
    assert sorted(emulator.indexes()) == sorted([*before, "broken"])
    assert_nothing_is_lost(stack, emulator)


def test_trap_c_keeps_the_index_when_another_resource_fails_before_the_delete(stack: Stack, emulator: Emulator):
    """As above, after a rename with adopt."""
    stack.declare(**ADOPTED)
    stack.up()
    before = emulator.indexes()
    emulator.fault(method="POST", path="indexes", status=400, code=40006, skip=1)
    stack.program(
        index(resource="articles", **ADOPTED)
        + BROKEN.replace(")\n", ", opts=pulumi.ResourceOptions(depends_on=[articles]))\n")
    )
    stack.up(code=1)
    stack.up()
    assert sorted(emulator.indexes()) == sorted([*before, "broken"])
    assert_nothing_is_lost(stack, emulator)
