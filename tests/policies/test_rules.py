"""The rules of the policy pack, each over the indexes that it lets pass and those that it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from policies.vectorize import rules
from policies.vectorize.rules import DYNAMIC_INDEX_TYPE, PLUGIN_INDEX_TYPE, RULES, Index, is_index
from pulumi_cloudflare_vectorize.resource_types import INDEX, RESOURCE_TYPES

RULE = {rule.name: rule for rule in RULES}
COSINE = {"config": {"dimensions": 768.0, "metric": "cosine"}}
PRESET = {"config": {"preset": "@cf/baai/bge-base-en-v1.5"}}


def index(stack="prod", *, type_token=DYNAMIC_INDEX_TYPE, protected=True, **inputs):
    urn = f"urn:pulumi:{stack}::shop::{type_token}::docs"
    return Index(
        "docs", urn, {**COSINE, "name": "docs-5385bcde582819d-1618f7", "description": "docs", **inputs}, protected
    )


def test_an_index_that_is_protected_described_and_usual_passes_every_rule():
    assert [rule.check(index(), {}) for rule in RULES] == [None] * len(RULES)


# Rule, settings, index, and what the message says; None lets it pass.
CASES = [
    ("protect-required", {}, index(protected=False), "not protected: declare it with opts=pulumi.ResourceOptions("),
    ("protect-required", {}, index("eu-prod", protected=False), 'index "docs" of stack eu-prod is not protected'),
    ("protect-required", {}, index("dev", protected=False), None),
    ("protect-required", {"stacks": ["dev"]}, index("dev", protected=False), "of stack dev is not protected"),
    ("protect-required", {"stacks": ["dev"]}, index(protected=False), None),
    ("protect-required", {"stacks": []}, index(protected=False), None),
    ("force-destroy-forbidden", {}, index(forceDestroy=True), "remove it, or set it to False"),
    ("force-destroy-forbidden", {}, index(forceDestroy=False), None),
    ("force-destroy-forbidden", {}, index("dev", forceDestroy=True), None),
    ("force-destroy-forbidden", {"stacks": ["d*"]}, index("dev", forceDestroy=True), "of stack dev has force_destroy"),
    ("metrics-allowed", {"metrics": ["euclidean"]}, index(), "by cosine: set config.metric to euclidean"),
    ("metrics-allowed", {"metrics": ["euclidean", "dot-product"]}, index(), "to euclidean or dot-product"),
    ("metrics-allowed", {"metrics": ["cosine"]}, index(), None),
    ("metrics-allowed", {"metrics": ["euclidean"]}, index(**PRESET), None),
    ("presets-allowed", {"presets": ["@cf/*"]}, index(**PRESET), None),
    ("presets-allowed", {"presets": ["openai/*"]}, index(**PRESET), "set config.preset to openai/*, or set dimens"),
    ("presets-allowed", {"presets": []}, index(**PRESET), "no preset is allowed, or set dimensions and metric"),
    ("presets-allowed", {"presets": []}, index(), None),
    ("dimensions-allowed", {"dimensions": [768.0]}, index(), None),
    ("dimensions-allowed", {"dimensions": [384.0, 1024.0]}, index(), "768 dimensions: set config.dimensions to 384 or"),
    ("dimensions-allowed", {"dimensions": [384.0]}, index(**PRESET), None),
    ("description-required", {}, index(description=""), "has no description: describe its vectors in `description`"),
    ("description-required", {}, index(description=None), "has no description"),
    ("description-required", {}, index(description="  "), "has no description"),
    ("description-required", {"minLength": 10.0}, index(), "a description of 4 characters: describe its vectors in"),
    (
        "names-matched",
        {"pattern": "shop-.*"},
        index(),
        'called "docs-5385bcde582819d-1618f7", which does not match shop-.*',
    ),
    ("names-matched", {"pattern": "docs"}, index(), "does not match docs: set `name`"),
    ("names-matched", {"pattern": "docs-.*"}, index(), None),
    ("names-matched", {"pattern": "("}, index(), "is not a regular expression"),
]


@pytest.mark.parametrize(("name", "settings", "given", "message"), CASES, ids=range(len(CASES)))
def test_a_rule_passes_or_says_the_fix(name, settings, given, message):
    problem = RULE[name].check(given, settings)
    assert problem is None if message is None else message in problem, problem


@pytest.mark.parametrize("types", [PLUGIN_INDEX_TYPE, f"shop:app:Search${PLUGIN_INDEX_TYPE}"])
def test_a_fix_for_an_index_of_the_plugin_is_in_the_words_of_its_program(types):
    found = {rule.name: rule.check(index(type_token=types, protected=False, forceDestroy=True), {}) for rule in RULES}
    assert {name: problem.partition(" of stack prod ")[2] for name, problem in found.items() if problem} == {
        "protect-required": "is not protected: set its resource option protect: true",
        "force-destroy-forbidden": "has forceDestroy, which lets Pulumi delete its vectors: remove it, or set it to false",
    }


@pytest.mark.parametrize(("name", "settings", "given", "message"), CASES, ids=range(len(CASES)))
def test_a_rule_decides_the_same_about_an_index_of_the_plugin(name, settings, given, message):
    urn = given.urn.replace(DYNAMIC_INDEX_TYPE, PLUGIN_INDEX_TYPE)
    assert (RULE[name].check(replace(given, urn=urn), settings) is None) is (message is None)


def test_the_tokens_are_those_of_the_provider():
    """The pack shares nothing with the provider package, because it is a distribution of its own."""
    assert (INDEX.dynamic, INDEX.plugin) == (DYNAMIC_INDEX_TYPE, PLUGIN_INDEX_TYPE)
    indexes = {token for row in RESOURCE_TYPES for token in (row.dynamic, row.plugin) if is_index(token, {})}
    assert indexes == {INDEX.dynamic, INDEX.plugin}


def test_every_rule_has_a_case_that_it_refuses():
    assert {name for name, _, _, message in CASES if message} == RULE.keys()


def test_every_setting_has_a_default():
    assert [rule.name for rule in RULES if not all("default" in field for field in rule.schema.values())] == []


def test_the_readme_lists_every_rule_with_its_setting():
    readme = Path(rules.__file__).with_name("README.md").read_text()
    rows = [row.split("|")[1:3] for row in readme.splitlines() if row.startswith("| `")]
    assert [(name.strip(" `"), setting.split("`")[1]) for name, setting in rows] == [
        (rule.name, field) for rule in RULES for field in rule.schema
    ]


CHECKED = {
    "accountId": "a",
    "config": {},
    "forceDestroy": False,
    "metadataIndexes": {},
    "name": "docs",
    "namePrefix": "",
}


@pytest.mark.parametrize(
    ("resource_type", "inputs", "expected"),
    [
        (DYNAMIC_INDEX_TYPE, {}, True),
        (PLUGIN_INDEX_TYPE, {}, True),
        ("vectorize:index:VectorizeMetadataIndex", CHECKED, False),
        ("pulumi-python:dynamic:Resource", CHECKED, True),
        ("pulumi-python:dynamic/acme:SearchIndex", CHECKED, True),
        ("pulumi-python:dynamic/acme:SearchIndex", {"config": {}}, False),
        ("acme:search:Index", CHECKED, False),
        ("pulumi:pulumi:Stack", {}, False),
    ],
)
def test_an_index_is_recognized_by_its_type_and_under_any_type_of_a_dynamic_provider(resource_type, inputs, expected):
    assert is_index(resource_type, inputs) is expected
