"""Every example is run: up, a preview without changes, destroy."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.harness import ROOT, Emulator, Stack, engine_env, login_env

pytestmark = pytest.mark.e2e

EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/Pulumi.yaml"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_comes_up_stays_the_same_and_goes(tmp_path: Path, emulator: Emulator, example: str):
    directory = tmp_path / "stack"
    for part in ("home", "backend"):
        (directory / part).mkdir(parents=True)
    shutil.copytree(ROOT / "examples" / example, directory / "program")
    if not (directory / "program" / ".venv").exists():
        (directory / "program" / ".venv").symlink_to(sys.prefix)
    stack = Stack(directory, {**engine_env(directory), **login_env(emulator.base_url)})
    stack.run("stack", "init", "dev")
    stack.up()
    assert stack.preview("--expect-no-changes").changes == {}
    stack.destroy()
    assert emulator.indexes() == {}
