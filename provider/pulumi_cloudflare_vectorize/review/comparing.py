"""Compares the two sides of a resource, property by property, by the tables that the provider's own diff walks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..lifecycle.diff import EFFECTS, Effect
from ..lifecycle.metadata_resource import REPLACES
from ..models import UNKNOWN, contains_unknown
from .model import Change, MetadataChange, Side, Step

# Property → whether a change replaces the index. Metadata indexes are compared one by one; the prefix shows in the name.
_INDEX: Final = {
    path: effect is Effect.REPLACES
    for path, effect in EFFECTS.items()
    if effect is not Effect.IGNORED and path not in ("metadataIndexes", "namePrefix")
}
_METADATA_INDEX: Final = dict.fromkeys(REPLACES, True)


def props(side: Side | None) -> Mapping[str, Any]:
    """Return what a side declares, or what was answered where the engine holds no inputs."""
    return (side.inputs or side.outputs) if side else {}


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
        if _is_named(path, step.differing) or (step.old and (contains_unknown([before, after]) or before != after)):
            yield Change(path, before, after, replaces or path in step.replace_reasons)


def _is_named(path: str, differing: tuple[str, ...]) -> bool:
    """Whether the engine says that a property differs, by its own path or by the whole that it is part of."""
    return path in differing or (path.partition(".")[0] in differing and "." not in path)


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
    old, new = _types(props(step.old).get("metadataIndexes")), _types(props(step.new).get("metadataIndexes"))
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
    return {str(name): "not known" if type_ is UNKNOWN else str(type_) for name, type_ in value.items()}
