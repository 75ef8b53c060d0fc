"""Finds indexes with few requests: one lookup is one GET, many share one list of the account.

Cloudflare blocks a token for five minutes after 1,200 requests in five. A GET for each of a thousand indexes is too many.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from ..api.client import Client
from ..api.models import Index
from ..errors import NotFoundError
from ..waiting import Deadline
from .ownership import is_same_time
from .records import Record

# The first lookup waits so long for others. The engine sends the reads of a refresh within a few milliseconds.
GATHER_S: Final = 0.05
# How old a list may be that a refresh reads.
READ_MAX_AGE_S: Final = 60.0
# How old a list may be that decides whether something is changed or deleted.
CHANGE_MAX_AGE_S: Final = 5.0


@dataclass(frozen=True)
class _Snapshot:
    taken_at: float
    indexes: dict[str, Index]


@dataclass
class IndexCache:
    """The lists of indexes that one process has read. Safe for threads: one of them reads for all that wait."""

    _asked: Counter[str] = field(default_factory=Counter)
    _snapshots: dict[str, _Snapshot] = field(default_factory=dict)
    _count_lock: threading.Lock = field(default_factory=threading.Lock)
    _list_lock: threading.Lock = field(default_factory=threading.Lock)

    def find(
        self, client: Client, record: Record, deadline: Deadline, max_age_s: float = READ_MAX_AGE_S
    ) -> Index | None:
        """Find the index that has a record's name; None if a GET returns none.

        A list that is at most `max_age_s` old is believed only if it shows the record's own index.

        Raises:
            ApiError: any other refusal; TransportError: no response.
        """
        account_id, name = record.key
        if not self._is_alone(client, account_id, deadline):
            listed = self.all(client, account_id, deadline, max_age_s).get(name)
            if listed and is_same_time(listed.created_on, record.created_on):
                return listed
        return get_or_none(client, account_id, name, deadline)

    def all(self, client: Client, account_id: str, deadline: Deadline, max_age_s: float) -> dict[str, Index]:
        """Return every index of the account by name, from a list that is at most `max_age_s` old."""
        with self._list_lock:
            held = self._snapshots.get(account_id)
            if held is None or deadline.clock.now() - held.taken_at > max_age_s:
                indexes = client.list_indexes(account_id, deadline)
                held = _Snapshot(deadline.clock.now(), {index.name: index for index in indexes})
                self._snapshots[account_id] = held
            return held.indexes

    def _is_alone(self, client: Client, account_id: str, deadline: Deadline) -> bool:
        """Return whether this is the only lookup so far, after a moment in which others may come."""
        with self._count_lock:
            self._asked[account_id] += 1
            is_first = self._asked[account_id] == 1
        if is_first and account_id not in self._snapshots:
            began_at = deadline.clock.now()
            client.connect()
            deadline.sleep(GATHER_S - (deadline.clock.now() - began_at))
            return self._asked[account_id] == 1
        return False


def get_or_none(client: Client, account_id: str, name: str, deadline: Deadline) -> Index | None:
    """Get one index; None if it is absent."""
    try:
        return client.get_index(account_id, name, deadline).index
    except NotFoundError:
        return None
