"""The floor of the plugin in `benchmarks/lifecycle.py`: a provider plugin that does nothing, on Pulumi's Python SDK as it is.

Its resources have the properties of a `VectorizeIndex`. The engine starts it by a script that `lifecycle.py` writes.
"""
# ruff: noqa: INP001, N802 - a module of a script, found by PYTHONPATH; the names of the methods are Pulumi's

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

VERSION = "1.0.0"
SHAPE = {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}}
TEXT = {"type": "string"}
INPUTS = {"config": SHAPE, "description": TEXT, "name": TEXT}
SCHEMA = {
    "name": "idle",
    "version": VERSION,
    "resources": {
        "idle:index:Idle": {
            "inputProperties": INPUTS,
            "requiredInputs": ["config"],
            "properties": {**INPUTS, "createdOn": TEXT, "modifiedOn": TEXT},
        }
    },
}


class IdleProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Returns what it receives."""

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        """Return the version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, _request: Any, _context: Any) -> Any:
        """Return the schema."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps(SCHEMA))

    def CheckConfig(self, request: Any, _context: Any) -> Any:
        """Accept every configuration."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:
        """Find no difference."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, _request: Any, _context: Any) -> Any:
        """Support previews, as ours does."""
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, _context: Any) -> Any:
        """Accept the inputs."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, _request: Any, _context: Any) -> Any:
        """Find no difference."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Create(self, request: Any, _context: Any) -> Any:
        """Return the inputs and two times."""
        outputs = struct_pb2.Struct()
        outputs.update({"createdOn": "2026-11-27T12:00:00.000000Z", "modifiedOn": "2026-11-27T12:00:00.000000Z"})
        outputs.MergeFrom(request.properties)
        return provider_pb2.CreateResponse(id="" if request.preview else request.urn, properties=outputs)

    def Read(self, request: Any, _context: Any) -> Any:
        """Return the state."""
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, _request: Any, _context: Any) -> empty_pb2.Empty:
        """Delete nothing."""
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> empty_pb2.Empty:
        """Stop nothing."""
        return empty_pb2.Empty()


def main() -> None:
    """Serve until the engine ends the process."""
    server = grpc.server(ThreadPoolExecutor(64))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(IdleProvider(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)  # noqa: T201 - the engine reads the port
    server.start()
    sys.stdout = sys.stderr
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(0)
