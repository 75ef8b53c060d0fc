"""The classes that a program uses, under Pulumi's own mocks: what they register, and how outputs come back."""

import asyncio
import inspect
import subprocess
import sys

import pulumi
import pytest
from pulumi.runtime import mocks as pulumi_mocks

from pulumi_cloudflare_vectorize import IndexConfig, VectorizeIndex, VectorizeMetadataIndex
from pulumi_cloudflare_vectorize import program as program_facts
from pulumi_cloudflare_vectorize.lifecycle.naming import name_prefix
from pulumi_cloudflare_vectorize.program import in_state_form

# The SDK expects the thread to have a loop: Python 3.12 makes none of itself, and an earlier asyncio.run takes it away.
# It is never closed, because the SDK's mocks keep loops of their own in the threads of this one.
LOOP = asyncio.new_event_loop()


class Mocks(pulumi_mocks.Mocks):
    def __init__(self):
        self.seen = []

    def new_resource(self, args):
        self.seen.append(args)
        answers = {
            "createdOn": "2026-01-01T00:00:00Z",
            "modifiedOn": "x",
            "dimensions": 768.0,
            "metric": "cosine",
            "preset": "",
            "unmanagedMetadataIndexes": {"seen_on": "number"},
            "indexCreatedOn": "2026-01-01T00:00:00Z",
        }
        return args.resource_id or args.name, {**args.inputs, **answers}

    def call(self, args):
        return {}


@pytest.fixture
def mocks():
    asyncio.set_event_loop(LOOP)
    made = Mocks()
    pulumi.runtime.set_mocks(made, project="shop", stack="dev", preview=False)
    yield made
    pulumi.runtime.settings.reset_options()


def declare(program):
    """Run a program the way Pulumi does, and return the values of the outputs that it returns."""
    values = []

    @pulumi.runtime.test
    def run():
        return pulumi.Output.all(*program()).apply(values.extend)

    run()
    return values


def test_a_declaration_registers_its_inputs_in_the_states_form(mocks):
    declare(
        lambda: [
            VectorizeIndex(
                "docs",
                config=IndexConfig(dimensions=768, metric="cosine"),
                description="text",
                account_id="a" * 32,
                force_destroy=True,
                adopt=False,
            ).id
        ]
    )
    (args,) = mocks.seen
    assert args.typ == "pulumi-python:dynamic/vectorize:VectorizeIndex"
    inputs = {key: value for key, value in args.inputs.items() if key != "__provider"}
    assert inputs == {
        "config": {"dimensions": 768, "metric": "cosine"},
        "description": "text",
        "accountId": "a" * 32,
        "forceDestroy": True,
        "adopt": False,
        "namePrefix": name_prefix("shop", "dev", "docs"),
    }


def test_a_plain_dict_and_outputs_are_accepted_anywhere(mocks):
    declare(
        lambda: [
            VectorizeIndex(
                "docs",
                config={"dimensions": pulumi.Output.from_input(768), "metric": "cosine"},
                name=pulumi.Output.from_input("docs"),
            ).id,
            VectorizeIndex("more", config=pulumi.Output.from_input({"preset": "p"})).id,
            VectorizeIndex("most", config=IndexConfig(preset=pulumi.Output.from_input("p"))).id,
        ]
    )
    first, second, third = (args.inputs for args in sorted(mocks.seen, key=lambda args: args.name))
    assert (first["config"], first["name"]) == ({"dimensions": 768, "metric": "cosine"}, "docs")
    assert "namePrefix" not in first
    assert second["config"] == third["config"] == {"preset": "p"}


def public_properties(kind):
    return sorted(name for name, member in inspect.getmembers(kind, lambda member: isinstance(member, property)))


