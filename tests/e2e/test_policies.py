"""The policy pack, run by the real engine: it is handed over as a program, which every engine can start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.e2e.harness import ROOT, Emulator, Run, Stack, index

pytestmark = pytest.mark.e2e

PACK = ROOT / "policies" / "vectorize"
FINE = {"description": "documentation of the product"}
CONFIG = {
    "protect-required": {"stacks": ["dev"]},
    "force-destroy-forbidden": {"stacks": ["dev"]},
    "metrics-allowed": {"metrics": ["cosine"]},
    "presets-allowed": {"presets": []},
    "dimensions-allowed": {"dimensions": [64]},
    "description-required": {"minLength": 10},
    "names-matched": {"pattern": "(?!tmp).*"},
}
# For each rule an index that breaks it and no other, and what the engine prints.
VIOLATIONS = {
    "protect-required": (
        index(resource="open", **FINE),
        'index "open" of stack dev is not protected: declare it with opts=pulumi.ResourceOptions(protect=True)',
    ),
    "force-destroy-forbidden": (
        index(resource="loose", opts="protect=True", force_destroy=True, **FINE),
        'index "loose" of stack dev has force_destroy, which lets Pulumi delete its vectors: remove it, or set it to False',
    ),
    "metrics-allowed": (
        index(resource="far", opts="protect=True", config={"dimensions": 64, "metric": "euclidean"}, **FINE),
        'index "far" of stack dev compares vectors by euclidean: set config.metric to cosine',
    ),
    "presets-allowed": (
        index(resource="made", opts="protect=True", config={"preset": "openai/text-embedding-ada-002"}, **FINE),
        'index "made" of stack dev has the preset openai/text-embedding-ada-002: no preset is allowed, or set ',
    ),
    "dimensions-allowed": (
        index(96, resource="odd", opts="protect=True", **FINE),
        'index "odd" of stack dev has 96 dimensions: set config.dimensions to 64',
    ),
    "description-required": (
        index(resource="mute", opts="protect=True"),
        'index "mute" of stack dev has no description: describe its vectors in `description`, with at least 10 characters.',
    ),
    "names-matched": (
        index(resource="tmp", opts="protect=True", **FINE),
        'index "tmp" of stack dev is called "tmp-',
    ),
}


def run(stack: Stack, command: str, *arguments: str, code: int, config: object = CONFIG) -> Run:
    """Run a command of the engine with the pack and its configuration."""
    path = stack.directory / "policy.json"
    path.write_text(json.dumps(config))
    pack = ("--policy-pack", str(PACK / "start.sh"), "--policy-pack-config", str(path))
    return stack.run(command, *pack, *arguments, code=code)


def test_indexes_that_keep_every_rule_come_up(stack: Stack, emulator: Emulator):
    stack.declare(opts="protect=True", **FINE)
    text = run(stack, "up", "--yes", "--skip-preview", code=0).text
    assert "vectorize" in text
    assert "mandatory" not in text
    assert len(emulator.indexes()) == 1


def test_each_rule_stops_an_update_and_says_the_fix(stack: Stack, emulator: Emulator):
    stack.program("".join(program for program, _ in VIOLATIONS.values()))
    lines = violations(run(stack, "preview", code=1))
    assert {policy: lines.get(policy, "")[: len(message)] for policy, (_, message) in VIOLATIONS.items()} == {
        policy: message for policy, (_, message) in VIOLATIONS.items()
    }
    assert emulator.mutations() == []


def plugin_index(dimensions: int = 64, *, protect: bool = True, **properties: object) -> dict[str, object]:
    """Return the resource of an index in a YAML program."""
    shape = {"dimensions": dimensions, "metric": "cosine"}
    return {"properties": {"config": shape, **FINE, **properties}, "options": {"protect": protect}}


def test_rules_stop_indexes_of_the_plugin_and_report_the_fix_in_the_words_of_the_program(
    stack: Stack, emulator: Emulator
):
    stack.yaml({"open": plugin_index(protect=False), "loose": plugin_index(forceDestroy=True), "odd": plugin_index(96)})
    assert violations(run(stack, "preview", code=1)) == {
        "protect-required": 'index "open" of stack dev is not protected: set its resource option protect: true',
        "force-destroy-forbidden": 'index "loose" of stack dev has forceDestroy, which lets Pulumi delete its vectors: '
        "remove it, or set it to false",
        "dimensions-allowed": 'index "odd" of stack dev has 96 dimensions: set config.dimensions to 64',
    }
    assert emulator.mutations() == []


def test_an_index_of_the_plugin_that_keeps_every_rule_comes_up(stack: Stack, emulator: Emulator):
    stack.yaml({"docs": plugin_index()})
    assert "mandatory" not in run(stack, "up", "--yes", "--skip-preview", code=0).text
    assert len(emulator.indexes()) == 1


def violations(run: Run) -> dict[str, str]:
    """Read policy → message from what the engine prints below `Policies:`."""
    blocks = run.text.split("- [mandatory]  ")[1:]
    return {block.split()[0]: block.splitlines()[2].strip() for block in blocks}


@pytest.mark.parametrize("policy", ["protect-required", "names-matched"])
def test_one_broken_rule_is_enough(stack: Stack, emulator: Emulator, policy: str):
    stack.program(VIOLATIONS[policy][0])
    assert set(violations(run(stack, "up", "--yes", "--skip-preview", code=1))) == {policy}
    assert emulator.indexes() == {}


def test_the_configuration_of_the_readme_makes_a_rule_advice_and_leaves_other_stacks_free(
    stack: Stack, emulator: Emulator
):
    stack.declare()
    config = json.loads((PACK / "README.md").read_text().split("```json\n")[1].split("```")[0])
    text = run(stack, "up", "--yes", "--skip-preview", code=0, config=config).text
    assert "[advisory]  description-required" in text
    assert "protect-required" not in text
    assert len(emulator.indexes()) == 1


def test_a_setting_of_another_type_is_refused(stack: Stack):
    stack.declare()
    text = run(stack, "preview", code=1, config={"metrics-allowed": {"metrics": ["manhattan"]}}).text
    assert "metrics-allowed" in text
    assert "metrics.0" in text


def test_the_folder_is_what_an_engine_with_a_current_language_host_takes():
    about = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text())
    assert about["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": "venv"}}
    wanted = {line.split(">")[0] for line in (PACK / "requirements.txt").read_text().split()}
    assert wanted == {"pulumi", "pulumi-policy"}
    assert (PACK / "__main__.py").exists()
    assert Path(PACK / "venv" / "bin" / "python").exists(), "no environment of the pack: run `make setup`"
