"""What identifies an index: its account and name, and its creation time. And what a read returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class IndexKey(NamedTuple):
    """The account and the name of an index. A name can be used again, so the key alone never proves which index is meant."""

    account_id: str
    name: str


class Record(NamedTuple):
    """The index that one entry of Pulumi's state means. `created_on` is "" while it is not known."""

    key: IndexKey
    created_on: str

    @classmethod
    def of(cls, account_id: str, name: str, state: Mapping[str, Any]) -> Record:
        """Make the record of a state."""
        return cls(IndexKey(account_id, name), str(state.get("createdOn") or ""))


@dataclass(frozen=True)
class Found:
    """A live resource in the form of a state."""

    outputs: dict[str, Any]
    inputs: dict[str, Any]
