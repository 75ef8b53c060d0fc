"""Warns of the filters that stop to find vectors, and of the vectors in an index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ...errors import VectorizeError
from ...waiting import Deadline
from ..context import Context
from ..records import IndexKey

# A preview waits this long for the vector count, and continues without it.
TIMEOUT_S: Final = 10.0


def warn_of_lost_filters(context: Context, key: IndexKey, properties: Iterable[str]) -> None:
    """Warn that filters on some properties will find no vectors, because their metadata indexes are removed or retyped."""
    listed = ", ".join(f'"{name}"' for name in properties)
    vectors = vectors_sentence(context, key, ", and filters on it will not find them")
    context.report.warning(f'metadata index {listed} of index "{key.name}" will be deleted. The index: {vectors}')


def vectors_sentence(context: Context, key: IndexKey, consequence: str) -> str:
    """Return a sentence with the vector count of an index, or why it is not known."""
    deadline = Deadline.after(TIMEOUT_S, context.deadline.clock)
    try:
        count = context.client.get_index_info(key.account_id, key.name, deadline).vector_count
    except VectorizeError as error:
        return f"the vector count could not be read: {error}"
    return f"it contains {count:,} vectors{consequence}" if count else "it contains no vectors"
