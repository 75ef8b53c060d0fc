"""`UNKNOWN` stands for a value that a preview cannot know yet."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final


class Unknown(Enum):
    """The type of `UNKNOWN`, its one member."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


def contains_unknown(value: object) -> bool:
    """Return whether a value contains `UNKNOWN` at any depth."""
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN
