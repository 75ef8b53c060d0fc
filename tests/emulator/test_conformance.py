"""What the API document promises, a row per route and case.

The same rows run against the real service with VECTORIZE_LIVE=1, CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID.
One long file: it is one table.
"""
# ruff: noqa: E501 - a row a line, however long

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.emulator.helpers import DIMENSIONS, NDJSON, Api, ndjson, unit

LIVE = os.environ.get("VECTORIZE_LIVE") == "1"
JSON = "application/json"
LIVE_CEILING_S = 180
CREATE = {"config": {"dimensions": DIMENSIONS, "metric": "cosine"}}


@dataclass(frozen=True)
class Case:
    """One request against the prepared account and what must come back."""

    name: str
    method: str
    path: str
    json: Any = None
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    files: Any = None
    v1: bool = False
    status: int | tuple[int, ...] = 200
    code: int | None = None
    check: Callable[[Any], bool] = lambda result: True
    guess: bool = False  # the answer is a guess: not held against the real service


def has_mutation(result):
    return set(result) == {"mutationId"} and len(result["mutationId"]) == 36


def get(name, path, **expected):
    return Case(name, "GET", path, **expected)


def post(name, path, json=None, **expected):
    return Case(name, "POST", path, json=json, **expected)


def write(name, operation, content, kind=NDJSON, path="/{index}", **expected):
    headers = {"Content-Type": kind} if kind else {}
    return Case(name, "POST", f"{path}/{operation}", content=content, headers=headers, **expected)


def refused_everywhere(kind, path, status, code):
    """Every operation on an index that is not there."""
    vector = ndjson({"id": "a", "values": unit(0)})
    return [
        get(f"get-{kind}", path, status=status, code=code),
        Case(f"delete-{kind}", "DELETE", path, status=status, code=code),
        get(f"info-{kind}", f"{path}/info", status=status, code=code),
        write(f"insert-{kind}", "insert", vector, path=path, status=status, code=code),
        write(f"upsert-{kind}", "upsert", vector, path=path, status=status, code=code),
        post(f"query-{kind}", f"{path}/query", {"vector": unit(0)}, status=status, code=code),
        post(f"get-by-ids-{kind}", f"{path}/get_by_ids", {"ids": ["a"]}, status=status, code=code),
        post(f"delete-by-ids-{kind}", f"{path}/delete_by_ids", {"ids": ["a"]}, status=status, code=code),
        get(f"list-{kind}", f"{path}/list", status=status, code=code),
        get(f"metadata-list-{kind}", f"{path}/metadata_index/list", status=status, code=code),
        post(
            f"metadata-create-{kind}",
            f"{path}/metadata_index/create",
            {"propertyName": "p", "indexType": "string"},
            status=status,
            code=code,
        ),
        post(
            f"metadata-delete-{kind}", f"{path}/metadata_index/delete", {"propertyName": "p"}, status=status, code=code
        ),
    ]


def bad_create(name, body, code, **more):
    return post(f"create-{name}", "", body, status=400, code=code, **more)


