"""What only the plugin does: its configuration, import, detailed diffs, previews, functions, and malformed requests."""

import time

import grpc
import pytest
from google.protobuf import empty_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2, plugin_pb2, provider_pb2

from pulumi_cloudflare_vectorize import __version__
from pulumi_cloudflare_vectorize.lifecycle.naming import name_prefix
from tests.lifecycle.conftest import PLUGIN, TIMEOUT_S, Failed, only, plain, struct

pytestmark = only(PLUGIN)

NONE, SOME = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME
Kind = provider_pb2.PropertyDiff.Kind
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def add_metadata_index(api, name, type_):
    body = {"propertyName": name, "indexType": type_}
    api.call("POST", f"{api.indexes_url}/docs/metadata_index/create", body)
    end = time.monotonic() + 10
    while not api.call("GET", f"{api.indexes_url}/docs/metadata_index/list")["result"]["metadataIndexes"]:
        assert time.monotonic() < end
        time.sleep(0.05)


def created(provider, **news):
    return plain(provider.create(provider.inputs(**news)).properties)


def invoke(provider, function, **arguments):
    request = provider_pb2.InvokeRequest(tok=f"vectorize:index:{function}", args=struct(arguments))
    return MessageToDict(getattr(provider.send("Invoke", request), "return"))


@pytest.fixture
def metadata(provider, api):
    provider.is_metadata, provider.name = True, "tenant"
    api.add("docs")
    return provider


# --- configuration ---


def test_the_plugin_reports_its_version_and_its_schema(start):
    provider = start()
    assert provider.send("GetPluginInfo", empty_pb2.Empty()).version == __version__
    assert '"vectorize:index:VectorizeIndex"' in provider.send("GetSchema", provider_pb2.GetSchemaRequest()).schema
    provider.send("Handshake", provider_pb2.ProviderHandshakeRequest())
    provider.send("Attach", plugin_pb2.PluginAttach(address="127.0.0.1:1"))


def test_credentials_in_the_configuration_become_secrets(provider):
    news = {"apiToken": "t0ken", "apiKey": "k3y", "email": "a@b.example", "accountId": "a" * 32, "workers": 8}
    inputs = provider.call("CheckConfig", "Check", news=struct(news)).inputs
    assert MessageToDict(inputs) == {
        **news,
        "apiToken": {**SECRET, "value": "t0ken"},
        "apiKey": {**SECRET, "value": "k3y"},
    }


def test_a_key_that_is_not_used_is_named_without_its_value(provider, engine):
    provider.call("CheckConfig", "Check", news=struct({"apitoken": "s3cret", "color": "s3cret", "version": "0.2.0"}))
    texts = [message.message for message in engine.logged]
    assert texts[0] == "vectorize:apitoken in the stack's configuration is not used: did you mean vectorize:apiToken?"
    assert texts[1].startswith(
        "vectorize:color in the configuration of the provider is not used. The keys are apiToken,"
    )
    assert len(texts) == 2
    assert "s3cret" not in "".join(texts)


@pytest.mark.parametrize(
    ("olds", "news", "changed"),
    [
        ({"accountId": "a" * 32}, {"accountId": "a" * 32, "version": "0.2.0"}, []),
        ({"accountId": "a" * 32}, {"accountId": "b" * 32}, ["accountId"]),
        ({"vectorize:accountId": "a" * 32}, {"accountId": "a" * 32}, []),
        ({"vectorize:accountId": "a" * 32}, {"accountId": "b" * 32}, ["accountId"]),
        ({"apiToken": "one"}, {"apiToken": "other"}, ["apiToken"]),
        ({"accountId": "b" * 32}, {"accountId": rpc.UNKNOWN}, ["accountId"]),
    ],
)
def test_no_change_of_the_configuration_replaces_the_provider(provider, olds, news, changed):
    response = provider.call("DiffConfig", "Diff", old_inputs=struct(olds), news=struct(news))
    assert (response.changes, list(response.diffs)) == (SOME if changed else NONE, changed)
    assert list(response.replaces) == []


