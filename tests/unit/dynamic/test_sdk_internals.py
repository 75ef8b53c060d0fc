"""What is found of the dynamic server, and what happens when it is not there or looks different."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_cloudflare_vectorize import engine_log
from pulumi_cloudflare_vectorize.dynamic import run_call
from pulumi_cloudflare_vectorize.dynamic.sdk_internals import current_call, on_cancel, widen_server
from pulumi_cloudflare_vectorize.errors import RefusedError


def test_outside_a_server_there_is_no_call():
    assert current_call().operation == ("", 0.0)


def test_outside_a_server_an_error_stays_as_it_is():
    def refuse(_call):
        raise RefusedError("no")

    with pytest.raises(RefusedError, match="no"):
        run_call(refuse)


def test_a_pool_is_widened_from_one_of_its_threads_and_its_threads_start_at_once():
    with ThreadPoolExecutor(2) as pool:
        assert pool.submit(widen_server, 8).result()
        met = threading.Barrier(8, timeout=10)
        assert len([pool.submit(met.wait) for _ in range(8)]) == 8
        assert not pool.submit(widen_server, 8).result()


def test_widening_is_off_at_zero_and_never_narrows():
    with ThreadPoolExecutor(4) as pool:
        assert not pool.submit(widen_server, 0).result()
        assert not pool.submit(widen_server, 2).result()
        assert pool._max_workers == 4


@pytest.mark.parametrize("arguments", [(), (1,), ("x", "y")])
def test_a_thread_of_another_making_is_left_alone(monkeypatch, arguments):
    monkeypatch.setattr(threading.current_thread(), "_args", arguments, raising=False)
    assert not widen_server(8)


def test_without_a_server_there_is_nothing_to_cancel():
    assert not on_cancel(lambda: None)


def test_a_message_that_no_engine_takes_goes_to_stderr(monkeypatch, capsys):
    monkeypatch.setattr(engine_log, "_TIMEOUT_S", 0.5)
    engine_log._engine.cache_clear()
    engine_log.EngineLog("127.0.0.1:1").warning("heed this")
    engine_log._engine.cache_clear()
    assert "heed this (not logged: " in capsys.readouterr().err
