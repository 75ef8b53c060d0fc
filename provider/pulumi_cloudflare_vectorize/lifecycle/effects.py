"""What a change of a property does, and the result of a diff."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Effect(Enum):
    """What a change of a property does."""

    REPLACES = "replaces the index"
    IN_PLACE = "updates the state only"
    IGNORED = "set by the API"


@dataclass(frozen=True)
class Difference:
    """The properties that replace the resource, and those that change in place.

    `same_name` is true if the new index would have the name of the old one. `is_unfinished` marks a state that an update has to
    finish although no input differs.
    """

    replaces: list[str]
    updates: list[str]
    same_name: bool
    is_unfinished: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.replaces or self.updates or self.is_unfinished)
