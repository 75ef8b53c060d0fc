"""Indexes, credentials, routes and envelopes."""

from __future__ import annotations

import re
import threading

import httpx
import pytest

from tests.emulator.helpers import DIMENSIONS
from vectorize_emulator.errors import ApiError
from vectorize_emulator.middleware.auth import authenticate
from vectorize_emulator.parsing.presets import PRESETS
from vectorize_emulator.settings import Settings

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_answers_its_dimensions_and_metric(api, preset):
    dimensions, metric = PRESETS[preset]
    answer = api.call("POST", "", json={"name": "docs", "config": {"preset": preset}})
    assert answer.result["config"] == {"dimensions": dimensions, "metric": metric, "preset": preset}
    assert api.call("GET", "/docs").result == answer.result


def test_a_created_index_is_there_at_once_and_in_order(api):
    for name in ("zebra", "apple"):
        api.create(name, description=f"about {name}")
    listed = api.call("GET", "").result
    assert [index["name"] for index in listed] == ["zebra", "apple"]
    assert listed[0] == api.call("GET", "/zebra").result
    assert STAMP.fullmatch(listed[0]["created_on"])
    assert listed[0]["description"] == "about zebra"
    assert listed[0]["config"] == {"dimensions": DIMENSIONS, "metric": "cosine"}


@pytest.mark.parametrize("name", ["ab", "a1", "a-b_c9", "a" * 64])
def test_legal_names_are_accepted(api, name):
    assert api.create(name)["name"] == name


def test_a_duplicate_changes_nothing(api):
    first = api.create()
    body = {"name": "docs", "config": {"dimensions": 64, "metric": "euclidean"}}
    assert api.call("POST", "", json=body).code == 3002
    assert api.call("GET", "/docs").result == first


