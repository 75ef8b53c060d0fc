"""Makes text from outside safe to show: one line, nothing invisible, nothing that Markdown, HTML or a terminal acts upon."""

from __future__ import annotations

from typing import Any, Final

from ..models import UNKNOWN

MAX_TEXT = 160
SECRET: Final = "[secret]"  # noqa: S105 -- what the engine writes in place of one
# Inside a code span nothing else has a meaning: no link, no @mention, no emphasis, no entity.
_ACTIVE: Final = frozenset("`|<>")
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


def plain(text: str, limit: int = MAX_TEXT) -> str:
    """Make one visible line of a text, cut at `limit` characters; what does not print is written as in a Python string."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(_SHORT.get(char) or (char if char.isprintable() else _escaped(char)) for char in cut)


def code(text: str, limit: int = MAX_TEXT) -> str:
    """Make a Markdown code span that nothing inside can end, also not in a table's cell."""
    return f"`{inert(text, limit) or ' '}`"


def inert(text: str, limit: int = MAX_TEXT) -> str:
    """As `plain`, and free of the characters that could end a code span, a table's cell or a code block."""
    return "".join(_escaped(char) if char in _ACTIVE else char for char in plain(text, limit))


def shown(value: Any) -> str:
    """Put a property's value into words, still unescaped: texts in quotes, and no secret."""
    if value is None or value in ("", {}):
        return "none"
    if value is UNKNOWN:
        return "not known"
    if value == SECRET:
        return SECRET
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"  # noqa: PLR2004 -- the last of four digits
