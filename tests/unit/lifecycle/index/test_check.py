"""check: offline, complete, canonical."""

import copy

import pytest
from hypothesis import given

from pulumi_cloudflare_vectorize.api.client import Client
from pulumi_cloudflare_vectorize.lifecycle.context import Context
from pulumi_cloudflare_vectorize.lifecycle.index.check import check
from pulumi_cloudflare_vectorize.lifecycle.naming import generated_name, is_generation_of
from pulumi_cloudflare_vectorize.lifecycle.run_state import RunState
from pulumi_cloudflare_vectorize.unknown import UNKNOWN
from tests.unit.fakes import ACCOUNT_ID, declared
from tests.unit.strategies import OTHER_ACCOUNT, PREFIX, any_declarations, legal_declarations

SHAPE = {"dimensions": 768, "metric": "cosine"}


def checked(context, news, olds=None):
    result = check(context, olds or {}, news)
    assert result.problems == []
    return result.inputs


def name_of(context, **news):
    return checked(context, {"namePrefix": PREFIX, "config": SHAPE, **news})["name"]


def test_the_keys_of_the_answer_are_fixed_whatever_was_declared(context):
    assert set(checked(context, {"config": SHAPE, "name": "docs"})) == set(declared())
    assert set(checked(context, {"config": UNKNOWN, "namePrefix": PREFIX, "adopt": True})) == set(declared())


def test_the_account_is_filled_in_from_the_settings(context):
    assert checked(context, {"config": SHAPE, "name": "docs"}) == declared()


def test_the_account_of_the_resource_wins(context):
    assert checked(context, {"config": SHAPE, "name": "docs", "accountId": OTHER_ACCOUNT})["accountId"] == OTHER_ACCOUNT


def test_an_account_that_no_place_names_is_a_problem_that_names_every_place(context):
    nowhere = Context(context.client, context.run, context.report, context.deadline)
    (problem,) = check(nowhere, {}, {"config": SHAPE, "name": "docs"}).problems
    assert problem.path == "accountId"
    assert all(place in problem.reason for place in ("account_id", "vectorize:accountId", "CLOUDFLARE_ACCOUNT_ID"))


def test_all_problems_come_at_once_and_the_inputs_stay_as_they_were(context):
    news = {"config": {"dimensions": 0, "metric": "x"}, "name": "X"}
    result = check(context, {}, news)
    assert [problem.path for problem in result.problems] == ["config.dimensions", "config.metric", "name"]
    assert result.inputs == news


def test_nothing_is_sent(context, api):
    checked(context, {"config": SHAPE, "namePrefix": PREFIX})
    assert api.seen == []


def test_a_given_name_stays_and_has_no_prefix(context):
    inputs = checked(context, {"config": SHAPE, "name": "docs"})
    assert (inputs["name"], inputs["namePrefix"]) == ("docs", "")


def test_a_generated_name_is_the_same_in_every_process(context, transport, said, deadline):
    other = Context(Client(transport), RunState(), said, deadline, ACCOUNT_ID, "urn:docs")
    assert name_of(context) == name_of(other)
    assert is_generation_of(PREFIX, name_of(context))


@pytest.mark.parametrize(
    "change",
    [
        {"config": {"dimensions": 32, "metric": "cosine"}},
        {"config": {"dimensions": 768, "metric": "euclidean"}},
        {"config": {"preset": "openai/text-embedding-ada-002"}},
        {"description": "other"},
        {"accountId": OTHER_ACCOUNT},
    ],
)
def test_a_change_of_an_immutable_input_gives_a_new_name_of_the_same_identity(context, change):
    assert name_of(context, **change) != name_of(context)
    assert is_generation_of(PREFIX, name_of(context, **change))


@pytest.mark.parametrize(
    "change", [{"forceDestroy": True}, {"adopt": True}, {"config": {"preset": "@cf/baai/bge-base-en-v1.5"}}]
)
def test_a_change_that_replaces_nothing_keeps_the_name(context, change):
    assert name_of(context, **change) == name_of(context)


