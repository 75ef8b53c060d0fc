"""The sentences of a review that every renderer shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ..models import Change, Danger, Existing, Fact, MetadataChange, Operation, Repair, Review, Row, Verdict
from ..text import Code, Text, joined, shown, strong

_UP: Final = Code("pulumi up")
_REFRESH: Final = Code("pulumi up --refresh")

_DONE: Final = {
    Operation.CREATE: "created",
    Operation.UPDATE: "changed in place",
    Operation.REPLACE: "replaced",
    Operation.DELETE: "deleted",
    Operation.FORGET: "left in the account, no longer managed",
    Operation.IMPORT: "imported",
    Operation.READ: "read",
    Operation.SAME: "unchanged",
    Operation.GONE: "gone",
    Operation.DRIFTED: "changed outside Pulumi",
}
_BY_VALUE: Final = {operation.value: word for operation, word in _DONE.items()}
_REPAIRS: Final[dict[Repair, Text]] = {
    Repair.CREATE: (_REFRESH, " creates it again"),
    Repair.REPLACE: (_REFRESH, " ", strong("replaces"), " it"),
    Repair.UPDATE: (_REFRESH, " restores it in place"),
    Repair.NONE: (_REFRESH, " changes nothing"),
}
_FACTS: Final[dict[Fact, Text]] = {
    Fact.RECREATED: ("it was deleted and recreated outside Pulumi, so its vectors are gone",),
    Fact.WAS_GONE: ("it is no longer in the account, and the new index is empty",),
    Fact.PROTECTED: (Code("protect"), " is on: the engine refuses it"),
    Fact.FOLLOWS_INDEX: ("it is deleted with its index",),
    Fact.SUPERSEDED: ("an earlier replacement left it behind",),
}
_ORDERS: Final[dict[str, Text]] = {
    "create-first": ("the new index is created before the old one is deleted",),
    "delete-first": ("the old index is deleted before the new one is created",),
}
# Formats that do not contain everything. A note on each has the details.
_AS_FAR_AS: Final = {
    "plan": ", as far as a saved plan shows",
    "document": ", as far as the JSON document shows",
}
_MAX_NAMES: Final = 3  # in one sentence
_MAX_OTHERS: Final = 10  # operations of other resource types. The engine has fewer.
_MAX_REASONS: Final = 5


def happening(row: Row) -> tuple[str, list[Text]]:
    """Return what happens to a resource: the operation in a few words, and the details."""
    word = _word(row)
    if not row.is_certain and row.operation is Operation.REPLACE:
        word = f"may be {word}"
    return word, list(_details(row))


def _word(row: Row) -> str:
    """Return what happens in a few words. An index whose name exists is adopted or refused, not created."""
    if row.operation is not Operation.CREATE or not row.existing or row.existing.why_unknown:
        return _DONE[row.operation]
    return "adopted" if row.existing.is_adopted else "refused"


def _details(row: Row) -> Iterable[Text]:
    if row.repair:
        yield _REPAIRS[row.repair]
    elif row.order:
        yield _ORDERS[row.order]
    yield from (
        text for fact, text in _FACTS.items() if fact in row.facts and not (fact is Fact.WAS_GONE and row.existing)
    )
    if Fact.RETAINED in row.facts:
        yield (Code(row.terms.retain_on_delete_name), " keeps the old index in the account")
    if row.existing:
        yield from _existing(row.existing)
    if Danger.LEFT in row.dangers:
        yield (strong("another resource type replaces it in the state, and this provider no longer manages it"),)
    if Danger.UNPROTECTED in row.dangers:
        yield (strong("its protection is removed"),)
    if Danger.FORCED in row.dangers and row.is_guarded is None:
        yield (strong(Code(row.terms.force_destroy_name), " is turned on"),)
    if row.is_guarded is not None and not row.is_known_to_be_empty:
        yield _guard(Code(row.terms.force_destroy_name), is_guarded=row.is_guarded)


def _guard(option: Code, *, is_guarded: bool) -> Text:
    if is_guarded:
        return (_UP, " refuses it while the index contains vectors (", option, " is off)")
    return (strong("nothing prevents it: ", option, " is on"),)


def _existing(existing: Existing) -> Iterable[Text]:
    """Return what `pulumi up` does about an index that has the name. An unknown result is a note."""
    if existing.why_unknown:
        return
    found: Text = ("an index with this name exists, created ", Code(existing.created_on))
    if existing.refusal:
        yield (strong(_UP, " refuses to create it"), ": ", *found, f", and {existing.refusal}")
    else:
        yield (strong(_UP, " adopts the existing index"), ": ", *found)


def reasons(changes: Iterable[Change]) -> list[tuple[str, str, str]]:
    """Return changes as (path, old, new). Those that replace come first."""
    ordered = sorted(changes, key=lambda change: not change.replaces)
    return [(change.path, shown(change.old), shown(change.new)) for change in ordered]


def metadata_words(changes: Iterable[MetadataChange]) -> list[tuple[str, str, str]]:
    """Return changes of metadata indexes as (what happens, property, types)."""
    return [_metadata_word(change) for change in changes]


def _metadata_word(change: MetadataChange) -> tuple[str, str, str]:
    if not change.old:
        return "added", change.property_name, change.new
    if not change.new:
        return "lost" if change.is_managed else "lost, not declared", change.property_name, change.old
    return "retyped", change.property_name, f"{change.old} → {change.new}"


def vector_count_word(row: Row) -> str:
    """Return the vector count of an index at risk, or of the index that has the name of a new one."""
    vectors = row.vectors or (row.existing.vectors if row.existing else None)
    if vectors is None:
        return "not read"
    return "unknown" if vectors.count is None else f"{vectors.count:,}"


def headline(review: Review) -> tuple[str, Text]:
    """Return the sign and the sentence at the top."""
    if review.verdict is Verdict.DESTRUCTIVE:
        return "⛔", _drift_sentence(review) if review.is_drift else ("Destructive: ", *_losses(review.refused))
    if review.verdict is Verdict.FAILED:
        return "❌", (f"The {'refresh' if review.is_drift else 'preview'} failed, so the outcome is not known",)
    if review.verdict is Verdict.ALLOWED:
        rows = [row for row in review.rows if row.is_allowed]
        return "⚠️", (f"{'Drift' if review.is_drift else 'Destructive'}, and allowed: ", *_losses(rows))
    limits = "" if review.is_whole else _AS_FAR_AS[review.format]
    if review.is_drift:
        return "✅", (f"No drift{limits or ': the account matches the state'}",)
    return "✅", (f"Harmless{limits or ': no index is lost or left unprotected'}{_and_changes(review.rows)}",)


def _drift_sentence(review: Review) -> Text:
    risky = [row for row in review.refused if row.repair is Repair.REPLACE]
    tail: Text = (". ", _REFRESH, " would replace ", *_names(risky), *_at_stake(risky)) if risky else ()
    return ("Drift: ", *_phrases(review.refused), *tail)


_LOSSES: Final = {
    Danger.DELETED: "would be deleted",
    Danger.REPLACED: "would be replaced",
    Danger.UNPROTECTED: "would lose its protection",
    Danger.FORCED: "could be destroyed with its vectors",
    Danger.METADATA_LOST: "would lose a metadata index",
    Danger.METADATA_RETYPED: "would have a metadata index retyped",
    Danger.GONE: "gone",
    Danger.DRIFTED: "changed",
    Danger.LEFT: "would no longer be managed",
}
_METADATA_LOSSES: Final = {
    Danger.METADATA_LOST: "would be lost (a metadata index)",
    Danger.METADATA_RETYPED: "would be retyped (a metadata index)",
}


def _losses(rows: Sequence[Row]) -> Text:
    return (*_phrases(rows), *_at_stake(rows))


def _phrases(rows: Sequence[Row]) -> Text:
    by_phrase: dict[str, list[Row]] = {}
    for row in rows:
        by_phrase.setdefault(_loss(row), []).append(row)
    return joined([(*_names(group), f" {phrase}") for phrase, group in by_phrase.items()])


def _loss(row: Row) -> str:
    if row.kind == "metadata index" and row.dangers[0] in _METADATA_LOSSES:
        return _METADATA_LOSSES[row.dangers[0]]
    phrase = _LOSSES[row.dangers[0]]
    return phrase if row.is_certain else phrase.replace("would", "may")


def _names(rows: Sequence[Row]) -> Text:
    listed = joined([(Code(row.name, 60),) for row in rows[:_MAX_NAMES]])
    return (*listed, f" and {len(rows) - _MAX_NAMES} more") if len(rows) > _MAX_NAMES else listed


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {phrase}" for phrase, count in counts.items())


def _at_stake(rows: Sequence[Row]) -> Text:
    counts = {(row.account_id, row.index): row.vectors for row in rows if row.vectors}
    known = sum(vectors.count or 0 for vectors in counts.values())
    unknown = sum(vectors.count is None for vectors in counts.values())
    if not counts:
        return ()
    if not known:
        return (" — the vector count is ", strong("unknown")) if unknown else (" — no vectors are at stake",)
    more = f" and an unknown number in {unknown} more" if unknown else ""
    return (" — ", strong(f"{known:,} vectors"), f"{more} at stake")


def _and_changes(rows: Iterable[Row]) -> str:
    words = _listed(Counter(_word(row) for row in rows if row.operation is not Operation.READ))
    return f" — {words}" if words else ""


def other_words(review: Review) -> Text:
    """Return a summary of all resources of other types, in one line."""
    counts: list[Text] = [
        (f"{count} ", _BY_VALUE.get(operation) or Code(operation)) for operation, count in review.others.items()
    ]
    more: list[Text] = [("and more (", Code("--format json"), " lists all)")] if len(counts) > _MAX_OTHERS else []
    words = joined(counts[:_MAX_OTHERS] + more) or ("no change",)
    unchanged = f". {review.unchanged} unchanged in all" if review.unchanged else ""
    return ("Everything else: ", *words, f"{unchanged}.")


def unknown_words(rows: Sequence[Row]) -> list[Text]:
    """Return why vector counts and existing indexes are not known, each reason once."""
    whys = Counter(row.vectors.why_unknown for row in rows if row.vectors and row.vectors.why_unknown)
    unchecked = Counter(row.existing.why_unknown for row in rows if row.existing and row.existing.why_unknown)
    return [
        *(("vector count unknown: ", Code(why, 300)) for why in list(whys)[:_MAX_REASONS]),
        *(("not checked whether new indexes exist: ", Code(why, 300)) for why in list(unchecked)[:_MAX_REASONS]),
    ]
