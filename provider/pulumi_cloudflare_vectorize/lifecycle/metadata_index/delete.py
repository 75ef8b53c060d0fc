"""delete: removes exactly the metadata index that the state means, unless that breaks filters without consent."""

from __future__ import annotations

from ...errors import NotFoundError
from ..consent import refusal, vector_count
from ..context import Context, State
from ..records import IndexKey, Record
from .reconcile import remove, settled
from .state import index_key, index_record, is_its_index


def delete(context: Context, state: State) -> None:
    """Delete the metadata index. An absent one, or an absent index, is a success.

    Raises:
        RefusedError: its index contains vectors, this run does not keep that index, and `force_destroy` is not set.
    """
    key, name = index_key(context, state), state["propertyName"]
    if _is_needed(context, key, name):
        context.report.warning(
            f'kept metadata index "{name}" of index "{key.name}": the program of this run declares it, and only an older record of '
            "it was removed"
        )
        return
    if context.run.index(key).is_replaced:
        return  # It is deleted with its index, or stays if the deletion of the index is refused.
    if not _is_index_there(context, key, state):
        return
    _refuse_to_break_filters(context, key, state)
    _remove(context, key, state)


def _is_needed(context: Context, key: IndexKey, name: str) -> bool:
    """Return whether this run keeps the metadata index, or declares it under another URN."""
    owner = context.run.claimant("property", *key, name)
    return name in context.run.index(key).kept_properties or owner not in ("", context.urn)


def _is_index_there(context: Context, key: IndexKey, state: State) -> bool:
    """Return whether the index exists that the metadata index was created on."""
    index = context.find_for_change(index_record(key, state))
    if index is None:
        return False
    if is_its_index(state, index):
        return True
    context.report.warning(
        f'kept metadata index "{state["propertyName"]}": index "{key.name}" was recreated {index.created_on} outside Pulumi'
    )
    return False


def _refuse_to_break_filters(context: Context, key: IndexKey, state: State) -> None:
    """Refuse a deletion that breaks filters, unless this run keeps the index or `force_destroy` is set."""
    declared = context.run.resource(context.urn).force_destroy
    is_forced = state.get("forceDestroy") is True if declared is None else declared
    if is_forced or context.run.index(key).kept:
        return
    count = vector_count(context, Record(key, ""))
    if count:
        raise refusal(
            context,
            key,
            f'cannot delete metadata index "{state["propertyName"]}" of index "{key.name}": the index contains {count:,} vectors, '
            "and filters on it would not find them",
            f"To delete it anyway, declare the resource with {context.terms.force_destroy}, run `pulumi up`, and then delete it "
            "again",
        )


def _remove(context: Context, key: IndexKey, state: State) -> None:
    name = state["propertyName"]
    try:
        live = settled(context, key, [name] if state.get("unconfirmed") else [])
    except NotFoundError:
        return
    if live.get(name, state["indexType"]) != state["indexType"]:
        context.report.warning(
            f'kept metadata index "{name}" of index "{key.name}": its type is {live[name]}, and the type in the state '
            f"is {state['indexType']}. It has a successor"
        )
        return
    remove(context, key, [name] if name in live else [])
