"""Whose an index is, over several runs: renamed stacks, moved resources, and indexes that were recreated outside Pulumi."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.e2e.harness import ACCOUNT, Emulator, Stack, index

pytestmark = pytest.mark.e2e

VECTORS = 5000
LAST_YEAR = "2025-01-02T03:04:05.678901Z"


def on_stack(stack: Stack, name: str, *, init: bool = True) -> Stack:
    """Return another stack of the same project, with a record of its own runs."""
    other = replace(stack, env={**stack.env, "PULUMI_STACK": name}, runs=[], stack_name=name)
    if init:
        other.run("stack", "init", name)
    return other


def refused(stack: Stack, emulator: Emulator, *arguments: str) -> str:
    """Run `pulumi up`, which has to refuse without a change to any index, and return its error."""
    before = (emulator.indexes(), {name: emulator.vectors(name) for name in emulator.indexes()})
    error = stack.up(*arguments, code=1).error
    assert (emulator.indexes(), {name: emulator.vectors(name) for name in emulator.indexes()}) == before
    return error


def test_behavior_33_a_new_stack_does_not_get_the_index_of_a_renamed_one(stack: Stack, emulator: Emulator):
    stack.declare(force_destroy=True)
    stack.up()
    (name,) = emulator.indexes()
    stack.run("stack", "rename", "prod")
    emulator.fill(name, VECTORS)
    dev = on_stack(stack, "dev")
    error = refused(dev, emulator)
    assert f"an index with this name exists in account {ACCOUNT}. It was created" in error
    assert "contains 5,000 vectors. It is not what an interrupted run leaves" in error
    dev.destroy()
    assert emulator.vectors(name) == VECTORS
    prod = on_stack(stack, "prod", init=False)
    assert prod.preview().changes == {}


def test_behavior_33_a_stack_does_not_get_back_the_index_that_moved_to_another(stack: Stack, emulator: Emulator):
    stack.declare(force_destroy=True)
    stack.up()
    (name,) = emulator.indexes()
    emulator.fill(name, VECTORS)
    other = on_stack(stack, "other")
    stack.run("state", "move", "--yes", "--source", "dev", "--dest", "other", stack.resource()["urn"])
    assert "or use the stack that owns it" in refused(stack, emulator)
    stack.destroy()
    assert other.ids() == [name]
    assert emulator.vectors(name) == VECTORS


def test_behavior_33_a_name_used_again_after_a_rename_by_alias_gets_no_index_of_the_other(
    stack: Stack, emulator: Emulator
):
    stack.declare(force_destroy=True)
    stack.up()
    (name,) = emulator.indexes()
    emulator.fill(name, VECTORS)
    urn = stack.resource()["urn"]
    renamed = index(resource="articles", opts='aliases=[pulumi.Alias(name="docs")]')
    stack.program(renamed)
    stack.up()
    stack.program(renamed + index())
    assert "another index of this program has the same resource name" in stack.run("preview", code=1).error
    assert "contains 5,000 vectors" in refused(stack, emulator, "--target", urn)


def recreate(emulator: Emulator, name: str = "docs", dimensions: int = 64, vectors: int = VECTORS) -> None:
    """Delete an index outside Pulumi, and create another one of the same name."""
    emulator.delete(name)
    emulator.create(name, dimensions)
    emulator.fill(name, vectors)


def test_an_index_recreated_with_the_newly_declared_shape_is_refused_by_every_run(stack: Stack, emulator: Emulator):
    stack.declare(name="docs", force_destroy=True)
    stack.up()
    recreate(emulator, dimensions=96)
    stack.declare(96, name="docs", force_destroy=True)
    first = stack.up(code=1)
    assert first.warnings[-1].startswith('kept index "docs", created ')
    assert "Set adopt=True to adopt it" in first.error
    assert "Set adopt=True to adopt it" in refused(stack, emulator)
    stack.destroy()
    assert emulator.vectors("docs") == VECTORS


@pytest.mark.parametrize(
    "delete",
    [
        pytest.param(lambda stack: stack.destroy("--refresh"), id="destroy --refresh"),
        pytest.param(lambda stack: (stack.program(""), stack.up("--refresh")), id="removed, up --refresh"),
        pytest.param(lambda stack: stack.destroy(), id="destroy"),
    ],
)
def test_a_recreated_index_outlives_the_deletion_of_its_namesake(
    stack: Stack, emulator: Emulator, delete: Callable[[Stack], object]
):
    stack.program(
        index(name="docs", force_destroy=True, metadata_indexes={"year": "number"})
        + 'vectorize.VectorizeMetadataIndex("m", index_name=docs.name, property_name="tenant", index_type="string")\n'
    )
    stack.up()
    recreate(emulator)
    emulator.change_metadata("create", "docs", propertyName="tenant", indexType="string")
    delete(stack)
    assert emulator.vectors("docs") == VECTORS
    assert emulator.metadata() == {"tenant": "string"}
    assert stack.state() == []


def test_metadata_indexes_of_a_recreated_index_are_not_changed(stack: Stack, emulator: Emulator):
    stack.declare(name="docs", metadata_indexes={"year": "number", "tenant": "string"})
    stack.up()
    recreate(emulator)
    emulator.change_metadata("create", "docs", propertyName="year", indexType="number")
    stack.declare(name="docs", metadata_indexes={"year": "string"})
    error = refused(stack, emulator)
    assert error.startswith('cannot update index "docs": another index with its name was created ')
    assert emulator.metadata() == {"year": "number"}
    run = stack.up("--refresh", code=1)
    assert "was deleted outside Pulumi with all its vectors" in run.text
    assert "cannot be adopted" in run.text or "Set adopt=True" in run.text
    assert emulator.metadata() == {"year": "number"}


@pytest.mark.parametrize("is_second_first", [False, True])
def test_behavior_35_the_preview_rejects_a_second_resource_for_one_index(
    stack: Stack, emulator: Emulator, is_second_first: bool
):
    parts = [index(name="docs"), index(96, resource="other", name="docs", adopt=True)]
    stack.program("".join(reversed(parts) if is_second_first else parts))
    error = stack.run("preview", code=1).error
    assert "is declared by two resources" in error
    assert "VectorizeIndex::docs" in error
    assert "VectorizeIndex::other" in error


def test_a_creation_that_was_not_confirmed_does_not_make_another_index_ours(stack: Stack, emulator: Emulator):
    stack.declare(name="docs", force_destroy=True)
    emulator.fault(method="POST", path="*/indexes", reset=True, count=99)
    emulator.fault(method="GET", path="*/docs", status=403, count=99)
    stack.up(code=1)
    assert stack.resource()["outputs"]["createdOn"] == ""
    emulator.clear_faults()
    emulator.create("docs")
    emulator.set_created_on("docs", LAST_YEAR)
    assert "it is older than 24 hours" in refused(stack, emulator)
    assert "its creation was never confirmed" in stack.destroy(code=1).error
    assert list(emulator.indexes()) == ["docs"]


def test_a_stack_with_names_of_the_old_format_keeps_them(stack: Stack, emulator: Emulator):
    emulator.create("docs-83edf2b6-e8303e")
    stack.declare()
    stack.up()
    document = stack.state_file.read_text()
    (name,) = stack.ids()
    emulator.delete(name)
    created_on = emulator.get("docs-83edf2b6-e8303e")["created_on"]
    old = stack.resource()["outputs"]["createdOn"]
    stack.state_file.write_text(
        document.replace(name, "docs-83edf2b6-e8303e")
        .replace(name[: -len("-e8303e")], "docs-83edf2b6")
        .replace(old, created_on)
    )
    assert stack.preview().changes == {}
    stack.declare(description="another")
    stack.up()
    assert all(found.startswith("docs-83edf2b6-") for found in emulator.indexes())
