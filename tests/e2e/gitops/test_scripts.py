"""scripts/preview.sh and drift.sh where something goes wrong: it is said, and there is no plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.e2e.forges import Forge
from tests.e2e.harness import ROOT, Emulator, Stack
from tests.e2e.pipelines import MARKER, Repository, apply, articles, declare, preview

pytestmark = pytest.mark.e2e

NO_REVIEW = f"{MARKER}\n\n### ❌ No review. The reason is in the log of the pipeline\n"


@pytest.mark.slow
@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_an_index_that_a_failed_replacement_left_over_stops_the_next_change(
    repository: Repository, stack: Stack, emulator: Emulator
):
    """In dev `force_destroy` is on, so the next update would delete it, vectors and all; the change itself adds an index."""
    first, second = repository.open(1), repository.open(2)
    second.labels = (repository.label(second),)
    preview(repository, first)
    apply(repository, first)
    (old,) = emulator.indexes()
    emulator.fault(method="DELETE", status=400, code=40006)
    declare(stack, articles=articles(stack, config={"dimensions": 32, "metric": "cosine"}))
    preview(repository, second)
    apply(repository, second, code=1)
    emulator.fill(old, 120_331)

    more = {"config": {"dimensions": 32, "metric": "cosine"}}
    declare(stack, articles=articles(stack, **more), notes=articles(stack, **more))
    third = repository.open(3)
    comment = preview(repository, third, code=3)
    assert "⛔ Destructive: `articles` would be deleted — **120,331 vectors** at stake" in comment
    assert "an earlier replacement left it behind" in comment
    assert "**nothing prevents it: `force_destroy` is on**" in comment
    assert "there is no plan for stack environments/dev" in apply(repository, third, code=1).text
    assert old in emulator.indexes()

    third.labels = (repository.label(third),)
    preview(repository, third)
    apply(repository, third)
    assert old not in emulator.indexes()


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_a_preview_that_fails_is_said_in_the_comment_and_leaves_no_plan(
    repository: Repository, stack: Stack, forge: Forge
):
    declare(stack, articles=articles(stack, config={"dimensions": 9999}))
    comment = preview(repository, repository.open(1), code=2)
    assert comment.startswith(f"{MARKER}\n\n### ❌")
    assert "must be 1 to 1536, and is more" in comment
    assert forge.artifacts == {}


POLICIES = {"POLICY_PACK": str(ROOT / "policies" / "vectorize" / "start.sh"), "POLICY_CONFIG": "policy.json"}


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_a_broken_policy_is_said_first_and_leaves_no_plan(repository: Repository, stack: Stack, forge: Forge):
    (stack.project / "policy.json").write_text('{"protect-required": {"stacks": ["dev"]}}')
    repository.env.update(POLICIES)
    comment = preview(repository, repository.open(1), code=2)
    assert comment.startswith(f"{MARKER}\n\n### ❌ Policies\n")
    before, _, after = comment.partition("### ✅ Harmless")
    assert 'index "articles" of stack dev is not protected: declare it with' in before
    assert "articles-eb614551e23d076-403607" in after
    assert forge.artifacts == {}


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_a_policy_pack_that_is_not_there_is_said_in_the_comment(repository: Repository, forge: Forge):
    repository.env["POLICY_PACK"] = "policies/none"
    comment = preview(repository, repository.open(1), code=2)
    assert comment.startswith(f"{MARKER}\n\n### ❌ Policies\n")
    assert "They could not be checked. The reason is in the log of the pipeline.\n~~~\n" in comment
    assert forge.artifacts == {}


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_a_preview_that_fails_after_all_steps_is_not_called_harmless_first(repository: Repository):
    """Here the engine cannot write the plan, which is the last that it does."""
    (repository.directory / "out" / "plan.json").mkdir(parents=True)
    ended = repository.shell("scripts/preview.sh", STACK="dev")
    assert ended.code == 2
    said = (repository.directory / "out" / "review.md").read_text()
    assert said.startswith(
        f"{MARKER}\n\n### ❌ The preview failed. The reason is in the log of the pipeline\n\n### ✅ Harmless"
    )


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_a_preview_that_cannot_even_start_is_said_in_the_comment_too(repository: Repository, forge: Forge):
    repository.env["PULUMI_BACKEND_URL"] = "file:///nowhere/at/all"
    assert preview(repository, repository.open(1), code=2) == NO_REVIEW
    assert forge.artifacts == {}


@pytest.mark.parametrize("repository", ["github", "gitlab"], indirect=True)
def test_a_night_on_which_drift_cannot_be_looked_for_opens_an_issue(repository: Repository, forge: Forge):
    repository.env["PULUMI_BACKEND_URL"] = "file:///nowhere/at/all"
    ended = repository.run("drift", repository.open(0))
    assert ended.code == 2
    assert "error: " in ended.text
    assert forge.issue_texts() == [NO_REVIEW]


# What a label names, and the commit of a merged results pipeline; a label of GitHub is too short for a URN.
ALLOWED = {
    "github": [("articles", "")],
    "gitlab": [
        ("articles", ""),
        ("urn:pulumi:dev::environments::pulumi-python:dynamic/vectorize:VectorizeIndex::articles", "c" * 40),
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("repository", ["github", "gitlab"], indirect=True)
def test_a_label_allows_a_loss_by_the_commit_that_it_names_and_by_no_later_one(repository: Repository, stack: Stack):
    first, before, now = repository.open(1), repository.open(2), repository.open(3)
    preview(repository, first)
    apply(repository, first)
    declare(stack)
    now.labels = (
        repository.label(before),
        "allow-loss:articles",
        "allow-loss:articles@",
        repository.label(now)[:-6],
        replace(repository, stack="prod").label(now),
        replace(repository, project="shop").label(now),
    )
    comment = preview(repository, now, code=3)
    assert f"`{repository.label(now, 'NAME')}`" in comment
    assert ("press *Run pipeline*" in comment) is (repository.kind == "gitlab")
    for name, result in ALLOWED[repository.kind]:
        now.labels, now.result = (repository.label(now, name),), result
        assert "⚠️ Destructive, and allowed" in preview(repository, now)


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_what_a_comment_has_no_room_for_is_in_the_log(repository: Repository, stack: Stack, forge: Forge):
    declare(stack, **{f"articles-{number}": articles(stack) for number in range(45)})
    ended = repository.run("preview", repository.open(1))
    (comment,) = forge.comment_texts(1)
    assert "| … and 5 more (`--format json` lists all) |" in comment
    assert comment.endswith("\nThe log of this job lists all.\n")
    left_out = [name for name in (f"articles-{number}" for number in range(45)) if f"`{name}`" not in comment]
    assert len(left_out) == 5
    assert [name for name in left_out if name not in ended.text] == []


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_nothing_that_a_program_or_an_engine_prints_is_a_command_to_the_runner(repository: Repository, stack: Stack):
    orders = "::add-mask::dev\n::set-output name=artifact::x\n##[error]no"
    with (stack.project / "__main__.py").open("a") as program:
        program.write(f"print({orders!r})\nraise ValueError({orders!r})\n")
    for job in "preview", "drift":
        assert repository.run(job, repository.open(1)).obeyed == []
    printed = repository.run("preview", repository.open(1))
    assert "::set-output name=artifact::x" in map(str.strip, printed.text.splitlines())
