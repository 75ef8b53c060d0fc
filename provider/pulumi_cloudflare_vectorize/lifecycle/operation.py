"""What a lifecycle function works with: the client, the deadline, whom to tell, and what this process remembers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ..client import Client
from ..models import Index
from ..naming import is_generation_of
from ..settings import required_account_id
from ..waiting import Deadline
from .directory import Directory, get_or_none

State = Mapping[str, Any]


class Reporter(Protocol):
    """Where messages to the person go."""

    def info(self, text: str) -> None:
        """Say something worth keeping."""

    def warning(self, text: str) -> None:
        """Say something that asks for attention."""

    def progress(self, text: str) -> None:
        """Say what is going on right now; it may be replaced by the next."""


@dataclass
class Memory:
    """What one process remembers from one call to the next; safe for threads.

    It closes ways to lose an index that no single call can see (docs/state.md): the engine may delete, under an old record,
    the very index that this process has just made.
    """

    directory: Directory = field(default_factory=Directory)
    _made: set[tuple[str, str]] = field(default_factory=set)
    _kept: set[tuple[str, str]] = field(default_factory=set)
    _declared: set[tuple[str, str]] = field(default_factory=set)
    _awaited: set[tuple[str, str]] = field(default_factory=set)
    _forced: dict[tuple[str, str], bool] = field(default_factory=dict)
    _forced_resources: dict[str, bool] = field(default_factory=dict)
    _prefixes: dict[str, str] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    _properties: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _checked: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note_made(self, account_id: str, name: str) -> None:
        """Remember that this process created or took over an index."""
        with self._lock:
            self._made.add((account_id, name))

    def made(self, account_id: str, name: str) -> bool:
        """Whether this process created, took over or updated the index, or found that it stays as it is."""
        with self._lock:
            return (account_id, name) in self._made | self._kept

    def note_declared(self, account_id: str, name: str) -> None:
        """Remember that the program of this run declares an index."""
        with self._lock:
            self._declared.add((account_id, name))

    def note_unchanged(self, account_id: str, name: str, *, unchanged: bool) -> None:
        """Remember whether a declared index stays as it is: a record of it that is to be deleted is then an older one.

        Such a record is left behind when a run took the index over, and then failed before it came to the deletion. Diffs of
        a refresh do not count: they say nothing of what the run is for, which may be to destroy.
        """
        with self._lock:
            if not unchanged:
                self._kept.discard((account_id, name))
            elif (account_id, name) in self._declared:
                self._kept.add((account_id, name))

    def note_awaited(self, account_id: str, name: str, *, awaited: bool) -> None:
        """Remember whether an index is to take the place of another of the same name, which is still to be deleted or is gone."""
        with self._lock:
            (self._awaited.add if awaited else self._awaited.discard)((account_id, name))

    def awaited(self, account_id: str, name: str) -> bool:
        """Whether an index takes the place of one of the same name that this run did not come to delete: an earlier run did."""
        with self._lock:
            return (account_id, name) in self._awaited

    def note_forced(self, account_id: str, name: str, *, forced: bool) -> None:
        """Remember whether the program of this run allows an index (a name, or the prefix of generated ones) to be destroyed."""
        with self._lock:
            self._forced[account_id, name] = forced

    def note_forced_resource(self, urn: str, *, forced: bool) -> None:
        """Remember whether the program of this run allows the indexes of a resource to be destroyed."""
        with self._lock:
            self._forced_resources[urn] = forced

    def is_forced(self, urn: str, account_id: str, name: str, prefix: str, *, default: bool) -> bool:
        """Whether an index may be destroyed: as the program of this run says, whatever its old state does (`default`).

        What it says of the resource comes first: a record that an earlier run could not delete has another name or account by now.
        """
        with self._lock:
            if urn in self._forced_resources:
                return self._forced_resources[urn]
            by_name = self._forced.get((account_id, name))
            by_prefix = self._forced.get((account_id, prefix)) if is_generation_of(prefix, name) else None
        known = by_prefix if by_name is None else by_name
        return default if known is None else known

    def note_prefix(self, declared: str, kept: str) -> None:
        """Remember that a renamed resource keeps the prefix it had: a replacement's second check is not told the old state."""
        with self._lock:
            self._prefixes[declared] = kept

    def prefix(self, declared: str) -> str:
        """Return the prefix that a resource keeps; its own when it was not renamed."""
        with self._lock:
            return self._prefixes.get(declared, declared)

    def claim(self, prefix: str, urn: str) -> bool:
        """Take a prefix for one resource; False when another resource of this run has it already."""
        with self._lock:
            return self._owners.setdefault(prefix, urn) == urn

    def claim_property(self, account_id: str, index_name: str, property_name: str, urn: str) -> str:
        """Take a metadata property for one resource, and return whose it is: this one's, or another's of this run."""
        with self._lock:
            return self._properties.setdefault((account_id, index_name, property_name), urn)

    def property_owner(self, account_id: str, index_name: str, property_name: str) -> str:
        """Return the URN of the resource that declares a metadata property in this run; "" when none does."""
        with self._lock:
            return self._properties.get((account_id, index_name, property_name), "")

    def note_checked(self, urn: str) -> None:
        """Remember that this run checked a resource: it is a preview or an update, not a refresh."""
        with self._lock:
            self._checked.add(urn)

    def checked(self, urn: str) -> bool:
        """Whether this run checked the resource."""
        with self._lock:
            return urn in self._checked


@dataclass(frozen=True)
class Operation:
    """One call of the engine: everything a lifecycle function may use."""

    client: Client
    memory: Memory
    report: Reporter
    deadline: Deadline
    default_account_id: str = ""
    urn: str = ""
    metadata_timeout_s: float = 600.0

    def for_metadata_indexes(self) -> Operation:
        """Return the same operation with the time that metadata indexes may take, on top of what is over already."""
        return replace(self, deadline=self.deadline.restarted(self.metadata_timeout_s))

    def account_id(self, state: State) -> str:
        """Return the account of a resource.

        Raises:
            SettingsError: neither the resource nor the settings name one, or it is malformed.
        """
        return required_account_id(str(state.get("accountId") or self.default_account_id))

    def find(self, account_id: str, name: str) -> Index | None:
        """Find an index as it is now; what this run has made is never looked up in a list that may be older."""
        if self.memory.made(account_id, name):
            return get_or_none(self.client, account_id, name, self.deadline)
        return self.memory.directory.find(self.client, account_id, name, self.deadline)
