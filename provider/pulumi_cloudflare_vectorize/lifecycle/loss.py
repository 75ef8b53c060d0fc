"""Tells, while a change is being reviewed, how many vectors an index holds that would be replaced."""

from __future__ import annotations

from dataclasses import replace

from ..errors import VectorizeError
from ..models import contains_unknown
from ..waiting import Deadline
from .diff import Difference
from .operation import Operation, State

# A review waits this long for the number, and goes on without it.
TIMEOUT_S = 10.0


def warn_of_loss(operation: Operation, name: str, olds: State, news: State, difference: Difference) -> None:
    """Warn, with one read-only request, of the vectors in an index that a change replaces; silent in a refresh.

    A failure of that request is told in the warning, and stops nothing.
    """
    if not difference.replaces or not operation.memory.checked(operation.urn):
        return
    certainty = "may be replaced" if contains_unknown(news) else "will be replaced"
    operation.report.warning(
        f'index "{name}" {certainty} ({", ".join(difference.replaces)}): {_holding(operation, name, olds)}'
    )


def _holding(operation: Operation, name: str, olds: State) -> str:
    hurried = replace(operation, deadline=Deadline.after(TIMEOUT_S, operation.deadline.clock))
    try:
        count = operation.client.get_index_info(operation.account_id(olds), name, hurried.deadline).vector_count
    except VectorizeError as error:
        return f"how many vectors it holds could not be read: {error}"
    return f"it holds {count:,} vectors, and the new one is empty" if count else "it holds no vectors"
