"""The golden corpus as it is stored: its previews, reviewed again with the account that was stored with them."""

from __future__ import annotations

import gzip
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from pulumi_cloudflare_vectorize.api.retry import Transport
from pulumi_cloudflare_vectorize.config import Settings
from pulumi_cloudflare_vectorize.review import account_facts
from pulumi_cloudflare_vectorize.review.parser import read_preview
from pulumi_cloudflare_vectorize.review.pipeline import create_review
from pulumi_cloudflare_vectorize.review.render.json import as_json
from pulumi_cloudflare_vectorize.review.render.markdown import as_markdown
from tests.corpus.programs import DYNAMIC, PLUGIN, FrontEnd
from tests.corpus.scenarios import SCENARIOS, Case, Scenario
from tests.e2e.harness import TOKEN

GOLDEN, PLUGIN_GOLDEN = DYNAMIC.golden, PLUGIN.golden
NAMES = {"document": "preview.json", "events": "preview.jsonl", "plan": "plan.json"}


def cases_of(front_end: FrontEnd) -> dict[str, Case]:
    """Return the cases of a front end by name."""
    return {case.name: case for scenario in SCENARIOS for case in scenario.cases_of(front_end)}


def write_review(folder: Path, case: Case) -> None:
    """Review the preview in a folder, and put the review next to it."""
    for name, text in reviews(folder, case).items():
        (folder / name).write_text(text)


def reviews(folder: Path, case: Case) -> dict[str, str]:
    """Review the preview in a folder: file name → text."""
    found = create_review(
        read_preview(stored(folder, case)),
        is_drift="--drift" in case.flags,
        allow=[case.flags[at + 1] for at, flag in enumerate(case.flags) if flag == "--allow"],
        allow_empty="--allow-empty" in case.flags,
        timeout_s=60.0,
    )
    written = {"review.md": as_markdown(found), "review.json": as_json(found) + "\n"}
    return {"review.md": written["review.md"]} if case.is_large else written


def stored(folder: Path, case: Case) -> bytes:
    """Return the preview of a case as it was stored."""
    name = NAMES[case.form]
    return gzip.decompress((folder / f"{name}.gz").read_bytes()) if case.is_large else (folder / name).read_bytes()


class StoredAccount(BaseAdapter):
    """Returns the indexes of an account and their vector counts, as they were stored with a preview."""

    def __init__(self, indexes: Mapping[str, Any]) -> None:
        super().__init__()
        self.indexes = indexes
        self.asked: list[str] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Return the response to one request."""
        tail = request.path_url.partition("/indexes")[2].strip("/")
        self.asked.append(f"{request.method} {tail}".strip())
        result = self._result(tail)
        failure = {"success": False, "errors": [{"code": 3000, "message": "no such index"}], "result": None}
        body = failure if result is None else {"success": True, "errors": [], "result": result}
        response = requests.Response()
        response.status_code, response.request, response.url = (
            404 if result is None else 200,
            request,
            request.url or "",
        )
        response.raw = io.BytesIO(json.dumps(body).encode())
        return response

    def _result(self, tail: str) -> Any:
        name, _, operation = tail.partition("/")
        if not name:
            return [index for index, _ in self.indexes.values()]
        if name not in self.indexes:
            return None
        index, vectors = self.indexes[name]
        return {"vectorCount": vectors} if operation == "info" else index

    def close(self) -> None:
        """Nothing is held open."""


@contextmanager
def stored_account(folder: Path) -> Iterator[StoredAccount]:
    """Let reviews read the account that was stored in a folder, in place of an API."""
    path = folder / "account.json"
    api = StoredAccount(json.loads(path.read_text()) if path.exists() else {})

    def transport(settings: Settings) -> Transport:
        made = Transport(settings)
        made.connect().session.mount("https://", api)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
        patch.setattr(account_facts, "Transport", transport)
        yield api


def reviews_of_stored(scenario: Scenario, front_end: FrontEnd, into: Path) -> Iterator[str]:
    """Copy the cases of a scenario from the corpus to `into`, review them again there, and yield their names."""
    for case in scenario.cases_of(front_end):
        shutil.copytree(front_end.golden / case.name, into / case.name)
        with stored_account(into / case.name):
            write_review(into / case.name, case)
        yield case.name
