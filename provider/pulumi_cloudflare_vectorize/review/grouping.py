"""Puts the steps that the engine takes for one resource together: a replacement is one, two or three of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .model import STACK_TYPE, Order, Side, Step, UnusableError

_REPLACEMENTS: Final = ("replace", "create-replacement", "import-replacement", "read-replacement")
_OPERATIONS: Final = {
    "same": "same",
    "create": "create",
    "update": "update",
    "delete": "delete",
    "read": "read",
    "refresh": "same",
    "import": "import",
    "discard": "forget",
    "discard-replaced": "forget",
    "remove-pending-replace": "same",
}


@dataclass(frozen=True)
class Action:
    """What happens to one resource: an operation of ours, and the engine's own step behind it."""

    operation: str
    step: Step
    order: Order | None = None
    is_left_over: bool = False
    was_gone: bool = False  # a refresh in the same run looked at it, and it is created all the same
    declared: Side | None = None  # of one that is left over: what the program says of its resource now


def actions(steps: Iterable[Step]) -> list[Action]:
    """Group the steps of each URN into actions, in the order in which the URNs come.

    Raises:
        UnusableError: an operation that this version does not know; passing over it could hide a loss.
    """
    by_urn: dict[str, list[Step]] = {}
    for step in steps:
        by_urn.setdefault(step.urn, []).append(step)
    return [action for group in by_urn.values() for action in _of_one_resource(group)]


def others(steps: Iterable[Step]) -> dict[str, int]:
    """Count the resources of all other types by what happens to them; the stack and the providers do not count."""
    counts: dict[str, int] = {}
    seen = set()
    for step in steps:
        operation = "replace" if "replace" in step.op else _OPERATIONS.get(step.op, step.op)
        is_ours = step.type == STACK_TYPE or step.type.startswith("pulumi:providers:")
        if operation != "same" and not is_ours and step.urn not in seen:
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
            found.append(Action("delete", step, is_left_over=True, declared=declared))
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
        return Action("replace", step, "delete-first" if ops.index("delete-replaced") < creates else "create-first")
    return Action("replace", step, _order(step.old))


def _order(old: Side | None) -> Order | None:
    if old and old.pending_replacement:
        return "delete-first"
    return "create-first" if old and old.delete else None
