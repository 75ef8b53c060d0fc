"""Access to the API: bearer tokens, or an email address with its key. Errors have the API's own codes.

It never logs or repeats a credential. Without configured credentials, any well-formed ones pass.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from vectorize_emulator.errors import AUTH_BAD_AUTHORIZATION, AUTH_BAD_KEY, AUTH_MISSING, AUTH_REFUSED, ApiError

if TYPE_CHECKING:
    from starlette.datastructures import Headers

    from vectorize_emulator.settings import Settings

_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]+)", re.IGNORECASE)
_KEY = re.compile(r"[\x21-\x7e]+")
_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+")


def authenticate(headers: Headers, settings: Settings) -> str:
    """Check the credentials and return a name for the rate limiter that contains no secret.

    Raises:
        ApiError: none given, badly formed, or not among the configured ones.
    """
    authorization = headers.get("authorization")
    if authorization is not None:
        return _check_token(authorization, settings)
    email, key = headers.get("x-auth-email"), headers.get("x-auth-key")
    if email is None or key is None:
        raise ApiError(AUTH_MISSING)
    return _check_key(email, key, settings)


def _check_token(authorization: str, settings: Settings) -> str:
    match = _BEARER.fullmatch(authorization.strip())
    if match is None:
        raise ApiError(AUTH_BAD_AUTHORIZATION)
    known = [hmac.compare_digest(match[1].encode(), token.encode()) for token in settings.tokens]
    if (settings.tokens or settings.keys) and not any(known):
        raise ApiError(AUTH_REFUSED)
    return _digest(match[1])


def _check_key(email: str, key: str, settings: Settings) -> str:
    if not is_pair(email, key):
        raise ApiError(AUTH_BAD_KEY)
    given = f"{email}:{key}".encode()
    known = [hmac.compare_digest(given, f"{mail}:{secret}".encode()) for mail, secret in settings.keys]
    if (settings.tokens or settings.keys) and not any(known):
        raise ApiError(AUTH_REFUSED)
    return _digest(f"{email}:{key}")


def is_token(text: str) -> bool:
    """Return whether a text can be an API token."""
    return _BEARER.fullmatch(f"Bearer {text}") is not None


def is_pair(email: str, key: str) -> bool:
    """Return whether two texts can be an email address and its key."""
    return bool(_EMAIL.fullmatch(email) and _KEY.fullmatch(key))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
