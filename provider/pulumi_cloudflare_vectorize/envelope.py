"""What an answer means: the API's envelope becomes a result or a typed error. Sends nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from . import advice
from .errors import (
    AlreadyExistsError,
    ApiError,
    AuthenticationError,
    Failure,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransportError,
)
from .masking import masked

# Characters of an API's error text that are shown.
MAX_MESSAGE = 1000

# These codes decide before the status does (docs/api-notes.md, 2026-08).
NOT_FOUND_CODES = frozenset({3000, 3005, 40005})
ALREADY_EXISTS_CODES = frozenset({3002, 40004})
RATE_LIMITED_CODES = frozenset({971, 40041})
AUTHENTICATION_CODES = frozenset({6003, 6103, 6111, 9103, 9106, 9109, 10000})
_NOT_FOUND_STATUSES = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_SUCCESS = HTTPStatus.OK // 100
# 7003 and 7000 are "no such route", which a malformed account id causes: nothing is known of the index then.
_NO_ROUTE_CODES = frozenset({7000, 7003})


@dataclass(frozen=True)
class Request:
    """One API operation: `action` completes "cannot …" in errors; `path` follows the base URL.

    `is_listing` marks a list of many indexes, which can fail with "deleted" (3005) when one vanishes
    meanwhile (docs/api-notes.md).
    """

    action: str
    method: str
    path: str
    json: Any = None
    is_listing: bool = False

    @property
    def place(self) -> str:
        """Method and path, as errors show them."""
        return f"{self.method} {self.path}"

    @property
    def is_change(self) -> bool:
        """Whether it changes something in the account."""
        return self.method != "GET"

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no more than once: everything but a POST."""
        return self.method != "POST"


@dataclass(frozen=True)
class Answer:
    """A successful answer: the envelope's `result`, and the server's clock as Unix seconds (None when it sent no date)."""

    result: Any
    server_time_s: float | None = None


def decode(
    request: Request, status: int, headers: Mapping[str, str], body: bytes, secrets: tuple[str, ...] = ()
) -> Answer:
    """Turn a status, headers and body into the envelope's result; `secrets` are blotted out of error texts.

    Raises:
        ApiError: the envelope, or a status without one, reports a failure.
        TransportError: a 2xx, a 3xx or a "not found" that is not the API's JSON.
    """
    envelope = _envelope(body)
    if status // 100 == _SUCCESS and envelope is not None and envelope.get("success") is True:
        return Answer(envelope.get("result"), _server_time_s(headers))
    if (status < HTTPStatus.BAD_REQUEST or status in _NOT_FOUND_STATUSES) and (
        envelope is None or "success" not in envelope
    ):
        # A "not found" of some other server says nothing of the index: taken for one, a wrong base URL would empty the state.
        raise TransportError(
            f"cannot {request.action}: the answer is not the API's JSON ({request.place} → {status}) — check the base"
            " URL, and for a proxy in between"
        )
    raise _as_error(_failure(request, status, headers, envelope or {}, secrets))


def _envelope(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body, object_pairs_hook=_unambiguous)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, unless a key occurs twice: which of the two values counts is then anybody's guess."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _failure(
    request: Request, status: int, headers: Mapping[str, str], envelope: dict[str, Any], secrets: tuple[str, ...]
) -> Failure:
    errors = envelope.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = first.get("code")
    return Failure(
        action=request.action,
        method=request.method,
        path=request.path,
        status=status,
        code=code if isinstance(code, int) else 0,
        message=masked(_one_line(str(first.get("message") or "")), secrets)[:MAX_MESSAGE],
        ray_id=_one_line(headers.get("cf-ray", "")),
        retry_after_s=_retry_after_s(headers.get("Retry-After", "")),
    )


def _as_error(failure: Failure) -> ApiError:
    said = advice.advice_for(failure.status, failure.code, failure.message)
    return _error_class(failure.status, failure.code)(failure, said)


def _error_class(status: int, code: int) -> type[ApiError]:
    if code in AUTHENTICATION_CODES or status in (401, 403):
        return AuthenticationError
    if code in NOT_FOUND_CODES or (status in _NOT_FOUND_STATUSES and code not in _NO_ROUTE_CODES):
        return NotFoundError
    if code in ALREADY_EXISTS_CODES:
        return AlreadyExistsError
    if code in RATE_LIMITED_CODES or status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError
    return ServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ApiError


def _retry_after_s(value: str) -> float | None:
    """Whole seconds since 2025-09 (Cloudflare changelog); a date is not sent by this API and is not read."""
    return float(value) if re.fullmatch(r"\d{1,6}", value.strip()) else None


def _server_time_s(headers: Mapping[str, str]) -> float | None:
    try:
        return parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return None


def _one_line(text: str) -> str:
    return " ".join(text.split())
