"""What comes of every fault on every route: the table that `test_fault_matrix.py` holds against the code. Data only."""

from typing import Any

_NO_ANSWER = (
    "the connection failed or was closed before a response arrived ({place} at {base_url}). Check the network and the base URL, "
    "then run the command again"
)
_NOT_JSON = "the response is not the API's JSON ({place} → 200). Check the base URL, and any proxy on the way"
# What the emulator does instead of answering properly, and what an error then says.
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "429 short": (
        {"status": 429, "code": 10100, "message": "slow down", "headers": {"Retry-After": "60"}},
        "slow down ({place} → 429, code 10100, ray …). Run the command again later, or with a lower --parallel",
    ),
    "429 long": (
        {"status": 429, "code": 10100, "message": "blocked", "headers": {"Retry-After": "300"}},
        "blocked ({place} → 429, code 10100, ray …). Run the command again later, or with a lower --parallel",
    ),
    "500": (
        {"status": 500, "code": 10013, "message": "internal error"},
        "internal error ({place} → 500, code 10013, ray …). The API has a problem. Run the command again later",
    ),
    "503": (
        {"status": 503, "body": "upstream connect error"},
        "no error message ({place} → 503, ray …). The API has a problem. Run the command again later",
    ),
    "reset": ({"reset": True}, _NO_ANSWER),
    "time-out": (
        {"hang": True},
        "no response within the timeout ({place} at {base_url}). Check the network and the base URL, then run the command again",
    ),
    "answer lost": ({"drop_answer": True}, _NO_ANSWER),
    "not JSON": ({"body": "<html>a proxy</html>", "content_type": "text/html"}, _NOT_JSON),
    "empty body": ({"body": ""}, _NOT_JSON),
    "refused with 200": ({"status": 200, "code": 1234, "message": "no"}, "no ({place} → 200, code 1234, ray …)"),
    "slow": ({"delay_ms": 50}, ""),
}

# Kind of request → the client's method that sends it, and what the faults on it match.
ROUTES = {
    "create": ("create_index", "POST", "indexes"),
    "list": ("list_indexes", "GET", "indexes"),
    "get": ("get_index", "GET", "indexes/*"),
    "info": ("get_index_info", "GET", "indexes/*/info"),
    "delete": ("delete_index", "DELETE", "indexes/*"),
    "m-create": ("create_metadata_index", "POST", "indexes/*/metadata_index/create"),
    "m-list": ("list_metadata_indexes", "GET", "indexes/*/metadata_index/list"),
    "m-delete": ("delete_metadata_index", "POST", "indexes/*/metadata_index/delete"),
}

