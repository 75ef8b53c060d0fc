"""Every public property of every resource class is an output with the value in the state."""

from __future__ import annotations

import inspect

import pytest

from pulumi_cloudflare_vectorize import VectorizeIndex, VectorizeMetadataIndex
from tests.e2e.harness import ACCOUNT, Emulator, Stack

pytestmark = pytest.mark.e2e

PULUMI = {"id", "urn", "pulumi_resource_name", "pulumi_resource_type"}
PROGRAM = """
docs = vectorize.VectorizeIndex(
    "docs",
    config={"dimensions": 64, "metric": "cosine"},
    name="docs",
    description="text",
    metadata_indexes={"user_id": "string"},
    force_destroy=True,
    adopt=True,
)
tenant = vectorize.VectorizeMetadataIndex("tenant", index_name=docs.name, property_name="tenant_id", index_type="number")
for resource in (docs, tenant):
    for name in NAMES[type(resource).__name__]:
        pulumi.export(f"{type(resource).__name__}.{name}", getattr(resource, name))
"""


def public(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, lambda member: isinstance(member, property))} - PULUMI


def test_behavior_39_every_output_has_the_value_in_the_state_with_the_engine(stack: Stack, emulator: Emulator):
    names = {kind.__name__: sorted(public(kind)) for kind in (VectorizeIndex, VectorizeMetadataIndex)}
    stack.program(f"NAMES = {names!r}\n" + PROGRAM)
    stack.up()
    live = emulator.get("docs")
    times = {"created_on": live["created_on"], "modified_on": live["modified_on"]}
    expected = {
        "VectorizeIndex": {
            "account_id": ACCOUNT,
            "adopt": True,
            "config": {"dimensions": 64, "metric": "cosine"},
            "description": "text",
            "dimensions": 64,
            "force_destroy": True,
            "metadata_indexes": {"user_id": "string"},
            "metric": "cosine",
            "name": "docs",
            "preset": "",
            "unmanaged_metadata_indexes": {},
            **times,
        },
        "VectorizeMetadataIndex": {
            "account_id": ACCOUNT,
            "force_destroy": False,
            "index_created_on": live["created_on"],
            "index_name": "docs",
            "index_type": "number",
            "property_name": "tenant_id",
        },
    }
    assert stack.outputs() == {
        f"{kind}.{name}": value for kind, values in expected.items() for name, value in values.items()
    }
    stack.run("preview", "--expect-no-changes")
