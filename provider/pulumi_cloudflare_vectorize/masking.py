"""Masks credentials in texts from outside, and describes values without showing them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

MASK: Final = "[secret]"
# A shorter value is masked only as a whole word. Inside a word it is no credential, and the mask would garble the text.
_LONG: Final = 8


def masked(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret in a text. The longest comes first, because it may contain another."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        pattern = re.escape(secret)
        text = re.sub(pattern if len(secret) >= _LONG else rf"(?<![\w-]){pattern}(?![\w-])", MASK, text)
    return text


def kind_of(value: Any) -> str:
    """Describe a value by its type and size. An input may be a secret, which no error may show."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return f"text of {len(value)} characters"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a number" if isinstance(value, (int, float)) else "another value"
