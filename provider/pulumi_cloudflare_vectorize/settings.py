"""Credentials, account and base URL: where each comes from, and whether they make sense together.

Reads the stack's configuration and the environment, and nothing else does. Never asks the API.
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
# 32 lower-case hexadecimal digits in practice; the OpenAPI fragment says "at most 32 characters".
ACCOUNT_ID_PATTERN = re.compile(r"[0-9a-f]{32}")
# A part of a host's name; `_` is no part of the standard, but of names inside container networks.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


# Pulumi's dynamic server works on 4 resources at a time; 0 leaves it at that.
DEFAULT_WORKERS = 32
_MAX_WORKERS = 64

WHERE_ACCOUNT_ID = (
    f"give account_id to the resource, or run `pulumi config set {ACCOUNT_ID.config_key} ID`, or set"
    f" {ACCOUNT_ID.variable}"
)


@dataclass(frozen=True)
class Credentials:
    """Either an API token, or a global key with its e-mail; neither is ever shown."""

    token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    email: str = field(default="", repr=False)

    def headers(self) -> dict[str, str]:
        """Make the request headers that carry the credentials."""
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        return {"X-Auth-Email": self.email, "X-Auth-Key": self.key}

    def secrets(self) -> tuple[str, ...]:
        """List what must never be shown."""
        return tuple(value for value in (self.token, self.key, self.email) if value)


@dataclass(frozen=True)
class Timeouts:
    """Seconds that one operation may take, unless the resource's `custom_timeouts` say otherwise.

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
    """What one provider process works with.

    `account_id` is "" if no place names one: then each resource has to. `notices` are warnings about the stack's configuration.
    """

    credentials: Credentials
    account_id: str = ""
    base_url: str = DEFAULT_BASE_URL
    timeouts: Timeouts = Timeouts()
    workers: int = DEFAULT_WORKERS
    notices: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def load(cls, config: Mapping[str, str | None], environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings: the stack's configuration takes precedence over the environment, place by place.

        Args:
            config: full keys (`vectorize:apiToken`) to values.
            environment: the process's own if None.

        Raises:
            SettingsError: something is missing, conflicting or malformed. The text names every place.
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
    """Refuse to send credentials to a URL from elsewhere: the right to change the one is no right to read the other."""
    host = urlsplit(base_url).hostname or ""
    if base_source == source or _is_loopback(host) or host == urlsplit(DEFAULT_BASE_URL).hostname:
        return
    raise SettingsError(
        f"cannot use the base URL of {base_source} with the credentials of {source}: credentials are sent only to the base URL "
        f"from the same place, or to Cloudflare. Set both in one place: {API_TOKEN}, and {BASE_URL}"
    )


def environment_with(more: Mapping[str, str]) -> dict[str, str]:
    """Return the process's own environment with more in it, for a process that it starts."""
    return {**os.environ, **more}


def without_secrets(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Remove the credentials that the environment contains from a text of another program."""
    env = os.environ if environment is None else environment
    return masked(text, (env.get(place.variable, "").strip() for place in (API_TOKEN, API_KEY)))


def account_id_problem(account_id: str) -> str | None:
    """Say what is wrong with an account id, without showing it: a token may have got into its place."""
    if ACCOUNT_ID_PATTERN.fullmatch(account_id):
        return None
    return (
        "must be 32 lower-case hexadecimal digits (dashboard → Workers & Pages → Account ID), got "
        f"{len(account_id)} characters, not shown here since a secret may be among them"
    )


def required_account_id(account_id: str) -> str:
    """Return an account id that a resource or a look-up needs.

    Raises:
        SettingsError: it is missing, or malformed.
    """
    problem = account_id_problem(account_id)
    if not account_id:
        raise SettingsError(f"no Cloudflare account id — {WHERE_ACCOUNT_ID}")
    if problem:
        raise SettingsError(f"the account id {problem}")
    return account_id


def _in_config(place: Place, config: Mapping[str, str | None]) -> str:
    return next((value.strip() for key in place.keys if (value := config.get(key) or "").strip()), "")


def _first(place: Place, config: Mapping[str, str | None], env: Mapping[str, str]) -> str:
    return _in_config(place, config) or (env.get(place.variable) or "").strip()


def _credentials(config: Mapping[str, str | None], env: Mapping[str, str]) -> tuple[Credentials, Source]:
    """Return the credentials of the first source that has any: this package's keys, the official ones, the environment."""
    logins = (API_TOKEN, API_KEY, EMAIL)
    sources: tuple[tuple[dict[Place, str], Source], ...] = (
        ({place: (config.get(place.config_key) or "").strip() for place in logins}, STACK),
        ({place: (config.get(place.official_key) or "").strip() for place in logins}, STACK),
        ({place: (env.get(place.variable) or "").strip() for place in logins}, ENVIRONMENT),
    )
    for found, source in sources:
        if found[API_TOKEN] or found[API_KEY]:
            email = found[EMAIL] or _first(EMAIL, config, env) if found[API_KEY] else ""
            return _one_login(found[API_TOKEN], found[API_KEY], email, source), source
    near = [
        f". {notice}" for notice in notices(config) if API_TOKEN.config_key in notice or API_KEY.config_key in notice
    ]
    raise NoCredentialsError(
        f"no Cloudflare credentials: run `pulumi config set --secret {API_TOKEN.config_key} TOKEN`, "
        f"or set {API_TOKEN.variable} (or {API_KEY} together with {EMAIL}){''.join(near[:1])}"
    )


def _one_login(token: str, key: str, email: str, source: str) -> Credentials:
    if token and key:
        raise SettingsError(
            f"conflicting Cloudflare credentials: {source} holds both an API token and a global API key — "
            f"remove one of {API_TOKEN} and {API_KEY}"
        )
    if key and not email:
        raise SettingsError(f"the global API key needs the account's e-mail with it — set {EMAIL}")
    for value, place in ((token, API_TOKEN), (key, API_KEY), (email, EMAIL)):
        if not value.isascii() or not value.isprintable():
            raise SettingsError(f"the value of {place} has characters that no HTTP header may carry — copy it again")
    return Credentials(token=token, key=key, email=email if key else "")


def _account_id(value: str) -> str:
    problem = account_id_problem(value) if value else None
    if problem:
        raise SettingsError(f"the account id in {ACCOUNT_ID} {problem}")
    return value


def _duration_s(place: Place, config: Mapping[str, str | None], env: Mapping[str, str], default_s: float) -> float:
    """Read a duration as Pulumi writes them: 90s, 10m, 1h30m."""
    value = _first(place, config, env)
    if not value:
        return default_s
    parts = re.fullmatch(r"(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?", value)
    seconds = (
        sum(int(part or 0) * unit for part, unit in zip(parts.groups(), (3600, 60, 1), strict=True)) if parts else 0
    )
    if seconds <= 0:
        raise SettingsError(f"the time-out in {place} must be a duration such as 90s, 10m or 1h30m, got {value!r}")
    return float(seconds)


def _workers(value: str) -> int:
    if not value:
        return DEFAULT_WORKERS
    if not re.fullmatch(r"\d{1,2}", value) or int(value) > _MAX_WORKERS:
        raise SettingsError(
            f"the number in {WORKERS} must be 0 to {_MAX_WORKERS} (0 leaves the server as it is), got {value!r}"
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
        raise SettingsError(f"the base URL in {BASE_URL} may hold no credentials, query or fragment")
    if host and not (_is_address(host) if "[" in parts.netloc else _is_host_name(host)):
        raise SettingsError(f"the base URL in {BASE_URL} names no host that there could be, got {host!r}")
    if not (host and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))):
        raise SettingsError(
            f"the base URL in {BASE_URL} must start with https:// (http:// only on a loopback host), got {value!r}"
        )
    if not parts.path.rstrip("/").endswith(_API_PATH):
        raise SettingsError(f"the base URL in {BASE_URL} must end with {_API_PATH}, got {value!r}")
    return value.rstrip("/")


def _is_host_name(host: str) -> bool:
    """Whether a name can be a host's, or is an IPv4 address: the HTTP library refuses others only when a request is sent."""
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
