"""Renders a review as Markdown for a comment on a pull request: the most important first, and everything from outside escaped."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..models import Review, Row
from ..text import one_line
from .escape import code, markdown
from .sentences import happening, headline, metadata_words, other_words, reasons, unknown_words, vector_count_word

# A comment on GitHub has at most 65,536 characters, and the scripts of examples/gitops add up to 9,000. GitLab allows a million.
MAX_CHARACTERS: Final = 55_000
_MAX_ROWS: Final = 40  # A row has about 300 characters, at worst 60,000.
# The numbers of rows at risk and of other rows, from most to none. Other rows are dropped first.
_SIZES: Final = (
    *((_MAX_ROWS, others) for others in range(_MAX_ROWS, -1, -1)),
    *((risky, 0) for risky in range(_MAX_ROWS - 1, -1, -1)),
)
_MAX_ITEMS: Final = 10
_MAX_PLACE: Final = 300  # Pulumi allows 100 characters for each name.
_MAX_ERROR: Final = 1_500
_ALL: Final = "(`--format json` lists all)"


def as_markdown(review: Review) -> str:
    """Return the whole comment, or as many rows as fit. Its first line is hidden, so that a script can find the comment again."""
    text = _written(review, *_SIZES[0])
    if len(text) <= MAX_CHARACTERS:
        return text
    fits = bisect_left(_SIZES, x=True, key=lambda shown: len(_written(review, *shown)) <= MAX_CHARACTERS)
    if fits < len(_SIZES):
        return _written(review, *_SIZES[fits])
    return f"{marker(review)}\n\n{_verdict(review)}\n\nThe rest is too long {_ALL}.\n"


def _written(review: Review, shown_risky: int, shown_others: int) -> str:
    blocks = [marker(review), _verdict(review), *_errors(review.errors)]
    risky = [row for row in review.rows if row.is_destructive]
    harmless = [row for row in review.rows if not row.is_destructive]
    if risky:
        blocks += [_table(risky, shown_risky), *_advice(risky, shown_risky)]
    if harmless:
        blocks.append(_folded(f"{len(harmless)} without loss", _table(harmless, shown_others)))
    blocks += [markdown(other_words(review)), *_notes(review)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def marker(review: Review) -> str:
    """Return the hidden first line of a comment, with the project and the stack. Their names contain no slash."""
    place = f"{review.project}/{review.stack}"
    return f"<!-- pulumi-vectorize review: {re.sub(r'[^A-Za-z0-9._/-]', '_', place)[:_MAX_PLACE]} -->"


def _verdict(review: Review) -> str:
    sign, sentence = headline(review)
    where = f" (stack {code(review.stack)})" if review.stack else ""
    return f"### {sign} {markdown(sentence)}{where}"


def _errors(errors: Sequence[str]) -> Iterator[str]:
    if errors:
        lines = [one_line(line, 300) for error in errors[:_MAX_ITEMS] for line in error.splitlines() if line.strip()]
        text = "\n".join(lines)
        yield "The engine reported:\n\n" + _fenced(text[:_MAX_ERROR])
        if len(errors) > _MAX_ITEMS or len(text) > _MAX_ERROR:
            yield f"… and more {_ALL}"


def _fenced(text: str) -> str:
    """Return a code block that no line of the text can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


_HEADERS: Final = ("resource", "what happens", "why", "vectors now", "metadata indexes")
_ALIGNED: Final = ("---", "---", "---", "---:", "---")


def _table(rows: Sequence[Row], shown: int) -> str:
    """Return the table of the first rows, without the last column if it would be empty."""
    width = len(_HEADERS) if any(row.metadata for row in rows) else len(_HEADERS) - 1
    lines: list[Iterable[str]] = [_HEADERS, _ALIGNED, *(_cells(row) for row in rows[:shown])]
    if len(rows) > shown:
        lines.append([f"… and {len(rows) - shown} more {_ALL}", *[""] * width])
    return "\n".join(f"| {' | '.join(list(cells)[:width])} |" for cells in lines)


def _cells(row: Row) -> Iterator[str]:
    yield _resource(row)
    word, details = happening(row)
    allowed = " (allowed)" if row.is_allowed else ""
    yield f"**{word}**{allowed}" + "".join(f"<br>{markdown(detail)}" for detail in details)
    yield _limited(f"{code(path)}: {code(old)} → {code(new)}" for path, old, new in reasons(row.changes))
    yield vector_count_word(row)
    yield _limited(f"{word} {code(name)} ({code(types)})" for word, name, types in metadata_words(row.metadata))


def _resource(row: Row) -> str:
    if row.kind != "index":
        return f"{code(row.name)}<br>metadata index {code(row.property_name)} of {code(row.index)}"
    renamed = f" → {code(row.new_index)}" if row.new_index not in ("", row.index) else ""
    index = code(row.index) if row.index else "not known"
    return code(row.name) + (f"<br>index {index}{renamed}" if renamed or row.index not in ("", row.name) else "")


def _limited(items: Iterable[str]) -> str:
    listed = list(items)
    more = [f"… and {len(listed) - _MAX_ITEMS} more"] if len(listed) > _MAX_ITEMS else []
    return "<br>".join(listed[:_MAX_ITEMS] + more)


def _advice(rows: Sequence[Row], shown: int) -> Iterator[str]:
    by_advice: dict[str, list[str]] = {}
    for row in rows:
        for advice in row.advice:
            by_advice.setdefault(markdown(advice), []).append(code(row.name))
    lines = [f"- {_some(names)}: {advice}" for advice, names in list(by_advice.items())[:shown]]
    if lines:
        yield "**What to do instead**\n\n" + "\n".join(lines)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_ITEMS} more" if len(names) > _MAX_ITEMS else ""
    return ", ".join(names[:_MAX_ITEMS]) + more


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def _notes(review: Review) -> Iterator[str]:
    notes = [markdown(note) for note in (*unknown_words(review.rows), *review.notes[:_MAX_ITEMS])]
    if len(review.notes) > _MAX_ITEMS:
        notes.append(f"… and {len(review.notes) - _MAX_ITEMS} more {_ALL}")
    if notes:
        yield "\n".join(f"- {note}" for note in notes)
