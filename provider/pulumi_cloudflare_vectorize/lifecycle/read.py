"""read: what the API holds now, as outputs and a complete set of inputs, so that drift shows and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import RefusedError
from ..models import Index
from . import metadata
from .consent import note_state
from .operation import Operation, State
from .other_generations import warn_of_other_generations
from .ownership import is_same_time
from .records import Record
from .state import effective_shape, fits, inputs_of, outputs_of


@dataclass(frozen=True)
class Found:
    """A live index in the state's form."""

    outputs: dict[str, Any]
    inputs: dict[str, Any]


def read(operation: Operation, name: str, state: State) -> Found | None:
    """Read an index; None if it is gone. Any other trouble is an error that keeps the state.

    An index that was recreated outside Pulumi is another one: ours is gone.

    Args:
        operation: what to work with.
        name: the index's name.
        state: the old outputs in a refresh; the few inputs of the program in a `.get()`, which has no `createdOn`.

    Raises:
        RefusedError: a `.get()` of an index that does not exist.
    """
    account_id = operation.account_id(state)
    note_state(operation, state)
    index = operation.find(Record.of(account_id, name, state))
    if "createdOn" not in state:
        return _looked_up(operation, account_id, name, state, index)
    if index is None:
        warn_of_other_generations(operation, state)
        return None
    if state["createdOn"] == "":
        # The next update finds out whether this index is the one that the partial creation made.
        return Found(dict(state), inputs_of(state))
    if not is_same_time(str(state["createdOn"]), index.created_on):
        operation.report.warning(_gone(state, index))
        return None
    inputs = _live_inputs({**state, "accountId": account_id}, index)
    outputs = outputs_of(inputs, index, _live_metadata(operation, state, inputs))
    if state.get("unconfirmedMetadataIndexes"):
        outputs["unconfirmedMetadataIndexes"] = state["unconfirmedMetadataIndexes"]
    return Found(outputs, {**inputs, "metadataIndexes": outputs["metadataIndexes"]})


def _looked_up(operation: Operation, account_id: str, name: str, state: State, index: Index | None) -> Found:
    """Return an index that this program does not manage."""
    if index is None:
        raise RefusedError(f'index "{name}" does not exist in account {account_id} — check the name and the account')
    inputs = _live_inputs({**state, "accountId": account_id}, index)
    live = metadata.live_types(operation, metadata.Parent(account_id, name))
    inputs["metadataIndexes"] = live
    return Found(outputs_of(inputs, index, live), inputs)


def _live_metadata(operation: Operation, state: State, inputs: dict[str, Any]) -> Mapping[str, str] | None:
    """Read the metadata indexes of an index that has some; None for the others.

    Raises:
        NotFoundError: the index vanished meanwhile.
    """
    known = [state.get(key) for key in ("metadataIndexes", "unmanagedMetadataIndexes", "unconfirmedMetadataIndexes")]
    if not any(known):
        return None
    parent = metadata.Parent(inputs["accountId"], inputs["name"])
    live = metadata.live_types(operation, parent)
    unmanaged = state.get("unmanagedMetadataIndexes") or {}
    metadata.report_unmanaged(operation, parent, live.keys() - inputs["metadataIndexes"].keys() - unmanaged.keys())
    return live


def _gone(state: State, index: Index) -> str:
    """Return the warning for an index that is gone although its name is taken."""
    return (
        f'index "{index.name}", created {state["createdOn"]}, was deleted outside Pulumi with all its vectors. Another index with '
        f"its name was created {index.created_on}. Pulumi neither changes nor deletes that one unless you set adopt=True"
    )


def _live_inputs(state: State, index: Index) -> dict[str, Any]:
    config = state.get("config")
    if not config or not fits(effective_shape(state), index.shape):
        config = {"dimensions": index.config.dimensions, "metric": index.config.metric}
    description = index.description_or(str(state.get("description") or ""))
    return inputs_of({**state, "name": index.name, "description": description, "config": config})
