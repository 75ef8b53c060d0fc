"""Remembers the facts of one run from one call of the engine to the next. Safe for threads.

Every fact was observed: the engine made a call, or the API returned a response. A call that did not happen proves nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .index_cache import IndexCache
from .records import IndexKey, Record

Claimable = Literal["index", "prefix", "property"]


class Superseded(NamedTuple):
    """The record that a resource replaces, and the options in its state."""

    record: Record
    force_destroy: bool
    is_retained: bool


class Kept(NamedTuple):
    """An index that stays in this run, and the URN of its resource."""

    created_on: str
    urn: str


@dataclass
class ResourceFacts:
    """What this run observed about one resource.

    - `is_declared`: this run checked it, so this is a preview or an update, and no refresh.
    - `force_destroy`: what the program declares. None if it declares nothing, or if a preview does not know the value.
    - `separate_properties`: the metadata properties that the program declares as resources of their own.
    - `superseded`: the record that it replaces.
    - `planned`: the inputs of the index that a preview would create.
    - `withholds_consent`: one of its states does not allow its index to be destroyed.
    - `kept_prefixes`: declared prefix → the prefix that a renamed resource keeps.
    """

    is_declared: bool = False
    force_destroy: bool | None = None
    separate_properties: frozenset[str] = frozenset()
    superseded: Superseded | None = None
    planned: Mapping[str, Any] | None = None
    withholds_consent: bool = False
    kept_prefixes: dict[str, str] = field(default_factory=dict)


@dataclass
class IndexFacts:
    """What this run observed about the indexes of one account and name.

    - `kept`: the index stays. This run created, adopted or updated it, or found it unchanged.
    - `replaced_by`: creation time of a replaced index → URN of the resource that replaces it.
    - `is_changed`: this run changed it, or something attached to it.
    - `kept_properties`: the separate metadata indexes that this run created or found unchanged.
    """

    kept: Kept | None = None
    replaced_by: dict[str, str] = field(default_factory=dict)
    is_changed: bool = False
    kept_properties: set[str] = field(default_factory=set)

    @property
    def is_replaced(self) -> bool:
        """Whether this run replaces an index of this account and name."""
        return bool(self.replaced_by)


@dataclass
class RunState:
    """The facts of one run: per resource, per index, and the claims of resources."""

    cache: IndexCache = field(default_factory=IndexCache)
    _resources: dict[str, ResourceFacts] = field(default_factory=dict)
    _indexes: dict[IndexKey, IndexFacts] = field(default_factory=dict)
    _claims: dict[tuple[str, ...], str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def resource(self, urn: str) -> ResourceFacts:
        """Return the facts of a resource, to be read and set."""
        with self._lock:
            return self._resources.setdefault(urn, ResourceFacts())

    def index(self, key: IndexKey) -> IndexFacts:
        """Return the facts of an account and name, to be read and set."""
        with self._lock:
            return self._indexes.setdefault(key, IndexFacts())

    def claim(self, kind: Claimable, *parts: str, urn: str) -> str:
        """Claim something for a resource. Return the URN that has the claim: the first one that claimed it."""
        with self._lock:
            return self._claims.setdefault((kind, *parts), urn)

    def claimant(self, kind: Claimable, *parts: str) -> str:
        """Return the URN that has a claim. "" if there is none so far."""
        with self._lock:
            return self._claims.get((kind, *parts), "")

    def declare(self, urn: str, *, force_destroy: bool | None) -> None:
        """Record a checked declaration. `force_destroy` is None if a preview does not know it."""
        facts = self.resource(urn)
        facts.force_destroy = force_destroy
        facts.is_declared = True

    def plan(self, urn: str, inputs: Mapping[str, Any]) -> None:
        """Record the inputs of an index that a preview would create."""
        self.resource(urn).planned = inputs

    def planned(self, account_id: str, name: str) -> Mapping[str, Any] | None:
        """Return the inputs of an index that this preview would create. None if there are none."""
        return self.resource(self.claimant("index", account_id, name)).planned

    def keep(self, urn: str, record: Record) -> None:
        """Record that an index stays with its resource in this run."""
        self.index(record.key).kept = Kept(record.created_on, urn)

    def supersede(self, urn: str, superseded: Superseded) -> None:
        """Record that this run replaces the index of a resource."""
        record, facts = superseded.record, self.index(superseded.record.key)
        with self._lock:
            self.resource(urn).superseded = superseded
            facts.replaced_by[record.created_on] = urn
            if facts.kept and facts.kept.urn == urn:
                facts.kept = None

    def successor(self, record: Record, urn: str) -> ResourceFacts:
        """Return the facts of the resource that replaces a record in this run, or of the record's own resource.

        An alias gives the record of an old URN to a resource with a new one.
        """
        return self.resource(self.index(record.key).replaced_by.get(record.created_on, urn))
