"""check: offline, complete, canonical."""

import copy

import pytest
from hypothesis import given

from pulumi_cloudflare_vectorize.client import Client
from pulumi_cloudflare_vectorize.lifecycle.check import check
from pulumi_cloudflare_vectorize.lifecycle.operation import Operation
from pulumi_cloudflare_vectorize.lifecycle.run_state import RunState
from pulumi_cloudflare_vectorize.models import UNKNOWN
from pulumi_cloudflare_vectorize.naming import generated_name, is_generation_of
from tests.unit.fakes import ACCOUNT_ID, declared
from tests.unit.strategies import OTHER_ACCOUNT, PREFIX, any_declarations, legal_declarations

SHAPE = {"dimensions": 768, "metric": "cosine"}


def checked(operation, news, olds=None):
    result = check(operation, olds or {}, news)
    assert result.problems == []
    return result.inputs


def name_of(operation, **news):
    return checked(operation, {"namePrefix": PREFIX, "config": SHAPE, **news})["name"]


def test_the_keys_of_the_answer_are_fixed_whatever_was_declared(operation):
    assert set(checked(operation, {"config": SHAPE, "name": "docs"})) == set(declared())
    assert set(checked(operation, {"config": UNKNOWN, "namePrefix": PREFIX, "adopt": True})) == set(declared())


def test_the_account_is_filled_in_from_the_settings(operation):
    assert checked(operation, {"config": SHAPE, "name": "docs"}) == declared()


def test_the_account_of_the_resource_wins(operation):
    assert (
        checked(operation, {"config": SHAPE, "name": "docs", "accountId": OTHER_ACCOUNT})["accountId"] == OTHER_ACCOUNT
    )


def test_an_account_that_no_place_names_is_a_problem_that_names_every_place(operation):
    nowhere = Operation(operation.client, operation.run, operation.report, operation.deadline)
    (problem,) = check(nowhere, {}, {"config": SHAPE, "name": "docs"}).problems
    assert problem.path == "accountId"
    assert all(place in problem.reason for place in ("account_id", "vectorize:accountId", "CLOUDFLARE_ACCOUNT_ID"))


def test_all_problems_come_at_once_and_the_inputs_stay_as_they_were(operation):
    news = {"config": {"dimensions": 0, "metric": "x"}, "name": "X"}
    result = check(operation, {}, news)
    assert [problem.path for problem in result.problems] == ["config.dimensions", "config.metric", "name"]
    assert result.inputs == news


def test_nothing_is_sent(operation, api):
    checked(operation, {"config": SHAPE, "namePrefix": PREFIX})
    assert api.seen == []


def test_a_given_name_stays_and_has_no_prefix(operation):
    inputs = checked(operation, {"config": SHAPE, "name": "docs"})
    assert (inputs["name"], inputs["namePrefix"]) == ("docs", "")


def test_a_generated_name_is_the_same_in_every_process(operation, transport, said, deadline):
    other = Operation(Client(transport), RunState(), said, deadline, ACCOUNT_ID, "urn:docs")
    assert name_of(operation) == name_of(other)
    assert is_generation_of(PREFIX, name_of(operation))


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
def test_a_change_of_an_immutable_input_gives_a_new_name_of_the_same_identity(operation, change):
    assert name_of(operation, **change) != name_of(operation)
    assert is_generation_of(PREFIX, name_of(operation, **change))


@pytest.mark.parametrize(
    "change", [{"forceDestroy": True}, {"adopt": True}, {"config": {"preset": "@cf/baai/bge-base-en-v1.5"}}]
)
def test_a_change_that_replaces_nothing_keeps_the_name(operation, change):
    assert name_of(operation, **change) == name_of(operation)


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
def test_a_generated_name_is_kept_where_a_preset_may_have_the_declared_shape(operation, old, new, kept):
    """Behaviour 15: diff knows the shape that the API answered, and decides."""
    olds = checked(operation, {"namePrefix": PREFIX, "config": old})
    news = checked(operation, {"namePrefix": PREFIX, **new}, olds)
    assert (news["name"] == olds["name"]) is kept
    assert checked(operation, {"namePrefix": PREFIX, **new}, news)["name"] == news["name"]
    assert checked(operation, {"namePrefix": PREFIX, **new})["name"] != olds["name"]


