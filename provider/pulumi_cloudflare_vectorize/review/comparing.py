"""Compares the two sides of a resource, property by property, by the tables that the provider's own diff walks. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..lifecycle.diff import EFFECTS, Effect
from ..lifecycle.metadata_resource import REPLACES
from ..models import UNKNOWN, contains_unknown
from .escaping import SECRET
from .model import Change, MetadataChange, Side, Step

# Property → whether a change replaces the index. Metadata indexes are compared one by one; the prefix shows in the name.
_INDEX: Final = {
    path: effect is Effect.REPLACES
    for path, effect in EFFECTS.items()
    if effect is not Effect.IGNORED and path not in ("metadataIndexes", "namePrefix")
}
NOT_KNOWN: Final = "not known"
_METADATA_INDEX: Final = dict.fromkeys(REPLACES, True)


def props(side: Side | None) -> Mapping[str, Any]:
    """Return what a side declares, or what was answered where the engine holds no inputs."""
    return (side.inputs or side.outputs) if side else {}


def likeness(side: Side | None) -> str:
    """Put all that makes an index, but for its name, into one text."""
    held = props(side)
    return json.dumps([held.get(key) for key in ("accountId", "config", "description", "metadataIndexes")], default=str)


def index_changes(step: Step) -> tuple[Change, ...]:
    """Compare an index with what it was."""
    return tuple(_changes(step, _INDEX))


def metadata_index_changes(step: Step) -> tuple[Change, ...]:
    """Compare a metadata index of its own with what it was."""
    return tuple(_changes(step, _METADATA_INDEX))


def _changes(step: Step, table: Mapping[str, bool]) -> Iterable[Change]:
    old, new = props(step.old), props(step.new)
    for path, replaces in table.items():
        before = _value(path, old) if step.old else UNKNOWN
        after = _value(path, new)
        if _differs(path, step, before, after) and not (path == "name" and _is_generated(old, new)):
            yield Change(path, before, after, replaces or path in step.replace_reasons)


def _differs(path: str, step: Step, before: Any, after: Any) -> bool:
    """Whether two values differ, or are said to: a secret hides that it does, and a saved plan holds no old values."""
    if not step.old:
        return path.partition(".")[0] in step.differing and after is not None
    return path in step.differing or contains_unknown([before, after]) or before != after


def _is_generated(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a name only follows from what else has changed."""
    return bool(new.get("namePrefix")) and old.get("namePrefix", new["namePrefix"]) == new["namePrefix"]


def _value(path: str, state: Mapping[str, Any]) -> Any:
    """Return a property by its path; None for an absent or empty one."""
    value: Any = state
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return value or None
        value = value.get(key)
    return None if value == "" else value


def metadata_changes(step: Step, *, goes_away: bool = False) -> tuple[MetadataChange, ...]:
    """Compare the metadata indexes inside an index; where the index itself goes, those go too that nobody declares."""
    old = _types(props(step.old).get("metadataIndexes"))
    declared = props(step.new).get("metadataIndexes")
    new = dict.fromkeys(old, NOT_KNOWN) if declared in (UNKNOWN, SECRET) else _types(declared)
    found = [
        MetadataChange(name, old.get(name, ""), new.get(name, ""))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name) and step.old
    ]
    if goes_away and step.old:
        unmanaged = _types(step.old.outputs.get("unmanagedMetadataIndexes"))
        found += [MetadataChange(name, type_, "", is_managed=False) for name, type_ in unmanaged.items()]
    return tuple(found)


def _types(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {str(name): NOT_KNOWN if type_ is UNKNOWN else str(type_) for name, type_ in value.items()}
