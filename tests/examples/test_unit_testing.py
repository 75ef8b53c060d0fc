"""docs/guides/unit-testing.md: its program and its test are run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "unit-testing.md").read_text()


def block(name: str) -> str:
    (found,) = re.findall(rf"<!-- {name} -->\n```python\n(.*?)```", GUIDE, re.DOTALL)
    return found


def test_the_unit_test_of_the_guide_passes_without_credentials_and_can_fail(tmp_path: Path):
    (tmp_path / "program.py").write_text(block("program"))
    assert run(tmp_path, block("test")).returncode == 0
    assert run(tmp_path, block("test").replace("== 120_331", "== 7")).returncode == 1


def run(directory: Path, test: str) -> subprocess.CompletedProcess[str]:
    (directory / "test_program.py").write_text(test)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "PULUMI_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(directory)]
    return subprocess.run(command, env=env, cwd=directory, capture_output=True, text=True, timeout=120, check=False)