def test_the_configuration_takes_precedence_over_the_environment(start, api):
    provider = start(CLOUDFLARE_ACCOUNT_ID="f" * 32)
    provider.configure(vectorize_accountId=api.account_id)
    assert provider.inputs(accountId=None)["accountId"] == api.account_id


def test_missing_credentials_are_an_error_of_configure_in_the_words_of_the_plugin(start):
    provider = start(CLOUDFLARE_API_TOKEN="")
    with pytest.raises(Failed, match="Run `pulumi config set --secret vectorize:apiToken TOKEN`"):
        provider.configure()


def test_a_null_in_the_configuration_is_a_missing_key(start, api):
    provider = start()
    provider.is_configured = True
    provider.send("Configure", provider_pb2.ConfigureRequest(args=struct({"accountId": None, "apiToken": None})))
    assert provider.inputs(accountId=None)["accountId"] == api.account_id


# --- check ---


def test_a_generated_name_equals_the_one_of_the_dynamic_provider(provider):
    name = provider.inputs(name=None)["name"]
    assert name.rpartition("-")[0] == name_prefix("shop", "dev", "docs")


def test_the_missing_account_is_explained_in_the_words_of_the_plugin(start):
    provider = start(CLOUDFLARE_ACCOUNT_ID="")
    (failure,) = provider.check({"config": {"dimensions": 32, "metric": "cosine"}, "name": "docs"}).failures
    assert failure.reason.startswith("accountId is required: set accountId on the resource, run `pulumi config set")


# --- diff ---


@pytest.mark.parametrize(
    ("old", "change", "kinds", "delete_first"),
    [
        ({}, {}, {}, True),
        ({}, {"config": {"dimensions": 64, "metric": "cosine"}}, {"config.dimensions": Kind.UPDATE_REPLACE}, True),
        ({}, {"config": rpc.UNKNOWN}, {"config": Kind.UPDATE_REPLACE}, True),
        ({}, {"description": "x"}, {"description": Kind.ADD_REPLACE}, True),
        ({"description": "x"}, {}, {"description": Kind.DELETE_REPLACE}, True),
        ({"description": "x"}, {"description": "y"}, {"description": Kind.UPDATE_REPLACE}, True),
        ({}, {"name": "other"}, {"name": Kind.UPDATE_REPLACE}, False),
        ({}, {"forceDestroy": True}, {"forceDestroy": Kind.ADD}, True),
        ({"forceDestroy": True}, {}, {"forceDestroy": Kind.DELETE}, True),
        ({}, {"metadataIndexes": {"a": "string"}}, {"metadataIndexes.a": Kind.ADD}, True),
        (
            {"metadataIndexes": {"a": "string", "b.c": "string", "stays": "number"}},
            {"metadataIndexes": {"a": "number", "stays": "number"}},
            {"metadataIndexes.a": Kind.UPDATE, 'metadataIndexes["b.c"]': Kind.DELETE},
            True,
        ),
        ({}, {"metadataIndexes": rpc.UNKNOWN}, {"metadataIndexes": Kind.ADD}, True),
        (
            {},
            {"config": {"preset": "@cf/baai/bge-small-en-v1.5"}},
            {
                "config.dimensions": Kind.DELETE_REPLACE,
                "config.metric": Kind.DELETE_REPLACE,
                "config.preset": Kind.ADD_REPLACE,
            },
            True,
        ),
    ],
)
def test_the_detailed_diff_is_exact(provider, old, change, kinds, delete_first):
    response = provider.diff(created(provider, **old), provider.inputs(**change))
    assert {path: entry.kind for path, entry in response.detailedDiff.items()} == kinds
    assert response.changes == (SOME if kinds else NONE)
    assert response.deleteBeforeReplace is delete_first
    replaced = {path.partition(".")[0] for path, kind in kinds.items() if kind in {1, 3, 5}}
    assert set(response.replaces) == replaced
    assert not any(entry.inputDiff for entry in response.detailedDiff.values())


