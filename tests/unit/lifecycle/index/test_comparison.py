"""diff: one table, a row for each property × {same, changed, unknown}; symmetric, total and pure."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_cloudflare_vectorize.api.models import METRICS, PRESETS, Index
from pulumi_cloudflare_vectorize.lifecycle.effects import Difference, Effect
from pulumi_cloudflare_vectorize.lifecycle.index.comparison import EFFECTS, compare
from pulumi_cloudflare_vectorize.lifecycle.index.generated_name import generation_name
from pulumi_cloudflare_vectorize.lifecycle.index.state import INPUT_KEYS, outputs_of
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.diff import diff as diff_metadata_index
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.state import REPLACES as METADATA_REPLACES
from pulumi_cloudflare_vectorize.unknown import UNKNOWN, contains_unknown
from tests.unit.fakes import declared, live
from tests.unit.strategies import json_like, keyed, near_configs, near_metadata

SHAPE = {"dimensions": 768, "metric": "cosine"}
PRESET = {"preset": "@cf/baai/bge-base-en-v1.5"}
ADA = {"preset": "openai/text-embedding-ada-002"}


def state(**changes):
    inputs = declared(**changes)
    config = inputs["config"]
    shape = {"dimensions": config.get("dimensions", 768), "metric": config.get("metric", "cosine")}
    return outputs_of(inputs, Index(**live(inputs["name"], **shape, description=inputs["description"])))


ROWS = [
    # property, changed inputs, unknown inputs, what it means
    ("accountId", {"accountId": "f" * 32}, {"accountId": UNKNOWN}, Effect.REPLACES),
    ("name", {"name": "other"}, {"name": UNKNOWN}, Effect.REPLACES),
    ("description", {"description": "new"}, {"description": UNKNOWN}, Effect.REPLACES),
    (
        "config.dimensions",
        {"config": {**SHAPE, "dimensions": 32}},
        {"config": {**SHAPE, "dimensions": UNKNOWN}},
        Effect.REPLACES,
    ),
    (
        "config.metric",
        {"config": {**SHAPE, "metric": "euclidean"}},
        {"config": {**SHAPE, "metric": UNKNOWN}},
        Effect.REPLACES,
    ),
    ("config.preset", {"config": ADA}, {"config": {"preset": UNKNOWN}}, Effect.REPLACES),
    ("namePrefix", {"namePrefix": "docs-11111111"}, {"namePrefix": UNKNOWN}, Effect.IN_PLACE),
    ("metadataIndexes", {"metadataIndexes": {"a": "string"}}, {"metadataIndexes": {"a": UNKNOWN}}, Effect.IN_PLACE),
    ("forceDestroy", {"forceDestroy": True}, {"forceDestroy": UNKNOWN}, Effect.IN_PLACE),
    ("adopt", {"adopt": True}, {"adopt": UNKNOWN}, Effect.IN_PLACE),
    ("retainOnDelete", {"retainOnDelete": True}, {"retainOnDelete": UNKNOWN}, Effect.IN_PLACE),
]


def test_every_input_has_a_row():
    columns = {path.partition(".")[0] for path, *_ in ROWS}
    assert columns == set(INPUT_KEYS)
    assert {path for path, effect in EFFECTS.items() if effect is not Effect.IGNORED} == {path for path, *_ in ROWS}


def test_every_output_has_an_effect():
    held = {*state(), "unconfirmedMetadataIndexes"}
    assert held - {"config"} | {"config.dimensions", "config.metric", "config.preset"} == set(EFFECTS)


@pytest.mark.parametrize(("path", "changed", "unknown", "effect"), ROWS)
def test_a_property_that_is_the_same_is_no_difference(path, changed, unknown, effect):
    new = declared(**changed) if "config" not in changed else declared()
    assert compare(state(**new), new).is_empty


@pytest.mark.parametrize("which", ["changed", "unknown"])
@pytest.mark.parametrize(("path", "changed", "unknown", "effect"), ROWS)
def test_behavior_15_a_changed_or_unknown_property_has_its_effect(path, changed, unknown, effect, which):
    found = compare(state(), declared(**(changed if which == "changed" else unknown)))
    assert path in (found.replaces if effect is Effect.REPLACES else found.updates)
    assert not (found.replaces if effect is Effect.IN_PLACE else found.updates)
    assert EFFECTS[path] is effect


@pytest.mark.parametrize(
    ("old", "new", "same_name"),
    [("docs", "docs", True), ("docs", "other", False), ("docs", UNKNOWN, False)],
)
def test_behavior_10_the_name_decides_which_half_of_a_replacement_comes_first(old, new, same_name):
    """Behavior 10; also without changes, or the engine deletes what it has just created (trap A)."""
    assert compare(state(name=old), declared(name=new)).same_name is same_name


@pytest.mark.parametrize(
    ("change", "same_name"),
    [
        pytest.param({}, True, id="nothing"),
        pytest.param({"config": {"dimensions": 1536, "metric": "cosine"}}, True, id="the same shape in other words"),
        pytest.param({"config": {"dimensions": 1536, "metric": "euclidean"}}, False, id="another metric"),
        pytest.param({"description": "new"}, False, id="description"),
        pytest.param({"config": UNKNOWN}, False, id="unknown"),
    ],
)
def test_a_kept_generated_name_ends_with_a_replacement(change, same_name):
    """Behavior 10: the engine checks a replacement again, which gives it the name of another generation."""
    inputs = declared(config=ADA, namePrefix="docs-11111111")
    name = generation_name("docs-11111111", inputs)
    old = outputs_of({**inputs, "name": name}, Index(**live(name, dimensions=1536)))
    assert compare(old, {**inputs, "name": name, **change}).same_name is same_name


def test_drift_of_a_generated_index_is_replaced_under_its_own_name():
    inputs = declared(namePrefix="docs-11111111")
    name = generation_name("docs-11111111", inputs)
    drifted = outputs_of({**inputs, "name": name, "config": {**SHAPE, "dimensions": 32}}, Index(**live(name, 32)))
    found = compare(drifted, {**inputs, "name": name})
    assert (found.replaces, found.same_name) == (["config.dimensions"], True)


def test_outputs_of_the_api_never_differ():
    old = {**state(), "createdOn": "x", "modifiedOn": "y", "preset": "z"}
    assert compare(old, declared()) == Difference([], [], same_name=True)


@pytest.mark.parametrize(("old", "new"), [(SHAPE, PRESET), (PRESET, SHAPE)])
def test_the_same_shape_in_other_words_is_an_update_without_a_replacement(old, new):
    found = compare(state(config=old), declared(config=new))
    assert found.replaces == []
    assert "config.preset" in found.updates


def test_a_preset_whose_metric_only_the_api_knows_is_compared_by_what_the_api_answered():
    old = outputs_of(declared(config=ADA), Index(**live(dimensions=1536)))
    assert compare(old, declared(config=ADA)).is_empty
    assert compare(old, declared(config={"dimensions": 1536, "metric": "cosine"})).replaces == []
    assert "config.metric" in compare(old, declared(config={"dimensions": 1536, "metric": "dot-product"})).replaces


@pytest.mark.parametrize("half", [{"dimensions": 1536}, {"metric": "cosine"}])
def test_half_of_an_effective_shape_is_none(half):
    old = {key: value for key, value in state(config=SHAPE).items() if key not in ("dimensions", "metric")}
    assert compare({**old, **half}, declared(config=PRESET)).replaces == []


def test_a_shape_that_is_unknown_on_either_side_may_replace_whatever_the_outputs_say():
    unknown = {**state(), "config": {"preset": UNKNOWN}}
    assert "config.preset" in compare(unknown, state()).replaces
    assert "config.preset" in compare(state(), unknown).replaces


def test_a_preset_of_unknown_metric_in_place_of_a_shape_replaces():
    assert (
        "config.preset"
        in compare(state(config={"dimensions": 1536, "metric": "cosine"}), declared(config=ADA)).replaces
    )


@pytest.mark.parametrize("absent", [None, "", "missing"])
def test_null_empty_and_absent_are_the_same(absent):
    old = state()
    if absent == "missing":
        del old["description"], old["forceDestroy"], old["adopt"]
    else:
        old["description"] = absent
    assert compare(old, declared()).is_empty


def test_an_empty_state_differs_in_everything():
    assert "config.dimensions" in compare({}, declared()).replaces


values = st.fixed_dictionaries(
    {
        "config": st.one_of(
            st.just(UNKNOWN),
            st.fixed_dictionaries({"preset": st.sampled_from([*PRESETS, UNKNOWN])}),
            st.fixed_dictionaries(
                {"dimensions": st.sampled_from([32, 768, UNKNOWN]), "metric": st.sampled_from([*METRICS, UNKNOWN])}
            ),
        ),
        "name": st.sampled_from(["docs", "other", UNKNOWN]),
        "namePrefix": st.sampled_from(["", "docs-11111111"]),
        "description": st.sampled_from(["", "text", UNKNOWN]),
        "accountId": st.sampled_from(["a" * 32, "b" * 32]),
        "metadataIndexes": st.sampled_from([{}, {"a": "string"}, {"a": "number"}, UNKNOWN, {"a": UNKNOWN}]),
        "forceDestroy": st.booleans(),
        "adopt": st.booleans(),
    }
)


@given(values, values)
def test_diff_is_symmetric_total_and_pure(one, other):
    before = copy.deepcopy((one, other))
    there, back = compare(one, other), compare(other, one)
    assert (there.replaces, there.updates) == (back.replaces, back.updates)
    assert (one, other) == before
    assert set(there.replaces).isdisjoint(there.updates)


@given(values)
def test_a_known_declaration_never_differs_from_itself(one):
    assert compare(one, one).is_empty is not contains_unknown(one)


any_states = keyed([*state(), "other"], json_like | near_configs | near_metadata)


@given(any_states, any_states)
def test_diff_has_an_answer_for_any_two_states_the_same_either_way(one, other):
    before = repr((one, other))
    there, back = compare(one, other), compare(other, one)
    assert (there.replaces, there.updates) == (back.replaces, back.updates)
    assert repr((one, other)) == before
    assert {*there.replaces, *there.updates} <= set(EFFECTS)
    assert set(there.replaces).isdisjoint(there.updates)


metadata_states = keyed(list(METADATA_REPLACES), json_like)


@settings(max_examples=50)
@given(metadata_states, metadata_states)
def test_metadata_index_diff_has_an_answer_for_any_two_states_the_same_either_way(context, one, other):
    before = repr((one, other))
    assert diff_metadata_index(context, one, other) == diff_metadata_index(context, other, one)
    assert repr((one, other)) == before
