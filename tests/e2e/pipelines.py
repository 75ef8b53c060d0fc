"""Runs the jobs of examples/gitops as their runners do: the steps are read from the YAML files, so that none is untested."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.forges import FORGE_TOKEN, Forge
from tests.e2e.harness import ACCOUNT, ROOT, TOKEN, Stack

EXAMPLE = ROOT / "examples" / "gitops"
MARKER = "<!-- pulumi-vectorize review: environments/dev -->"
PATHS = {"github": ".github/workflows/vectorize.yml", "gitlab": ".gitlab-ci.yml"}
CONDITIONS = {
    "${{ !cancelled() && steps.review.conclusion != 'skipped' }}": lambda _failed: True,
    "${{ !cancelled() && steps.drift.conclusion == 'failure' }}": lambda failed: failed,
}


@dataclass
class Ended:
    """How a job ended, and what it printed."""

    code: int
    text: str

    @property
    def obeyed(self) -> list[str]:
        """The lines that GitHub's runner takes for commands."""
        found, resume = [], ""
        for line in map(str.strip, self.text.splitlines()):
            if resume:
                resume = "" if line == f"::{resume}::" else resume
            elif line.startswith("::stop-commands::"):
                resume = line.removeprefix("::stop-commands::")
            elif line.startswith("::") or "##[" in line:
                found.append(line)
        return found


