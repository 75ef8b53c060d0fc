"""docs/guides/pull-request-reviews.md, run as the runners would: a review stops a loss, and only what was reviewed is applied."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import yaml

from tests.e2e.forges import Forge
from tests.e2e.harness import ROOT, Emulator, Stack
from tests.e2e.pipelines import EXAMPLE, PATHS, Repository, apply, articles, declare, preview

pytestmark = pytest.mark.e2e

GUIDE = ROOT / "docs" / "guides" / "pull-request-reviews.md"


@pytest.mark.slow
@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_the_guide_s_changes_are_reviewed_stopped_or_applied_as_it_shows(
    repository: Repository, stack: Stack, forge: Forge, emulator: Emulator
):
    first = repository.open(1)
    agree("a first index", preview(repository, first))
    apply(repository, first)
    (name,) = emulator.indexes()
    emulator.fill(name, 120_331)

    declare(stack, articles=articles(stack, description="articles of the help center"))
    agree("another description", preview(repository, repository.open(2), code=3))

    declare(stack)
    dropped = repository.open(3)
    code = repository.label(dropped).rpartition("@")[2]
    dropped.labels = (
        replace(repository, stack="prod").label(dropped),
        replace(repository, project="shop").label(dropped),
        f"allow-loss:@{code}",
        f"allow-loss:articles@{dropped.head[:12]}",
        f"allow-loss:articles@{code[:6]}",
        "$(id)",
    )
    agree("an index less", preview(repository, dropped, code=3))
    assert "there is no plan for stack environments/dev" in apply(repository, dropped, code=1).text
    assert list(emulator.indexes()) == [name]

    look_for_drift(repository, forge, emulator, name)

    allowed = repository.open(3, labels=("docs", repository.label(dropped)))
    agree("an index less, and allowed", preview(repository, allowed))
    apply(repository, allowed)
    assert emulator.indexes() == {}


def look_for_drift(repository: Repository, forge: Forge, emulator: Emulator, name: str) -> None:
    """Change something outside Pulumi for two nights: one issue, which is written over."""
    night = repository.open(0)
    assert repository.run("drift", night).code == 0
    assert forge.issues == []
    emulator.change_metadata("delete", name, propertyName="tenant")
    for _ in range(2):
        assert repository.run("drift", night).code == 3
        (issue,) = forge.issues
    assert issue["title"] == "Vectorize: drift in environments/dev"
    agree("drift", issue["body"])
    emulator.change_metadata("create", name, propertyName="tenant", indexType="string")


def agree(what: str, said: str) -> None:
    """Compare what was said with what the guide shows; with WRITE_GUIDE set, write it there instead."""
    text = GUIDE.read_text()
    before, opening, rest = text.partition(f"<!-- {what} -->\n````markdown\n")
    old, closing, after = rest.partition("````\n")
    if os.environ.get("WRITE_GUIDE"):
        GUIDE.write_text(before + opening + said + closing + after)
    else:
        assert said == old


@pytest.mark.parametrize("repository", ["gitlab"], indirect=True)
def test_gitlab_reviews_and_applies_by_the_same_scripts(repository: Repository, emulator: Emulator):
    change = repository.open(1)
    agree("a first index", preview(repository, change))
    apply(repository, change)
    assert len(emulator.indexes()) == 1


def test_every_step_is_a_script_and_every_script_is_a_step():
    github = yaml.safe_load((EXAMPLE / PATHS["github"]).read_text())["jobs"].values()
    steps = {step["run"] for job in github for step in job["steps"] if "run" in step}
    gitlab = yaml.safe_load((EXAMPLE / PATHS["gitlab"]).read_text())
    jobs = [job for name, job in gitlab.items() if isinstance(job, dict) and name != "default"]
    lines = {line for job in jobs for part in ("before_script", "script", "after_script") for line in job.get(part, [])}
    assert steps == lines
    scripts = {path.name for path in (EXAMPLE / "scripts").iterdir() if path.is_file()} - {"common.sh"}
    assert {line.split("scripts/")[1].split()[0] for line in steps} == scripts
