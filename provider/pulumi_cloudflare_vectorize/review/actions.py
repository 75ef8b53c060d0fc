"""Combines the engine's steps for one resource. A replacement is one, two or three steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .models import STACK_TYPE, Operation, Order, Side, Step, UnusableError

_REPLACEMENTS: Final = ("replace", "create-replacement", "import-replacement", "read-replacement")
_OPERATIONS: Final = {
    "same": Operation.SAME,
    "create": Operation.CREATE,
    "update": Operation.UPDATE,
    "delete": Operation.DELETE,
    "read": Operation.READ,
    "refresh": Operation.SAME,
    "import": Operation.IMPORT,
    "discard": Operation.FORGET,
    "discard-replaced": Operation.FORGET,
    "remove-pending-replace": Operation.SAME,
}


@dataclass(frozen=True)
class Action:
    """What happens to one resource, and the engine's step that shows it.

    - `is_superseded`: an earlier replacement left the resource behind. `declared` is then what the program declares for it now.
    - `was_gone`: a refresh in the same run found that it is gone.
    """

    operation: Operation
    step: Step
    order: Order | None = None
    is_superseded: bool = False
    was_gone: bool = False
    declared: Side | None = None


def combine(steps: Iterable[Step]) -> list[Action]:
    """Combine the steps of each URN into actions, in the order of the URNs.

    Raises:
        UnusableError: an operation that this version does not know. Ignoring it could hide a loss.
    """
    by_urn: dict[str, list[Step]] = {}
    for step in steps:
        by_urn.setdefault(step.urn, []).append(step)
    return [action for group in by_urn.values() for action in _of_one_resource(group)]


def count_others(steps: Iterable[Step]) -> dict[str, int]:
    """Count the resources of other types by operation. The stack and the providers do not count."""
    counts: dict[str, int] = {}
    seen = set()
    for step in steps:
        known = Operation.REPLACE if "replace" in step.op else _OPERATIONS.get(step.op)
        operation = known.value if known else step.op
        is_internal = step.type == STACK_TYPE or step.type.startswith("pulumi:providers:")
        if known is not Operation.SAME and not is_internal and step.urn not in seen:
            seen.add(step.urn)
            counts[operation] = counts.get(operation, 0) + 1
    return counts


def _of_one_resource(group: list[Step]) -> list[Action]:
    replacing = [step for step in group if step.op in _REPLACEMENTS]
    replaced_id = _id(replacing[0]) if replacing else ""
    found = [_replacement(replacing, group)] if replacing else []
    for step in group:
        if step.op in _REPLACEMENTS or (step.op == "delete-replaced" and replacing and _id(step) == replaced_id):
            continue
        if step.op == "delete-replaced":
            declared = next((other.new for other in group if other.new and other.op != "refresh"), None)
            found.append(Action(Operation.DELETE, step, is_superseded=True, declared=declared))
        elif step.op in _OPERATIONS:
            was_gone = step.op == "create" and any(other.op == "refresh" for other in group)
            found.append(Action(_OPERATIONS[step.op], step, was_gone=was_gone))
        else:
            raise UnusableError(f'operation "{step.op}" of {step.urn} is unknown to this version of pulumi-vectorize')
    return found


def _id(step: Step) -> str:
    return step.old.id if step.old else ""


def _replacement(replacing: list[Step], group: list[Step]) -> Action:
    step = next((step for step in replacing if step.op == "replace"), replacing[0])
    ops = [step.op for step in group]
    if "delete-replaced" in ops and len(replacing) > 1:
        creates = min(ops.index(op) for op in _REPLACEMENTS[1:] if op in ops)
        order: Order = "delete-first" if ops.index("delete-replaced") < creates else "create-first"
        return Action(Operation.REPLACE, step, order)
    return Action(Operation.REPLACE, step, _order(step.old))


def _order(old: Side | None) -> Order | None:
    if old and old.pending_replacement:
        return "delete-first"
    return "create-first" if old and old.delete else None
