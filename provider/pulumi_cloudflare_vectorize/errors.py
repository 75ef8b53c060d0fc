"""Every error that this package raises, and nothing else.

    VectorizeError
    ├── SettingsError            credentials, account or base URL: missing, conflicting or malformed
    ├── ApiError                 the API answered, and said no
    │   ├── AuthenticationError  the token or key is wrong, expired or lacks a permission
    │   ├── NotFoundError        never existed (3000, 40005) or deleted (3005)
    │   ├── AlreadyExistsError   the name is taken (3002), or the property (40004)
    │   ├── RateLimitedError     429, 40041 or 971
    │   └── ServerError          5xx
    ├── TransportError           no usable answer: connection, time-out, not the API's JSON
    ├── RefusedError             done here, on purpose, to keep data or somebody else's index
    ├── PartialCreateError       the index exists, but the creation could not be finished
    └── DeadlineError            a named wait ran out of its time

An error's text is one line with three beats: what failed, where, and the fix. None ever holds a token, a key or an e-mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class VectorizeError(Exception):
    """Root of every error raised here; `str()` is one line made for the person who runs Pulumi."""

    @property
    def fact(self) -> str:
        """What failed and where, without what to do about it: for a text that goes on with a fix of its own."""
        return str(self).partition(" — ")[0]


class SettingsError(VectorizeError):
    """A credential, the account or the base URL is missing, conflicting or malformed."""


class NoCredentialsError(SettingsError):
    """No place names any credentials."""


class RefusedError(VectorizeError):
    """The operation was refused before any mutating request, to keep data or an index that is not ours."""


class DeadlineError(VectorizeError):
    """A named wait ran out of its time."""


class PartialCreateError(VectorizeError):
    """The index exists, but its creation could not be finished; the next `up` completes it.

    `id` and `outputs` are what is known of it, and go to the state.
    """

    def __init__(self, message: str, *, id: str, outputs: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.id = id
        self.outputs = dict(outputs)


class TransportError(VectorizeError):
    """No usable answer came back.

    `may_have_worked` is true when the request may have reached the API and done its work.
    """

    def __init__(self, message: str, *, may_have_worked: bool = True) -> None:
        super().__init__(message)
        self.may_have_worked = may_have_worked


@dataclass(frozen=True)
class Failure:
    """What the API said: its first error, and where.

    `code` is 0 when the body named none; `retry_after_s` is None when no Retry-After came.
    """

    action: str
    method: str
    path: str
    status: int
    code: int = 0
    message: str = ""
    ray_id: str = ""
    retry_after_s: float | None = None

    def __str__(self) -> str:
        code = f", code {self.code}" if self.code else ""
        ray = f", ray {self.ray_id}" if self.ray_id else ""
        said = self.message or "no error message"
        return f"cannot {self.action}: {said} ({self.method} {self.path} → {self.status}{code}{ray})"


class ApiError(VectorizeError):
    """The API answered, and refused; `failure` says what and where."""

    def __init__(self, failure: Failure, advice: str = "") -> None:
        super().__init__(f"{failure} — {advice}" if advice else str(failure))
        self.failure = failure
        self.advice = advice

    @property
    def fact(self) -> str:
        """As the API said it, whatever stands in its message."""
        return str(self.failure)

    @property
    def code(self) -> int:
        """The code of the API's first error, 0 when it named none."""
        return self.failure.code


class AuthenticationError(ApiError):
    """The credentials are wrong, expired, or lack a permission."""


class NotFoundError(ApiError):
    """The index or metadata index never existed (3000, 40005), or was deleted (3005)."""


class AlreadyExistsError(ApiError):
    """The name of an index (3002) or the property of a metadata index (40004) is taken, whatever the status."""


class RateLimitedError(ApiError):
    """Too many requests: 429, or code 40041 or 971; nothing was done."""


class ServerError(ApiError):
    """The API failed (5xx); whether it did the work is open: the edge may give up while the API goes on."""
