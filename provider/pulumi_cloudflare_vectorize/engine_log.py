"""Sends messages to Pulumi's engine, which shows them on the row of a resource. Never writes to stdout."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_TIMEOUT_S: Final = 5.0


@lru_cache(maxsize=4)
def _engine(address: str) -> engine_pb2_grpc.EngineStub:
    return engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))


@dataclass(frozen=True)
class EngineLog:
    """The messages about one resource to the engine at `address`. An empty `urn` is the row of the stack."""

    address: str
    urn: str = ""

    def info(self, text: str) -> None:
        """Log a message that stays."""
        self._log(engine_pb2.INFO, text)

    def warning(self, text: str) -> None:
        """Log a warning. The engine's summary repeats it."""
        self._log(engine_pb2.WARNING, text)

    def progress(self, text: str) -> None:
        """Show a message in the live row until the next one."""
        self._log(engine_pb2.INFO, text, ephemeral=True)

    def _log(self, severity: engine_pb2.LogSeverity.ValueType, text: str, *, ephemeral: bool = False) -> None:
        request = engine_pb2.LogRequest(severity=severity, message=text, urn=self.urn, ephemeral=ephemeral)
        try:
            _engine(self.address).Log(request, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            # Without an engine (in a test, or at its end), stderr is the only place.
            print(f"{text} (not logged: {error.code()})", file=sys.stderr)  # noqa: T201
