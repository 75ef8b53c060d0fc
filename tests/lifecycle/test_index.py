"""A whole life of an index, through the real provider process of each front end and a real HTTP API.

One long file: one life, from its first request to its last.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2, provider_pb2

from tests.lifecycle.conftest import DYNAMIC, SDK_STORES_INPUTS, TOKEN, Failed, only, plain, read_inputs

NO_CHANGE, UNKNOWN_CHANGE, CHANGE = (
    provider_pb2.DiffResponse.DIFF_NONE,
    provider_pb2.DiffResponse.DIFF_UNKNOWN,
    provider_pb2.DiffResponse.DIFF_SOME,
)


PRESET = "@cf/baai/bge-small-en-v1.5"


def created(provider, **news):
    return plain(provider.create(provider.inputs(**news)).properties)


def test_check_answers_a_fixed_set_of_keys_with_whole_numbers(provider, api):
    assert provider.inputs() == {
        "config": {"dimensions": 32, "metric": "cosine"},
        "name": "docs",
        "namePrefix": "",
        "description": "",
        "accountId": api.account_id,
        "metadataIndexes": {},
        "forceDestroy": False,
        "adopt": False,
        "retainOnDelete": False,
    }


def test_check_lists_every_failure_under_its_property(provider, api):
    answer = provider.check({"config": {"dimensions": 0, "metric": "x"}, "name": "A", "accountId": api.account_id})
    assert [failure.reason.split()[0] for failure in answer.failures] == ["config.dimensions", "config.metric", "name"]
    assert {failure.property for failure in answer.failures} == {""}


def test_a_token_in_place_of_an_account_id_is_shown_neither_here_nor_by_the_engine(provider):
    """Behavior 27: the engine prints the value of the property that a failure names, so that no failure names one."""
    (failure,) = provider.check({"config": {"preset": PRESET}, "name": "docs", "accountId": TOKEN}).failures
    assert failure.property == ""
    assert failure.reason.startswith("accountId must be 32 lower-case hexadecimal digits")
    assert TOKEN not in failure.reason


@pytest.mark.parametrize("news", [{"config": rpc.UNKNOWN}, {"config": {"dimensions": rpc.UNKNOWN, "metric": "cosine"}}])
def test_unknown_values_pass_check_and_come_back_unknown(provider, news):
    answer = provider.inputs(**news)
    assert answer["config"] == news["config"]


def test_behavior_01_create_is_one_request_and_its_outputs_are_what_a_get_answers(provider, api):
    outputs = created(provider, description="text")
    live = api.indexes()["docs"]
    assert outputs == {
        **provider.inputs(description="text"),
        "dimensions": 32,
        "metric": "cosine",
        "preset": "",
        "unmanagedMetadataIndexes": {},
        "createdOn": live["created_on"],
        "modifiedOn": live["modified_on"],
    }
    assert api.asked()[0] == "POST"
    assert len(api.asked()) == 2  # the second is this test's own


def test_a_preset_gives_its_effective_shape(provider):
    """Behavior 1."""
    outputs = created(provider, config={"preset": "@cf/baai/bge-small-en-v1.5"})
    assert (outputs["dimensions"], outputs["metric"], outputs["preset"]) == (
        384,
        "cosine",
        "@cf/baai/bge-small-en-v1.5",
    )


def test_behavior_17_an_unchanged_index_has_no_diff_and_still_says_that_deletion_comes_first(provider):
    """Behavior 17, and trap A."""
    answer = provider.diff(created(provider), provider.inputs())
    assert (answer.changes, list(answer.replaces), answer.deleteBeforeReplace) == (NO_CHANGE, [], True)


@only(DYNAMIC)
@pytest.mark.parametrize(
    ("change", "replaces", "delete_first"),
    [
        ({"config": {"dimensions": 64, "metric": "cosine"}}, ["config.dimensions"], True),
        ({"description": "x"}, ["description"], True),
        ({"name": "other"}, ["name"], False),
        ({"forceDestroy": True}, [], True),
    ],
)
def test_diff_leaves_the_details_to_the_engine_and_names_what_replaces(provider, change, replaces, delete_first):
    answer = provider.diff(created(provider), provider.inputs(**change))
    assert (answer.changes, list(answer.replaces), answer.deleteBeforeReplace) == (
        UNKNOWN_CHANGE if SDK_STORES_INPUTS else CHANGE,
        replaces,
        delete_first,
    )


@only(DYNAMIC)
def test_a_state_without_the_provider_key_gets_one_update(provider):
    answer = provider.diff(created(provider), provider.inputs(), with_key=False)
    assert (answer.changes, list(answer.replaces)) == (CHANGE, [])


def test_an_in_place_option_sends_nothing(provider, api):
    """Behavior 15."""
    old = created(provider)
    before = len(api.asked())
    answer = plain(provider.update(old, provider.inputs(adopt=True)).properties)
    assert answer == {**old, "adopt": True}
    assert len(api.asked()) == before


def test_read_answers_outputs_and_a_complete_set_of_inputs(provider):
    old = created(provider)
    answer = provider.read("docs", old)
    assert answer.id == "docs"
    assert plain(answer.properties) == old
    assert read_inputs(answer) == provider.inputs()


def test_read_of_a_recreated_index_answers_an_empty_id_and_warns_on_the_resources_row(provider, api, engine):
    """Behavior 14."""
    old = created(provider)
    api.arrange("docs", createdOn="2030-01-01T00:00:00Z")
    assert provider.read("docs", old).id == ""
    (message,) = engine.logged
    assert (message.severity, message.urn) == (engine_pb2.WARNING, provider.urn)
    assert "Another index with its name was created 2030-01-01T00:00:00Z" in message.message


@pytest.mark.parametrize("remove", [True, False])
def test_read_of_an_index_that_is_gone_answers_an_empty_id(provider, api, remove):
    """Behavior 11: deleted (3005), or never there (3000)."""
    old = created(provider) if remove else {**provider.inputs(), "createdOn": "2026-01-01T00:00:00Z"}
    api.remove("docs")
    assert provider.read("docs", old).id == ""


def test_looking_up_a_missing_index_fails_in_one_line(provider, api):
    with pytest.raises(Failed) as caught:
        provider.read("docs", {"accountId": api.account_id})
    assert caught.value.text == (
        f'cannot read index "docs": it does not exist in account {api.account_id}. Check the name and the account'
    )


def test_delete_keeps_what_this_process_made_and_says_so_on_the_resources_row(provider, api, engine):
    provider.delete("docs", created(provider))
    assert "docs" in api.indexes()
    (message,) = engine.logged
    assert (message.severity, message.urn) == (engine_pb2.WARNING, provider.urn)
    assert message.message.startswith('kept index "docs"')


def test_the_next_run_deletes_it_and_a_second_delete_is_a_success(start, api):
    """Behaviors 18 and 19."""
    old = created(start())
    later = start()
    later.delete("docs", old)
    assert api.indexes() == {}
    later.delete("docs", old)


def test_an_index_with_vectors_is_not_deleted(start, api):
    """Behavior 19."""
    old = created(start())
    api.arrange("docs", vectorCount=1234)
    with pytest.raises(Failed, match="it contains 1,234 vectors"):
        start().delete("docs", old)
    start().delete("docs", {**old, "forceDestroy": True})
    assert api.indexes() == {}


def test_a_recreated_index_of_the_same_name_is_not_deleted(start, api):
    old = created(start())
    api.arrange("docs", createdOn="2030-01-01T00:00:00Z")
    start().delete("docs", old)
    assert "docs" in api.indexes()


def test_a_successor_that_a_killed_replacement_left_is_adopted_by_the_next_run(start, api, engine):
    """Behaviors 16 and 32: never written to, and just created."""
    successor = {"config": {"dimensions": 64, "metric": "cosine"}}
    live = created(start(), **successor)
    assert created(start(), **successor) == live
    assert engine.logged[-1].message.startswith('adopted index "docs", created ')
    api.arrange("docs", vectorCount=5)
    provider = start()
    with pytest.raises(Failed, match=f"Set {provider.front_end.terms.adopt} to adopt it"):
        created(provider, **successor)


def test_another_generation_of_a_generated_name_is_named(start, api, engine):
    first = created(start(), name=None, namePrefix="docs-11111111")
    api.arrange(first["name"], vectorCount=5)
    created(start(), name=None, namePrefix="docs-11111111", config={"dimensions": 64, "metric": "cosine"})
    assert f'index "{first["name"]}", created ' in engine.logged[-1].message


def test_a_lost_answer_converges(provider, api):
    """Behavior 4."""
    api.fault(method="POST", drop_answer=True)
    assert created(provider)["createdOn"] == api.indexes()["docs"]["created_on"]


def test_a_busy_api_is_waited_for(provider, api, engine):
    """Behavior 25."""
    api.fault(method="POST", status=429, code=10100, message="slow down", headers={"Retry-After": "1"})
    created(provider)
    assert "Next attempt in 1." in engine.logged[0].message
    assert engine.logged[0].ephemeral
    assert engine.logged[0].urn == provider.urn


def test_a_half_finished_creation_is_saved_and_the_next_update_finishes_it(start, api):
    """Behavior 7."""
    provider = start()
    inputs = provider.inputs()
    api.fault(method="POST", drop_answer=True)
    api.fault(method="GET", status=500, code=1, message="down", count=20)
    with pytest.raises(Failed, match="Run `pulumi up` again") as caught:
        provider.create(inputs, timeout=1.5)
    saved = provider_pb2.ErrorResourceInitFailed()
    assert caught.value.status.details[0].Unpack(saved)
    assert saved.id == "docs"
    # The errors behind it would not fit next to it, and the state would be lost.
    assert len(caught.value.traceback) < 2000
    assert plain(saved.properties) == {**inputs, "createdOn": "", "modifiedOn": ""}
    if provider.key:
        assert saved.properties["__provider"] == provider.key
    assert plain(saved.inputs) == inputs
    api.call("DELETE", f"{api.control_url}/faults")
    finished = plain(start().update(plain(saved.properties), inputs).properties)
    assert finished["createdOn"] == api.indexes()["docs"]["created_on"]


def test_an_error_is_one_line_without_a_traceback_or_a_secret(start, api, tmp_path):
    """Behavior 27."""
    api.fault(method="POST", status=403, code=10000, message=f"Authentication error {TOKEN}")
    with pytest.raises(Failed) as caught:
        created(start())
    assert caught.value.text.startswith('cannot create index "docs": Authentication error [secret] (POST /accounts/')
    assert "Traceback" not in caught.value.text
    assert "\n" not in caught.value.text
    assert "Traceback" not in (tmp_path / "stderr").read_text()


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"CLOUDFLARE_API_TOKEN": ""}, "no Cloudflare credentials"),
        ({"CLOUDFLARE_API_KEY": "k"}, "conflicting Cloudflare credentials"),
        ({"CLOUDFLARE_BASE_URL": "http://example.com"}, "must start with https://"),
    ],
)
def test_unusable_settings_fail_in_one_line(start, env, said):
    with pytest.raises(Failed, match=said) as caught:
        start(**env).inputs()
    assert "Traceback" not in caught.value.text


def test_the_stack_config_wins_over_the_environment(start, api):
    provider = start(CLOUDFLARE_API_TOKEN="wrong", CLOUDFLARE_ACCOUNT_ID="f" * 32)
    provider.configure(cloudflare_apiToken=TOKEN, cloudflare_accountId=api.account_id)
    created(provider)
    assert "docs" in api.indexes()


@only(DYNAMIC)
def test_a_defect_keeps_its_traceback(provider, api):
    with pytest.raises(Failed, match="KeyError" if SDK_STORES_INPUTS else "Exception calling application"):
        provider.create({"name": "docs", "accountId": api.account_id})


def test_resources_at_once_share_one_listing(start, api):
    provider = start()
    declared = [provider.inputs(name=None, namePrefix=f"docs-1111111{digit}") for digit in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(provider.create, declared))
    assert sorted(api.asked()) == ["GET", "POST", "POST", "POST", "POST"]


def test_a_full_account_is_told_with_advice(start, api):
    provider = start()
    created(provider)
    settings = f"{api.control_url}/settings"
    before = api.call("GET", settings)["max_indexes"]
    api.call("PATCH", settings, {"max_indexes": 1})
    with pytest.raises(Failed) as caught:
        created(provider, name="other")
    api.call("PATCH", settings, {"max_indexes": before})
    assert "The account probably contains the maximum number of indexes (100 on Workers Free" in caught.value.text
