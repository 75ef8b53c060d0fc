"""Finds indexes with few requests: one look-up is one GET, many share one list of the account.

Cloudflare blocks a token for five minutes after 1,200 requests in five, so that a GET for each of a thousand indexes is too many.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from ..client import Client
from ..errors import NotFoundError
from ..models import Index
from ..waiting import Deadline

# The first look-up waits so long for company. The engine sends the reads of a refresh within a few milliseconds.
GATHER_S = 0.05
# A list that is older tells nothing of what is there now.
FRESH_S = 60.0


@dataclass(frozen=True)
class _Snapshot:
    taken_at: float
    indexes: dict[str, Index]


@dataclass
class Directory:
    """What one process has seen of the accounts; safe for threads, of which the first asks for all that wait."""

    _asked: Counter[str] = field(default_factory=Counter)
    _snapshots: dict[str, _Snapshot] = field(default_factory=dict)
    _count_lock: threading.Lock = field(default_factory=threading.Lock)
    _list_lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, client: Client, account_id: str, name: str, deadline: Deadline) -> Index | None:
        """Find one index; None when a GET says that it is absent.

        Raises:
            ApiError: any other refusal; TransportError: no answer.
        """
        if self._is_alone(client, account_id, deadline):
            return get_or_none(client, account_id, name, deadline)
        listed = self.all(client, account_id, deadline, max_age_s=FRESH_S)
        return listed.get(name) or get_or_none(client, account_id, name, deadline)

    def all(
        self, client: Client, account_id: str, deadline: Deadline, max_age_s: float = float("inf")
    ) -> dict[str, Index]:
        """Return every index of the account by name, from a list that is at most `max_age_s` old."""
        with self._list_lock:
            held = self._snapshots.get(account_id)
            if held is None or deadline.clock.now() - held.taken_at > max_age_s:
                indexes = client.list_indexes(account_id, deadline)
                held = _Snapshot(deadline.clock.now(), {index.name: index for index in indexes})
                self._snapshots[account_id] = held
            return held.indexes

    def announce(self, account_id: str) -> bool:
        """Tell that a look-up will follow, unless it is the first; say whether it will wait for a list that others wait for."""
        with self._count_lock:
            waits = self._asked[account_id] > 0 and account_id not in self._snapshots
            self._asked[account_id] += waits
            return waits

    def _is_alone(self, client: Client, account_id: str, deadline: Deadline) -> bool:
        """Whether this is the only look-up so far, after a moment in which others may come."""
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
    """Ask for one index alone; None when it is absent."""
    try:
        return client.get_index(account_id, name, deadline).index
    except NotFoundError:
        return None
