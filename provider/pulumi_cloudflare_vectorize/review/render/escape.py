"""Escapes text from outside for Markdown."""

from __future__ import annotations

from typing import Final

from ..text import MAX_TEXT, Code, Strong, Text, escaped, one_line

# Nothing else has a meaning in a code span: no link, no @mention, no emphasis, no entity.
_ACTIVE: Final = frozenset("`|<>")


def code(text: str, limit: int = MAX_TEXT) -> str:
    """Return a Markdown code span that nothing in the text can end, in a table as well."""
    return f"`{inert(text, limit) or ' '}`"


def inert(text: str, limit: int = MAX_TEXT) -> str:
    """Return one visible line without the characters that could end a code span, a table cell or a code block."""
    return "".join(escaped(char) if char in _ACTIVE else char for char in one_line(text, limit))


def markdown(text: Text) -> str:
    """Return a text as Markdown."""
    return "".join(_segment(segment) for segment in text)


def _segment(segment: str | Code | Strong) -> str:
    if isinstance(segment, Code):
        return code(segment.text, segment.limit)
    if isinstance(segment, Strong):
        return f"**{''.join(map(_segment, segment.parts))}**"
    return segment
