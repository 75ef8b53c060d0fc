"""What a lifecycle function receives: the client, the deadline, the reporter, and the facts of this run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..api.client import Client
from ..api.models import Index
from ..config import required_account_id
from ..waiting import Deadline
from .index_cache import CHANGE_MAX_AGE_S
from .records import Record
from .run_state import RunState
from .terms import PYTHON, Terms

State = Mapping[str, Any]


class Reporter(Protocol):
    """Where messages to the user go."""

    def info(self, text: str) -> None:
        """Log a fact."""

    def warning(self, text: str) -> None:
        """Log something that needs the user's attention."""

    def progress(self, text: str) -> None:
        """Show what happens now. The next message may replace it."""


@dataclass(frozen=True)
class Context:
    """One call of the engine, and everything that a lifecycle function may use.

    `urn` is the resource of the call, "" if it is not known. `default_account_id` is "" if the settings contain none.
    `terms` are the words of the front end, for messages.
    """

    client: Client
    run: RunState
    report: Reporter
    deadline: Deadline
    default_account_id: str = ""
    urn: str = ""
    metadata_timeout_s: float = 600.0
    terms: Terms = PYTHON

    def for_metadata_indexes(self) -> Context:
        """Return this context with the deadline of metadata indexes, which starts now."""
        return replace(self, deadline=self.deadline.restarted(self.metadata_timeout_s))

    def account_id(self, state: State) -> str:
        """Return the account of a resource.

        Raises:
            SettingsError: neither the resource nor the settings contain a valid account ID.
        """
        return required_account_id(str(state.get("accountId") or self.default_account_id), self.terms.account_id)

    def find(self, record: Record) -> Index | None:
        """Find the index that has a record's name, for a refresh."""
        return self.run.cache.find(self.client, record, self.deadline)

    def find_for_change(self, record: Record) -> Index | None:
        """Find the index that has a record's name, by evidence that is at most a few seconds old."""
        return self.run.cache.find(self.client, record, self.deadline, CHANGE_MAX_AGE_S)
