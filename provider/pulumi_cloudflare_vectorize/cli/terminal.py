"""Prints a review for people at a terminal, in colours; plain where the terminal has none."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from ..review.escaping import plain
from ..review.model import Review, Row, Verdict
from ..review.wording import happening, headline, metadata_words, other_words, reasons, unknown_words, vectors_word

_STYLES = {
    Verdict.HARMLESS: "bold green",
    Verdict.ALLOWED: "bold yellow",
    Verdict.DESTRUCTIVE: "bold red",
    Verdict.FAILED: "bold red",
}


def print_review(review: Review, console: Console | None = None) -> None:
    """Print the verdict, the table, the advice and the notes."""
    out = console or Console(highlight=False)
    sign, sentence = headline(review)
    out.print(Text(f"{sign} {_unmarked(sentence)}", style=_STYLES[review.verdict]), soft_wrap=True)
    for error in review.errors[:10]:
        for line in error.splitlines():
            out.print(Text(f"  {plain(line, 300)}", style="red"), soft_wrap=True)
    if review.rows:
        out.print(_table(review))
    for advice in _advice(review):
        out.print(advice, soft_wrap=True)
    out.print(Text(other_words(review), style="dim"), soft_wrap=True)
    for note in [*unknown_words(review.rows), *review.notes]:
        out.print(Text(_unmarked(note), style="dim"), soft_wrap=True)


def _table(review: Review) -> Table:
    """Make the table, without the last column where it would be empty."""
    headers = ["resource", "what happens", "why", "vectors now"]
    headers += ["metadata indexes"] if any(row.metadata for row in review.rows) else []
    table = Table(*(Column(header, overflow="fold") for header in headers), show_lines=True)
    for row in review.rows:
        table.add_row(*list(_cells(row))[: len(headers)], style="" if row.is_destructive else "dim")
    return table


def _cells(row: Row) -> Iterator[Text]:
    yield Text("\n".join(plain(line) for line in _names(row)), style="bold")
    word, details = happening(row)
    details = ["allowed", *details] if row.is_allowed else details
    style = "bold red" if row.is_destructive and not row.is_allowed else ""
    yield Text.assemble((word, style), *(f"\n{_unmarked(detail)}" for detail in details))
    yield Text("\n".join(plain(f"{path}: {old} → {new}") for path, old, new in reasons(row.changes)))
    yield Text(vectors_word(row), justify="right")
    yield Text("\n".join(plain(f"{word} {name} ({types})") for word, name, types in metadata_words(row.metadata)))


def _names(row: Row) -> Iterator[str]:
    yield row.name
    if row.kind != "index":
        yield f"metadata index {row.property_name} of {row.index}"
    elif row.index not in ("", row.name):
        yield f"index {row.index}"
    if row.new_index not in ("", row.index):
        yield f"→ {row.new_index}"


def _advice(review: Review) -> Iterator[Text]:
    for row in review.rows:
        for advice in row.advice:
            yield Text.assemble("• ", (plain(row.name), "bold"), f": {_unmarked(advice)}")


def _unmarked(text: str) -> str:
    """Take the Markdown off our own words."""
    return text.replace("**", "").replace("`", "")
