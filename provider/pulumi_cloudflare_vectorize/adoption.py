"""Reads the existing indexes of an account, with their metadata indexes."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from .api.client import Client
from .api.models import Index
from .api.retry import Transport
from .config import Settings, account_id_problem
from .config_keys import ACCOUNT_ID
from .errors import RefusedError, SettingsError
from .waiting import BLOCK_GRACE_S, Deadline

# Seconds for one request. A block for too many requests is waited for in addition.
TIMEOUT_S: Final = 60.0
_PARALLEL: Final = 8
# Cloudflare blocks a token after 1,200 requests in five minutes (limits page, 2026-08). A longer run uses half of that, and leaves
# the rest to the other clients of the token.
_UNPACED: Final = 600
_PACE_S: Final = 0.5
_SIMILAR: Final = 5


@dataclass(frozen=True)
class FoundIndex:
    """An index of the account, with its metadata indexes (property name → type)."""

    account_id: str
    index: Index
    metadata: dict[str, str]


class Account:
    """The indexes of an account that match some patterns."""

    def __init__(self, patterns: Sequence[str], account_id: str, config: Mapping[str, str], after: str = "") -> None:
        """List the indexes whose names match any of the patterns, or all without a pattern, in the order of their names.

        Args:
            patterns: as for a shell, such as `docs-*`.
            account_id: else that of the configuration.
            config: of a stack. Empty: only the environment counts.
            after: leave out the names up to this one.

        Raises:
            SettingsError: no credentials or account.
            RefusedError: a pattern matches nothing.
        """
        settings = Settings.load(config)
        self.account_id = account_id or settings.account_id
        if not self.account_id:
            raise SettingsError("no Cloudflare account ID", fix=f"Set --account-id or {ACCOUNT_ID.variable}")
        problem = account_id_problem(self.account_id)
        if problem:
            raise SettingsError(f"the account ID in --account-id or {ACCOUNT_ID} {problem}")
        self._client = Client(Transport(settings))
        listed = self._client.list_indexes(self.account_id, self._deadline())
        self.indexes = [index for index in _matching(listed, patterns) if index.name > after]

    def read(self) -> Iterator[FoundIndex]:
        """Read the metadata indexes of each index, and yield it. A long run is paced."""
        is_paced = len(self.indexes) > _UNPACED
        with ThreadPoolExecutor(_PARALLEL) as pool:
            for start in range(0, len(self.indexes), _PARALLEL):
                chunk = self.indexes[start : start + _PARALLEL]
                yield from pool.map(self._found, chunk)
                if is_paced:
                    self._deadline().sleep(_PACE_S * len(chunk))

    def _found(self, index: Index) -> FoundIndex:
        types = self._client.list_metadata_indexes(self.account_id, index.name, self._deadline())
        return FoundIndex(self.account_id, index, types)

    def _deadline(self) -> Deadline:
        return Deadline.after(TIMEOUT_S, self._client.transport.clock, block_grace_s=BLOCK_GRACE_S)


def _matching(indexes: list[Index], patterns: Sequence[str]) -> list[Index]:
    names = sorted(index.name for index in indexes)
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            similar = get_close_matches(pattern, names, _SIMILAR)
            meant = f". Similar names: {', '.join(similar)}" if similar else ""
            raise RefusedError(f'no index matches "{pattern}": the account contains {len(names):,} indexes{meant}')
    taken = {name for pattern in patterns or ["*"] for name in fnmatch.filter(names, pattern)}
    return sorted((index for index in indexes if index.name in taken), key=lambda index: index.name)
