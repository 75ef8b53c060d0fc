"""Ends a call of the engine with an error of one line, and with the state of a partially created resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn

import grpc
from google.protobuf import any_pb2, descriptor_pool, message_factory, struct_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2

from .errors import PartialResultError, VectorizeError

# A status with details must have the code of the call. The SDK's dynamic server ends every failed call with this one.
_CODE: Final = grpc.StatusCode.UNKNOWN
_DETAILS_KEY: Final = "grpc-status-details-bin"


def abort(grpc_context: grpc.ServicerContext, request: Any, error: VectorizeError) -> NoReturn:
    """End a call. With a partial result, the status contains `ErrorResourceInitFailed`, so that the engine stores the result."""
    # A name from outside may contain line breaks.
    text = " ".join(str(error).splitlines())
    grpc_context.set_trailing_metadata(((_DETAILS_KEY, _status(error, text, request).SerializeToString()),))
    grpc_context.abort(_CODE, text)


def _status(error: VectorizeError, text: str, request: Any) -> Message:
    details = [_packed(_init_failed(error, text, request))] if isinstance(error, PartialResultError) else []
    status: Message = _status_class()(code=_CODE.value[0], message=text, details=details)
    return status


def _status_class() -> Any:
    """Return the message class of google.rpc.Status. Two packages register that name, and importing both fails."""
    pool = descriptor_pool.Default()
    try:
        descriptor = pool.FindMessageTypeByName("google.rpc.Status")
    except KeyError:
        from pulumi.runtime.proto import status_pb2  # noqa: F401, PLC0415 -- registers the name

        descriptor = pool.FindMessageTypeByName("google.rpc.Status")
    return message_factory.GetMessageClass(descriptor)


def _init_failed(error: PartialResultError, text: str, request: Any) -> Message:
    inputs = request.properties if hasattr(request, "properties") else request.news  # a create, or an update
    return provider_pb2.ErrorResourceInitFailed(
        id=error.id,
        properties=_struct({**error.outputs, **{key: inputs[key] for key in inputs if key.startswith("__")}}),
        inputs=inputs,
        reasons=[text],
    )


def _packed(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct
