"""read: what the API holds now, as outputs and a complete set of inputs, so that drift shows and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import RefusedError
from ..models import Index
from . import metadata
from .identity import is_same
from .operation import Operation, State
from .state import effective_shape, fits, inputs_of, outputs_of


@dataclass(frozen=True)
class Found:
    """A live index in the state's form."""

    outputs: dict[str, Any]
    inputs: dict[str, Any]


def read(operation: Operation, name: str, state: State) -> Found | None:
    """Read an index; None means that it is gone, and any other trouble is an error that keeps the state.

    Args:
        state: the old outputs in a refresh; the few inputs of the program in a `.get()`, which knows no `createdOn`.

    Raises:
        RefusedError: a `.get()` of an index that does not exist.
    """
    account_id = operation.account_id(state)
    index = operation.find(account_id, name)
    if index is None:
        if "createdOn" in state:
            return None
        raise RefusedError(f'index "{name}" does not exist in account {account_id} — check the name and the account')
    if state.get("createdOn") == "":
        # Half a creation: whether this index is the one that it made is for the next update to find out.
        return Found(dict(state), inputs_of(state))
    is_other = not is_same(state, index)
    if is_other:
        operation.report.warning(_another(state, index))
    inputs = _live_inputs({**state, "accountId": account_id}, index)
    metadata_indexes = _live_metadata(operation, state, inputs, is_other=is_other)
    outputs = outputs_of(inputs, index, metadata_indexes)
    return Found(outputs, {**inputs, "metadataIndexes": outputs["metadataIndexes"]})


def _live_metadata(
    operation: Operation, state: State, inputs: dict[str, Any], *, is_other: bool
) -> Mapping[str, str] | None:
    """Look at the metadata indexes of an index that has some, or that is not known yet; None for the others.

    Raises:
        NotFoundError: the index vanished meanwhile.
    """
    is_known = "createdOn" in state
    if is_known and not (is_other or state.get("metadataIndexes") or state.get("unmanagedMetadataIndexes")):
        return None
    parent = metadata.Parent(inputs["accountId"], inputs["name"])
    live = metadata.live_types(operation, parent)
    if is_known:
        metadata.warn_of_unmanaged(operation, parent, inputs["metadataIndexes"], live)
    else:
        inputs["metadataIndexes"] = live
    return live


def _another(state: State, index: Index) -> str:
    return (
        f'index "{index.name}" is another one than in the state: it was created {index.created_on}, the state\'s own '
        f"{state['createdOn']} — somebody deleted that one, with all its vectors, and made this one; a refresh takes it for "
        "yours, so write the vectors again, or remove it from the state if it is not: `pulumi state delete URN`"
    )


def _live_inputs(state: State, index: Index) -> dict[str, Any]:
    config = state.get("config")
    if not config or not fits(effective_shape(state), index.shape):
        config = {"dimensions": index.config.dimensions, "metric": index.config.metric}
    description = index.description_or(str(state.get("description") or ""))
    return inputs_of({**state, "name": index.name, "description": description, "config": config})
