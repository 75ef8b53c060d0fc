"""delete: remove exactly the index that the state means, and only if that loses nothing without consent."""

from __future__ import annotations

from ..errors import NotFoundError, VectorizeError
from ..models import Index
from ..transport import may_have_worked
from ..waiting import wait_until
from .consent import allows_destruction, refusal, vector_count, withdrawn_consent
from .index_cache import get_or_none
from .operation import Operation, State
from .other_generations import warn_of_other_generations
from .ownership import adoption_problem, is_same_time
from .records import Record
from .state import inputs_of, is_as_declared


def delete(operation: Operation, name: str, state: State) -> None:
    """Delete an index; an absent one is a success. So is one that is not ours: it stays, with a warning.

    Raises:
        RefusedError: it holds vectors, and `force_destroy` is not set.
    """
    record = Record.of(operation.account_id(state), name, state)
    allows = allows_destruction(operation, record, state)
    if _is_kept_by_this_run(operation, record):
        return
    index = _own_index(operation, record, state)
    if index is None:
        return
    if allows or _is_empty(operation, record, state):
        _delete(operation, record)


def _is_kept_by_this_run(operation: Operation, record: Record) -> bool:
    """Return whether the name belongs to an index that this run keeps: the record is then an older one."""
    kept = operation.run.kept_since(record.key)
    if kept is None:
        return False
    if is_same_time(kept, record.created_on) or not record.created_on:
        operation.report.warning(
            f'kept index "{record.key.name}": the program of this run declares it, and only an older record of it was removed. '
            "To delete the index, remove it from the program"
        )
    return True


def _own_index(operation: Operation, record: Record, state: State) -> Index | None:
    """Return the live index that a record means, or None with a warning where it is gone or is another's."""
    index = operation.find_for_change(record)
    if index is None:
        if not operation.run.is_declared(operation.urn):
            warn_of_other_generations(operation, state)
        return None
    if not record.created_on and is_as_declared(inputs_of(state), index):
        _refuse_unconfirmed(operation, record, state)
        return index
    if is_same_time(index.created_on, record.created_on):
        return index
    meant = f"was created {record.created_on}" if record.created_on else "has another shape"
    operation.report.warning(
        f'kept index "{record.key.name}", created {index.created_on}: the index in the stack\'s state {meant}. '
        "This one was created outside Pulumi. To manage it, set adopt=True"
    )
    return None


def _refuse_unconfirmed(operation: Operation, record: Record, state: State) -> None:
    """Refuse to delete an index that this record was never confirmed to have created, unless it can be nothing else."""
    account_id, name = record.key
    try:
        seen = operation.client.get_index(account_id, name, operation.deadline)
        info = operation.client.get_index_info(account_id, name, operation.deadline)
    except NotFoundError:
        return
    problem = adoption_problem(seen, info, has_metadata_indexes=bool(state.get("metadataIndexes")))
    if problem:
        raise refusal(
            operation,
            record.key,
            f'cannot delete index "{name}": its creation was never confirmed, and {problem}. It was created '
            f"{seen.index.created_on}, holds {info.vector_count:,} vectors. Set adopt=True and run `pulumi up` to adopt it, "
            f"or remove only the resource from the stack's state: `pulumi state delete {_quoted(operation.urn)}`",
        )


def _is_empty(operation: Operation, record: Record, state: State) -> bool:
    """Count the vectors with the last request before the deletion, and refuse if there are any. False if the index is gone."""
    account_id, name = record.key
    count = vector_count(operation, record)
    if count is None:
        if get_or_none(operation.client, account_id, name, operation.deadline) is not None:
            text = (
                f'cannot delete index "{name}": it exists, but the API returns no vector count. Run the command again'
            )
            raise refusal(operation, record.key, text)
        return False
    if count:
        is_declared = operation.run.is_declared(operation.run.successor(record, operation.urn))
        is_withdrawn = is_declared and state.get("forceDestroy") is True
        raise refusal(
            operation,
            record.key,
            f'cannot delete index "{name}": it holds {count:,} vectors. {_ways_on(operation.urn, is_declared=is_declared)}'
            f"{withdrawn_consent(state_allows=is_withdrawn)}",
        )
    return True


def _ways_on(urn: str, *, is_declared: bool) -> str:
    """Return what the user can do about a refusal: delete the vectors as well, or keep the index.

    If the program declares the resource, the index belongs to an older record of the same URN, and `pulumi state delete` rejects
    the URN as ambiguous.
    """
    if is_declared:
        return (
            "To lose them, set force_destroy=True and run `pulumi up`. To keep the index, remove its record from the stack's state "
            "with `pulumi state edit`: it is the one with `delete: true`"
        )
    return (
        "To lose them, declare the resource with force_destroy=True, run `pulumi up`, and then delete it again. "
        f"To keep the index, remove only its resource from the stack's state: `pulumi state delete {_quoted(urn)}`"
    )


def _quoted(urn: str) -> str:
    """Quote a URN for a shell: it may contain `$`."""
    return f"'{urn}'"


def _delete(operation: Operation, record: Record) -> None:
    """Delete the index. A GET confirms it where the name is needed again, or where the response leaves it open."""
    account_id, name = record.key
    try:
        operation.client.delete_index(account_id, name, operation.deadline)
    except NotFoundError:
        pass
    except VectorizeError as error:
        if may_have_worked(error) and _is_seen_gone(operation, record):
            return
        raise
    else:
        if not operation.run.claimant("index", account_id, name):
            return
    wait_until(
        f'index "{name}" is gone',
        probe=lambda: get_or_none(operation.client, account_id, name, operation.deadline),
        done=lambda index: index is None,
        deadline=operation.deadline,
        progress=operation.report.progress,
    )


def _is_seen_gone(operation: Operation, record: Record) -> bool:
    """Return whether a GET finds no such index. An index that cannot be read is not gone."""
    try:
        return get_or_none(operation.client, *record.key, operation.deadline) is None
    except VectorizeError:
        return False
