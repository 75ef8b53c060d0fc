"""Nearest neighbours: exact scores, order, and what comes before what; and listings of ids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.helpers import DIMENSIONS, unit
from vectorize_emulator.store import listing


def scores(api, name, vector, **body):
    matches = api.query(name, vector, **body).result["matches"]
    return [(match["id"], match["score"]) for match in matches]


THREE = [
    {"id": "same", "values": unit(0, 2.0)},
    {"id": "across", "values": unit(1, 3.0)},
    {"id": "opposite", "values": unit(0, -1.0)},
]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("cosine", [("same", 1.0), ("across", 0.0), ("opposite", -1.0)]),
        ("euclidean", [("same", 1.0), ("opposite", 2.0), ("across", pytest.approx(10**0.5))]),
        ("dot-product", [("same", -2.0), ("across", 0.0), ("opposite", 1.0)]),
    ],
)
def test_each_metric_has_the_documented_sign_and_order(api, metric, expected):
    api.create(metric=metric)
    api.upsert("docs", *THREE)
    assert scores(api, "docs", unit(0)) == expected


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dot-product"])
def test_queries_agree_with_numpy(api, metric):
    matrix = np.random.default_rng(4).standard_normal((300, DIMENSIONS)).astype(np.float32)
    vector = matrix[17]
    distances = {
        "cosine": -(matrix @ vector) / (np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector)),
        "euclidean": np.linalg.norm(matrix - vector, axis=1),
        "dot-product": -(matrix @ vector),
    }
    api.create(metric=metric)
    api.upsert("docs", *[{"id": str(i), "values": row.tolist()} for i, row in enumerate(matrix)])
    found = scores(api, "docs", vector.tolist(), topK=100)
    assert [int(i) for i, _ in found] == np.argsort(distances[metric])[:100].tolist()
    sign = -1 if metric == "cosine" else 1
    assert np.allclose([sign * s for _, s in found], np.sort(distances[metric])[:100], atol=1e-4)


def test_namespace_comes_before_filter_and_filter_before_top_k(api):
    api.create()
    api.index_metadata("docs", "kind")
    near = [{"id": f"near{i}", "values": unit(0), "metadata": {"kind": "x"}} for i in range(9)]
    api.upsert(
        "docs",
        *near,
        {"id": "far", "values": unit(1), "namespace": "n", "metadata": {"kind": "x"}},
        {"id": "other", "values": unit(0), "namespace": "n", "metadata": {"kind": "y"}},
    )
    assert api.ids("docs", topK=1, namespace="n", filter={"kind": "x"}) == ["far"]
    assert api.ids("docs", topK=1, namespace="n") == ["other"]
    assert api.ids("docs", topK=1, namespace="nobody") == []
    assert len(api.ids("docs", topK=100, namespace="")) == 11


def test_equal_scores_come_in_the_order_of_their_ids(api):
    api.create()
    api.upsert("docs", *[{"id": name, "values": unit(0)} for name in "dbca"])
    assert api.ids("docs") == ["a", "b", "c", "d"]


def test_a_query_by_id_uses_the_vector_it_names(api):
    api.create()
    api.upsert("docs", *THREE)
    answer = api.call("POST", "/docs/query", json={"vectorId": "across", "topK": 1})
    assert answer.result["matches"] == [{"id": "across", "score": 1.0}]


def test_a_failed_query_carries_an_empty_result_info(api):
    api.create()
    answer = api.query("docs", [1.0])
    assert answer.body == {
        "result": None,
        "result_info": None,
        "success": False,
        "errors": [{"code": 40006, "message": "invalid query vector, expected 32 dimensions, and got 1 dimensions"}],
        "messages": [],
    }


def test_a_zero_vector_and_huge_values_give_numbers(api):
    for metric in ("cosine", "euclidean", "dot-product"):
        api.create(metric, metric=metric)
        api.upsert(metric, {"id": "zero", "values": [0.0] * DIMENSIONS}, {"id": "huge", "values": [3e38] * DIMENSIONS})
        for vector in ([0.0] * DIMENSIONS, [3e38] * DIMENSIONS):
            found = scores(api, metric, vector)
            assert [type(score) for _, score in found] == [float, float]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=DIMENSIONS, max_size=DIMENSIONS))
def test_any_float32_comes_back_unchanged(api, values):
    if api.call("GET", "/docs").status != 200:
        api.create()
    api.upsert("docs", {"id": "a", "values": values})
    assert api.get("docs", "a")[0]["values"] == values


# Listings.


def pages(api, count, *, cursor=None):
    while True:
        query = f"count={count}" + (f"&cursor={cursor}" if cursor else "")
        page = api.call("GET", f"/docs/list?{query}").result
        yield page
        cursor = page["nextCursor"]
        if cursor is None:
            return


def fill(api, names):
    api.upsert("docs", *[{"id": name, "values": unit(0)} for name in names])


def test_pages_hold_every_id_once(api):
    api.create()
    fill(api, [f"v{i:03}" for i in range(25)])
    found = list(pages(api, 10))
    assert [page["count"] for page in found] == [10, 10, 5]
    assert [page["isTruncated"] for page in found] == [True, True, False]
    assert {page["totalCount"] for page in found} == {25}
    assert (found[-1]["nextCursor"], found[-1]["cursorExpirationTimestamp"]) == (None, None)
    assert [v["id"] for page in found for v in page["vectors"]] == [f"v{i:03}" for i in range(25)]


def test_an_empty_id_is_listed_too(api):
    api.create()
    fill(api, ["", "a", "b"])
    assert [v["id"] for page in pages(api, 1) for v in page["vectors"]] == ["", "a", "b"]
    assert [v["id"] for page in pages(api, 100) for v in page["vectors"]] == ["", "a", "b"]


def test_a_full_last_page_is_not_truncated(api):
    api.create()
    fill(api, "abcd")
    assert [page["count"] for page in pages(api, 2)] == [2, 2]


def test_later_pages_show_the_first_page_s_snapshot(api):
    api.create()
    fill(api, "bdfh")
    first = next(pages(api, 2))
    fill(api, "aceg")
    api.call("POST", "/docs/delete_by_ids", json={"ids": ["f", "h"]})
    api.process()
    second = next(pages(api, 2, cursor=first["nextCursor"]))
    assert [v["id"] for v in second["vectors"]] == ["f", "h"]
    assert second["totalCount"] == 4
    assert next(pages(api, 100))["totalCount"] == 6


def test_a_snapshot_survives_a_second_change(api):
    api.create()
    fill(api, "abc")
    first = next(pages(api, 1))
    fill(api, "d")
    later = next(pages(api, 1))
    fill(api, "e")
    assert [p["vectors"][0]["id"] for p in pages(api, 1, cursor=first["nextCursor"])] == ["b", "c"]
    assert [p["vectors"][0]["id"] for p in pages(api, 1, cursor=later["nextCursor"])] == ["b", "c", "d"]


def test_an_index_keeps_so_many_snapshots_and_no_more(api, monkeypatch, vectorize_emulator_server):
    monkeypatch.setattr(listing, "MAX_SNAPSHOTS", 2)
    api.create()
    fill(api, "bcd")
    cursors = []
    for name in "efghi":
        cursors.append(next(pages(api, 1))["nextCursor"])
        fill(api, name)
    codes = [api.call("GET", "/docs/list", params={"cursor": cursor}).code for cursor in cursors]
    assert codes == [40052, 40052, 40052, None, None]
    assert copied_ids(vectorize_emulator_server) == 6 + 7
    api.call("DELETE", "/docs")
    assert copied_ids(vectorize_emulator_server) == 0


def copied_ids(emulator):
    with emulator.context.database.read() as db:
        return db.execute("SELECT count(*) FROM snapshot_ids").fetchone()[0]


def test_a_cursor_of_another_index_is_refused(api):
    for name in ("docs", "others"):
        api.create(name)
        api.upsert(name, *[{"id": i, "values": unit(0)} for i in "abc"])
    cursor = next(pages(api, 1))["nextCursor"]
    answer = api.call("GET", f"/others/list?cursor={cursor}")
    assert (answer.status, answer.code, answer.message) == (400, 40052, "List vectors cursor appears to be corrupted")


def test_an_expired_cursor_is_refused(api):
    api.control("PATCH", "/settings", {"cursor_ttl_s": 0})
    api.create()
    fill(api, "abc")
    cursor = next(pages(api, 1))["nextCursor"]
    assert api.call("GET", f"/docs/list?cursor={cursor}").code == 40052


SPOILED = {
    "cut": lambda cursor: cursor[:-2],
    "changed": lambda cursor: ("B" if cursor[0] == "A" else "A") + cursor[1:],
    "no-base64": lambda _: "ü",
    "empty": lambda _: "",
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_a_corrupt_cursor_is_refused(api, spoil):
    api.create()
    fill(api, "abc")
    cursor = spoil(next(pages(api, 1))["nextCursor"])
    assert api.call("GET", "/docs/list", params={"cursor": cursor}).code == 40052


def test_valid_cursors_can_be_refused_now_and_then(api):
    api.control("PATCH", "/settings", {"cursor_failures": 2})
    api.create()
    fill(api, "abc")
    cursor = next(pages(api, 1))["nextCursor"]
    codes = [api.call("GET", f"/docs/list?cursor={cursor}").code for _ in range(4)]
    assert sorted(codes, key=str) == [40052, 40052, None, None]


def test_a_cursor_survives_a_restart_of_the_store(tmp_path):
    from tests.emulator.helpers import running

    with running("--data-dir", str(tmp_path)) as first:
        api = first.api()
        api.create()
        fill(api, "abc")
        cursor = next(pages(api, 1))["nextCursor"]
    with running("--data-dir", str(tmp_path)) as second:
        assert [v["id"] for v in next(pages(second.api(), 2, cursor=cursor))["vectors"]] == ["b", "c"]