@dataclass
class Change:
    """A pull request as its pipelines see it."""

    number: int
    head: str
    labels: tuple[str, ...] = ()
    merge: str = ""
    result: str = ""  # the commit that a merged results pipeline of GitLab makes of it
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Repository:
    """A checkout of a user's repository, its forge, and a user's part: changes, labels, merges."""

    directory: Path
    env: dict[str, str]
    forge: Forge
    kind: str
    stack: str = "dev"
    project: str = "environments"
    is_set_up: bool = False

    def open(self, number: int, labels: tuple[str, ...] = ()) -> Change:
        """Open a pull request of what is checked out."""
        return Change(number, f"{number:012x}".ljust(40, "a"), labels)

    def merge(self, change: Change) -> None:
        """Merge a pull request; what is checked out is the merge."""
        change.merge = f"{change.number:012x}".ljust(40, "b")
        self.forge.merged[change.merge] = (change.number, change.head)

    def run(self, job: str, change: Change) -> Ended:
        """Run a job to its end, each time in a fresh checkout."""
        shutil.rmtree(self.directory / "out", ignore_errors=True)
        run = self.forge.add_run(change.head) if job == "preview" else 0
        pipeline = yaml.safe_load((self.directory / PATHS[self.kind]).read_text())
        return (
            self._github(pipeline, job, change, run)
            if self.kind == "github"
            else self._gitlab(pipeline, job, change, run)
        )

    def label(self, change: Change, name: str = "articles") -> str:
        """Return the label that allows a loss by what a change is now."""
        code = hashlib.sha256(f"{self.project}/{self.stack}@{change.head}".encode()).hexdigest()[:12]
        return f"allow-loss:{name}@{code}"

    def shell(self, command: str, **env: str) -> Ended:
        """Run a command as a step; the environment is set up once, for it takes two seconds to see that nothing is missing."""
        if command == "scripts/setup.sh":
            if self.is_set_up:
                return Ended(0, "")
            self.is_set_up = True
        result = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=self.directory,
            env={**os.environ, **self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(result.returncode, result.stdout)

    # --- GitHub ---

    def _github(self, pipeline: dict[str, Any], job: str, change: Change, run: int) -> Ended:
        outputs = self.directory / "github-output"
        outputs.write_text("")
        env = {
            **self._filled(pipeline["env"], change),
            **self._filled(pipeline["jobs"][job]["env"], change),
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.forge.base_url,
            "GITHUB_REPOSITORY": "octo/shop",
            "GITHUB_SHA": change.merge or change.head,
            "GITHUB_WORKFLOW_REF": "octo/shop/.github/workflows/vectorize.yml@refs/heads/main",
            "GITHUB_OUTPUT": str(outputs),
        }
        ended = Ended(0, "")
        for step in pipeline["jobs"][job]["steps"]:
            if not CONDITIONS[step["if"]](ended.code != 0) if "if" in step else ended.code:
                continue
            done = self._step(step, change, run, env)
            change.outputs.update(line.split("=", 1) for line in outputs.read_text().splitlines())
            ended = Ended(ended.code or done.code, ended.text + done.text)
        return ended

    def _step(self, step: dict[str, Any], change: Change, run: int, env: dict[str, str]) -> Ended:
        if "run" in step:
            return self.shell(step["run"], **{**env, **self._filled(step.get("env", {}), change)})
        given = self._filled(step.get("with", {}), change)
        if step["uses"].startswith("actions/upload-artifact@"):
            self.forge.artifacts[run, given["name"]] = (self.directory / given["path"]).read_bytes()
        if step["uses"].startswith("actions/download-artifact@"):
            assert given["github-token"] == FORGE_TOKEN
            (self.directory / given["path"]).mkdir(exist_ok=True)
            content = self.forge.artifacts[int(given["run-id"]), given["name"]]
            (self.directory / given["path"] / "plan.json").write_bytes(content)
        return Ended(0, "")

    def _filled(self, values: dict[str, Any], change: Change) -> dict[str, str]:
        """Put in what the runner would; an expression that is not listed here fails the test."""
        known = {
            "vars.PULUMI_BACKEND_URL": self.env["PULUMI_BACKEND_URL"],
            "vars.CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
            "vars.POLICY_PACK": self.env.get("POLICY_PACK", ""),
            "vars.POLICY_CONFIG": self.env.get("POLICY_CONFIG", ""),
            "secrets.CLOUDFLARE_API_TOKEN": TOKEN,
            "secrets.PULUMI_ACCESS_TOKEN": "",
            "secrets.PULUMI_CONFIG_PASSPHRASE": self.env["PULUMI_CONFIG_PASSPHRASE"],
            "github.token": FORGE_TOKEN,
            "github.event.pull_request.number": str(change.number),
            "github.event.pull_request.head.sha": change.head,
            "join(github.event.pull_request.labels.*.name, ',')": ",".join(change.labels),
            "matrix.stack": self.stack,
            **{f"steps.{step}.outputs.{n}": v for step in ("plan", "review") for n, v in change.outputs.items()},
        }
        return {
            name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], str(value))
            for name, value in values.items()
        }

    # --- GitLab ---

    def _gitlab(self, pipeline: dict[str, Any], name: str, change: Change, run: int) -> Ended:
        job = {**pipeline[pipeline[name]["extends"]], **pipeline[name]}
        assert self.stack in job["parallel"]["matrix"][0]["STACK"]
        env = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": self.forge.base_url,
            "CI_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_IID": str(change.number),
            "CI_MERGE_REQUEST_LABELS": ",".join(change.labels),
            "CI_JOB_NAME": f"{name}: [{self.stack}]",
            "CI_COMMIT_SHA": change.merge or change.result or change.head,
            **({"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": change.head} if change.result else {}),
            "GITLAB_TOKEN": FORGE_TOKEN,
            "CLOUDFLARE_API_TOKEN": TOKEN,
            "STACK": self.stack,
        }
        env |= {key: env[value[1:]] if value[0] == "$" else value for key, value in job["variables"].items()}
        ended = Ended(0, "")
        for line in [*job["before_script"], *job["script"]]:
            if not ended.code:
                done = self.shell(line, **env)
                ended = Ended(done.code, ended.text + done.text)
        after = self.shell("\n".join(job.get("after_script", [])), **env)
        assert after.code == 0, after.text
        if ended.code == 0:
            for path in job.get("artifacts", {}).get("paths", []):
                self.forge.artifacts[run, f"{name}: [{self.stack}]"] = (self.directory / path).read_bytes()
        return Ended(ended.code, ended.text + after.text)


def declare(stack: Stack, **indexes: object) -> None:
    """Change what the stack's file declares."""
    path = stack.project / "Pulumi.dev.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["config"]["environments:indexes"] = indexes
    path.write_text(yaml.safe_dump(settings))


def articles(stack: Stack, **changes: object) -> dict[str, object]:
    """Return the entry of the index `articles` as it is declared, with changes."""
    entry = yaml.safe_load((ROOT / "examples/environments/Pulumi.dev.yaml").read_text())["config"]
    return {**entry["environments:indexes"]["articles"], **changes}


def apply(repository: Repository, change: Change, code: int = 0) -> Ended:
    """Merge a pull request, and run what runs then."""
    repository.merge(change)
    ended = repository.run("apply", change)
    assert ended.code == code, ended.text
    return ended


def preview(repository: Repository, change: Change, code: int = 0) -> str:
    """Run what runs for a pull request, and return the comment; there is one, however often it runs."""
    ended = repository.run("preview", change)
    assert ended.code == code, ended.text
    assert TOKEN not in ended.text
    (comment,) = repository.forge.comment_texts(change.number)
    return comment