INDEX_VALUES = {
    "account_id": "a" * 32,
    "adopt": True,
    "config": {"dimensions": 768, "metric": "cosine"},
    "created_on": "2026-01-01T00:00:00Z",
    "description": "text",
    "dimensions": 768,
    "force_destroy": True,
    "id": "docs",
    "metadata_indexes": {"user_id": "string", "account_id": "number"},
    "metric": "cosine",
    "modified_on": "x",
    "name": "docs",
    "preset": "",
    "unmanaged_metadata_indexes": {"seen_on": "number"},
}


def an_index(kind=VectorizeIndex, **more):
    inputs = ("config", "name", "description", "account_id", "metadata_indexes", "force_destroy", "adopt")
    return kind("docs", **{name: INDEX_VALUES[name] for name in inputs}, **more)


def values_of(resource):
    names = [
        name
        for name in public_properties(type(resource))
        if name not in ("urn", "pulumi_resource_name", "pulumi_resource_type")
    ]
    return names, [getattr(resource, name) for name in names]


def test_behavior_39_every_property_of_an_index_is_an_output_with_its_value(mocks):
    names = []

    def program():
        found, outputs = values_of(an_index())
        assert all(isinstance(output, pulumi.Output) for output in outputs), dict(zip(found, outputs, strict=True))
        names.extend(found)
        return outputs

    values = dict(zip(program_names := names, declare(program), strict=True))
    assert {**values, "id": "docs"} == {**INDEX_VALUES}, program_names
    assert type(values["dimensions"]) is int


def test_behavior_39_every_property_of_a_metadata_index_is_an_output_with_its_value(mocks):
    names = []

    def program():
        meta = VectorizeMetadataIndex(
            "m",
            index_name="docs",
            property_name="user_id",
            index_type="string",
            account_id="a" * 32,
            force_destroy=True,
        )
        found, outputs = values_of(meta)
        assert all(isinstance(output, pulumi.Output) for output in outputs)
        names.extend(found)
        return outputs

    values = declare(program)
    assert {**dict(zip(names, values, strict=True)), "id": "m"} == {
        "account_id": "a" * 32,
        "force_destroy": True,
        "id": "m",
        "index_created_on": "2026-01-01T00:00:00Z",
        "index_name": "docs",
        "index_type": "string",
        "property_name": "user_id",
    }


class Team(VectorizeIndex):
    pass


class TeamOfTeams(Team):
    pass


class TeamMeta(VectorizeMetadataIndex):
    pass


def test_behavior_37_a_subclass_keeps_the_type_token(mocks):
    declare(lambda: [an_index(TeamOfTeams).id])
    assert mocks.seen[0].typ == "pulumi-python:dynamic/vectorize:VectorizeIndex"
    assert Team._resource_type_name == TeamOfTeams._resource_type_name == VectorizeIndex._resource_type_name
    assert TeamMeta._resource_type_name == VectorizeMetadataIndex._resource_type_name


@pytest.mark.parametrize(
    ("path", "in_state"),
    [
        ("metadata_indexes", "metadataIndexes"),
        ("metadataIndexes", "metadataIndexes"),
        ("metadata_indexes.user_id", "metadataIndexes.user_id"),
        ('metadata_indexes["user_id"]', 'metadataIndexes["user_id"]'),
        ("config.dimensions", "config.dimensions"),
        ("force_destroy", "forceDestroy"),
        ("*", "*"),
    ],
)
def test_options_take_the_names_of_properties_that_python_has(path, in_state):
    opts = pulumi.ResourceOptions(ignore_changes=[path], replace_on_changes=[path], additional_secret_outputs=[path])
    found = in_state_form(opts)
    assert found.ignore_changes == found.replace_on_changes == found.additional_secret_outputs == [in_state]
    assert opts.ignore_changes == [path]
    assert in_state_form(None) is None


