"""Serves one engine until it stops the process."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from .provider import VectorizeProvider

# Cancel is a call like any other, and needs a thread of its own while every other call waits. The pool starts a thread only when it
# is needed. The engine calls at most for `--parallel` resources at a time, which is 4 per processor core by default.
THREADS: Final = 1024
# The engine's own limit of a message (pulumi/pulumi sdk/go/common/util/rpcutil, 2026-11).
MAX_MESSAGE_BYTES: Final = 400 * 1024 * 1024


def serve(engine_address: str) -> None:
    """Print the port of a new server, and serve until Ctrl-C or the end of the process."""
    options = [
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=[*options, ("grpc.so_reuseport", 0)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(VectorizeProvider(engine_address), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 -- the engine reads the port
    # The engine reads nothing else from stdout.
    sys.stdout = sys.stderr
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(0)
