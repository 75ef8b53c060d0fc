"""update: stores options, changes metadata indexes, and completes a partial creation."""

from __future__ import annotations

from typing import Any

from ...errors import NO_CHANGES, PartialResultError, RefusedError, VectorizeError
from ..claims import separate_properties
from ..context import Context, State
from ..metadata_index.reconcile import Change, report_unmanaged
from ..ownership import is_same_time
from ..records import IndexKey, Record
from .create import converge
from .state import inputs_of


def update(context: Context, olds: State, news: State) -> dict[str, Any]:
    """Return the full outputs of an index that changed in place. Sends nothing unless its metadata indexes change.

    A state without `createdOn` is a partially created index. It is completed here.

    Raises:
        RefusedError: the index is no longer ours, or its metadata indexes conflict with the declaration. Nothing was sent.
        PartialResultError: not every metadata index could be changed. The outputs contain what is live.
    """
    if not olds.get("createdOn"):
        return converge(context, news)
    key = IndexKey(news["accountId"], news["name"])
    context.run.keep(context.urn, Record(key, olds["createdOn"]))
    kept = ("dimensions", "metric", "createdOn", "modifiedOn")
    outputs = {**inputs_of(news), **{name: olds.get(name) for name in kept}, "preset": news["config"].get("preset", "")}
    before, wanted = olds.get("metadataIndexes") or {}, news["metadataIndexes"]
    unconfirmed, unmanaged = olds.get("unconfirmedMetadataIndexes") or {}, olds.get("unmanagedMetadataIndexes") or {}
    if before == wanted and not unconfirmed:
        return {**outputs, "unmanagedMetadataIndexes": unmanaged}
    _refuse_another(context, Record.of(*key, olds))
    separate = separate_properties(context, key, before.keys() | unconfirmed.keys())
    change = Change(context.for_metadata_indexes(), key, wanted, before, unconfirmed, separate)
    try:
        live = change.reconcile()
    except VectorizeError as error:
        if not change.is_begun:
            raise
        raise PartialResultError(
            f'cannot update every metadata index of index "{key.name}": {error}',
            id=key.name,
            outputs={**outputs, **change.outcome()},
        ) from error
    found = {name: type_ for name, type_ in live.items() if name not in wanted}
    report_unmanaged(context, key, found.keys() - unmanaged.keys())
    return {**outputs, "unmanagedMetadataIndexes": found}


def _refuse_another(context: Context, record: Record) -> None:
    """Refuse to change an index that is absent, or that was recreated outside Pulumi."""
    index = context.find_for_change(record)
    if index is not None and is_same_time(index.created_on, record.created_on):
        return
    cause = f"another index with its name was created {index.created_on}" if index else "it no longer exists"
    raise RefusedError(
        f'cannot update index "{record.key.name}": {cause}',
        fix=f"Run `pulumi up --refresh` to update the stack's state first. {NO_CHANGES}",
    )