def test_a_partially_created_index_is_updated_although_no_property_differs(provider):
    inputs = provider.inputs(metadataIndexes={"a": "string"})
    response = provider.diff({**inputs, "unconfirmedMetadataIndexes": {"a": "string"}}, inputs)
    assert (response.changes, dict(response.detailedDiff)) == (SOME, {})


def test_a_state_of_the_dynamic_provider_has_no_difference(provider):
    state = {**created(provider), "__provider": "gASV"}
    assert provider.diff(state, provider.inputs()).changes == NONE


# --- previews ---


def test_a_preview_of_a_creation_knows_the_name_and_the_shape(provider):
    inputs = provider.inputs(name=None, config={"preset": "@cf/baai/bge-small-en-v1.5"})
    response = provider.call("Create", "Create", properties=struct(inputs), preview=True)
    outputs = plain(response.properties)
    assert (outputs["name"], outputs["dimensions"], outputs["metric"]) == (inputs["name"], 384, "cosine")
    assert {"createdOn", "modifiedOn", "unmanagedMetadataIndexes"} & outputs.keys() == set()


@pytest.mark.parametrize(
    ("config", "known"),
    [
        ({"preset": "openai/text-embedding-ada-002"}, {"dimensions": 1536}),
        ({"dimensions": rpc.UNKNOWN, "metric": "cosine"}, {"metric": "cosine"}),
        (rpc.UNKNOWN, {}),
    ],
)
def test_what_a_declaration_does_not_determine_is_unknown_in_a_preview(provider, config, known):
    inputs = provider.inputs(config=config)
    outputs = plain(provider.call("Create", "Create", properties=struct(inputs), preview=True).properties)
    assert outputs["config"] == config
    assert {key: outputs[key] for key in ("dimensions", "metric") if key in outputs} == known


def test_a_preview_of_an_update_sends_nothing_and_keeps_what_is_known(provider, api):
    old = created(provider)
    before = len(api.asked())
    request = {"id": "docs", "olds": struct(old), "news": struct(provider.inputs(metadataIndexes={"a": "string"}))}
    outputs = plain(provider.call("Update", "Update", **request, preview=True).properties)
    assert outputs["metadataIndexes"] == {"a": "string"}
    assert {key: outputs[key] for key in ("createdOn", "dimensions")} == {
        key: old[key] for key in ("createdOn", "dimensions")
    }
    assert len(api.asked()) == before


def test_a_preview_of_a_metadata_index_returns_its_inputs(metadata, api):
    declared = {"indexName": "docs", "propertyName": "tenant", "indexType": "string", "accountId": api.account_id}
    inputs = plain(metadata.check(declared).inputs)
    created_ = metadata.call("Create", "Create", properties=struct(inputs), preview=True)
    assert plain(created_.properties) == inputs
    request = {"id": "docs/tenant", "olds": struct({**inputs, "indexCreatedOn": "x"}), "news": struct(inputs)}
    updated = metadata.call("Update", "Update", **request, preview=True)
    assert plain(updated.properties) == {**inputs, "indexCreatedOn": "x"}


# --- import ---


@pytest.mark.parametrize("form", ["docs", "{account}/docs"])
def test_an_index_is_imported_by_name_or_by_account_and_name(start, api, form):
    provider = start()
    api.add("docs", dimensions=64, description="of the shop")
    add_metadata_index(api, "tenant", "string")
    response = provider.look_up(form.format(account=api.account_id))
    inputs = plain(response.inputs)
    assert response.id == "docs"
    wanted = {"name": "docs", "description": "of the shop", "accountId": api.account_id}
    assert wanted.items() <= inputs.items()
    assert inputs["config"] == {"dimensions": 64, "metric": "cosine"}
    assert inputs["metadataIndexes"] == {"tenant": "string"}
    declared = {key: inputs[key] for key in ("config", "name", "description", "metadataIndexes")}
    checked = plain(provider.check(declared, inputs).inputs)
    assert provider.diff(plain(response.properties), checked).changes == NONE
    assert plain(provider.read("docs", plain(response.properties)).properties) == plain(response.properties)


