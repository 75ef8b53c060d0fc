"""Every example is run, and so are the YAML examples of the schema."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.e2e.harness import ACCOUNT, OTHER_ACCOUNT, OTHER_TOKEN, ROOT, TOKEN, Emulator, Stack, engine_env, login_env
from tests.sdks import SDK, install_npm_packages
from tools.schema import SNIPPETS

pytestmark = pytest.mark.e2e

RUNTIMES = {
    path.parent.name: yaml.safe_load(path.read_text())["runtime"] for path in (ROOT / "examples").glob("*/Pulumi.yaml")
}
PYTHON = sorted(example for example, runtime in RUNTIMES.items() if isinstance(runtime, dict))
TWO_ACCOUNTS = "two-accounts"
PLUGIN = sorted(RUNTIMES.keys() - {*PYTHON, TWO_ACCOUNTS})


def new_stack(directory: Path, example: str, emulator: Emulator) -> Stack:
    """Copy an example, without what a user installed in it, and make an empty stack."""
    for part in ("home", "backend"):
        (directory / part).mkdir(parents=True)
    ignored = shutil.ignore_patterns(".venv", "node_modules")
    shutil.copytree(ROOT / "examples" / example, directory / "program", ignore=ignored)
    stack = Stack(directory, {**engine_env(directory), **login_env(emulator.base_url)}, project_name=example)
    stack.run("stack", "init", "dev")
    return stack


@pytest.mark.parametrize("example", PYTHON)
def test_an_example_comes_up_stays_the_same_and_goes(tmp_path: Path, emulator: Emulator, example: str):
    stack = new_stack(tmp_path / "stack", example, emulator)
    (stack.project / ".venv").symlink_to(sys.prefix)
    stack.up()
    assert stack.preview("--expect-no-changes").changes == {}
    stack.destroy()
    assert emulator.indexes() == {}


@pytest.mark.parametrize("example", PLUGIN)
def test_an_example_in_another_language_uses_the_plugin_on_the_path(tmp_path: Path, emulator: Emulator, example: str):
    stack = new_stack(tmp_path / "examples" / example, example, emulator)
    (tmp_path / "examples" / "sdk").symlink_to(SDK)  # the example names ../../sdk
    more = {}
    if RUNTIMES[example] == "nodejs":
        install_npm_packages(stack.project)
        # A function of an index that the program creates: it must not fail the first preview.
        with (stack.project / "index.ts").open("a") as program:
            program.write(
                "export const vectors = vectorize.getVectorizeIndexInfoOutput({ name: docs.name }).vectorCount;\n"
            )
        more = {"vectors": 0}
    assert stack.preview().changes == {"create": 2}, "the stack and the index"
    stack.up()
    (name,) = emulator.indexes(ACCOUNT)
    assert stack.outputs() == {"index": name, "dimensions": 768, **more}
    assert emulator.metadata(name) == {"tenant": "string"}
    stack.up("--expect-no-changes")
    stack.destroy()
    assert emulator.indexes() == {}


def test_two_accounts_with_two_tokens_are_managed_by_one_program(tmp_path: Path, emulator: Emulator):
    stack = new_stack(tmp_path / "stack", TWO_ACCOUNTS, emulator)
    for key, value in {"searchAccount": ACCOUNT, "supportAccount": OTHER_ACCOUNT}.items():
        stack.run("config", "set", key, value)
    for key, value in {"searchToken": TOKEN, "supportToken": OTHER_TOKEN}.items():
        stack.run("config", "set", "--secret", key, value)
    stack.up()
    assert stack.outputs() == {
        "docs": next(iter(emulator.indexes(ACCOUNT))),
        "tickets": next(iter(emulator.indexes(OTHER_ACCOUNT))),
    }
    stack.up("--expect-no-changes")
    for place, content in stack.everything():
        assert TOKEN.encode() not in content, place
        assert OTHER_TOKEN.encode() not in content, place
    stack.destroy()
    assert emulator.indexes(ACCOUNT) == emulator.indexes(OTHER_ACCOUNT) == {}


def test_the_yaml_examples_of_the_schema_run_as_one_program(stack: Stack, emulator: Emulator):
    emulator.create("docs")  # for the functions
    program: dict[str, dict[str, object]] = {}
    for path in sorted(SNIPPETS.glob("*.yaml")):
        for section, items in yaml.safe_load(renamed(path.read_text(), path.stem)).items():
            program.setdefault(section, {}).update(items)
    stack.yaml(**program)
    stack.up()
    assert len(stack.outputs()) == len(list(SNIPPETS.glob("*.yaml")))
    assert stack.outputs()["listVectorizeIndexesFirst"] == "docs"


def renamed(text: str, prefix: str) -> str:
    """Give every resource, variable and output of a YAML program a name of its own."""
    for name in re.findall(r"^  (\w+):$|^  (\w+): ", text, flags=re.MULTILINE):
        old = "".join(name)
        new = f"{prefix}{old.capitalize()}"
        text = re.sub(rf"^  {old}:", f"  {new}:", text, flags=re.MULTILINE).replace(f"${{{old}", f"${{{new}")
    return text
