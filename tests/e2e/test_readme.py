"""The README's program, run by the real engine: its output blocks are what really comes out."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

REPO = Path(__file__).parents[2]
README = (REPO / "README.md").read_text()
EXAMPLE = REPO / "examples" / "quickstart"


def blocks(command):
    """Find the output blocks of the README that stand under a command."""
    found = re.findall(rf"<!-- {re.escape(command)} -->\n```text\n(.*?)```", README, re.DOTALL)
    return [found_lines(block) for block in found]


def found_lines(output):
    """Drop what differs from run to run: progress, durations, and space at the end of a line."""
    plain = re.sub(r" \(\d+(\.\d+)?s\)", "", output)
    lines = [line.rstrip() for line in plain.splitlines()]
    return [line for line in lines if line and not line.startswith(("@", "Duration"))]


def review_of(stack):
    """Review the stack's preview by the command, and return what it prints."""
    command = [str(Path(sys.executable).parent / "pulumi-vectorize"), "review", "--stack", "dev"]
    result = subprocess.run(
        command, cwd=stack.project, env={**os.environ, **stack.env}, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (3, "")
    return result.stdout


@pytest.fixture
def quickstart(stack):
    """The example's project in the place of the test's own, with a stack `dev`."""
    shutil.rmtree(stack.project)
    shutil.copytree(EXAMPLE, stack.project)
    (stack.project / ".venv").symlink_to(sys.prefix)
    stack.run("stack", "init", "dev")
    return stack


def test_the_readme_shows_what_the_quickstart_prints(quickstart, emulator):
    program = quickstart.project / "__main__.py"
    assert f"```python\n{program.read_text()}```" in README
    created, refused = blocks("pulumi up --yes --skip-preview")

    assert found_lines(quickstart.up().stdout) == created

    program.write_text(program.read_text().replace("768", "1024"))
    emulator.fill("docs-5385bcde582819d-1618f7", 120_331)
    (review,) = blocks("pulumi-vectorize review")
    assert found_lines(review_of(quickstart)) == review
    assert quickstart.up(code=1).error == refused[0].removeprefix("error: ")