@pytest.mark.parametrize("form", ["docs/tenant", "{account}/docs/tenant"])
def test_a_metadata_index_is_imported_by_index_and_property(start, api, form):
    provider = start()
    provider.is_metadata = True
    api.add("docs")
    add_metadata_index(api, "tenant", "number")
    response = provider.look_up(form.format(account=api.account_id))
    assert response.id == "docs/tenant"
    assert plain(response.inputs) == {
        "accountId": api.account_id,
        "indexName": "docs",
        "propertyName": "tenant",
        "indexType": "number",
        "forceDestroy": False,
    }
    declared = {"indexName": "docs", "propertyName": "tenant", "indexType": "number"}
    checked = plain(provider.check(declared, plain(response.inputs)).inputs)
    assert provider.diff(plain(response.properties), checked).changes == NONE


@pytest.mark.parametrize("id_", ["", "Docs", "a/b/c", "docs/", "/docs", f"{'A' * 32}/docs", "döcs", "docs\n"])
def test_a_malformed_id_of_an_index_is_refused_with_the_correct_forms(provider, id_):
    with pytest.raises(Failed, match="the ID must be <index> or <account>/<index>"):
        provider.look_up(id_)


@pytest.mark.parametrize(
    "id_", ["", "docs", "docs/", "/tenant", "Docs/tenant", f"{'a' * 32}/docs/", f"docs/{'p' * 513}"]
)
def test_a_malformed_id_of_a_metadata_index_is_refused_with_the_correct_forms(metadata, id_):
    with pytest.raises(Failed, match="the ID must be <index>/<property> or <account>/<index>/<property>"):
        metadata.look_up(id_)


def test_an_import_of_an_index_that_does_not_exist_is_an_error(start):
    provider = start()
    with pytest.raises(Failed, match='cannot read index "nope": it does not exist in account'):
        provider.look_up("nope")


@pytest.mark.parametrize("id_", ["nope/tenant", "docs/nope"])
def test_an_import_of_a_metadata_index_that_does_not_exist_is_an_error(start, api, id_):
    provider = start()
    provider.is_metadata = True
    api.add("docs")
    with pytest.raises(Failed, match=f'cannot read "{id_}": it does not exist'):
        provider.look_up(id_)


# --- functions ---


def test_functions_return_what_the_api_returns(start, api):
    provider = start()
    api.add("second", dimensions=64, description="text")
    api.add("first")
    found = invoke(provider, "getVectorizeIndex", name="second")
    live = api.indexes()["second"]
    assert found == {
        "name": "second",
        "accountId": api.account_id,
        "dimensions": 64,
        "metric": "cosine",
        "description": "text",
        "createdOn": live["created_on"],
        "modifiedOn": live["modified_on"],
    }
    listed = invoke(provider, "listVectorizeIndexes", accountId=api.account_id)["indexes"]
    assert [index["name"] for index in listed] == ["first", "second"]
    assert listed[1] == found
    info = invoke(provider, "getVectorizeIndexInfo", name="second")
    assert info == {"name": "second", "accountId": api.account_id, "dimensions": 64, "vectorCount": 0}


