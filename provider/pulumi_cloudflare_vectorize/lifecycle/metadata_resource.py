"""A metadata index as a resource of its own: check, diff, create, read and delete.

Nothing of it changes in place. Its id is `<index>/<property>`; its outputs are its inputs.
"""

from __future__ import annotations

from typing import Any, Final

from ..declared import MetadataIndexInputs, Problem, parse_inputs
from ..errors import NotFoundError
from ..models import contains_unknown
from ..settings import WHERE_ACCOUNT_ID
from . import metadata
from .check import Checked, property_conflict
from .diff import Difference
from .operation import Operation, State

# Every property replaces; with the same parent and property the old one goes first, or it would take its successor along.
REPLACES: Final = ("accountId", "indexName", "propertyName", "indexType")


def check_metadata_index(operation: Operation, news: State) -> Checked:
    """Validate a declaration and fill in the account; without asking the API."""
    declared = {key: value for key, value in news.items() if value is not None}
    declared.setdefault("accountId", operation.default_account_id)
    inputs, problems = parse_inputs(MetadataIndexInputs, declared)
    if not declared["accountId"]:
        problems.append(Problem(path="accountId", reason=f"is required: {WHERE_ACCOUNT_ID}"))
    problems = problems or [
        Problem(path=key, reason="must not be empty") for key in ("indexName", "propertyName") if inputs[key] == ""
    ]
    if not problems:
        said = property_conflict(operation, inputs["accountId"], inputs["indexName"], inputs["propertyName"])
        problems = [Problem(path="propertyName", reason=said)] if said else []
    return Checked(dict(news) if problems else inputs, problems)


def diff_metadata_index(olds: State, news: State) -> Difference:
    """Compare a state with canonical inputs; an unknown value counts as changed."""
    changed = [key for key in REPLACES if contains_unknown(olds.get(key)) or olds.get(key) != news.get(key)]
    return Difference(changed, [], same_name=not {"accountId", "indexName", "propertyName"} & set(changed))


def create_metadata_index(operation: Operation, inputs: State) -> dict[str, Any]:
    """Create the metadata index, and return the outputs when the list shows it; an equal one that exists is accepted.

    Raises:
        RefusedError: the property has an index of another type.
        NotFoundError: there is no such index.
    """
    parent = metadata.Parent(inputs["accountId"], inputs["indexName"])
    metadata.ensure(operation, parent, {inputs["propertyName"]: inputs["indexType"]})
    operation.memory.note_made(parent.account_id, id_of(inputs))
    return dict(inputs)


def read_metadata_index(operation: Operation, state: State) -> dict[str, Any] | None:
    """Read the metadata index as inputs, which are its outputs too; None means that it, or its index, is gone."""
    parent = metadata.Parent(operation.account_id(state), state["indexName"])
    try:
        live = metadata.live_types(operation, parent)
    except NotFoundError:
        return None
    if state["propertyName"] not in live:
        return None
    return {**{key: state[key] for key in REPLACES if key in state}, "indexType": live[state["propertyName"]]}


def delete_metadata_index(operation: Operation, state: State) -> None:
    """Delete exactly the metadata index that the state means; an absent one, or an absent parent, is a success."""
    parent = metadata.Parent(operation.account_id(state), state["indexName"])
    name = state["propertyName"]
    if operation.memory.made(parent.account_id, id_of(state)):
        operation.report.warning(
            f'kept metadata index "{name}" of index "{parent.name}": this run created it, so the record to be deleted is an older '
            "one of the same — nothing is left to do"
        )
        return
    try:
        live = metadata.live_types(operation, parent)
    except NotFoundError:
        return
    if live.get(name, state["indexType"]) != state["indexType"]:
        operation.report.warning(
            f'kept metadata index "{name}" of index "{parent.name}": it is {live[name]} now, while the state means the one that '
            f"was {state['indexType']} — it has a successor, which is not this record's to delete"
        )
        return
    metadata.remove(operation, parent, [name] if name in live else [])


def id_of(inputs: State) -> str:
    """Make the resource's id."""
    return f"{inputs['indexName']}/{inputs['propertyName']}"
