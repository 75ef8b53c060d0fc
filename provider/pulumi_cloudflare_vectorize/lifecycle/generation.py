"""The name of a generation: what an index without a given name is called, for as long as it need not be replaced. Pure."""

from __future__ import annotations

from typing import Any

from ..declared import resolved_shape
from ..models import UNKNOWN, contains_unknown
from ..naming import generated_name, is_generation_of
from .operation import State


def current_name(prefix: str, olds: State, inputs: State) -> Any:
    """Return the name that the index has already, where it may stay, else that of a new generation, or UNKNOWN.

    Whether it stays is for diff to decide, which knows the shape that the API answered. If not, the engine checks the inputs
    once more, without `olds`, and so gets the name of the new generation.
    """
    made = generation_name(prefix, inputs)
    name = olds.get("name")
    is_kept = (
        isinstance(name, str) and is_generation_of(prefix, name) and made is not UNKNOWN and _may_stay(olds, inputs)
    )
    return name if is_kept else made


def generation_name(prefix: str, inputs: State) -> Any:
    """Make the name of the generation that the immutable inputs define, or UNKNOWN while one of them is."""
    immutable = [inputs.get("accountId") or "", _shape_key(inputs.get("config") or {}), inputs.get("description") or ""]
    return UNKNOWN if contains_unknown(immutable) else generated_name(prefix, immutable)


def _shape_key(config: Any) -> Any:
    """What of a config makes a generation: its resolved shape where that is known offline, else the config itself."""
    if contains_unknown(config):
        return UNKNOWN
    shape = resolved_shape(config)
    return config if None in shape else list(shape)


def _may_stay(olds: State, inputs: State) -> bool:
    """Whether two declarations can mean one index: a preset's metric may be known to the API alone."""
    if olds.get("accountId") != inputs["accountId"] or (olds.get("description") or "") != inputs["description"]:
        return False
    old, new = resolved_shape(olds.get("config") or {}), resolved_shape(inputs["config"])
    return all(one in (None, other) or other is None for one, other in zip(old, new, strict=True))
