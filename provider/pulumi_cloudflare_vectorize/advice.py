"""What to do about an error of the API: one table, code → advice, which the README repeats."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from .settings import ACCOUNT_ID, API_TOKEN

_PERMISSION = 'give the token the account permission "Vectorize: Edit" (permission group "Vectorize Write")'

# Codes and texts: vectorize-api §8 (2026-08). A pair (code, part of the text) wins over the code alone: 1005 has two meanings.
BY_CODE: Final[dict[int, str]] = {
    3000: "check the name and the account",
    3001: "choose a legal name: lower-case letters, digits, '-' and '_', at most 64 bytes",
    3003: "check dimensions, metric and preset",
    6003: f"the credentials are malformed: copy the token again into {API_TOKEN}",
    7003: f"check the account id in {ACCOUNT_ID}: the dashboard shows it under Workers & Pages",
    9106: f"no credentials reached the API: set {API_TOKEN}",
    9109: f"the token is invalid or not for this account: set another in {API_TOKEN}",
    10000: f"the token is wrong, expired or for another account (set {API_TOKEN}), or {_PERMISSION}",
}
NOT_ENTITLED: Final = "Vectorize is not enabled for this account: enable Workers (Free or Paid) in the dashboard"
FORBIDDEN: Final = _PERMISSION


def advice_for(status: int, code: int, message: str) -> str:
    """Return what to do about an API error, or "" where there is nothing to say beyond its text."""
    if "not_entitled" in message:
        return NOT_ENTITLED
    if code in BY_CODE:
        return BY_CODE[code]
    return FORBIDDEN if status == HTTPStatus.FORBIDDEN else ""
