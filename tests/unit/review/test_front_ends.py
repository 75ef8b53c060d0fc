"""Resources of the plugin are reviewed like those of the dynamic provider, in the words of their own programs."""

import json
import re

import pytest

from pulumi_cloudflare_vectorize.lifecycle.terms import PYTHON, SCHEMA
from pulumi_cloudflare_vectorize.resource_types import INDEX, METADATA_INDEX
from pulumi_cloudflare_vectorize.review.assessment import assess
from pulumi_cloudflare_vectorize.review.models import Danger, Verdict
from pulumi_cloudflare_vectorize.review.parser import read_preview
from pulumi_cloudflare_vectorize.review.pipeline import create_review
from pulumi_cloudflare_vectorize.review.render.json import as_json
from pulumi_cloudflare_vectorize.review.render.markdown import as_markdown
from pulumi_cloudflare_vectorize.review.render.terminal import print_review
from tests.corpus.programs import DYNAMIC, PLUGIN
from tests.corpus.stored import cases_of, stored, stored_account
from tests.unit.fakes import ACCOUNT_ID, declared

SHARED = {name: case for name, case in cases_of(PLUGIN).items() if name in cases_of(DYNAMIC)}
# The resource options and arguments that a review names, as a Python program writes them and no other.
PYTHON_WORDS = re.compile(
    r"\b(?:force_destroy|retain_on_delete|delete_before_replace|protect=|replace_on_|ignore_changes|opts=)"
)
SCHEMA_WORDS = re.compile(
    r"\b(?:forceDestroy: |retainOnDelete: |deleteBeforeReplace|protect: |replaceOnChanges|ignoreChanges|aliases: )"
)


def reviewed(front_end, case):
    folder = front_end.golden / case.name
    with stored_account(folder):
        return create_review(
            read_preview(stored(folder, case)),
            is_drift="--drift" in case.flags,
            allow=[case.flags[at + 1] for at, flag in enumerate(case.flags) if flag == "--allow"],
            allow_empty="--allow-empty" in case.flags,
        )


def meaning(review):
    """Return everything about a review but its words."""
    rows = [
        (row.name, row.kind, row.operation, row.index, row.new_index, row.order, row.dangers, row.facts, row.is_allowed)
        for row in review.rows
    ]
    return review.verdict, review.others, review.unchanged, rows


@pytest.mark.parametrize("case", SHARED.values(), ids=list(SHARED))
def test_a_preview_of_the_plugin_means_the_same_in_other_words(case):
    dynamic, plugin = reviewed(DYNAMIC, case), reviewed(PLUGIN, case)
    assert meaning(plugin) == meaning(dynamic)
    shown = as_markdown(plugin)
    assert PYTHON_WORDS.findall(shown) == []
    assert SCHEMA_WORDS.findall(as_markdown(dynamic)) == []


def test_every_term_has_its_words_in_both_front_ends():
    same = {name for name, word in PYTHON._asdict().items() if getattr(SCHEMA, name) == word}
    assert same == set()
    assert PYTHON.alias.format(urn="u") == 'opts=pulumi.ResourceOptions(aliases=["u"])'
    assert SCHEMA.alias.format(urn="u") == 'aliases: ["u"]'


def urn(type_token, name="docs"):
    return f"urn:pulumi:dev::e2e::{type_token}::{name}"


def state(type_token, **changes):
    return {"type": type_token, "id": "docs", "inputs": declared(), "outputs": declared(), **changes}


def assessed(*steps, **document):
    return assess(read_preview(json.dumps({"steps": list(steps), **document}).encode()))


OTHER_TYPE = "cloudflare:index/vectorizeIndex:VectorizeIndex"
OURS = {
    **declared(),
    "__provider": "gASVPAAAAAAAAACMI3B1bHVtaV9jbG91ZGZsYXJlX3ZlY3Rvcml6ZS5keW5hbWljlIwNSW5kZXhQcm92aWRlcpSTlCmBlC4=",
}


@pytest.mark.parametrize(
    ("old", "new", "terms", "dangers"),
    [
        # From the plugin to another provider, by an alias.
        (state(INDEX.plugin), state(OTHER_TYPE), SCHEMA, (Danger.LEFT,)),
        (state(METADATA_INDEX.plugin), state(OTHER_TYPE), SCHEMA, (Danger.LEFT,)),
        # Between the front ends, in both directions.
        (state(INDEX.plugin), state(INDEX.dynamic, inputs=OURS), PYTHON, ()),
        (state(INDEX.dynamic, inputs=OURS), state(INDEX.plugin), SCHEMA, ()),
        # A state that moved to the plugin keeps its dynamic provider until a refresh.
        (state(INDEX.plugin, outputs=OURS), state(INDEX.plugin), SCHEMA, ()),
    ],
)
def test_an_alias_can_move_a_resource_between_providers(old, new, terms, dangers):
    (row,) = assessed({"op": "update", "urn": urn(new["type"]), "oldState": old, "newState": new}).rows
    assert (row.terms, row.dangers) == (terms, dangers)


PROVIDER_URN = "urn:pulumi:dev::e2e::pulumi:providers:vectorize::edge"
OTHER_ACCOUNT = "fedcba9876543210fedcba9876543210"


def provider_step(account_id):
    return {
        "type": "pulumi:providers:vectorize",
        "id": "1",
        "inputs": {"accountId": account_id, "apiToken": "s3cr3t-token"},
    }


def with_its_provider(new_inputs, **flags):
    """Make the steps of a replaced provider and its index, as the engine had them before no change replaced a provider."""
    provider = {"op": "replace", "urn": PROVIDER_URN, "replaceReasons": ["accountId"], "diffReasons": ["accountId"]}
    index = {"op": "replace", "urn": urn(INDEX.plugin), "replaceReasons": ["provider"], "detailedDiff": None}
    return (
        {**provider, "oldState": provider_step(ACCOUNT_ID), "newState": provider_step(OTHER_ACCOUNT)},
        {
            **index,
            "oldState": state(INDEX.plugin, **flags),
            "newState": state(INDEX.plugin, inputs=new_inputs, outputs={}),
        },
    )


@pytest.mark.parametrize("account_id", [ACCOUNT_ID, OTHER_ACCOUNT])
def test_a_replaced_provider_replaces_its_indexes(account_id):
    preview = json.dumps({"steps": with_its_provider(declared(accountId=account_id), delete=True)})
    found = create_review(read_preview(preview.encode()), is_drift=False)
    (row,) = found.rows
    assert (found.verdict, row.dangers, row.order) == (Verdict.DESTRUCTIVE, (Danger.REPLACED,), "create-first")
    text = as_markdown(found)
    # In one account, the new index would need the name of the old one.
    assert ("set `deleteBeforeReplace: true`" in text) is (account_id == ACCOUNT_ID)
    assert found.others == {}


def test_no_input_of_a_provider_is_shown(capsys):
    preview = json.dumps({"steps": with_its_provider(declared())})
    found = create_review(read_preview(preview.encode()), is_drift=False)
    print_review(found)
    assert "s3cr3t" not in as_markdown(found) + as_json(found) + capsys.readouterr().out
