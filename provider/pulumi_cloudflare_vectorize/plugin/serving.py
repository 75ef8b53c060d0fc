"""Serves one engine until it stops the process."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from .provider import VectorizeProvider

# Cancel is a call like any other, and needs a thread of its own while every other call waits. The pool starts a thread only when it
# is needed. The engine calls at most for `--parallel` resources at a time, which is 4 per processor core by default.
THREADS: Final = 1024
# The engine's own limit of a message (pulumi/pulumi sdk/go/common/util/rpcutil, 2026-11).
MAX_MESSAGE_BYTES: Final = 400 * 1024 * 1024


# Seconds that a request in progress gets when the engine has ended.
GRACE_S: Final = 2.0
# The engine holds the other end of this pipe for as long as it lives. Under a debugger it is something else.
_STDIN: Final = Path("/dev/stdin")


def serve(engine_address: str) -> None:
    """Print the port of a new server, and serve until Ctrl-C or the end of the process."""
    options = [
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=[*options, ("grpc.so_reuseport", 0)])
    provider = VectorizeProvider(engine_address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        print(port, flush=True)  # noqa: T201 -- the engine reads the port
        # The engine reads nothing else from stdout.
        sys.stdout = sys.stderr
        if _STDIN.is_fifo():
            threading.Thread(target=_stop_with_engine, args=(server, provider), daemon=True).start()
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(0)


def _stop_with_engine(server: grpc.Server, provider: VectorizeProvider) -> None:
    """Stop the server when the engine has ended without stopping this process, as after SIGKILL."""
    # Without a buffer, whose lock would delay the end of the interpreter while this thread reads.
    with _STDIN.open("rb", buffering=0) as stdin:
        stdin.read()
    provider.cancel()
    server.stop(GRACE_S)
