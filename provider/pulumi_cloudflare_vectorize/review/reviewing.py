"""A whole review, from a preview to what the writers take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from ..settings import without_secrets
from .advising import advised
from .allowing import allowed
from .asking import EMPTY, counted
from .judging import judge
from .model import Preview, Review, Row


def review(  # noqa: PLR0913 -- each is a choice of the user
    preview: Preview,
    *,
    is_drift: bool,
    allow: Collection[str] = (),
    allow_empty: bool = False,
    timeout_s: float = 10.0,
    config: Mapping[str, str] = EMPTY,
) -> Review:
    """Judge a preview, count the vectors at risk, and say what to do instead.

    Args:
        preview: of an update, or of a refresh.
        is_drift: whether it is of a refresh.
        allow: logical names or URNs of resources whose loss is meant.
        allow_empty: whether indexes that are known to be empty may go.
        timeout_s: for all requests together.
        config: of the reviewed stack, with the keys of `vectorize:` and the official `cloudflare:`. Empty for a file.

    Raises:
        UnusableError: it cannot be reviewed.
    """
    found = judge(preview, is_drift=is_drift)
    errors = tuple(map(without_secrets, found.errors))
    found = allowed(
        replace(found, rows=counted(found.rows, timeout_s, config), errors=errors), allow, empty=allow_empty
    )
    return replace(found, rows=tuple(sorted(advised(found.rows), key=_rank)))


def _rank(row: Row) -> tuple[bool, bool, float, str, str]:
    """Put first what is at risk, in it what holds most; what is allowed after it, and the rest last."""
    vectors = 0.0
    if row.vectors:
        vectors = 0.5 if row.vectors.count is None else row.vectors.count
    return not row.is_destructive, row.is_allowed, -vectors, row.name, row.urn
