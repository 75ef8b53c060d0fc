"""Translates between the protobuf structs of the engine and the values of the lifecycle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

from ..unknown import UNKNOWN

# Pulumi's wire format: an unknown text, number, list or object, and the keys of a wrapped value
# (pulumi/pulumi sdk/go/common/resource/plugin/rpc.go and resource/sig, read 2026-11).
_UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_TEXTS: Final = frozenset(
    {
        _UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # an array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET_KIND: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 -- Pulumi's marker of a secret
_OUTPUT_KIND: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return properties without hidden keys and nulls, with whole numbers as int and unknown values as `UNKNOWN`."""
    return {
        key: value
        for key, item in struct.fields.items()
        if not key.startswith("__") and (value := _from_value(item)) is not None
    }


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return a struct of properties. `UNKNOWN` is the engine's unknown text."""
    return struct_pb2.Struct(fields={key: _to_value(value) for key, value in properties.items()})


def secret(value: str) -> dict[str, str]:
    """Wrap a text, so that the engine stores it encrypted."""
    return {_SIGNATURE: _SECRET_KIND, "value": value}


def _from_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _from_object(value.struct_value)
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWN_TEXTS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def _from_object(struct: struct_pb2.Struct) -> Any:
    """Return an object, or what a wrapped value contains. An engine wraps none, because the handshake does not accept it."""
    signature = struct.fields[_SIGNATURE].string_value if _SIGNATURE in struct.fields else ""
    if signature in (_SECRET_KIND, _OUTPUT_KIND):
        return _from_value(struct.fields["value"]) if "value" in struct.fields else UNKNOWN
    return {key: _from_value(item) for key, item in struct.fields.items()}


def _to_value(value: Any) -> struct_pb2.Value:
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=_UNKNOWN_TEXT)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=to_struct(value))
    if isinstance(value, (list, tuple)):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_to_value(item) for item in value]))
    fields = {bool: "bool_value", str: "string_value", int: "number_value", float: "number_value"}
    field = fields.get(type(value))
    return struct_pb2.Value(**{field: value}) if field else struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
