"""The generated name of an index: it stays until the index has to be replaced."""

from __future__ import annotations

from typing import Any

from ...unknown import UNKNOWN, contains_unknown
from ..context import State
from ..inputs import resolved_shape
from ..naming import generated_name, is_generation_of


def current_name(prefix: str, olds: State, inputs: State) -> Any:
    """Return the name that the index has if it may stay. Otherwise return the name of a new generation, or UNKNOWN.

    The diff decides whether it stays, because the diff has the shape that the API returned. If it does not stay, the engine checks
    the inputs again without `olds`, and gets the name of the new generation.
    """
    new_name = generation_name(prefix, inputs)
    name = olds.get("name")
    is_kept = (
        isinstance(name, str) and is_generation_of(prefix, name) and new_name is not UNKNOWN and _may_stay(olds, inputs)
    )
    return name if is_kept else new_name


def generation_name(prefix: str, inputs: State) -> Any:
    """Generate the name for the inputs that cannot change in place. UNKNOWN while one of them is."""
    immutable = [inputs.get("accountId") or "", _shape_key(inputs.get("config") or {}), inputs.get("description") or ""]
    return UNKNOWN if contains_unknown(immutable) else generated_name(prefix, immutable)


def _shape_key(config: Any) -> Any:
    """Return the shape of a config if it is known without a request. Otherwise return the config itself."""
    if contains_unknown(config):
        return UNKNOWN
    shape = resolved_shape(config)
    return config if None in shape else list(shape)


def _may_stay(olds: State, inputs: State) -> bool:
    """Return whether two declarations can mean one index. Only the API may know the metric of a preset."""
    if olds.get("accountId") != inputs["accountId"] or (olds.get("description") or "") != inputs["description"]:
        return False
    old, new = resolved_shape(olds.get("config") or {}), resolved_shape(inputs["config"])
    return all(one in (None, other) or other is None for one, other in zip(old, new, strict=True))
