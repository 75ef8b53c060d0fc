"""Decides what a preview means for the data: steps in, rows out. Pure; asks nobody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ..models import UNKNOWN
from .comparing import NOT_KNOWN, index_changes, likeness, metadata_changes, metadata_index_changes, props
from .drift import drifted
from .escaping import SECRET
from .grouping import Action, actions, others
from .model import Change, Danger, Preview, Review, Row, Side, Step, UnusableError

# Rows that change an index, so that its metadata indexes go along.
_ENDS_INDEX: Final = (Danger.DELETED, Danger.REPLACED)

# (form, whether it is drift) → what nothing in it tells.
_NOTES: Final = {
    ("plan", False): "a saved plan holds no old values, and not what was protected: review the preview to see all",
    ("document", False): (
        "the JSON document leaves out the deletion of an index that an earlier replacement left over: let the engine write events"
        " (`PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true`) to see all"
    ),
    ("document", True): (
        "the JSON document says nothing of an index that was made anew in the same shape: let the engine write events"
        " (`PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true`) to see all"
    ),
}


def judge(preview: Preview, *, is_drift: bool = False) -> Review:
    """Review a preview, or a refresh; no vectors are counted and nothing is allowed yet.

    Raises:
        UnusableError: it is the one where the other was announced, or holds an operation that is unknown.
    """
    if (
        is_drift
        and preview.is_refresh is None
        and preview.steps
        and all(step.op != "refresh" for step in preview.steps)
    ):
        raise UnusableError("nothing in it says that it is a refresh: give `pulumi refresh --preview-only --json`")
    if preview.is_refresh is not None and preview.is_refresh != is_drift:
        raise UnusableError(
            "it is a `pulumi preview`, no refresh: leave --drift out, or give `pulumi refresh --preview-only --json`"
            if is_drift
            else "it is a `pulumi refresh`, no preview: add --drift"
        )
    ours = [step for step in preview.steps if step.kind]
    found = [row for action in actions(ours) if (row := drifted(action) if is_drift else _row(action))]
    note = _note(preview, is_drift=is_drift)
    return Review(
        stack=preview.stack,
        project=preview.project,
        form=preview.form,
        is_drift=is_drift,
        rows=tuple(found if is_drift else _without_followers(found)),
        others=others(step for step in preview.steps if not step.kind),
        unchanged=preview.unchanged,
        errors=preview.errors,
        notes=(note,) if note else (),
        is_whole=not note,
    )


def _note(preview: Preview, *, is_drift: bool) -> str:
    """Say what the form of a preview leaves out; "" when it leaves out nothing."""
    # With `--show-replacement-steps` the document holds that deletion too, as it holds these.
    holds_all = preview.form == "document" and any(step.op == "delete-replaced" for step in preview.steps)
    return "" if holds_all else _NOTES.get((preview.form, is_drift), "")


def _row(action: Action) -> Row | None:
    return _index_row(action) if action.step.kind == "index" else _metadata_index_row(action)


def _index_row(action: Action) -> Row | None:
    step, operation = action.step, action.operation
    is_kept = step.old is not None and step.old.retain_on_delete
    goes_away = operation in ("replace", "delete") and not is_kept
    dangers = _dangers(operation, step, goes_away=goes_away)
    if operation == "same" and not dangers:
        return None
    changes = index_changes(step) if operation in ("update", "replace") else ()
    forced = props(action.declared or (step.old if operation == "delete" else step.new)).get("forceDestroy")
    return Row(
        **_common(action, changes, dangers),
        kind="index",
        index=_index_name(action),
        new_index=_text(props(step.new).get("name")) if operation == "replace" else "",
        metadata=metadata_changes(step, goes_away=goes_away) if operation in ("update", "replace", "delete") else (),
        is_guarded=forced is not True if goes_away and forced in (True, False, None) and _is_told(step) else None,
        is_kept_too_late=goes_away and step.new is not None and step.new.retain_on_delete,
        declared=props(step.new) if operation in ("create", "replace") else {},
        was_gone=action.was_gone,
        likeness=likeness(step.new or step.old),
    )


def _is_told(step: Step) -> bool:
    """Whether `force_destroy` is known: a saved plan does not say it of an index that goes."""
    return step.old is not None or bool(props(step.new))


def _common(action: Action, changes: tuple[Change, ...], dangers: tuple[Danger, ...]) -> dict[str, Any]:
    """Return the fields that the rows of both kinds have."""
    step, operation = action.step, action.operation
    old, new = step.old, step.new
    is_kept = old is not None and old.retain_on_delete
    return {
        "name": step.name,
        "urn": step.urn,
        "operation": "forget" if operation == "delete" and is_kept else operation,
        "account_id": _text(props(old or new).get("accountId")),
        "order": action.order,
        "is_certain": _is_certain(step, operation, changes),
        "changes": changes,
        "dangers": dangers,
        "is_protected": old is not None
        and old.protect
        and operation in ("replace", "delete")
        and (not new or new.protect),
        "is_kept": is_kept and operation == "replace",
        "is_left_over": action.is_left_over,
        "was_marked": "id" in step.replace_reasons,
    }


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
    if step.leaves and not goes_away:
        found.append(Danger.LEFT)
    if _is_unprotected(step):
        found.append(Danger.UNPROTECTED)
    if operation in ("update", "replace") and _turns_on_force(step):
        found.append(Danger.FORCED)
    return (*found, *(_of_metadata(step) if operation == "update" else ()))


def _of_metadata(step: Step) -> Iterable[Danger]:
    changes = metadata_changes(step)
    if any(change.old and not change.new for change in changes) or _hides_metadata(step):
        yield Danger.METADATA_LOST
    if any(change.old and change.new for change in changes):
        yield Danger.METADATA_RETYPED


def _hides_metadata(step: Step) -> bool:
    """Whether metadata indexes differ, and nothing says in what: in a saved plan, or where they were a secret."""
    is_hidden = step.old is None or props(step.old).get("metadataIndexes") == SECRET
    return is_hidden and "metadataIndexes" in step.differing


def _turns_on_force(step: Step) -> bool:
    if props(step.new).get("forceDestroy") not in (True, UNKNOWN, SECRET):
        return False
    if props(step.new)["forceDestroy"] == SECRET == props(step.old).get("forceDestroy"):
        return "forceDestroy" in step.differing
    return props(step.old).get("forceDestroy") is not True if step.old else "forceDestroy" in step.differing


def _is_certain(step: Step, operation: str, changes: tuple[Change, ...]) -> bool:
    """Whether it will happen: not, when all that replaces is a value that the preview cannot know, or old values are missing."""
    if operation == "update":
        is_known = not any(change.new == NOT_KNOWN for change in metadata_changes(step))
        return step.old is not None and is_known and not _hides_metadata(step)
    if operation != "replace":
        return True
    replacing = [change for change in changes if change.replaces and change.path != "name"] or [
        change for change in changes if change.replaces
    ]
    return not replacing or any(change.new is not UNKNOWN for change in replacing)


def _metadata_index_row(action: Action) -> Row | None:
    step, operation = action.step, action.operation
    changes = metadata_index_changes(step) if operation in ("update", "replace") else ()
    dangers: tuple[Danger, ...] = ()
    if operation in ("replace", "delete") and not (step.old and step.old.retain_on_delete):
        retypes = operation == "replace" and {change.path for change in changes} == {"indexType"}
        dangers = (Danger.METADATA_RETYPED if retypes else Danger.METADATA_LOST,)
    if step.leaves and not dangers:
        dangers = (Danger.LEFT,)
    if _is_unprotected(step):
        dangers += (Danger.UNPROTECTED,)
    if operation == "same" and not dangers:
        return None
    meant = props(step.old or step.new)
    return Row(
        **_common(action, changes, dangers),
        kind="metadata index",
        index=_text(meant.get("indexName")),
        property_name=_text(meant.get("propertyName")) or _last_part(step.old),
    )


def _is_unprotected(step: Step) -> bool:
    return bool(step.old and step.new and step.old.protect and not step.new.protect)


def _without_followers(rows: list[Row]) -> list[Row]:
    """Take the danger from metadata indexes whose whole index goes: it is told there."""
    ending = {
        (row.account_id, row.index)
        for row in rows
        if row.index not in ("", SECRET) and set(_ENDS_INDEX) & set(row.dangers)
    }
    return [row.following() if row.kind != "index" and (row.account_id, row.index) in ending else row for row in rows]


def _last_part(side: Side | None) -> str:
    return side.id.rpartition("/")[2] if side else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
