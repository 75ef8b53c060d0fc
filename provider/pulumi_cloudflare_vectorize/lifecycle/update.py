"""update: options that the API never sees, metadata indexes, and the rest of a creation that was not finished."""

from __future__ import annotations

from typing import Any

from ..errors import PartialCreateError, RefusedError, VectorizeError
from . import metadata
from .create import bring_about
from .operation import Operation, State
from .ownership import is_same_time
from .records import IndexKey, Record
from .state import inputs_of


def update(operation: Operation, olds: State, news: State) -> dict[str, Any]:
    """Return the full outputs of an index that changed in place. Sends nothing unless its metadata indexes change.

    A state without `createdOn` is a partially created index (see `PartialCreateError`). It is finished here.

    Raises:
        RefusedError: the index is not ours any more, or its metadata indexes do not allow what is declared. Nothing was sent.
        PartialCreateError: not every metadata index could be changed. The outputs hold what is live.
    """
    if not olds.get("createdOn"):
        return bring_about(operation, news)
    operation.run.keep(operation.urn, IndexKey(news["accountId"], news["name"]), olds["createdOn"])
    kept = ("dimensions", "metric", "createdOn", "modifiedOn")
    outputs = {**inputs_of(news), **{key: olds.get(key) for key in kept}, "preset": news["config"].get("preset", "")}
    before, wanted = olds.get("metadataIndexes") or {}, news["metadataIndexes"]
    unconfirmed, unmanaged = olds.get("unconfirmedMetadataIndexes") or {}, olds.get("unmanagedMetadataIndexes") or {}
    if before == wanted and not unconfirmed:
        return {**outputs, "unmanagedMetadataIndexes": unmanaged}
    refuse_another(operation, Record.of(news["accountId"], news["name"], olds))
    parent = metadata.Parent(news["accountId"], news["name"])
    separate = operation.run.separate(operation.urn)
    change = metadata.Change(operation.for_metadata_indexes(), parent, wanted, before, unconfirmed, separate)
    try:
        live = change.reconcile()
    except VectorizeError as error:
        if not change.is_begun:
            raise
        raise PartialCreateError(
            f'cannot update every metadata index of index "{parent.name}": {error}',
            id=parent.name,
            outputs={**outputs, **change.outcome()},
        ) from error
    found = {name: type_ for name, type_ in live.items() if name not in wanted}
    metadata.report_unmanaged(operation, parent, found.keys() - unmanaged.keys())
    return {**outputs, "unmanagedMetadataIndexes": found}


def refuse_another(operation: Operation, record: Record) -> None:
    """Refuse to change an index that is absent, or that was recreated outside Pulumi."""
    index = operation.find_for_change(record)
    if index is not None and is_same_time(index.created_on, record.created_on):
        return
    cause = f"another index with its name was created {index.created_on}" if index else "it no longer exists"
    raise RefusedError(
        f'cannot update index "{record.key.name}": {cause}. Run `pulumi up --refresh` to update the stack\'s state first. '
        "No changes were made"
    )
