"""A repository with the pipelines of examples/gitops, and the forge that it lies on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.forges import Forge, serving
from tests.e2e.harness import ROOT, Emulator, Stack, engine_env, login_env
from tests.e2e.pipelines import EXAMPLE, Repository


@pytest.fixture
def forge() -> Iterator[Forge]:
    with serving() as forge:
        yield forge


@pytest.fixture
def stack(tmp_path: Path, emulator: Emulator) -> Stack:
    """The project of examples/environments in the repository's root, its stack `dev` empty."""
    directory = tmp_path / "repository"
    for part in ("home", "backend"):
        (directory / part).mkdir(parents=True)
    shutil.copytree(ROOT / "examples" / "environments", directory / "program")
    shutil.copytree(EXAMPLE, directory / "program", dirs_exist_ok=True)
    # The example installs the package from this repository, and another repository from where it can reach it.
    (directory / "program" / "requirements.txt").write_text("pulumi-cloudflare-vectorize[cli]\n")
    (directory / "program" / ".venv").symlink_to(sys.prefix)
    env = {**engine_env(directory), **login_env(emulator.base_url), "PIP_NO_INDEX": "1"}
    stack = Stack(directory, env, [], "environments", "dev")
    stack.run("stack", "init", "dev")
    return stack


@pytest.fixture
def repository(stack: Stack, forge: Forge, request: pytest.FixtureRequest) -> Repository:
    """The repository, on one of the forges."""
    return Repository(stack.project, {**stack.env}, forge, request.param)
