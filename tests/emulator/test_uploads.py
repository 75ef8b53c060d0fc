"""Uploads and connections: bounded in memory and time, and answered whatever arrives."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.emulator.helpers import ndjson, running, unit
from vectorize_emulator import connections


def test_a_hundred_megabytes_are_streamed_within_bounded_memory():
    """Reading and checking an upload takes less memory than the upload; DuckDB's page cache comes on top, bounded."""
    vector = json.dumps({"values": [0.123456789012] * 1024, "metadata": {"text": "x" * 3000}})[1:]
    body = "\n".join(f'{{"id": "v{i}", {vector}' for i in range(5000)).encode()
    assert 90e6 < len(body) <= 100e6
    headers = {"Content-Type": "application/x-ndjson"}
    with running("--visibility-delay-ms", "0") as process:
        api = process.api()
        api.create(dimensions=1024)
        before = peak_bytes(process)
        assert api.call("POST", "/docs/upsert", content=body[:-1], headers=headers).code == 40023
        assert peak_bytes(process) - before < 0.75 * len(body)
        assert api.call("POST", "/docs/upsert", content=body, headers=headers).status == 200
        api.process()
        assert api.info("docs")["vectorCount"] == 5000
        assert peak_bytes(process) - before < 4 * len(body)
        too_much = api.call("POST", "/docs/upsert", content=body + b"\n" * 10_000_000, headers=headers)
        assert (too_much.status, too_much.code) == (413, 40090)
        assert api.info("docs")["vectorCount"] == 5000


def peak_bytes(process):
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_a_multipart_upload_is_held_to_the_same_size(api, monkeypatch):
    from vectorize_emulator.parsing import bodies

    monkeypatch.setattr(bodies, "MAX_UPLOAD_BYTES", 1000)
    monkeypatch.setattr(bodies, "MULTIPART_EXTRA_BYTES", 0)
    api.create()
    files = {"vectors": ("vectors.ndjson", b"x" * 2000, "application/x-ndjson")}
    assert api.call("POST", "/docs/upsert", files=files).code == 40090


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\n\r\nx\r\n--x--", "multipart/form-data"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
    ids=["no-boundary", "malformed", "another-part"],
)
def test_an_unusable_multipart_body_is_refused(api, body, content_type):
    api.create()
    answer = api.call("POST", "/docs/insert", content=body, headers={"Content-Type": content_type})
    assert (answer.status, answer.code) == (400, 40066)


def test_a_plain_multipart_field_named_vectors_is_accepted(api):
    api.create()
    form = b'--x\r\nContent-Disposition: form-data; name="vectors"\r\n\r\n%s\r\n--x--\r\n'
    body = form % ndjson({"id": "a", "values": unit(0)})
    api.call("POST", "/docs/insert", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    api.process()
    assert [vector["id"] for vector in api.get("docs", "a")] == ["a"]


def test_a_body_that_stops_arriving_is_answered_and_leaves_the_server_working(api):
    api.control("PATCH", "/settings", {"body_timeout_s": 0.05})
    api.create()
    url = urlsplit(api.account_url)
    with socket.create_connection((url.hostname, url.port)) as sock:
        sock.sendall(
            f"POST {url.path}/vectorize/v2/indexes/docs/insert HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
            f"Authorization: {api.headers['Authorization']}\r\nContent-Type: application/x-ndjson\r\n\r\n{{".encode()
        )
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"40091" in answer
    assert api.info("docs")["vectorCount"] == 0


def test_a_body_without_an_end_is_answered_with_413_and_its_connection_closed(api, monkeypatch):
    from vectorize_emulator.parsing import bodies

    monkeypatch.setattr(bodies, "MAX_UPLOAD_BYTES", 1_000)
    monkeypatch.setattr(bodies, "DRAIN_BYTES", 100_000)
    api.create()
    url = urlsplit(api.account_url)
    with socket.create_connection((url.hostname, url.port), timeout=10) as sock:
        sock.sendall(
            f"POST {url.path}/vectorize/v2/indexes/docs/insert HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
            f"Authorization: {api.headers['Authorization']}\r\nContent-Type: application/x-ndjson\r\n\r\n".encode()
        )
        sent = send_until_closed(sock, b"10000\r\n" + b"x" * 65_536 + b"\r\n")
    assert 100_000 < sent < 50_000_000
    assert api.call("GET", "/docs").status == 200


def send_until_closed(sock, data):
    """Send the same data again and again, and return how many bytes went out before the other side closed the connection."""
    sent = 0
    while sent < 50_000_000:
        try:
            sock.sendall(data)
        except ConnectionError:
            break
        sent += len(data)
    return sent


@pytest.mark.parametrize("before", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"], ids=["first", "second"])
def test_a_head_that_never_ends_is_answered(api, monkeypatch, before):
    monkeypatch.setattr(connections, "HEAD_S", 0.05)
    url = urlsplit(api.account_url)
    with socket.create_connection((url.hostname, url.port), timeout=4) as sock:
        sock.sendall(before)
        answer = sock.recv(65536) if before else b""
        sock.sendall(b"GET / HTTP/1.1\r\nHost: ")
        answer += b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 " if before else b"HTTP/1.1 408 ")
    assert b"HTTP/1.1 408 " in answer
    assert api.call("GET", "").status == 200


def test_a_vanished_client_leaves_the_server_working(api):
    api.create()
    api.control("POST", "/faults", {"hang": True})
    with pytest.raises(httpx.ReadTimeout):
        api.http.get(f"{api.account_url}/vectorize/v2/indexes", headers=api.headers, timeout=0.05)
    assert api.call("GET", "/docs").status == 200
