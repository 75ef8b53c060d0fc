"""examples/environments: one program, three stacks, and a project that reads the names of the indexes from them."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.harness import ROOT, Emulator, Stack, engine_env, login_env

pytestmark = pytest.mark.e2e

EXAMPLE = ROOT / "examples" / "environments"
SHAPES = {
    "dev": {"articles": (384, "cosine")},
    "staging": {"articles": (768, "cosine"), "products": (1024, "dot-product")},
    "prod": {"articles": (768, "cosine"), "products": (1024, "dot-product")},
}
METADATA = {"articles": {"tenant": "string"}, "products": {"tenant": "string", "price": "number"}}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Both projects in one repository, with one backend."""
    directory = tmp_path / "repository"
    for part in ("home", "backend"):
        (directory / part).mkdir(parents=True)
    shutil.copytree(EXAMPLE, directory / "program")
    for project in ("program", "program/consumer"):
        (directory / project / ".venv").symlink_to(sys.prefix)
    return directory


@pytest.fixture
def environments(directory: Path, emulator: Emulator) -> dict[str, Stack]:
    """The three stacks, empty."""
    env = {**engine_env(directory), **login_env(emulator.base_url)}
    stacks = {name: Stack(directory, {**env, "PULUMI_STACK": name}, [], "environments", name) for name in SHAPES}
    for name, stack in stacks.items():
        stack.run("stack", "init", name)
    return stacks


def test_each_environment_has_its_own_names_and_shapes_and_prod_is_protected(
    environments: dict[str, Stack], directory: Path, emulator: Emulator
):
    for stack in environments.values():
        stack.up()
    named = {name: stack.outputs()["indexes"] for name, stack in environments.items()}
    live = emulator.indexes()
    assert {
        name: {index: tuple(live[called]["config"].values()) for index, called in indexes.items()}
        for name, indexes in named.items()
    } == SHAPES
    names = [called for indexes in named.values() for called in indexes.values()]
    assert sorted(names) == sorted(live), "five indexes, five names"
    for index, properties in METADATA.items():
        assert emulator.metadata(named["prod"][index]) == properties

    assert bindings(directory, environments["prod"]) == {
        "name": "search-prod",
        "main": "src/worker.js",
        "compatibility_date": "2026-01-01",
        "vectorize": [
            {"binding": "ARTICLES", "index_name": named["prod"]["articles"]},
            {"binding": "PRODUCTS", "index_name": named["prod"]["products"]},
        ],
    }
    assert (EXAMPLE / "consumer" / "src" / "worker.js").exists()

    environments["dev"].destroy()
    environments["staging"].destroy()
    refused = environments["prod"].destroy(code=1).text
    (shown,) = re.findall(r"```text\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.DOTALL)
    assert " ".join(shown.split()) in " ".join(refused.split()), refused
    assert sorted(emulator.indexes()) == sorted(named["prod"].values())


def bindings(directory: Path, environment: Stack) -> object:
    """Run the consumer in the environment's name, and return what it hands to wrangler."""
    consumer = Consumer(directory, environment.env, [], "search-worker", environment.stack_name)
    consumer.run("stack", "init", environment.stack_name)
    consumer.up()
    return json.loads(consumer.run("stack", "output", "--json", "wrangler").stdout)


class Consumer(Stack):
    """A stack of the project next to the program."""

    @property
    def project(self) -> Path:
        return self.directory / "program" / "consumer"
