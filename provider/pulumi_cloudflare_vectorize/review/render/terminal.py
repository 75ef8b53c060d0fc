"""Prints a review at a terminal, with colors if the terminal has them. Names are never broken at 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from ..models import Review, Row, Verdict
from ..text import one_line, plain
from .sentences import happening, headline, metadata_words, other_words, reasons, unknown_words, vector_count_word

_STYLES: Final = {
    Verdict.HARMLESS: "bold green",
    Verdict.ALLOWED: "bold yellow",
    Verdict.DESTRUCTIVE: "bold red",
    Verdict.FAILED: "bold red",
}


def print_review(review: Review, console: Console | None = None) -> None:
    """Print the verdict, a block for each resource, and the notes."""
    out = console or Console(highlight=False)
    for line in _lines(review):
        # Without wrapping by the library, which would break names.
        out.print(line, soft_wrap=True)


def _lines(review: Review) -> Iterator[Text]:
    sign, sentence = headline(review)
    yield Text(f"{sign} {plain(sentence)}", style=_STYLES[review.verdict])
    for error in review.errors[:10]:
        for line in error.splitlines():
            yield Text(f"  {one_line(line, 300)}", style="red")
    for row in review.rows:
        yield Text("")
        yield from _block(row)
    yield Text("")
    yield Text(plain(other_words(review)), style="dim")
    for note in [*unknown_words(review.rows), *review.notes]:
        yield Text(plain(note), style="dim")


def _block(row: Row) -> Iterator[Text]:
    word, details = happening(row)
    allowed = " (allowed)" if row.is_allowed else ""
    style = "" if not row.is_destructive else "bold yellow" if row.is_allowed else "bold red"
    yield Text.assemble((one_line(row.name), "bold"), ": ", (f"{word}{allowed}", style))
    for label, value in _facts(row):
        yield Text.assemble((f"  {label:<10}", "dim"), one_line(value))
    for detail in details:
        yield Text(f"  {plain(detail)}")
    for advice in row.advice:
        yield Text.assemble(("  advice    ", "dim"), plain(advice))


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    """Yield the labeled lines of a block."""
    if row.kind != "index":
        yield "property", row.property_name
    if row.index not in ("", row.name) or row.kind != "index":
        yield "index", row.index
    if row.new_index not in ("", row.index):
        yield "new index", row.new_index
    for path, old, new in reasons(row.changes):
        yield "change", f"{path}: {old} → {new}"
    if row.vectors or row.existing:
        yield "vectors", vector_count_word(row)
    for word, name, types in metadata_words(row.metadata):
        yield "metadata", f"{word} {name} ({types})"
