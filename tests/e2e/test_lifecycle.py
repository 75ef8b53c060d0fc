"""An index's life as the real engine drives it: create, no change, replace, update in place, destroy."""

from __future__ import annotations

import pytest

from tests.e2e.harness import ACCOUNT, OTHER_ACCOUNT, Emulator, Stack, index

pytestmark = pytest.mark.e2e

PRESET = "@cf/baai/bge-base-en-v1.5"


def test_outputs_of_an_explicit_index_equal_what_a_get_answers(stack: Stack, emulator: Emulator):
    """Behaviors 1, 13, 17, 28: one POST; and no change right afterwards, by preview, by up and by refresh."""
    stack.declare(768, name="docs", description="product documentation")
    stack.up()
    live = emulator.get("docs")
    outputs = stack.resource()["outputs"]
    assert emulator.requests() == ["POST indexes"]
    assert emulator.log()[0]["headers"]["user-agent"].startswith("pulumi-cloudflare-vectorize/")
    assert live["config"] == {"dimensions": 768, "metric": "cosine"}
    assert {key: outputs[key] for key in ("name", "description", "createdOn", "modifiedOn")} == {
        "name": live["name"],
        "description": live["description"],
        "createdOn": live["created_on"],
        "modifiedOn": live["modified_on"],
    }
    assert (outputs["dimensions"], outputs["metric"], outputs["accountId"]) == (768, "cosine", ACCOUNT)
    emulator.forget()
    assert stack.preview("--expect-no-changes").changes == {}
    stack.up("--expect-no-changes")
    assert emulator.requests() == []
    stack.refresh("--expect-no-changes")
    assert emulator.mutations() == []


def test_outputs_of_a_preset_hold_the_effective_shape_as_whole_numbers(stack: Stack, emulator: Emulator):
    """Behavior 1: and the next preview is empty, before and after a refresh."""
    stack.program(
        index(config={"preset": PRESET})
        + """\
pulumi.export("shape", pulumi.Output.all(docs.dimensions, docs.metric, docs.preset))
pulumi.export("is whole", docs.dimensions.apply(lambda value: type(value) is int))
pulumi.export("times", pulumi.Output.all(docs.created_on, docs.modified_on))
"""
    )
    stack.up()
    (live,) = emulator.indexes().values()
    assert live["config"]["dimensions"] == 768
    assert stack.outputs() == {
        "docs": live["name"],
        "shape": [768, live["config"]["metric"], PRESET],
        "is whole": True,
        "times": [live["created_on"], live["modified_on"]],
    }
    stack.refresh("--expect-no-changes")
    assert stack.preview("--expect-no-changes").changes == {}


def test_a_generated_name_is_replaced_create_first(stack: Stack, emulator: Emulator):
    """Behaviors 9, 10: the plan names the reason, and the name that the run then uses."""
    stack.declare(64)
    stack.up()
    (old,) = emulator.indexes()
    stack.declare(128)
    emulator.forget()
    preview = stack.preview()
    step = preview.step()
    assert preview.ops == {"docs": "replace"}
    assert sorted(step["replaceReasons"]) == ["config.dimensions", "name"]
    assert step["oldState"]["delete"]
    assert emulator.mutations() == []
    stack.up()
    (new,) = emulator.indexes()
    assert emulator.mutations() == ["POST indexes", f"DELETE indexes/{old}"]
    assert new == step["newState"]["inputs"]["name"] != old
    assert old.rsplit("-", 1)[0] == new.rsplit("-", 1)[0]
    assert emulator.get(new)["config"]["dimensions"] == 128
    assert stack.ids() == [new]
    assert stack.preview("--expect-no-changes").changes == {}


def test_a_fixed_name_is_replaced_delete_first(stack: Stack, emulator: Emulator):
    """Behavior 10: `pulumi up` shows the reason to a user, `preview --json` to a program."""
    stack.declare(64, name="docs")
    stack.up()
    stack.declare(128, name="docs")
    emulator.forget()
    step = stack.preview().step()
    assert (step["op"], step["replaceReasons"]) == ("replace", ["config.dimensions"])
    assert step["oldState"]["pendingReplacement"]
    shown = stack.run("up", "--yes", "--diff").stdout
    assert "replace" in shown
    assert "~ dimensions: 64 => 128" in " ".join(shown.split())
    assert emulator.mutations() == ["DELETE indexes/docs", "POST indexes"]
    assert emulator.get("docs")["config"]["dimensions"] == 128


