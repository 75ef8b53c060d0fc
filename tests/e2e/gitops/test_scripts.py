"""scripts/preview.sh and drift.sh where something goes wrong: it is said, and there is no plan."""

from __future__ import annotations

import pytest

from tests.e2e.forges import Forge
from tests.e2e.harness import ROOT, Emulator, Stack
from tests.e2e.pipelines import MARKER, Repository, apply, articles, declare, preview

pytestmark = pytest.mark.e2e


@pytest.mark.slow
@pytest.mark.parametrize("repository", ["github", "gitlab"], indirect=True)
def test_an_index_that_a_failed_replacement_left_over_stops_the_next_change(
    repository: Repository, stack: Stack, emulator: Emulator
):
    """In dev `force_destroy` is on, so the next update would delete it, vectors and all; the change itself adds an index."""
    first, second = repository.open(1), repository.open(2, labels=("allow-loss:dev/articles",))
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
    assert "left over from an earlier replacement" in comment
    assert "**nothing stops it: `force_destroy` is on**" in comment
    assert "there is no plan for stack dev" in apply(repository, third, code=1).text
    assert old in emulator.indexes()


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
