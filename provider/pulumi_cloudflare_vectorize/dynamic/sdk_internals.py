"""Workarounds for what Pulumi's Python SDK does not offer: one function each, checked with SDK 3.200.0 and 3.272.0 (2026-11).

With an SDK whose internals differ, each finds nothing and has no effect: a message then has no row, an error includes a traceback,
four resources run at a time, and Ctrl-C waits for them.
"""

from __future__ import annotations

import inspect
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.dynamic import ConfigureRequest, ReadResult
from pulumi.dynamic.dynamic import ResourceProvider, serialize_provider

from ..config_keys import CONFIG_KEYS
from ..engine_status import abort
from ..errors import VectorizeError
from ..lifecycle.operation import Operation

_CANCEL: Final = "/pulumirpc.ResourceProvider/Cancel"

# SDKs before 3.216 have no inputs in a ReadResult. The engine then sees drift only if diff returns "changed".
# Removable with a minimum SDK of 3.216.
READ_RETURNS_INPUTS: Final = "inputs" in inspect.signature(ReadResult.__init__).parameters


def configuration_of(req: ConfigureRequest) -> dict[str, str | None]:
    """Return the stack's configuration: full key → value.

    The SDK returns single keys only. Without its private dict, a misspelled key has no warning. Removable if the SDK lists the
    keys.
    """
    keys = {*CONFIG_KEYS, *getattr(req.config, "_props", ())}
    return {key: req.config.get(key) for key in keys if ":" in key}


def stored_form(provider: ResourceProvider) -> str:
    """Return what Pulumi stores of a provider. Removable if `pulumi import` works with dynamic resources."""
    stored: str = serialize_provider(provider)
    return stored


@dataclass(frozen=True)
class Call:
    """A call of the engine: its request and its gRPC context. None where the SDK's internals differ."""

    request: Any = None
    grpc_context: grpc.ServicerContext | None = None

    @property
    def operation(self) -> Operation:
        """The resource of the call, and its timeout. Without a resource, as in Configure, both are empty."""
        return Operation(
            str(getattr(self.request, "urn", "") or ""), float(getattr(self.request, "timeout", 0.0) or 0.0)
        )

    def fail(self, error: VectorizeError) -> None:
        """End the call with one line instead of a traceback. Returns only if there is no gRPC context.

        Removable if the SDK has an exception for an error of one line, and for a partial result.
        """
        if self.grpc_context is not None:
            abort(self.grpc_context, self.request, error)


def current_call() -> Call:
    """Return the engine's call that this thread answers, from the frames of the server.

    Removable if the SDK passes the URN and the timeout to a provider's methods.
    """
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 -- no public way
    while frame is not None:
        context = frame.f_locals.get("context")
        if isinstance(context, grpc.ServicerContext):
            return Call(frame.f_locals.get("request"), context)
        frame = frame.f_back
    return Call()


def widen_server(workers: int) -> bool:
    """Let the dynamic server, which runs this thread, work on so many resources at a time. Return whether that was possible.

    The server has a pool of four threads, at any `--parallel` (docs/internals/api-notes.md). Removable if the SDK sizes it.
    """
    pool = _pool_of(threading.current_thread())
    missing = workers - (pool._max_workers if pool else workers)  # noqa: SLF001 -- no public way
    if pool is None or missing <= 0:
        return False
    pool._max_workers = workers  # noqa: SLF001 -- no public way
    # A pool starts a thread only with new work, and not for work in its queue. So all threads are started now.
    started = threading.Event()
    for _ in range(workers - len(pool._threads)):  # noqa: SLF001 -- no public way
        pool.submit(started.wait, 1.0)
    started.set()
    return True


def _pool_of(thread: threading.Thread) -> ThreadPoolExecutor | None:
    """Return the pool of a worker thread, whose first argument is a weak reference to it (Python 3.10 to 3.13)."""
    arguments = getattr(thread, "_args", ())
    pool = arguments[0]() if arguments and isinstance(arguments[0], weakref.ref) else None
    is_known = isinstance(pool, ThreadPoolExecutor) and hasattr(pool, "_max_workers") and hasattr(pool, "_threads")
    return pool if is_known else None


def on_cancel(stop: Callable[[], None]) -> bool:
    """Call `stop` if the engine cancels the run. Return whether that was possible.

    The SDK's own handler does nothing. The server is in the frame of `main`, which runs it. Removable if a provider can implement
    Cancel.
    """
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001 -- no public way
    while frame is not None:
        server = frame.f_locals.get("server")
        if isinstance(server, grpc.Server):
            return _replace_handler(server, _CANCEL, _cancel_handler(stop))
        frame = frame.f_back
    return False


def _replace_handler(server: grpc.Server, method: str, handler: Any) -> bool:
    """Replace the handler of a method. A running server has no public way to do that."""
    for generic in getattr(getattr(server, "_state", None), "generic_handlers", ()):
        handlers = getattr(generic, "_method_handlers", {})
        if method in handlers:
            handlers[method] = handler
            return True
    return False


def _cancel_handler(stop: Callable[[], None]) -> grpc.RpcMethodHandler[Any, Any]:
    def cancel(_request: Any, _context: grpc.ServicerContext) -> empty_pb2.Empty:
        stop()
        return empty_pb2.Empty()

    # A pool of its own (grpc._server, 1.62 to 1.85): Cancel must not wait for a free worker of the server's pool.
    cancel.experimental_thread_pool = ThreadPoolExecutor(1)  # type: ignore[attr-defined]  # of a function
    return grpc.unary_unary_rpc_method_handler(
        cancel,
        request_deserializer=empty_pb2.Empty.FromString,
        response_serializer=empty_pb2.Empty.SerializeToString,
    )
