"""The command line: the ready line, the refusals, a clean end."""
# ruff: noqa: S104 - the address that is refused

from __future__ import annotations

import re
import resource
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.emulator.helpers import Process, running
from vectorize_emulator.cli import main


def refused(*flags):
    result = subprocess.run(
        [sys.executable, "-m", "vectorize_emulator", "serve", *flags],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("vectorize-emulator: ")
    return result.returncode, result.stderr


def test_it_says_one_line_when_it_is_ready_and_ends_cleanly():
    with running() as process:
        assert re.fullmatch(r"vectorize-emulator ready at http://127\.0\.0\.1:\d+/client/v4", process.line)
        assert process.api().call("GET", "").result == []
        assert process.stop() == (0, "")
        assert process.process.stdout.closed


def test_starting_and_ending_take_well_under_a_second():
    """Seconds of processor time: on a busy machine those of a clock say nothing."""
    before = processor_s_of_children()
    with running():
        pass
    assert processor_s_of_children() - before < 1.0


def processor_s_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_ctrl_c_ends_it_cleanly_too():
    process = Process()
    process.process.send_signal(signal.SIGINT)
    assert process._finish() == (0, "")


def test_a_hanging_request_does_not_hold_up_the_end():
    process = Process()
    api = process.api()
    api.control("POST", "/faults", {"hang": True})
    with socket.create_connection(("127.0.0.1", int(process.base_url.split(":")[2].split("/")[0]))) as sock:
        path = f"/client/v4/accounts/{'0' * 32}/vectorize/v2/indexes"
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n".encode())
        while not api.control("GET", "/requests")["requests"]:
            continue
        started = time.perf_counter()
        assert process.stop()[0] == 0
        assert time.perf_counter() - started < 5


def test_a_port_in_use_is_one_clear_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, line = refused("--port", str(port))
    assert code == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use. Choose another port with --port" in line


def test_a_second_emulator_on_a_data_dir_is_one_clear_line(tmp_path):
    with running("--data-dir", str(tmp_path)):
        code, line = refused("--port", "0", "--data-dir", str(tmp_path))
    assert code == 1
    assert f"another emulator is using the data directory {tmp_path}" in line
    with running("--data-dir", str(tmp_path)) as process:
        assert process.api().call("GET", "").result == []


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--host", "0.0.0.0"], "Add --allow-remote"),
        (["--key", "nonsense"], "--key must be EMAIL:KEY"),
        (["--key", "a@b.c:kéy"], "--key must be EMAIL:KEY"),
        (["--token", ""], "--token must consist of letters, digits"),
        (["--token", "tokén"], "--token must consist of letters, digits"),
        (["--rate-limit", "-1"], "rate_limit"),
        (["--body-timeout-s", "nan"], "body_timeout_s"),
        (["--data-dir", "/dev/null/x"], "cannot use the data directory /dev/null/x: Not a directory"),
        (["--port", "99999"], "port"),
    ],
    ids=[
        "remote",
        "key",
        "key-beyond-ascii",
        "token-empty",
        "token-beyond-ascii",
        "negative",
        "nan",
        "data-dir",
        "port-range",
    ],
)
def test_a_bad_flag_is_one_clear_line(flags, says):
    code, line = refused("--port", "0", *flags) if "--port" not in flags else refused(*flags)
    assert code == 1
    assert says in line


def test_a_damaged_store_is_one_clear_line(tmp_path):
    (tmp_path / "vectorize.duckdb").write_bytes(b"nonsense" * 1000)
    code, line = refused("--port", "0", "--data-dir", str(tmp_path))
    assert code == 1
    assert str(tmp_path) in line


def test_without_a_data_dir_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running() as process:
        process.api().create()
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_credentials_on_the_command_line_are_enforced_and_never_shown(tmp_path):
    with running("--token", "hush-token", "--key", "a@b.c:hush-key") as process:
        assert process.api(token="wrong").call("GET", "").code == 10000
        api = process.api(token="hush-token")
        assert api.call("GET", "").result == []
        base = process.control_url.removesuffix("/_emulator")
        shown = api.http.get(base + "/").text + api.http.get(process.control_url + "/requests").text
        assert "hush" not in shown
        assert process.stop() == (0, "")


def test_an_emulator_that_remote_machines_may_reach_is_asked_for(tmp_path):
    with running("--host", "0.0.0.0", "--allow-remote") as process:
        assert process.line.startswith("vectorize-emulator ready at http://0.0.0.0:")


def test_help_and_version_need_no_store(capsys):
    for flag in ("--help", "--version"):
        with pytest.raises(SystemExit) as end:
            main([flag])
        assert end.value.code == 0
    assert "usage: vectorize-emulator" in capsys.readouterr().out