LONG = "x" * 65
CASES = [
    *refused_everywhere("never-existed", "/{absent}", 404, 3000),
    *refused_everywhere("deleted", "/{gone}", 410, 3005),
    # create
    bad_create("duplicate", {"name": "{index}", **CREATE}, 3002),
    bad_create("name-missing", CREATE, 3001, guess=True),
    bad_create("name-upper-case", {"name": "Docs", **CREATE}, 3001),
    bad_create("name-one-character", {"name": "d", **CREATE}, 3001),
    bad_create("name-leading-digit", {"name": "1docs", **CREATE}, 3001),
    bad_create("name-leading-hyphen", {"name": "-docs", **CREATE}, 3001),
    bad_create("name-trailing-hyphen", {"name": "docs-", **CREATE}, 3001),
    bad_create("name-65-bytes", {"name": LONG, **CREATE}, 3001),
    bad_create("name-no-string", {"name": 7, **CREATE}, 3001, guess=True),
    bad_create("config-missing", {"name": "docs-a"}, 3003),
    bad_create("config-flat", {"name": "docs-a", "dimensions": 32, "metric": "cosine"}, 3003),
    bad_create("dimensions-31", {"name": "docs-a", "config": {"dimensions": 31, "metric": "cosine"}}, 3003),
    bad_create("dimensions-1537", {"name": "docs-a", "config": {"dimensions": 1537, "metric": "cosine"}}, 3003),
    bad_create("dimensions-fraction", {"name": "docs-a", "config": {"dimensions": 32.5, "metric": "cosine"}}, 3003, guess=True),
    bad_create("dimensions-boolean", {"name": "docs-a", "config": {"dimensions": True, "metric": "cosine"}}, 3003, guess=True),
    bad_create("metric-unknown", {"name": "docs-a", "config": {"dimensions": 32, "metric": "manhattan"}}, 3003, guess=True),
    bad_create("metric-missing", {"name": "docs-a", "config": {"dimensions": 32}}, 3003, guess=True),
    bad_create("preset-unknown", {"name": "docs-a", "config": {"preset": "nobody/nothing"}}, 3003, guess=True),
    bad_create(
        "preset-and-shape",
        {"name": "docs-a", "config": {"preset": "openai/text-embedding-ada-002", "dimensions": 1536, "metric": "cosine"}},
        3003,
        guess=True,
    ),
    bad_create("description-no-string", {"name": "docs-a", "description": 5, **CREATE}, 40026, guess=True),
    Case("create-no-json", "POST", "", content=b"{", headers={"Content-Type": JSON}, status=400, code=40026),
    Case("create-array", "POST", "", content=b"[]", headers={"Content-Type": JSON}, status=400, code=40026, guess=True),
    Case("create-no-content-type", "POST", "", content=b"{}", status=400, code=40026),
    # list, get, info
    get("list-indexes", "", check=lambda r: isinstance(r, list) and {"name", "config", "created_on"} <= set(r[0])),
    get("get", "/{index}", check=lambda r: r["config"] == {"dimensions": DIMENSIONS, "metric": "cosine"}),
    get("info", "/{index}/info", check=lambda r: r["dimensions"] == DIMENSIONS and r["vectorCount"] == 3),
    get("info-after-mutations", "/{index}/info", check=lambda r: len(r["processedUpToMutation"]) == 36),
    # insert and upsert
    *[
        case
        for operation in ("insert", "upsert")
        for case in (
            write(f"{operation}-ndjson", operation, ndjson({"id": "new", "values": unit(5)}), check=has_mutation),
            write(f"{operation}-charset", operation, ndjson({"id": "new", "values": unit(5)}), f"{NDJSON}; charset=utf-8;", check=has_mutation),
            Case(
                f"{operation}-multipart",
                "POST",
                "/{index}/" + operation,
                files={"vectors": ("vectors.ndjson", ndjson({"id": "new", "values": unit(5)}), NDJSON)},
                check=has_mutation,
            ),
            write(f"{operation}-as-json", operation, b'{"id": "new"}', JSON, status=400, code=1005),
            write(f"{operation}-no-content-type", operation, b"x", "", status=400, code=1005, guess=True),
            write(f"{operation}-unparsable", operation, b"not json", status=400, code=40023),
            write(f"{operation}-lone-surrogate", operation, b'{"id": "\\ud800", "values": []}', status=400, code=40023),
            write(f"{operation}-empty", operation, b"", status=400, code=40023, guess=True),
            write(f"{operation}-dimensions", operation, ndjson({"id": "a", "values": [1.0]}), status=400, code=40012),
            write(f"{operation}-id-65", operation, ndjson({"id": LONG, "values": unit(0)}), status=400, code=40008),
            write(f"{operation}-namespace-65", operation, ndjson({"id": "a", "values": unit(0), "namespace": LONG}), status=400, code=40009),
            write(
                f"{operation}-metadata-too-large",
                operation,
                ndjson({"id": "a", "values": unit(0), "metadata": {"k": "x" * 10240}}),
                status=400,
                code=40016,
            ),
            *[
                write(f"{operation}-metadata-key-{name}", operation, ndjson({"id": "a", "values": unit(0), "metadata": {key: 1}}), status=400, code=40063, guess=True)
                for name, key in (("empty", ""), ("dot", "a.b"), ("quote", 'a"b'), ("dollar", "$a"))
            ],
            write(f"{operation}-5001", operation, ndjson(*[{"id": str(i), "values": unit(0)} for i in range(5001)]), status=400, code=40064, guess=True),
            write(f"{operation}-discard", operation + "?unparsable-behavior=discard", b"nonsense", check=has_mutation, guess=True),
            write(f"{operation}-behavior-unknown", operation + "?unparsable-behavior=maybe", b"x", status=400, code=40068, guess=True),
        )
    ],
    # query
    post("query", "/{index}/query", {"vector": unit(0)}, check=lambda r: r["count"] == 3 and r["matches"][0]["id"] == "a"),
    post("query-charset", "/{index}/query", {"vector": unit(0)}, headers={"Content-Type": f"{JSON}; charset=utf-8;"}),
    post("query-top-1", "/{index}/query", {"vector": unit(0), "topK": 1}, check=lambda r: r["count"] == 1),
    post("query-plain-match", "/{index}/query", {"vector": unit(0)}, check=lambda r: {"values", "metadata"}.isdisjoint(r["matches"][0])),
    post("query-values", "/{index}/query", {"vector": unit(0), "returnValues": True}, check=lambda r: r["matches"][0]["values"] == unit(0)),
    post("query-all", "/{index}/query", {"vector": unit(0), "returnMetadata": "all"}, check=lambda r: r["matches"][0]["metadata"] == {"kind": "x", "page": 1}),
    post("query-indexed", "/{index}/query", {"vector": unit(0), "returnMetadata": "indexed"}, check=lambda r: r["matches"][0]["metadata"] == {"kind": "x"}),
    post("query-namespace", "/{index}/query", {"vector": unit(0), "namespace": "n"}, check=lambda r: [m["id"] for m in r["matches"]] == ["b"]),
    post("query-filter", "/{index}/query", {"vector": unit(0), "filter": {"kind": "y"}}, check=lambda r: [m["id"] for m in r["matches"]] == ["b"]),
    post("query-filter-none", "/{index}/query", {"vector": unit(0), "filter": {"kind": "zzz"}}, check=lambda r: r == {"count": 0, "matches": []}),
    post("query-vector-id", "/{index}/query", {"vectorId": "b", "topK": 1}, check=lambda r: r["matches"][0]["id"] == "b"),
    post("query-vector-id-unknown", "/{index}/query", {"vectorId": "nobody"}, status=400, code=40067, guess=True),
    post("query-no-target", "/{index}/query", {}, status=400, code=40026, guess=True),
    post("query-both-targets", "/{index}/query", {"vector": unit(0), "vectorId": "b"}, status=400, code=40026, guess=True),
    post("query-dimensions", "/{index}/query", {"vector": [1.0]}, status=400, code=40006),
    post("query-top-100", "/{index}/query", {"vector": unit(0), "topK": 100}),
    post("query-top-101", "/{index}/query", {"vector": unit(0), "topK": 101}, status=400, code=40025, guess=True),
    post("query-top-0", "/{index}/query", {"vector": unit(0), "topK": 0}, status=400, code=40025, guess=True),
    post("query-values-no-boolean", "/{index}/query", {"vector": unit(0), "returnValues": 0}, status=400, code=40026, guess=True),
    post("query-top-50-values", "/{index}/query", {"vector": unit(0), "topK": 50, "returnValues": True}),
    post("query-top-51-values", "/{index}/query", {"vector": unit(0), "topK": 51, "returnValues": True}, status=400, code=40025),
    post("query-top-51-metadata", "/{index}/query", {"vector": unit(0), "topK": 51, "returnMetadata": "all"}, status=400, code=40025),
    post("query-top-51-indexed", "/{index}/query", {"vector": unit(0), "topK": 51, "returnMetadata": "indexed"}),
    post("query-metadata-boolean", "/{index}/query", {"vector": unit(0), "returnMetadata": False}, status=400, code=40026),
    post("query-vector-of-strings", "/{index}/query", {"vector": ["a"] * DIMENSIONS}, status=400, code=40026, guess=True),
    post("query-filter-empty", "/{index}/query", {"vector": unit(0), "filter": {}}, status=400, code=40026, guess=True),
    post("query-filter-2048", "/{index}/query", {"vector": unit(0), "filter": {"kind": "x" * 2048}}, status=400, code=40026, guess=True),
    Case("query-no-content-type", "POST", "/{index}/query", content=b"{}", status=400, code=40026),
    # by ids
    post("get-by-ids", "/{index}/get_by_ids", {"ids": ["b"]}, check=lambda r: r == [{"id": "b", "values": unit(1), "namespace": "n", "metadata": {"kind": "y"}}]),
    post("get-by-ids-unknown", "/{index}/get_by_ids", {"ids": ["nobody"]}, check=lambda r: r == []),
    post("get-by-ids-20", "/{index}/get_by_ids", {"ids": [str(i) for i in range(20)]}, check=lambda r: r == []),
    post("get-by-ids-21", "/{index}/get_by_ids", {"ids": [str(i) for i in range(21)]}, status=400, code=40007),
    post("get-by-ids-none", "/{index}/get_by_ids", {}, check=lambda r: r == [], guess=True),
    post("get-by-ids-numbers", "/{index}/get_by_ids", {"ids": [1]}, status=400, code=40026, guess=True),
    post("delete-by-ids-unknown", "/{index}/delete_by_ids", {"ids": ["nobody"]}, check=has_mutation),
    post("delete-by-ids-100", "/{index}/delete_by_ids", {"ids": [f"no{i}" for i in range(100)]}, check=has_mutation),
    post("delete-by-ids-101", "/{index}/delete_by_ids", {"ids": [f"no{i}" for i in range(101)]}, status=400, code=40007),
    # list vectors
    get("list", "/{index}/list", check=lambda r: r["totalCount"] == 3 and not r["isTruncated"] and len(r["vectors"]) == 3),
    get("list-page", "/{index}/list?count=2", check=lambda r: r["isTruncated"] and r["nextCursor"] and r["count"] == 2),
    get("list-count-0", "/{index}/list?count=0", status=400, code=40068, guess=True),
    get("list-count-1001", "/{index}/list?count=1001", status=400, code=40068, guess=True),
    get("list-cursor-corrupt", "/{index}/list?cursor=nonsense", status=400, code=40052),
    # metadata indexes
    get("metadata-list", "/{index}/metadata_index/list", check=lambda r: r == {"metadataIndexes": [{"propertyName": "kind", "indexType": "String"}]}),
    post("metadata-create-again", "/{index}/metadata_index/create", {"propertyName": "kind", "indexType": "string"}, status=400, code=40004),
    post("metadata-create-type", "/{index}/metadata_index/create", {"propertyName": "p", "indexType": "date"}, status=400, code=40026),
    post("metadata-create-no-name", "/{index}/metadata_index/create", {"indexType": "string"}, status=400, code=40026, guess=True),
    post("metadata-delete-missing", "/{index}/metadata_index/delete", {"propertyName": "nobody"}, status=400, code=40005),
    Case("metadata-create-no-content-type", "POST", "/{index}/metadata_index/create", content=b"{}", status=400, code=40026),
    # v1 routes and no routes
    get("v1-get", "/{index}", v1=True, status=400, code=1010),
    post("v1-query", "/{index}/query", {"vector": unit(0)}, v1=True, status=400, code=1010),
    post("v1-get-by-ids", "/{index}/get-by-ids", {"ids": []}, v1=True, status=400, code=1010, guess=True),
    Case("v1-update", "PUT", "/{index}", json={"description": "new"}, v1=True, status=400, code=1010, guess=True),
    Case("v1-delete", "DELETE", "/{index}", v1=True, status=400, code=1010, guess=True),
    post("v1-insert", "/{index}/insert", {}, v1=True, status=400, code=1010, guess=True),
    post("v1-upsert", "/{index}/upsert", {}, v1=True, status=400, code=1010, guess=True),
    post("v1-delete-by-ids", "/{index}/delete-by-ids", {"ids": []}, v1=True, status=400, code=1010, guess=True),
    get("v1-missing", "/{absent}", v1=True, status=404, code=3000, guess=True),
    get("v1-deleted", "/{gone}", v1=True, status=410, code=3005, guess=True),
    post("v1-create", "", {"name": "docs-a", **CREATE}, v1=True, status=400, code=1010, guess=True),
    get("v1-list", "", v1=True, check=lambda r: r == [], guess=True),
    get("unknown-route", "/{index}/nothing/here", status=404, code=7003, guess=True),
    Case("no-update", "PATCH", "/{index}", json={}, status=405, code=10405, guess=True),
]  # fmt: skip