def test_only_one_of_many_concurrent_creates_wins(api):
    answers = []
    body = {"name": "docs", "config": {"dimensions": 32, "metric": "cosine"}}
    threads = [threading.Thread(target=lambda: answers.append(api.call("POST", "", json=body))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [400] * 7


def test_deleting_answers_null_and_frees_the_name(api):
    api.create()
    assert api.call("DELETE", "/docs").result is None
    assert api.call("GET", "").result == []
    api.create(dimensions=64)
    assert api.info("docs")["dimensions"] == 64


def test_the_index_limit_is_the_plan_s(api):
    api.control("PATCH", "/settings", {"max_indexes": 1})
    api.create()
    body = {"name": "more", "config": {"dimensions": 32, "metric": "cosine"}}
    assert api.call("POST", "", json=body).code == 3004


@pytest.mark.parametrize(
    ("setting", "value", "status"),
    [("create_status", 201, 201), ("missing_status", 400, 400), ("auth_status", 403, 403)],
)
def test_open_questions_about_statuses_are_settings(api, setting, value, status):
    api.control("PATCH", "/settings", {setting: value})
    body = {"name": "docs", "config": {"dimensions": 32, "metric": "cosine"}}
    answer = {
        "create_status": lambda: api.call("POST", "", json=body),
        "missing_status": lambda: api.call("GET", "/nobody"),
        "auth_status": lambda: api.call("GET", "", headers={"Authorization": "Bearer wrong"}),
    }[setting]()
    assert answer.status == status


def test_the_minimum_of_dimensions_is_a_setting(api):
    api.control("PATCH", "/settings", {"min_dimensions": 1})
    assert api.create(dimensions=3)["config"]["dimensions"] == 3


# Credentials.

CREDENTIALS = {
    "none": ({}, 400, 9106, None),
    "email-alone": ({"X-Auth-Email": "a@b.c"}, 400, 9106, None),
    "key-alone": ({"X-Auth-Key": "k"}, 400, 9106, None),
    "no-bearer": ({"Authorization": "Basic eHg="}, 400, 6003, 6111),
    "empty-bearer": ({"Authorization": "Bearer"}, 400, 6003, 6111),
    "key-with-a-space": ({"X-Auth-Email": "a@b.c", "X-Auth-Key": "a b"}, 400, 6003, 6103),
    "wrong-token": ({"Authorization": "Bearer wrong"}, 401, 10000, None),
    "wrong-key": ({"X-Auth-Email": "a@b.c", "X-Auth-Key": "wrong"}, 401, 10000, None),
}


@pytest.mark.parametrize(("headers", "status", "code", "chained"), CREDENTIALS.values(), ids=CREDENTIALS.keys())
def test_bad_credentials_get_the_api_s_own_codes(api, headers, status, code, chained):
    response = httpx.get(f"{api.account_url}/vectorize/v2/indexes", headers=headers)
    error = response.json()["errors"][0]
    assert (response.status_code, error["code"]) == (status, code)
    assert [link["code"] for link in error.get("error_chain", [])] == ([chained] if chained else [])


@pytest.mark.parametrize(
    ("tokens", "keys", "headers", "passes"),
    [
        ((), (), {"authorization": "Bearer anything"}, True),
        ((), (), {"x-auth-email": "a@b.c", "x-auth-key": "anything"}, True),
        (("t1", "t2"), (), {"authorization": "bearer t2"}, True),
        (("t1",), (), {"authorization": "Bearer t2"}, False),
        (("t1",), (), {"x-auth-email": "a@b.c", "x-auth-key": "k"}, False),
        ((), (("a@b.c", "k"),), {"x-auth-email": "a@b.c", "x-auth-key": "k"}, True),
        ((), (("a@b.c", "k"),), {"x-auth-email": "x@b.c", "x-auth-key": "k"}, False),
        ((), (("a@b.c", "k"),), {"authorization": "Bearer k"}, False),
    ],
    ids=["any-token", "any-key", "second-token", "other-token", "key-for-token", "key", "other-mail", "token-for-key"],
)
def test_configured_credentials_are_the_only_ones(tmp_path, tokens, keys, headers, passes):
    settings = Settings(tmp_path, tokens=tokens, keys=keys)
    if passes:
        assert len(authenticate(headers, settings)) == 64
    else:
        with pytest.raises(ApiError, match="10000"):
            authenticate(headers, settings)


def test_settings_do_not_show_credentials(tmp_path):
    assert "hush" not in repr(Settings(tmp_path, tokens=("hush",), keys=(("a@b.c", "hush"),)))


# Routes and envelopes.


@pytest.mark.parametrize("account", ["", "abc", "A" * 32, "0" * 33, "0" * 31 + "g"])
def test_a_malformed_account_id_is_no_route(api, account):
    base = api.account_url.rpartition("/")[0]
    response = httpx.get(f"{base}/{account}/vectorize/v2/indexes", headers=api.headers)
    assert response.status_code == 404
    assert [error["code"] for error in response.json()["errors"]] == [7003, 7000]
    assert response.json()["errors"][0]["message"] == (
        f"Could not route to /accounts/{account}/vectorize/v2/indexes, perhaps your object identifier is invalid?"
    )


def test_every_answer_carries_a_ray_id_and_rate_headers(api):
    answers = [
        api.call("GET", ""),
        api.call("GET", "/nobody"),
        api.call("PUT", ""),
        api.call("GET", "", headers={"Authorization": "Bearer wrong"}),
    ]
    assert all(re.fullmatch(r"[0-9a-f]{16}-[A-Z]{3}", answer.headers["cf-ray"]) for answer in answers)
    assert len({answer.headers["cf-ray"] for answer in answers}) == len(answers)
    assert all(re.fullmatch(r'"default";r=\d+;t=\d+', answer.headers["ratelimit"]) for answer in answers)
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"default";q=1200;w=300'}


def test_envelopes_have_the_keys_of_the_real_ones_in_their_order(api):
    assert list(api.call("GET", "").body) == ["result", "success", "errors", "messages"]
    assert list(api.call("GET", "/nobody").body) == ["result", "success", "errors", "messages"]


def test_a_list_of_metadata_indexes_by_post_is_no_route(api):
    api.create()
    assert api.call("POST", "/docs/metadata_index/list", json={}).status == 405


def test_malformed_http_is_answered_and_leaves_the_server_working(api):
    import socket
    from urllib.parse import urlsplit

    url = urlsplit(api.account_url)
    with socket.create_connection((url.hostname, url.port)) as sock:
        sock.sendall(b"nonsense\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 400 ")
    assert api.call("GET", "").status == 200
