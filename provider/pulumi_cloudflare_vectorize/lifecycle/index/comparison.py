"""The table of what a change of each property does, and the comparison of a state with inputs that uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ...unknown import UNKNOWN, contains_unknown
from ..context import State
from ..effects import Difference, Effect
from .generated_name import generation_name
from .state import effective_shape

# The v2 API has no update, so nothing that it stores can change in place (docs/internals/api-notes.md).
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


def compare(olds: State, news: State) -> Difference:
    """Compare a state with canonical inputs. An unknown value counts as changed.

    The engine swaps the two sides in a refresh. The differences are the same either way.
    """
    changed = [path for path, effect in EFFECTS.items() if effect is not Effect.IGNORED and _differs(path, olds, news)]
    is_same_shape = _has_same_shape(olds, news)
    replaces = [
        path
        for path in changed
        if EFFECTS[path] is Effect.REPLACES and not (is_same_shape and path.startswith("config."))
    ]
    updates = [path for path in changed if path not in replaces]
    name = _name_of_replacement(news) if replaces else _value("name", news)
    is_unfinished = bool(olds.get("unconfirmedMetadataIndexes"))
    return Difference(replaces, updates, _value("name", olds) == name != UNKNOWN, is_unfinished)


def _name_of_replacement(news: State) -> Any:
    """Return the name that a replacement will have. A generated name is generated again for it."""
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
    """Return a property. None, "" and an absent key are the same."""
    parent, _, key = path.rpartition(".")
    owner: Any = state.get(parent) if parent else state
    if owner is UNKNOWN:
        return UNKNOWN
    value = owner.get(key) if isinstance(owner, Mapping) else None
    if value is None:
        return _DEFAULTS.get(path, str)()
    return value


def _has_same_shape(olds: State, news: State) -> bool:
    """Return whether both sides declare the same dimensions and metric, in either form."""
    old_config, new_config = olds.get("config") or {}, news.get("config") or {}
    if contains_unknown(old_config) or contains_unknown(new_config):
        return False
    if old_config == new_config:
        return True
    old, new = effective_shape(olds), effective_shape(news)
    return old == new and None not in old
