"""The gRPC methods that the engine calls. Each translates its request, calls the lifecycle, and translates the result.

Only the first call that needs the lifecycle imports it: a preview starts one process that only returns the schema.
"""
# ruff: noqa: N802, PLC0415 - the names of the methods are Pulumi's; deferred imports: docs/internals/performance.md, "Imports"

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from functools import wraps
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from .._version import __version__
from ..config import Settings
from ..engine_log import EngineLog
from ..engine_status import abort
from ..errors import VectorizeError
from .provider_config import check_config, diff_config, load_settings
from .values import from_struct, to_struct

if TYPE_CHECKING:
    from .resources import Resources

R = TypeVar("R")
Method = Callable[[Any, Any, grpc.ServicerContext], R]


def _one_line(method: Callable[[Any, Any], R]) -> Method[R]:
    """End a call that fails with an error of one line, even if the cause is a defect of this package."""

    @wraps(method)
    def wrapper(self: VectorizeProvider, request: Any, grpc_context: grpc.ServicerContext) -> R:
        try:
            return method(self, request)
        except VectorizeError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 -- a defect of this package, or a request that no engine sends
            failure = _defect(method.__name__, error)
        # Outside of the handlers: abort raises a bare Exception.
        return abort(grpc_context, request, failure)

    return wrapper


def _defect(method: str, error: Exception) -> VectorizeError:
    """Make an error of a defect. Its text may contain a secret input, so only its type and place are shown."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = f"cannot complete {method}: {type(error).__name__} at line {place.lineno} of {place.name} in this provider"
    return VectorizeError(what, fix="Report this defect with the command and the program that cause it")


class VectorizeProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider process. The engine starts one for each provider of a program."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._settings: Settings | None = None
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._opened: Resources | None = None

    @_one_line
    def Handshake(self, request: Any) -> Any:
        """Agree on the protocol: plain values, so that the engine marks secrets itself."""
        self._engine_address = request.engine_address or self._engine_address
        return provider_pb2.ProviderHandshakeResponse()

    @_one_line
    def Attach(self, request: Any) -> empty_pb2.Empty:
        """Serve an engine that did not start this process."""
        self._engine_address = request.address
        return empty_pb2.Empty()

    @_one_line
    def GetPluginInfo(self, _request: Any) -> Any:
        """Return the version."""
        return plugin_pb2.PluginInfo(version=__version__)

    @_one_line
    def GetSchema(self, _request: Any) -> Any:
        """Return the schema of both resources and the functions."""
        return provider_pb2.GetSchemaResponse(schema=schema_json())

    @_one_line
    def CheckConfig(self, request: Any) -> Any:
        """Wrap secrets, and warn of keys that are not used."""
        response, warnings = check_config(request.news)
        for warning in warnings:
            EngineLog(self._engine_address, request.urn).warning(warning)
        return response

    @_one_line
    def DiffConfig(self, request: Any) -> Any:
        """Compare two configurations of a provider."""
        return diff_config(request.old_inputs if request.old_inputs.fields else request.olds, request.news)

    @_one_line
    def Configure(self, request: Any) -> Any:
        """Read the settings."""
        self._settings = load_settings(request.args)
        with self._lock:
            self._opened = None
            # An attached process gets a Cancel at the end of every command.
            self._cancelled = threading.Event()
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    @_one_line
    def Check(self, request: Any) -> Any:
        """Validate and complete the inputs of a resource."""
        return self._resources().check(request)

    @_one_line
    def Diff(self, request: Any) -> Any:
        """Compare the outputs of a resource with its inputs."""
        return self._resources().diff(request)

    @_one_line
    def Create(self, request: Any) -> Any:
        """Create a resource."""
        return self._resources().create(request)

    @_one_line
    def Read(self, request: Any) -> Any:
        """Read a resource: for a refresh, an import or a lookup."""
        return self._resources().read(request)

    @_one_line
    def Update(self, request: Any) -> Any:
        """Change a resource in place."""
        return self._resources().update(request)

    @_one_line
    def Delete(self, request: Any) -> empty_pb2.Empty:
        """Delete a resource."""
        return self._resources().delete(request)

    @_one_line
    def Invoke(self, request: Any) -> Any:
        """Call a function."""
        result = self._resources().invoke(request.tok, from_struct(request.args))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(result))
        return response

    @_one_line
    def List(self, request: Any) -> Iterator[Any]:
        """List the indexes of the account."""
        return iter(list(self._resources().list(request)))

    def Cancel(self, _request: Any, _grpc_context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End every wait."""
        self.cancel()
        return empty_pb2.Empty()

    def cancel(self) -> None:
        """End every wait. The calls that were waiting return what is known of their resources."""
        self._cancelled.set()

    def _resources(self) -> Resources:
        with self._lock:
            if self._opened is None:
                from .resources import Resources

                if self._settings is None:
                    raise VectorizeError("cannot serve a resource before the provider is configured")
                self._opened = Resources.of(self._settings, self._reporter, self._cancelled)
            return self._opened

    def _reporter(self, urn: str) -> EngineLog:
        return EngineLog(self._engine_address, urn)


def schema_json() -> str:
    """Return the schema, in the form of https://www.pulumi.com/docs/iac/using-pulumi/pulumi-packages/schema."""
    return files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
