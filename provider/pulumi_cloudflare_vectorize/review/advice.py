"""Adds advice to every destructive row: what the user can do instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from .models import Danger, Fact, Operation, Repair, Row
from .text import MAX_URN, Code, Text

_KEEP_BOTH: Final = (
    "to keep the vectors, undo the change, or declare the new index as a second resource, fill it, switch its readers, and then "
    "remove this one"
)
_KEEP_FILTERS: Final = (
    "filters on a lost metadata index find nothing, and a new one finds only vectors that are written after it. Keep it, or plan "
    "to write the vectors again"
)
_REFRESH: Final = Code("pulumi up --refresh")
# A preview does not check for drift, so every repair needs a refresh.
_DRIFT: Final[dict[Repair, Text]] = {
    Repair.CREATE: ("find out who deleted it. The index that ", _REFRESH, " creates is empty"),
    Repair.REPLACE: (
        "to keep what exists now, declare it in the program. ",
        _REFRESH,
        " restores the declared shape with a new and empty index",
    ),
    Repair.UPDATE: (
        _REFRESH,
        " restores it. A recreated metadata index finds only vectors that are written after that",
    ),
    Repair.NONE: ("find out who changed it. Pulumi has nothing to change",),
}


def add_advice(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Add advice to every destructive row that is not allowed."""
    found = tuple(rows)
    created = [row for row in found if row.operation is Operation.CREATE]
    return tuple(replace(row, advice=tuple(_advice(row, created))) for row in found)


def _advice(row: Row, created: list[Row]) -> Iterable[Text]:
    if row.is_allowed:
        return
    if row.repair:
        yield _DRIFT[row.repair]
        return
    if row.is_known_to_be_empty:
        yield ("the index contains no vectors, so no data is lost",)
        return
    dangers = set(row.dangers)
    if Danger.DELETED in dangers:
        yield _for_deletion(row, created)
    if Danger.REPLACED in dangers:
        yield from _for_replacement(row)
    if Danger.LEFT in dangers:
        yield (
            "to keep it managed, declare it with the type ",
            Code("VectorizeIndex"),
            " again. To hand it over, first remove it with ",
            Code(row.terms.retain_on_delete),
        )
    if Danger.UNPROTECTED in dangers:
        yield ("set ", Code(row.terms.protect), " again, or remove it in a separate change and allow that change")
    if Danger.FORCED in dangers:
        yield (
            Code(row.terms.force_destroy),
            " lets Pulumi delete vectors. Set it only for the change that deletes them",
        )
    if {Danger.METADATA_LOST, Danger.METADATA_RETYPED} & dangers:
        yield (_KEEP_FILTERS,)


def _for_deletion(row: Row, created: list[Row]) -> Text:
    renamed = _renamed(row, created)
    if renamed:
        return (
            Code(renamed.name),
            " declares the same index. If you only renamed or moved the resource, set ",
            Code(renamed.terms.alias.format(urn=row.urn), MAX_URN),
            " there",
        )
    if Fact.SUPERSEDED in row.facts:
        return (
            "an earlier replacement stopped before it deleted this index. The next ",
            Code("pulumi up"),
            " deletes it",
        )
    return (
        "to keep it, declare the resource again. To keep it unmanaged, run ",
        Code("pulumi up"),
        " with the resource option ",
        Code(row.terms.retain_on_delete),
        " first. The index then stays in the account",
    )


def _renamed(row: Row, created: list[Row]) -> Row | None:
    """Return the created row that probably is this resource under another name or parent."""
    same_name = next((other for other in created if other.index and other.index == row.index), None)
    alike = [other for other in created if row.shape_key and other.shape_key == row.shape_key]
    return same_name or (alike[0] if len(alike) == 1 else None)


def _for_replacement(row: Row) -> Iterable[Text]:
    yield _for_its_reason(row)
    if Fact.RETAINED_TOO_LATE in row.facts:
        yield (
            Code(row.terms.retain_on_delete_name),
            " takes effect with the ",
            Code("pulumi up"),
            " after this one. Add it in a separate change first",
        )
    if row.order == "create-first" and row.new_index and row.new_index == row.index and not _changes_account(row):
        yield (
            "both indexes have the same name, so the creation is refused. To replace the index, set ",
            Code(row.terms.delete_before_replace),
        )
    if row.index and row.new_index not in ("", row.index):
        yield ("use the new name wherever the old one is used, such as in the binding of a Worker",)


def _changes_account(row: Row) -> bool:
    return any(change.path == "accountId" for change in row.changes)


def _for_its_reason(row: Row) -> Text:
    """Return what the user can do about the reason of a replacement."""
    replacing = {change.path for change in row.changes if change.replaces}
    if not row.is_certain:
        return (
            "a value is known only during the update, and may turn out to be the same. With a plain value, the review is certain",
        )
    if Fact.MARKED in row.facts:
        return (
            "it is marked for replacement, by ",
            Code("--replace"),
            " or by a taint. ",
            Code(f"pulumi state untaint '{row.urn}'", MAX_URN),
            " removes a taint",
        )
    if not replacing:
        return (
            "no property requires it. A resource that it depends on is replaced, an option such as ",
            Code(row.terms.replace_on_changes_name),
            " requires it, or an interrupted replacement continues",
        )
    if replacing - {"name"} == {"description"}:
        return (
            "only the description changes, and the API cannot change it. Restore the old text, or set the resource option ",
            Code(row.terms.ignore_description),
        )
    return (_KEEP_BOTH,)
