#!/usr/bin/env python3
"""Writes to GitHub or GitLab for the pipeline, with the standard library only.

forge.py comment FILE    writes a review to the pull request. A later one of this project and stack replaces it
forge.py issue FILE      opens an issue about drift. While it is open, a later one replaces it. Without FILE there is no issue
forge.py plan            finds the plan of the pull request that this commit came from: on GitHub the run that contains it,
                         as `run-id` for the next step, on GitLab the plan itself, as OUT/plan.json
forge.py mark FILE       writes the hidden first line of a review, by which a later one finds it
forge.py code COMMIT     prints the code of this project, stack and commit, which a label needs to allow a loss
forge.py artifact COMMIT prints the name of the artifact that contains the plan on GitHub

Settings come from the variables that both set for every job, and from STACK, PROJECT (the folder of Pulumi.yaml), PR_NUMBER,
GITHUB_TOKEN or GITLAB_TOKEN.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TIMEOUT_S = 30
PAGE = 100
LABEL = "vectorize-drift"


class ForgeError(Exception):
    """A failure, in one line without a secret."""


class Api:
    """One forge's REST API."""

    def __init__(self, base_url: str, header: str, secret: str) -> None:
        self.base_url = base_url
        self._header, self._secret = header, secret

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """Send one request and return the body of the response."""
        data = None if body is None else json.dumps(body).encode()
        url, headers = self.base_url + path, {"Content-Type": "application/json"}
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - the forge's own address
        request.add_unredirected_header(self._header, self._secret)  # a download is redirected to another host
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310 - as above
                return bytes(response.read())
        except urllib.error.HTTPError as error:
            raise ForgeError(f"{method} {path} → {error.code}: check the permissions of the job's token") from error
        except (OSError, http.client.HTTPException) as error:
            raise ForgeError(f"{method} {path}: {getattr(error, 'reason', error)}. Run the job again") from error

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send one request and return the JSON of the response."""
        try:
            return json.loads(self.send(method, path, body))
        except ValueError as error:
            raise ForgeError(
                f"{method} {path}: the response is not JSON. Check that {self.base_url} is the API"
            ) from error

    def every(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield every item of a list, page by page."""
        page = 1
        while True:
            items = self.call("GET", f"{path}{'&' if '?' in path else '?'}per_page={PAGE}&page={page}")
            yield from items
            if len(items) < PAGE:
                return
            page += 1


class GitHub:
    """The forge of a job of GitHub Actions."""

    def __init__(self) -> None:
        self.api = Api(needed("GITHUB_API_URL"), "Authorization", f"Bearer {needed('GITHUB_TOKEN')}")
        self.name = needed("GITHUB_REPOSITORY")
        self.repo = f"/repos/{self.name}"

    def comment(self, text: str) -> None:
        """Write a comment, or replace the one that this workflow wrote before."""
        path = f"{self.repo}/issues/{needed('PR_NUMBER')}/comments"
        mine = [item for item in self.api.every(path) if item["user"]["type"] == "Bot" and same(item["body"], text)]
        if mine:
            self.api.call("PATCH", f"{self.repo}/issues/comments/{mine[0]['id']}", {"body": text})
        else:
            self.api.call("POST", path, {"body": text})

    def issue(self, title: str, text: str) -> None:
        """Open an issue, or replace the text of the open one."""
        listed = self.api.every(f"{self.repo}/issues?state=open&labels={LABEL}")
        mine = [item for item in listed if item["user"]["type"] == "Bot" and same(item["body"], text)]
        if mine:
            self.api.call("PATCH", f"{self.repo}/issues/{mine[0]['number']}", {"body": text})
        else:
            self.api.call("POST", f"{self.repo}/issues", {"title": title, "body": text, "labels": [LABEL]})

    def plan(self) -> None:
        """Find the run of the merged pull request that uploaded its plan."""
        commit = needed("GITHUB_SHA")
        pulls = self.api.call("GET", f"{self.repo}/commits/{commit}/pulls")
        head = next((pull["head"]["sha"] for pull in pulls if pull["merge_commit_sha"] == commit), None)
        if head is None:
            raise ForgeError(f"commit {commit} came from no pull request, so it was not reviewed. Nothing is applied")
        workflow = Path(needed("GITHUB_WORKFLOW_REF").partition("@")[0]).name
        runs = self.api.call("GET", f"{self.repo}/actions/workflows/{workflow}/runs?event=pull_request&head_sha={head}")
        # A fork may have the same commit, and runs of its own.
        ours = [run for run in runs["workflow_runs"] if run["head_repository"]["full_name"] == self.name]
        last = max((int(run["id"]) for run in ours), default=0)
        name = artifact_name(head)
        found = (
            self.api.call("GET", f"{self.repo}/actions/runs/{last}/artifacts?name={name}")["artifacts"] if last else []
        )
        if all(artifact["expired"] for artifact in found):
            raise ForgeError(
                f"there is no plan for stack {place()} of {head}: its review did not pass, or it is too old"
            )
        with Path(needed("GITHUB_OUTPUT")).open("a") as outputs:
            outputs.write(f"run-id={last}\nartifact={name}\n")


