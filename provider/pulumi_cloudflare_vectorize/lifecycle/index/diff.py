"""diff: compares a state with inputs, and warns in a preview of the vectors and filters that a change would lose."""

from __future__ import annotations

from ...unknown import contains_unknown
from ..claims import separate_properties
from ..context import Context, State
from ..effects import Difference
from ..metadata_index.loss import vectors_sentence, warn_of_lost_filters
from ..records import IndexKey, Record
from ..run_state import Superseded
from .comparison import compare


def diff(context: Context, name: str, olds: State, news: State) -> Difference:
    """Compare a state with canonical inputs, record what this run does to the index, and warn of a loss.

    The diff of a refresh records nothing, because it does not show what the run is for. It may be to destroy.
    """
    difference = compare(olds, news)
    if context.run.resource(context.urn).is_declared:
        _record(context, name, olds, difference)
        _warn_of_loss(context, name, olds, news, difference)
    return difference


def _record(context: Context, name: str, olds: State, difference: Difference) -> None:
    record = Record.of(str(olds.get("accountId")), name, olds)
    if difference.replaces:
        options = (olds.get("forceDestroy") is True, olds.get("retainOnDelete") is True)
        context.run.supersede(context.urn, Superseded(record, *options))
    elif record.created_on:
        context.run.keep(context.urn, record)


def _warn_of_loss(context: Context, name: str, olds: State, news: State, difference: Difference) -> None:
    """Warn, with one read-only request, of the vectors that a replacement loses, or of the filters that a change breaks."""
    key = IndexKey(context.account_id(olds), name)
    if difference.replaces:
        certainty = "may be replaced" if contains_unknown(news) else "will be replaced"
        vectors = vectors_sentence(context, key, ", and the new one is empty")
        context.report.warning(f'index "{name}" {certainty} ({", ".join(difference.replaces)}): {vectors}')
        return
    lost = _lost_properties(olds, news)
    lost -= separate_properties(context, key, lost)
    if lost:
        warn_of_lost_filters(context, key, sorted(lost))


def _lost_properties(olds: State, news: State) -> set[str]:
    """Return the properties whose metadata index a change removes or retypes."""
    before, wanted = olds.get("metadataIndexes") or {}, news.get("metadataIndexes")
    if not isinstance(wanted, dict):
        return set()
    return {name for name, type_ in before.items() if wanted.get(name) != type_}
