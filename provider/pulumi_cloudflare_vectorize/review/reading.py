"""Turns bytes into a `Preview`, in whichever form they come, or says at which line they stop making sense."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from .forms import from_document, from_events, from_plan
from .model import Preview, UnusableError

# 500 resources are 5 MB with the engine's stack traces.
MAX_BYTES = 256 * 1024 * 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_preview(data: bytes) -> Preview:
    """Read a preview, a stream of events or a saved plan, told apart by what they hold.

    Raises:
        UnusableError: it is none of them; the text says where and why.
    """
    try:
        return _read(_decoded(data))
    except RecursionError:
        raise UnusableError("it is nested too deeply") from None


def _read(text: str) -> Preview:
    if not text.strip():
        raise UnusableError("it is empty: the command before may have failed")
    first = _first_line(text)
    if first is not None and _is_event(first):
        return from_events(_events(text))
    document = _parsed(text, 1)
    if not isinstance(document, dict):
        raise UnusableError("line 1: it is JSON, but not an object as `pulumi preview --json` prints it")
    if "steps" in document or "changeSummary" in document:
        return from_document(document)
    if "resourcePlans" in document:
        return from_plan(document)
    keys = ", ".join(sorted(document)[:5]) or "nothing"
    raise UnusableError(f"line 1: it has neither steps nor resourcePlans nor events, but {keys}")


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise UnusableError(f"it is larger than {MAX_BYTES // 2**20} MiB")
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnusableError(f"line {line}: byte {error.start} is not UTF-8 text") from None


def _first_line(text: str) -> Any:
    try:
        return json.loads(text.lstrip().partition("\n")[0])
    except ValueError:
        return None


def _is_event(value: Any) -> bool:
    return isinstance(value, dict) and any(key.endswith("Event") for key in value)


def _events(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            event = _parsed(line, number)
            if not isinstance(event, dict):
                raise UnusableError(f"line {number}: an event has to be an object")
            yield f"line {number}", event


def _parsed(text: str, first_line: int) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        ends = " — it was cut off" if error.pos >= len(text.rstrip()) else ""
        raise UnusableError(f"line {line}, column {error.colno}: not JSON: {error.msg}{ends}") from None
    except ValueError as error:
        raise UnusableError(f"line {first_line}: not JSON: {error}") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no value of JSON")
