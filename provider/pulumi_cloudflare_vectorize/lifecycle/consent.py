"""Decides whether an index that contains vectors may be destroyed. Only the resource that declares it can consent.

`force_destroy` counts for the URN that declares it, and for the records that this URN replaces. The program of this run takes
precedence over the state.
"""

from __future__ import annotations

from typing import Final

from ..errors import NO_CHANGES, NotFoundError, RefusedError
from .context import Context, State
from .ownership import is_same_time
from .records import IndexKey, Record

# How long the first deletion waits for another record of the same resource. The engine sends both within a few milliseconds.
GATHER_S: Final = 0.3


def allows_destruction(context: Context, record: Record, state: State) -> bool:
    """Return whether the index of a record may be deleted while it contains vectors.

    Without a declaration in this run, every state counts that the engine deletes under this URN. One of them is the newest, and the
    others are superseded. Their order is not known.
    """
    note_state(context, state)
    declared = context.run.successor(record, context.urn).force_destroy
    if declared is not None:
        return declared
    facts = context.run.resource(context.urn)
    if not facts.withholds_consent:
        context.deadline.sleep(GATHER_S)
    return not facts.withholds_consent


def note_state(context: Context, state: State) -> None:
    """Record the consent of a state that the engine reads or asks to delete."""
    if state.get("forceDestroy") is not True:
        context.run.resource(context.urn).withholds_consent = True


def refusal(context: Context, key: IndexKey, what: str, fix: str = "") -> RefusedError:
    """Make a refusal. It ends with "No changes were made" unless this run changed the index or something attached to it."""
    return RefusedError(what, fix=_sentences(fix, "" if context.run.index(key).is_changed else NO_CHANGES))


def _sentences(*texts: str) -> str:
    return ". ".join(filter(None, texts))


def vector_count(context: Context, record: Record) -> int | None:
    """Return the vector count of an index. None if the API finds no such index."""
    account_id, name = record.key
    try:
        return context.client.get_index_info(account_id, name, context.deadline).vector_count
    except NotFoundError:
        return None


def refuse_to_lose_superseded(context: Context, inputs: State) -> None:
    """Refuse to create an index while the one that it replaces contains vectors, unless `force_destroy` is set.

    The engine deletes the old index after the new one was created. A refusal at that point would leave the deletion pending.

    Raises:
        RefusedError: the old index contains vectors.
    """
    superseded = context.run.resource(context.urn).superseded
    if superseded is None or superseded.is_retained or inputs["forceDestroy"]:
        return
    record = superseded.record
    if record.key == (inputs["accountId"], inputs["name"]):
        return
    count = vector_count(context, record)
    if not count:
        return
    index = context.find_for_change(record)
    if index is not None and is_same_time(index.created_on, record.created_on):
        raise refusal(
            context,
            record.key,
            f'cannot replace index "{record.key.name}": it contains {count:,} vectors, and the new index would be empty',
            _sentences(
                f"Set {context.terms.force_destroy} to lose them, undo the change, or declare the new index as a second resource",
                withdrawn_consent(context, state_allows=superseded.force_destroy),
            ),
        )


def withdrawn_consent(context: Context, *, state_allows: bool) -> str:
    """Return the sentences for a refusal that the stack's state alone would not make. "" if the state refuses as well."""
    if not state_allows:
        return ""
    return (
        f"The stack's state still contains {context.terms.force_destroy} for this index, so `pulumi destroy` would delete it. "
        "To withdraw that, undo the other changes of this resource and run `pulumi up`"
    )
