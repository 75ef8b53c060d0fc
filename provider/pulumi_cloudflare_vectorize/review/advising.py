"""Says what to do instead, in sentences; everything from outside in them is inert. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from .escaping import inert
from .model import Danger, Row

_URN: Final = 1_000  # characters: a URN that was cut is no use
_KEEP_BOTH = (
    "keep the vectors: undo the change, or declare the new index as a second resource, fill it, switch its readers, and remove this"
    " one last"
)

# A preview does not look for drift, so that every repair needs a refresh.
_OF_DRIFT: Final = {
    "create": "find out who deleted it: what `pulumi up --refresh` creates in its place is empty",
    "replace": (
        "to keep what is there now, write it into the program: `pulumi up --refresh` goes back to what the program declares, with a"
        " new and empty index"
    ),
    "update": "`pulumi up --refresh` restores it: a metadata index that is created again finds only vectors written after that",
    "none": "find out who changed it: Pulumi has nothing to change",
}


def advised(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Give every destructive row its advice."""
    found = tuple(rows)
    created = [row for row in found if row.operation == "create"]
    return tuple(replace(row, advice=tuple(_advice(row, created))) for row in found)


def _advice(row: Row, created: list[Row]) -> Iterable[str]:
    if row.is_allowed:
        return
    if row.repair:
        yield _OF_DRIFT[row.repair]
        return
    if row.vectors is not None and row.vectors.count == 0:
        yield "the index holds no vectors, so no data is lost"
        return
    if Danger.DELETED in row.dangers:
        yield from _of_deletion(row, created)
    if Danger.REPLACED in row.dangers:
        yield from _of_replacement(row)
    if Danger.LEFT in row.dangers:
        yield (
            "to keep it managed, declare it with the type `VectorizeIndex` again; to hand it over, remove it with"
            " `retain_on_delete=True` first"
        )
    if Danger.UNPROTECTED in row.dangers:
        yield "put `protect=True` back, or remove it in a separate change, and allow that change"
    if Danger.FORCED in row.dangers:
        yield "`force_destroy=True` lets Pulumi delete vectors: set it only for the change that deletes them"
    if {Danger.METADATA_LOST, Danger.METADATA_RETYPED} & set(row.dangers):
        yield (
            "filters on a lost metadata index find nothing, and a new one finds only vectors written after it: keep it, or plan"
            " to write the vectors again"
        )


def _of_deletion(row: Row, created: list[Row]) -> Iterable[str]:
    twin = next((other for other in created if other.index and other.index == row.index), None)
    alike = [other for other in created if row.likeness and other.likeness == row.likeness]
    if not twin and len(alike) == 1:
        twin = alike[0]
    if twin:
        yield (
            f"`{inert(twin.name)}` declares the same: if the resource was only renamed or moved, set"
            f' `opts=pulumi.ResourceOptions(aliases=["{inert(row.urn, _URN)}"])` there'
        )
        return
    if row.is_left_over:
        yield "an earlier replacement stopped before it deleted this index, and the next `pulumi up` deletes it"
        return
    yield (
        "keep it: put the resource back, or run `pulumi up` with the option `retain_on_delete=True` first, so that the index stays"
        " in the account"
    )


def _of_replacement(row: Row) -> Iterable[str]:
    replacing = [change.path for change in row.changes if change.replaces]
    if not row.is_certain:
        yield (
            "a value is known only while the update runs, and may turn out the same: with a plain value, the review is certain"
        )
    elif row.was_marked:
        yield (
            "it is marked for replacement, by `--replace` or a taint, which"
            f" `pulumi state untaint '{inert(row.urn, _URN)}'` removes"
        )
    elif not replacing:
        yield (
            "no property requires it: a resource that it depends on is replaced, an option such as `replace_on_changes` requires"
            " it, or an interrupted replacement continues"
        )
    elif set(replacing) - {"name"} == {"description"}:
        yield (
            "only the description changes, and the API cannot change it in place: put the old text back, or set the resource option"
            ' `ignore_changes=["description"]`'
        )
    else:
        yield _KEEP_BOTH
    if row.is_kept_too_late:
        yield "`retain_on_delete` has an effect from the next `pulumi up` on: add it in a separate change first"
    if row.order == "create-first" and row.new_index and row.new_index == row.index:
        yield "both indexes have one name, so the creation is refused: to replace the index, set `delete_before_replace=True`"
    if row.index and row.new_index not in ("", row.index):
        yield "bind everything that uses the old name, such as a Worker, to the new name"
