"""A separate metadata index: check, diff, create, read, update and delete.

Its id is `<index>/<property>`. Its outputs are its inputs, and the creation time of its index: the metadata index is ours only
while that index exists.
"""

from __future__ import annotations

from typing import Any, Final

from ..declared import MetadataIndexInputs, Problem, parse_inputs
from ..errors import NotFoundError, PartialCreateError, RefusedError, VectorizeError
from ..models import UNKNOWN, Index, contains_unknown
from ..settings import WHERE_ACCOUNT_ID
from . import metadata
from .check import Checked, property_conflict
from .consent import refusal, vector_count
from .diff import Difference
from .loss import warn_of_lost_filter
from .operation import Operation, State
from .ownership import is_same_time
from .records import IndexKey, Record

# These properties replace. With the same index and property the old one goes first, or it would take its successor along.
REPLACES: Final = ("accountId", "indexName", "propertyName", "indexType")
_INPUTS: Final = (*REPLACES, "forceDestroy")


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
        conflict = property_conflict(operation, inputs["accountId"], inputs["indexName"], inputs["propertyName"])
        problems = [Problem(path="propertyName", reason=conflict)] if conflict else []
    if problems:
        return Checked(dict(news), problems)
    force = inputs["forceDestroy"]
    operation.run.declare(operation.urn, force_destroy=None if force is UNKNOWN else force)
    return Checked(inputs, [])


def diff_metadata_index(operation: Operation, olds: State, news: State) -> Difference:
    """Compare a state with canonical inputs. An unknown value counts as changed.

    Warns, with one read-only request, of the filters that a replacement breaks.
    """
    changed = [key for key in REPLACES if contains_unknown(olds.get(key)) or olds.get(key) != news.get(key)]
    is_flag_changed = (olds.get("forceDestroy") or False) != (news.get("forceDestroy") or False)
    if operation.run.is_declared(operation.urn):
        parent, name = _parent(operation, olds), str(olds.get("propertyName"))
        if changed:
            warn_of_lost_filter(operation, parent, [name])
        else:
            operation.run.keep_metadata(IndexKey(parent.account_id, parent.name), name)
    updates = ["forceDestroy"] if is_flag_changed else []
    same_name = not {"accountId", "indexName", "propertyName"} & set(changed)
    return Difference(changed, updates, same_name, is_unfinished=bool(olds.get("unconfirmed")))


def create_metadata_index(operation: Operation, inputs: State) -> dict[str, Any]:
    """Create the metadata index, and return the outputs when the list shows it. An equal one that exists is accepted.

    Raises:
        RefusedError: the property has an index of another type.
        NotFoundError: there is no such index.
        PartialCreateError: it was created, but does not show in time.
    """
    parent = metadata.Parent(inputs["accountId"], inputs["indexName"])
    outputs = {**inputs, "indexCreatedOn": _created_on(operation, parent)}
    try:
        metadata.ensure(operation, parent, {inputs["propertyName"]: inputs["indexType"]})
    except (NotFoundError, RefusedError):
        raise
    except VectorizeError as error:
        raise PartialCreateError(
            f'metadata index "{inputs["propertyName"]}" of index "{parent.name}" was created, but does not show yet: {error}',
            id=id_of(inputs),
            outputs={**outputs, "unconfirmed": True},
        ) from error
    operation.run.keep_metadata(IndexKey(parent.account_id, parent.name), inputs["propertyName"])
    return outputs


def _created_on(operation: Operation, parent: metadata.Parent) -> str:
    """Return when the index was created: from this run if it created the index, else with a GET."""
    kept = operation.run.kept_since(IndexKey(parent.account_id, parent.name))
    return kept or operation.client.get_index(parent.account_id, parent.name, operation.deadline).index.created_on


def update_metadata_index(operation: Operation, olds: State, news: State) -> dict[str, Any]:
    """Return the outputs of a metadata index whose options changed. Finishes one that an earlier run did not see appear."""
    if olds.get("unconfirmed"):
        return create_metadata_index(operation, news)
    return {**news, "indexCreatedOn": olds["indexCreatedOn"]} if "indexCreatedOn" in olds else dict(news)


