"""Warns, while a change is reviewed, of the vectors and filters that it would lose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..errors import VectorizeError
from ..models import contains_unknown
from ..waiting import Deadline
from . import metadata
from .diff import Difference, diff
from .operation import Operation, State
from .records import IndexKey, Record
from .run_state import Superseded

# A preview waits this long for the vector count, and continues without it.
TIMEOUT_S = 10.0


def plan_change(operation: Operation, name: str, olds: State, news: State) -> Difference:
    """Compare a state with canonical inputs, record in this run what will happen to the index, and warn of what is lost.

    The diff of a refresh is not recorded: it shows nothing of what the run is for, which may be to destroy.
    """
    difference = diff(olds, news)
    if operation.run.is_declared(operation.urn):
        _record(operation, name, olds, difference)
        _warn_of_loss(operation, name, olds, news, difference)
    return difference


def _record(operation: Operation, name: str, olds: State, difference: Difference) -> None:
    record = Record.of(str(olds.get("accountId")), name, olds)
    if difference.replaces:
        options = (olds.get("forceDestroy") is True, olds.get("retainOnDelete") is True)
        operation.run.supersede(operation.urn, Superseded(record, *options))
    elif record.created_on:
        operation.run.keep(operation.urn, record.key, record.created_on)


def _warn_of_loss(operation: Operation, name: str, olds: State, news: State, difference: Difference) -> None:
    """Warn, with one read-only request, of the vectors in an index that a change replaces, or whose filters it breaks."""
    if difference.replaces:
        certainty = "may be replaced" if contains_unknown(news) else "will be replaced"
        holding = _holding(operation, IndexKey(operation.account_id(olds), name), ", and the new one is empty")
        operation.report.warning(f'index "{name}" {certainty} ({", ".join(difference.replaces)}): {holding}')
        return
    lost = _lost_filters(olds, news, operation.run.separate(operation.urn))
    if lost:
        warn_of_lost_filter(operation, metadata.Parent(operation.account_id(olds), name), lost)


def _lost_filters(olds: State, news: State, separate: Iterable[str]) -> list[str]:
    """Return the properties whose metadata index a change removes or retypes."""
    before, wanted = olds.get("metadataIndexes") or {}, news.get("metadataIndexes")
    if not isinstance(wanted, dict):
        return []
    return sorted(name for name, type_ in before.items() if wanted.get(name) != type_ and name not in set(separate))


def warn_of_lost_filter(operation: Operation, parent: metadata.Parent, names: Iterable[str]) -> None:
    """Warn of the filters that stop finding vectors when metadata indexes are removed or retyped."""
    listed = ", ".join(f'"{name}"' for name in names)
    holding = _holding(operation, IndexKey(parent.account_id, parent.name), ", which filters on it find no more")
    operation.report.warning(f'metadata index {listed} of index "{parent.name}" will be deleted. The index: {holding}')


def _holding(operation: Operation, key: IndexKey, consequence: str) -> str:
    hurried = replace(operation, deadline=Deadline.after(TIMEOUT_S, operation.deadline.clock))
    try:
        count = operation.client.get_index_info(key.account_id, key.name, hurried.deadline).vector_count
    except VectorizeError as error:
        return f"the vector count could not be read: {error}"
    return f"it holds {count:,} vectors{consequence}" if count else "it holds no vectors"
