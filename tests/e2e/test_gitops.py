"""examples/gitops, run as the runners would: a review stops what would lose vectors, and only what was reviewed is applied."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.forges import BOT, FORGE_TOKEN, PERSON, Forge, serving
from tests.e2e.harness import ROOT, TOKEN, Emulator, Stack, engine_env, login_env
from tests.e2e.pipelines import EXAMPLE, PATHS, Change, Ended, Repository

pytestmark = pytest.mark.e2e

GUIDE = ROOT / "docs" / "gitops.md"
MARKER = "<!-- pulumi-vectorize review: dev -->"


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
    (directory / "program" / ".venv").symlink_to(sys.prefix)
    env = {**engine_env(directory), **login_env(emulator.base_url), "PIP_NO_INDEX": "1"}
    stack = Stack(directory, env, [], "environments", "dev")
    stack.run("stack", "init", "dev")
    return stack


@pytest.fixture
def repository(stack: Stack, forge: Forge, request: pytest.FixtureRequest) -> Repository:
    """The repository, on one of the forges."""
    return Repository(stack.project, {**stack.env}, forge, request.param)


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
    dropped = repository.open(3, labels=("allow-loss:prod/articles", "allow-loss:dev/", "allow-loss:articles", "$(id)"))
    agree("an index less", preview(repository, dropped, code=3))
    assert "there is no plan for stack dev" in apply(repository, dropped, code=1).text
    assert list(emulator.indexes()) == [name]

    look_for_drift(repository, forge, emulator, name)

    allowed = repository.open(3, labels=("docs", "allow-loss:dev/articles"))
    agree("an index less, and allowed", preview(repository, allowed))
    apply(repository, allowed)
    assert emulator.indexes() == {}


def look_for_drift(repository: Repository, forge: Forge, emulator: Emulator, name: str) -> None:
    """Change something behind Git's back for two nights: one issue, which is written over."""
    night = repository.open(0)
    assert repository.run("drift", night).code == 0
    assert forge.issues == []
    emulator.change_metadata("delete", name, propertyName="tenant")
    for _ in range(2):
        assert repository.run("drift", night).code == 3
        (issue,) = forge.issues
    assert issue["title"] == "Vectorize: drift in dev"
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


@pytest.mark.parametrize("repository", ["github", "gitlab"], indirect=True)
@pytest.mark.parametrize("kind", ["comment", "issue"])
def test_what_was_said_before_is_written_over_and_never_what_somebody_else_wrote(
    repository: Repository, forge: Forge, kind: str
):
    texts = [f"{MARKER}\n\n{word}" for word in ("first", "second")]
    forge.comments[1] = [{"id": n, "user": PERSON, "author": PERSON, "body": f"{MARKER}\nmine"} for n in range(120)]
    forge.issues = [{"number": 500, "iid": 500, "user": PERSON, "author": PERSON, "body": None, "description": None}]
    for text in [*texts, "<!-- pulumi-vectorize review: prod -->\n"]:
        (repository.directory / "said.md").write_text(text)
        ended = repository.shell(f"python3 scripts/forge.py {kind} said.md", **job_env(repository))
        assert ended.code == 0, ended.text
    said = [item["body"] for item in (forge.issues if kind == "issue" else forge.comments[1]) if item["user"] == BOT]
    assert said == [texts[1], text]