def test_a_generated_name_is_kept_with_its_description(operation):
    olds = checked(operation, {"namePrefix": PREFIX, "config": ADA, "description": "docs"})
    news = {"namePrefix": PREFIX, "config": {"dimensions": 1536, "metric": "cosine"}}
    assert checked(operation, {**news, "description": "docs"}, olds)["name"] == olds["name"]
    assert checked(operation, news, olds)["name"] != olds["name"]


def test_a_kept_name_becomes_unknown_with_what_it_follows_from(operation):
    olds = checked(operation, {"namePrefix": PREFIX, "config": ADA})
    news = {"namePrefix": PREFIX, "config": {"dimensions": 1536, "metric": UNKNOWN}}
    assert checked(operation, news, olds)["name"] is UNKNOWN


@pytest.mark.parametrize(
    "unknown", [{"config": UNKNOWN}, {"config": {**SHAPE, "dimensions": UNKNOWN}}, {"description": UNKNOWN}]
)
def test_a_generated_name_is_unknown_while_what_it_follows_from_is(operation, unknown):
    assert name_of(operation, **unknown) is UNKNOWN


def test_an_unknown_name_stays_unknown(operation):
    assert checked(operation, {"config": SHAPE, "name": UNKNOWN})["name"] is UNKNOWN


def test_a_renamed_resource_keeps_its_identity_also_in_the_second_check_of_a_replacement(operation):
    olds = checked(operation, {"config": SHAPE, "namePrefix": PREFIX})
    news = {"config": {"dimensions": 32, "metric": "cosine"}, "namePrefix": "renamed-22222222"}
    renamed = Operation(operation.client, RunState(), operation.report, operation.deadline, ACCOUNT_ID, "urn:renamed")
    first, second = checked(renamed, news, olds), checked(renamed, news)
    assert first == second
    assert is_generation_of(PREFIX, first["name"])


@pytest.mark.parametrize("olds", [{}, declared(name=f"{PREFIX}-abcdef", namePrefix=PREFIX)], ids=["new", "generated"])
def test_a_name_of_the_persons_own_has_no_prefix_although_the_sdk_sent_one(operation, olds):
    inputs = checked(operation, {"config": SHAPE, "name": "docs", "namePrefix": PREFIX}, olds)
    assert (inputs["name"], inputs["namePrefix"]) == ("docs", "")


def test_a_preset_whose_metric_only_the_api_knows_stands_for_itself_in_a_generated_name(operation):
    config = {"preset": "openai/text-embedding-ada-002"}
    assert name_of(operation, config=config) == generated_name(PREFIX, [ACCOUNT_ID, config, ""])
    assert name_of(operation, config=config) == f"{PREFIX}-ae7ae8"


def test_resources_of_different_names_do_not_get_in_each_others_way(operation):
    other = Operation(operation.client, operation.run, operation.report, operation.deadline, ACCOUNT_ID, "urn:shop")
    assert checked(operation, {"config": SHAPE, "namePrefix": PREFIX})["namePrefix"] == PREFIX
    assert checked(other, {"config": SHAPE, "namePrefix": "shop-22222222"})["namePrefix"] == "shop-22222222"


def another(operation, urn="urn:other"):
    return Operation(operation.client, operation.run, operation.report, operation.deadline, ACCOUNT_ID, urn)


@pytest.mark.parametrize("turned", [False, True])
def test_behaviour_35_a_second_resource_for_one_index_is_refused_and_both_are_named(operation, turned):
    first, second = (another(operation), operation) if turned else (operation, another(operation))
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
def test_another_index_or_one_that_is_not_known_yet_is_no_second_claim(operation, change):
    checked(operation, {"config": SHAPE, "name": "docs"})
    checked(another(operation), {"config": SHAPE, "name": "docs", **change})


def test_properties_that_the_program_declares_separately_are_remembered_and_not_stored(operation):
    inputs = checked(operation, {"config": SHAPE, "name": "docs", "separateMetadataIndexes": ["tenant"]})
    assert "separateMetadataIndexes" not in inputs
    assert operation.run.separate(operation.urn) == {"tenant"}
    assert operation.run.separate("urn:other") == frozenset()


