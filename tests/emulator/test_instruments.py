"""The tester's instruments: faults, the request log, settings, the rate limit, synthetic indexes, reset, who may use them."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from tests.emulator.helpers import unit
from vectorize_emulator.middleware import request_log as recorder
from vectorize_emulator.middleware.faults import Fault, FaultList
from vectorize_emulator.routes import API, LEGACY
from vectorize_emulator.settings import RuntimeSettings


def faults(api, *rules):
    assert api.control("POST", "/faults", list(rules)) == {"added": len(rules)}


def seen(api):
    return api.control("GET", "/requests")["requests"]


CREATE = {"name": "docs", "config": {"dimensions": 32, "metric": "cosine"}}


def test_a_status_fault_answers_an_envelope_and_does_no_work(api):
    faults(api, {"status": 429, "code": 971, "message": "slow down", "headers": {"Retry-After": "7"}})
    answer = api.call("POST", "", json=CREATE)
    assert (answer.status, answer.code, answer.message) == (429, 971, "slow down")
    assert answer.headers["retry-after"] == "7"
    assert api.call("GET", "").result == []


def test_a_fault_hits_every_route(api):
    routes = [(method, route.path) for route in [*API, *LEGACY] for method in sorted(route.methods - {"HEAD"})]
    assert len(routes) == 14 + 10
    faults(api, {"status": 503, "count": len(routes)})
    base = api.control_url.removesuffix("/_emulator")
    for method, path in routes:
        url = base + path.replace("{account_id:account}", "a" * 32).replace("{index_name}", "docs")
        assert api.http.request(method, url, headers=api.headers).status_code == 503, (method, path)
    assert api.call("GET", "").status == 200


def test_a_body_fault_answers_raw_text(api):
    faults(api, {"body": "<html>", "content_type": "text/html", "status": 502})
    response = api.http.get(f"{api.account_url}/vectorize/v2/indexes", headers=api.headers)
    assert (response.status_code, response.text) == (502, "<html>")
    assert response.headers["content-type"].startswith("text/html")
    assert "cf-ray" in response.headers


def test_after_does_the_work_first(api):
    faults(api, {"status": 504, "after": True})
    assert api.call("POST", "", json=CREATE).status == 504
    assert [index["name"] for index in api.call("GET", "").result] == ["docs"]


def test_reset_breaks_the_connection_before_the_work(api):
    faults(api, {"reset": True})
    with pytest.raises(httpx.ReadError):
        api.call("POST", "", json=CREATE)
    assert api.call("GET", "").result == []


def test_drop_answer_does_the_work_and_says_nothing(api):
    faults(api, {"drop_answer": True})
    with pytest.raises(httpx.RemoteProtocolError):
        api.call("POST", "", json=CREATE)
    assert [index["name"] for index in api.call("GET", "").result] == ["docs"]
    assert [(r["status"], r["fault"]) for r in seen(api)] == [(None, "drop_answer"), (200, None)]


def test_hang_never_answers(api):
    faults(api, {"hang": True})
    with pytest.raises(httpx.ReadTimeout):
        api.http.get(f"{api.account_url}/vectorize/v2/indexes", headers=api.headers, timeout=0.05)
    assert api.call("GET", "").result == []


def test_delay_waits_and_goes_on_normally(api):
    faults(api, {"delay_ms": 60})
    started = time.perf_counter()
    assert api.call("GET", "").result == []
    assert time.perf_counter() - started >= 0.06


def test_a_fault_matches_method_and_path_skips_and_counts(api):
    faults(api, {"method": "get", "path": "/indexes/docs", "skip": 1, "count": 2, "status": 503})
    api.create()
    assert [api.call("GET", "/docs").status for _ in range(4)] == [200, 503, 503, 200]


@pytest.mark.parametrize(
    ("pattern", "path", "hits"),
    [
        ("", "/x", True),
        ("/docs", "/a/docs/b", True),
        ("*/docs", "/a/docs", True),
        ("*/docs", "/docs/b", False),
        ("indexes/*", "/v2/indexes/docs", True),
        ("indexes/*", "/v2/indexes/docs/info", False),
        ("indexes/*/info", "/v2/indexes/docs/info", True),
        ("/docs$", "/a/docs", False),
        ("(", "/a(b", True),
        ("(", "/ab", False),
        ("x/" + "*a" * 40 + "b", "/x/" + "a" * 5_000, False),
        ("(a+)+$", "/" + "a" * 5_000 + "!", False),
    ],
    ids=range(12),
)
def test_a_path_is_a_part_or_a_pattern_of_the_whole_and_is_matched_at_once(pattern, path, hits):
    assert Fault(path=pattern).matches("GET", path) is hits


def test_faults_are_taken_in_their_order_and_only_once_each():
    rules = FaultList()
    first, second = Fault(status=500), Fault(status=501)
    rules.add(first)
    rules.add(second)
    assert [rules.take("GET", "/") for _ in range(3)] == [first, second, None]


BAD_FAULTS = {
    "no-object": [5],
    "no-action": {"count": 2},
    "two-actions": {"reset": True, "status": 500},
    "after-alone": {"after": True, "reset": True},
    "unknown-field": {"satus": 500},
    "wrong-type": {"status": "500"},
    "boolean-number": {"status": True},
    "status-out-of-range": {"status": 99},
    "header-number": {"status": 500, "headers": {"Retry-After": 5}},
    "header-with-a-line-break": {"status": 500, "headers": {"X": "a\r\nb"}},
    "header-without-a-name": {"status": 500, "headers": {"": "a"}},
    "header-beyond-latin-1": {"status": 500, "headers": {"X": "€"}},
    "content-type-beyond-latin-1": {"body": "x", "content_type": "€"},
    "count-zero": {"status": 500, "count": 0},
    "negative-skip": {"status": 500, "skip": -1},
    "endless-delay": {"delay_ms": 10**18},
}


@pytest.mark.parametrize("rule", BAD_FAULTS.values(), ids=BAD_FAULTS.keys())
def test_a_bad_fault_is_refused_with_a_reason(api, rule):
    response = api.http.post(api.control_url + "/faults", json=rule)
    assert response.status_code == 400
    assert response.json()["error"]


def test_faults_fire_before_authentication_and_can_be_cleared(api):
    faults(api, {"status": 500}, {"status": 501})
    assert httpx.get(api.account_url + "/vectorize/v2/indexes").status_code == 500
    api.control("DELETE", "/faults")
    assert httpx.get(api.account_url + "/vectorize/v2/indexes").status_code == 400


def test_the_log_holds_requests_without_credentials(api):
    api.call("POST", "", json=CREATE, headers={"X-Auth-Key": "hush", "User-Agent": "probe/1"})
    (entry,) = seen(api)
    assert (entry["method"], entry["status"], entry["body"]) == ("POST", 200, CREATE)
    assert entry["path"].endswith("/vectorize/v2/indexes")
    assert entry["headers"]["user-agent"] == "probe/1"
    assert entry["headers"]["authorization"] == entry["headers"]["x-auth-key"] == "[hidden]"
    assert entry["answer"]["result"]["name"] == "docs"
    assert entry["ms"] > 0
    api.control("DELETE", "/requests")
    assert seen(api) == []


def test_large_bodies_stay_out_of_the_log(api):
    api.create()
    api.write("insert", "docs", {"id": "a", "values": unit(0)})
    api.call("POST", "", json={**CREATE, "name": "big", "description": "x" * 20_000})
    assert [entry["body"] for entry in seen(api)[1:]] == [None, None]


def test_the_log_keeps_every_line_but_only_so_many_bytes_of_bodies(api, monkeypatch):
    monkeypatch.setattr(recorder, "MAX_LOG_BYTES", 2000)
    for number in range(4):
        api.call("POST", "", json={**CREATE, "name": f"docs{number}", "description": "x" * 300})
    assert [bool(entry["body"] and entry["answer"]) for entry in seen(api)] == [False, False, True, True]


def test_a_body_that_is_no_json_is_shown_as_text(api):
    api.call("POST", "", content=b"{\xff", headers={"Content-Type": "application/json"})
    assert seen(api)[-1]["body"] == "{\ufffd"


def test_knobs_are_checked(api):
    assert api.control("PATCH", "/settings", {"latency_ms": 1})["latency_ms"] == 1
    for bad in (
        {"nobody": 1},
        {"latency_ms": "1"},
        {"latency_ms": -1},
        {"latency_ms": 1.5},
        {"create_status": 202},
        [],
        {"rate_limit": True},
        {"create_status": 200.0},
        {"visibility_delay_ms": 10**18},
        {"cursor_ttl_s": 10**18},
        {"body_timeout_s": 1e300},
        {"min_dimensions": 0},
        {"rate_window_s": 0},
    ):
        assert api.http.patch(api.control_url + "/settings", json=bad).status_code == 400
    assert api.http.patch(api.control_url + "/settings", content=b"{").status_code == 400


def test_latency_delays_every_answer(api):
    api.control("PATCH", "/settings", {"latency_ms": 40})
    started = time.perf_counter()
    api.call("GET", "")
    assert time.perf_counter() - started >= 0.04


def test_reset_goes_back_to_the_start(api):
    api.create()
    api.upsert("docs", {"id": "a", "values": unit(0)})
    api.control("PATCH", "/settings", {"create_status": 201})
    faults(api, {"status": 500})
    api.control("POST", "/reset")
    assert api.control("GET", "/settings") == {**api.control("GET", "/settings"), "create_status": 200}
    assert api.call("GET", "/docs").code == 3000
    assert len(seen(api)) == 1


def test_vector_count_and_birthday_can_be_set(api):
    api.create()
    path = api.control_url + "/accounts/" + api.account_url.rpartition("/")[2] + "/indexes/docs"
    answer = api.http.post(path, json={"vectorCount": 1234, "createdOn": "2020-01-02T03:04:05Z"}).json()
    assert (answer["vectorCount"], answer["created_on"]) == (1234, "2020-01-02T03:04:05Z")
    assert api.info("docs")["vectorCount"] == api.call("GET", "/docs/list").result["totalCount"] == 1234
    assert api.call("GET", "/docs").result["created_on"] == "2020-01-02T03:04:05Z"
    api.http.post(path, json={"vectorCount": 0})
    assert api.info("docs")["vectorCount"] == 0
    for bad in ({}, {"vectorCount": -1}, {"vectorCount": "1"}, {"other": 1}, {"createdOn": 5}, {"createdOn": "today"}):
        assert api.http.post(path, json=bad).status_code == 400
    assert api.http.post(path, json={"createdOn": "2021-01-02T03:04:05Z", "vectorCount": -1}).status_code == 400
    assert api.call("GET", "/docs").result["created_on"] == "2020-01-02T03:04:05Z"
    assert api.http.post(path.replace("docs", "nobody"), json={"vectorCount": 1}).status_code == 404


def test_synthetic_vectors_leave_open_listings_and_pending_metadata_indexes_alone(api):
    api.create()
    api.upsert("docs", {"id": "a", "values": unit(0)}, {"id": "b", "values": unit(1)})
    cursor = api.call("GET", "/docs/list?count=1").result["nextCursor"]
    api.call("POST", "/docs/metadata_index/create", json={"propertyName": "kind", "indexType": "string"})
    api.write("upsert", "docs", {"id": "pending", "values": unit(0)})
    path = api.control_url + "/accounts/" + api.account_url.rpartition("/")[2] + "/indexes/docs"
    api.http.post(path, json={"vectorCount": 3}).raise_for_status()
    assert api.call("GET", "/docs/list", params={"cursor": cursor}).result["vectors"] == [{"id": "b"}]
    assert api.process() == 1
    assert api.info("docs")["vectorCount"] == 3
    assert len(api.call("GET", "/docs/metadata_index/list").result["metadataIndexes"]) == 1


def test_every_setting_is_a_flag():
    from vectorize_emulator.cli import _SETTING_HELP

    assert list(_SETTING_HELP) == list(RuntimeSettings.__dataclass_fields__)


def test_faults_are_shared_out_among_concurrent_requests(api):
    faults(api, {"status": 500, "count": 5})
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(api.call("GET", "").status)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 5 + [500] * 5
