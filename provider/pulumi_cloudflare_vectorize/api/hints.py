"""What the user can do about an error of the API, by its code, text or status."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from ..config_keys import ACCOUNT_ID, API_TOKEN

_PERMISSION = 'Give the token the account permission "Vectorize: Edit" (permission group "Vectorize Write")'
_ACCOUNT_ID = f"Check the account ID in {ACCOUNT_ID}. The dashboard shows it under Workers & Pages"
_TOO_MANY = "Run the command again later, or with a lower --parallel"

# Sources: docs/internals/api-notes.md (2026-08).
BY_CODE: Final[dict[int, str]] = {
    971: _TOO_MANY,
    3000: "Check the name and the account",
    3001: "Choose a name of lower-case letters, digits, '-' and '_', at most 64 bytes",
    3003: "Check dimensions, metric and preset",
    6003: f"The credentials are malformed. Copy the token again into {API_TOKEN}",
    7000: _ACCOUNT_ID,
    7003: _ACCOUNT_ID,
    9106: f"The request had no credentials. Set {API_TOKEN}",
    9109: f"The token is invalid or belongs to another account. Set another token in {API_TOKEN}",
    10000: f"The token in {API_TOKEN} is wrong, expired or belongs to another account, or it lacks a permission. {_PERMISSION}",
    40041: _TOO_MANY,
}
_NOT_ENTITLED = "Vectorize is not enabled for this account. Enable Workers (Free or Paid) in the dashboard"
# The numbers are from the limits page (2026-08).
_FULL = (
    "The account probably contains the maximum number of indexes (100 on Workers Free, 50,000 on Workers Paid). Delete an index, "
    "or change the plan"
)
# Texts take precedence over codes: 1005 has two meanings, and the code and the text for a full account are documented nowhere.
BY_TEXT: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"not_entitled"), _NOT_ENTITLED),
    (re.compile(r"(?<!metadata_)index\S*limit|(too many|number of|limit of [\d,]+) indexes", re.IGNORECASE), _FULL),
)
BY_STATUS: Final[dict[int, str]] = {
    HTTPStatus.FORBIDDEN: _PERMISSION,
    HTTPStatus.TOO_MANY_REQUESTS: _TOO_MANY,
}
SERVER_TROUBLE: Final = "The API has a problem. Run the command again later"


def hint_for(status: int, code: int, message: str) -> str:
    """Return what the user can do about an error of the API. "" if there is nothing to add to its text."""
    for pattern, hint in BY_TEXT:
        if pattern.search(message):
            return hint
    if code in BY_CODE:
        return BY_CODE[code]
    return BY_STATUS.get(status, SERVER_TROUBLE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "")
