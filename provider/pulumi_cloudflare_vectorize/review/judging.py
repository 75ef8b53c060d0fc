"""Decides what a preview means for the data: steps in, rows out. Pure; asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..models import UNKNOWN
from .comparing import index_changes, metadata_changes, metadata_index_changes, props
from .drift import drifted
from .grouping import Action, actions, others
from .model import INDEX_TYPE, METADATA_INDEX_TYPE, Change, Danger, Preview, Review, Row, Side, Step, UnusableError

# Rows that change an index, so that its metadata indexes go along.
_ENDS_INDEX: Final = (Danger.DELETED, Danger.REPLACED)


def judge(preview: Preview, *, is_drift: bool = False) -> Review:
    """Review a preview, or a refresh; no vectors are counted and nothing is allowed yet.

    Raises:
        UnusableError: it is the one where the other was announced, or holds an operation that is unknown.
    """
    if preview.is_refresh is not None and preview.is_refresh != is_drift:
        raise UnusableError(
            "it is a `pulumi preview`, no refresh: leave --drift out, or give `pulumi refresh --preview-only --json`"
            if is_drift
            else "it is a `pulumi refresh`, no preview: add --drift"
        )
    ours = [step for step in preview.steps if step.type in (INDEX_TYPE, METADATA_INDEX_TYPE)]
    found = [row for action in actions(ours) if (row := drifted(action) if is_drift else _row(action))]
    return Review(
        stack=preview.stack,
        project=preview.project,
        form=preview.form,
        is_drift=is_drift,
        rows=tuple(found if is_drift else _without_followers(found)),
        others=others(step for step in preview.steps if step.type not in (INDEX_TYPE, METADATA_INDEX_TYPE)),
        unchanged=preview.unchanged,
        errors=preview.errors,
    )


def _row(action: Action) -> Row | None:
    return _index_row(action) if action.step.type == INDEX_TYPE else _metadata_index_row(action)


def _index_row(action: Action) -> Row | None:
    step, operation = action.step, action.operation
    is_kept = step.old is not None and step.old.retain_on_delete
    goes_away = operation in ("replace", "delete") and not is_kept
    dangers = _dangers(operation, step, goes_away=goes_away)
    if operation == "same" and not dangers:
        return None
    changes = index_changes(step) if operation in ("update", "replace") else ()
    forced = props(step.old if operation == "delete" else step.new).get("forceDestroy")
    return Row(
        name=step.name,
        urn=step.urn,
        kind="index",
        operation="forget" if operation == "delete" and is_kept else operation,
        account_id=_text(props(step.old or step.new).get("accountId")),
        index=_index_name(action),
        new_index=_text(props(step.new).get("name")) if operation == "replace" else "",
        order=action.order,
        is_certain=operation != "replace" or _is_certain(changes),
        changes=changes,
        metadata=metadata_changes(step, goes_away=goes_away) if operation in ("update", "replace", "delete") else (),
        dangers=dangers,
        is_guarded=goes_away and forced is not True,
        is_kept=is_kept and operation in ("replace", "delete"),
        is_left_over=action.is_left_over,
        was_marked="id" in step.replace_reasons,
    )


def _index_name(action: Action) -> str:
    step = action.step
    if step.old:
        return _text(step.old.outputs.get("name")) or _text(step.old.inputs.get("name")) or step.old.id
    # A saved plan knows the new name only: the old one is the same, unless the new index is created beside it.
    is_known = action.operation in ("create", "import", "update", "same") or action.order == "delete-first"
    return _text(props(step.new).get("name")) if is_known else step.new.id if step.new else ""


def _dangers(operation: str, step: Step, *, goes_away: bool) -> tuple[Danger, ...]:
    found = []
    if goes_away:
        found.append(Danger.REPLACED if operation == "replace" else Danger.DELETED)
    if step.old and step.new and step.old.protect and not step.new.protect:
        found.append(Danger.UNPROTECTED)
    if operation in ("update", "replace") and _turns_on_force(step):
        found.append(Danger.FORCED)
    if operation == "update":
        changes = metadata_changes(step)
        found += [Danger.METADATA_LOST] if any(change.old and not change.new for change in changes) else []
        found += [Danger.METADATA_RETYPED] if any(change.old and change.new for change in changes) else []
    return tuple(found)


def _turns_on_force(step: Step) -> bool:
    if props(step.new).get("forceDestroy") not in (True, UNKNOWN):
        return False
    return props(step.old).get("forceDestroy") is not True if step.old else "forceDestroy" in step.differing


def _is_certain(changes: tuple[Change, ...]) -> bool:
    """Whether a replacement will happen: not, when all that replaces is a value that the preview cannot know."""
    replacing = [change for change in changes if change.replaces and change.path != "name"] or [
        change for change in changes if change.replaces
    ]
    return not replacing or any(change.new is not UNKNOWN for change in replacing)


def _metadata_index_row(action: Action) -> Row | None:
    step, operation = action.step, action.operation
    is_kept = step.old is not None and step.old.retain_on_delete
    changes = metadata_index_changes(step) if operation in ("update", "replace") else ()
    dangers: tuple[Danger, ...] = ()
    if operation in ("replace", "delete") and not is_kept:
        retypes = operation == "replace" and {change.path for change in changes} == {"indexType"}
        dangers = (Danger.METADATA_RETYPED if retypes else Danger.METADATA_LOST,)
    if step.old and step.new and step.old.protect and not step.new.protect:
        dangers += (Danger.UNPROTECTED,)
    if operation == "same" and not dangers:
        return None
    meant: Mapping[str, Any] = props(step.old or step.new)
    return Row(
        name=step.name,
        urn=step.urn,
        kind="metadata index",
        operation="forget" if operation == "delete" and is_kept else operation,
        account_id=_text(meant.get("accountId")),
        index=_text(meant.get("indexName")),
        property_name=_text(meant.get("propertyName")) or _last_part(step.old),
        order=action.order,
        is_certain=operation != "replace" or _is_certain(changes),
        changes=changes,
        dangers=dangers,
        is_kept=is_kept and operation in ("replace", "delete"),
        was_marked="id" in step.replace_reasons,
    )


def _without_followers(rows: list[Row]) -> list[Row]:
    """Take the danger from metadata indexes whose whole index goes: it is told there."""
    ending = {(row.account_id, row.index) for row in rows if set(_ENDS_INDEX) & set(row.dangers)}
    return [row.following() if row.kind != "index" and (row.account_id, row.index) in ending else row for row in rows]


def _last_part(side: Side | None) -> str:
    return side.id.rpartition("/")[2] if side else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
