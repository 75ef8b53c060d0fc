"""The pipelines of examples/gitops, read by the linters of their formats; the e2e tests run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "gitops"
WORKFLOW = EXAMPLE / ".github" / "workflows" / "vectorize.yml"
GITLAB = EXAMPLE / ".gitlab-ci.yml"
SCRIPTS = sorted([*(EXAMPLE / "scripts").glob("*.sh"), ROOT / "policies" / "vectorize" / "start.sh"])
BIN = Path(sys.executable).parent


def lint(*command: str | Path) -> None:
    """Run a linter, with the others within its reach; what it finds is the failure."""
    env = {**os.environ, "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]])}
    result = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.slow
def test_actionlint_finds_nothing_in_the_workflow():
    go = shutil.which("go") or pytest.skip("there is no Go to build actionlint with")
    lint(go, "-C", ROOT / "tools" / "actionlint", "tool", "actionlint", "-no-color", WORKFLOW)


def test_zizmor_finds_no_security_problem_in_the_workflow():
    lint(BIN / "zizmor", "--offline", "--no-progress", "--persona", "pedantic", WORKFLOW)


def test_the_pipeline_for_gitlab_is_of_gitlab_s_schema():
    lint(BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", GITLAB)


def test_shellcheck_finds_nothing_in_the_scripts():
    lint(BIN / "shellcheck", "--external-sources", "--severity=style", *SCRIPTS)


def test_every_script_stops_at_the_first_failure_and_echoes_no_command():
    for script in SCRIPTS:
        text = script.read_text()
        assert "set -eu" in text or "/common.sh" in text, script
        assert not re.search(r"set -\w*x|xtrace|printenv|\benv\b *$", text, re.MULTILINE), script


def test_actions_are_pinned_by_commit_and_say_the_version():
    uses = re.findall(r"uses: (.*)", WORKFLOW.read_text())
    assert uses
    assert [line for line in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_one_action_is_pinned_to_one_commit():
    pins = set(re.findall(r"uses: (\S+)@(\w+)", WORKFLOW.read_text()))
    assert len(pins) == len({action for action, _ in pins})


def test_a_fork_gets_no_secrets_and_nothing_gets_more_permissions_than_it_needs():
    workflow = yaml.safe_load(WORKFLOW.read_text())
    assert workflow[True].keys() == {"pull_request", "push", "schedule"}  # YAML reads `on` as true
    assert workflow["permissions"] == {}
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == {
        "preview": {"contents": "read", "pull-requests": "write"},
        "apply": {"contents": "read", "actions": "read", "pull-requests": "read"},
        "drift": {"contents": "read", "issues": "write"},
    }
    assert "head.repo.full_name == github.repository" in workflow["jobs"]["preview"]["if"]
    (rule,) = yaml.safe_load(GITLAB.read_text())["preview"]["rules"]
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in rule["if"]


def test_what_a_stranger_wrote_reaches_a_script_by_the_environment_only():
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    assert [step["run"] for job in jobs for step in job["steps"] if "${{" in step.get("run", "")] == []
