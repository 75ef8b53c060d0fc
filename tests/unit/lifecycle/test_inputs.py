"""What a user declares: the canonical form, and every way to be wrong, all at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_cloudflare_vectorize.api.models import PRESETS, Shape
from pulumi_cloudflare_vectorize.lifecycle.inputs import IndexInputs, MetadataIndexInputs, parse_inputs, resolved_shape
from pulumi_cloudflare_vectorize.unknown import UNKNOWN, contains_unknown
from tests.unit.strategies import any_declarations, json_like, legal_declarations, legal_metadata_declarations

SHAPE = {"dimensions": 768, "metric": "cosine"}
ONE_FORM = "must contain either dimensions and metric, or preset, got "


def problems(**declared):
    return {problem.path: problem.reason for problem in parse_inputs(IndexInputs, {"config": SHAPE, **declared})[1]}


def test_the_canonical_form_has_every_key_with_its_default():
    canonical, _ = parse_inputs(IndexInputs, {"config": {"dimensions": 768.0, "metric": "cosine"}})
    assert canonical == {
        "config": SHAPE,
        "name": "",
        "namePrefix": "",
        "description": "",
        "accountId": "",
        "metadataIndexes": {},
        "forceDestroy": False,
        "adopt": False,
        "retainOnDelete": False,
    }
    assert type(canonical["config"]["dimensions"]) is int


def test_a_preset_stays_as_it_was_declared():
    config = {"preset": "@cf/baai/bge-base-en-v1.5"}
    assert parse_inputs(IndexInputs, {"config": config})[0]["config"] == config


@pytest.mark.parametrize(
    ("dimensions", "reason"),
    [
        (0, "must be 1 to 1536, and is less"),
        (-1, "must be 1 to 1536, and is less"),
        (1537.0, "must be 1 to 1536, and is more"),
        (7.5, "must be a whole number, got a number"),
        ("768", "must be a whole number, got text of 3 characters"),
        (True, "must be a whole number, got true or false"),
        (float("nan"), "must be a whole number, got a number"),
        (float("inf"), "must be a whole number, got a number"),
    ],
)
def test_dimensions_outside_their_range_or_type_are_refused(dimensions, reason):
    assert problems(config={"dimensions": dimensions, "metric": "cosine"}) == {"config.dimensions": reason}


@pytest.mark.parametrize("dimensions", [1, 31, 32, 1536])
def test_dimensions_at_the_ends_of_their_range_are_accepted(dimensions):
    assert problems(config={"dimensions": dimensions, "metric": "cosine"}) == {}


@pytest.mark.parametrize(
    ("config", "got"),
    [
        ({}, "nothing"),
        ({"dimensions": 768}, "dimensions"),
        ({"metric": "cosine"}, "metric"),
        ({"dimensions": 768, "metric": None}, "dimensions"),
        ({**SHAPE, "preset": "@cf/baai/bge-base-en-v1.5"}, "dimensions and metric and preset"),
        (None, "nothing"),
        ("cosine", "text of 6 characters"),
    ],
)
def test_a_config_of_neither_form_is_refused_with_what_it_holds(config, got):
    assert problems(config=config) == {"config": ONE_FORM + got}


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ("tenant", "must map property names to string, number, boolean, got text of 6 characters"),
        (["tenant"], "must map property names to string, number, boolean, got a list"),
        (
            {"": "string", "$x": "string", "ok": "string"},
            (
                "has invalid property names: name 1 must be 1 to 512 characters, got 0, name 2 must not begin with '$', "
                "contain '\"', or have an empty part between dots"
            ),
        ),
        ({"x" * 513: "string"}, "has invalid property names: name 1 must be 1 to 512 characters, got 513"),
        ({f"p{i}": "string" for i in range(11)}, "must hold at most 10, got 11"),
    ],
    ids=["text", "list", "illegal names", "a long name", "eleven"],
)
def test_metadata_indexes_that_are_no_map_or_too_many_or_have_illegal_names_are_refused(declared, reason):
    assert problems(metadataIndexes=declared) == {"metadataIndexes": reason}


def test_metadata_indexes_up_to_every_limit_are_accepted():
    assert (
        problems(metadataIndexes={**{f"p{i}": "string" for i in range(8)}, "a": "number", "x" * 512: "boolean"}) == {}
    )


def test_a_type_that_no_metadata_index_has_is_refused_under_its_property():
    assert problems(metadataIndexes={"tenant": "text"}) == {
        "metadataIndexes.tenant": "must be one of string, number, boolean: got text of 4 characters"
    }


def test_a_missing_config_is_refused():
    assert [(p.path, p.reason) for p in parse_inputs(IndexInputs, {})[1]] == [("config", "is required")]


@pytest.mark.parametrize("metric", ["Cosine", "dot_product", "", 7, None.__class__, ["cosine"]])
def test_an_unknown_metric_is_refused_with_the_choices(metric):
    assert (
        "must be one of cosine, euclidean, dot-product" in problems(config={**SHAPE, "metric": metric})["config.metric"]
    )


def test_an_unknown_preset_is_refused_with_the_choices():
    reason = problems(config={"preset": "bge"})["config.preset"]
    assert all(preset in reason for preset in PRESETS)


def test_behavior_02_every_problem_is_named_at_once_under_its_own_property():
    found = problems(
        config={"dimensions": 0, "metric": "x"},
        name="A",
        accountId="x",
        description=1,
        forceDestroy="yes",
        adopt=1,
        foo=1,
    )
    assert set(found) == {
        "config.dimensions",
        "config.metric",
        "name",
        "accountId",
        "description",
        "forceDestroy",
        "adopt",
        "foo",
    }
    assert found["forceDestroy"] == "must be true or false, got text of 3 characters"
    assert found["description"] == "must be text, got a number"
    assert found["foo"] == "is not a property of this resource"


SECRET = "S3cr3t!{x}"


@pytest.mark.parametrize(
    "value", [SECRET, {SECRET: SECRET}, {"a": SECRET}, [SECRET], {"dimensions": SECRET, "metric": SECRET}]
)
@pytest.mark.parametrize("model", [IndexInputs, MetadataIndexInputs])
def test_no_problem_shows_a_value_because_it_may_be_a_secret(model, value):
    """In every property at once, as the dynamic provider gets them: without a mark on what is a secret."""
    declared = {field.alias: value for field in model.model_fields.values()}
    found = parse_inputs(model, declared)[1]
    assert len(found) >= len(declared) - 2
    assert SECRET not in str([problem.reason for problem in found])


def test_a_choice_that_is_nearly_right_is_suggested():
    assert problems(config={"dimensions": 64, "metric": "Cosin"})["config.metric"].endswith("did you mean cosine?")


LEGAL = [(IndexInputs, legal_declarations), (MetadataIndexInputs, legal_metadata_declarations)]
by_model = st.sampled_from(LEGAL).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1]))


@given(by_model)
def test_the_canonical_form_is_its_own_canonical_form(drawn):
    model, news = drawn
    canonical, found = parse_inputs(model, {key: value for key, value in news.items() if value is not None})
    assert found == []
    assert set(canonical) == {field.alias for field in model.model_fields.values()}
    assert parse_inputs(model, canonical) == (canonical, [])
    assert all(canonical[key] == value or value is None for key, value in news.items())


@given(st.sampled_from([IndexInputs, MetadataIndexInputs]), any_declarations)
def test_whatever_is_declared_has_a_canonical_form_or_problems_under_the_names_it_was_given(model, news):
    before = repr(news)
    canonical, found = parse_inputs(model, news)
    assert bool(found) is not bool(canonical)
    keys = {field.alias for field in model.model_fields.values()}
    assert {problem.path.partition(".")[0] for problem in found} <= keys | set(news)
    assert {key for key in news if key not in keys} <= {problem.path for problem in found}
    assert repr(news) == before


@settings(max_examples=50)
@given(json_like, st.lists(json_like, max_size=2))
def test_unknown_is_found_wherever_it_stands(value, more):
    assert contains_unknown(value) is (repr(UNKNOWN) in repr(value))
    assert contains_unknown([*more, {"key": (value,)}]) is any(map(contains_unknown, [*more, value]))


@pytest.mark.parametrize("key", ["config", "name", "namePrefix", "description", "accountId", "forceDestroy", "adopt"])
def test_an_unknown_value_passes_anywhere(key):
    canonical, found = parse_inputs(IndexInputs, {"config": SHAPE, key: UNKNOWN})
    assert not found
    assert canonical[key] is UNKNOWN


@pytest.mark.parametrize("key", ["dimensions", "metric"])
def test_an_unknown_value_inside_config_passes_while_the_other_is_still_checked(key):
    canonical, found = parse_inputs(IndexInputs, {"config": {**SHAPE, key: UNKNOWN}})
    assert not found
    assert canonical["config"][key] is UNKNOWN
    other = "metric" if key == "dimensions" else "dimensions"
    assert f"config.{other}" in problems(config={key: UNKNOWN, other: "wrong"})


@pytest.mark.parametrize(
    ("config", "shape"),
    [
        (SHAPE, Shape(768, "cosine")),
        ({"preset": "@cf/baai/bge-small-en-v1.5"}, Shape(384, "cosine")),
        ({"preset": "openai/text-embedding-ada-002"}, Shape(1536, None)),
        ({"preset": UNKNOWN}, Shape(None, None)),
        ({"dimensions": UNKNOWN, "metric": "cosine"}, Shape(None, "cosine")),
        ({"dimensions": 768, "metric": UNKNOWN}, Shape(768, None)),
        ({"preset": "of a later release"}, Shape(None, None)),
    ],
)
def test_a_config_resolves_to_the_shape_that_is_known_offline(config, shape):
    assert resolved_shape(config) == shape


def test_unknown_is_found_at_any_depth():
    assert contains_unknown({"a": [{"b": UNKNOWN}]})
    assert not contains_unknown({"a": [{"b": 1}], "c": "x"})


def test_a_shape_that_is_not_known_says_so():
    assert str(Shape(None, None)) == "? dimensions, unknown metric"
    assert str(Shape(32, "cosine")) == "32 dimensions, cosine"
