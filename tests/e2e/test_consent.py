"""`force_destroy` over several runs: who gave it, who took it back, and what is attached to an index that holds vectors."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.e2e.harness import Emulator, Stack, index

pytestmark = pytest.mark.e2e

VECTORS = 5000
YEAR = (
    'vectorize.VectorizeMetadataIndex("year", index_name=docs.name, property_name="year", index_type="number"{more})\n'
)
STILL = "The stack's state still contains force_destroy=True for this index"


def metadata_index(**more: object) -> str:
    """Write the line of a program that declares one metadata index of `docs`."""
    return YEAR.format(more="".join(f", {key}={value!r}" for key, value in more.items()))


def filled(stack: Stack, emulator: Emulator, program: str) -> str:
    """Bring a program of one index about, fill the index, and return its name."""
    stack.program(program)
    stack.up()
    (name,) = emulator.indexes()
    emulator.fill(name, VECTORS)
    emulator.forget()
    return name


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"name": "docs"}, {"name": "docs", "dimensions": 96}),
        ({"name": "docs"}, {"name": "other"}),
        ({}, {"dimensions": 96}),
    ],
    ids=["shape, explicit name", "name", "shape, generated name"],
)
def test_behavior_34_a_refused_run_names_the_consent_that_its_state_still_contains(
    stack: Stack, emulator: Emulator, before: dict[str, object], after: dict[str, object]
):
    """The error's own advice withdraws it."""
    name = filled(stack, emulator, index(force_destroy=True, **before))
    for _ in range(2):
        stack.declare(**after)
        error = stack.up(code=1).error
        assert error.startswith(("cannot delete index", "cannot replace index"))
        assert STILL in error
        assert len(stack.state()) == 1
    stack.declare(**before)
    stack.up()
    assert STILL not in stack.destroy(code=1).error
    assert emulator.vectors(name) == VECTORS
    assert emulator.mutations() == []


def test_consent_for_one_resource_does_not_count_for_another(stack: Stack, emulator: Emulator):
    """The index moved under a component without an alias, and only the new resource has force_destroy."""
    name = filled(stack, emulator, index())
    moved = index(96, force_destroy=True, opts="parent=parent")
    stack.program('parent = pulumi.ComponentResource("my:m:Team", "team")\n' + moved)
    error = stack.up(code=1).error
    assert error.startswith(
        f'cannot delete index "{name}": it contains 5,000 vectors. To lose them, declare the resource'
    )
    assert emulator.vectors(name) == VECTORS


def test_destroy_keeps_a_superseded_index_unless_its_successor_consents(stack: Stack, emulator: Emulator):
    filled(stack, emulator, index(name="docs", force_destroy=True))
    emulator.fault(method="DELETE", path="*/docs", status=403, count=99)
    stack.declare(name="other", force_destroy=True)
    stack.up(code=1)
    emulator.clear_faults()
    assert stack.ids() == ["docs", "other"]
    stack.declare(name="other")
    assert stack.up(code=1).error.startswith('cannot delete index "docs": it contains 5,000 vectors')
    assert 'cannot delete index "docs": it contains 5,000 vectors' in stack.destroy(code=1).text
    assert emulator.vectors("docs") == VECTORS


def test_a_move_to_retain_on_delete_keeps_the_old_index_with_its_vectors(stack: Stack, emulator: Emulator):
    name = filled(stack, emulator, index())
    stack.declare(opts="retain_on_delete=True")
    stack.up()
    stack.declare(96, opts="retain_on_delete=True")
    stack.up()
    assert len(emulator.indexes()) == 2
    assert emulator.vectors(name) == VECTORS


# --- metadata indexes that are resources of their own ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(lambda stack: stack.destroy(code=1), id="destroy"),
        pytest.param(lambda stack: (stack.program(""), stack.up(code=1))[1], id="both removed"),
        pytest.param(
            lambda stack: (stack.program(index(96, name="docs") + metadata_index()), stack.up(code=1))[1], id="shape"
        ),
        pytest.param(lambda stack: stack.destroy("--exclude-protected", code=None), id="destroy --exclude-protected"),
    ],
)
def test_behavior_36_a_refused_deletion_leaves_the_metadata_indexes(stack: Stack, emulator: Emulator, run: Callable):
    is_protected = run.__code__.co_consts and "--exclude-protected" in run.__code__.co_consts
    filled(stack, emulator, index(name="docs", opts="protect=True" if is_protected else "") + metadata_index())
    run(stack)
    assert emulator.mutations() == []
    stack.program(index(name="docs") + metadata_index())
    stack.up()
    assert emulator.metadata() == {"year": "number"}
    assert stack.preview().changes == {}


