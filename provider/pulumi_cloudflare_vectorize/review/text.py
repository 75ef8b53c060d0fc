"""Text of a review, as segments without any markup. Each renderer formats them, and escapes what comes from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ..unknown import UNKNOWN

SECRET: Final = "[secret]"  # noqa: S105 -- what the engine writes in place of one
MAX_TEXT: Final = 160
MAX_URN: Final = 1_000  # A shortened URN would be useless.
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


@dataclass(frozen=True)
class Code:
    """Code, or text from outside, at most `limit` characters of it."""

    text: str
    limit: int = MAX_TEXT


@dataclass(frozen=True)
class Strong:
    """Emphasized text."""

    parts: tuple[str | Code, ...]


Segment = str | Code | Strong
Text = tuple[Segment, ...]


def strong(*parts: str | Code) -> Strong:
    """Emphasize some segments."""
    return Strong(parts)


def joined(texts: list[Text], separator: str = ", ") -> Text:
    """Join texts with a separator."""
    found: list[Segment] = []
    for number, text in enumerate(texts):
        found += [separator] if number else []
        found += text
    return tuple(found)


def flat(text: Text) -> Iterator[str | Code]:
    """Yield the segments without their emphasis."""
    for segment in text:
        if isinstance(segment, Strong):
            yield from segment.parts
        else:
            yield segment


def one_line(text: str, limit: int = MAX_TEXT) -> str:
    """Return one visible line of at most `limit` characters. Unprintable characters are escaped as in a Python string."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(_SHORT.get(char) or (char if char.isprintable() else escaped(char)) for char in cut)


def escaped(char: str) -> str:
    """Return the escape sequence of a character."""
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"  # noqa: PLR2004 -- four digits


def plain(text: Text) -> str:
    """Return a text as one line without markup."""
    return "".join(one_line(part.text, part.limit) if isinstance(part, Code) else part for part in flat(text))


def shown(value: Any) -> str:
    """Return the value of a property as text, with quotes around texts and without secrets."""
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
