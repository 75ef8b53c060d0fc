"""Sends messages to Pulumi's engine, on the row of the resource that is being worked on; never to stdout."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from functools import lru_cache

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_TIMEOUT_S = 5.0


@lru_cache(maxsize=1)
def _engine() -> engine_pb2_grpc.EngineStub:
    # The last argument of a provider process is the engine's address (docs/api-notes.md).
    return engine_pb2_grpc.EngineStub(grpc.insecure_channel(sys.argv[-1]))


# Whose row a message belongs on; threads that work for a call inherit it.
_urn: ContextVar[str] = ContextVar("urn", default="")


class EngineLog:
    """Reports on the resource that `speak_for` named last in this context."""

    def speak_for(self, urn: str) -> None:
        """Put the messages that follow on the row of this resource; "" is the stack's own row."""
        _urn.set(urn)

    def info(self, text: str) -> None:
        """Log for keeps."""
        _log(engine_pb2.INFO, text)

    def warning(self, text: str) -> None:
        """Log a warning, which the summary repeats."""
        _log(engine_pb2.WARNING, text)

    def progress(self, text: str) -> None:
        """Show in the live row only, until the next one."""
        _log(engine_pb2.INFO, text, ephemeral=True)


def _log(severity: engine_pb2.LogSeverity.ValueType, text: str, *, ephemeral: bool = False) -> None:
    request = engine_pb2.LogRequest(severity=severity, message=text, urn=_urn.get(), ephemeral=ephemeral)
    try:
        _engine().Log(request, timeout=_TIMEOUT_S)
    except grpc.RpcError as error:
        # No engine listens (a test, or one that is going away): stderr is what it would have shown.
        print(f"{text} (not logged: {error.code()})", file=sys.stderr)  # noqa: T201 -- the last resort