def test_each_immutable_property_is_named_as_the_reason_of_a_replacement(stack: Stack, emulator: Emulator):
    """Behavior 15: and a preset that resolves to the same shape, or the same preset as numbers, is no replacement."""
    shape = {"dimensions": 768, "metric": "cosine"}
    stack.declare(name="docs", config=shape, description="old")
    stack.up()
    emulator.forget()
    changes = {
        "config.dimensions": {"config": {**shape, "dimensions": 64}},
        "config.metric": {"config": {**shape, "metric": "euclidean"}},
        "config.preset": {"config": {"preset": "@cf/baai/bge-small-en-v1.5"}},
        "description": {"description": "new"},
        "name": {"name": "other"},
        "accountId": {"account_id": OTHER_ACCOUNT},
    }
    for changed, arguments in changes.items():
        stack.declare(**{"name": "docs", "config": shape, "description": "old", **arguments})
        step = stack.preview().step()
        assert (step["op"], changed in step["replaceReasons"]) == ("replace", True), step
    stack.declare(name="docs", config={"preset": PRESET}, description="old")
    assert stack.preview().ops == {"docs": "update"}
    assert set(emulator.requests()) == {"GET indexes/docs/info"}, (
        "a review asks for the number of vectors, and nothing else"
    )


def test_a_preset_in_the_words_of_its_shape_keeps_a_generated_index_and_another_metric_replaces_it(
    stack: Stack, emulator: Emulator
):
    """Behaviors 10, 15: also for a preset whose metric is documented nowhere, so that only the API's answer shows."""
    stack.declare(config={"preset": "openai/text-embedding-ada-002"})
    stack.up()
    (first,) = emulator.indexes()
    emulator.forget()
    stack.declare(config={"dimensions": 1536, "metric": "dot-product"})
    step = stack.preview().step()
    assert (step["op"], step["oldState"]["delete"]) == ("replace", True), "the new one is created first"
    assert step["newState"]["inputs"]["name"] != first
    emulator.forget()
    stack.declare(config={"dimensions": 1536, "metric": "cosine"})
    assert stack.preview().ops == {"docs": "update"}
    stack.up()
    assert stack.preview("--expect-no-changes").changes == {}
    assert (stack.ids(), emulator.requests()) == ([first], [])
    stack.declare(config={"dimensions": 1536, "metric": "dot-product"})
    stack.up()
    (second,) = emulator.indexes()
    assert emulator.mutations() == ["POST indexes", f"DELETE indexes/{first}"]
    assert stack.ids() == [second] != [first]
    assert stack.preview("--expect-no-changes").changes == {}


def test_options_that_the_api_never_sees_change_in_place_without_a_request(stack: Stack, emulator: Emulator):
    """Behaviors 6, 15: force_destroy and adopt, on and off, with all outputs kept; a preset of the same shape as well."""
    stack.declare(768, name="docs")
    stack.up()
    before = stack.resource()["outputs"]
    emulator.forget()
    stack.declare(768, name="docs", force_destroy=True, adopt=True)
    assert stack.preview().ops == {"docs": "update"}
    stack.up()
    assert stack.resource()["outputs"] == {**before, "forceDestroy": True, "adopt": True}
    stack.declare(name="docs", config={"preset": PRESET})
    stack.up()
    after = stack.resource()["outputs"]
    assert after == {**before, "config": {"preset": PRESET}, "preset": PRESET}
    assert emulator.requests() == []
    assert stack.preview("--expect-no-changes").changes == {}


def test_an_account_change_moves_the_index(stack: Stack, emulator: Emulator):
    """Behavior 15: created in the new account, deleted from the old one, wherever the account comes from."""
    stack.declare(name="docs")
    stack.up()
    stack.env["CLOUDFLARE_ACCOUNT_ID"] = OTHER_ACCOUNT
    stack.up()
    assert emulator.indexes(ACCOUNT) == {}
    assert list(emulator.indexes(OTHER_ACCOUNT)) == ["docs"]
    assert stack.resource()["outputs"]["accountId"] == OTHER_ACCOUNT


def test_destroy_of_an_absent_index_is_a_success_and_so_is_a_second_one(stack: Stack, emulator: Emulator):
    """Behavior 18: one of them was deleted outside Pulumi."""
    stack.program(index(name="docs") + index(resource="shop", name="shop"))
    stack.up()
    emulator.delete("shop")
    emulator.forget()
    stack.destroy()
    assert emulator.indexes() == {}
    assert stack.ids() == []
    stack.destroy()


def test_behavior_29_create_change_refresh_destroy_leaves_the_account_as_it_was(stack: Stack, emulator: Emulator):
    emulator.create("others", description="not ours")
    before = emulator.indexes()
    stack.program(index(64) + index(resource="shop", name="shop", config={"preset": PRESET}))
    stack.up()
    stack.program(index(128) + index(384, resource="shop", name="shop"))
    stack.up()
    stack.refresh("--expect-no-changes")
    assert len(emulator.indexes()) == 3
    stack.destroy()
    assert emulator.indexes() == before
