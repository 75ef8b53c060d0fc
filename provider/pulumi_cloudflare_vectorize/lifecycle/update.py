"""update: options that the API never sees, metadata indexes, and the rest of a creation that was cut short."""

from __future__ import annotations

from typing import Any

from . import metadata
from .create import bring_about
from .identity import parse_time_s
from .operation import Operation, State
from .state import inputs_of


def update(operation: Operation, olds: State, news: State) -> dict[str, Any]:
    """Return the full outputs of an index that changed in place; sends nothing unless its metadata indexes did.

    A state without `createdOn` is half a creation (see `PartialCreateError`): it is finished here.

    Raises:
        RefusedError: the metadata indexes that are there do not allow what is declared; nothing was sent.
        DeadlineError: a metadata index did not show, or go, in time; the next `up` goes on.
    """
    if not olds.get("createdOn"):
        return bring_about(operation, news, resumed_since_s=parse_time_s(str(olds.get("requestedOn") or "")))
    operation.memory.note_made(news["accountId"], news["name"])
    kept = ("dimensions", "metric", "unmanagedMetadataIndexes", "createdOn", "modifiedOn")
    outputs = {**inputs_of(news), **{key: olds.get(key) for key in kept}, "preset": news["config"].get("preset", "")}
    before, wanted = olds.get("metadataIndexes") or {}, news["metadataIndexes"]
    if before == wanted:
        return {**outputs, "unmanagedMetadataIndexes": olds.get("unmanagedMetadataIndexes") or {}}
    parent = metadata.Parent(news["accountId"], news["name"])
    live = metadata.reconcile(operation.for_metadata_indexes(), parent, wanted, before)
    unmanaged = metadata.warn_of_unmanaged(operation, parent, wanted, live)
    return {**outputs, "unmanagedMetadataIndexes": unmanaged}
