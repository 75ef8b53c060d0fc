"""Decides what a refresh found: what changed behind Git's back, and what the next `pulumi up` would do about it. Pure."""

from __future__ import annotations

from .comparing import index_changes, metadata_changes, metadata_index_changes, props
from .grouping import Action
from .model import Danger, Row, Step


def drifted(action: Action) -> Row | None:
    """Make a row of a resource that is not as the state says; `changes` go from what is recorded to what is there."""
    step, is_index = action.step, action.step.kind == "index"
    if step.old is None or not (action.operation in ("delete", "update") or _is_made_anew(step)):
        return None
    is_gone = action.operation == "delete"
    compare = index_changes if is_index else metadata_index_changes
    changes = () if is_gone else compare(step)
    repair = _repair(step, is_gone=is_gone, replaces=any(change.replaces for change in changes))
    meant = props(step.old)
    return Row(
        name=step.name,
        urn=step.urn,
        kind="index" if is_index else "metadata index",
        operation="gone" if is_gone else "drifted",
        account_id=str(meant.get("accountId") or ""),
        index=str(meant.get("name" if is_index else "indexName") or step.old.id),
        property_name="" if is_index else str(meant.get("propertyName") or ""),
        order="delete-first" if repair == "replace" else None,
        changes=changes,
        metadata=metadata_changes(step) if is_index and not is_gone else (),
        dangers=(Danger.GONE if is_gone else Danger.DRIFTED,),
        repair=repair,
        is_guarded=meant.get("forceDestroy") is not True if is_index and repair == "replace" else None,
        is_made_anew=_is_made_anew(step),
        is_left_over=step.old.delete,
    )


def _repair(step: Step, *, is_gone: bool, replaces: bool) -> str:
    if is_gone:
        return "none" if step.old and step.old.delete else "create"
    if replaces:
        return "replace"
    return "update" if metadata_changes(step) else "none"


def _is_made_anew(step: Step) -> bool:
    """Whether somebody deleted the index and made another of the same name."""
    if not step.old or not step.new:
        return False
    old, new = step.old.outputs.get("createdOn"), step.new.outputs.get("createdOn")
    return bool(old and new and old != new)
