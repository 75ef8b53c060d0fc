"""The state of an index: outputs and inputs, made from a declaration and the API's response (docs/internals/state.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...api.models import Index, Shape
from ..context import State
from ..inputs import IndexInputs, parse_inputs, resolved_shape

# The keys of canonical inputs, from the model that checks them.
INPUT_KEYS: Final = tuple(field.alias or name for name, field in IndexInputs.model_fields.items())


def inputs_of(state: State) -> dict[str, Any]:
    """Return complete, canonical inputs from a state, with the default of every key that it lacks."""
    present = {key: state[key] for key in INPUT_KEYS if state.get(key) is not None}
    return parse_inputs(IndexInputs, {"config": {}, **present})[0] or present


def outputs_of(inputs: State, index: Index, metadata: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Make the outputs: every input, and what the API returned.

    Args:
        inputs: canonical.
        index: the API's response.
        metadata: the live metadata indexes if they were read. Otherwise the declared ones count as live.
    """
    declared = inputs["metadataIndexes"]
    live = declared if metadata is None else metadata
    preset = inputs["config"].get("preset") or index.config.preset
    return {
        **inputs,
        "name": index.name,
        "description": index.description_or(inputs["description"]),
        "dimensions": index.config.dimensions,
        "metric": index.config.metric,
        "preset": preset,
        "metadataIndexes": {name: type_ for name, type_ in live.items() if name in declared},
        "unmanagedMetadataIndexes": {name: type_ for name, type_ in live.items() if name not in declared},
        "createdOn": index.created_on,
        "modifiedOn": index.modified_on,
    }


def planned_outputs(inputs: State) -> dict[str, Any]:
    """Return the outputs that a preview of a creation knows: every input, and the shape if the declaration determines it."""
    config = inputs["config"]
    shape = resolved_shape(config) if isinstance(config, Mapping) else Shape(None, None)
    known = {"dimensions": shape.dimensions, "metric": shape.metric}
    return {**inputs, **{key: value for key, value in known.items() if value is not None}}


def planned_update(olds: State, inputs: State) -> dict[str, Any]:
    """Return the outputs that a preview of an update knows."""
    kept = ("dimensions", "metric", "createdOn", "modifiedOn")
    return {**planned_outputs(inputs), **{key: olds[key] for key in kept if olds.get(key)}}


def effective_shape(state: State) -> Shape:
    """Return the shape in a state: what the API returned if that is there, or what the declaration resolves to."""
    if state.get("dimensions") and state.get("metric"):
        return Shape(state["dimensions"], state["metric"])
    config = state.get("config")
    return resolved_shape(config if isinstance(config, Mapping) else {})


def fits(wanted: Shape, live: Shape) -> bool:
    """Return whether a live shape is the wanted one, as far as that is known."""
    return wanted.dimensions in (None, live.dimensions) and wanted.metric in (None, live.metric)


def is_as_declared(inputs: State, index: Index) -> bool:
    """Return whether a live index has the declared shape and description."""
    is_described = index.description_or(inputs["description"]) == inputs["description"]
    return is_described and fits(resolved_shape(inputs["config"]), index.shape)
