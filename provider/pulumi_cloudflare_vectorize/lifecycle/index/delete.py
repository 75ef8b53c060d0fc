"""delete: removes exactly the index that the state means, and only if no vectors are lost without consent."""

from __future__ import annotations

from ...api.models import Index
from ...api.retry import may_have_worked
from ...errors import NotFoundError, VectorizeError
from ...waiting import wait_until
from ..consent import allows_destruction, refusal, vector_count, withdrawn_consent
from ..context import Context, State
from ..index_cache import get_or_none
from ..ownership import adoption_problem, is_same_time
from ..records import Record
from .other_generations import warn_of_other_generations
from .state import inputs_of, is_as_declared


def delete(context: Context, name: str, state: State) -> None:
    """Delete an index. An absent index is a success. An index that is not ours stays, with a warning.

    Raises:
        RefusedError: it contains vectors, and `force_destroy` is not set.
    """
    record = Record.of(context.account_id(state), name, state)
    allows = allows_destruction(context, record, state)
    if _is_kept_by_this_run(context, record):
        return
    index = _own_index(context, record, state)
    if index is None:
        return
    if allows or _is_empty(context, record, state):
        _delete(context, record)


def _is_kept_by_this_run(context: Context, record: Record) -> bool:
    """Return whether this run keeps an index of this name. The record is then an older one."""
    kept = context.run.index(record.key).kept
    if kept is None:
        return False
    if is_same_time(kept.created_on, record.created_on) or not record.created_on:
        context.report.warning(
            f'kept index "{record.key.name}": the program of this run declares it, and only an older record of it was removed. '
            "To delete the index, remove it from the program"
        )
    return True


def _own_index(context: Context, record: Record, state: State) -> Index | None:
    """Return the live index that a record means. None if it is gone, or with a warning if it is not ours."""
    index = context.find_for_change(record)
    if index is None:
        if not context.run.resource(context.urn).is_declared:
            warn_of_other_generations(context, state)
        return None
    if not record.created_on and is_as_declared(inputs_of(state), index):
        _refuse_unconfirmed(context, record, state)
        return index
    if is_same_time(index.created_on, record.created_on):
        return index
    meant = f"was created {record.created_on}" if record.created_on else "has another shape"
    context.report.warning(
        f'kept index "{record.key.name}", created {index.created_on}: the index in the stack\'s state {meant}. '
        f"This one was created outside Pulumi. To manage it, set {context.terms.adopt}"
    )
    return None


def _refuse_unconfirmed(context: Context, record: Record, state: State) -> None:
    """Refuse to delete an index if it is not confirmed that this record created it, unless an interrupted run left it."""
    account_id, name = record.key
    try:
        response = context.client.get_index(account_id, name, context.deadline)
        info = context.client.get_index_info(account_id, name, context.deadline)
    except NotFoundError:
        return
    problem = adoption_problem(response, info, has_metadata_indexes=bool(state.get("metadataIndexes")))
    if problem:
        raise refusal(
            context,
            record.key,
            f'cannot delete index "{name}": its creation was never confirmed, and {problem}. It was created '
            f"{response.index.created_on} and contains {info.vector_count:,} vectors",
            f"Set {context.terms.adopt} and run `pulumi up` to adopt it, or remove only the resource from the stack's state: "
            f"`pulumi state delete {_quoted(context.urn)}`",
        )


def _is_empty(context: Context, record: Record, state: State) -> bool:
    """Count the vectors with the last request before the deletion. Refuse if there are any. False if the index is gone."""
    account_id, name = record.key
    count = vector_count(context, record)
    if count is None:
        if get_or_none(context.client, account_id, name, context.deadline) is not None:
            what = f'cannot delete index "{name}": it exists, but the API returns no vector count'
            raise refusal(context, record.key, what, "Run the command again")
        return False
    if count:
        is_declared = context.run.successor(record, context.urn).is_declared
        is_withdrawn = is_declared and state.get("forceDestroy") is True
        fixes = (_ways_on(context, is_declared=is_declared), withdrawn_consent(context, state_allows=is_withdrawn))
        raise refusal(
            context,
            record.key,
            f'cannot delete index "{name}": it contains {count:,} vectors',
            ". ".join(filter(None, fixes)),
        )
    return True


def _ways_on(context: Context, *, is_declared: bool) -> str:
    """Return what the user can do about a refusal: delete the vectors as well, or keep the index.

    If the program declares the resource, the index belongs to an older record of the same URN, and `pulumi state delete` rejects
    the URN as ambiguous.
    """
    if is_declared:
        return (
            f"To lose them, set {context.terms.force_destroy} and run `pulumi up`. To keep the index, remove its record from "
            "the stack's state with `pulumi state edit`: it is the one with `delete: true`"
        )
    return (
        f"To lose them, declare the resource with {context.terms.force_destroy}, run `pulumi up`, and then delete it again. "
        f"To keep the index, remove only its resource from the stack's state: `pulumi state delete {_quoted(context.urn)}`"
    )


def _quoted(urn: str) -> str:
    """Quote a URN for a shell, because it may contain `$`."""
    return f"'{urn}'"


def _delete(context: Context, record: Record) -> None:
    """Delete the index. A GET confirms it if the name is needed again, or if the response was odd."""
    account_id, name = record.key
    try:
        context.client.delete_index(account_id, name, context.deadline)
    except NotFoundError:
        pass
    except VectorizeError as error:
        if may_have_worked(error) and _is_seen_gone(context, record):
            return
        raise
    else:
        if not context.run.claimant("index", account_id, name):
            return
    wait_until(
        f'index "{name}" is gone',
        probe=lambda: get_or_none(context.client, account_id, name, context.deadline),
        is_done=lambda index: index is None,
        deadline=context.deadline,
        progress=context.report.progress,
    )


def _is_seen_gone(context: Context, record: Record) -> bool:
    """Return whether a GET finds no such index. An index that cannot be read is not gone."""
    try:
        return get_or_none(context.client, *record.key, context.deadline) is None
    except VectorizeError:
        return False
