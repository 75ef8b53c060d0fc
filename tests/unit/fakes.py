"""Stand-ins of the unit tests: a clock that never really sleeps, an API that answers from a script, and what it holds."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import BaseAdapter

from pulumi_cloudflare_vectorize.waiting import CancelledError, Clock

ACCOUNT_ID = "0123456789abcdef0123456789abcdef"
INDEXES = f"/accounts/{ACCOUNT_ID}/vectorize/v2/indexes"


class FakeClock(Clock):
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        super().__init__(now=lambda: self.time)
        self.time = 1000.0
        self.sleeps: list[float] = []

    def sleep(self, seconds: float) -> None:
        if self.cancelled.is_set():
            raise CancelledError("stopped")
        self.sleeps.append(seconds)
        self.time += seconds


@dataclass
class Reply:
    """One scripted answer; an exception in its place is raised."""

    status: int = 200
    result: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    code: int = 0
    message: str = ""

    def bytes(self) -> bytes:
        if self.body is not None:
            return self.body
        errors = [{"code": self.code, "message": self.message}] if self.code else []
        return json.dumps({"result": self.result, "success": not errors, "errors": errors, "messages": []}).encode()


class ScriptedApi(BaseAdapter):
    """Answers in the order of its script, and keeps what was asked; asking for more than it contains fails the test."""

    def __init__(self) -> None:
        super().__init__()
        self.script: list[Reply | Exception | Callable[[], Reply]] = []
        self.seen: list[requests.PreparedRequest] = []
        self.timeouts: list[Any] = []
        self.proxies: list[Any] = []

    def reply(self, *replies: Reply | Exception) -> None:
        self.script.extend(replies)

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} {request.path_url.removeprefix('/client/v4')}" for request in self.seen]

    def send(self, request, **kwargs):
        self.seen.append(request)
        self.timeouts.append(kwargs.get("timeout"))
        self.proxies.append(dict(kwargs.get("proxies") or {}))
        assert self.script, f"not in the script: {request.method} {request.path_url}"
        reply = self.script.pop(0)
        if isinstance(reply, Exception):
            raise reply
        response = requests.Response()
        response.status_code = reply.status
        response.headers.update(reply.headers)
        response.request = request
        response.url = request.url
        response.raw = io.BytesIO(reply.bytes())
        return response

    def close(self) -> None:
        pass


class Said(list):
    """A reporter that keeps what it is reported."""

    def info(self, text: str) -> None:
        self.append(("info", text))

    def warning(self, text: str) -> None:
        self.append(("warning", text))

    def progress(self, text: str) -> None:
        self.append(("progress", text))


def live(name: str = "docs", dimensions: int = 768, metric: str = "cosine", **more: Any) -> dict[str, Any]:
    """An index as the API answers it."""
    times = {"created_on": "2026-01-02T03:04:05.678901Z", "modified_on": "2026-01-02T03:04:05.678901Z"}
    return {"name": name, "description": "", "config": {"dimensions": dimensions, "metric": metric}, **times, **more}


def metadata(**types: str) -> Reply:
    """The list of metadata indexes as the API answers it: types are capitalized."""
    items = [{"propertyName": name, "indexType": type_.capitalize()} for name, type_ in types.items()]
    return Reply(result={"metadataIndexes": items})


def declared(**changes: Any) -> dict[str, Any]:
    """Canonical inputs, with changes."""
    return {
        "config": {"dimensions": 768, "metric": "cosine"},
        "name": "docs",
        "namePrefix": "",
        "description": "",
        "accountId": ACCOUNT_ID,
        "metadataIndexes": {},
        "forceDestroy": False,
        "adopt": False,
        "retainOnDelete": False,
        **changes,
    }


NO_METADATA = metadata()
MUTATION = Reply(result={"mutationId": "0f1e"})
NEVER_EXISTED = Reply(404, code=3000, message='vectorize.index.not_found - Index name "docs"')
DELETED = Reply(410, code=3005, message='vectorize.index.deleted - Index name "docs" was deleted')
TAKEN = Reply(400, code=3002, message='vectorize.index.duplicate_name - Index name "docs"')
BROKEN = Reply(500, body=b"")
LOST = requests.exceptions.ConnectionError("reset")
