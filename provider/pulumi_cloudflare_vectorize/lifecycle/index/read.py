"""read: returns the live index as outputs and complete inputs, so that a refresh shows drift and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...api.models import Index
from ...errors import RefusedError
from ..consent import note_state
from ..context import Context, State
from ..metadata_index.reconcile import live_types, report_unmanaged
from ..ownership import is_same_time
from ..records import Found, IndexKey, Record
from .other_generations import warn_of_other_generations
from .state import effective_shape, fits, inputs_of, outputs_of


def read(context: Context, name: str, state: State) -> Found | None:
    """Read an index. None if it is gone. Any other failure is an error, which keeps the state.

    An index that was recreated outside Pulumi is another index, and ours is gone.

    Args:
        context: of this call.
        name: the name of the index.
        state: the old outputs in a refresh, or the few inputs of a `.get()`, which have no `createdOn`.

    Raises:
        RefusedError: a `.get()` of an index that does not exist.
    """
    account_id = context.account_id(state)
    note_state(context, state)
    index = context.find(Record.of(account_id, name, state))
    if "createdOn" not in state:
        return _looked_up(context, account_id, name, state, index)
    if index is None:
        warn_of_other_generations(context, state)
        return None
    if state["createdOn"] == "":
        # The next update decides whether this index is the one of the partial creation.
        return Found(dict(state), inputs_of(state))
    if not is_same_time(str(state["createdOn"]), index.created_on):
        context.report.warning(_gone(context, state, index))
        return None
    inputs = _live_inputs({**state, "accountId": account_id}, index)
    outputs = outputs_of(inputs, index, _live_metadata(context, state, inputs))
    if state.get("unconfirmedMetadataIndexes"):
        outputs["unconfirmedMetadataIndexes"] = state["unconfirmedMetadataIndexes"]
    return Found(outputs, {**inputs, "metadataIndexes": outputs["metadataIndexes"]})


def _looked_up(context: Context, account_id: str, name: str, state: State, index: Index | None) -> Found:
    """Return an index that this program does not manage."""
    if index is None:
        raise RefusedError(
            f'cannot read index "{name}": it does not exist in account {account_id}',
            fix="Check the name and the account",
        )
    inputs = _live_inputs({**state, "accountId": account_id}, index)
    live = live_types(context, IndexKey(account_id, name))
    inputs["metadataIndexes"] = live
    return Found(outputs_of(inputs, index, live), inputs)


def _live_metadata(context: Context, state: State, inputs: dict[str, Any]) -> Mapping[str, str] | None:
    """Read the metadata indexes of an index whose state contains some. None for the others.

    Raises:
        NotFoundError: the index was deleted at the same time.
    """
    known = [state.get(key) for key in ("metadataIndexes", "unmanagedMetadataIndexes", "unconfirmedMetadataIndexes")]
    if not any(known):
        return None
    key = IndexKey(inputs["accountId"], inputs["name"])
    live = live_types(context, key)
    unmanaged = state.get("unmanagedMetadataIndexes") or {}
    report_unmanaged(context, key, live.keys() - inputs["metadataIndexes"].keys() - unmanaged.keys())
    return live


def _gone(context: Context, state: State, index: Index) -> str:
    return (
        f'index "{index.name}", created {state["createdOn"]}, was deleted outside Pulumi with all its vectors. Another index with '
        f"its name was created {index.created_on}. Pulumi neither changes nor deletes that one unless you set {context.terms.adopt}"
    )


def _live_inputs(state: State, index: Index) -> dict[str, Any]:
    config = state.get("config")
    if not config or not fits(effective_shape(state), index.shape):
        config = {"dimensions": index.config.dimensions, "metric": index.config.metric}
    description = index.description_or(str(state.get("description") or ""))
    return inputs_of({**state, "name": index.name, "description": description, "config": config})