def test_a_function_in_a_preview_returns_the_shape_of_an_index_that_the_program_creates(start, api):
    provider = start()
    inputs = provider.inputs(description="text")
    provider.call("Create", "Create", properties=struct(inputs), preview=True)
    assert invoke(provider, "getVectorizeIndex", name="docs") == {
        "name": "docs",
        "accountId": api.account_id,
        "dimensions": 32,
        "metric": "cosine",
        "description": "text",
        "createdOn": "",
        "modifiedOn": "",
    }
    assert invoke(provider, "getVectorizeIndexInfo", name="docs")["vectorCount"] == 0


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        ("getVectorizeIndex", {"name": "nope"}, 'cannot look up index "nope": it does not exist in account'),
        ("getVectorizeIndexInfo", {"name": "nope"}, 'cannot look up index "nope": it does not exist in account'),
        ("getVectorizeIndex", {}, "name must be text"),
        ("getVectorizeIndex", {"name": "A"}, "name must be lower-case letters"),
        ("getVectorizeIndex", {"name": 7}, "name must be text"),
        ("listVectorizeIndexes", {"accountId": "s3cret"}, "accountId must be 32 lower-case hexadecimal digits"),
        ("listVectorizeIndexes", {"accountId": 7}, "accountId must be text"),
        ("getVectorizeIndex", {"name": rpc.UNKNOWN}, "an argument is not known yet"),
        ("nope", {}, "this provider has no such function"),
    ],
)
def test_a_function_that_cannot_return_a_result_explains_why(start, function, arguments, text):
    with pytest.raises(Failed, match=text) as caught:
        invoke(start(), function, **arguments)
    assert "s3cret" not in caught.value.text


@pytest.mark.skipif(not hasattr(provider_pb2, "ListRequest"), reason="the oldest SDK has no List")
def test_indexes_are_listed(start, api):
    provider = start()
    provider.configure()
    for name in ("one", "two", "three"):
        api.add(name)
    request = provider_pb2.ListRequest(token="vectorize:index:VectorizeIndex", limit=2)
    assert [part.result.id for part in provider.stub.List(request, timeout=TIMEOUT_S)] == ["one", "three"]
    wrong = provider_pb2.ListRequest(token="vectorize:index:VectorizeMetadataIndex")
    with pytest.raises(grpc.RpcError, match="can be listed"):
        list(provider.stub.List(wrong, timeout=TIMEOUT_S))


# --- errors ---


@pytest.mark.parametrize(
    ("method", "kind", "fields"),
    [
        ("Check", "Check", {"news": struct({})}),
        ("Create", "Create", {"properties": struct({"name": "docs"})}),
        ("Delete", "Delete", {"id": "docs", "properties": struct({"name": 7})}),
    ],
)
def test_a_request_of_an_unknown_type_is_refused(provider, method, kind, fields):
    request = getattr(provider_pb2, f"{kind}Request")(urn="urn:pulumi:dev::shop::vectorize:index:Other::docs", **fields)
    with pytest.raises(Failed, match='cannot manage a resource of type "vectorize:index:Other"'):
        provider.send(method, request)


def test_a_defect_is_one_line_without_values(provider):
    with pytest.raises(
        Failed, match=r"^cannot complete Create: KeyError at line \d+ of \w+ in this provider\. Report"
    ) as caught:
        provider.create({"name": "s3cret", "accountId": "a" * 32, "forceDestroy": True})
    assert "s3cret" not in caught.value.text
    assert "Traceback" not in caught.value.traceback


def test_a_resource_before_configure_is_refused(start):
    provider = start()
    provider.is_configured = True
    with pytest.raises(Failed, match="before the provider is configured"):
        provider.check({})


def test_a_wrapped_secret_is_read_as_its_value(provider):
    wrapped = {**SECRET, "value": "docs"}
    checked = provider.check({"config": {"dimensions": 32, "metric": "cosine"}, "name": wrapped})
    assert plain(checked.inputs)["name"] == "docs"


def test_messages_go_to_the_row_of_the_resource(provider, engine):
    provider.inputs(config={"dimensions": 3, "metric": "cosine"})
    assert (engine.logged[0].severity, engine.logged[0].urn) == (engine_pb2.WARNING, provider.urn)
