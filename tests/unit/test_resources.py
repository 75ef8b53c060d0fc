"""The classes that a program uses, under Pulumi's own mocks: what they register, and how outputs come back."""

import asyncio
import subprocess
import sys

import pulumi
import pytest
from pulumi.runtime import mocks as pulumi_mocks

from pulumi_cloudflare_vectorize import IndexConfig, VectorizeIndex
from pulumi_cloudflare_vectorize.naming import name_prefix

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


def test_outputs_have_their_types_and_python_names(mocks):
    def program():
        docs = VectorizeIndex("docs", config=IndexConfig(dimensions=768, metric="cosine"), name="docs", adopt=True)
        return [
            docs.dimensions,
            docs.metric,
            docs.preset,
            docs.created_on,
            docs.modified_on,
            docs.name,
            docs.adopt,
            docs.config,
        ]

    values = declare(program)
    assert values == [
        768,
        "cosine",
        "",
        "2026-01-01T00:00:00Z",
        "x",
        "docs",
        True,
        {"dimensions": 768, "metric": "cosine"},
    ]
    assert type(values[0]) is int


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
    pulumi.runtime.set_all_config({"cloudflare:apiToken": "t"}, ["cloudflare:apiToken"] if secret else [])
    said = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    try:
        declare(lambda: [VectorizeIndex("docs", config=IndexConfig(preset="p")).id])
    finally:
        pulumi.runtime.set_all_config({}, [])
    assert bool(said) is warned
    if warned:
        assert "pulumi config set --secret cloudflare:apiToken VALUE" in said[0]
        assert "=t" not in said[0]


def test_a_program_imports_neither_the_core_nor_its_libraries():
    """They take longer to import than Pulumi's SDK does, and only the provider's own process needs them."""
    code = (
        "import sys, pulumi, pulumi.dynamic; before = set(sys.modules); import pulumi_cloudflare_vectorize;"
        "print(*set(sys.modules) - before)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    added = set(result.stdout.split())
    assert "pulumi_cloudflare_vectorize.resources" in added
    assert not added & {"pydantic", "requests", "tenacity", "pulumi_cloudflare_vectorize.calls"}


def test_a_provider_that_sends_no_request_does_not_import_the_library_for_it():
    """A preview and an `up` without changes only check and compare."""
    code = (
        "import sys; from pulumi.dynamic import Config, ConfigureRequest;"
        "from pulumi_cloudflare_vectorize.calls import IndexCalls;"
        "calls = IndexCalls(ConfigureRequest(Config({'cloudflare:apiToken': 't', 'cloudflare:accountId': '0' * 32}, 'p')));"
        "inputs = calls.check({}, {'namePrefix': 'docs-00000000', 'config': {'dimensions': 3, 'metric': 'cosine'}}).inputs;"
        "calls.diff('docs', inputs, inputs);"
        "print(*sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(result.stdout.split()) & {"requests", "urllib3"}
