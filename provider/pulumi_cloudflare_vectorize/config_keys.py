"""The place of each setting: its key in the stack's configuration, and its environment variable."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

NAMESPACE = "vectorize"
# The namespace of the official Cloudflare provider. It rejects unknown keys, so this package's own keys cannot be there.
OFFICIAL = "cloudflare"


@dataclass(frozen=True)
class Place:
    """One setting: its key in the stack's configuration, and its environment variable.

    `is_official` marks a key that the official Cloudflare provider has as well. It is read if this package's own is not set.
    """

    name: str
    variable: str
    is_official: bool = False

    @property
    def config_key(self) -> str:
        """The full key in this package's namespace."""
        return f"{NAMESPACE}:{self.name}"

    @property
    def official_key(self) -> str:
        """The full key in the official provider's namespace."""
        return f"{OFFICIAL}:{self.name}"

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key of the stack's configuration that is read for this setting, in order."""
        return (self.config_key, self.official_key) if self.is_official else (self.config_key,)

    def __str__(self) -> str:
        return f"{self.config_key} or {self.variable}"


API_TOKEN = Place("apiToken", "CLOUDFLARE_API_TOKEN", is_official=True)
API_KEY = Place("apiKey", "CLOUDFLARE_API_KEY", is_official=True)
EMAIL = Place("email", "CLOUDFLARE_EMAIL", is_official=True)
# Not a key of the official provider, which rejects it. It is still read, with a warning, because this package once used it.
ACCOUNT_ID = Place("accountId", "CLOUDFLARE_ACCOUNT_ID", is_official=True)
BASE_URL = Place("baseUrl", "CLOUDFLARE_BASE_URL", is_official=True)
CREATE_TIMEOUT = Place("createTimeout", "CLOUDFLARE_VECTORIZE_CREATE_TIMEOUT")
DELETE_TIMEOUT = Place("deleteTimeout", "CLOUDFLARE_VECTORIZE_DELETE_TIMEOUT")
METADATA_INDEX_TIMEOUT = Place("metadataIndexTimeout", "CLOUDFLARE_VECTORIZE_METADATA_INDEX_TIMEOUT")
WORKERS = Place("workers", "CLOUDFLARE_VECTORIZE_WORKERS")
PLACES = (
    API_TOKEN,
    API_KEY,
    EMAIL,
    ACCOUNT_ID,
    BASE_URL,
    CREATE_TIMEOUT,
    DELETE_TIMEOUT,
    METADATA_INDEX_TIMEOUT,
    WORKERS,
)
CONFIG_KEYS = tuple(key for place in PLACES for key in place.keys)


def notices(config: Mapping[str, str | None]) -> Iterator[str]:
    """Warn of unused keys that look like a used one, and of the old key of the account."""
    if config.get(ACCOUNT_ID.official_key):
        yield (
            f"{ACCOUNT_ID.official_key} moved to {ACCOUNT_ID.config_key}: the official Cloudflare provider rejects the old key. "
            f"Run `pulumi config set {ACCOUNT_ID.config_key} ID` and `pulumi config rm {ACCOUNT_ID.official_key}`"
        )
    for key in config:
        meant = _meant(key)
        if meant:
            yield f"{key} in the stack's configuration is not used: did you mean {meant}?"


def _meant(key: str) -> str | None:
    """Return the key that a misspelled one probably means. None for a key that is used, or that belongs to another provider."""
    namespace, _, name = key.partition(":")
    if key in CONFIG_KEYS or namespace not in (NAMESPACE, OFFICIAL):
        return None
    plain = name.replace("_", "").replace("-", "").lower()
    if namespace == OFFICIAL:
        if not plain.startswith(NAMESPACE):
            return None
        plain = plain.removeprefix(NAMESPACE)
    by_plain = {place.name.lower(): place.config_key for place in PLACES}
    close = difflib.get_close_matches(plain, by_plain, n=1, cutoff=0.85)
    return by_plain[close[0]] if close else None
