"""One call of the engine, without the values of the resource."""

from __future__ import annotations

from typing import NamedTuple


class Operation(NamedTuple):
    """One call of the engine: the URN of the resource, and its `customTimeouts` in seconds. 0 if it has none."""

    urn: str = ""
    timeout_s: float = 0.0