ADA = {"preset": "openai/text-embedding-ada-002"}
COHERE = {"preset": "cohere/embed-multilingual-v2.0"}


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        (ADA, {"config": {"dimensions": 1536, "metric": "cosine"}}, True),
        (ADA, {"config": {"dimensions": 1536, "metric": "dot-product"}}, True),
        ({"dimensions": 1536, "metric": "cosine"}, {"config": ADA}, True),
        (COHERE, {"config": SHAPE}, True),
        (ADA, {"config": SHAPE}, False),
        (ADA, {"config": COHERE}, False),
        (ADA, {"config": {"dimensions": 1536, "metric": "cosine"}, "description": "new"}, False),
        (ADA, {"config": {"dimensions": 1536, "metric": "cosine"}, "accountId": OTHER_ACCOUNT}, False),
    ],
)
def test_a_generated_name_is_kept_where_a_preset_may_have_the_declared_shape(context, old, new, kept):
    """Behavior 15: diff knows the shape that the API answered, and decides."""
    olds = checked(context, {"namePrefix": PREFIX, "config": old})
    news = checked(context, {"namePrefix": PREFIX, **new}, olds)
    assert (news["name"] == olds["name"]) is kept
    assert checked(context, {"namePrefix": PREFIX, **new}, news)["name"] == news["name"]
    assert checked(context, {"namePrefix": PREFIX, **new})["name"] != olds["name"]


def test_a_generated_name_is_kept_with_its_description(context):
    olds = checked(context, {"namePrefix": PREFIX, "config": ADA, "description": "docs"})
    news = {"namePrefix": PREFIX, "config": {"dimensions": 1536, "metric": "cosine"}}
    assert checked(context, {**news, "description": "docs"}, olds)["name"] == olds["name"]
    assert checked(context, news, olds)["name"] != olds["name"]


def test_a_kept_name_becomes_unknown_with_what_it_follows_from(context):
    olds = checked(context, {"namePrefix": PREFIX, "config": ADA})
    news = {"namePrefix": PREFIX, "config": {"dimensions": 1536, "metric": UNKNOWN}}
    assert checked(context, news, olds)["name"] is UNKNOWN


@pytest.mark.parametrize(
    "unknown", [{"config": UNKNOWN}, {"config": {**SHAPE, "dimensions": UNKNOWN}}, {"description": UNKNOWN}]
)
def test_a_generated_name_is_unknown_while_what_it_follows_from_is(context, unknown):
    assert name_of(context, **unknown) is UNKNOWN


def test_an_unknown_name_stays_unknown(context):
    assert checked(context, {"config": SHAPE, "name": UNKNOWN})["name"] is UNKNOWN


def test_a_renamed_resource_keeps_its_identity_also_in_the_second_check_of_a_replacement(context):
    olds = checked(context, {"config": SHAPE, "namePrefix": PREFIX})
    news = {"config": {"dimensions": 32, "metric": "cosine"}, "namePrefix": "renamed-22222222"}
    renamed = Context(context.client, RunState(), context.report, context.deadline, ACCOUNT_ID, "urn:renamed")
    first, second = checked(renamed, news, olds), checked(renamed, news)
    assert first == second
    assert is_generation_of(PREFIX, first["name"])


@pytest.mark.parametrize("olds", [{}, declared(name=f"{PREFIX}-abcdef", namePrefix=PREFIX)], ids=["new", "generated"])
def test_a_name_of_the_persons_own_has_no_prefix_although_the_sdk_sent_one(context, olds):
    inputs = checked(context, {"config": SHAPE, "name": "docs", "namePrefix": PREFIX}, olds)
    assert (inputs["name"], inputs["namePrefix"]) == ("docs", "")


def test_a_preset_whose_metric_only_the_api_knows_stands_for_itself_in_a_generated_name(context):
    config = {"preset": "openai/text-embedding-ada-002"}
    assert name_of(context, config=config) == generated_name(PREFIX, [ACCOUNT_ID, config, ""])
    assert name_of(context, config=config) == f"{PREFIX}-ae7ae8"


def test_resources_of_different_names_do_not_get_in_each_others_way(context):
    other = Context(context.client, context.run, context.report, context.deadline, ACCOUNT_ID, "urn:shop")
    assert checked(context, {"config": SHAPE, "namePrefix": PREFIX})["namePrefix"] == PREFIX
    assert checked(other, {"config": SHAPE, "namePrefix": "shop-22222222"})["namePrefix"] == "shop-22222222"


def another(context, urn="urn:other"):
    return Context(context.client, context.run, context.report, context.deadline, ACCOUNT_ID, urn)


@pytest.mark.parametrize("turned", [False, True])
def test_behavior_35_a_second_resource_for_one_index_is_refused_and_both_are_named(context, turned):
    first, second = (another(context), context) if turned else (context, another(context))
    checked(first, {"config": SHAPE, "name": "docs"})
    (problem,) = check(
        second, {}, {"config": {"dimensions": 32, "metric": "cosine"}, "name": "docs", "adopt": True}
    ).problems
    assert problem.path == "name"
    assert problem.reason == (
        f'is used twice: index "docs" of account {ACCOUNT_ID} is declared by two resources, {first.urn} and {second.urn}. '
        "Remove one of them, or choose another name for it"
    )


