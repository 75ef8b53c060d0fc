"""Ten thousand requests that hypothesis makes up: none may end in a 5xx, and the store stays usable."""
# ruff: noqa: E501 - a strategy a line, however long

from __future__ import annotations

import asyncio
import json
import threading
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.helpers import DIMENSIONS, NDJSON, unit
from vectorize_emulator.app import build_app
from vectorize_emulator.context import Context
from vectorize_emulator.settings import RuntimeSettings, Settings

EXAMPLES, REQUESTS_EACH = 500, 20
ACCOUNT = "d" * 32


class InProcess:
    """Calls an application without a socket, on an event loop of its own."""

    def __init__(self, data_dir):
        runtime = RuntimeSettings(visibility_delay_ms=100, rate_limit=0, min_dimensions=1)
        self.context = Context(Settings(data_dir, runtime=runtime))
        self.app = build_app(self.context)
        self.loop = asyncio.new_event_loop()
        self.statuses = {}

    def close(self):
        self.loop.close()
        self.context.close()

    def call(self, method, path, query="", body=b"", content_type=None):
        headers = [(b"authorization", b"Bearer x"), (b"host", b"127.0.0.1")]
        if content_type is not None:
            headers.append((b"content-type", content_type.encode("latin-1")))
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": quote(query, safe="=&%").encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": None,
            "scheme": "http",
            "root_path": "",
            "http_version": "1.1",
        }
        status = self.loop.run_until_complete(self._run(scope, body))
        self.statuses[status] = self.statuses.get(status, 0) + 1
        return status

    async def _run(self, scope, body):
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        return sent[0]["status"]


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    app = InProcess(tmp_path_factory.mktemp("fuzz"))
    yield app
    app.close()


text = st.text(max_size=8) | st.sampled_from(["kind", "a.b", "$gt", "\ud800", "\x00", "x" * 70, "ü" * 40])
numbers = st.integers(-(10**30), 10**30) | st.floats() | st.sampled_from([0, 1, 5, 50, 101, 1e308, -0.0, 3e38])
scalars = st.none() | st.booleans() | numbers | text
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=6
)


def mostly(sensible, anything=values):
    """One time in eight something else."""
    return st.sampled_from([anything, *[sensible] * 7]).flatmap(lambda strategy: strategy)


vectors = st.sampled_from(
    [
        unit(0),
        unit(1),
        unit(2),
        [0.5] * DIMENSIONS,
        [0.0] * DIMENSIONS,
        [3e38] * DIMENSIONS,
        [1e300] * DIMENSIONS,
        [1.0],
    ]
)
ids = st.sampled_from(["a", "b", "c", "ü", "", "x" * 65]) | text
names = mostly(
    st.sampled_from(["docs", "docs", "docs", "other", "gone"]),
    text.filter(lambda t: "/" not in t and t) | st.just("a" * 65),
)
operators = st.sampled_from(["$eq", "$ne", "$in", "$nin", "$lt", "$lte", "$gt", "$gte", "$or"])
conditions = scalars | st.dictionaries(operators, scalars | st.lists(scalars, max_size=3), max_size=2) | values
filters = st.dictionaries(st.sampled_from(["kind", "n", "flag", "a.b", "$x", ""]) | text, conditions, max_size=3)
metadata = st.dictionaries(st.sampled_from(["kind", "n", "flag", "a"]) | text, values, max_size=3)


def members(required=(), **strategies):
    """An object with some members: mostly sensible ones."""
    needed = {name: mostly(strategies.pop(name)) for name in required}
    return mostly(st.fixed_dictionaries(needed, optional={name: mostly(s) for name, s in strategies.items()}))


vector = members(("id", "values"), id=ids, values=vectors, namespace=ids, metadata=metadata)
config = members(
    dimensions=st.sampled_from([1, 32, 1536, 0, 1537]),
    metric=st.sampled_from(["cosine", "euclidean", "dot-product"]),
    preset=text,
)
prop = st.sampled_from(["kind", "n", "flag", "a.b"])
index_type = st.sampled_from(["string", "number", "boolean"])


def dump(value):
    return json.dumps(value, ensure_ascii=True).encode()


