"""Makes a whole review of a preview."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from ..config import without_secrets
from .account_facts import NO_CONFIG, add_account_facts
from .advice import add_advice
from .assessment import assess
from .models import Preview, Review, Row
from .text import Code


def create_review(  # noqa: PLR0913 -- each is a choice of the user
    preview: Preview,
    *,
    is_drift: bool,
    allow: Collection[str] = (),
    allow_empty: bool = False,
    timeout_s: float = 10.0,
    config: Mapping[str, str] = NO_CONFIG,
) -> Review:
    """Assess a preview, read the vector counts at risk, and add advice.

    Args:
        preview: of an update, or of a refresh.
        is_drift: whether it is of a refresh.
        allow: logical names or URNs of resources whose loss is intended.
        allow_empty: whether the loss of indexes without vectors is allowed.
        timeout_s: for all requests together.
        config: of the reviewed stack: keys of `vectorize:` and `cloudflare:`. Empty for a file.

    Raises:
        UnusableError: it cannot be reviewed.
    """
    review = assess(preview, is_drift=is_drift)
    errors = tuple(map(without_secrets, review.errors))
    review = replace(review, rows=add_account_facts(review.rows, timeout_s, config), errors=errors)
    review = _allow(review, allow, allow_empty=allow_empty)
    return replace(review, rows=tuple(sorted(add_advice(review.rows), key=_rank)))


def _allow(review: Review, names: Collection[str], *, allow_empty: bool) -> Review:
    """Mark the rows whose loss is allowed. A name that is not at risk becomes a note."""

    def is_allowed(row: Row) -> bool:
        is_named = row.name in names or row.urn in names
        return row.is_destructive and (is_named or (allow_empty and row.is_known_to_be_empty))

    at_risk = {name for row in review.rows if row.is_destructive for name in (row.name, row.urn)}
    idle = [
        (Code("--allow"), " ", Code(name), ": no resource with this name is at risk")
        for name in dict.fromkeys(names)
        if name not in at_risk
    ]
    rows = tuple(replace(row, is_allowed=is_allowed(row)) for row in review.rows)
    return replace(review, rows=rows, notes=(*review.notes, *idle))


def _rank(row: Row) -> tuple[bool, bool, float, str, str]:
    """Sort rows at risk first, by their vector count. Allowed rows follow, and the rest comes last."""
    vectors = 0.0
    if row.vectors:
        vectors = 0.5 if row.vectors.count is None else row.vectors.count
    return not row.is_destructive, row.is_allowed, -vectors, row.name, row.urn
