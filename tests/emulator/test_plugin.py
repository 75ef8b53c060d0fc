"""The pytest plugin, used the way its documentation says, in a pytest of its own."""

from __future__ import annotations

import time

pytest_plugins = ["pytester"]

EXAMPLE = """
import httpx

def create(emulator, name):
    url = f"{emulator.base_url}/accounts/{emulator.account_id}/vectorize/v2/indexes"
    headers = {"Authorization": f"Bearer {emulator.token}"}
    body = {"name": name, "config": {"dimensions": 32, "metric": "cosine"}}
    assert httpx.post(url, headers=headers, json=body).status_code == 200
    return [index["name"] for index in httpx.get(url, headers=headers).json()["result"]]

def test_one(vectorize_emulator):
    assert create(vectorize_emulator, "one") == ["one"]

def test_two(vectorize_emulator):
    assert create(vectorize_emulator, "two") == ["two"]
    assert vectorize_emulator.control_url.endswith("/_emulator")
"""


def test_installing_the_package_is_enough_for_the_fixture(pytester):
    pytester.makepyfile(EXAMPLE)
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)


def test_a_session_that_does_not_ask_for_it_loads_no_server(pytester):
    pytester.makepyfile("import sys\ndef test_it():\n    assert 'duckdb' not in sys.modules")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_fresh_store_takes_about_a_tenth_of_a_second(vectorize_emulator_server):
    context = vectorize_emulator_server.context
    times = []
    for _ in range(5):
        started = time.perf_counter()
        context.reset()
        times.append(time.perf_counter() - started)
    assert min(times) < 0.1
