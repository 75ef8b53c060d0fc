"""The settings: credentials, account, base URL and timeouts, and whether they fit together.

The only module that reads the environment. It sends no request.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from .config_keys import (
    ACCOUNT_ID,
    API_KEY,
    API_TOKEN,
    BASE_URL,
    CREATE_TIMEOUT,
    DELETE_TIMEOUT,
    EMAIL,
    METADATA_INDEX_TIMEOUT,
    WORKERS,
    Place,
    notices,
)
from .errors import NoCredentialsError, SettingsError
from .masking import masked

DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4"
_API_PATH = "/client/v4"
# 32 lower-case hexadecimal digits in practice. The OpenAPI schema allows "at most 32 characters".
ACCOUNT_ID_PATTERN = re.compile(r"[0-9a-f]{32}")
# A label of a host name. The standard has no `_`, but names in container networks do.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")

# Pulumi's dynamic server works on 4 resources at a time. 0 keeps that.
DEFAULT_WORKERS = 32
_MAX_WORKERS = 64


def where_account_id(account_id: str) -> str:
    """Return where an account ID can be set. `account_id` is how the program writes the property of the resource."""
    return f"set {account_id} on the resource, run `pulumi config set {ACCOUNT_ID.config_key} ID`, or set {ACCOUNT_ID.variable}"


@dataclass(frozen=True)
class Credentials:
    """An API token, or a global API key with its email address. They are never shown."""

    token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    email: str = field(default="", repr=False)

    def headers(self) -> dict[str, str]:
        """Return the request headers with the credentials."""
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        return {"X-Auth-Email": self.email, "X-Auth-Key": self.key}

    def secrets(self) -> tuple[str, ...]:
        """Return the values that no text may show."""
        return tuple(value for value in (self.token, self.key, self.email) if value)


@dataclass(frozen=True)
class Timeouts:
    """Seconds that one operation may take. The resource's `custom_timeouts` override them.

    The service shows a mutation within two minutes in 99 of 100 cases (Cloudflare changelog, 2026-06-30).
    """

    create_s: float = 300.0
    delete_s: float = 300.0
    metadata_index_s: float = 600.0


Source = Literal["the stack's configuration", "the environment"]
STACK: Final[Source] = "the stack's configuration"
ENVIRONMENT: Final[Source] = "the environment"


@dataclass(frozen=True)
class Settings:
    """The settings of one process.

    `account_id` is "" if neither place contains one. Each resource then needs its own. `notices` are warnings about the
    configuration.
    """

    credentials: Credentials
    account_id: str = ""
    base_url: str = DEFAULT_BASE_URL
    timeouts: Timeouts = Timeouts()
    workers: int = DEFAULT_WORKERS
    notices: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def load(cls, config: Mapping[str, str | None], environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings. For each, the stack's configuration takes precedence over the environment.

        Args:
            config: full keys (`vectorize:apiToken`) to values.
            environment: None for that of the process.

        Raises:
            SettingsError: a setting is missing, conflicting or malformed. The text names every place for it.
        """
        env = os.environ if environment is None else environment
        credentials, source = _credentials(config, env)
        base_url = _base_url(_first(BASE_URL, config, env) or DEFAULT_BASE_URL)
        _check_destination(base_url, STACK if _in_config(BASE_URL, config) else ENVIRONMENT, source)
        return cls(
            credentials=credentials,
            account_id=_account_id(_first(ACCOUNT_ID, config, env)),
            base_url=base_url,
            timeouts=Timeouts(
                _duration_s(CREATE_TIMEOUT, config, env, Timeouts.create_s),
                _duration_s(DELETE_TIMEOUT, config, env, Timeouts.delete_s),
                _duration_s(METADATA_INDEX_TIMEOUT, config, env, Timeouts.metadata_index_s),
            ),
            workers=_workers(_first(WORKERS, config, env)),
            notices=tuple(notices(config)),
        )


def _check_destination(base_url: str, base_source: Source, source: Source) -> None:
    """Refuse to send credentials to a base URL from another source, unless it is Cloudflare's or a host on this machine.

    Write access to one source does not include read access to the other.
    """
    host = urlsplit(base_url).hostname or ""
    if base_source == source or _is_loopback(host) or host == urlsplit(DEFAULT_BASE_URL).hostname:
        return
    raise SettingsError(
        f"cannot use the base URL of {base_source} with the credentials of {source}: credentials are sent only to "
        "Cloudflare, to a host on this machine, or to the base URL from the same source",
        fix=f"Set both in one place: {API_TOKEN}, and {BASE_URL}",
    )