class GitLab:
    """The forge of a job of GitLab CI."""

    def __init__(self) -> None:
        self.api = Api(needed("CI_API_V4_URL"), "PRIVATE-TOKEN", needed("GITLAB_TOKEN"))
        self.project = f"/projects/{needed('CI_PROJECT_ID')}"

    def comment(self, text: str) -> None:
        """Write a note, or replace the one that the user of this token wrote before."""
        path = f"{self.project}/merge_requests/{needed('CI_MERGE_REQUEST_IID')}/notes"
        me = self.api.call("GET", "/user")["id"]
        mine = [item for item in self.api.every(path) if item["author"]["id"] == me and same(item["body"], text)]
        if mine:
            self.api.call("PUT", f"{path}/{mine[0]['id']}", {"body": text})
        else:
            self.api.call("POST", path, {"body": text})

    def issue(self, title: str, text: str) -> None:
        """Open an issue, or replace the text of the open one."""
        path = f"{self.project}/issues"
        me = self.api.call("GET", "/user")["id"]
        listed = self.api.every(f"{path}?state=opened&labels={LABEL}")
        mine = [item for item in listed if item["author"]["id"] == me and same(item["description"], text)]
        if mine:
            self.api.call("PUT", f"{path}/{mine[0]['iid']}", {"description": text})
        else:
            self.api.call("POST", path, {"title": title, "description": text, "labels": LABEL})

    def plan(self) -> None:
        """Download the plan of the merge request's last pipeline."""
        commit = needed("CI_COMMIT_SHA")
        requests = self.api.call("GET", f"{self.project}/repository/commits/{commit}/merge_requests")
        number = next((item["iid"] for item in requests if item["state"] == "merged"), None)
        if number is None:
            raise ForgeError(f"commit {commit} came from no merge request, so it was not reviewed. Nothing is applied")
        pipelines = self.api.call("GET", f"{self.project}/merge_requests/{number}/pipelines")
        last = max(pipelines, key=lambda item: item["id"], default={"id": 0})["id"]
        jobs = self.api.every(f"{self.project}/pipelines/{last}/jobs?scope[]=success") if last else ()
        # The jobs of one stack have the same name except for its first word, even with a pair of them per project.
        name = needed("CI_JOB_NAME").replace("apply", "preview", 1)
        job = next((item["id"] for item in jobs if item["name"] == name), None)
        if job is None:
            raise ForgeError(f"there is no plan for stack {place()} of merge request {number}: its review did not pass")
        out = Path(os.environ.get("OUT", "out"))
        out.mkdir(exist_ok=True)
        (out / "plan.json").write_bytes(self.api.send("GET", f"{self.project}/jobs/{job}/artifacts/{out}/plan.json"))


def needed(variable: str) -> str:
    """Read a variable of the environment."""
    try:
        return os.environ[variable]
    except KeyError:
        raise ForgeError(f"{variable} is not set") from None


def place() -> str:
    """Return PROJECT/STACK. Two projects of one repository may have stacks with the same name."""
    folder = Path(os.environ.get("PROJECT") or ".")
    for path in (folder / "Pulumi.yaml", folder / "Pulumi.yml"):
        found = re.search(r"^name: *[\"']?([A-Za-z0-9._-]+)", path.read_text(), re.MULTILINE) if path.exists() else None
        if found:
            return f"{found[1]}/{needed('STACK').rpartition('/')[2]}"
    raise ForgeError(f"there is no Pulumi.yaml with a name in the folder {folder}. Set PROJECT to its folder")


def code(commit: str) -> str:
    """Return the code that binds a label to one project, stack and commit. A label on GitHub has at most 50 characters."""
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise ForgeError("COMMIT is not a commit of 40 digits, so no label can allow a loss")
    return hashlib.sha256(f"{place()}@{commit}".encode()).hexdigest()[:12]


def artifact_name(commit: str) -> str:
    """Return the name of the artifact that contains a plan. The names of projects and stacks contain no `@`."""
    return f"plan@{place().replace('/', '@')}@{commit}"


def mark(path: Path) -> None:
    """Write the hidden first line of a review, with the project and the stack."""
    text = path.read_text() if path.exists() else ""
    if not text:
        text = "\n\n### ❌ No review. The reason is in the log of the pipeline\n"
    marker = f"<!-- pulumi-vectorize review: {re.sub(r'[^A-Za-z0-9._/-]', '_', place())} -->"
    path.write_text(f"{marker}\n{text.partition(chr(10))[2]}")


def same(before: str | None, now: str) -> bool:
    """Return whether both texts begin with the same hidden line, which contains the project and the stack."""
    return (before or "").splitlines()[:1] == now.splitlines()[:1]


def main(arguments: list[str]) -> None:
    """Run the command."""
    match arguments:
        case ["mark", file]:
            mark(Path(file))
        case ["code", commit]:
            sys.stdout.write(f"{code(commit)}\n")
        case ["artifact", commit]:
            sys.stdout.write(f"{artifact_name(commit)}\n")
        case ["plan"]:
            forge().plan()
        case ["comment", file] if Path(file).exists():
            forge().comment(Path(file).read_text())
        case ["comment", file]:
            raise ForgeError(f"there is no {file}: the review did not run")
        case ["issue", file] if Path(file).exists():
            forge().issue(f"Vectorize: drift in {place()}", Path(file).read_text())
        case ["issue", _]:
            sys.stdout.write("nothing to report\n")
        case _:
            raise ForgeError(
                "usage: forge.py comment FILE | issue FILE | plan | mark FILE | code COMMIT | artifact COMMIT"
            )


def forge() -> GitHub | GitLab:
    """Return the forge that runs this job."""
    return GitLab() if os.environ.get("GITLAB_CI") else GitHub()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ForgeError as problem:
        sys.exit(f"error: {problem}")
