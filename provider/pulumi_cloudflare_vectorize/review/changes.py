"""Compares the two sides of a step once, property by property, with the tables of the provider's own diff."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..lifecycle.effects import Effect
from ..lifecycle.index.comparison import EFFECTS
from ..lifecycle.metadata_index.state import REPLACES
from ..unknown import UNKNOWN, contains_unknown
from .models import Change, MetadataChange, Side, Step
from .text import SECRET

# Property → whether a change replaces the index. Metadata indexes are compared one by one, and the prefix is part of the name.
_INDEX: Final = {
    path: effect is Effect.REPLACES
    for path, effect in EFFECTS.items()
    if effect is not Effect.IGNORED and path not in ("metadataIndexes", "namePrefix")
}
_METADATA_INDEX: Final = dict.fromkeys(REPLACES, True)
NOT_KNOWN: Final = "not known"


@dataclass(frozen=True)
class Comparison:
    """What differs between the two sides of a step.

    - `metadata`: the metadata indexes under `metadata_indexes` that are added, lost or retyped.
    - `unmanaged`: the metadata indexes that nothing declares. They are lost if the index is.
    - `hides_metadata`: metadata indexes differ, and the input does not show which.
    """

    changes: tuple[Change, ...]
    metadata: tuple[MetadataChange, ...] = ()
    unmanaged: tuple[MetadataChange, ...] = ()
    hides_metadata: bool = False

    @property
    def loses_metadata(self) -> bool:
        """Whether a metadata index is lost, or may be."""
        return self.hides_metadata or any(change.old and not change.new for change in self.metadata)

    @property
    def retypes_metadata(self) -> bool:
        """Whether a metadata index gets another type."""
        return any(change.old and change.new for change in self.metadata)

    @property
    def replaces(self) -> bool:
        """Whether a property differs that replaces the resource."""
        return any(change.replaces for change in self.changes)


def compare(step: Step) -> Comparison:
    """Compare an index, or a separate metadata index, with what it was."""
    if step.kind != "index":
        return Comparison(tuple(_changes(step, _METADATA_INDEX)))
    unmanaged = _types(step.old.outputs.get("unmanagedMetadataIndexes")) if step.old else {}
    return Comparison(
        changes=tuple(_changes(step, _INDEX)),
        metadata=tuple(_metadata_changes(step)),
        unmanaged=tuple(MetadataChange(name, type_, "", is_managed=False) for name, type_ in unmanaged.items()),
        hides_metadata=_hides_metadata(step),
    )


def shape_key(side: Side | None) -> str:
    """Return everything that an index declares except its name, as one text."""
    declared = side.declared if side else {}
    return json.dumps(
        [declared.get(key) for key in ("accountId", "config", "description", "metadataIndexes")], default=str
    )


def _changes(step: Step, table: Mapping[str, bool]) -> Iterable[Change]:
    old, new = step.old_declared, step.new_declared
    for path, replaces in table.items():
        before = _value(path, old) if step.old else UNKNOWN
        after = _value(path, new)
        if _differs(path, step, before, after) and not (path == "name" and _is_generated(old, new)):
            yield Change(path, before, after, replaces or path in step.replace_reasons)


def _differs(path: str, step: Step, before: Any, after: Any) -> bool:
    """Return whether two values differ, or whether the engine reports it: a secret hides it, and a saved plan has no old values."""
    if not step.old:
        return path.partition(".")[0] in step.differing and after is not None
    return path in step.differing or contains_unknown([before, after]) or before != after


def _is_generated(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a name only follows from other changes."""
    return bool(new.get("namePrefix")) and old.get("namePrefix", new["namePrefix"]) == new["namePrefix"]


def _value(path: str, state: Mapping[str, Any]) -> Any:
    """Return a property by its path. None if it is absent or empty."""
    value: Any = state
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return value or None
        value = value.get(key)
    return None if value == "" else value


def _metadata_changes(step: Step) -> Iterable[MetadataChange]:
    if not step.old:
        return
    old = _types(step.old_declared.get("metadataIndexes"))
    declared = step.new_declared.get("metadataIndexes")
    new = dict.fromkeys(old, NOT_KNOWN) if declared in (UNKNOWN, SECRET) else _types(declared)
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield MetadataChange(name, old.get(name, ""), new.get(name, ""))


def _hides_metadata(step: Step) -> bool:
    """Return whether metadata indexes differ without a sign of which: in a saved plan, or if they were a secret."""
    is_hidden = step.old is None or step.old_declared.get("metadataIndexes") == SECRET
    return is_hidden and "metadataIndexes" in step.differing


def _types(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {str(name): NOT_KNOWN if type_ is UNKNOWN else str(type_) for name, type_ in value.items()}
