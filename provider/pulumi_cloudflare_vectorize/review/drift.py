"""Makes a row of what a refresh found: what changed outside Pulumi, and what `pulumi up --refresh` does about it."""

from __future__ import annotations

from .actions import Action
from .changes import Comparison, compare
from .models import Danger, Fact, Operation, Repair, Row, Step


def drift_row(action: Action) -> Row | None:
    """Make the row of a resource that differs from the state. `changes` go from the state to the account."""
    step, is_index = action.step, action.step.kind == "index"
    is_recreated = _is_recreated(step)
    if step.old is None or not (action.operation in (Operation.DELETE, Operation.UPDATE) or is_recreated):
        return None
    is_gone = action.operation is Operation.DELETE
    found = Comparison(()) if is_gone else compare(step)
    repair = _repair(step, found, is_gone=is_gone)
    declared = step.old_declared
    facts = {Fact.RECREATED: is_recreated, Fact.SUPERSEDED: step.old.delete}
    if is_index and repair is Repair.REPLACE:
        is_forced = declared.get("forceDestroy") is True
        facts |= {Fact.UNGUARDED: is_forced, Fact.GUARDED: not is_forced}
    return Row(
        name=step.name,
        urn=step.urn,
        terms=step.terms,
        kind="index" if is_index else "metadata index",
        operation=Operation.GONE if is_gone else Operation.DRIFTED,
        account_id=str(declared.get("accountId") or ""),
        index=str(declared.get("name" if is_index else "indexName") or step.old.id),
        property_name="" if is_index else str(declared.get("propertyName") or ""),
        order="delete-first" if repair is Repair.REPLACE else None,
        changes=found.changes,
        metadata=found.metadata,
        dangers=(Danger.GONE if is_gone else Danger.DRIFTED,),
        repair=repair,
        facts=frozenset(fact for fact, is_true in facts.items() if is_true),
    )


def _repair(step: Step, found: Comparison, *, is_gone: bool) -> Repair:
    if is_gone:
        return Repair.NONE if step.old and step.old.delete else Repair.CREATE
    if found.replaces:
        return Repair.REPLACE
    return Repair.UPDATE if found.metadata else Repair.NONE


def _is_recreated(step: Step) -> bool:
    """Return whether the index was deleted, and another one was created with its name."""
    if not step.old or not step.new:
        return False
    old, new = step.old.outputs.get("createdOn"), step.new.outputs.get("createdOn")
    return bool(old and new and old != new)
