"""What one provider process remembers from one call to the next. Safe for threads.

Every fact here was observed: a call that came, or a response of the API. A call that did not come proves nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .index_cache import IndexCache
from .records import IndexKey, Record

Claimable = Literal["index", "prefix", "property"]


class Superseded(NamedTuple):
    """The record that a resource replaces, and the options in its state."""

    record: Record
    force_destroy: bool
    is_retained: bool


class Kept(NamedTuple):
    """An index that stays in this run, and the URN that keeps it."""

    created_on: str
    urn: str


@dataclass
class RunState:
    """The facts of one run.

    - which resources the program declares, what they allow, and what they claim,
    - which indexes this run replaces,
    - which indexes this run keeps: it created, adopted or updated them, or found them unchanged,
    - which resources have a state that does not consent.
    """

    cache: IndexCache = field(default_factory=IndexCache)
    _force_destroy: dict[str, bool | None] = field(default_factory=dict)
    _claims: dict[tuple[str, ...], str] = field(default_factory=dict)
    _prefixes: dict[tuple[str, str], str] = field(default_factory=dict)
    _separate: dict[str, frozenset[str]] = field(default_factory=dict)
    _superseded: dict[str, Superseded] = field(default_factory=dict)
    _successors: dict[Record, str] = field(default_factory=dict)
    _replaced: set[IndexKey] = field(default_factory=set)
    _kept: dict[IndexKey, Kept] = field(default_factory=dict)
    _kept_metadata: set[tuple[IndexKey, str]] = field(default_factory=set)
    _changed: set[IndexKey] = field(default_factory=set)
    _withheld: set[str] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # --- what the program declares ----------------------------------------------------------------------------------------

    def declare(self, urn: str, *, force_destroy: bool | None) -> None:
        """Record a checked declaration; `force_destroy` is None where a preview does not know it."""
        with self._lock:
            self._force_destroy[urn] = force_destroy

    def is_declared(self, urn: str) -> bool:
        """Return whether this run checked the resource: it is then a preview or an update, and no refresh."""
        with self._lock:
            return urn in self._force_destroy

    def claim(self, kind: Claimable, *parts: str, urn: str) -> str:
        """Claim something for a resource, and return the URN that holds the claim: this one, or the first one's."""
        with self._lock:
            return self._claims.setdefault((kind, *parts), urn)

    def claimant(self, kind: Claimable, *parts: str) -> str:
        """Return the URN that holds a claim; "" if there is none so far."""
        with self._lock:
            return self._claims.get((kind, *parts), "")

    def keep_prefix(self, urn: str, declared: str, kept: str) -> None:
        """Record the prefix that a renamed resource keeps: the second check of a replacement is not given the old state."""
        with self._lock:
            self._prefixes[urn, declared] = kept

    def kept_prefix(self, urn: str, declared: str) -> str:
        """Return the prefix that a resource keeps, or the declared one."""
        with self._lock:
            return self._prefixes.get((urn, declared), declared)

    def note_separate(self, urn: str, properties: Collection[str]) -> None:
        """Record the properties of an index that the program declares as resources of their own."""
        with self._lock:
            self._separate[urn] = frozenset(properties)

    def separate(self, urn: str) -> frozenset[str]:
        """Return the properties of an index that the program declares as resources of their own, as far as is known."""
        with self._lock:
            return self._separate.get(urn, frozenset())

    # --- what happens to indexes ------------------------------------------------------------------------------------------

    def supersede(self, urn: str, superseded: Superseded) -> None:
        """Record that this run replaces the index of a resource."""
        record = superseded.record
        with self._lock:
            self._superseded[urn] = superseded
            self._successors[record] = urn
            self._replaced.add(record.key)
            kept = self._kept.get(record.key)
            if kept and kept.urn == urn:
                del self._kept[record.key]

    def superseded(self, urn: str) -> Superseded | None:
        """Return the record that a resource replaces in this run, if any."""
        with self._lock:
            return self._superseded.get(urn)

    def is_replaced(self, key: IndexKey) -> bool:
        """Return whether this run replaces the index with this key."""
        with self._lock:
            return key in self._replaced

    def keep(self, urn: str, key: IndexKey, created_on: str) -> None:
        """Record an index that stays a resource's own in this run."""
        with self._lock:
            self._kept[key] = Kept(created_on, urn)

    def kept_since(self, key: IndexKey) -> str | None:
        """Return the creation time of an index that this run keeps; None if it keeps none with this key."""
        with self._lock:
            kept = self._kept.get(key)
            return kept.created_on if kept else None

    def note_changed(self, key: IndexKey) -> None:
        """Record that this run changed an index or something attached to it."""
        with self._lock:
            self._changed.add(key)

    def is_changed(self, key: IndexKey) -> bool:
        """Return whether this run changed an index or something attached to it."""
        with self._lock:
            return key in self._changed

    def keep_metadata(self, key: IndexKey, property_name: str) -> None:
        """Record a separate metadata index that this run created, or found unchanged."""
        with self._lock:
            self._kept_metadata.add((key, property_name))

    def keeps_metadata(self, key: IndexKey, property_name: str) -> bool:
        """Return whether this run keeps the metadata index."""
        with self._lock:
            return (key, property_name) in self._kept_metadata

    # --- what may be destroyed --------------------------------------------------------------------------------------------

    def successor(self, record: Record, urn: str) -> str:
        """Return the URN that replaces a record in this run; the record's own if that is not known.

        An alias gives a record with an old URN to a resource with a new one.
        """
        with self._lock:
            return self._successors.get(record, urn)

    def declared_consent(self, urn: str) -> bool | None:
        """Return the `force_destroy` that the program of this run declares for a URN; None if it declares none."""
        with self._lock:
            return self._force_destroy.get(urn)

    def note_state(self, urn: str, *, allows: bool) -> None:
        """Record what one of the states of a resource allows, which the engine read or asked to delete."""
        if not allows:
            with self._lock:
                self._withheld.add(urn)

    def states_allow(self, urn: str) -> bool:
        """Return whether every state of a resource that this run has seen allows to destroy its index."""
        with self._lock:
            return urn not in self._withheld
