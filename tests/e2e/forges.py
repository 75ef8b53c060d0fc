"""GitHub and GitLab on this machine: as much of their APIs as the pipelines use, over real HTTP, pages and permissions included."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

FORGE_TOKEN = "forge-token-93b1f6c27ad8"
STORAGE = "/storage"
BOT, PERSON = {"id": 7, "type": "Bot"}, {"id": 8, "type": "User"}


class Moved(str):
    """Where a download really is: with a host of its own, which must not see the forge's token."""

    __slots__ = ()


@dataclass
class Forge:
    """What a forge holds; a comment or an issue is a dict as the API has it."""

    base_url: str = ""
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    merged: dict[str, tuple[int, str]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    artifacts: dict[tuple[int, str], bytes] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def add_run(self, head: str, repository: str = "octo/shop") -> int:
        """Start a pipeline for a commit."""
        self.runs.append({"id": 100 + len(self.runs), "head_sha": head, "head_repository": {"full_name": repository}})
        return int(self.runs[-1]["id"])

    def comment_texts(self, number: int) -> list[str]:
        """Return what the pipeline wrote on a pull request."""
        return [item["body"] for item in self.comments.get(number, []) if item["user"] == BOT]

    def issue_texts(self) -> list[str]:
        """Return the bodies of the issues."""
        return [item["body"] for item in self.issues]


Answer = Callable[..., Any]


def routes(forge: Forge) -> list[tuple[str, str, Answer]]:
    """Return (method, pattern of the path, answer from the pattern's groups and the body)."""
    return [*github(forge), *gitlab(forge)]


def texts(forge: Forge, comments: str, comment: str, issues: str, verb: str) -> Iterator[tuple[str, str, Answer]]:
    """The paths of comments and issues: the forges differ in what they are called, and in the verb that writes over one."""
    yield "GET", comments, lambda n, **_: forge.comments.get(int(n), [])
    yield "POST", comments, lambda n, body, **_: add_comment(forge, int(n), body)
    yield verb, comment, lambda *ids, body, **_: edit(every_comment(forge), int(ids[-1]), body)
    yield "GET", issues, lambda **_: forge.issues
    yield "POST", issues, lambda body, **_: add_issue(forge, body)
    yield verb, f"{issues}/(\\d+)", lambda i, body, **_: edit(forge.issues, int(i), body)


def github(forge: Forge) -> Iterator[tuple[str, str, Answer]]:
    """The paths of GitHub's REST API, 2022-11-28."""
    repo = "/repos/octo/shop"
    yield from texts(
        forge, f"{repo}/issues/(\\d+)/comments", f"{repo}/issues/comments/(\\d+)", f"{repo}/issues", "PATCH"
    )
    yield (
        "GET",
        f"{repo}/commits/(\\w+)/pulls",
        lambda sha, **_: [
            {"merge_commit_sha": sha, "head": {"sha": head}}
            for merge, (_, head) in forge.merged.items()
            if merge == sha
        ],
    )
    yield (
        "GET",
        f"{repo}/actions/workflows/vectorize.yml/runs",
        lambda query, **_: {"workflow_runs": [run for run in forge.runs if run["head_sha"] == query["head_sha"][0]]},
    )
    yield (
        "GET",
        f"{repo}/actions/runs/(\\d+)/artifacts",
        lambda run, query, **_: {
            "artifacts": [{"expired": False}] * ((int(run), query["name"][0]) in forge.artifacts),
        },
    )


def gitlab(forge: Forge) -> Iterator[tuple[str, str, Answer]]:
    """The paths of GitLab's REST API, v4."""
    project = "/projects/42"
    notes = f"{project}/merge_requests/(\\d+)/notes"
    yield "GET", "/user", lambda **_: BOT
    yield from texts(forge, notes, f"{notes}/(\\d+)", f"{project}/issues", "PUT")
    yield (
        "GET",
        f"{project}/repository/commits/(\\w+)/merge_requests",
        lambda sha, **_: [
            {"iid": number, "state": "merged"} for merge, (number, _) in forge.merged.items() if merge == sha
        ],
    )
    yield (
        "GET",
        f"{project}/merge_requests/(\\d+)/pipelines",
        lambda n, **_: [run for run in forge.runs if (int(n), run["head_sha"]) in forge.merged.values()],
    )
    yield (
        "GET",
        f"{project}/pipelines/(\\d+)/jobs",
        lambda run, **_: [{"id": int(run), "name": name} for id_, name in forge.artifacts if id_ == int(run)],
    )
    yield "GET", f"{project}/jobs/(\\d+)/artifacts/out/plan.json", lambda job, **_: Moved(f"{STORAGE}/{job}")


def only(artifacts: dict[tuple[int, str], bytes], job: int) -> bytes:
    """Return what a job has kept."""
    return next(content for (id_, _), content in artifacts.items() if id_ == job)


def every_comment(forge: Forge) -> list[dict[str, Any]]:
    """Return the comments of all pull requests."""
    return [item for items in forge.comments.values() for item in items]


def add_comment(forge: Forge, number: int, body: dict[str, Any]) -> dict[str, Any]:
    """Let the pipeline's own user write a comment."""
    made = {"id": 1000 + len(every_comment(forge)), "user": BOT, "author": BOT, **body}
    forge.comments.setdefault(number, []).append(made)
    return made


def add_issue(forge: Forge, body: dict[str, Any]) -> dict[str, Any]:
    """Let the pipeline's own user open an issue; GitLab calls its body the description."""
    text = body.get("body") or body["description"]
    number = 1 + len(forge.issues)
    made = {**body, "number": number, "iid": number, "user": BOT, "author": BOT, "body": text, "description": text}
    forge.issues.append(made)
    return made


def edit(items: list[dict[str, Any]], number: int, body: dict[str, Any]) -> dict[str, Any]:
    """Write over the text of a comment or an issue."""
    item = next(item for item in items if number in (item.get("id"), item.get("number")))
    assert item["user"] == BOT, "403: somebody else's"
    text = body.get("body") or body["description"]
    item.update(body=text, description=text)
    return item


@contextmanager
def serving() -> Iterator[Forge]:
    """Run a forge of both kinds."""
    forge = Forge()
    table = [(method, re.compile(pattern), answer) for method, pattern, answer in routes(forge)]

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            url = urlsplit(self.path)
            forge.log.append(f"{self.command} {url.path}")
            status, answer = self.answer(url.path, parse_qs(url.query))
            self.send_response(302 if isinstance(answer, Moved) else status)
            if isinstance(answer, Moved):
                self.send_header("Location", f"{forge.base_url.replace('127.0.0.1', 'localhost')}{answer}")
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
            token = self.headers.get("Private-Token") or (self.headers.get("Authorization") or "")[len("Bearer ") :]
            if path.startswith(STORAGE):
                return (400, "a token") if token else (200, only(forge.artifacts, int(path.rpartition("/")[2])))
            if token != FORGE_TOKEN:
                return 401, {"message": "Unauthorized"}
            for method, pattern, answer in table:
                found = pattern.fullmatch(path)
                if method == self.command and found:
                    return 200, page(answer(*found.groups(), body=body, query=query), query)
            return 404, {"message": "Not Found"}

        do_GET = do_POST = do_PUT = do_PATCH = respond  # noqa: N815 - the server finds them by these names

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        forge.base_url = f"http://127.0.0.1:{server.server_port}"
        yield forge
        server.shutdown()


def page(answer: Any, query: dict[str, list[str]]) -> Any:
    """Cut a list to the page that was asked for."""
    if not isinstance(answer, list) or "page" not in query:
        return answer
    size, number = int(query["per_page"][0]), int(query["page"][0])
    return answer[size * (number - 1) : size * number]
