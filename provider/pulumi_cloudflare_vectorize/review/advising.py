"""Says what to do instead, in sentences; everything from outside in them is inert. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from .escaping import inert
from .model import Danger, Row

_KEEP_BOTH = (
    "keep the vectors: undo the change; or declare the new index as another resource beside this one, fill it, move its readers,"
    " and remove this one last"
)

_OF_DRIFT: Final = {
    "create": "find out who deleted it: what `pulumi up` creates in its place is empty, and has to be written anew",
    "replace": (
        "to keep what is there now, write it into the program; `pulumi up` would go back to what the program says, with a new and"
        " empty index"
    ),
    "update": "`pulumi up` puts it back; a metadata index that is made again finds only vectors written after that",
    "none": "find out who did it: Pulumi sees no difference, but what it held before is gone",
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
        yield "it holds no vectors, so that nothing is lost: `--allow-empty` lets it pass"
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
        yield "put `protect=True` back; if it is to go, let it go in a change of its own, and allow that one"
    if Danger.FORCED in row.dangers:
        yield "`force_destroy=True` lets Pulumi destroy vectors: leave it off until the change that is to destroy them"
    if {Danger.METADATA_LOST, Danger.METADATA_RETYPED} & set(row.dangers):
        yield (
            "filters on a metadata index that goes find nothing any more, and a new one finds only vectors written after it:"
            " plan to write the vectors again, or keep it"
        )


def _of_deletion(row: Row, created: list[Row]) -> Iterable[str]:
    twin = next((other for other in created if other.index and other.index == row.index), None)
    alike = [other for other in created if row.likeness and other.likeness == row.likeness]
    if not twin and len(alike) == 1:
        twin = alike[0]
    if twin:
        name = inert(row.name)
        yield (
            f"`{inert(twin.name)}` declares the same: if it was only renamed or moved, say so with"
            f' `opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="{name}")])`'
        )
        return
    if row.is_left_over:
        yield "an earlier replacement stopped before it deleted this one, and the next `pulumi up` does"
        return
    yield (
        "keep it: put the resource back; or run `pulumi up` with `retain_on_delete=True` in its options first, which leaves the"
        " index in the account"
    )


def _of_replacement(row: Row) -> Iterable[str]:
    replacing = [change.path for change in row.changes if change.replaces]
    if not row.is_certain:
        yield (
            "a value is known only while the update runs, and may turn out the same: give a plain value, and the review can tell"
        )
    elif row.was_marked:
        yield "it was marked for replacement (`--replace`, or a taint, which `pulumi state untaint` takes off)"
    elif not replacing:
        yield (
            "no property asks for it: it goes along with something that it depends on, an option asks for it, or a replacement that"
            " was interrupted goes on"
        )
    elif set(replacing) - {"name"} == {"description"}:
        yield (
            "only the description changes, and the API cannot change it in place: put the old text back, or add"
            ' `ignore_changes=["description"]` to the resource\'s options'
        )
    else:
        yield _KEEP_BOTH
    if row.is_kept_too_late:
        yield "`retain_on_delete` counts from the next `pulumi up` on: add it in a change of its own first"
    if row.order == "create-first" and row.new_index and row.new_index == row.index:
        yield "both have one name, so that the creation is refused: `delete_before_replace=True` in its options means it"
    if row.index and row.new_index not in ("", row.index):
        yield "whatever is bound to the old name, such as a Worker, has to be pointed at the new one"
