"""read: returns the live metadata index as outputs."""

from __future__ import annotations

from ...errors import NotFoundError
from ..context import Context, State
from ..records import Found
from .reconcile import live_types
from .state import index_key, index_record, inputs_of, is_its_index


def read(context: Context, state: State) -> Found | None:
    """Read the metadata index. None if it is gone, or if its index is gone or was recreated outside Pulumi."""
    key = index_key(context, state)
    index = context.find(index_record(key, state))
    if index is None or not is_its_index(state, index):
        return None
    try:
        live = live_types(context, key)
    except NotFoundError:
        return None
    if state["propertyName"] not in live:
        return Found(dict(state), inputs_of(state)) if state.get("unconfirmed") else None
    options = {"accountId": key.account_id, "forceDestroy": False}  # An import has neither.
    outputs = {
        **options,
        **inputs_of(state),
        "indexType": live[state["propertyName"]],
        "indexCreatedOn": index.created_on,
    }
    return Found(outputs, inputs_of(outputs))
