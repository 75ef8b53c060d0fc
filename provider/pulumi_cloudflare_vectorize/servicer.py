"""What Pulumi's dynamic server knows of a call but does not hand on: the resource's URN, its time-out, and the gRPC context.

Found by walking up the stack, since the SDK has no interface for it. With an SDK whose insides differ nothing is found: then
messages land on no resource's row, and errors come inside a traceback; nothing else depends on this module.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import FrameType
from typing import Any

import grpc
from google.protobuf import any_pb2, descriptor_pool, empty_pb2, message_factory, struct_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2

from .errors import PartialCreateError, VectorizeError

# The server answers every failure so (pulumi.dynamic.__main__, SDK 3.200 to 3.272), and a status with details must agree.
_CODE = grpc.StatusCode.UNKNOWN
_DETAILS_KEY = "grpc-status-details-bin"
_CANCEL = "/pulumirpc.ResourceProvider/Cancel"


@dataclass(frozen=True)
class Call:
    """The engine's call that is being answered; empty where the server's insides are not as expected."""

    request: Any = None
    context: grpc.ServicerContext | None = None

    @classmethod
    def current(cls) -> Call:
        """Find the call in the frames below the caller's."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 -- there is no other way to the call
        while frame is not None:
            context = frame.f_locals.get("context")
            if isinstance(context, grpc.ServicerContext):
                return cls(frame.f_locals.get("request"), context)
            frame = frame.f_back
        return cls()

    @property
    def urn(self) -> str:
        """The resource's URN; "" when it cannot be had (Configure names none)."""
        return str(getattr(self.request, "urn", "") or "")

    @property
    def timeout_s(self) -> float:
        """The resource's `custom_timeouts` for this operation; 0 when it has none."""
        return float(getattr(self.request, "timeout", 0.0) or 0.0)

    def fail(self, error: VectorizeError) -> None:
        """End the call with the error's one line instead of a traceback; return only where that is not possible.

        A half-finished creation goes along as Pulumi's `ErrorResourceInitFailed`, so that the engine saves it in the state.
        """
        if self.context is None:
            return
        self.context.set_trailing_metadata(((_DETAILS_KEY, _status(error, self.request).SerializeToString()),))
        self.context.abort(_CODE, str(error))


def _status(error: VectorizeError, request: Any) -> Message:
    details = [_packed(_init_failed(error, request))] if isinstance(error, PartialCreateError) else []
    status: Message = _status_class()(code=_CODE.value[0], message=str(error), details=details)
    return status


def _status_class() -> Any:
    """Return the message class of google.rpc.Status: two packages register that name, and the second to be imported fails."""
    pool = descriptor_pool.Default()
    try:
        descriptor = pool.FindMessageTypeByName("google.rpc.Status")
    except KeyError:
        from pulumi.runtime.proto import status_pb2  # noqa: F401, PLC0415 -- registers the name

        descriptor = pool.FindMessageTypeByName("google.rpc.Status")
    return message_factory.GetMessageClass(descriptor)


def _init_failed(error: PartialCreateError, request: Any) -> Message:
    inputs = request.properties if hasattr(request, "properties") else request.news  # a create, or an update
    return provider_pb2.ErrorResourceInitFailed(
        id=error.id,
        properties=_struct({**error.outputs, **{key: inputs[key] for key in inputs if key.startswith("__")}}),
        inputs=inputs,
        reasons=[str(error)],
    )


def _packed(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct


def widen_server(workers: int) -> bool:
    """Let the dynamic server, whose thread this is, work on so many resources at a time; say whether that was possible.

    The server's pool of four threads is the limit, at any `--parallel` (docs/api-notes.md).
    """
    pool = _pool_of(threading.current_thread())
    missing = workers - (pool._max_workers if pool else workers)  # noqa: SLF001 -- no public way
    if pool is None or missing <= 0:
        return False
    pool._max_workers = workers  # noqa: SLF001 -- as above
    # Threads start only as work comes in, and not for work that is queued already: so all are started now.
    started = threading.Event()
    for _ in range(workers - len(pool._threads)):  # noqa: SLF001 -- as above
        pool.submit(started.wait, 1.0)
    started.set()
    return True


def _pool_of(thread: threading.Thread) -> ThreadPoolExecutor | None:
    """Find the pool that a worker thread belongs to: its first argument is a weak reference (Python 3.10 to 3.13)."""
    arguments = getattr(thread, "_args", ())
    pool = arguments[0]() if arguments and isinstance(arguments[0], weakref.ref) else None
    is_known = isinstance(pool, ThreadPoolExecutor) and hasattr(pool, "_max_workers") and hasattr(pool, "_threads")
    return pool if is_known else None


def on_cancel(stop: Callable[[], None]) -> bool:
    """Call `stop` when the engine cancels the run; say whether that could be arranged.

    The SDK's own handler does nothing. The server is found in the frame of `main`, which runs it.
    """
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001 -- no public way
    while frame is not None:
        server = frame.f_locals.get("server")
        if isinstance(server, grpc.Server):
            return _replace_handler(server, _CANCEL, _handler(stop))
        frame = frame.f_back
    return False


def _replace_handler(server: grpc.Server, method: str, handler: Any) -> bool:
    """Put a handler in the place of another; a server that runs takes no new ones in any public way."""
    for generic in getattr(getattr(server, "_state", None), "generic_handlers", ()):
        handlers = getattr(generic, "_method_handlers", {})
        if method in handlers:
            handlers[method] = handler
            return True
    return False


def _handler(stop: Callable[[], None]) -> grpc.RpcMethodHandler[Any, Any]:
    def cancel(_request: Any, _context: grpc.ServicerContext) -> empty_pb2.Empty:
        stop()
        return empty_pb2.Empty()

    # A separate pool (grpc._server, 1.62 to 1.85): Cancel must not wait until a worker of the server's pool is free.
    cancel.experimental_thread_pool = ThreadPoolExecutor(1)  # type: ignore[attr-defined]  # of a function
    return grpc.unary_unary_rpc_method_handler(
        cancel,
        request_deserializer=empty_pb2.Empty.FromString,
        response_serializer=empty_pb2.Empty.SerializeToString,
    )
