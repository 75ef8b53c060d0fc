"""Reviews and policies recognize an index by the provider in its state, whatever its type token is."""

from __future__ import annotations

import pytest

from tests.e2e.harness import Emulator, Stack
from tests.e2e.test_policies import FINE, run, violations
from tests.e2e.test_review import review

pytestmark = pytest.mark.e2e

SUBCLASS = """
import pulumi
from pulumi_cloudflare_vectorize import VectorizeIndex


class SearchIndex(VectorizeIndex):
    pass
"""
# As a program may call the provider: with a resource class and a type token of its own.
OTHER_TYPE = """
import pulumi.dynamic
from pulumi_cloudflare_vectorize.dynamic import IndexProvider


class SearchIndex(pulumi.dynamic.Resource, module="acme", name="SearchIndex"):
    def __init__(self, resource_name, opts=None, **inputs):
        super().__init__(IndexProvider(), resource_name, inputs, opts)
"""
USE = """
SearchIndex("docs", name="docs", config={"dimensions": 64, "metric": "cosine"}, OPTS description="for the product")
"""
OTHER_RESOURCE = """
import pulumi.dynamic


class Nothing(pulumi.dynamic.ResourceProvider):
    def create(self, props):
        return pulumi.dynamic.CreateResult("nothing", {})

    def diff(self, id_, olds, news):
        return pulumi.dynamic.DiffResult(changes=True)

    def update(self, id_, olds, news):
        return pulumi.dynamic.UpdateResult({})


class Search(pulumi.dynamic.Resource, module="acme", name="Search"):
    pass


Search(
    Nothing(),
    "docs",
    {},
    pulumi.ResourceOptions(aliases=["urn:pulumi:dev::e2e::pulumi-python:dynamic/vectorize:VectorizeIndex::docs"]),
)
"""


@pytest.mark.parametrize("declared", [SUBCLASS, OTHER_TYPE], ids=["a subclass", "a type of its own"])
def test_behavior_37_the_loss_of_an_index_of_another_class_is_reviewed(stack: Stack, emulator: Emulator, declared: str):
    stack.program(declared + USE.replace("OPTS", ""))
    stack.up()
    emulator.fill("docs", 120_331)
    stack.program(declared + USE.replace("OPTS", "").replace("64", "128"))
    found = review(stack)
    assert found.returncode == 3, found.stdout
    assert "`docs` would be replaced — **120,331 vectors** at stake" in found.stdout
    stack.program("")
    found = review(stack)
    assert found.returncode == 3, found.stdout
    assert "`docs` would be deleted — **120,331 vectors** at stake" in found.stdout
    stack.up(code=1)
    assert emulator.vectors("docs") == 120_331


@pytest.mark.parametrize("declared", [SUBCLASS, OTHER_TYPE], ids=["a subclass", "a type of its own"])
def test_behavior_37_policies_hold_for_an_index_of_another_class(stack: Stack, declared: str):
    stack.program(declared + USE.replace("OPTS", "opts=pulumi.ResourceOptions(protect=True),"))
    run(stack, "preview", code=0)
    stack.program(declared + USE.replace("OPTS", ""))
    lines = violations(run(stack, "preview", code=1))
    assert 'index "docs" of stack dev is not protected' in lines["protect-required"]


def test_behavior_37_an_index_that_leaves_our_management_under_another_type_is_reviewed(
    stack: Stack, emulator: Emulator
):
    stack.declare(name="docs", **FINE)
    stack.up()
    emulator.fill("docs", 120_331)
    stack.program(OTHER_RESOURCE)
    found = review(stack)
    assert found.returncode == 3, found.stdout
    assert "`docs` would no longer be managed — **120,331 vectors** at stake" in found.stdout
