"""Checks the body of a create. Each rule has the API's own code."""

from __future__ import annotations

import re
from typing import Any

from vectorize_emulator.errors import INDEX_INVALID_CONFIG, INDEX_INVALID_NAME, JSON_UNPARSABLE, ApiError
from vectorize_emulator.parsing.presets import METRICS, PRESETS
from vectorize_emulator.store.indexes import NewIndex

MAX_DIMENSIONS = 1536
MAX_NAME_BYTES = 64
NAME = re.compile(r"[a-z]+[a-z0-9_-]*[a-z0-9]+")


def new_index(body: dict[str, Any], min_dimensions: int) -> NewIndex:
    """Check the body of a create and resolve its preset."""
    name = body.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > MAX_NAME_BYTES:
        raise ApiError(INDEX_INVALID_NAME, name=name if isinstance(name, str) else "")
    description = body.get("description")
    if description is not None and not isinstance(description, str):
        raise ApiError(JSON_UNPARSABLE, detail="description: expected a string")
    dimensions, metric, preset = _config(body.get("config"), min_dimensions)
    return NewIndex(name, description or "", dimensions, metric, preset)


def _config(config: Any, min_dimensions: int) -> tuple[int, str, str | None]:
    if not isinstance(config, dict):
        raise _bad_config("Config must be provided")
    preset = config.get("preset")
    if preset is None:
        return *_shape(config, min_dimensions), None
    if config.get("dimensions") is not None or config.get("metric") is not None:
        raise _bad_config("a preset excludes dimensions and metric")
    if not isinstance(preset, str) or preset not in PRESETS:
        raise _bad_config(f"unknown preset; known: {', '.join(PRESETS)}")
    return *PRESETS[preset], preset


def _shape(config: dict[str, Any], min_dimensions: int) -> tuple[int, str]:
    dimensions, metric = config.get("dimensions"), config.get("metric")
    if not isinstance(dimensions, int) or isinstance(dimensions, bool):
        raise _bad_config("Dimensions must be an integer")
    if not min_dimensions <= dimensions <= MAX_DIMENSIONS:
        raise _bad_config(f"Dimensions must be in range: [{min_dimensions}, {MAX_DIMENSIONS}]")
    if not isinstance(metric, str) or metric not in METRICS:
        raise _bad_config(f"Metric must be one of: {', '.join(METRICS)}")
    return dimensions, metric


def _bad_config(detail: str) -> ApiError:
    return ApiError(INDEX_INVALID_CONFIG, detail=detail)
