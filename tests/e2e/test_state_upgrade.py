"""State that an earlier release wrote (tests/fixtures/states) is as good as this one's own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pulumi_cloudflare_vectorize._version import __version__
from tests.e2e.harness import EMAIL, INDEX_TYPE, KEY, TOKEN, Emulator, Stack
from tests.e2e.states import HOME, PROGRAMS, is_half, make, restore

pytestmark = pytest.mark.e2e

STATES = sorted(HOME.glob("*/*.json"))
# What differs whenever a state is made.
TIMES = ("created", "modified", "createdOn", "indexCreatedOn", "modifiedOn", "initErrors", "provider")


@pytest.mark.parametrize("state", STATES, ids=lambda state: f"{state.parent.name} {state.stem}")
def test_behavior_30_state_of_an_earlier_release_previews_empty(stack: Stack, emulator: Emulator, state: Path):
    """Preview, then refresh: no change, and nothing sent but to read. What was half finished is finished by an update."""
    restore(json.loads(state.read_text()), emulator)
    (stack.project / "__main__.py").write_text((HOME / "programs" / f"{state.stem}.py").read_text())
    stack.run("stack", "import", "--file", str(state))
    before = emulator.indexes()
    if is_half(state.stem):
        assert stack.preview().ops == {"docs": "update"}
        stack.up()
        assert "initErrors" not in stack.resource()
    else:
        emulator.forget()
    stack.run("preview", "--expect-no-changes")
    stack.refresh("--expect-no-changes")
    assert is_half(state.stem) or emulator.mutations() == []
    assert emulator.indexes() == before
    for item in stack.state():
        if item["type"] == INDEX_TYPE:
            assert item["outputs"]["createdOn"] == before[item["id"]]["created_on"]
            assert emulator.metadata(item["id"]).items() >= item["inputs"].get("metadataIndexes", {}).items()


def test_behavior_30_this_release_keeps_a_state_of_every_program():
    kept = [path.stem for path in STATES if path.parent.name == __version__]
    assert kept == [program.stem for program in PROGRAMS], "run `python -m tests.e2e.states`"


def test_behavior_30_kept_states_tell_nothing_of_the_machine_or_of_a_login():
    for state in STATES:
        text = state.read_text()
        assert not re.search(r'"/|file:|\\\\|stackTrace|sourcePosition', text), state
        assert not any(secret in text for secret in (TOKEN, EMAIL, KEY)), state


@pytest.mark.parametrize("name", ["metadata-alone", "half-created-metadata"])
def test_behavior_30_a_kept_state_is_what_this_release_writes(stack: Stack, emulator: Emulator, name: str):
    program = HOME / "programs" / f"{name}.py"
    made = make(program, stack, emulator)
    kept = json.loads((HOME / __version__ / f"{name}.json").read_text())
    assert timeless(made["deployment"]["resources"]) == timeless(kept["deployment"]["resources"])


def timeless(resources: list) -> list:
    """Leave out what differs whenever a state is made, at any depth; the engine's own provider has a random id."""
    if isinstance(resources, dict):
        return {key: timeless(value) for key, value in resources.items() if key not in TIMES}
    if isinstance(resources, list):
        own = [item for item in resources if not (isinstance(item, dict) and "providers:" in str(item.get("type")))]
        return [timeless(item) for item in own]
    return resources
