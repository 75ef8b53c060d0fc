"""A small model of Pulumi's engine (3.259): which calls it sends in which order, and what it stores after each.

Read from `pkg/resource/deploy` (step_generator, step_executor, step). An operation changes the stack's records step by step, as the
real engine saves a snapshot after each step: a kill keeps what was done before it. `update` is the model of `pulumi up`.

Left out: explicit providers, policies, hooks, `delete_before_replace` and `replace_on_changes` as options, and pending operations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, Protocol

from tests.walk.account import Killed
from tests.walk.core import UNKNOWN, Failed, Provider, Verdict
from tests.walk.programs import logical_of


@dataclass
class Record:
    """One resource in a stack's state."""

    urn: str
    kind: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    depends_on: str = ""
    delete: bool = False
    pending_replacement: bool = False
    init_errors: bool = False
    protect: bool = False
    retain: bool = False
    # What no engine knows: which index a metadata index was truly made on.
    made_on: str = ""

    @property
    def created_on(self) -> str:
        return str(self.outputs.get("createdOn") or "")


@dataclass
class Stack:
    """A stack's state: its records, in the order of the snapshot."""

    name: str
    records: list[Record] = field(default_factory=list)

    def current(self, urn: str) -> Record | None:
        """Find the record of a URN that is not pending deletion."""
        return next((record for record in self.records if record.urn == urn and not record.delete), None)


@dataclass(frozen=True)
class Call:
    """A call that the provider is about to get, for the oracle."""

    verb: str
    urn: str
    kind: str
    record: Record | None = None
    inputs: dict[str, Any] | None = None


class Observer(Protocol):
    """The oracle: sees every call with what it is about."""

    call: Call | None

    def begins(self, call: Call) -> None: ...

    def created(self, call: Call, outputs: dict[str, Any]) -> str: ...

    def updated(self, call: Call, outputs: dict[str, Any]) -> str: ...

    def was_read(self, call: Call, outputs: dict[str, Any] | None) -> None: ...

    def failed(self, call: Call, failure: Failed) -> None: ...


@dataclass
class Outcome:
    """How an operation ended: what it did, and why it failed."""

    errors: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    killed: bool = False

    @property
    def ok(self) -> bool:
        return not self.errors and not self.killed

    def __str__(self) -> str:
        ending = "killed" if self.killed else "; ".join(self.errors) or "ok"
        return f"[{', '.join(self.steps)}] {ending}"


class Stop(Exception):  # noqa: N818 -- ends an operation, is no error of its own
    """The engine schedules nothing more."""


Work = Callable[[], None]