def job_env(repository: Repository, token: str = FORGE_TOKEN) -> dict[str, str]:
    """Make what a runner sets for a job of pull request 1."""
    url = repository.forge.base_url
    if repository.kind == "github":
        return {
            "STACK": "dev",
            "GITHUB_API_URL": url,
            "GITHUB_REPOSITORY": "octo/shop",
            "PR_NUMBER": "1",
            "GITHUB_TOKEN": token,
        }
    place = {"CI_API_V4_URL": url, "CI_PROJECT_ID": "42", "CI_MERGE_REQUEST_IID": "1"}
    return {"STACK": "dev", "GITLAB_CI": "true", "GITLAB_TOKEN": token, **place}


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_a_preview_that_fails_is_said_in_the_comment_and_leaves_no_plan(
    repository: Repository, stack: Stack, forge: Forge
):
    declare(stack, articles=articles(stack, config={"dimensions": 9999}))
    comment = preview(repository, repository.open(1), code=2)
    assert comment.startswith(f"{MARKER}\n\n### ❌")
    assert "must be 1 to 1536, got 9999" in comment
    assert forge.artifacts == {}


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_a_broken_policy_is_said_in_the_comment_and_leaves_no_plan(repository: Repository, stack: Stack, forge: Forge):
    (stack.project / "policy.json").write_text('{"protect-required": {"stacks": ["dev"]}}')
    pack = {"POLICY_PACK": str(ROOT / "policies" / "vectorize" / "start.sh"), "POLICY_CONFIG": "policy.json"}
    repository.env.update(pack)
    comment = preview(repository, repository.open(1), code=2)
    assert "### ✅ Harmless" in comment
    assert 'index "articles" of stack dev is not protected: declare it with' in comment.split("### ❌ Policies")[1]
    assert forge.artifacts == {}


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_a_policy_pack_that_is_not_there_is_said_in_the_comment(repository: Repository, forge: Forge):
    repository.env["POLICY_PACK"] = "policies/none"
    comment = preview(repository, repository.open(1), code=2)
    assert comment.endswith("They could not be asked; the log of the pipeline says why.\n~~~\n")
    assert forge.artifacts == {}


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_a_preview_that_cannot_even_start_is_said_in_the_comment_too(repository: Repository):
    ended = repository.shell("scripts/preview.sh", STACK="dev", PULUMI_BACKEND_URL="file:///nowhere/at/all")
    assert ended.code == 2
    assert (repository.directory / "out" / "review.md").read_text() == (
        f"{MARKER}\n\n### ❌ No review: the log of the pipeline says why\n"
    )
    assert "error: " in ended.text


@pytest.mark.parametrize("repository", ["github", "gitlab"], indirect=True)
def test_a_commit_that_came_by_no_pull_request_is_not_applied(repository: Repository, forge: Forge, emulator: Emulator):
    pushed = repository.open(1)
    assert "nothing was reviewed: nothing is applied" in repository.run("apply", pushed).text
    assert emulator.indexes() == {}


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_the_plan_of_a_fork_s_run_is_not_taken(repository: Repository, forge: Forge):
    change = repository.open(1)
    run = forge.add_run(change.head, repository="stranger/shop")
    forge.artifacts[run, f"plan-dev-{change.head}"] = b"{}"
    repository.merge(change)
    ended = repository.run("apply", change)
    assert ended.code == 1
    assert "there is no plan for stack dev" in ended.text


@pytest.mark.parametrize("repository", ["github", "gitlab"], indirect=True)
def test_a_token_that_the_forge_refuses_is_one_line_without_it(repository: Repository, forge: Forge):
    (repository.directory / "review.md").write_text("x")
    ended = repository.shell("python3 scripts/forge.py comment review.md", **job_env(repository, "wrong-5d"))
    assert ended.code == 1
    assert ended.text.startswith("error: GET /")
    assert ended.text.endswith("→ 401: check the permissions of the job's token\n")
    assert len(ended.text.splitlines()) == 1


@pytest.mark.parametrize("repository", ["github"], indirect=True)
@pytest.mark.parametrize(
    ("command", "base_url", "error"),
    [
        pytest.param("comment no.md", "http://127.0.0.1:1", "there is no no.md: the review did not run", id="no file"),
        pytest.param("comment README.md", "http://127.0.0.1:1", "Connection refused; run the job", id="no server"),
        pytest.param("issue no.md", "", "nothing to report", id="no drift"),
        pytest.param("say", "", "usage: forge.py comment FILE | issue FILE | plan", id="another command"),
        pytest.param("plan", "", "GITHUB_SHA is not set", id="not in a job"),
    ],
)
def test_whatever_goes_wrong_is_one_line(repository: Repository, command: str, base_url: str, error: str):
    env = {**job_env(repository), **({"GITHUB_API_URL": base_url} if base_url else {})}
    ended = repository.shell(f"python3 scripts/forge.py {command}", **env)
    assert error in ended.text
    assert len(ended.text.splitlines()) == 1


def test_every_step_is_a_script_and_every_script_is_a_step():
    github = yaml.safe_load((EXAMPLE / PATHS["github"]).read_text())["jobs"].values()
    steps = {step["run"] for job in github for step in job["steps"] if "run" in step}
    gitlab = yaml.safe_load((EXAMPLE / PATHS["gitlab"]).read_text())
    jobs = [job for name, job in gitlab.items() if isinstance(job, dict) and name != "default"]
    lines = {line for job in jobs for part in ("before_script", "script", "after_script") for line in job.get(part, [])}
    assert steps == lines
    scripts = {path.name for path in (EXAMPLE / "scripts").iterdir() if path.is_file()} - {"common.sh"}
    assert {line.split("scripts/")[1].split()[0] for line in steps} == scripts