def environment_with(more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of this process plus some variables, for a process that it starts."""
    return {**os.environ, **more}


def without_secrets(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Mask the credentials of the environment in a text of another program."""
    env = os.environ if environment is None else environment
    return masked(text, (env.get(place.variable, "").strip() for place in (API_TOKEN, API_KEY)))


def account_id_problem(account_id: str) -> str | None:
    """Return what is invalid about an account ID, without showing it, because it may be a token by mistake."""
    if ACCOUNT_ID_PATTERN.fullmatch(account_id):
        return None
    return (
        "must be 32 lower-case hexadecimal digits (dashboard → Workers & Pages → Account ID), got "
        f"{len(account_id)} characters, which are not shown because they may contain a secret"
    )


def required_account_id(account_id: str, property_name: str = "account_id") -> str:
    """Return a valid account ID. `property_name` is for the error.

    Raises:
        SettingsError: it is missing or malformed.
    """
    problem = account_id_problem(account_id)
    if not account_id:
        where = where_account_id(property_name)
        raise SettingsError("no Cloudflare account ID", fix=f"{where[0].upper()}{where[1:]}")
    if problem:
        raise SettingsError(f"the account ID {problem}")
    return account_id


def _in_config(place: Place, config: Mapping[str, str | None]) -> str:
    return next((value.strip() for key in place.keys if (value := config.get(key) or "").strip()), "")


def _first(place: Place, config: Mapping[str, str | None], env: Mapping[str, str]) -> str:
    return _in_config(place, config) or (env.get(place.variable) or "").strip()


def _credentials(config: Mapping[str, str | None], env: Mapping[str, str]) -> tuple[Credentials, Source]:
    """Return the credentials of the first source that has any: this package's keys, the official ones, the environment."""
    credential_places = (API_TOKEN, API_KEY, EMAIL)
    sources: tuple[tuple[dict[Place, str], Source], ...] = (
        ({place: (config.get(place.config_key) or "").strip() for place in credential_places}, STACK),
        ({place: (config.get(place.official_key) or "").strip() for place in credential_places}, STACK),
        ({place: (env.get(place.variable) or "").strip() for place in credential_places}, ENVIRONMENT),
    )
    for found, source in sources:
        if found[API_TOKEN] or found[API_KEY]:
            email = found[EMAIL] or _first(EMAIL, config, env) if found[API_KEY] else ""
            return _one_kind(found[API_TOKEN], found[API_KEY], email, source), source
    near = [
        f". {notice}" for notice in notices(config) if API_TOKEN.config_key in notice or API_KEY.config_key in notice
    ]
    raise NoCredentialsError(
        f"no Cloudflare credentials{''.join(near[:1])}",
        fix=f"Run `pulumi config set --secret {API_TOKEN.config_key} TOKEN`, or set {API_TOKEN.variable} "
        f"(or {API_KEY} together with {EMAIL})",
    )


def _one_kind(token: str, key: str, email: str, source: str) -> Credentials:
    if token and key:
        raise SettingsError(
            f"conflicting Cloudflare credentials: {source} contains both an API token and a global API key",
            fix=f"Remove one of {API_TOKEN} and {API_KEY}",
        )
    if key and not email:
        raise SettingsError("the global API key has no email address", fix=f"Set {EMAIL}")
    for value, place in ((token, API_TOKEN), (key, API_KEY), (email, EMAIL)):
        if not value.isascii() or not value.isprintable():
            raise SettingsError(
                f"the value of {place} has characters that no HTTP header may contain", fix="Copy it again"
            )
    return Credentials(token=token, key=key, email=email if key else "")


def _account_id(value: str) -> str:
    problem = account_id_problem(value) if value else None
    if problem:
        raise SettingsError(f"the account ID in {ACCOUNT_ID} {problem}")
    return value


def _duration_s(place: Place, config: Mapping[str, str | None], env: Mapping[str, str], default_s: float) -> float:
    """Parse a duration in Pulumi's form: 90s, 10m, 1h30m."""
    value = _first(place, config, env)
    if not value:
        return default_s
    parts = re.fullmatch(r"(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?", value)
    seconds = (
        sum(int(part or 0) * unit for part, unit in zip(parts.groups(), (3600, 60, 1), strict=True)) if parts else 0
    )
    if seconds <= 0:
        raise SettingsError(f"the timeout in {place} must be a duration such as 90s, 10m or 1h30m, got {value!r}")
    return float(seconds)


def _workers(value: str) -> int:
    if not value:
        return DEFAULT_WORKERS
    if not re.fullmatch(r"\d{1,2}", value) or int(value) > _MAX_WORKERS:
        raise SettingsError(
            f"the number in {WORKERS} must be 0 to {_MAX_WORKERS} (0 keeps Pulumi's number), got {value!r}"
        )
    return int(value)


def _base_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as error:
        raise SettingsError(f"the base URL in {BASE_URL} is malformed: {error}") from error
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(f"the base URL in {BASE_URL} may contain no credentials, query or fragment")
    if host and not (_is_address(host) if "[" in parts.netloc else _is_host_name(host)):
        raise SettingsError(f"the base URL in {BASE_URL} has an invalid host, got {host!r}")
    if not (host and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))):
        raise SettingsError(
            f"the base URL in {BASE_URL} must start with https:// (http:// only on a loopback host), got {value!r}"
        )
    if not parts.path.rstrip("/").endswith(_API_PATH):
        raise SettingsError(f"the base URL in {BASE_URL} must end with {_API_PATH}, got {value!r}")
    return value.rstrip("/")


def _is_host_name(host: str) -> bool:
    """Return whether a text is a valid host name or IPv4 address. The HTTP library rejects others only with the first request."""
    try:
        ascii_name = host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return all(_LABEL.fullmatch(label) for label in ascii_name.removesuffix(".").split("."))


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