def read_metadata_index(operation: Operation, state: State) -> dict[str, Any] | None:
    """Read the metadata index as outputs; None if it is gone, or if its index is gone or was recreated outside Pulumi."""
    parent = _parent(operation, state)
    index = operation.find(_index_record(parent, state))
    if index is None or not _is_parent(state, index):
        return None
    try:
        live = metadata.live_types(operation, parent)
    except NotFoundError:
        return None
    if state["propertyName"] not in live:
        return dict(state) if state.get("unconfirmed") else None
    inputs = {key: state[key] for key in _INPUTS if key in state}
    return {**inputs, "indexType": live[state["propertyName"]], "indexCreatedOn": index.created_on}


def inputs_of(state: State) -> dict[str, Any]:
    """Take the inputs out of a state."""
    return {key: state[key] for key in _INPUTS if key in state}


def delete_metadata_index(operation: Operation, state: State) -> None:
    """Delete exactly the metadata index that the state means. An absent one, or an absent index, is a success.

    Raises:
        RefusedError: its index holds vectors, this run does not keep that index, and `force_destroy` is not set.
    """
    parent, name = _parent(operation, state), state["propertyName"]
    if _is_needed(operation, parent, name):
        operation.report.warning(
            f'kept metadata index "{name}" of index "{parent.name}": the program of this run declares it, and only an older record '
            "of it was removed"
        )
        return
    if operation.run.is_replaced(IndexKey(parent.account_id, parent.name)):
        return  # the index takes it along, or stays whole if its deletion is refused
    if not _is_index_there(operation, parent, state):
        return
    _refuse_to_break_filters(operation, parent, state)
    _remove(operation, parent, state)


def _is_needed(operation: Operation, parent: metadata.Parent, name: str) -> bool:
    """Return whether this run keeps the metadata index, or declares it under another URN."""
    owner = operation.run.claimant("property", parent.account_id, parent.name, name)
    key = IndexKey(parent.account_id, parent.name)
    return operation.run.keeps_metadata(key, name) or owner not in ("", operation.urn)


def _is_index_there(operation: Operation, parent: metadata.Parent, state: State) -> bool:
    """Return whether the index exists that the metadata index was created on."""
    index = operation.find_for_change(_index_record(parent, state))
    if index is None:
        return False
    if _is_parent(state, index):
        return True
    operation.report.warning(
        f'kept metadata index "{state["propertyName"]}": index "{parent.name}" was recreated {index.created_on} outside Pulumi'
    )
    return False


def _is_parent(state: State, index: Index) -> bool:
    """Return whether a live index is the one of the state. A state without that time does not tell."""
    return "indexCreatedOn" not in state or is_same_time(str(state["indexCreatedOn"]), index.created_on)


def _refuse_to_break_filters(operation: Operation, parent: metadata.Parent, state: State) -> None:
    """Refuse a deletion that breaks filters, unless this run keeps the index, or `force_destroy` is set."""
    key = IndexKey(parent.account_id, parent.name)
    declared = operation.run.declared_consent(operation.urn)
    is_forced = state.get("forceDestroy") is True if declared is None else declared
    if is_forced or operation.run.kept_since(key) is not None:
        return
    count = vector_count(operation, Record(key, ""))
    if count:
        raise refusal(
            operation,
            key,
            f'cannot delete metadata index "{state["propertyName"]}" of index "{parent.name}": the index holds {count:,} vectors, '
            "and filters would not find them any more. To delete it anyway, declare the resource with force_destroy=True, run "
            "`pulumi up`, and then delete it again",
        )


def _remove(operation: Operation, parent: metadata.Parent, state: State) -> None:
    name = state["propertyName"]
    try:
        live = metadata.settled(operation, parent, [name] if state.get("unconfirmed") else [])
    except NotFoundError:
        return
    if live.get(name, state["indexType"]) != state["indexType"]:
        operation.report.warning(
            f'kept metadata index "{name}" of index "{parent.name}": its type is {live[name]}, and the type in the state '
            f"is {state['indexType']}. It has a successor"
        )
        return
    metadata.remove(operation, parent, [name] if name in live else [])


def _index_record(parent: metadata.Parent, state: State) -> Record:
    return Record(IndexKey(parent.account_id, parent.name), str(state.get("indexCreatedOn") or ""))


def _parent(operation: Operation, state: State) -> metadata.Parent:
    return metadata.Parent(operation.account_id(state), str(state["indexName"]))


def id_of(inputs: State) -> str:
    """Make the resource's id."""
    return f"{inputs['indexName']}/{inputs['propertyName']}"