def live_api():
    return Api(
        "https://api.cloudflare.com/client/v4", os.environ["CLOUDFLARE_API_TOKEN"], os.environ["CLOUDFLARE_ACCOUNT_ID"]
    )


@pytest.fixture(scope="module")
def prepared(request):
    """An account with an index of three vectors and one metadata index, a deleted name and one that never was."""
    if LIVE:
        api = live_api()
    else:
        server = request.getfixturevalue("vectorize_emulator_server")
        server.context.reset()
        api = Api(server.base_url, "emulator-test-token", "c" * 32, server.base_url.replace("client/v4", "_emulator"))
    tag = uuid.uuid4().hex[:12]
    names = {"index": f"conf-{tag}", "gone": f"conf-gone-{tag}", "absent": f"conf-absent-{tag}"}
    api.create(names["index"])
    try:
        api.create(names["gone"])
        api.call("DELETE", f"/{names['gone']}")
        prepare_vectors(api, names["index"])
        yield api, names
    finally:
        api.call("DELETE", f"/{names['index']}")
        api.http.close()


def prepare_vectors(api, name):
    body = {"propertyName": "kind", "indexType": "string"}
    created = api.call("POST", f"/{name}/metadata_index/create", json=body).result["mutationId"]
    settle(api, name, created)
    written = api.write(
        "insert",
        name,
        {"id": "a", "values": unit(0), "metadata": {"kind": "x", "page": 1}},
        {"id": "b", "values": unit(1), "namespace": "n", "metadata": {"kind": "y"}},
        {"id": "c", "values": unit(2)},
    ).result["mutationId"]
    settle(api, name, written)


