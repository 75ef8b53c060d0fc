"""Takes over what a person allows: single resources by logical name or URN, or every index that is known to be empty. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from .escaping import code
from .model import Review, Row


def allowed(review: Review, names: Collection[str], *, empty: bool) -> Review:
    """Mark what is allowed; a name that is at no risk becomes a note."""
    rows = tuple(
        replace(row, is_allowed=row.is_destructive and _is_allowed(row, names, empty=empty)) for row in review.rows
    )
    at_risk = {name for row in rows if row.is_destructive for name in (row.name, row.urn)}
    idle = [
        f"`--allow` {code(name)}: nothing of this name is at risk"
        for name in dict.fromkeys(names)
        if name not in at_risk
    ]
    return replace(review, rows=rows, notes=(*review.notes, *idle))


def _is_allowed(row: Row, names: Collection[str], *, empty: bool) -> bool:
    return row.name in names or row.urn in names or (empty and row.vectors is not None and row.vectors.count == 0)