@pytest.mark.parametrize(
    "change", [{"name": "shop"}, {"accountId": OTHER_ACCOUNT}, {"name": UNKNOWN}, {"accountId": UNKNOWN}]
)
def test_another_index_or_one_that_is_not_known_yet_is_no_second_claim(context, change):
    checked(context, {"config": SHAPE, "name": "docs"})
    checked(another(context), {"config": SHAPE, "name": "docs", **change})


def test_properties_that_the_program_declares_separately_are_remembered_and_not_stored(context):
    inputs = checked(context, {"config": SHAPE, "name": "docs", "separateMetadataIndexes": ["tenant"]})
    assert "separateMetadataIndexes" not in inputs
    assert context.run.resource(context.urn).separate_properties == {"tenant"}
    assert context.run.resource("urn:other").separate_properties == frozenset()


OLD_PREFIX = "docs-83edf2b6"


def test_a_stack_with_names_of_the_old_format_keeps_them(context):
    olds = declared(name=f"{OLD_PREFIX}-e8303e", namePrefix=OLD_PREFIX)
    same = checked(context, {"config": SHAPE, "namePrefix": PREFIX}, olds)
    assert (same["name"], same["namePrefix"]) == (olds["name"], OLD_PREFIX)
    changed = checked(context, {"config": SHAPE, "namePrefix": PREFIX, "description": "x"}, olds)
    assert is_generation_of(OLD_PREFIX, changed["name"])
    assert changed["name"] != olds["name"]


def test_two_resources_that_would_get_the_same_name_are_refused(context):
    twin = Context(context.client, context.run, context.report, context.deadline, ACCOUNT_ID, "urn:other-parent")
    checked(context, {"config": SHAPE, "namePrefix": PREFIX})
    (problem,) = check(twin, {}, {"config": SHAPE, "namePrefix": PREFIX}).problems
    assert problem.path == "name"
    assert "under another parent" in problem.reason


@pytest.mark.parametrize("name", ["", None])
def test_a_name_that_turns_out_empty_is_refused(context, name):
    (problem,) = check(context, {}, {"config": SHAPE, "name": name}).problems
    assert (problem.path, problem.reason[:17]) == ("name", "must not be empty")


@pytest.mark.parametrize("forced", [True, False, UNKNOWN])
def test_behavior_34_force_destroy_is_remembered_for_the_resource_that_declares_it(context, forced):
    checked(context, {"config": SHAPE, "name": "docs", "forceDestroy": forced}, declared(forceDestroy=True))
    assert context.run.resource(context.urn).force_destroy is (None if forced is UNKNOWN else forced)
    assert context.run.resource("urn:other").force_destroy is None
    assert context.run.resource(context.urn).is_declared
    assert not context.run.resource("urn:other").is_declared


def test_a_new_resource_cannot_have_the_names_of_one_that_was_renamed(context):
    olds = checked(context, {"config": SHAPE, "namePrefix": PREFIX})
    one = Context(context.client, RunState(), context.report, context.deadline, ACCOUNT_ID, "urn:renamed")
    other = Context(one.client, one.run, one.report, one.deadline, ACCOUNT_ID, "urn:new")
    assert checked(one, {"config": SHAPE, "namePrefix": "renamed-22222222"}, olds)["namePrefix"] == PREFIX
    assert check(other, {}, {"config": SHAPE, "namePrefix": PREFIX}).problems[0].path == "name"


@pytest.mark.parametrize(("dimensions", "warned"), [(1, True), (31, True), (32, False)])
def test_few_dimensions_are_accepted_with_a_warning(context, said, dimensions, warned):
    checked(context, {"config": {"dimensions": dimensions, "metric": "cosine"}, "name": "docs"})
    assert bool(said) is warned
    if warned:
        assert said[0][0] == "warning"
        assert f"dimensions={dimensions}" in said[0][1]


@given(legal_declarations)
def test_check_of_its_own_answer_changes_nothing(context, news):
    first = check(context, {}, news)
    assert {problem.path for problem in first.problems} <= {"name"}, "all else is legal"
    if not first.problems:
        assert checked(context, first.inputs) == first.inputs
        assert checked(context, first.inputs, first.inputs) == first.inputs


@given(any_declarations)
def test_whatever_is_declared_gets_an_answer_under_its_own_names_and_no_exception(context, news):
    before = copy.deepcopy(news)
    result = check(context, {}, news)
    assert {problem.path.partition(".")[0] for problem in result.problems} <= {*declared(), *news}
    assert all(problem.reason for problem in result.problems)
    assert repr(news) == repr(before)
    if result.problems:
        assert repr(result.inputs) == repr(news)
    else:
        assert set(result.inputs) == set(declared())
