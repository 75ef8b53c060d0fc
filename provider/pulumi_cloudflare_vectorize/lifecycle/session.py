"""What the resources of one provider process share: the settings, the rate limit, and the facts of this run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..api.client import Client
from ..api.retry import Transport
from ..config import Settings
from ..waiting import BLOCK_GRACE_S, Clock, Deadline
from .context import Context, Reporter
from .operation import Operation
from .run_state import RunState
from .terms import Terms

# Seconds for one function call. A block for too many requests is waited for in addition.
FUNCTION_TIMEOUT_S: Final = 60.0


class Session:
    """The shared part of every operation. `reporter` makes the reporter of a URN, and an empty URN is the stack."""

    def __init__(
        self, settings: Settings, reporter: Callable[[str], Reporter], terms: Terms, clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self.transport = Transport(settings, clock or Clock())
        self.run = RunState()
        self._reporter = reporter
        self._terms = terms
        for notice in settings.notices:
            reporter("").warning(notice)

    def cancel(self) -> None:
        """End every wait of the session. Its requests in progress get a moment to finish."""
        self.transport.clock.cancelled.set()

    def for_create(self, operation: Operation) -> Context:
        """Return the context of an operation that takes as long as a creation."""
        return self._context(operation, self.settings.timeouts.create_s)

    def for_delete(self, operation: Operation) -> Context:
        """Return the context of the deletion of an index."""
        return self._context(operation, self.settings.timeouts.delete_s)

    def for_metadata_index(self, operation: Operation) -> Context:
        """Return the context of a change of a separate metadata index."""
        return self._context(operation, self.settings.timeouts.metadata_index_s)

    def for_function(self) -> Context:
        """Return the context of a function call."""
        return self._context(Operation(), FUNCTION_TIMEOUT_S)

    def _context(self, operation: Operation, default_s: float) -> Context:
        report = self._reporter(operation.urn)
        deadline = Deadline.after(
            operation.timeout_s or default_s,
            self.transport.clock,
            block_grace_s=BLOCK_GRACE_S,
            is_fixed=bool(operation.timeout_s),
        )
        return Context(
            Client(self.transport, report.progress),
            self.run,
            report,
            deadline,
            self.settings.account_id,
            operation.urn,
            self.settings.timeouts.metadata_index_s,
            self._terms,
        )
