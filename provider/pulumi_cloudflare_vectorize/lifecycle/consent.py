"""Decides whether an index that holds vectors may be destroyed: only the resource that declares it consents.

`force_destroy` counts for the URN that declares it and for the records that this URN replaces. What the program of this run
declares takes precedence over the state.
"""

from __future__ import annotations

from typing import Final

from ..errors import NotFoundError, RefusedError
from .operation import Operation, State
from .ownership import is_same_time
from .records import IndexKey, Record

# How long the first deletion waits for another record of the same resource. The engine sends both within a few milliseconds.
GATHER_S: Final = 0.3


def allows_destruction(operation: Operation, record: Record, state: State) -> bool:
    """Return whether a record's index may be deleted while it holds vectors.

    Without a declaration in this run, the states decide: all of them that the engine deletes under this URN. One of them is the
    newest, and the others are superseded. Their order is open.
    """
    run, urn = operation.run, operation.urn
    note_state(operation, state)
    declared = run.declared_consent(run.successor(record, urn))
    if declared is not None:
        return declared
    if run.states_allow(urn):
        operation.deadline.sleep(GATHER_S)
    return run.states_allow(urn)


def note_state(operation: Operation, state: State) -> None:
    """Record what a state allows that the engine reads or asks to delete."""
    operation.run.note_state(operation.urn, allows=state.get("forceDestroy") is True)


def refusal(operation: Operation, key: IndexKey, text: str) -> RefusedError:
    """Make the error of a refusal. Its last sentence is left out if this run has changed the index or what is attached to it."""
    return RefusedError(text if operation.run.is_changed(key) else f"{text}. No changes were made")


def vector_count(operation: Operation, record: Record) -> int | None:
    """Return how many vectors an index holds; None if the API finds no such index."""
    account_id, name = record.key
    try:
        return operation.client.get_index_info(account_id, name, operation.deadline).vector_count
    except NotFoundError:
        return None


def refuse_to_lose_superseded(operation: Operation, inputs: State) -> None:
    """Refuse to create an index while the one that it replaces holds vectors, unless `force_destroy` is set.

    The engine deletes the old index after the new one was created. Refused then, the deletion would stay pending.

    Raises:
        RefusedError: the old index holds vectors.
    """
    superseded = operation.run.superseded(operation.urn)
    if superseded is None or superseded.is_retained or inputs["forceDestroy"]:
        return
    record = superseded.record
    if record.key == (inputs["accountId"], inputs["name"]):
        return
    count = vector_count(operation, record)
    if not count:
        return
    index = operation.find_for_change(record)
    if index is not None and is_same_time(index.created_on, record.created_on):
        raise refusal(
            operation,
            record.key,
            f'cannot replace index "{record.key.name}": it holds {count:,} vectors, and the new index would be empty. '
            "Set force_destroy=True to lose them, undo the change, or declare the new index as a second resource"
            f"{withdrawn_consent(state_allows=superseded.force_destroy)}",
        )


def withdrawn_consent(*, state_allows: bool) -> str:
    """Return the sentences for a refusal by the program that the stack's state would not make; "" if both agree."""
    if not state_allows:
        return ""
    return (
        ". The stack's state still contains force_destroy=True for this index, so `pulumi destroy` would delete it. "
        "To withdraw that, undo the other changes of this resource and run `pulumi up`"
    )
