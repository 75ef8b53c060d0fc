"""Every error of the emulator: status, code and text, and which of the three are assumptions.

`assumed` names the parts that no document and no report of the real API contains. The README lists those rows, and a test
compares both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ErrorKind:
    """One row of the catalog. `text` is a format string with the parameters of the error."""

    name: str
    status: int
    code: int
    text: str
    assumed: frozenset[str] = frozenset()
    chain: tuple[tuple[int, str], ...] = ()
    more: tuple[tuple[int, str], ...] = field(default=())


CATALOG: dict[str, ErrorKind] = {}


def _row(name: str, status: int, code: int, text: str, assumed: str = "", **extra: Any) -> ErrorKind:
    kind = ErrorKind(name, status, code, text, frozenset(assumed.split()), **extra)
    CATALOG[name] = kind
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
V1_CREATION = _row(
    "V1_CREATION",
    400,
    1010,
    "vectorize.incorrect_api_version - v1 indexes can no longer be created",
    "status code text",
)

# The data plane: plain sentences.
METADATA_INDEX_EXISTS = _row(
    "METADATA_INDEX_EXISTS", 400, 40004, 'metadata index on property "{property}" already exists', "status text"
)
METADATA_INDEX_MISSING = _row(
    "METADATA_INDEX_MISSING", 400, 40005, 'metadata index on property "{property}" does not exist'
)
METADATA_INDEX_LIMIT = _row(
    "METADATA_INDEX_LIMIT",
    400,
    40061,
    "too many metadata indexes; an index has at most {limit}",
    "status code text",
)
BAD_PROPERTY_NAME = _row(
    "BAD_PROPERTY_NAME",
    400,
    40026,
    'Failed to parse the request body as JSON: propertyName: must have 1 to 512 characters, no `"` and no leading `$`',
    "code text",
)
QUERY_DIMENSIONS = _row(
    "QUERY_DIMENSIONS", 400, 40006, "invalid query vector, expected {expected} dimensions, and got {got} dimensions"
)
TOO_MANY_IDS = _row("TOO_MANY_IDS", 400, 40007, "too many ids in payload; max id count is {limit}, got {got}")
ID_TOO_LONG = _row("ID_TOO_LONG", 400, 40008, "id too long; max is {limit} bytes, got {got} bytes")
NAMESPACE_TOO_LONG = _row(
    "NAMESPACE_TOO_LONG",
    400,
    40009,
    "namespace too long; max is {limit} bytes, got {got} bytes",
    "status text",
)
WRONG_DIMENSIONS = _row(
    "WRONG_DIMENSIONS",
    400,
    40012,
    'invalid vector for id="{id}", expected {expected} dimensions, and got {got} dimensions',
)
BAD_VALUE = _row(
    "BAD_VALUE", 400, 40062, 'invalid vector for id="{id}", a value does not fit float32', "status code text"
)
METADATA_TOO_LARGE = _row(
    "METADATA_TOO_LARGE",
    400,
    40016,
    'oversized metadata for vector id="{id}"; the compact JSON representation of the metadata '
    "must not exceed {limit} bytes, got {got} bytes",
)
BAD_METADATA_KEY = _row(
    "BAD_METADATA_KEY",
    400,
    40063,
    'invalid metadata key for vector id="{id}": "{key}"; a key may not be empty, contain `.` or `"`, or start with `$`',
    "status code text",
)
TOO_MANY_VECTORS = _row(
    "TOO_MANY_VECTORS",
    400,
    40064,
    "too many vectors in payload; max vector count is {limit}",
    "status code text",
)
INDEX_FULL = _row("INDEX_FULL", 400, 40065, "the index would exceed its limit of {limit} {what}", "status code text")
LINE_UNPARSABLE = _row(
    "LINE_UNPARSABLE",
    400,
    40023,
    "vectorize.upstream_error - failed to parse {operation} vectors request in ndjson format: "
    "line Some({line}) was not expected format",
)
MULTIPART_UNUSABLE = _row(
    "MULTIPART_UNUSABLE",
    400,
    40066,
    "multipart body: {detail}",
    "status code text",
)
TOP_K_WITH_PAYLOAD = _row(
    "TOP_K_WITH_PAYLOAD",
    400,
    40025,
    "with returnValues=true or returnMetadata=all, max top K is 50, but got {got}; "
    "for a top K up to 100, retry with returnValues=false and returnMetadata=indexed",
)
TOP_K_RANGE = _row("TOP_K_RANGE", 400, 40025, "top K must be within 1 to 100, but got {got}", "code text")
QUERY_TARGET = _row(
    "QUERY_TARGET",
    400,
    40026,
    "Failed to parse the request body as JSON: exactly one of vector and vectorId is expected",
    "code text",
)
QUERY_VECTOR_ID = _row("QUERY_VECTOR_ID", 400, 40067, 'no vector with id "{id}" in the index', "status code text")
BAD_FILTER = _row("BAD_FILTER", 400, 40026, "Failed to parse the request body as JSON: filter: {detail}", "code text")
BAD_PARAMETER = _row("BAD_PARAMETER", 400, 40068, "invalid query parameter {name}: {detail}", "status code text")
BAD_CURSOR = _row("BAD_CURSOR", 400, 40052, "List vectors cursor appears to be corrupted")

# Bodies.
UNKNOWN_CONTENT_TYPE = _row("UNKNOWN_CONTENT_TYPE", 400, 1005, "vectorize.unknown_content_type")
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
    """An error of the API, raised anywhere below the routes."""

    def __init__(self, kind: ErrorKind, **params: object) -> None:
        self.kind = kind
        self.message = kind.text.format(**params)
        super().__init__(f"{kind.code}: {self.message}")


class TesterError(ValueError):
    """An invalid request to /_emulator, or an invalid flag."""