def settle(api, name, mutation):
    """Let a mutation become visible, and keep what the rows write from doing so."""
    if not LIVE:
        api.process()
        api.control("POST", "/pause")
        return
    deadline = time.monotonic() + LIVE_CEILING_S
    while api.info(name).get("processedUpToMutation") != mutation and time.monotonic() < deadline:
        time.sleep(3)


def filled(value, names):
    """Put the names of this run into a path or a body."""
    if isinstance(value, dict):
        return {key: filled(inner, names) for key, inner in value.items()}
    if isinstance(value, str) and value.startswith(("/{", "{")):
        return value.format(**names)
    return value


@pytest.mark.live if LIVE else pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_route_answers_as_documented(prepared, case):
    if LIVE and case.guess:
        pytest.skip("the emulator's answer here is a guess that the real service is not held to")
    api, names = prepared
    options = {"content": case.content, "headers": case.headers, "files": case.files}
    if case.json is not None:
        options["json"] = filled(case.json, names)
    answer = api.call(
        case.method, filled(case.path, names), v1=case.v1, **{k: v for k, v in options.items() if v is not None}
    )
    allowed = case.status if isinstance(case.status, tuple) else (case.status,)
    assert (answer.status, answer.code) in [(status, case.code) for status in allowed], answer.body
    assert next(iter(answer.body)) == "result"
    assert {"success", "errors", "messages"} <= set(answer.body)
    assert case.code is not None or case.check(answer.result), answer.result


@pytest.mark.skipif(not LIVE, reason="VECTORIZE_LIVE=1 with credentials runs every row above against the real service")
def test_the_rows_ran_against_the_real_service():
    assert os.environ["CLOUDFLARE_API_TOKEN"]


def test_every_route_has_a_row():
    from vectorize_emulator.routes import API

    templates = {route.path.partition("/vectorize/v2/indexes")[2] for route in API}
    rows = {case.path.partition("?")[0].replace("{index}", "{index_name}") for case in CASES if not case.v1}
    assert templates <= rows
