"""Assesses what a preview means for data: steps in, rows out. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ..unknown import UNKNOWN
from .actions import Action, combine, count_others
from .changes import NOT_KNOWN, Comparison, compare, shape_key
from .drift import drift_row
from .models import Danger, Fact, Operation, Preview, Review, Row, Side, Step, UnusableError
from .text import SECRET, Code, Text

# (format, whether it is drift) → what the format does not contain.
_NOTES: Final[dict[tuple[str, bool], Text]] = {
    ("plan", False): (
        "a saved plan contains neither old values nor what was protected. Review the preview to see everything",
    ),
    ("document", False): (
        "the JSON document does not contain the deletion of an index that an earlier replacement left behind. Use streaming JSON (",
        Code("PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true"),
        ") to see everything",
    ),
    ("document", True): (
        "the JSON document does not show an index that was recreated with the same shape. Use streaming JSON (",
        Code("PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true"),
        ") to see everything",
    ),
}
_CHANGED: Final = (Operation.UPDATE, Operation.REPLACE)


def assess(preview: Preview, *, is_drift: bool = False) -> Review:
    """Review a preview, or a refresh. The rows have no vector counts yet, and nothing is allowed.

    Raises:
        UnusableError: it is a refresh instead of a preview or the reverse, or contains an unknown operation.
    """
    _check_kind(preview, is_drift=is_drift)
    ours = [step for step in preview.steps if step.kind]
    rows = [row for action in combine(ours) if (row := drift_row(action) if is_drift else _row(action))]
    note = _note(preview, is_drift=is_drift)
    return Review(
        stack=preview.stack,
        project=preview.project,
        format=preview.format,
        is_drift=is_drift,
        rows=tuple(rows if is_drift else _without_followers(rows)),
        others=count_others(step for step in preview.steps if not step.kind),
        unchanged=preview.unchanged,
        errors=preview.errors,
        notes=(note,) if note else (),
        is_whole=not note,
    )


def _check_kind(preview: Preview, *, is_drift: bool) -> None:
    shows_nothing = preview.is_refresh is None and preview.steps and all(step.op != "refresh" for step in preview.steps)
    if is_drift and shows_nothing:
        raise UnusableError("nothing shows that it is a refresh: use `pulumi refresh --preview-only --json`")
    if preview.is_refresh is not None and preview.is_refresh != is_drift:
        raise UnusableError(
            "it is a `pulumi preview` and not a refresh: omit --drift, or use `pulumi refresh --preview-only --json`"
            if is_drift
            else "it is a `pulumi refresh` and not a preview: add --drift"
        )


def _note(preview: Preview, *, is_drift: bool) -> Text:
    """Return what the format of a preview does not contain. Empty if it contains everything."""
    # With `--show-replacement-steps` the document contains that deletion, and these steps.
    is_whole = preview.format == "document" and any(step.op == "delete-replaced" for step in preview.steps)
    return () if is_whole else _NOTES.get((preview.format, is_drift), ())


def _row(action: Action) -> Row | None:
    found = compare(action.step)
    return _index_row(action, found) if action.step.kind == "index" else _metadata_index_row(action, found)


def _index_row(action: Action, found: Comparison) -> Row | None:
    step, operation = action.step, action.operation
    goes_away = operation in (Operation.REPLACE, Operation.DELETE) and not _is_retained(step)
    dangers = tuple(_index_dangers(operation, step, found, goes_away=goes_away))
    if operation is Operation.SAME and not dangers:
        return None
    metadata = found.metadata if operation in (*_CHANGED, Operation.DELETE) else ()
    facts = {
        **_common_facts(action, found),
        **_guard(action, goes_away=goes_away),
        Fact.RETAINED_TOO_LATE: goes_away and step.new is not None and step.new.retain_on_delete,
        Fact.WAS_GONE: action.was_gone,
    }
    return Row(
        **_common(action, found, facts),
        kind="index",
        dangers=dangers,
        index=_index_name(action),
        new_index=_text(step.new_declared.get("name")) if operation is Operation.REPLACE else "",
        metadata=(*metadata, *(found.unmanaged if goes_away else ())),
        declared=step.new_declared if operation in (Operation.CREATE, Operation.REPLACE) else {},
        shape_key=shape_key(step.new or step.old),
    )


def _metadata_index_row(action: Action, found: Comparison) -> Row | None:
    step, operation = action.step, action.operation
    dangers = tuple(_metadata_index_dangers(operation, step, found))
    if operation is Operation.SAME and not dangers:
        return None
    declared = step.old_declared or step.new_declared
    return Row(
        **_common(action, found, _common_facts(action, found)),
        kind="metadata index",
        dangers=dangers,
        index=_text(declared.get("indexName")),
        property_name=_text(declared.get("propertyName")) or _last_part(step.old),
    )


def _common(action: Action, found: Comparison, facts: dict[Fact, bool]) -> dict[str, Any]:
    """Return the fields of both kinds of rows."""
    step, operation = action.step, action.operation
    is_forgotten = operation is Operation.DELETE and _is_retained(step)
    return {
        "name": step.name,
        "urn": step.urn,
        "terms": step.terms,
        "operation": Operation.FORGET if is_forgotten else operation,
        "account_id": _text((step.old_declared or step.new_declared).get("accountId")),
        "order": action.order,
        "changes": found.changes if operation in _CHANGED else (),
        "facts": frozenset(fact for fact, is_true in facts.items() if is_true),
    }


def _common_facts(action: Action, found: Comparison) -> dict[Fact, bool]:
    step, operation = action.step, action.operation
    goes_away = operation in (Operation.REPLACE, Operation.DELETE)
    return {
        Fact.UNCERTAIN: not _is_certain(step, operation, found),
        Fact.PROTECTED: bool(step.old and step.old.protect and goes_away and (not step.new or step.new.protect)),
        Fact.RETAINED: _is_retained(step) and operation is Operation.REPLACE,
        Fact.SUPERSEDED: action.is_superseded,
        Fact.MARKED: "id" in step.replace_reasons,
    }


def _guard(action: Action, *, goes_away: bool) -> dict[Fact, bool]:
    """Return whether the provider refuses a loss. A saved plan does not contain `force_destroy` of a deleted index."""
    step = action.step
    if action.declared:
        declared = action.declared.declared
    else:
        declared = step.old_declared if action.operation is Operation.DELETE else step.new_declared
    forced = declared.get("forceDestroy")
    is_known = goes_away and forced in (True, False, None) and (step.old is not None or bool(step.new_declared))
    return {Fact.GUARDED: is_known and forced is not True, Fact.UNGUARDED: is_known and forced is True}


def _is_retained(step: Step) -> bool:
    return step.old is not None and step.old.retain_on_delete


def _index_name(action: Action) -> str:
    step = action.step
    if step.old:
        return _text(step.old.outputs.get("name")) or _text(step.old.inputs.get("name")) or step.old.id
    # A saved plan contains only the new name. The old one is the same, unless the new index is created first.
    is_known = (
        action.operation in (Operation.CREATE, Operation.IMPORT, Operation.UPDATE, Operation.SAME)
        or action.order == "delete-first"
    )
    return _text(step.new_declared.get("name")) if is_known else step.new.id if step.new else ""


def _index_dangers(operation: Operation, step: Step, found: Comparison, *, goes_away: bool) -> Iterable[Danger]:
    if goes_away:
        yield Danger.REPLACED if operation is Operation.REPLACE else Danger.DELETED
    if step.leaves and not goes_away:
        yield Danger.LEFT
    if _is_unprotected(step):
        yield Danger.UNPROTECTED
    if operation in _CHANGED and _turns_on_force(step):
        yield Danger.FORCED
    if operation is Operation.UPDATE and found.loses_metadata:
        yield Danger.METADATA_LOST
    if operation is Operation.UPDATE and found.retypes_metadata:
        yield Danger.METADATA_RETYPED


def _metadata_index_dangers(operation: Operation, step: Step, found: Comparison) -> Iterable[Danger]:
    goes_away = operation in (Operation.REPLACE, Operation.DELETE) and not _is_retained(step)
    if goes_away:
        retypes = operation is Operation.REPLACE and {change.path for change in found.changes} == {"indexType"}
        yield Danger.METADATA_RETYPED if retypes else Danger.METADATA_LOST
    if step.leaves and not goes_away:
        yield Danger.LEFT
    if _is_unprotected(step):
        yield Danger.UNPROTECTED


def _is_unprotected(step: Step) -> bool:
    return bool(step.old and step.new and step.old.protect and not step.new.protect)


def _turns_on_force(step: Step) -> bool:
    old, new = step.old_declared.get("forceDestroy"), step.new_declared.get("forceDestroy")
    if new not in (True, UNKNOWN, SECRET):
        return False
    if not step.old or old == new == SECRET:
        return "forceDestroy" in step.differing
    return old is not True


def _is_certain(step: Step, operation: Operation, found: Comparison) -> bool:
    """Return whether it will happen: not if it depends on a value that is not known, or if old values are missing."""
    if operation is Operation.UPDATE:
        is_known = not any(change.new == NOT_KNOWN for change in found.metadata)
        return step.old is not None and is_known and not found.hides_metadata
    if operation is not Operation.REPLACE:
        return True
    replacing = [change for change in found.changes if change.replaces and change.path != "name"] or [
        change for change in found.changes if change.replaces
    ]
    return not replacing or any(change.new is not UNKNOWN for change in replacing)


def _without_followers(rows: list[Row]) -> list[Row]:
    """Remove the danger of metadata indexes that are deleted with their index. The row of the index contains it."""
    ending = {
        (row.account_id, row.index)
        for row in rows
        if row.index not in ("", SECRET) and {Danger.DELETED, Danger.REPLACED} & set(row.dangers)
    }
    return [row.following() if row.kind != "index" and (row.account_id, row.index) in ending else row for row in rows]


def _last_part(side: Side | None) -> str:
    return side.id.rpartition("/")[2] if side else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
