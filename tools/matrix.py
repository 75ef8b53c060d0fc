"""Run the unit and lifecycle tests on every supported Python, on the oldest Pulumi SDK, and on the lowest direct versions.

Owns the venvs under `.venv-matrix/`, one for each row. Installs no Python: a row without an interpreter is
reported as not run.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
VENVS = REPO / ".venv-matrix"
CONSTRAINTS = REPO / "constraints.txt"
PROJECTS = ("provider", "emulator")
SUITES = ("tests/unit", "tests/lifecycle")
# The last one reads the details of a gRPC error; SDK 3.200.0 does not bring it as today's does.
TEST_TOOLS = ("pytest", "pytest-xdist", "hypothesis", "googleapis-common-protos")

THIS_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
OLDEST_SDK = "3.200.0"
# What SDK 3.200.0 wants in another version than today's (its metadata, 2026-11): protobuf~=5.29.5.
HELD_BY_THE_SDK = re.compile(r"(pulumi|protobuf|googleapis-common-protos|opentelemetry-.*)==")


@dataclass(frozen=True)
class Row:
    """One combination to test: of Python, of the SDK (None: the pinned one), or of each direct dependency's lower bound."""

    name: str
    python: str
    sdk: str | None = None
    is_lowest: bool = False

    @property
    def venv(self) -> Path:
        """The row's own venv."""
        return VENVS / self.name.replace(" ", "-")


ROWS = (
    *(Row(f"python {version}", version) for version in PYTHONS),
    Row(f"sdk {OLDEST_SDK}", THIS_PYTHON, OLDEST_SDK),
    Row("lowest versions", THIS_PYTHON, OLDEST_SDK, is_lowest=True),
)


def lowest_versions() -> dict[str, str]:
    """Read the lower bound of each direct dependency of the provider and its command: name → version."""
    project = (REPO / "provider" / "pyproject.toml").read_text().partition("\ndependencies = [")[2]
    return dict(re.findall(r'"([\w-]+)>=([\w.]+)', project))


def list_candidates(version: str) -> Iterator[Path]:
    """List where an interpreter may be: ourselves, on PATH, among those of pyenv (newest first)."""
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == version:
        yield Path(sys.executable)
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = (pyenv / "versions").glob(f"{version}.*/bin/python")
    yield from sorted(found, key=lambda path: [int(n) for n in re.findall(r"\d+", path.parts[-3])], reverse=True)


def find_python(version: str) -> Path | None:
    """Find an interpreter that runs; a version manager's shim may stand for one that is not there."""
    probe = f"import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != ({version.replace('.', ', ')}))"
    for candidate in list_candidates(version):
        if subprocess.run([candidate, "-c", probe], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def write_constraints(row: Row) -> str:
    """Return the pins of a row."""
    lines = CONSTRAINTS.read_text().splitlines(keepends=True)
    if row.is_lowest:
        return "".join(f"{name}=={version}\n" for name, version in lowest_versions().items())
    if row.sdk is None:
        return "".join(lines)
    return "".join([line for line in lines if not HELD_BY_THE_SDK.match(line)]) + f"pulumi=={row.sdk}\n"


def set_up(row: Row, python: Path) -> None:
    """Fill the row's venv, unless it is as it should be."""
    pins = write_constraints(row)
    projects = [(REPO / project / "pyproject.toml").read_text() for project in PROJECTS]
    inputs = [pins, str(python), *TEST_TOOLS, *projects]
    wanted = hashlib.sha256("\0".join(inputs).encode()).hexdigest()
    stamp = row.venv / ".stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    subprocess.run([str(python), "-m", "venv", "--clear", str(row.venv)], check=True)
    constraints = row.venv / "constraints.txt"
    constraints.write_text(pins)
    editable = [
        f"--editable={REPO / project}{'[cli]' * row.is_lowest * (project == 'provider')}" for project in PROJECTS
    ]
    pip = [str(row.venv / "bin/python"), "-m", "pip", "install", "--quiet", f"--constraint={constraints}"]
    subprocess.run([*pip, *editable, *TEST_TOOLS], check=True)
    stamp.write_text(wanted)


def run_suites(row: Row) -> str:
    """Run the suites with the row's venv first on PATH, and say how they ended."""
    env = {**os.environ, "PATH": f"{row.venv / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = [str(row.venv / "bin/python"), "-m", "pytest", "-q", *SUITES]
    return "passed" if subprocess.run(command, cwd=REPO, env=env, check=False).returncode == 0 else "FAILED"


def run_row(row: Row) -> str:
    """Set up and test one row, and say how it ended."""
    print(f"\n== {row.name} ==", flush=True)
    python = find_python(row.python)
    if python is None:
        return f"not run: no python{row.python} on PATH or under pyenv"
    try:
        set_up(row, python)
    except subprocess.CalledProcessError:
        return "FAILED: its packages do not install"
    return run_suites(row)


def main() -> int:
    """Run every row and sum up; a row that was not run is no failure, unless none was."""
    results = {row.name: run_row(row) for row in ROWS}
    print("\n== matrix ==")
    for name, result in results.items():
        print(f"{name:14} {result}")
    failed = any(result.startswith("FAILED") for result in results.values())
    return 1 if failed or "passed" not in results.values() else 0


if __name__ == "__main__":
    sys.exit(main())
