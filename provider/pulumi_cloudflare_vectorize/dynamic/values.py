"""Translates between the values of Pulumi's SDK and those of the lifecycle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from ..unknown import UNKNOWN

# Where Pulumi stores the provider of a dynamic resource, in its inputs and its state.
PROVIDER_KEY: Final = "__provider"


def from_sdk(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties without hidden keys, with whole numbers as int and unknown values as `UNKNOWN`."""
    return {key: _value_from_sdk(value) for key, value in props.items() if not key.startswith("__")}


def to_sdk(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties with the SDK's unknown values."""
    return {key: _value_to_sdk(value) for key, value in inputs.items()}


def _value_from_sdk(value: Any) -> Any:
    if isinstance(value, pulumi.output.Unknown) or value == pulumi.runtime.rpc.UNKNOWN:
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _value_from_sdk(item) for key, item in value.items()}
    return [_value_from_sdk(item) for item in value] if isinstance(value, list) else value


def _value_to_sdk(value: Any) -> Any:
    if value is UNKNOWN:
        return pulumi.output.Unknown()  # type: ignore[no-untyped-call]  # the SDK has no types here
    if isinstance(value, Mapping):
        return {key: _value_to_sdk(item) for key, item in value.items()}
    return value
