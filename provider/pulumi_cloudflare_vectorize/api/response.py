"""Turns a response of the API into a result or a typed error. Sends nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from ..errors import (
    AlreadyExistsError,
    ApiError,
    AuthenticationError,
    Failure,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransportError,
)
from ..masking import masked
from .hints import hint_for

# Characters of an API's error text that an error shows.
MAX_MESSAGE: Final = 1000

# A code takes precedence over the status (docs/internals/api-notes.md, 2026-08).
NOT_FOUND_CODES: Final = frozenset({3000, 3005, 40005})
ALREADY_EXISTS_CODES: Final = frozenset({3002, 40004})
RATE_LIMITED_CODES: Final = frozenset({971, 40041})
AUTHENTICATION_CODES: Final = frozenset({6003, 6103, 6111, 9103, 9106, 9109, 10000})
_NOT_FOUND_STATUSES: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_AUTHENTICATION_STATUSES: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_SUCCESS: Final = HTTPStatus.OK // 100
# "No such route", which a malformed account ID causes. It shows nothing about the index.
_NO_ROUTE_CODES: Final = frozenset({7000, 7003})


@dataclass(frozen=True)
class Request:
    """One request: `action` completes "cannot …" in errors, and `path` follows the base URL.

    `is_listing` marks a list of many indexes. It can fail with "deleted" (3005) if an index is deleted at the same time
    (docs/internals/api-notes.md).
    """

    action: str
    method: str
    path: str
    json: Any = None
    is_listing: bool = False

    @property
    def place(self) -> str:
        """Method and path, for errors."""
        return f"{self.method} {self.path}"

    @property
    def is_change(self) -> bool:
        """Whether it changes something in the account."""
        return self.method != "GET"

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice has the same effect as once: true for every method except POST."""
        return self.method != "POST"


@dataclass(frozen=True)
class HttpResponse:
    """A response before it is decoded. `retry_after_s` is None without a Retry-After header."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    retry_after_s: float | None = None


@dataclass(frozen=True)
class ApiResponse:
    """A successful response: the envelope's `result`, and the server's clock in Unix seconds (None without a Date header)."""

    result: Any
    server_time_s: float | None = None


def decode(request: Request, response: HttpResponse, secrets: tuple[str, ...] = ()) -> ApiResponse:
    """Decode a response. Error texts are masked: they contain none of the `secrets`.

    Raises:
        ApiError: the envelope, or a status without one, reports a failure.
        TransportError: a 2xx, a 3xx or a "not found" that is not the API's JSON.
    """
    status, envelope = response.status, _envelope(response.body)
    if status // 100 == _SUCCESS and envelope is not None and envelope.get("success") is True:
        return ApiResponse(envelope.get("result"), _server_time_s(response.headers))
    if (status < HTTPStatus.BAD_REQUEST or status in _NOT_FOUND_STATUSES) and (
        envelope is None or "success" not in envelope
    ):
        # With a wrong base URL, the "not found" of another server must not count as "the index is gone".
        raise TransportError(
            f"cannot {request.action}: the response is not the API's JSON",
            f"{request.place} → {status}",
            "Check the base URL, and any proxy on the way",
        )
    raise _error_of(_failure(request, response, envelope or {}, secrets))


def _envelope(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body, object_pairs_hook=_unambiguous)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object. Reject a repeated key, because either of its values could be meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _failure(request: Request, response: HttpResponse, envelope: dict[str, Any], secrets: tuple[str, ...]) -> Failure:
    errors = envelope.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = first.get("code")
    return Failure(
        action=request.action,
        method=request.method,
        path=request.path,
        status=response.status,
        code=code if isinstance(code, int) else 0,
        message=masked(_one_line(str(first.get("message") or "")), secrets)[:MAX_MESSAGE],
        ray_id=_one_line(response.headers.get("cf-ray", "")),
        retry_after_s=response.retry_after_s,
    )


def _error_of(failure: Failure) -> ApiError:
    hint = hint_for(failure.status, failure.code, failure.message)
    return _error_class(failure.status, failure.code)(failure, hint)


def _error_class(status: int, code: int) -> type[ApiError]:
    if code in AUTHENTICATION_CODES or status in _AUTHENTICATION_STATUSES:
        return AuthenticationError
    if code in NOT_FOUND_CODES or (status in _NOT_FOUND_STATUSES and code not in _NO_ROUTE_CODES):
        return NotFoundError
    if code in ALREADY_EXISTS_CODES:
        return AlreadyExistsError
    if code in RATE_LIMITED_CODES or status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError
    return ServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ApiError


def _server_time_s(headers: Mapping[str, str]) -> float | None:
    try:
        return parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return None


def _one_line(text: str) -> str:
    return " ".join(text.split())
