"""An answer that comes a byte at a time resets every timeout of a socket, and still cannot outlive the deadline."""

import contextlib
import socket
import threading
import time

import pytest

from pulumi_cloudflare_vectorize.api.response import Request
from pulumi_cloudflare_vectorize.api.retry import Transport
from pulumi_cloudflare_vectorize.config import Credentials, Settings
from pulumi_cloudflare_vectorize.errors import TransportError
from pulumi_cloudflare_vectorize.waiting import Deadline

HEAD = b"HTTP/1.1 200 OK\r\n"
TIMEOUT_S = 0.3


@pytest.fixture
def dripping():
    """Serve one request: answer with a text at once, then with single bytes for ever."""
    listening, over = socket.create_server(("127.0.0.1", 0)), threading.Event()
    servers = []

    def serve(text):
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(text)
            while not over.wait(0.02):
                connection.sendall(b"1")

    def start(text):
        servers.append(threading.Thread(target=serve, args=(text,)))
        servers[0].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    over.set()
    servers[0].join()
    listening.close()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD, id="in the head"),
        pytest.param(HEAD + b"Content-Length: 100000\r\n\r\n", id="in the body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", id="in the length of a chunk"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n100000\r\n", id="in a chunk"),
    ],
)
def test_an_answer_that_drips_in_ends_with_the_deadline(dripping, text):
    transport = Transport(Settings(Credentials(token="t"), base_url=dripping(text)))
    started = time.monotonic()
    with pytest.raises(TransportError, match="the response did not arrive before the timeout") as caught:
        transport.send(Request("read it", "GET", "/"), Deadline.after(TIMEOUT_S, transport.clock))
    assert time.monotonic() - started < TIMEOUT_S + 1.0
    assert caught.value.may_have_worked
