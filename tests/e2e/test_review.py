"""Reviews with the real engine: the command runs it by itself, and what the golden corpus holds is what it still says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpus.making import make
from tests.corpus.programs import DYNAMIC, PLUGIN
from tests.corpus.scenarios import EXPLICIT_PROVIDER, RETAINED, TAINTED
from tests.e2e.harness import Emulator, Stack

pytestmark = pytest.mark.e2e


def review(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "pulumi-vectorize"), "review", "--stack", stack.stack_name, *arguments]
    cwd = ["--cwd", str(stack.project)]
    return subprocess.run(
        [*command, *cwd], env={**os.environ, **stack.env}, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_command_previews_a_stack_and_counts_what_would_be_lost(stack: Stack, emulator: Emulator):
    stack.declare(name="docs")
    stack.up()
    emulator.fill("docs", 4321)
    stack.declare(128, name="docs")
    found = review(stack)
    assert (found.returncode, found.stderr) == (3, "")
    assert "⛔ Destructive: `docs` would be replaced — **4,321 vectors** at stake" in found.stdout
    assert review(stack, "--allow", "docs").returncode == 0
    assert emulator.mutations() == ["POST indexes"]

    emulator.delete("docs")
    drifted = review(stack, "--drift")
    assert (drifted.returncode, drifted.stderr) == (3, "")
    assert "⛔ Drift: `docs` gone" in drifted.stdout


def test_the_command_previews_a_stack_of_the_plugin(stack: Stack, emulator: Emulator):
    def declare(dimensions: int) -> None:
        stack.yaml({"docs": {"properties": {"config": {"dimensions": dimensions, "metric": "cosine"}}}})

    declare(64)
    stack.up()
    (name,) = emulator.indexes()
    emulator.fill(name, 4321)
    declare(128)
    found = review(stack)
    assert (found.returncode, found.stderr) == (3, "")
    assert "⛔ Destructive: `docs` would be replaced — **4,321 vectors** at stake" in found.stdout
    assert "(`forceDestroy` is off)" in found.stdout
    emulator.delete(name)
    drifted = review(stack, "--drift")
    assert (drifted.returncode, drifted.stderr) == (3, "")
    assert "⛔ Drift: `docs` gone" in drifted.stdout


def test_an_index_that_a_failed_replacement_left_over_is_counted_before_the_next_up_deletes_it(
    stack: Stack, emulator: Emulator
):
    """The one document of `pulumi preview --json` does not hold that deletion; the command asks for the events."""
    stack.declare(name="docs")
    stack.up()
    emulator.fault(method="DELETE", status=400, code=40006)
    stack.declare(name="docs-v2")
    stack.up(code=1)
    emulator.fill("docs", 1_234)
    for declared, said in ({}, "`pulumi up` refuses it"), ({"force_destroy": True}, "nothing prevents it"):
        stack.declare(name="docs-v2", **declared)
        found = review(stack)
        assert found.returncode == 3, found.stderr
        assert "**1,234 vectors** at stake" in found.stdout
        (row,) = [line for line in found.stdout.splitlines() if "an earlier replacement left it behind" in line]
        assert said in row
    stack.up()
    assert list(emulator.indexes()) == ["docs-v2"]


def test_an_index_that_was_recreated_is_drift(stack: Stack, emulator: Emulator):
    stack.declare(name="docs")
    stack.up()
    emulator.delete("docs")
    emulator.create("docs")
    found = review(stack, "--drift")
    assert (found.returncode, found.stderr) == (3, "")
    assert "⛔ Drift: `docs` gone" in found.stdout


def test_a_stack_that_does_not_exist_is_pulumis_own_error(stack: Stack):
    stack.stack_name = "nowhere"
    found = review(stack)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.endswith("error: no stack named 'nowhere' found\n")


@pytest.mark.parametrize(
    ("scenario", "front_end"),
    [(TAINTED, DYNAMIC), (RETAINED, DYNAMIC), (TAINTED, PLUGIN), (EXPLICIT_PROVIDER, PLUGIN)],
    ids=lambda value: value.name,
)
def test_the_engine_still_says_what_the_corpus_holds(scenario, front_end, tmp_path: Path):
    """Some scenarios of it; `make corpus` does all."""
    (tmp_path / "work").mkdir()
    for name in make(scenario, front_end, tmp_path / "work", tmp_path / "made"):
        made, golden = (
            {path.name: path.read_text() for path in (folder / name).iterdir()}
            for folder in (tmp_path / "made", front_end.golden)
        )
        assert made == golden


@pytest.mark.parametrize(
    ("adopt", "said", "code"), [(False, "`pulumi up` refuses to create it", 1), (True, "adopts the existing index", 0)]
)
def test_a_review_reports_what_up_does_with_an_index_that_exists(
    stack: Stack, emulator: Emulator, adopt: bool, said: str, code: int
):
    emulator.create("docs")
    emulator.fill("docs", 5_000)
    stack.declare(name="docs", adopt=adopt)
    found = review(stack)
    assert (found.returncode, found.stderr) == (0, "")
    (row,) = [line for line in found.stdout.splitlines() if line.startswith("| `docs`")]
    assert said in row
    assert row.endswith("| 5,000 |")
    stack.up(code=code)
    assert emulator.vectors("docs") == 5_000
