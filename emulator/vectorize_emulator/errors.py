"""Every error the emulator can answer: status, code and text, and which of the three are guesses.

This is the one table of them. What stands in `invented` was found in no document and no report of the real
API; the README lists those rows and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ErrorKind:
    """One row of the catalogue; `text` is a format string over the parameters of the error."""

    name: str
    status: int
    code: int
    text: str
    invented: frozenset[str] = frozenset()
    chain: tuple[tuple[int, str], ...] = ()
    more: tuple[tuple[int, str], ...] = field(default=())


CATALOGUE: dict[str, ErrorKind] = {}


def _row(name: str, status: int, code: int, text: str, invented: str = "", **extra: Any) -> ErrorKind:
    kind = ErrorKind(name, status, code, text, frozenset(invented.split()), **extra)
    CATALOGUE[name] = kind
    return kind


# The control plane: dotted slug, then the detail.
INDEX_NOT_FOUND = _row("INDEX_NOT_FOUND", 404, 3000, 'vectorize.index.not_found - Index name "{name}"')
INDEX_INVALID_NAME = _row(
    "INDEX_INVALID_NAME",
    400,
    3001,
    'vectorize.index.invalid_name - Index name "{name}" must match ^([a-z]+[a-z0-9_-]*[a-z0-9]+)$ '
    "and be at most 64 bytes",
    "status text",
)
INDEX_DUPLICATE_NAME = _row("INDEX_DUPLICATE_NAME", 400, 3002, 'vectorize.index.duplicate_name - Index name "{name}"')
INDEX_INVALID_CONFIG = _row("INDEX_INVALID_CONFIG", 400, 3003, "vectorize.index.invalid_config - {detail}")
INDEX_LIMIT = _row(
    "INDEX_LIMIT",
    400,
    3004,
    "vectorize.index.limit_exceeded - the account already has {limit} indexes",
    "status code text",
)
INDEX_DELETED = _row("INDEX_DELETED", 410, 3005, 'vectorize.index.deleted - Index name "{name}" was deleted')
WRONG_VERSION = _row(
    "WRONG_VERSION",
    400,
    1010,
    'vectorize.incorrect_api_version - Index: "{name}" with version "v2" called with api version "v1"',
)

# Bodies.
JSON_TYPE_EXPECTED = _row("JSON_TYPE_EXPECTED", 400, 40026, "Expected request with `Content-Type: application/json`")
JSON_UNPARSABLE = _row("JSON_UNPARSABLE", 400, 40026, "Failed to parse the request body as JSON: {detail}")
BODY_TOO_LARGE = _row("BODY_TOO_LARGE", 413, 40090, "request body exceeds {limit} bytes", "status code text")
BODY_TOO_SLOW = _row(
    "BODY_TOO_SLOW", 408, 40091, "the request body did not arrive within {limit} s", "status code text"
)

# The general Cloudflare layer in front of every product.
AUTH_MISSING = _row("AUTH_MISSING", 400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
AUTH_BAD_AUTHORIZATION = _row(
    "AUTH_BAD_AUTHORIZATION",
    400,
    6003,
    "Invalid request headers",
    chain=((6111, "Invalid format for Authorization header"),),
)
AUTH_BAD_KEY = _row(
    "AUTH_BAD_KEY",
    400,
    6003,
    "Invalid request headers",
    chain=((6103, "Invalid format for X-Auth-Key header"),),
)
AUTH_REFUSED = _row("AUTH_REFUSED", 401, 10000, "Authentication error")
NO_ROUTE = _row(
    "NO_ROUTE",
    404,
    7003,
    "Could not route to {path}, perhaps your object identifier is invalid?",
    more=((7000, "No route for that URI"),),
)
METHOD_NOT_ALLOWED = _row("METHOD_NOT_ALLOWED", 405, 10405, "Method {method} not allowed for this route", "text")
RATE_LIMITED = _row(
    "RATE_LIMITED",
    429,
    971,
    "More than {limit} requests per {window} seconds reached. Please wait and consider throttling your request speed",
)
INTERNAL = _row("INTERNAL", 500, 10013, "the emulator failed: {detail}", "code text")


class ApiError(Exception):
    """An answer other than success, raised anywhere below the routes."""

    def __init__(self, kind: ErrorKind, *, result_info: bool = False, **params: object) -> None:
        self.kind = kind
        self.message = kind.text.format(**params)
        self.result_info = result_info
        super().__init__(f"{kind.code}: {self.message}")


class TesterError(ValueError):
    """A mistake in what a tester posted to /_emulator, or in a flag."""
