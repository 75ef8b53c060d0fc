"""diff: what a change of each property means, as one table, and the walk over it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ..models import UNKNOWN, contains_unknown
from .generation import generation_name
from .operation import State
from .state import effective_shape


class Effect(Enum):
    """What a change of a property does."""

    REPLACES = "replaces the index"
    IN_PLACE = "updates the state only"
    IGNORED = "is the API's own"


# The v2 API has no update, so whatever it stores cannot be changed in place (docs/api-notes.md).
EFFECTS: Final[dict[str, Effect]] = {
    "accountId": Effect.REPLACES,
    "name": Effect.REPLACES,
    "description": Effect.REPLACES,
    "config.dimensions": Effect.REPLACES,
    "config.metric": Effect.REPLACES,
    "config.preset": Effect.REPLACES,
    "namePrefix": Effect.IN_PLACE,
    "metadataIndexes": Effect.IN_PLACE,
    "forceDestroy": Effect.IN_PLACE,
    "adopt": Effect.IN_PLACE,
    "retainOnDelete": Effect.IN_PLACE,
    "dimensions": Effect.IGNORED,
    "metric": Effect.IGNORED,
    "preset": Effect.IGNORED,
    "unmanagedMetadataIndexes": Effect.IGNORED,
    "unconfirmedMetadataIndexes": Effect.IGNORED,
    "createdOn": Effect.IGNORED,
    "modifiedOn": Effect.IGNORED,
}


@dataclass(frozen=True)
class Difference:
    """Which properties replace the index, which change in place, and whether a new index would have the name of the old one.

    `is_unfinished` marks a state that an update has to finish although no input differs.
    """

    replaces: list[str]
    updates: list[str]
    same_name: bool
    is_unfinished: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.replaces or self.updates or self.is_unfinished)


def diff(olds: State, news: State) -> Difference:
    """Compare a state with canonical inputs; an unknown value counts as changed.

    The engine swaps the roles in a refresh, so the same two sides give the same differences either way.
    """
    changed = [path for path, effect in EFFECTS.items() if effect is not Effect.IGNORED and _differs(path, olds, news)]
    if _has_same_shape(olds, news):
        replaces = [path for path in changed if EFFECTS[path] is Effect.REPLACES and not path.startswith("config.")]
    else:
        replaces = [path for path in changed if EFFECTS[path] is Effect.REPLACES]
    updates = [path for path in changed if path not in replaces]
    name = _name_of_a_new_one(news) if replaces else _value("name", news)
    is_unfinished = bool(olds.get("unconfirmedMetadataIndexes"))
    return Difference(replaces, updates, _value("name", olds) == name != UNKNOWN, is_unfinished)


def _name_of_a_new_one(news: State) -> Any:
    """Return the name that a replacement will have: a generated one is made anew for it."""
    prefix = _value("namePrefix", news)
    return generation_name(prefix, news) if prefix and isinstance(prefix, str) else _value("name", news)


def _differs(path: str, olds: State, news: State) -> bool:
    old, new = _value(path, olds), _value(path, news)
    return contains_unknown(old) or old != new


_DEFAULTS: Final[dict[str, Callable[[], Any]]] = {
    "forceDestroy": bool,
    "adopt": bool,
    "retainOnDelete": bool,
    "metadataIndexes": dict,
}


def _value(path: str, state: State) -> Any:
    """Return a property, taking None, "" and an absent key for the same."""
    holder, _, key = path.rpartition(".")
    owner: Any = state.get(holder) if holder else state
    if owner is UNKNOWN:
        return UNKNOWN
    value = owner.get(key) if isinstance(owner, Mapping) else None
    if value is None:
        return _DEFAULTS.get(path, str)()
    return value


def _has_same_shape(olds: State, news: State) -> bool:
    """Whether both sides ask for the same dimensions and metric, however they say it."""
    old_config, new_config = olds.get("config") or {}, news.get("config") or {}
    if contains_unknown(old_config) or contains_unknown(new_config):
        return False
    if old_config == new_config:
        return True
    old, new = effective_shape(olds), effective_shape(news)
    return old == new and None not in old
