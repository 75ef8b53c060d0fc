"""What to do about an error of the API: text, code or status → advice, which the README repeats."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from .config_keys import ACCOUNT_ID, API_TOKEN

_PERMISSION = 'give the token the account permission "Vectorize: Edit" (permission group "Vectorize Write")'
_ACCOUNT_ID = f"check the account id in {ACCOUNT_ID}: the dashboard shows it under Workers & Pages"

_TOO_MANY = "too many requests: run it again later, or with a lower --parallel"

# Codes and texts: docs/api-notes.md (2026-08).
BY_CODE: Final[dict[int, str]] = {
    971: _TOO_MANY,
    3000: "check the name and the account",
    3001: "choose a legal name: lower-case letters, digits, '-' and '_', at most 64 bytes",
    3003: "check dimensions, metric and preset",
    6003: f"the credentials are malformed: copy the token again into {API_TOKEN}",
    7000: _ACCOUNT_ID,
    7003: _ACCOUNT_ID,
    9106: f"no credentials reached the API: set {API_TOKEN}",
    9109: f"the token is invalid or not for this account: set another in {API_TOKEN}",
    10000: f"the token is wrong, expired or for another account (set {API_TOKEN}), or {_PERMISSION}",
    40041: _TOO_MANY,
}
_NOT_ENTITLED = "Vectorize is not enabled for this account: enable Workers (Free or Paid) in the dashboard"
# The numbers are those of the limits page (2026-08).
_FULL = (
    "the account seems to hold as many indexes as it may (100 on Workers Free, 50,000 on Workers Paid): delete one that is not "
    "needed, or change the plan"
)
# Where a text says more than its code: 1005 has two meanings, and the code of a full account is documented nowhere. What the text
# of a full account says is a guess, too.
BY_TEXT: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"not_entitled"), _NOT_ENTITLED),
    (re.compile(r"(?<!metadata_)index\S*limit|(too many|number of|limit of [\d,]+) indexes", re.IGNORECASE), _FULL),
)
BY_STATUS: Final[dict[int, str]] = {
    HTTPStatus.FORBIDDEN: _PERMISSION,
    HTTPStatus.TOO_MANY_REQUESTS: _TOO_MANY,
}
TROUBLE: Final = "the API has trouble of its own: run it again later"


def advice_for(status: int, code: int, message: str) -> str:
    """Return what to do about an API error, or "" where there is nothing to say beyond its text."""
    for pattern, advice in BY_TEXT:
        if pattern.search(message):
            return advice
    if code in BY_CODE:
        return BY_CODE[code]
    return BY_STATUS.get(status, TROUBLE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "")
