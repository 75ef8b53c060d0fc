"""What must never happen, whatever the sequence: checked at each change of the account and after each operation.

The oracle knows what no provider knows: who made each index, and whether a vector was ever written to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.walk.account import Account, LiveIndex, Watcher
from tests.walk.core import Failed, is_unconfirmed
from tests.walk.engine import Call, Outcome, Record, Stack
from tests.walk.programs import EXPLICIT_NAMES, IndexDecl, MetaDecl, Program, alias_urn, declared_urn, logical_of

DAY_S = 86_400.0


class Violation(BaseException):
    """A promise was broken. Not an `Exception`: nothing in the core may swallow it."""


@dataclass
class Removal:
    """A metadata index that the provider deleted from an index with vectors."""

    index: LiveIndex
    property_name: str
    type_: str
    call: Call


@dataclass
class Run(Watcher):
    """The oracle of one operation. `program` is None where the engine runs none (destroy, refresh)."""

    account: Account
    stack: Stack
    number: int
    operation: str
    program: Program | None
    call: Call | None = None
    removals: list[Removal] = field(default_factory=list)
    validly_deleted: set[str] = field(default_factory=set)
    doomed: set[str] = field(default_factory=set)
    made: list[LiveIndex] = field(default_factory=list)
    made_metadata: list[tuple[LiveIndex, str]] = field(default_factory=list)
    adopted: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    created_urns: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    changes_before: dict[int, int] = field(default_factory=dict)
    removed_from: set[str] = field(default_factory=set)
    changed_properties: set[tuple[str, str]] = field(default_factory=set)
    taken_by: dict[str, str] = field(default_factory=dict)
    front_end: str = "dynamic"
    with_gaps: bool = False

    def __post_init__(self) -> None:
        self.at_start = {record.urn: record for record in self.stack.records if not record.delete}
        self.known = {record.created_on for record in self.stack.records if record.created_on}
        self.live_at_start = {index.created_on: index for index in self.account.indexes.values()}
        self.unfinished = {record.urn for record in self.stack.records if record.init_errors}
        self.outsider_changes = self.account.outsider_changes

    @property
    def maker(self) -> str:  # type: ignore[override]
        return f"{self.stack.name}/{logical_of(self.call.urn) if self.call else '?'}"

    @property
    def run(self) -> int:  # type: ignore[override]
        return self.number

    # --- what the engine does ---

    def begins(self, call: Call) -> None:
        self.call = call
        self.changes_before[id(call)] = self.account.outsider_changes
        if call.verb == "delete" and call.kind == "index" and call.record:
            self.doomed.add(call.record.created_on)
        if call.verb == "diff" and call.kind == "index" and call.record:
            self.taken_by[call.record.created_on] = call.urn
        if call.verb in ("create", "update"):
            self.touched.add(call.urn)
        if call.verb == "create":
            self.created_urns.add(call.urn)

    def created(self, call: Call, outputs: dict[str, Any]) -> str:
        """Check what a creation returned. Returns the identity of the index that a metadata index is on."""
        if call.kind == "meta":
            live = self.account.indexes.get(outputs["indexName"])
            return live.created_on if live else ""
        self._came_to_own(call, outputs)
        return ""

    def updated(self, call: Call, outputs: dict[str, Any]) -> str:
        """Check what an update returned. Returns the identity of the index that a metadata index is on."""
        if call.kind == "meta":
            live = self.account.indexes.get(outputs["indexName"])
            is_made = live and (live, outputs["propertyName"]) in self.made_metadata
            return live.created_on if is_made and live else (call.record.made_on if call.record else "")
        if call.kind == "index" and call.record and outputs.get("createdOn") != call.record.created_on:
            self._came_to_own(call, outputs)
        return ""

    def was_read(self, call: Call, outputs: dict[str, Any] | None) -> None:
        if call.kind != "index" or outputs is None or call.record is None:
            return
        before, now = call.record.created_on, str(outputs.get("createdOn") or "")
        if before != now and not self._is_made_for(call, self.account.by_created_on(now)):
            raise Violation(f"a refresh accepted index {outputs['name']!r}, which is not the one in the state")

    def failed(self, call: Call, failure: Failed) -> None:
        claims_nothing = any(text in str(failure) for text in ("nothing was changed", "No changes were made"))
        if not claims_nothing or call.kind != "index":
            return
        name = call.record.id if call.record else str((call.inputs or {}).get("name"))
        live = self.account.indexes.get(name)
        if live and live.created_on in self.removed_from:
            raise Violation(
                f"the error claims that nothing was changed, but this run removed a part of {live}: {failure}"
            )

    def _came_to_own(self, call: Call, outputs: dict[str, Any]) -> None:
        live = self.account.by_created_on(str(outputs.get("createdOn") or ""))
        if live is None and self._is_overtaken():
            return
        if live is None:
            raise Violation(
                f"the outputs of {call.urn} name an index that does not exist: {outputs.get('createdOn')!r}"
            )
        if live in self.made or self._is_made_for(call, live):
            return
        if self._is_in_state(call, live):
            return
        self.adopted.add(live.created_on)
        inputs = call.inputs or {}
        fits = live.dimensions == inputs["config"]["dimensions"] and live.description == (inputs["description"] or "")
        if not fits:
            raise Violation(f"{live} was adopted, although it has another shape or description than {inputs}")
        if inputs.get("adopt"):
            return
        if live.written:
            raise Violation(f"{live} was adopted without `adopt`, although vectors were written to it")
        if self.account.clock.time - live.created_at > DAY_S:
            raise Violation(f"{live} was adopted without `adopt`, although it is older than 24 hours")

    def alias_of(self, urn: str) -> str:
        """The URN that a resource had before, by the alias of its declaration."""
        for logical, decl in self.program.resources if self.program else ():
            if declared_urn(self.stack.name, logical, decl) == urn:
                return alias_urn(self.stack.name, decl)
        return ""

    def _is_in_state(self, call: Call, live: LiveIndex) -> bool:
        """Whether a record of this very resource, superseded or not, means the index."""
        urns = {call.urn, self.alias_of(call.urn)}
        return any(record.created_on == live.created_on and record.urn in urns for record in self._all_at_start)

    def _is_made_for(self, call: Call, live: LiveIndex | None) -> bool:
        """Whether an index was truly made by an earlier, partial creation of this very resource."""
        return (
            live is not None
            and call.record is not None
            and not call.record.created_on
            and live.maker == f"{self.stack.name}/{logical_of(call.urn)}"
        )

    # --- what the account is about to do ---

    def after_create(self, index: LiveIndex) -> None:
        self.changed.add(index.created_on)
        if self.operation == "preview":
            raise Violation("a preview created an index")
        self.made.append(index)

    def before_delete(self, index: LiveIndex) -> None:
        self.changed.add(index.created_on)
        call = self.call
        if call is None or call.verb != "delete" or call.kind != "index" or call.record is None:
            raise Violation(f"{index} was deleted by a call that deletes no index: {call}")
        self._refuse_foreign(call, index, "deleted")
        same = [record for record in self._all_at_start if record.created_on == index.created_on]
        if index.vectors and not any(map(self._consents, [call.record, *same])):
            raise Violation(
                f"{self.operation} deleted {index} with its vectors; consent of {call.record.urn}"
                f"{' (superseded)' if call.record.delete else ''} was not given"
            )
        self.validly_deleted.add(index.created_on)

    def before_metadata(self, index: LiveIndex, property_name: str, type_: str | None) -> None:
        self.changed.add(index.created_on)
        call = self.call
        if call is None or self.operation in ("preview", "refresh") or call.verb in ("check", "diff", "read"):
            raise Violation(f"metadata index {property_name!r} of {index} was changed by {call}")
        if self.account.outsider_changes != self.changes_before.get(id(call)):
            pass  # The index was the right one when this call began.
        elif call.kind == "index":
            self._refuse_foreign(call, index, f"changed (metadata index {property_name!r})")
        elif type_ is None and call.record and call.verb == "delete" and call.record.made_on != index.created_on:
            raise Violation(
                f"metadata index {property_name!r} of {index} was deleted, although the state means one on an index created "
                f"{call.record.made_on or 'never'}"
            )
        self.changed_properties.add((index.created_on, property_name))
        if type_ is None:
            index.removed.add(property_name)
            self.removed_from.update([index.created_on] if call.verb == "delete" else [])
        if type_ is not None:
            self.made_metadata.append((index, property_name))
        elif index.vectors:
            self.removals.append(Removal(index, property_name, index.metadata[property_name], call))

    def _refuse_foreign(self, call: Call, index: LiveIndex, what: str) -> None:
        mine = call.record.created_on if call.record else ""
        is_mine = (
            mine == index.created_on
            or (call.verb != "delete" and (index in self.made or self._may_adopt(call, index)))
            or (call.verb == "create" and self._is_in_state(call, index))
            or (not mine and self._may_adopt(call, index))
            or self._is_made_for(call, index)
        )
        if not is_mine:
            raise Violation(f"{index} was {what} by {call.verb} of {call.urn}, whose state means one created {mine!r}")

    def _may_adopt(self, call: Call, index: LiveIndex) -> bool:
        if call.verb != "create" and call.record and call.record.created_on:
            return False
        inputs = call.inputs or (call.record.inputs if call.record else {})
        is_new = not index.written and self.account.clock.time - index.created_at <= DAY_S
        fits = index.dimensions == inputs["config"]["dimensions"] and index.description == (inputs["description"] or "")
        return fits and (bool(inputs.get("adopt")) or is_new)

    def _consents(self, record: Record) -> bool:
        """Whether a record's index may be destroyed with its vectors: as the program says, else as the state does."""
        is_remade = record.urn in self.created_urns  # a replacement without a diff, as after --replace
        taker = self.taken_by.get(record.created_on, record.urn if is_remade else None)
        declared = self._own_declaration_of(taker) if taker else self._declaration_of(record.urn)
        is_current = self.at_start.get(record.urn) is record
        if declared is not None and (declared.force or is_current or record.urn in self._declared_urns()):
            return declared.force
        if not record.outputs.get("forceDestroy"):
            return False
        if is_current or declared is not None:
            return True  # Under an alias the provider cannot know which resource replaced the record.
        successor = self.at_start.get(record.urn)
        return successor is None or bool(successor.outputs.get("forceDestroy"))

    def _declaration_of(self, urn: str) -> IndexDecl | None:
        """What the program declares for a URN. An alias counts if the resource has no record under its own URN."""
        for logical, decl in self.program.resources if self.program else ():
            own = declared_urn(self.stack.name, logical, decl)
            is_alias = urn == alias_urn(self.stack.name, decl) and own not in self.at_start
            if isinstance(decl, IndexDecl) and (urn == own or is_alias):
                return decl
        return None

    def _own_declaration_of(self, urn: str) -> IndexDecl | None:
        """What the program declares for the resource that took a record: the first one that was registered, as in the engine."""
        for logical, decl in self.program.resources if self.program else ():
            if isinstance(decl, IndexDecl) and declared_urn(self.stack.name, logical, decl) == urn:
                return decl
        return None

    def _declared_urns(self) -> set[str]:
        return {declared_urn(self.stack.name, name, decl) for name, decl in (self.program or Program()).resources}

    # --- after the operation ---

    def ends(self, outcome: Outcome, *, is_whole: bool) -> None:
        """Check what an operation left. `is_whole` says that it had no targets."""
        for removal in self.removals:
            self._check_removal(removal)
        if outcome.killed or self._is_overtaken():
            return
        self._check_orphans()
        self._check_truth()
        if outcome.ok and is_whole and self.operation.startswith("destroy"):
            self._check_nothing_remains()
        if outcome.ok and is_whole and self.operation == "refresh":
            self._check_all_was_read()
        if outcome.ok and is_whole and self.program is not None and self.operation != "preview":
            self._check_all_exist()

    def _is_overtaken(self) -> bool:
        """Whether an outsider acted in the midst of this operation: what it believes may be old."""
        return self.account.outsider_changes != self.outsider_changes

    def _check_removal(self, removal: Removal) -> None:
        index, call = removal.index, removal.call
        if index.created_on in self.validly_deleted or index.vectors == 0:
            return
        if not self.with_gaps and self._is_gap(removal):
            return
        what = f"metadata index {removal.property_name!r} ({removal.type_}) of {index}"
        if index.all_metadata().get(removal.property_name) == removal.type_:
            raise Violation(f"{what} was deleted and recreated: filters find nothing of the vectors written before")
        if removal.type_ == self._declared_metadata(index).get(removal.property_name):
            raise Violation(f"{what} was deleted, although the program declares it")
        if self._owner_consents(index) or (call.record and call.kind == "meta" and self._meta_consents(call.record)):
            return
        if call.kind == "meta" and index.created_on in self.doomed and not self._is_declared(index):
            raise Violation(f"{what} was deleted, and then its index was kept")
        if self.program is None and self.operation == "destroy" and index.created_on in self.known:
            raise Violation(f"{what} was deleted, and its index was not")

    def _is_gap(self, removal: Removal) -> bool:
        """Return whether no call of the engine shows that the program did not ask for this (docs/internals/state.md, "Gaps")."""
        created_on = removal.index.created_on
        is_retained = any(record.retain and record.pending_replacement for record in self._all_at_start)
        same = [
            record
            for record in self._all_at_start
            if (record.made_on == created_on and record.outputs.get("propertyName") == removal.property_name)
            or (
                record.created_on == created_on
                and removal.property_name in (record.outputs.get("metadataIndexes") or {})
            )
        ]
        record = removal.call.record
        is_consented = removal.call.kind == "meta" and record is not None and record.outputs.get("forceDestroy") is True
        is_move = self.front_end == "plugin" and removal.call.kind == "index" and self._is_declared_separately(removal)
        return is_move or is_retained or len(same) > 1 or (is_consented and self.operation.endswith("--target"))

    def _is_declared_separately(self, removal: Removal) -> bool:
        resources = self.program.resources if self.program else ()
        return any(isinstance(decl, MetaDecl) and decl.property_name == removal.property_name for _, decl in resources)

    def _declared_metadata(self, index: LiveIndex) -> dict[str, str]:
        """What the program declares on an index that one of the stack's records means."""
        if self.program is None:
            return {}
        names = [decl.name for _, decl in self.program.resources if isinstance(decl, IndexDecl) and decl.name]
        if names.count(index.name) > 1:
            return {}  # The provider rejects such a program.
        urns = {
            record.urn for record in self.stack.records if record.created_on == index.created_on and not record.delete
        }
        declared: list[tuple[str, str]] = []
        for logical, decl in self.program.resources:
            if isinstance(decl, IndexDecl) and declared_urn(self.stack.name, logical, decl) in urns:
                declared += decl.metadata
            if isinstance(decl, MetaDecl):
                parent = self.program.get(decl.index)
                is_meant = parent and parent.name == (index.name if index.name in EXPLICIT_NAMES else "")
                if decl.literal == index.name or (
                    parent and is_meant and declared_urn(self.stack.name, decl.index, parent) in urns
                ):
                    declared.append((decl.property_name, decl.type_))
        # A program that contradicts itself declares nothing.
        return {
            name: type_ for name, type_ in declared if all(other == type_ for key, other in declared if key == name)
        }

    def _is_declared(self, index: LiveIndex) -> bool:
        """Whether the program continues to manage an index, perhaps as another resource than before."""
        declared = self._declared_urns()
        return any(
            record.created_on == index.created_on and record.urn in declared and not record.delete
            for record in self.stack.records
        )

    def _owner_consents(self, index: LiveIndex) -> bool:
        owners = [
            record
            for record in [*self.at_start.values(), *self.stack.records]
            if record.created_on == index.created_on and record.kind == "index"
        ]
        return bool(owners) and all(self._consents(record) for record in owners)

    def _meta_consents(self, record: Record) -> bool:
        for logical, decl in self.program.resources if self.program else ():
            if isinstance(decl, MetaDecl) and declared_urn(self.stack.name, logical, decl) == record.urn:
                return decl.force
        return bool(record.outputs.get("forceDestroy"))

    def _check_orphans(self) -> None:
        states = {record.created_on for record in self.stack.records}
        partial = {record.id for record in self.stack.records if not record.created_on}
        for index in self.made:
            is_live = self.account.by_created_on(index.created_on) is not None
            if is_live and index.created_on not in states and index.name not in partial:
                raise Violation(f"this run created {index}, and the state does not know it")
        for index, property_name in self.made_metadata:
            is_live = self.account.by_created_on(index.created_on) and property_name in index.all_metadata()
            if is_live and not any(_holds(record, index, property_name) for record in self.stack.records):
                raise Violation(
                    f"this run created metadata index {property_name!r} of {index}, and the state does not know it"
                )

    def _check_truth(self) -> None:
        for record in self.stack.records:
            if record.kind != "index" or record.urn not in self.touched or record.delete or record.init_errors:
                continue
            live = self.account.by_created_on(record.created_on)
            if live is None or live.created_on not in self.changed or len(self._owners(live)) > 1:
                continue
            managed = record.outputs.get("metadataIndexes") or {}
            truth = live.all_metadata()
            ours = {
                name: type_ for name, type_ in managed.items() if (live.created_on, name) in self.changed_properties
            }
            if not ours.items() <= truth.items():
                raise Violation(f"the state of {record.urn} holds metadata indexes {managed}, live are {truth}")
        for removal in self.removals:
            if len(self._owners(removal.index)) == 1 and (self.with_gaps or not self._is_gap(removal)):
                self._check_no_record_of(removal)

    def _owners(self, index: LiveIndex) -> list[Record]:
        return [record for record in self.stack.records if record.created_on == index.created_on and not record.delete]

    def _check_no_record_of(self, removal: Removal) -> None:
        """A metadata index that this run deleted is in no record of its index any more."""
        for record in self.stack.records:
            is_left = record.delete or (self.program is not None and record.urn not in self._declared_urns())
            is_its = record.created_on == removal.index.created_on and not is_left and not record.init_errors
            held = (record.outputs.get("metadataIndexes") or {}) if is_its else {}
            live = removal.index.all_metadata()
            if removal.property_name in held and removal.property_name not in live:
                raise Violation(
                    f"this run deleted metadata index {removal.property_name!r} of {removal.index}, and the state of "
                    f"{record.urn} still holds {held} without an error"
                )

    def _check_all_exist(self) -> None:
        """After a successful `up`, every index that it created or updated exists as the state says."""
        for record in self.stack.records:
            if record.kind == "index" and record.urn in self.touched and not record.delete:
                is_old = any(held.created_on == record.created_on for held in self._all_at_start)
                if is_old and record.created_on not in self.live_at_start:
                    continue  # Deleted outside Pulumi, or by a run that was killed: a refresh shows.
                if self.account.by_created_on(record.created_on) is None:
                    raise Violation(f"after {self.operation} the state holds {record.urn}, whose index does not exist")
                if record.init_errors:
                    raise Violation(f"a successful {self.operation} left an error with {record.urn}")
        self._check_none_is_shared()
        for record in self.stack.records:
            live = self.account.by_created_on(record.made_on)
            # What this run did not look at may have been deleted before: by an outsider, another stack, or a failed run.
            if record.kind != "meta" or live is None or live.coming:
                continue
            is_certain = not self.account.outsider_changes and record.outputs["propertyName"] not in live.removed
            if record.urn not in self.created_urns and not is_certain:
                continue
            if live.metadata.get(record.outputs["propertyName"]) != record.outputs["indexType"]:
                raise Violation(f"after {self.operation} the state holds {record.urn}, which does not exist")

    def _check_none_is_shared(self) -> None:
        owners: dict[str, str] = {}
        for record in self.stack.records:
            if record.created_on and not record.delete:
                other = owners.setdefault(record.created_on, record.urn)
                if other != record.urn:
                    raise Violation(
                        f"index {record.id!r} is managed by two resources of one program: {other}, {record.urn}"
                    )

    def _check_all_was_read(self) -> None:
        """After a successful refresh, the state holds what is live, and nothing that is not."""
        for record in self.stack.records:
            is_partial = record.kind == "index" and not record.created_on
            is_open = is_partial or is_unconfirmed(record.outputs) or record.urn in self.unfinished
            if record.pending_replacement or is_open:
                continue
            live = self.account.by_created_on(record.made_on if record.kind == "meta" else record.created_on)
            # A change that does not show yet may count or not.
            truths = [live.metadata, live.all_metadata()] if live else []
            held = record.outputs.get("metadataIndexes") or {}
            if record.kind == "meta":
                held = {record.outputs["propertyName"]: record.outputs["indexType"]}
            if not any(held.items() <= truth.items() for truth in truths):
                raise Violation(f"after a refresh the state of {record.urn} holds {held}; live: {live} with {truths}")

    def _check_nothing_remains(self) -> None:
        if self.stack.records:
            raise Violation(f"a successful destroy left {[record.urn for record in self.stack.records]} in the state")
        for created_on in self.known:
            live = self.account.by_created_on(created_on)
            if live is not None and created_on not in self.retained:
                raise Violation(f"a successful destroy left {live} in the account")

    @property
    def retained(self) -> set[str]:
        """Indexes that `retain_on_delete` keeps."""
        return {record.created_on for record in self._all_at_start if record.retain}

    def remember(self) -> None:
        """Keep the records as they are before the operation."""
        self._all_at_start = list(self.stack.records)


def _holds(record: Record, index: LiveIndex, property_name: str) -> bool:
    """Whether a record accounts for a metadata index, or for an error that the next `up` mends."""
    if record.kind == "meta":
        return record.outputs.get("indexName") == index.name and record.outputs.get("propertyName") == property_name
    is_its = record.created_on == index.created_on or (not record.created_on and record.id == index.name)
    return is_its and (record.init_errors or property_name in (record.outputs.get("metadataIndexes") or {}))