# Use, fault, what was asked and what came of it when the fault came once, and the same when it came for good.
TABLE: list[tuple[str, str, str, str]] = [
    ("create", "429 short", "create×2: ok", "create×11: RateLimitedError"),
    ("create", "429 long", "create×2: ok", "create×3: RateLimitedError"),
    ("create", "500", "create get create: ok", "(create get)×5: ServerError"),
    ("create", "503", "create get create: ok", "(create get)×5: ServerError"),
    ("create", "reset", "create get create: ok", "(create get)×5: TransportError"),
    ("create", "time-out", "create get create: ok", "(create get)×5: TransportError"),
    ("create", "answer lost", "create get info m-list: ok", "create get info m-list: ok"),
    ("create", "not JSON", "create get create: ok", "(create get)×5: TransportError"),
    ("create", "empty body", "create get create: ok", "(create get)×5: TransportError"),
    ("create", "refused with 200", "create: ApiError", "create: ApiError"),
    ("create", "slow", "create: ok", "create: ok"),
    ("get after a lost creation", "429 short", "create get×2 info m-list: ok", "create get×11: PartialResultError"),
    ("get after a lost creation", "429 long", "create get×2 info m-list: ok", "create get×3: PartialResultError"),
    ("get after a lost creation", "500", "create get×2 info m-list: ok", "create get×8: PartialResultError"),
    ("get after a lost creation", "503", "create get×2 info m-list: ok", "create get×8: PartialResultError"),
    ("get after a lost creation", "reset", "create get×2 info m-list: ok", "create get×8: PartialResultError"),
    ("get after a lost creation", "time-out", "create get×2 info m-list: ok", "create get×8: PartialResultError"),
    ("get after a lost creation", "answer lost", "create get×2 info m-list: ok", "create get×8: PartialResultError"),
    ("get after a lost creation", "not JSON", "create get×2 info m-list: ok", "create get×8: PartialResultError"),
    ("get after a lost creation", "empty body", "create get×2 info m-list: ok", "create get×8: PartialResultError"),
    (
        "get after a lost creation",
        "refused with 200",
        "create get: PartialResultError",
        "create get: PartialResultError",
    ),
    ("get after a lost creation", "slow", "create get info m-list: ok", "create get info m-list: ok"),
    ("list before a creation", "429 short", "list×2 create: ok", "list×11: RateLimitedError"),
    ("list before a creation", "429 long", "list×2 create: ok", "list×3: RateLimitedError"),
    ("list before a creation", "500", "list×2 create: ok", "list×8: ServerError"),
    ("list before a creation", "503", "list×2 create: ok", "list×8: ServerError"),
    ("list before a creation", "reset", "list×2 create: ok", "list×8: TransportError"),
    ("list before a creation", "time-out", "list×2 create: ok", "list×8: TransportError"),
    ("list before a creation", "answer lost", "list×2 create: ok", "list×8: TransportError"),
    ("list before a creation", "not JSON", "list×2 create: ok", "list×8: TransportError"),
    ("list before a creation", "empty body", "list×2 create: ok", "list×8: TransportError"),
    ("list before a creation", "refused with 200", "list: ApiError", "list: ApiError"),
    ("list before a creation", "slow", "list create: ok", "list create: ok"),
    ("get in a refresh", "429 short", "get×2: ok", "get×11: RateLimitedError"),
    ("get in a refresh", "429 long", "get×2: ok", "get×3: RateLimitedError"),
    ("get in a refresh", "500", "get×2: ok", "get×8: ServerError"),
    ("get in a refresh", "503", "get×2: ok", "get×8: ServerError"),
    ("get in a refresh", "reset", "get×2: ok", "get×8: TransportError"),
    ("get in a refresh", "time-out", "get×2: ok", "get×8: TransportError"),
    ("get in a refresh", "answer lost", "get×2: ok", "get×8: TransportError"),
    ("get in a refresh", "not JSON", "get×2: ok", "get×8: TransportError"),
    ("get in a refresh", "empty body", "get×2: ok", "get×8: TransportError"),
    ("get in a refresh", "refused with 200", "get: ApiError", "get: ApiError"),
    ("get in a refresh", "slow", "get: ok", "get: ok"),
    ("info before a deletion", "429 short", "get info×2 delete get: ok", "get info×11: RateLimitedError"),
    ("info before a deletion", "429 long", "get info×2 delete get: ok", "get info×3: RateLimitedError"),
    ("info before a deletion", "500", "get info×2 delete get: ok", "get info×8: ServerError"),
    ("info before a deletion", "503", "get info×2 delete get: ok", "get info×8: ServerError"),
    ("info before a deletion", "reset", "get info×2 delete get: ok", "get info×8: TransportError"),
    ("info before a deletion", "time-out", "get info×2 delete get: ok", "get info×8: TransportError"),
    ("info before a deletion", "answer lost", "get info×2 delete get: ok", "get info×8: TransportError"),
    ("info before a deletion", "not JSON", "get info×2 delete get: ok", "get info×8: TransportError"),
    ("info before a deletion", "empty body", "get info×2 delete get: ok", "get info×8: TransportError"),
    ("info before a deletion", "refused with 200", "get info: ApiError", "get info: ApiError"),
    ("info before a deletion", "slow", "get info delete get: ok", "get info delete get: ok"),
    ("delete", "429 short", "get info delete×2 get: ok", "get info delete×11: RateLimitedError"),
    ("delete", "429 long", "get info delete×2 get: ok", "get info delete×3: RateLimitedError"),
    ("delete", "500", "get info delete×2 get: ok", "get info delete×8 get: ServerError"),
    ("delete", "503", "get info delete×2 get: ok", "get info delete×8 get: ServerError"),
    ("delete", "reset", "get info delete×2 get: ok", "get info delete×8 get: TransportError"),
    ("delete", "time-out", "get info delete×2 get: ok", "get info delete×8 get: TransportError"),
    ("delete", "answer lost", "get info delete×2 get: ok", "get info delete×8 get: ok"),
    ("delete", "not JSON", "get info delete×2 get: ok", "get info delete×8 get: TransportError"),
    ("delete", "empty body", "get info delete×2 get: ok", "get info delete×8 get: TransportError"),
    ("delete", "refused with 200", "get info delete: ApiError", "get info delete: ApiError"),
    ("delete", "slow", "get info delete get: ok", "get info delete get: ok"),
    ("get after a deletion", "429 short", "get info delete get×2: ok", "get info delete get×11: RateLimitedError"),
    ("get after a deletion", "429 long", "get info delete get×2: ok", "get info delete get×3: RateLimitedError"),
    ("get after a deletion", "500", "get info delete get×2: ok", "get info delete get×8: ServerError"),
    ("get after a deletion", "503", "get info delete get×2: ok", "get info delete get×8: ServerError"),
    ("get after a deletion", "reset", "get info delete get×2: ok", "get info delete get×8: TransportError"),
    ("get after a deletion", "time-out", "get info delete get×2: ok", "get info delete get×8: TransportError"),
    ("get after a deletion", "answer lost", "get info delete get×2: ok", "get info delete get×8: TransportError"),
    ("get after a deletion", "not JSON", "get info delete get×2: ok", "get info delete get×8: TransportError"),
    ("get after a deletion", "empty body", "get info delete get×2: ok", "get info delete get×8: TransportError"),
    ("get after a deletion", "refused with 200", "get info delete get: ApiError", "get info delete get: ApiError"),
    ("get after a deletion", "slow", "get info delete get: ok", "get info delete get: ok"),
    ("m-create", "429 short", "get m-list m-create×2 m-list×2: ok", "get m-list m-create×7: RateLimitedError"),
    ("m-create", "429 long", "get m-list m-create×2 m-list×2: ok", "get m-list m-create×2: RateLimitedError"),
    (
        "m-create",
        "500",
        "get (m-list m-create)×2 m-list: ok",
        "get (m-list m-create)×17 m-list: half-done DeadlineError",
    ),
    (
        "m-create",
        "503",
        "get (m-list m-create)×2 m-list: ok",
        "get (m-list m-create)×17 m-list: half-done DeadlineError",
    ),
    (
        "m-create",
        "reset",
        "get (m-list m-create)×2 m-list: ok",
        "get (m-list m-create)×17 m-list: half-done DeadlineError",
    ),
    (
        "m-create",
        "time-out",
        "get (m-list m-create)×2 m-list: ok",
        "get (m-list m-create)×17 m-list: half-done DeadlineError",
    ),
    ("m-create", "answer lost", "get (m-list m-create)×2 m-list: ok", "get (m-list m-create)×2 m-list: ok"),
    (
        "m-create",
        "not JSON",
        "get (m-list m-create)×2 m-list: ok",
        "get (m-list m-create)×17 m-list: half-done DeadlineError",
    ),
    (
        "m-create",
        "empty body",
        "get (m-list m-create)×2 m-list: ok",
        "get (m-list m-create)×17 m-list: half-done DeadlineError",
    ),
    ("m-create", "refused with 200", "get m-list m-create: ApiError", "get m-list m-create: ApiError"),
    ("m-create", "slow", "get m-list m-create m-list×2: ok", "get m-list m-create m-list×2: ok"),
    ("m-list in a refresh", "429 short", "get m-list×2: ok", "get m-list×11: RateLimitedError"),
    ("m-list in a refresh", "429 long", "get m-list×2: ok", "get m-list×3: RateLimitedError"),
    ("m-list in a refresh", "500", "get m-list×2: ok", "get m-list×8: ServerError"),
    ("m-list in a refresh", "503", "get m-list×2: ok", "get m-list×8: ServerError"),
    ("m-list in a refresh", "reset", "get m-list×2: ok", "get m-list×8: TransportError"),
    ("m-list in a refresh", "time-out", "get m-list×2: ok", "get m-list×8: TransportError"),
    ("m-list in a refresh", "answer lost", "get m-list×2: ok", "get m-list×8: TransportError"),
    ("m-list in a refresh", "not JSON", "get m-list×2: ok", "get m-list×8: TransportError"),
    ("m-list in a refresh", "empty body", "get m-list×2: ok", "get m-list×8: TransportError"),
    ("m-list in a refresh", "refused with 200", "get m-list: ApiError", "get m-list: ApiError"),
    ("m-list in a refresh", "slow", "get m-list: ok", "get m-list: ok"),
    (
        "m-list after a creation",
        "429 short",
        "get m-list m-create m-list×2: ok",
        "get m-list m-create m-list×11: half-done RateLimitedError",
    ),
    (
        "m-list after a creation",
        "429 long",
        "get m-list m-create m-list×2: ok",
        "get m-list m-create m-list×3: half-done RateLimitedError",
    ),
    (
        "m-list after a creation",
        "500",
        "get m-list m-create m-list×2: ok",
        "get m-list m-create m-list×16: half-done ServerError",
    ),
    (
        "m-list after a creation",
        "503",
        "get m-list m-create m-list×2: ok",
        "get m-list m-create m-list×16: half-done ServerError",
    ),
    (
        "m-list after a creation",
        "reset",
        "get m-list m-create m-list×2: ok",
        "get m-list m-create m-list×16: half-done TransportError",
    ),
    (
        "m-list after a creation",
        "time-out",
        "get m-list m-create m-list×2: ok",
        "get m-list m-create m-list×16: half-done TransportError",
    ),
    (
        "m-list after a creation",
        "answer lost",
        "get m-list m-create m-list×2: ok",
        "get m-list m-create m-list×16: half-done TransportError",
    ),
    (
        "m-list after a creation",
        "not JSON",
        "get m-list m-create m-list×2: ok",
        "get m-list m-create m-list×16: half-done TransportError",
    ),
    (
        "m-list after a creation",
        "empty body",
        "get m-list m-create m-list×2: ok",
        "get m-list m-create m-list×16: half-done TransportError",
    ),
    (
        "m-list after a creation",
        "refused with 200",
        "get m-list m-create m-list×2: half-done ApiError",
        "get m-list m-create m-list×2: half-done ApiError",
    ),
    ("m-list after a creation", "slow", "get m-list m-create m-list×2: ok", "get m-list m-create m-list×2: ok"),
    ("m-delete", "429 short", "get m-list m-delete×2 m-list×2: ok", "get m-list m-delete×7: RateLimitedError"),
    ("m-delete", "429 long", "get m-list m-delete×2 m-list×2: ok", "get m-list m-delete×2: RateLimitedError"),
    (
        "m-delete",
        "500",
        "get (m-list m-delete)×2 m-list: ok",
        "get (m-list m-delete)×17 m-list: half-done DeadlineError",
    ),
    (
        "m-delete",
        "503",
        "get (m-list m-delete)×2 m-list: ok",
        "get (m-list m-delete)×17 m-list: half-done DeadlineError",
    ),
    (
        "m-delete",
        "reset",
        "get (m-list m-delete)×2 m-list: ok",
        "get (m-list m-delete)×17 m-list: half-done DeadlineError",
    ),
    (
        "m-delete",
        "time-out",
        "get (m-list m-delete)×2 m-list: ok",
        "get (m-list m-delete)×17 m-list: half-done DeadlineError",
    ),
    ("m-delete", "answer lost", "get (m-list m-delete)×2 m-list: ok", "get (m-list m-delete)×2 m-list: ok"),
    (
        "m-delete",
        "not JSON",
        "get (m-list m-delete)×2 m-list: ok",
        "get (m-list m-delete)×17 m-list: half-done DeadlineError",
    ),
    (
        "m-delete",
        "empty body",
        "get (m-list m-delete)×2 m-list: ok",
        "get (m-list m-delete)×17 m-list: half-done DeadlineError",
    ),
    ("m-delete", "refused with 200", "get m-list m-delete: ApiError", "get m-list m-delete: ApiError"),
    ("m-delete", "slow", "get m-list m-delete m-list×2: ok", "get m-list m-delete m-list×2: ok"),
]

# What stands around the text of the fault where the error is no plain one of the transport. A wait shows no fix but its own.
AROUND = {
    "PartialResultError": (
        'cannot create index "docs": the connection failed or was closed before a response arrived (POST {indexes} at {base_url}). '
        "Whether the index exists could not be read: {fact}. Run `pulumi up` again, which continues from here"
    ),
    "m-create": (
        'timeout after 56 s of waiting until metadata index "tenant" of index "docs" shows: the last response was {{}}; {fact}. '
        "Run `pulumi up` again"
    ),
    "m-delete": (
        'timeout after 56 s of waiting until metadata index "tenant" of index "docs" is gone: the last response was '
        "{{'tenant': 'string'}}; {fact}. Run `pulumi up` again"
    ),
}
