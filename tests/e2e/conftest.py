"""Fixtures of the end-to-end tests: an engine for the session, a stack and an emulator for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import (
    EMAIL,
    KEY,
    OTHER_TOKEN,
    PULUMI,
    TOKEN,
    Emulator,
    Stack,
    make_template,
    new_stack,
    processes_in,
    wait_for,
)
from vectorize_emulator.server import Emulator as EmulatorThread
from vectorize_emulator.settings import Settings


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """Keep the user's own Pulumi and Cloudflare settings out of every test."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in list(os.environ):
            if variable.startswith(("CLOUDFLARE_", "PULUMI_")):
                patch.delenv(variable)
        yield


@pytest.fixture(scope="session")
def template(clean_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an empty stack."""
    assert Path(PULUMI).exists(), "no Pulumi engine: run `make setup`"
    directory = tmp_path_factory.mktemp("template")
    make_template(directory)
    return directory


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """An empty emulator that lets in the token and the key of the harness."""
    data_dir = tmp_path / "emulator"
    data_dir.mkdir()
    with EmulatorThread(
        Settings(data_dir=data_dir, port=0, tokens=(TOKEN, OTHER_TOKEN), keys=((EMAIL, KEY),))
    ) as thread:
        yield Emulator(thread.base_url)


@pytest.fixture
def stack(tmp_path: Path, template: Path, emulator: Emulator) -> Iterator[Stack]:
    """An empty stack, logged in to the emulator by token; no process of its engine may be left at the end."""
    stack = new_stack(tmp_path / "stack", template, emulator.base_url)
    yield stack
    wait_for(lambda: not processes_in(stack.directory), f"the end of every process in {stack.directory}")
