"""Every error that this package raises.

    VectorizeError
    ├── SettingsError            credentials, account or base URL: missing, conflicting or malformed
    ├── ApiError                 the API returned an error
    │   ├── AuthenticationError  the token or key is wrong, expired or lacks a permission
    │   ├── NotFoundError        never existed (3000, 40005) or was deleted (3005)
    │   ├── AlreadyExistsError   the name is taken (3002), or the property (40004)
    │   ├── RateLimitedError     429, 40041 or 971
    │   └── ServerError          5xx
    ├── TransportError           no usable response: connection, timeout, not the API's JSON
    ├── RefusedError             the provider refused, to keep data or an index that is not ours
    ├── PartialResultError       something was changed, but not everything that was declared
    └── DeadlineError            a named wait reached its limit

An error is a value of three parts: what failed, where, and the fix. Its text is one line, and is built here only.
No part contains a token, a key, an email address or a secret input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NO_CHANGES = "No changes were made"


class VectorizeError(Exception):
    """Root of every error of this package.

    Args:
        what: what failed and why, without a period: `cannot <verb> <kind> "<name>": <cause>`.
        where: the request or the place in the configuration. The text shows it in parentheses.
        fix: what the user can do, as sentences without a final period.
    """

    def __init__(self, what: str, where: str = "", fix: str = "") -> None:
        self.what = what
        self.where = where
        self.fix = fix
        super().__init__(self._text())

    @property
    def fact(self) -> str:
        """What failed and where, without the fix: for a text that has a fix of its own."""
        return f"{self.what} ({self.where})" if self.where else self.what

    def _text(self) -> str:
        return f"{self.fact}. {self.fix}" if self.fix else self.fact


class SettingsError(VectorizeError):
    """A credential, the account or the base URL is missing, conflicting or malformed."""


class NoCredentialsError(SettingsError):
    """Neither the stack's configuration nor the environment contains credentials."""


class RefusedError(VectorizeError):
    """The provider refused an operation, to keep data or an index that is not ours."""


class DeadlineError(VectorizeError):
    """A named wait reached its limit."""


class PartialResultError(VectorizeError):
    """Something was created or changed, but not everything that was declared. The next `pulumi up` completes it.

    Pulumi stores `id` and `outputs`: what is known of the resource.
    """

    def __init__(self, what: str, *, id: str, outputs: Mapping[str, Any], fix: str = "") -> None:
        super().__init__(what, fix=fix)
        self.id = id
        self.outputs = dict(outputs)


class TransportError(VectorizeError):
    """No usable response arrived.

    `may_have_worked` is true if the request may have reached the API and had its effect.
    """

    def __init__(self, what: str, where: str = "", fix: str = "", *, may_have_worked: bool = True) -> None:
        super().__init__(what, where, fix)
        self.may_have_worked = may_have_worked


@dataclass(frozen=True)
class Failure:
    """The first error of a response, and its request.

    `code` is 0 if the body contained none. `retry_after_s` is None if the response had no Retry-After header.
    """

    action: str
    method: str
    path: str
    status: int
    code: int = 0
    message: str = ""
    ray_id: str = ""
    retry_after_s: float | None = None

    @property
    def what(self) -> str:
        """What failed, in the API's own words."""
        return f"cannot {self.action}: {self.message or 'no error message'}"

    @property
    def where(self) -> str:
        """The request, the status, and the code and the ray ID if there are any."""
        code = f", code {self.code}" if self.code else ""
        ray = f", ray {self.ray_id}" if self.ray_id else ""
        return f"{self.method} {self.path} → {self.status}{code}{ray}"


class ApiError(VectorizeError):
    """The API returned an error, which is in `failure`."""

    def __init__(self, failure: Failure, fix: str = "") -> None:
        super().__init__(failure.what, failure.where, fix)
        self.failure = failure

    @property
    def code(self) -> int:
        """The code of the API's first error. 0 if it had none."""
        return self.failure.code


class AuthenticationError(ApiError):
    """The credentials are wrong, expired, or lack a permission."""


class NotFoundError(ApiError):
    """The index or metadata index never existed (3000, 40005) or was deleted (3005)."""


class AlreadyExistsError(ApiError):
    """The name of an index (3002) or the property of a metadata index (40004) is taken, whatever the status."""


class RateLimitedError(ApiError):
    """Too many requests: 429, or code 40041 or 971. The request had no effect."""


class ServerError(ApiError):
    """The API failed (5xx). The request may have had its effect: the edge can time out before the API is done."""
