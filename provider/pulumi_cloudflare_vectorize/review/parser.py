"""Parses bytes in any of the engine's formats into a `Preview`. An error contains the line and the reason."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from .formats import from_document, from_events, from_plan
from .models import Preview, UnusableError

# 500 resources are 5 MB with the engine's stack traces. Python needs about 12 times the size of a document to hold it.
MAX_BYTES: Final = 64 * 1024 * 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_preview(data: bytes) -> Preview:
    """Parse a JSON document, streaming JSON or a saved plan. The keys decide which it is.

    Raises:
        UnusableError: it is none of them. The text contains the place and the reason.
    """
    try:
        return _read(_decoded(data))
    except RecursionError:
        raise UnusableError("it is nested too deeply") from None


def _read(text: str) -> Preview:
    if not text.strip():
        raise UnusableError("it is empty: the command before may have failed")
    lines = text.split("\n")
    start = _first_object(lines)
    if _is_event(lines[start]):
        return from_events(_events(lines))
    document = _document(lines, start)
    if "steps" in document or "changeSummary" in document:
        return from_document(document)
    if "resourcePlans" in document:
        return from_plan(document)
    keys = ", ".join(sorted(document)[:5]) or "nothing"
    raise UnusableError(f"line {start + 1}: it contains neither steps nor resourcePlans nor events, but {keys}")


def _first_object(lines: list[str]) -> int:
    """Return the number of the line where the JSON starts. The lines before it are messages of the engine or of a plugin."""
    for number, line in enumerate(lines):
        if _starts_object(line):
            return number
    number, shown = next((number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())
    raise UnusableError(
        f'no JSON object starts on any line. Line {number} is: "{shown[:200]}". Use `pulumi preview --json`'
    )


def _starts_object(line: str) -> bool:
    return line.lstrip().startswith("{")


def _document(lines: list[str], start: int) -> dict[str, Any]:
    """Parse the document that starts at a line. Only messages may follow it."""
    text = "\n".join(lines[start:]).lstrip()
    document, end = _parsed(text, start + 1)
    for number, line in enumerate(text[end:].split("\n"), start + 1 + text.count("\n", 0, end)):
        if _starts_object(line):
            raise UnusableError(
                f"line {number}: a second JSON document follows the first: review one preview at a time"
            )
    return document


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise UnusableError(f"it is larger than {MAX_BYTES // 2**20} MiB")
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnusableError(f"line {line}: byte {error.start} is not UTF-8 text") from None


def _is_event(line: str) -> bool:
    try:
        value = json.loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and any(key.endswith("Event") for key in value)


def _events(lines: list[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Parse one event per line. Lines without a JSON object are messages."""
    for number, line in enumerate(lines, 1):
        if _starts_object(line):
            event, end = _parsed(line.strip(), number)
            if end < len(line.strip()):
                raise UnusableError(f"line {number}: more text follows the event on its line")
            yield f"line {number}", event
        elif 'Event"' in line:
            raise UnusableError(f"line {number}: an event must be a JSON object on a line of its own")


def _parsed(text: str, first_line: int) -> tuple[dict[str, Any], int]:
    """Parse the JSON object that a text starts with, and return where it ends."""
    try:
        return _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        ends = ", because the input is incomplete" if error.pos >= len(text.rstrip()) else ""
        raise UnusableError(f"line {line}, column {error.colno}: not JSON: {error.msg}{ends}") from None
    except ValueError as error:
        raise UnusableError(f"line {first_line}: not JSON: {error}") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object. Reject a repeated key, because one value would hide the other."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f'the key "{key[:40]}" occurs twice')
        found[key] = value
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_without_duplicates)
