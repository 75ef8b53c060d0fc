"""The words that every form of a review shares. Pure.

Sentences are Markdown, with what comes from outside in code spans; tuples hold it as it came, for the writer to escape.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .escaping import code, shown
from .model import Change, Danger, Existing, MetadataChange, Review, Row, Verdict

_DONE: Final = {
    "create": "created",
    "update": "changed in place",
    "replace": "replaced",
    "delete": "deleted",
    "forget": "left in the account, no longer managed",
    "import": "imported",
    "read": "looked at",
    "same": "unchanged",
    "gone": "gone",
    "drifted": "changed outside Pulumi",
}
_REPAIRS: Final = {
    "create": "`pulumi up --refresh` creates it again",
    "replace": "`pulumi up --refresh` **replaces** it",
    "update": "`pulumi up --refresh` restores it in place",
    "none": "`pulumi up --refresh` changes nothing",
}
_FLAGS: Final = {
    "is_made_anew": "it was deleted and recreated outside Pulumi, so its vectors are gone",
    "was_gone": "it is no longer in the account, and the new index is empty",
    "is_protected": "`protect` is on: the engine refuses it",
    "is_kept": "`retain_on_delete` leaves the old one in the account",
    "is_follower": "it goes with its index",
    "is_left_over": "left over from an earlier replacement",
}
_NAMED: Final = 3  # names of one sentence
_OTHERS: Final = 10  # operations of resources of other types; the engine has fewer
_GUARDED: Final = "`pulumi up` refuses it while the index holds vectors (`force_destroy` is off)"
_UNGUARDED: Final = "**nothing stops it: `force_destroy` is on**"
_ORDERS: Final = {
    "create-first": "the new one is created before the old one goes",
    "delete-first": "the old one goes before the new one is created",
}
# Forms that leave something out; the note of each says what.
_AS_FAR_AS: Final = {
    "plan": ", as far as a saved plan tells",
    "document": ", as far as the JSON document tells",
}


def happening(row: Row) -> tuple[str, list[str]]:
    """Say what happens to a resource: the operation in a word or three, and what there is to know of it."""
    word = _word(row)
    if not row.is_certain and row.operation == "replace":
        word = f"may be {word}"
    return word, [detail for detail in _details(row) if detail]


def _word(row: Row) -> str:
    """Return what happens in a word: an index whose name exists already is adopted or refused, not created."""
    if row.operation != "create" or not row.existing or row.existing.why_unknown:
        return _DONE[row.operation]
    return "adopted" if row.existing.is_adopted else "refused"


def _details(row: Row) -> Iterable[str]:
    yield _REPAIRS[row.repair] if row.repair else _ORDERS[row.order] if row.order else ""
    yield from (
        text for flag, text in _FLAGS.items() if getattr(row, flag) and not (flag == "was_gone" and row.existing)
    )
    if row.existing:
        yield from _existing(row.existing)
    if Danger.LEFT in row.dangers:
        yield "**another resource type takes its place in the state, and this provider no longer manages it**"
    if Danger.UNPROTECTED in row.dangers:
        yield "**its protection is removed**"
    if Danger.FORCED in row.dangers and row.is_guarded is None:
        yield "**`force_destroy` is turned on**"
    if row.is_guarded is not None and (row.vectors is None or row.vectors.count != 0):
        yield _GUARDED if row.is_guarded else _UNGUARDED


def _existing(existing: Existing) -> Iterable[str]:
    """Say what `pulumi up` does about an index that has the name already; what is not known is a note."""
    if existing.why_unknown:
        return
    found = f"an index with this name exists, created {code(existing.created_on)}"
    if existing.refusal:
        yield f"**`pulumi up` refuses to create it**: {found}, and {existing.refusal}"
    else:
        yield f"**`pulumi up` adopts the existing index**: {found}"


def reasons(changes: Iterable[Change]) -> list[tuple[str, str, str]]:
    """Put changes into (path, old, new), those that replace first."""
    ordered = sorted(changes, key=lambda change: not change.replaces)
    return [(change.path, shown(change.old), shown(change.new)) for change in ordered]


def metadata_words(changes: Iterable[MetadataChange]) -> list[tuple[str, str, str]]:
    """Put changes of metadata indexes into (what happens, property, types)."""
    return [(*_metadata_word(change),) for change in changes]


def _metadata_word(change: MetadataChange) -> tuple[str, str, str]:
    if not change.old:
        return "added", change.property_name, change.new
    if not change.new:
        return "lost" if change.is_managed else "lost, not declared", change.property_name, change.old
    return "retyped", change.property_name, f"{change.old} → {change.new}"


def vectors_word(row: Row) -> str:
    """Say how many vectors an index at risk holds, or the one that has the name of a new index."""
    vectors = row.vectors or (row.existing.vectors if row.existing else None)
    if vectors is None:
        return "not asked"
    return "unknown" if vectors.count is None else f"{vectors.count:,}"


def headline(review: Review) -> tuple[str, str]:
    """Return the sign and the sentence that a person reads first."""
    if review.verdict is Verdict.DESTRUCTIVE:
        return "⛔", _drift_sentence(review) if review.is_drift else f"Destructive: {_losses(review.refused)}"
    if review.verdict is Verdict.FAILED:
        return "❌", f"The {'refresh' if review.is_drift else 'preview'} failed, so nothing can be promised"
    if review.verdict is Verdict.ALLOWED:
        rows = [row for row in review.rows if row.is_allowed]
        return "⚠️", f"{'Drift' if review.is_drift else 'Destructive'}, and allowed: {_losses(rows)}"
    told = "" if review.is_whole else _AS_FAR_AS[review.form]
    if review.is_drift:
        return "✅", f"No drift{told or ': everything is as the state says'}"
    return "✅", f"Harmless{told or ': no index is lost or left unprotected'}{_and_changes(review.rows)}"


def _drift_sentence(review: Review) -> str:
    risky = [row for row in review.refused if row.repair == "replace"]
    tail = f"; `pulumi up --refresh` would replace {_names(risky)}{_holding(risky)}" if risky else ""
    return f"Drift: {_phrases(review.refused)}{tail}"


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


def _losses(rows: Sequence[Row]) -> str:
    return _phrases(rows) + _holding(rows)


def _phrases(rows: Sequence[Row]) -> str:
    by_phrase: dict[str, list[Row]] = {}
    for row in rows:
        by_phrase.setdefault(_loss(row), []).append(row)
    return ", ".join(f"{_names(group)} {phrase}" for phrase, group in by_phrase.items())


def _loss(row: Row) -> str:
    if row.kind == "metadata index" and row.dangers[0] in _METADATA_LOSSES:
        return _METADATA_LOSSES[row.dangers[0]]
    phrase = _LOSSES[row.dangers[0]]
    return phrase if row.is_certain else phrase.replace("would", "may")


def _names(rows: Sequence[Row]) -> str:
    listed = [code(row.name, 60) for row in rows[:_NAMED]]
    more = [f"{len(rows) - _NAMED} more"] if len(rows) > _NAMED else []
    return " and ".join([", ".join(listed), *more])


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {phrase}" for phrase, count in counts.items())


def _holding(rows: Sequence[Row]) -> str:
    held = {(row.account_id, row.index): row.vectors for row in rows if row.vectors}
    known = sum(vectors.count or 0 for vectors in held.values())
    unknown = sum(vectors.count is None for vectors in held.values())
    if not held:
        return ""
    if not known:
        return " — how many vectors are at stake is **unknown**" if unknown else " — no vectors are at stake"
    return f" — **{known:,} vectors**{f' and an unknown number in {unknown} more' if unknown else ''} at stake"


def _and_changes(rows: Iterable[Row]) -> str:
    words = _listed(Counter(_word(row) for row in rows if row.operation != "read"))
    return f" — {words}" if words else ""


def other_words(review: Review) -> str:
    """Sum up everything that is not a Vectorize resource, in one line."""
    told = [f"{count} {_DONE.get(operation) or code(operation)}" for operation, count in review.others.items()]
    more = ["and more (`--format json` lists all)"] if len(told) > _OTHERS else []
    words = ", ".join(told[:_OTHERS] + more)
    unchanged = f"; {review.unchanged} unchanged in all" if review.unchanged else ""
    return f"Everything else: {words or 'no change'}{unchanged}."


def unknown_words(rows: Sequence[Row]) -> list[str]:
    """Say why numbers of vectors are not known, each reason once."""
    whys = Counter(row.vectors.why_unknown for row in rows if row.vectors and row.vectors.why_unknown)
    unchecked = Counter(row.existing.why_unknown for row in rows if row.existing and row.existing.why_unknown)
    return [
        *(f"vectors unknown: {code(why, 300)}" for why in list(whys)[:5]),
        *(f"not checked whether new indexes exist already: {code(why, 300)}" for why in list(unchecked)[:5]),
    ]
