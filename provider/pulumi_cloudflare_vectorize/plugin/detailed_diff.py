"""Makes the engine's detailed diff of what the lifecycle found: one entry per property, down to a single metadata index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi.runtime.proto import provider_pb2

from ..lifecycle.context import State
from ..lifecycle.effects import Difference
from ..unknown import UNKNOWN

_Kind = provider_pb2.PropertyDiff.Kind
_ADD: Final = (_Kind.ADD, _Kind.ADD_REPLACE)
_DELETE: Final = (_Kind.DELETE, _Kind.DELETE_REPLACE)
_UPDATE: Final = (_Kind.UPDATE, _Kind.UPDATE_REPLACE)
# A key of a property path that needs no quotes.
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_]\w*")
_MAP: Final = "metadataIndexes"
# A property with one of these values is not set.
_EMPTY: Final[tuple[Any, ...]] = (None, "", False, {})


def diff_response(found: Difference, olds: State, news: State) -> provider_pb2.DiffResponse:
    """Return the response for a difference of outputs (`olds`) and inputs (`news`).

    The kinds are made from the outputs, because the old inputs are empty after a partial creation.
    """
    detailed = {
        path: provider_pb2.PropertyDiff(kind=kinds[property_ in found.replaces], inputDiff=False)
        for property_ in (*found.replaces, *found.updates)
        for path, kinds in _entries(property_, olds, news)
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_NONE if found.is_empty else provider_pb2.DiffResponse.DIFF_SOME,
        replaces=_top_level(found.replaces),
        diffs=_top_level([*found.replaces, *found.updates]),
        detailedDiff=detailed,
        hasDetailedDiff=bool(detailed),
        # An interrupted replacement takes its order from this diff (docs/internals/api-notes.md).
        deleteBeforeReplace=found.same_name,
    )


def _top_level(paths: list[str]) -> list[str]:
    return list(dict.fromkeys(path.partition(".")[0] for path in paths))


def _entries(property_: str, olds: State, news: State) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield each property path of a changed property, with its kind of change (in place, replace)."""
    parent, _, key = property_.rpartition(".")
    if not parent:
        old, new = olds.get(property_), news.get(property_)
        if property_ == _MAP and isinstance(old or {}, Mapping) and isinstance(new or {}, Mapping):
            yield from _entries_of_map(old or {}, new or {})
        else:
            yield property_, _kinds(old, new)
        return
    old, new = olds.get(parent), news.get(parent)
    if UNKNOWN in (old, new):
        yield parent, _UPDATE
    else:
        yield property_, _kinds((old or {}).get(key), (new or {}).get(key))


def _entries_of_map(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key) or new.get(key) is UNKNOWN:
            yield f"{_MAP}{_path_of(key)}", _kinds(old.get(key), new.get(key))


def _path_of(key: str) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f".{key}"
    quoted = key.replace('"', '\\"')
    return f'["{quoted}"]'


def _kinds(old: Any, new: Any) -> tuple[Any, Any]:
    if old in _EMPTY and new not in _EMPTY:
        return _ADD
    return _DELETE if new in _EMPTY and old not in _EMPTY else _UPDATE