def test_a_metadata_index_goes_alone_or_with_an_index_that_is_replaced(stack: Stack, emulator: Emulator):
    filled(stack, emulator, index(force_destroy=True) + metadata_index())
    stack.program(index(96, force_destroy=True) + metadata_index())
    stack.up()
    assert "POST indexes/docs-83edf2b6aac2e51-e8303e/metadata_index/delete" not in emulator.mutations()
    (name,) = emulator.indexes()
    assert emulator.metadata(name) == {"year": "number"}
    emulator.fill(name, VECTORS)
    stack.program(index(96, force_destroy=True))
    stack.up()
    assert emulator.metadata(name) == {}


def test_force_destroy_on_the_metadata_index_lets_destroy_finish(stack: Stack, emulator: Emulator):
    filled(stack, emulator, index(name="docs", force_destroy=True) + metadata_index(force_destroy=True))
    stack.destroy()
    assert emulator.indexes() == {}
    assert stack.state() == []


@pytest.mark.parametrize("is_inline_first", [True, False])
def test_a_property_that_moves_between_inline_and_its_own_resource_stays(
    stack: Stack, emulator: Emulator, is_inline_first: bool
):
    inline, separate = index(name="docs", metadata_indexes={"year": "number"}), index(name="docs") + metadata_index()
    before, after = (inline, separate) if is_inline_first else (separate, inline)
    filled(stack, emulator, before)
    stack.program(after)
    stack.up()
    assert [line for line in emulator.mutations() if line.endswith("delete")] == []
    assert emulator.metadata() == {"year": "number"}
    assert stack.preview().changes == {}
    stack.refresh()
    assert stack.preview().changes == {}


def test_a_change_of_metadata_indexes_that_fails_half_way_is_in_the_state(stack: Stack, emulator: Emulator):
    """Reverting the program shows a difference, and the next run repairs."""
    before = index(name="docs", metadata_indexes={"year": "number"})
    filled(stack, emulator, before)
    stack.declare(name="docs", metadata_indexes={"year": "string"})
    emulator.fault(method="POST", path="metadata_index/create", status=403, count=99)
    assert 'cannot update every metadata index of index "docs"' in stack.up(code=1).text
    emulator.clear_faults()
    stack.program(before)
    assert stack.preview().ops == {"docs": "update"}
    stack.up()
    assert emulator.metadata() == {"year": "number"}
    assert stack.resource()["outputs"]["metadataIndexes"] == {"year": "number"}
    assert stack.preview().changes == {}


def test_a_metadata_index_that_does_not_show_in_time_is_in_the_state_and_can_be_retyped(
    stack: Stack, emulator: Emulator
):
    program = index(name="docs") + metadata_index(opts=None).replace(
        "opts=None", 'opts=pulumi.ResourceOptions(custom_timeouts={"create": "1s", "update": "1s", "delete": "9s"})'
    )
    stack.program(index(name="docs"))
    stack.up()
    emulator.pause()
    stack.program(program)
    assert "the list does not show it yet" in stack.up(code=1).text
    assert stack.resource("year")["outputs"]["unconfirmed"] is True
    stack.program(program.replace('"number"', '"string"').replace('"1s"', '"9s"'))
    emulator.resume()
    stack.up()
    assert emulator.metadata() == {"year": "string"}
    assert "unconfirmed" not in json.dumps(stack.resource("year"))


@pytest.mark.parametrize(
    ("after", "property_name"),
    [
        (index(name="docs", metadata_indexes={"tenant": "number"}) + metadata_index(), "tenant"),
        (index(name="docs", metadata_indexes={}) + metadata_index(), "tenant"),
        (
            index(name="docs", metadata_indexes={"tenant": "string"})
            + metadata_index().replace('"number"', '"string"'),
            "year",
        ),
    ],
    ids=["inline retyped", "inline removed", "separate retyped"],
)
def test_a_preview_names_the_filters_that_break(stack: Stack, emulator: Emulator, after: str, property_name: str):
    filled(stack, emulator, index(name="docs", metadata_indexes={"tenant": "string"}) + metadata_index())
    stack.program(after)
    (warning,) = stack.run("preview").warnings
    assert warning == (
        f'metadata index "{property_name}" of index "docs" will be deleted. The index: it contains 5,000 vectors, and '
        "filters on it will not find them"
    )
