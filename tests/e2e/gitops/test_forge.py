"""scripts/forge.py: what is said to a forge, what is taken from it, and what of it is not trusted."""

from __future__ import annotations

import re

import pytest

from tests.e2e.forges import BOT, FORGE_TOKEN, PERSON, Forge
from tests.e2e.harness import Emulator
from tests.e2e.pipelines import MARKER, Repository

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("repository", ["github", "gitlab"], indirect=True)
@pytest.mark.parametrize("kind", ["comment", "issue"])
def test_what_was_said_before_is_written_over_and_never_what_somebody_else_wrote(
    repository: Repository, forge: Forge, kind: str
):
    texts = [f"{MARKER}\n\n{word}" for word in ("first", "second")]
    forge.comments[1] = [{"id": n, "user": PERSON, "author": PERSON, "body": f"{MARKER}\nmine"} for n in range(120)]
    forge.issues = [{"number": 500, "iid": 500, "user": PERSON, "author": PERSON, "body": None, "description": None}]
    for text in [*texts, MARKER.replace("dev", "prod")]:
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


@pytest.mark.parametrize("repository", ["github", "gitlab"], indirect=True)
def test_a_commit_that_came_by_no_pull_request_is_not_applied(repository: Repository, forge: Forge, emulator: Emulator):
    pushed = repository.open(1)
    assert "so it was not reviewed. Nothing is applied" in repository.run("apply", pushed).text
    assert emulator.indexes() == {}


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_the_plan_of_a_fork_s_run_is_not_taken(repository: Repository, forge: Forge):
    change = repository.open(1)
    run = forge.add_run(change.head, repository="stranger/shop")
    forge.artifacts[run, f"plan@environments@dev@{change.head}"] = b"{}"
    repository.merge(change)
    ended = repository.run("apply", change)
    assert ended.code == 1
    assert "there is no plan for stack environments/dev" in ended.text


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
        pytest.param("comment README.md", "http://127.0.0.1:1", "Connection refused. Run the job", id="no server"),
        pytest.param("issue no.md", "", "nothing to report", id="no drift"),
        pytest.param("say", "", "usage: forge.py comment FILE | issue FILE | plan | ", id="another command"),
        pytest.param("plan", "", "GITHUB_SHA is not set", id="not in a job"),
    ],
)
def test_whatever_goes_wrong_is_one_line(repository: Repository, command: str, base_url: str, error: str):
    env = {**job_env(repository), **({"GITHUB_API_URL": base_url} if base_url else {})}
    ended = repository.shell(f"python3 scripts/forge.py {command}", **env)
    assert error in ended.text
    assert len(ended.text.splitlines()) == 1


OTHER = "<!-- pulumi-vectorize review: shop/dev -->"


@pytest.fixture
def shop(repository: Repository) -> str:
    """Add a folder with a second project, which has a stack of the same name."""
    (repository.directory / "shop").mkdir()
    (repository.directory / "shop" / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return "shop"


def forge_py(repository: Repository, command: str, **env: str) -> str:
    ended = repository.shell(f"python3 scripts/forge.py {command}", **job_env(repository), **env)
    assert ended.code == 0, ended.text
    return ended.text.strip()


@pytest.mark.parametrize("repository", ["github", "gitlab"], indirect=True)
@pytest.mark.parametrize("kind", ["comment", "issue"])
def test_two_projects_with_a_stack_of_one_name_have_a_text_each(
    repository: Repository, forge: Forge, shop: str, kind: str
):
    for project, word in ((".", "Destructive"), (shop, "Harmless"), (".", "Destructive still")):
        (repository.directory / "said.md").write_text(f"\n\n{word}\n")
        forge_py(repository, "mark said.md", PROJECT=project)
        forge_py(repository, f"{kind} said.md", PROJECT=project)
    said = [item["body"] for item in (forge.issues if kind == "issue" else forge.comments[1])]
    assert said == [f"{MARKER}\n\nDestructive still\n", f"{OTHER}\n\nHarmless\n"]


@pytest.mark.parametrize("repository", ["github"], indirect=True)
def test_a_label_and_a_plan_hold_for_one_project_and_one_commit(repository: Repository, shop: str):
    first, second = "a" * 40, "b" * 40
    for command in ("code", "artifact"):
        made = {
            forge_py(repository, f"{command} {commit}", PROJECT=project)
            for commit in (first, second)
            for project in (".", shop)
        }
        assert len(made) == 4
    assert forge_py(repository, f"artifact {first}", PROJECT=shop) == f"plan@shop@dev@{first}"
    assert re.fullmatch("[0-9a-f]{12}", forge_py(repository, f"code {first}"))


@pytest.mark.parametrize("repository", ["github"], indirect=True)
@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("code main", "COMMIT is not a commit of 40 digits, so no label can allow a loss"),
        ("mark said.md", "there is no Pulumi.yaml with a name in the folder elsewhere. Set PROJECT to its folder"),
    ],
)
def test_what_cannot_be_named_is_refused(repository: Repository, command: str, error: str):
    ended = repository.shell(f"PROJECT=elsewhere python3 scripts/forge.py {command}", **job_env(repository))
    assert (ended.code, ended.text) == (1, f"error: {error}\n")
