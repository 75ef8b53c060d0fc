"""Renders a review as JSON: a permanent format (docs/reference/review-format.md)."""

from __future__ import annotations

import json
from typing import Any, Final

from ...resource_types import BY_KIND
from ...unknown import UNKNOWN
from ..models import Change, Existing, Review, Row
from .escape import markdown

VERSION: Final = 1


def as_json(review: Review) -> str:
    """Return the whole review as JSON, with complete values."""
    return json.dumps(document(review), indent=2, ensure_ascii=True)


def document(review: Review) -> dict[str, Any]:
    """Return the review as a JSON document."""
    return {
        "version": VERSION,
        "kind": "drift" if review.is_drift else "preview",
        "form": review.format,
        "project": review.project,
        "stack": review.stack,
        "verdict": review.verdict.value,
        "exitCode": review.exit_code,
        "errors": list(review.errors),
        "notes": [markdown(note) for note in review.notes],
        "resources": [_resource(row) for row in review.rows],
        "others": dict(review.others),
        "unchanged": review.unchanged,
    }


def _resource(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "urn": row.urn,
        "type": BY_KIND[row.kind].name,
        "accountId": row.account_id,
        "index": row.index,
        "newIndex": row.new_index or None,
        "property": row.property_name or None,
        "operation": row.operation.value,
        "order": row.order,
        "certain": row.is_certain,
        "repair": row.repair.value if row.repair else None,
        "refusedWhileItHoldsVectors": row.is_guarded,
        "changes": [_change(change) for change in row.changes],
        "metadataIndexes": [
            {
                "property": change.property_name,
                "old": change.old or None,
                "new": change.new or None,
                "managed": change.is_managed,
            }
            for change in row.metadata
        ],
        "vectors": row.vectors.count if row.vectors else None,
        "vectorsUnknownBecause": (row.vectors.why_unknown or None) if row.vectors else None,
        "existing": _existing(row.existing),
        "dangers": [danger.value for danger in row.dangers],
        "allowed": row.is_allowed,
        "advice": [markdown(advice) for advice in row.advice],
    }


def _existing(existing: Existing | None) -> dict[str, Any] | None:
    if not existing:
        return None
    return {
        "createdOn": existing.created_on or None,
        "vectors": existing.vectors.count,
        "adopted": existing.is_adopted,
        "refusedBecause": existing.refusal or None,
        "unknownBecause": existing.why_unknown or None,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "path": change.path,
        "old": _value(change.old),
        "new": _value(change.new),
        "replaces": change.replaces,
    }


def _value(value: Any) -> Any:
    if value is UNKNOWN:
        return "[unknown]"
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    return [_value(item) for item in value] if isinstance(value, list) else value
