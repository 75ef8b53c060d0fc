"""A saved plan is what a review approved: it runs elsewhere as it was, and not at all once the program has moved on."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pulumi_cloudflare_vectorize.review.models import Danger
from pulumi_cloudflare_vectorize.review.parser import read_preview
from pulumi_cloudflare_vectorize.review.pipeline import create_review
from tests.e2e.harness import INDEX_TYPE, TOKEN, Emulator, Stack, index

pytestmark = pytest.mark.e2e


@pytest.fixture
def elsewhere(stack: Stack, tmp_path: Path) -> Stack:
    """The same stack on another machine: same backend and passphrase; another checkout, another home of the engine."""
    directory = tmp_path / "another" / "machine"
    for part in ("program", "home"):
        (directory / part).mkdir(parents=True)
    for settings in stack.project.glob("Pulumi*.yaml"):
        shutil.copy(settings, directory / "program")
    return replace(stack, directory=directory, env={**stack.env, "PULUMI_HOME": str(directory / "home")}, runs=[])


def check_out(source: Stack, target: Stack) -> None:
    """Bring the program that was reviewed to the other machine."""
    shutil.copy(source.project / "__main__.py", target.project)


def plan(stack: Stack) -> Path:
    """Save the plan of a preview, as a pipeline keeps it."""
    path = stack.directory / "plan.json"
    stack.run("preview", "--save-plan", str(path))
    return path


def planned_replacement(stack: Stack, elsewhere: Stack, emulator: Emulator) -> tuple[str, Path]:
    """Plan to replace an index, bring all to the other machine, and return the old index's name and the plan."""
    stack.declare(64)
    stack.up()
    (old,) = emulator.indexes()
    stack.declare(96)
    path = plan(stack)
    check_out(stack, elsewhere)
    return old, path


def test_a_plan_runs_on_another_machine_with_the_names_that_it_showed(
    stack: Stack, elsewhere: Stack, emulator: Emulator
):
    stack.program(index(64) + index(32, resource="notes", metadata_indexes={"tenant": "string"}))
    path = plan(stack)
    check_out(stack, elsewhere)
    elsewhere.up("--plan", str(path))
    assert planned_names(path) == sorted(emulator.indexes())
    assert stack.preview("--expect-no-changes").changes == {}


def test_a_planned_replacement_runs_on_another_machine(stack: Stack, elsewhere: Stack, emulator: Emulator):
    old, path = planned_replacement(stack, elsewhere, emulator)
    elsewhere.up("--plan", str(path))
    assert planned_names(path) == list(emulator.indexes()) != [old]
    assert emulator.get(planned_names(path)[0])["config"]["dimensions"] == 96


@pytest.mark.parametrize(
    ("later", "reason"),  # for a resource that is gone the engine gives none
    [
        pytest.param(index(96), "violates plan: properties changed", id="another shape"),
        pytest.param(index(64) + index(32, resource="notes"), "the plan: no steps were expected", id="one more"),
        pytest.param("", "", id="one less"),
    ],
)
def test_a_plan_is_refused_when_the_program_moved_on(
    stack: Stack, elsewhere: Stack, emulator: Emulator, later: str, reason: str
):
    stack.declare(64)
    path = plan(stack)
    elsewhere.program(later)
    assert reason in elsewhere.up("--plan", str(path), code=1).text
    assert "notes" not in {name.partition("-")[0] for name in emulator.indexes()}


def test_a_plan_is_refused_when_the_account_moved_on(stack: Stack, elsewhere: Stack, emulator: Emulator):
    old, path = planned_replacement(stack, elsewhere, emulator)
    emulator.fill(old, 1204)
    errors = elsewhere.up("--plan", str(path), code=1).errors
    assert "contains 1,204 vectors" in errors[0]
    assert list(emulator.indexes()) == [old]


def test_a_plan_holds_no_secret(stack: Stack):
    stack.run("config", "set", "--secret", "vectorize:apiToken", TOKEN)
    stack.declare(64)
    assert TOKEN not in plan(stack).read_text()


@pytest.mark.parametrize(
    ("lacking", "changes", "danger"),
    [
        pytest.param((), {"force_destroy": True}, Danger.FORCED, id="force_destroy"),
        pytest.param(("forceDestroy",), {"force_destroy": True}, Danger.FORCED, id="force_destroy, not in the state"),
        pytest.param((), {"metadata_indexes": None}, Danger.METADATA_LOST, id="metadata indexes"),
    ],
)
def test_a_plan_is_reviewed_by_whatever_it_changes_adds_or_takes_away(
    stack: Stack, lacking: tuple[str, ...], changes: dict, danger: Danger
):
    """A state lacks inputs when the file of its `pulumi import` did."""
    stack.declare(name="docs", metadata_indexes={"lang": "string"})
    stack.up()
    state = json.loads(stack.run("stack", "export").stdout)
    for resource in state["deployment"]["resources"]:
        for key in lacking:
            resource.get("inputs", {}).pop(key, None)
    stack.run("stack", "import", stdin=json.dumps(state))
    stack.declare(name="docs", **{"metadata_indexes": {"lang": "string"}, **changes})
    (row,) = create_review(read_preview(plan(stack).read_bytes()), is_drift=False).rows
    assert (row.operation.value, row.dangers) == ("update", (danger,))


def planned_names(path: Path) -> list[str]:
    """Read the names that a plan gives to indexes, sorted."""
    goals = [plan["goal"] for plan in json.loads(path.read_text())["resourcePlans"].values()]
    diffs = [goal["inputDiff"] for goal in goals if goal["type"] == INDEX_TYPE]
    return sorted(diff.get("adds", diff.get("updates"))["name"] for diff in diffs)