def test_a_property_that_a_program_declares_separately_is_sent_with_its_index(mocks, monkeypatch):
    """The root resource stands for the program: what an earlier one declared does not count."""
    root = pulumi.ComponentResource("a:b:Root", "root")
    monkeypatch.setattr(program_facts, "get_root_resource", lambda: root)

    def program():
        docs = VectorizeIndex("docs", config=IndexConfig(preset="p"), name="docs")
        shop = VectorizeIndex("shop", config=IndexConfig(preset="p"), name="shop")
        metas = [
            VectorizeMetadataIndex("a", index_name=docs.name, property_name="by_name", index_type="string"),
            VectorizeMetadataIndex("b", index_name=docs.id, property_name="by_id", index_type="string"),
            VectorizeMetadataIndex("c", index_name="docs", property_name="by_text", index_type="string"),
            VectorizeMetadataIndex("d", index_name="other", property_name="elsewhere", index_type="string"),
        ]
        return [docs.id, shop.id, *(meta.id for meta in metas)]

    declare(program)
    sent = {args.name: args.inputs.get("separateMetadataIndexes") for args in mocks.seen}
    assert sent["docs"] == ["by_id", "by_name", "by_text"]
    assert sent["shop"] is None
    root = pulumi.ComponentResource("a:b:Root", "next")
    declare(lambda: [VectorizeIndex("docs", config=IndexConfig(preset="p"), name="docs").id])
    assert "separateMetadataIndexes" not in mocks.seen[-1].inputs


def test_a_look_up_registers_the_id_and_nothing_but_the_account(mocks):
    values = declare(lambda: [VectorizeIndex.get("ext", "their-index", account_id="a" * 32).dimensions])
    (args,) = mocks.seen
    assert args.resource_id == "their-index"
    assert {key for key in args.inputs if key != "__provider"} == {"accountId"}
    assert values == [768]


def test_a_config_shows_what_it_was_given():
    config = IndexConfig(dimensions=768, metric="cosine")
    assert (config.dimensions, config.metric, config.preset) == (768, "cosine", None)


@pytest.mark.parametrize(("secret", "warned"), [(False, True), (True, False)])
def test_a_token_in_plain_text_is_warned_of(mocks, monkeypatch, secret, warned):
    pulumi.runtime.set_all_config({"vectorize:apiToken": "t"}, ["vectorize:apiToken"] if secret else [])
    said = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    try:
        declare(lambda: [VectorizeIndex("docs", config=IndexConfig(preset="p")).id])
    finally:
        pulumi.runtime.set_all_config({}, [])
    assert bool(said) is warned
    if warned:
        assert "pulumi config set --secret vectorize:apiToken VALUE" in said[0]
        assert "=t" not in said[0]


def test_a_program_imports_neither_the_core_nor_its_libraries():
    """They take longer to import than Pulumi's SDK does, and only the provider's own process needs them."""
    code = (
        "import sys, pulumi, pulumi.dynamic; before = set(sys.modules);"
        "from pulumi_cloudflare_vectorize import VectorizeIndex, get_index;"
        "print(*set(sys.modules) - before)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    added = set(result.stdout.split())
    assert "pulumi_cloudflare_vectorize.resources" in added
    assert not added & {"pydantic", "requests", "tenacity", "pulumi_cloudflare_vectorize.dynamic.handlers"}


def test_a_provider_that_sends_no_request_does_not_import_the_library_for_it():
    """A preview and an `up` without changes only check and compare."""
    code = (
        "import sys; from pulumi.dynamic import Config, ConfigureRequest;"
        "from pulumi_cloudflare_vectorize.dynamic.handlers import Handlers, open_session;"
        "from pulumi_cloudflare_vectorize.lifecycle.kinds import IndexKind;"
        "from pulumi_cloudflare_vectorize.dynamic.sdk_internals import Call; call = Call();"
        "config = Config({'vectorize:apiToken': 't', 'vectorize:accountId': '0' * 32}, 'p');"
        "calls = Handlers(IndexKind(open_session(ConfigureRequest(config))));"
        "inputs = calls.check(call, {}, {'namePrefix': 'docs-00000000', 'config': {'dimensions': 3, 'metric': 'cosine'}}).inputs;"
        "calls.diff(call, 'docs', inputs, inputs);"
        "print(*sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(result.stdout.split()) & {"requests", "urllib3"}
