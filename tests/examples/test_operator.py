"""The Stacks of examples/kubernetes-operator hold only fields that the operator documents, of the types that it documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "kubernetes-operator" / "stacks.yaml"
ROWS = [line.split("\t") for line in (HERE / "operator-fields.tsv").read_text().splitlines() if line[0] != "#"]
TYPES = {path: kind for path, kind, _ in ROWS}
REQUIRED = [path for path, _, required in ROWS if required]
PYTHON = {"string": str, "boolean": bool, "integer": int, "object": dict, "array": list}

STACKS = {
    document["metadata"]["name"]: document
    for document in yaml.safe_load_all(EXAMPLE.read_text())
    if document["kind"] == "Stack"
}


def problems(value: Any, path: str = "spec") -> Iterator[str]:
    """Say what is not as documented at a path and below it."""
    for key, item in value.items():
        below = f"{path}.{key}" if f"{path}.{key}" in TYPES else f"{path}.*"
        if below not in TYPES:
            yield f"{path}.{key} is no field"
        elif type(item) is not PYTHON[TYPES[below]]:
            yield f"{path}.{key} is no {TYPES[below]}"
        elif isinstance(item, dict):
            yield from problems(item, below)
    wanted = [name.rpartition(".")[2] for name in REQUIRED if name.rpartition(".")[0] == path]
    yield from (f"{path}.{name} is missing" for name in wanted if name not in value)


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_holds_documented_fields_only(name):
    stack = STACKS[name]
    assert stack["apiVersion"] == "pulumi.com/v1"
    assert list(problems(stack["spec"])) == []
    assert (
        stack["spec"].keys().isdisjoint({"expectNoRefreshChanges", "accessTokenSecret", "gitAuthSecret", "envSecrets"})
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"previewOnly": True}, "spec.previewOnly is no field"),
        ({"resyncFrequencySeconds": "60"}, "spec.resyncFrequencySeconds is no integer"),
        ({"resyncFrequencySeconds": True}, "spec.resyncFrequencySeconds is no integer"),
        ({"envRefs": {"A": {"type": "Secret", "secret": {"name": "a"}}}}, "spec.envRefs.*.secret.key is missing"),
        ({"updateTemplate": {"spec": {"expectNoChange": True}}}, "spec.updateTemplate.spec.expectNoChange is no field"),
    ],
)
def test_a_field_that_is_mistyped_or_of_another_type_is_noticed(change, problem):
    assert list(problems({**STACKS["prod-drift"]["spec"], **change})) == [problem]


def test_neither_stack_ever_changes_anything():
    assert STACKS.keys() == {"prod-next", "prod-drift"}
    for stack in STACKS.values():
        assert stack["spec"]["preview"] is True
        assert stack["spec"]["destroyOnFinalize"] is False
        assert ("branch" in stack["spec"]) != ("commit" in stack["spec"])


def test_drift_is_looked_for_again_and_again_and_is_a_failure():
    drift = STACKS["prod-drift"]["spec"]
    assert drift["refresh"] is drift["continueResyncOnCommitMatch"] is True
    assert drift["updateTemplate"]["spec"]["expectNoChanges"] is True


def test_secrets_are_referred_to_and_never_written():
    for stack in STACKS.values():
        tokens = {name: ref for name, ref in stack["spec"]["envRefs"].items() if "TOKEN" in name}
        assert {ref["type"] for ref in [*tokens.values(), stack["spec"]["gitAuth"]["accessToken"]]} == {"Secret"}
