"""A Cloudflare account in memory: the truth about its indexes, and the client that the provider sees it through.

The client has the methods of `client.Client`. It loses responses, breaks, kills and delays as one `Fault` demands.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple, TypeVar

from pulumi_cloudflare_vectorize.api.client import IndexResponse
from pulumi_cloudflare_vectorize.api.models import Index, IndexInfo
from pulumi_cloudflare_vectorize.errors import (
    AlreadyExistsError,
    DeadlineError,
    Failure,
    NotFoundError,
    ServerError,
    TransportError,
)
from pulumi_cloudflare_vectorize.waiting import CancelledError, Clock, Deadline

T = TypeVar("T")

ACCOUNT_ID = "0123456789abcdef0123456789abcdef"
METRIC = "cosine"
_REQUEST_S = 0.2
# Longer than metadata indexes may take (600 s). The change shows a minute after the next operation began (see `world`).
_SLOW_S = 600.0 + 1200.0 + 60.0


class Killed(BaseException):
    """The provider and the engine died at a request: nothing after it happens."""


class WalkClock(Clock):
    """Time passes by sleeping, by requests and between operations."""

    def __init__(self) -> None:
        super().__init__(now=lambda: self.time, unix_time_s=lambda: self.time)
        self.time = 1_790_000_000.0
        # What happens while a call sleeps: the engine's other calls.
        self.meanwhile: Callable[[], None] | None = None

    def sleep(self, seconds: float) -> None:
        if self.meanwhile:
            self.meanwhile()
        if self.cancelled.is_set():
            raise CancelledError("stopped")
        self.time += max(0.0, seconds)


class Fault(NamedTuple):
    """What goes wrong with an operation: from its `at`-th request on, `count` requests are treated as `kind` says.

    `lost` works and is not answered, `dropped` does not work and is not answered, `broken` is refused with a 5xx, `kill` dies
    before the work and `late-kill` after it. `cancel` is one Ctrl-C. `slow` lets metadata indexes show or vanish half an hour late.
    With `overtaken`, half a minute passes at the request, in which an outsider deletes every index, and recreates and fills it.
    `only` restricts the count to requests whose verb begins with it.
    """

    kind: str
    at: int = 1
    count: int = 1
    only: str = ""

    def __repr__(self) -> str:
        given = [repr(self.kind), str(self.at), str(self.count), *([repr(self.only)] if self.only else [])]
        return f"Fault({', '.join(given)})"


@dataclass
class LiveIndex:
    """An index as it truly is. `maker` is "outsider", or the stack and URN that created it."""

    name: str
    dimensions: int
    description: str
    created_at: float
    maker: str
    run: int
    vectors: int = 0
    # Whether a vector was ever written to it.
    written: bool = False
    # When a mutation was last processed. A new metadata index is a mutation too.
    processed_at: float | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    # Properties whose metadata index the provider has ever removed.
    removed: set[str] = field(default_factory=set)
    # Changes of metadata indexes that do not show yet: property → (type, or None for a deletion, when it shows).
    coming: dict[str, tuple[str | None, float]] = field(default_factory=dict)

    @property
    def created_on(self) -> str:
        """As the API writes it."""
        return rfc3339(self.created_at)

    def all_metadata(self) -> dict[str, str]:
        """What is live once everything shows."""
        changes = {name: type_ for name, (type_, _) in self.coming.items()}
        return {name: type_ for name, type_ in {**self.metadata, **changes}.items() if type_ is not None}

    def settle(self, now: float) -> None:
        """Let changes show whose time has come."""
        for name, (type_, shows_at) in list(self.coming.items()):
            if shows_at <= now:
                del self.coming[name]
                self.processed_at = shows_at
                if type_ is None:
                    self.metadata.pop(name, None)
                else:
                    self.metadata[name] = type_

    def __str__(self) -> str:
        return f'"{self.name}" ({self.dimensions} dimensions, {self.vectors} vectors, made by {self.maker})'


def rfc3339(time_s: float) -> str:
    """Write a time as the API does."""
    return datetime.fromtimestamp(time_s, timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Request(NamedTuple):
    """One request that did its work."""

    verb: str
    name: str
    property_name: str = ""


@dataclass
class Account:
    """The indexes of one account. An outsider changes them directly, the provider through an `AccountClient`."""

    clock: WalkClock = field(default_factory=WalkClock)
    indexes: dict[str, LiveIndex] = field(default_factory=dict)
    outsider_changes: int = 0

    def create(self, name: str, dimensions: int, description: str, maker: str, run: int = 0) -> LiveIndex:
        """Create an index whose name is free."""
        self.clock.time += _REQUEST_S
        index = LiveIndex(name, dimensions, description, self.clock.time, maker, run)
        self.indexes[name] = index
        return index

    def by_created_on(self, created_on: str) -> LiveIndex | None:
        """Find a live index by its creation time, which is its identity."""
        return next((index for index in self.indexes.values() if index.created_on == created_on), None)

    # --- the outsider, who is also the application that writes vectors ---

    def outsider_deletes(self, name: str) -> None:
        """Delete an index outside Pulumi."""
        self.outsider_changes += self.indexes.pop(name, None) is not None

    def outsider_creates(self, name: str, dimensions: int, description: str = "") -> None:
        """Create an index, in place of any that has the name."""
        self.indexes.pop(name, None)
        self.outsider_changes += 1
        self.create(name, dimensions, description, "outsider")

    def fill(self, name: str, vectors: int) -> None:
        """Set the number of vectors of an index, as an application does that writes or deletes some."""
        if index := self.indexes.get(name):
            index.vectors = vectors
            index.written, index.processed_at = True, self.clock.time

    def is_overtaken(self) -> None:
        """Delete, recreate and fill every index."""
        for index in list(self.indexes.values()):
            self.outsider_creates(index.name, index.dimensions, index.description)
            self.fill(index.name, 5000)
        self.clock.time += 30.0

    def outsider_sets_metadata(self, name: str, property_name: str, type_: str | None) -> None:
        """Create, retype or delete a metadata index outside Pulumi."""
        if index := self.indexes.get(name):
            index.settle(self.clock.time)
            self.outsider_changes += 1
            index.metadata.pop(property_name, None)
            if type_:
                index.metadata[property_name] = type_


class Watcher:
    """What is reported every change right before the account makes it. Raises when the change must not happen."""

    maker = "unknown"
    run = 0

    def before_delete(self, index: LiveIndex) -> None:
        """The provider deletes an index."""

    def before_metadata(self, index: LiveIndex, property_name: str, type_: str | None) -> None:
        """The provider creates (or, with None, deletes) a metadata index."""

    def after_create(self, index: LiveIndex) -> None:
        """The provider has created an index."""


class AccountClient:
    """The interface of `client.Client`, on an account in memory."""

    def __init__(self, account: Account, watcher: Watcher, fault: Fault | None = None, interrupted_at: int = 0) -> None:
        self.account = account
        self.interrupted_at = interrupted_at
        self.watcher = watcher
        self.fault = fault
        self.requests: list[Request] = []
        self.changes: list[Request] = []
        self._counted = 0
        self._dead = False
        self._lock = threading.Lock()

    def connect(self) -> None:
        """Nothing to get ready."""

    def create_index(self, account_id: str, body: Mapping[str, Any], deadline: Deadline) -> Index:
        def work() -> Index:
            name = body["name"]
            if name in self.account.indexes:
                raise AlreadyExistsError(_failure("create index", "POST", 409, 3002, "vectorize.index.duplicate_name"))
            made = self.account.create(
                name, body["config"]["dimensions"], body.get("description", ""), self.watcher.maker, self.watcher.run
            )
            self.watcher.after_create(made)
            return _index(made)

        return self._send(Request("create index", str(body["name"])), work, deadline)

    def list_indexes(self, account_id: str, deadline: Deadline) -> list[Index]:
        def work() -> list[Index]:
            return [_index(index) for index in self.account.indexes.values()]

        return self._send(Request("list indexes", ""), work, deadline)

    def get_index(self, account_id: str, name: str, deadline: Deadline) -> IndexResponse:
        def work() -> IndexResponse:
            return IndexResponse(_index(self._live(name)), self.account.clock.time)

        return self._send(Request("get index", name), work, deadline)

    def get_index_info(self, account_id: str, name: str, deadline: Deadline) -> IndexInfo:
        def work() -> IndexInfo:
            live = self._live(name)
            processed_at = live.processed_at
            return IndexInfo.model_validate(
                {
                    "vectorCount": live.vectors,
                    "dimensions": live.dimensions,
                    "processedUpToMutation": "" if processed_at is None else f"mutation at {processed_at}",
                    "processedUpToDatetime": None if processed_at is None else rfc3339(processed_at),
                }
            )

        return self._send(Request("info of index", name), work, deadline)

    def delete_index(self, account_id: str, name: str, deadline: Deadline) -> None:
        def work() -> None:
            self.watcher.before_delete(self._live(name))
            del self.account.indexes[name]

        self._send(Request("delete index", name), work, deadline)

    def create_metadata_index(
        self, account_id: str, name: str, property_name: str, index_type: str, deadline: Deadline
    ) -> None:
        def work() -> None:
            live = self._live(name)
            if property_name in live.metadata:
                raise AlreadyExistsError(_failure("create metadata index", "POST", 409, 40004, "duplicate property"))
            self.watcher.before_metadata(live, property_name, index_type)
            self._change(live, property_name, index_type)

        self._send(Request("create metadata index", name, property_name), work, deadline)

    def delete_metadata_index(self, account_id: str, name: str, property_name: str, deadline: Deadline) -> None:
        def work() -> None:
            live = self._live(name)
            if property_name not in live.metadata:
                raise NotFoundError(_failure("delete metadata index", "POST", 404, 40005, "no such property"))
            self.watcher.before_metadata(live, property_name, None)
            self._change(live, property_name, None)

        self._send(Request("delete metadata index", name, property_name), work, deadline)

    def list_metadata_indexes(self, account_id: str, name: str, deadline: Deadline) -> dict[str, str]:
        return self._send(Request("list metadata indexes of", name), lambda: dict(self._live(name).metadata), deadline)

    def _live(self, name: str) -> LiveIndex:
        live = self.account.indexes.get(name)
        if live is None:
            raise NotFoundError(_failure("read index", "GET", 404, 3000, "vectorize.index.not_found"))
        live.settle(self.account.clock.time)
        return live

    def _change(self, live: LiveIndex, property_name: str, type_: str | None) -> None:
        is_slow = self.fault is not None and self.fault.kind == "slow"
        live.coming[property_name] = (type_, self.account.clock.time + (_SLOW_S if is_slow else 0.0))
        live.settle(self.account.clock.time)

    def _send(self, request: Request, work: Callable[[], T], deadline: Deadline) -> T:
        self._let_another_call_go_first(request)
        with self._lock:
            if self._dead:
                raise Killed
            if deadline.remaining_s() <= 0:
                raise DeadlineError(f"no time is left to {request.verb} {request.name}")
            self.account.clock.time += _REQUEST_S
            self.requests.append(request)
            kind = self._kind_of_fault(request)
            self._go_wrong_before(kind, request)
            result = work()
            if request.verb.startswith(("create", "delete")):
                self.changes.append(request)
            if kind == "late-kill":
                self._dead = True
                raise Killed
            if kind == "lost":
                raise TransportError(f"no answer to {request.verb} {request.name}", may_have_worked=True)
            return result

    def _let_another_call_go_first(self, request: Request) -> None:
        """At one request of the operation, another of the engine's parallel calls runs before it."""
        # Not while the list is read: the core holds a lock then, for which the other call would wait.
        is_time = len(self.requests) + 1 == self.interrupted_at and request.verb != "list indexes"
        if is_time and self.account.clock.meanwhile:
            self.interrupted_at = 0
            self.account.clock.meanwhile()

    def _go_wrong_before(self, kind: str, request: Request) -> None:
        if kind == "kill":
            self._dead = True
            raise Killed
        if kind == "dropped":
            raise TransportError(f"no answer to {request.verb} {request.name}", may_have_worked=True)
        if kind == "broken":
            raise ServerError(_failure(f"{request.verb} {request.name}", "GET", 500, 0, "internal error"))
        if kind == "cancel":
            self.account.clock.cancelled.set()
        if kind == "overtaken" and not request.verb.startswith(("create", "delete")):
            self.account.is_overtaken()

    def _kind_of_fault(self, request: Request) -> str:
        if self.fault is None or not request.verb.startswith(self.fault.only):
            return ""
        self._counted += 1
        return self.fault.kind if 0 <= self._counted - self.fault.at < self.fault.count else ""


def _index(live: LiveIndex) -> Index:
    return Index.model_validate(
        {
            "name": live.name,
            "config": {"dimensions": live.dimensions, "metric": METRIC},
            "description": live.description,
            "created_on": live.created_on,
            "modified_on": live.created_on,
        }
    )


def _failure(action: str, method: str, status: int, code: int, message: str) -> Failure:
    return Failure(action, method, "/indexes", status, code, message)
