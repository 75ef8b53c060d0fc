"""The matrix: unit and lifecycle tests on every supported Python, on the oldest Pulumi SDK, and on the lowest direct versions.

`make matrix` runs it. A session without an interpreter is skipped. Interpreters of pyenv are found.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import nox

REPO = Path(__file__).parent
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
OLDEST_SDK = "3.200.0"
# The packages that SDK 3.200.0 needs in another version than today's (its metadata, 2026-11): protobuf~=5.29.5.
HELD_BY_THE_SDK = re.compile(r"(pulumi|protobuf|googleapis-common-protos|opentelemetry-.*)==")
# The last one reads the details of a gRPC error. SDK 3.200.0 does not install it.
TEST_TOOLS = ["pytest", "pytest-xdist", "hypothesis", "googleapis-common-protos"]

nox.options.default_venv_backend = "virtualenv"
nox.options.envdir = ".venv-matrix"
nox.options.reuse_existing_virtualenvs = True
pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
os.environ["PATH"] = os.pathsep.join([*map(str, pyenv.glob("3.*/bin")), os.environ["PATH"]])


def lowest_versions() -> dict[str, str]:
    """Return the lower bound of each direct dependency of the provider and its command: name → version."""
    dependencies = (REPO / "provider" / "pyproject.toml").read_text().partition("\ndependencies = [")[2]
    return dict(re.findall(r'"([\w-]+)>=([\w.]+)', dependencies))


def run(session: nox.Session, constraints: str, extra: str = "") -> None:
    """Install both distributions with constraints, and run the tests."""
    pins = Path(session.create_tmp()) / "constraints.txt"
    pins.write_text(constraints)
    session.install(
        "--constraint", str(pins), "--editable", f"./provider{extra}", "--editable", "./emulator", *TEST_TOOLS
    )
    session.run("python", "-m", "pytest", "-q", "-n", "2", "tests/unit", "tests/lifecycle", *session.posargs)


@nox.session(python=PYTHONS)
def python(session: nox.Session) -> None:
    """Test on one Python, with the pinned versions."""
    run(session, (REPO / "constraints.txt").read_text())


@nox.session
def oldest_sdk(session: nox.Session) -> None:
    """Test on the oldest supported Pulumi SDK."""
    lines = (REPO / "constraints.txt").read_text().splitlines()
    kept = [line for line in lines if not HELD_BY_THE_SDK.match(line)]
    run(session, "\n".join([*kept, f"pulumi=={OLDEST_SDK}"]))


@nox.session
def lowest_direct_versions(session: nox.Session) -> None:
    """Test on the lower bound of each direct dependency."""
    pins = {**lowest_versions(), "pulumi": OLDEST_SDK}
    run(session, "\n".join(f"{name}=={version}" for name, version in pins.items()), "[cli]")
