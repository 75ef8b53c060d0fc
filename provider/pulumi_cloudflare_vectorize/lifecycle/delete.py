"""delete: remove exactly the index that the state means, and only when that loses nothing that nobody agreed to lose."""

from __future__ import annotations

from ..errors import NotFoundError, RefusedError, VectorizeError
from ..transport import may_have_worked
from ..waiting import wait_until
from .directory import get_or_none
from .identity import is_same
from .operation import Operation, State


def delete(operation: Operation, name: str, state: State) -> None:
    """Delete an index; an absent one is a success.

    With a given name it returns when a GET says that the index is gone; a generated name is wanted by nobody else.

    Raises:
        RefusedError: it holds vectors, and `force_destroy` is not set.
    """
    account_id = operation.account_id(state)
    operation.memory.note_awaited(account_id, name, awaited=False)
    if operation.memory.made(account_id, name):
        operation.report.warning(
            f'kept index "{name}": this run created it or took it over, so the record to be deleted is an older one of'
            " the same index — nothing is left to do; to be rid of the index itself remove it from the program"
        )
        return
    # While the first deletion of many asks for the list, the others count.
    counts_first = operation.memory.directory.announce(account_id)
    count = _count(operation, account_id, name, state) if counts_first else None
    index = operation.find(account_id, name)
    if index is None:
        return
    if not is_same(state, index):
        operation.report.warning(
            f'kept index "{name}": it was created {index.created_on}, while the state means one created'
            f" {_when(state)}, which is gone — somebody else made this one; to delete it, import or adopt it"
            " first, or use the dashboard"
        )
        return
    count = _count(operation, account_id, name, state) if count is None else count
    if count is None:
        # The list that showed it may be older than its deletion.
        _confirm_gone(operation, account_id, name)
        return
    if count:
        raise RefusedError(
            f'refused to delete index "{name}": it holds {count:,} vectors — set force_destroy=True and run `pulumi up`'
            " to give them up, or keep the index and remove it from the state alone: `pulumi state delete URN`"
            " (nothing was changed)"
        )
    _delete(operation, account_id, name, is_reusable=not state.get("namePrefix"))


def _when(state: State) -> str:
    return str(state.get("createdOn") or state.get("requestedOn"))


def _count(operation: Operation, account_id: str, name: str, state: State) -> int | None:
    """Count the vectors that nobody agreed to lose, or None when there is no such index.

    Where `force_destroy` is set that is 0, without a request.
    """
    prefix, before = str(state.get("namePrefix") or ""), bool(state.get("forceDestroy"))
    if operation.memory.is_forced(operation.urn, account_id, name, prefix, default=before):
        return 0
    try:
        return operation.client.get_index_info(account_id, name, operation.deadline).vector_count
    except NotFoundError:
        return None


def _confirm_gone(operation: Operation, account_id: str, name: str) -> None:
    """See that an index whose vectors could not be counted is absent: what is there after all may hold some."""
    if get_or_none(operation.client, account_id, name, operation.deadline) is not None:
        raise RefusedError(
            f'refused to delete index "{name}": it is there, but the API finds no number of vectors for it — run it again'
            " (nothing was changed)"
        )


def _delete(operation: Operation, account_id: str, name: str, *, is_reusable: bool) -> None:
    """Delete the index, and see it gone where its name may be wanted again at once: a given one, in a replacement."""
    try:
        operation.client.delete_index(account_id, name, operation.deadline)
    except NotFoundError:
        return
    except VectorizeError as error:
        if may_have_worked(error) and _is_seen_gone(operation, account_id, name):
            return
        raise
    if not is_reusable:
        return
    wait_until(
        f'index "{name}" is gone',
        probe=lambda: get_or_none(operation.client, account_id, name, operation.deadline),
        done=lambda index: index is None,
        deadline=operation.deadline,
        progress=operation.report.progress,
    )


def _is_seen_gone(operation: Operation, account_id: str, name: str) -> bool:
    """Whether a GET says that the index is absent; what cannot be read is not gone."""
    try:
        return get_or_none(operation.client, account_id, name, operation.deadline) is None
    except VectorizeError:
        return False
