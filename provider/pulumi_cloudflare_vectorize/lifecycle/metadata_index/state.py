"""The state of a separate metadata index: its inputs, and the creation time of its index.

The metadata index is ours only while that index exists (docs/internals/state.md).
"""

from __future__ import annotations

from typing import Any, Final

from ...api.models import Index
from ..context import Context, State
from ..ownership import is_same_time
from ..records import IndexKey, Record

# A change of these properties replaces the metadata index.
REPLACES: Final = ("accountId", "indexName", "propertyName", "indexType")
INPUT_KEYS: Final = (*REPLACES, "forceDestroy")


def inputs_of(state: State) -> dict[str, Any]:
    """Return the inputs in a state."""
    return {key: state[key] for key in INPUT_KEYS if key in state}


def id_of(inputs: State) -> str:
    """Return the ID of the resource: `<index>/<property>`."""
    return f"{inputs['indexName']}/{inputs['propertyName']}"


def index_key(context: Context, state: State) -> IndexKey:
    """Return the account and name of the index."""
    return IndexKey(context.account_id(state), str(state["indexName"]))


def index_record(key: IndexKey, state: State) -> Record:
    """Return the index that the state means."""
    return Record(key, str(state.get("indexCreatedOn") or ""))


def is_its_index(state: State, index: Index) -> bool:
    """Return whether a live index is the one of the state. A state without a creation time accepts every index."""
    return "indexCreatedOn" not in state or is_same_time(str(state["indexCreatedOn"]), index.created_on)