def json_bodies(strategy):
    return st.tuples(
        mostly(strategy.map(dump), st.binary(max_size=20)),
        mostly(
            st.sampled_from(["application/json", "application/json; charset=utf-8;"]),
            st.sampled_from(["text/plain", None]),
        ),
    )


ndjson_bodies = st.tuples(
    st.lists(mostly(vector.map(dump), st.binary(max_size=10)), max_size=3).map(b"\n".join),
    st.sampled_from([*[NDJSON] * 7, "multipart/form-data; boundary=x", "multipart/form-data", "application/json"]),
)
form_bodies = st.lists(vector.map(dump), max_size=2).map(
    lambda lines: (
        b'--x\r\nContent-Disposition: form-data; name="vectors"; filename="v"\r\n\r\n'
        + b"\n".join(lines)
        + b"\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
    )
)
nothing = st.just((b"", None))
query = members(
    ("vector",),
    vector=vectors,
    vectorId=st.none() | ids,
    topK=st.integers(1, 50) | numbers,
    namespace=ids,
    filter=filters,
    returnValues=st.booleans(),
    returnMetadata=st.sampled_from(["none", "indexed", "all"]),
)

OPERATIONS = st.one_of(
    st.tuples(st.just("POST"), st.just(""), json_bodies(members(("name", "config"), name=names, config=config, description=text))),
    st.tuples(st.just("GET"), st.sampled_from(["", "/{}", "/{}/info", "/{}/list", "/{}/metadata_index/list"]), nothing),
    st.tuples(st.just("DELETE"), st.just("/{}"), nothing),
    st.tuples(st.just("POST"), st.sampled_from(["/{}/insert", "/{}/upsert"]), ndjson_bodies | form_bodies),
    st.tuples(st.just("POST"), st.just("/{}/query"), json_bodies(query)),
    st.tuples(st.just("POST"), st.sampled_from(["/{}/get_by_ids", "/{}/delete_by_ids"]), json_bodies(members(("ids",), ids=st.lists(ids, max_size=4) | st.lists(ids, max_size=101)))),
    st.tuples(st.just("POST"), st.sampled_from(["/{}/metadata_index/create", "/{}/metadata_index/delete"]), json_bodies(members(("propertyName", "indexType"), propertyName=prop, indexType=index_type))),
    st.tuples(st.sampled_from(["PUT", "PATCH", "GET", "POST"]), text.map(lambda t: "/" + t), nothing),
)  # fmt: skip
parameters = st.sampled_from(
    [*[""] * 12, "count=2", "count=2&cursor=AAAA", "count=x", "unparsable-behavior=discard", "unparsable-behavior=x"]
) | st.just("x=%zz&count=")
requests = st.lists(st.tuples(OPERATIONS, names, parameters), min_size=REQUESTS_EACH, max_size=REQUESTS_EACH)


def prepare(app):
    """An index of three metadata types, so that the made-up requests reach something."""
    body = dump({"name": "docs", "config": {"dimensions": DIMENSIONS, "metric": "cosine"}})
    base = f"/client/v4/accounts/{ACCOUNT}/vectorize/v2/indexes"
    app.call("POST", base, body=body, content_type="application/json")
    for name, kind in (("kind", "string"), ("n", "number"), ("flag", "boolean")):
        create = dump({"propertyName": name, "indexType": kind})
        app.call("POST", f"{base}/docs/metadata_index/create", body=create, content_type="application/json")


def encodable(path):
    return path.encode("utf-8", "replace").decode()


@pytest.mark.slow
def test_ten_thousand_made_up_requests_give_no_5xx(in_process):
    count = [0]

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(requests)
    def run(sequence):
        prepare(in_process)
        for (method, template, (body, content_type)), name, parameter in sequence:
            path = encodable(f"/client/v4/accounts/{ACCOUNT}/vectorize/v2/indexes{template.replace('{}', name)}")
            status = in_process.call(method, path, encodable(parameter), body, content_type)
            count[0] += 1
            assert status < 500, (method, path, parameter, body, content_type, status)

    run()
    in_process.context.processor.process_now()
    assert count[0] >= EXAMPLES * REQUESTS_EACH
    assert in_process.statuses[200] > count[0] / 10
    assert threading.active_count() < 50
