"""update: stores options, and completes a metadata index that an earlier run did not see in the list."""

from __future__ import annotations

from typing import Any

from ..context import Context, State
from .create import create


def update(context: Context, olds: State, news: State) -> dict[str, Any]:
    """Return the outputs of a metadata index whose options changed."""
    if olds.get("unconfirmed"):
        return create(context, news)
    return {**news, "indexCreatedOn": olds["indexCreatedOn"]} if "indexCreatedOn" in olds else dict(news)