class Operation:
    """One operation of the engine on one stack, with its own provider process."""

    def __init__(self, stack: Stack, provider: Provider, observer: Observer) -> None:
        self.stack = stack
        self.provider = provider
        self.observer = observer
        self.outcome = Outcome()

    def run(self, work: Work) -> Outcome:
        """Do the work until it ends, fails or is killed."""
        try:
            work()
        except Stop:
            pass
        except Killed:
            self.outcome.killed = True
        return self.outcome

    # --- operations ---

    def refresh(self, targets: Collection[str] = ()) -> None:
        """`pulumi refresh`: read every record. One that cannot be read stays, and the others are still read."""
        self.side_by_side(
            lambda record=record: self._read(record)
            for record in self.stack.records
            if not record.pending_replacement and (not targets or record.urn in targets)
        )
        self.stop_if_failed()

    def destroy(self, targets: Collection[str] = (), *, refresh: bool = False, exclude_protected: bool = False) -> None:
        """`pulumi destroy`: delete every record. With targets, those and what depends on them."""
        if refresh:
            self.refresh(targets)
        scope = self._with_dependents(targets) if targets else {record.urn for record in self.stack.records}
        for target in targets:
            self.replaced_with(target, open_urns=scope)
        if exclude_protected:
            protected = [record for record in self.stack.records if record.protect]
            scope -= {urn for record in protected for urn in (record.urn, record.depends_on)}
        self.delete_all(record for record in self.stack.records if record.urn in scope)

    # --- steps ---

    def side_by_side(self, steps: Iterable[Work]) -> None:
        """Try steps as the engine does in parallel: while one of them sleeps, the next begins."""
        waiting, clock = list(steps), self.provider.client.account.clock

        def begin_next() -> None:
            if waiting:
                self.attempt(waiting.pop(0))

        clock.meanwhile = begin_next
        try:
            while waiting:
                begin_next()
        finally:
            clock.meanwhile = None

    def stop(self, text: str) -> NoReturn:
        """End the operation with an error of the engine itself."""
        self.outcome.errors.append(text)
        raise Stop

    def attempt(self, step: Work) -> bool:
        try:
            step()
        except Failed as error:
            self.outcome.errors.append(str(error))
            return False
        return True

    def stop_if_failed(self) -> None:
        # After Ctrl-C the engine lets what runs end, and begins nothing.
        if self.outcome.errors or self.provider.client.account.clock.cancelled.is_set():
            if not self.outcome.errors:
                self.outcome.errors.append("update canceled")
            raise Stop

    def call(self, call: Call, work: Callable[[], Any]) -> Any:
        """Send one call to the provider."""
        before = self.observer.call
        self.observer.begins(call)
        self.outcome.calls.append(f"{call.verb} {logical_of(call.urn)}")
        try:
            return work()
        except Failed as error:
            self.observer.failed(call, error)
            raise
        finally:
            self.observer.call = before

    def _read(self, record: Record) -> None:
        call = Call("read", record.urn, record.kind, record)
        found = self.call(call, lambda: self.provider.read(record.kind, record.urn, record.id, record.outputs))
        self.observer.was_read(call, found and found[1])
        if found is None:
            self.outcome.steps.append(f"forget {logical_of(record.urn)}")
            self.stack.records.remove(record)
            return
        before = record.inputs
        record.id, record.outputs, record.inputs = found
        record.init_errors = False
        self.diff(record, before)

    def diff(self, record: Record, news: dict[str, Any], urn: str = "") -> Verdict:
        """Ask for a diff, and compare the inputs where the provider leaves that to the engine."""
        call = Call("diff", urn or record.urn, record.kind, record, news)
        verdict = self.call(
            call, lambda: self.provider.diff(record.kind, urn or record.urn, record.id, record.outputs, news)
        )
        if verdict.changes is None:
            return replace(verdict, changes=record.inputs != news)
        return verdict

    def delete(self, record: Record) -> None:
        """Send the call of a deletion, unless an option forbids it. The record is the caller's to remove."""
        if record.retain:
            return
        self.outcome.steps.append(f"delete {logical_of(record.urn)}{' (superseded)' if record.delete else ''}")
        call = Call("delete", record.urn, record.kind, record)
        self.call(call, lambda: self.provider.delete(record.kind, record.urn, record.id, record.outputs))

    def _delete_and_forget(self, record: Record) -> None:
        if record.protect and not record.delete:
            raise Failed(f"{record.urn} cannot be deleted because it is protected")
        if not record.pending_replacement:
            self.delete(record)
        self.stack.records.remove(record)

    def delete_all(self, records: Iterable[Record]) -> None:
        """Delete records in reverse order of dependency. Those that do not depend on each other go side by side."""
        condemned = list(records)
        dependents = [record for record in condemned if any(_depends(record, other, self.stack) for other in condemned)]
        for generation in (dependents, [record for record in condemned if record not in dependents]):
            self.side_by_side(lambda record=record: self._delete_and_forget(record) for record in generation)
            self.stop_if_failed()

    def replaced_with(self, urn: str, open_urns: Collection[str]) -> list[Record]:
        """Find what would be replaced with a resource, as diff says of unknown values."""
        return [
            record
            for record in self.stack.records
            if record.depends_on == urn and record.urn in open_urns and self._is_replaced_by_unknown(record)
        ]

    def _is_replaced_by_unknown(self, record: Record) -> bool:
        verdict = self.diff(record, {**record.inputs, "indexName": UNKNOWN})
        return bool(verdict.changes and verdict.replaces)

    def _with_dependents(self, urns: Collection[str]) -> set[str]:
        return set(urns) | {record.urn for record in self.stack.records if record.depends_on in urns}


def _depends(record: Record, other: Record, stack: Stack) -> bool:
    is_before = stack.records.index(other) < stack.records.index(record)
    return bool(record.depends_on) and record.depends_on == other.urn and is_before
