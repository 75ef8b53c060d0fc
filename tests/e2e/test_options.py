"""Pulumi's resource options, and inputs that a preview cannot know yet."""

from __future__ import annotations

import pytest

from tests.e2e.harness import Emulator, Stack, index

pytestmark = pytest.mark.e2e

# A resource of this program's own, whose outputs are unknown in every preview that creates or updates it.
SOURCE = """
    from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult

    class SourceProvider(ResourceProvider):
        def create(self, props):
            return CreateResult("source", {**props, "dimensions": props["length"]})

        def update(self, _id, _olds, news):
            return UpdateResult({**news, "dimensions": news["length"]})

    class Source(Resource):
        dimensions: object

        def __init__(self, name, **props):
            super().__init__(SourceProvider(), name, {"dimensions": None, **props})
"""


def use_source(generation: int, length: int = 64, arguments: str = "") -> str:
    return f"""
from source import Source
source = Source("source", length={length}, generation={generation})
docs = vectorize.VectorizeIndex("docs", config={{"dimensions": source.dimensions, "metric": "cosine"}}{arguments})
pulumi.export("docs", docs.name)
"""


@pytest.mark.parametrize("arguments", ["", ', name="docs"'], ids=["generated", "fixed"])
def test_behavior_03_unknown_inputs_show_as_a_possible_replacement_and_turn_out_none(
    stack: Stack, emulator: Emulator, arguments: str
):
    """Behaviors 3, 17: no validation fails on what is unknown; an equal value in the end is no request."""
    stack.program(use_source(1, arguments=arguments), source=SOURCE)
    assert stack.preview().ops["docs"] == "create"
    stack.up()
    (live,) = emulator.indexes().values()
    assert live["config"]["dimensions"] == 64
    emulator.forget()
    stack.program(use_source(2, arguments=arguments), source=SOURCE)
    step = stack.preview().step()
    assert step["op"] == "replace"
    assert "config.dimensions" in step["replaceReasons"]
    stack.up()
    assert emulator.mutations() == []
    stack.program(use_source(3, length=9999, arguments=arguments), source=SOURCE)
    stack.preview()
    assert stack.up(code=1).error.endswith("must be 1 to 1536, and is more")
    assert emulator.mutations() == []


def test_behavior_20_protect_keeps_an_index_from_destroy_and_from_replacement(stack: Stack, emulator: Emulator):
    stack.declare(64, name="docs", opts="protect=True")
    stack.up()
    emulator.forget()
    assert "protected" in stack.destroy(code=1).text
    stack.declare(96, name="docs", opts="protect=True")
    assert stack.preview(code=1).step()["oldState"]["protect"]
    assert "unable to replace resource" in stack.up(code=1).text
    assert emulator.mutations() == []


def test_retain_on_delete_leaves_the_index_where_it_is(stack: Stack, emulator: Emulator):
    """Behavior 20."""
    stack.declare(name="docs", opts="retain_on_delete=True")
    stack.up()
    stack.program("")
    stack.up()
    assert stack.ids() == []
    assert list(emulator.indexes()) == ["docs"]


def test_delete_before_replace_deletes_a_generated_name_first(stack: Stack, emulator: Emulator):
    """Behavior 20."""
    stack.declare(64, opts="delete_before_replace=True")
    stack.up()
    (old,) = stack.ids()
    emulator.forget()
    stack.declare(96, opts="delete_before_replace=True")
    stack.up()
    assert emulator.mutations() == [f"DELETE indexes/{old}", "POST indexes"]
    assert emulator.indexes().keys() == set(stack.ids())


def test_ignore_changes_keeps_the_index_as_it_is(stack: Stack, emulator: Emulator):
    """Behavior 20."""
    stack.declare(64, name="docs", description="old")
    stack.up()
    stack.declare(96, name="docs", description="new", opts='ignore_changes=["config", "description"]')
    assert stack.preview("--expect-no-changes").changes == {}


def test_an_alias_keeps_the_index_and_its_generated_name(stack: Stack, emulator: Emulator):
    """Behaviors 9, 20: also its later generations belong to the first name, so its vectors stay guarded."""
    stack.declare(64)
    stack.up()
    (old,) = stack.ids()
    emulator.forget()
    renamed = {"resource": "articles", "opts": 'aliases=[pulumi.Alias(name="docs")]'}
    stack.declare(64, **renamed)
    assert stack.preview().changes == {}
    stack.up()
    assert emulator.requests() == []
    assert stack.resource("articles")["id"] == old
    emulator.fill(old, 5)
    stack.declare(96, **renamed)
    assert f'index "{old}": it contains 5 vectors' in stack.up(code=1).error
    stack.declare(96, **renamed, force_destroy=True)
    stack.up()
    (new,) = emulator.indexes()
    assert stack.ids() == [new]
    assert new.rsplit("-", 1)[0] == old.rsplit("-", 1)[0]
    assert stack.preview("--expect-no-changes").changes == {}


def test_depends_on_orders_creation_and_deletion(stack: Stack, emulator: Emulator):
    """Behavior 20."""
    stack.program(index(name="first") + index(resource="second", name="second", opts="depends_on=[docs]"))
    stack.up()
    assert [entry["body"]["name"] for entry in emulator.log()] == ["first", "second"]
    emulator.forget()
    stack.destroy()
    assert emulator.mutations() == ["DELETE indexes/second", "DELETE indexes/first"]


@pytest.mark.parametrize("options", [(), ("--refresh",), ("--run-program",)], ids=" ".join)
def test_destroy_deletes_the_index_in_each_of_its_forms(stack: Stack, emulator: Emulator, options: tuple):
    """Behavior 19: with --refresh and --run-program the process that deletes has first been reported that nothing changed."""
    stack.program(index(name="docs") + index(resource="shop"))
    stack.up()
    stack.destroy(*options)
    assert emulator.indexes() == {}
    assert stack.ids() == []