OLD_PREFIX = "docs-83edf2b6"


def test_a_stack_with_names_of_the_old_format_keeps_them(operation):
    olds = declared(name=f"{OLD_PREFIX}-e8303e", namePrefix=OLD_PREFIX)
    same = checked(operation, {"config": SHAPE, "namePrefix": PREFIX}, olds)
    assert (same["name"], same["namePrefix"]) == (olds["name"], OLD_PREFIX)
    changed = checked(operation, {"config": SHAPE, "namePrefix": PREFIX, "description": "x"}, olds)
    assert is_generation_of(OLD_PREFIX, changed["name"])
    assert changed["name"] != olds["name"]


def test_two_resources_that_would_get_the_same_name_are_refused(operation):
    twin = Operation(
        operation.client, operation.run, operation.report, operation.deadline, ACCOUNT_ID, "urn:other-parent"
    )
    checked(operation, {"config": SHAPE, "namePrefix": PREFIX})
    (problem,) = check(twin, {}, {"config": SHAPE, "namePrefix": PREFIX}).problems
    assert problem.path == "name"
    assert "under another parent" in problem.reason


@pytest.mark.parametrize("name", ["", None])
def test_a_name_that_turns_out_empty_is_refused(operation, name):
    (problem,) = check(operation, {}, {"config": SHAPE, "name": name}).problems
    assert (problem.path, problem.reason[:17]) == ("name", "must not be empty")


@pytest.mark.parametrize("forced", [True, False, UNKNOWN])
def test_behaviour_34_force_destroy_is_remembered_for_the_resource_that_declares_it(operation, forced):
    checked(operation, {"config": SHAPE, "name": "docs", "forceDestroy": forced}, declared(forceDestroy=True))
    assert operation.run.declared_consent(operation.urn) is (None if forced is UNKNOWN else forced)
    assert operation.run.declared_consent("urn:other") is None
    assert operation.run.is_declared(operation.urn)
    assert not operation.run.is_declared("urn:other")


def test_a_new_resource_cannot_have_the_names_of_one_that_was_renamed(operation):
    olds = checked(operation, {"config": SHAPE, "namePrefix": PREFIX})
    one = Operation(operation.client, RunState(), operation.report, operation.deadline, ACCOUNT_ID, "urn:renamed")
    other = Operation(one.client, one.run, one.report, one.deadline, ACCOUNT_ID, "urn:new")
    assert checked(one, {"config": SHAPE, "namePrefix": "renamed-22222222"}, olds)["namePrefix"] == PREFIX
    assert check(other, {}, {"config": SHAPE, "namePrefix": PREFIX}).problems[0].path == "name"


@pytest.mark.parametrize(("dimensions", "warned"), [(1, True), (31, True), (32, False)])
def test_few_dimensions_are_accepted_with_a_warning(operation, said, dimensions, warned):
    checked(operation, {"config": {"dimensions": dimensions, "metric": "cosine"}, "name": "docs"})
    assert bool(said) is warned
    if warned:
        assert said[0][0] == "warning"
        assert f"dimensions={dimensions}" in said[0][1]


@given(legal_declarations)
def test_check_of_its_own_answer_changes_nothing(operation, news):
    first = check(operation, {}, news)
    assert {problem.path for problem in first.problems} <= {"name"}, "all else is legal"
    if not first.problems:
        assert checked(operation, first.inputs) == first.inputs
        assert checked(operation, first.inputs, first.inputs) == first.inputs


@given(any_declarations)
def test_whatever_is_declared_gets_an_answer_under_its_own_names_and_no_exception(operation, news):
    before = copy.deepcopy(news)
    result = check(operation, {}, news)
    assert {problem.path.partition(".")[0] for problem in result.problems} <= {*declared(), *news}
    assert all(problem.reason for problem in result.problems)
    assert repr(news) == repr(before)
    if result.problems:
        assert repr(result.inputs) == repr(news)
    else:
        assert set(result.inputs) == set(declared())
