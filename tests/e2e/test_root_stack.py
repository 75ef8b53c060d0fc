"""The stack at the root of the repository: one index for each entry of its configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

from tests.e2e.harness import ACCOUNT, ROOT, Emulator, Stack, engine_env, login_env

pytestmark = pytest.mark.e2e

ONE_ENTRY = {"docs": {"config": {"dimensions": 64, "metric": "cosine"}, "name": "docs"}}


@pytest.fixture
def root_stack(tmp_path: Path, emulator: Emulator) -> Stack:
    """Copy the root's project, with this Python as its virtualenv, and make an empty stack `demo`."""
    directory = tmp_path / "stack"
    for part in ("program", "home", "backend"):
        (directory / part).mkdir(parents=True)
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, directory / "program")
    (directory / "program" / ".venv").symlink_to(sys.prefix)
    env = {**engine_env(directory), **login_env(emulator.base_url), "PULUMI_STACK": "demo"}
    stack = Stack(directory, env, project_name="vectorize-indexes", stack_name="demo")
    stack.run("stack", "init", "demo")
    return stack


def configure(stack: Stack, **config: object) -> None:
    (stack.project / "Pulumi.demo.yaml").write_text(yaml.safe_dump({"config": config}))


def test_the_demo_stack_declares_its_three_indexes(root_stack: Stack, emulator: Emulator):
    demo = yaml.safe_load((ROOT / "Pulumi.demo.yaml").read_text())["config"]
    configure(root_stack, **{**demo, "vectorize:baseUrl": emulator.base_url})
    root_stack.up()
    account = demo["vectorize:accountId"]
    live = emulator.indexes(account)
    assert (
        root_stack.outputs()["indexes"].keys()
        == demo["vectorize-indexes:indexes"].keys()
        == {"articles", "products", "support"}
    )
    assert set(root_stack.outputs()["indexes"].values()) == live.keys()
    assert live["support-tickets"]["config"] == {"dimensions": 384, "metric": "dot-product"}
    assert root_stack.preview("--expect-no-changes").changes == {}
    root_stack.destroy()
    assert emulator.indexes(account) == {}


@pytest.mark.parametrize(
    ("indexes", "error"),
    [
        pytest.param("docs", "indexes", id="text"),
        pytest.param(["docs"], "indexes", id="a list"),
        pytest.param({"docs": None}, "indexes.docs must be a mapping with `config`", id="an empty entry"),
        pytest.param({"docs": {"name": "docs"}}, "indexes.docs must be a mapping with `config`", id="no config"),
        pytest.param(
            {"docs": {"config": {"preset": "x"}, "dimension": 3, "color": "red"}},
            "indexes.docs contains color, dimension. The allowed keys are config, name, description, accountId, metadataIndexes,",
            id="unknown keys",
        ),
        pytest.param(
            {"docs": {"config": "64"}}, "'docs' has a problem: config must contain", id="a config that is none"
        ),
    ],
)
def test_a_wrong_schema_is_one_clean_error_and_nothing_is_sent(
    root_stack: Stack, emulator: Emulator, indexes: object, error: str
):
    configure(root_stack, **{"vectorize-indexes:indexes": indexes})
    run = root_stack.run("preview", code=None)
    assert run.code != 0
    assert "Traceback" not in run.text
    assert [line for line in run.text.splitlines() if error in line and "error:" in line]
    assert emulator.requests() == []


def test_a_wrong_entry_stops_those_before_it_too_where_no_preview_stopped_the_run(
    root_stack: Stack, emulator: Emulator
):
    many = {f"n{number}": {**ONE_ENTRY["docs"], "name": f"n{number}"} for number in range(20)}
    configure(root_stack, **{"vectorize-indexes:indexes": {**many, "wrong": {"name": "wrong"}}})
    error = root_stack.up(code=1).errors[0]
    assert error.startswith("indexes.wrong must be a mapping with `config`")
    assert emulator.requests() == []


def test_a_missing_schema_is_one_clean_error(root_stack: Stack, emulator: Emulator):
    run = root_stack.run("preview", code=None)
    assert run.code != 0
    assert "Traceback" not in run.text
    assert "indexes" in "\n".join(run.errors)
    assert emulator.requests() == []


def test_an_unreadable_schema_is_one_clean_error(root_stack: Stack, emulator: Emulator):
    (root_stack.project / "Pulumi.demo.yaml").write_text("config:\n  vectorize-indexes:indexes: {docs: [\n")
    run = root_stack.run("preview", code=None)
    assert run.code != 0
    assert "Traceback" not in run.text
    assert run.error.startswith("getting stack configuration: invalid YAML file: yaml: line 2: ")
    assert emulator.requests() == []


def test_an_entry_may_be_protected(root_stack: Stack, emulator: Emulator):
    (entry,) = ONE_ENTRY.values()
    configure(root_stack, **{"vectorize-indexes:indexes": {"docs": {**entry, "protect": True}}})
    root_stack.up()
    assert "protected" in root_stack.destroy(code=1).text
    assert list(emulator.indexes()) == ["docs"]


def test_an_entry_whose_index_holds_vectors_is_not_deleted_with_its_line(root_stack: Stack, emulator: Emulator):
    """Behavior 19: of the demo's own entries; the refusal holds the number of vectors and the two ways on."""
    demo = yaml.safe_load((ROOT / "Pulumi.demo.yaml").read_text())["config"]
    config = {**demo, "vectorize:baseUrl": emulator.base_url, "vectorize:accountId": ACCOUNT}
    configure(root_stack, **config)
    root_stack.up()
    emulator.fill("support-tickets", 1234)
    entries = {key: entry for key, entry in demo["vectorize-indexes:indexes"].items() if key != "support"}
    configure(root_stack, **{**config, "vectorize-indexes:indexes": entries})
    error = root_stack.up(code=1).error
    assert error.startswith(
        'cannot delete index "support-tickets": it contains 1,234 vectors. To lose them, declare the resource with'
    )
    assert "To keep the index, remove only its resource from the stack's state: `pulumi state delete 'urn:" in error
    assert emulator.vectors("support-tickets") == 1234


# Text that YAML 1.1, or the engine's own parser, reads as something else if it is not quoted.
TRICKY = ("on", "null", "1e3", "0o17", "0x10", "~", "yes", "1.0", "2026-01-01", "#x", "a: b")


def test_what_adopt_prints_is_read_back_by_the_engine_as_text(root_stack: Stack, emulator: Emulator):
    names = {f"index-{number}": text for number, text in enumerate(TRICKY)} | {"null": "", "on": "on", "no": " x "}
    for name, description in names.items():
        emulator.create(name, description=description)
    for text in TRICKY[:10]:
        emulator.change_metadata("create", "index-0", propertyName=text, indexType="string")
    before = emulator.indexes()
    printed = subprocess.run(
        [sys.executable, "-c", "from pulumi_cloudflare_vectorize.cli.main import main; main()", "adopt"],
        env={**os.environ, **root_stack.env},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    text = f"config:\n  vectorize-indexes:indexes:\n{textwrap.indent(printed, '    ')}"
    (root_stack.project / "Pulumi.demo.yaml").write_text(text)
    root_stack.up()
    assert root_stack.outputs()["indexes"] == {name: name for name in names}
    assert emulator.indexes() == before
    assert root_stack.resource("index-0")["outputs"]["metadataIndexes"] == dict.fromkeys(TRICKY[:10], "string")
    assert root_stack.resource("index-0")["outputs"]["unmanagedMetadataIndexes"] == {}
    root_stack.run("preview", "--expect-no-changes")
