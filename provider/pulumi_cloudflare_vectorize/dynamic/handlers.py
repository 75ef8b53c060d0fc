"""What the engine's calls do. Each method translates the inputs, calls the lifecycle, and translates the result.

A provider process imports it with its first call. A program never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from ..api.client import Client
from ..api.retry import Transport
from ..config import Settings
from ..lifecycle.context import Context
from ..lifecycle.effects import Difference
from ..lifecycle.index.check import check as check_index
from ..lifecycle.index.create import create as create_index
from ..lifecycle.index.delete import delete as delete_index
from ..lifecycle.index.loss import plan_change
from ..lifecycle.index.read import read as read_index
from ..lifecycle.index.update import update as update_index
from ..lifecycle.inputs import Checked, Problem
from ..lifecycle.metadata_index.check import check as check_metadata_index
from ..lifecycle.metadata_index.create import create as create_metadata_index
from ..lifecycle.metadata_index.delete import delete as delete_metadata_index
from ..lifecycle.metadata_index.diff import diff as diff_metadata_index
from ..lifecycle.metadata_index.read import read as read_metadata_index
from ..lifecycle.metadata_index.state import id_of, inputs_of
from ..lifecycle.metadata_index.update import update as update_metadata_index
from ..lifecycle.run_state import RunState
from ..waiting import BLOCK_GRACE_S, Deadline
from .engine_log import EngineLog
from .sdk_internals import READ_RETURNS_INPUTS, Call, configuration_of, on_cancel, widen_server
from .values import PROVIDER_KEY, from_sdk, to_sdk


class Session:
    """What the resources of one provider process share: the settings, the rate limit, and the facts of this run."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.transport = Transport(settings)
        self.run = RunState()
        for notice in settings.notices:
            EngineLog().warning(notice)

    def context(self, call: Call, timeout_s: float) -> Context:
        """Return the context of one call, with a deadline: the resource's `custom_timeouts`, or the given one."""
        log = EngineLog(call.urn)
        deadline = Deadline.after(
            call.timeout_s or timeout_s,
            self.transport.clock,
            block_grace_s=BLOCK_GRACE_S,
            is_fixed=bool(call.timeout_s),
        )
        return Context(
            Client(self.transport, log.progress),
            self.run,
            log,
            deadline,
            self.settings.account_id,
            call.urn,
            self.settings.timeouts.metadata_index_s,
        )


# One session per settings: the rate limit and the facts of a run belong to the process.
_session: Final = lru_cache(maxsize=None)(Session)


class _Handlers:
    """The session of the calls of one kind of resource."""

    def __init__(self, req: ConfigureRequest) -> None:
        """Read credentials, account and base URL, and prepare the server."""
        self._session = _session(Settings.load(configuration_of(req)))
        widen_server(self._session.settings.workers)
        on_cancel(self._session.transport.clock.cancelled.set)

    def _create_context(self, call: Call) -> Context:
        return self._session.context(call, self._session.settings.timeouts.create_s)


class IndexHandlers(_Handlers):
    """The calls for a Vectorize index."""

    def check(self, call: Call, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and complete the inputs."""
        return _check_result(check_index(self._create_context(call), from_sdk(olds), from_sdk(news)))

    def diff(self, call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the state with the inputs. A replacement reads the vector count that it would lose."""
        return _diff_result(plan_change(self._create_context(call), id_, from_sdk(olds), from_sdk(news)), olds)

    def create(self, call: Call, props: dict[str, Any]) -> CreateResult:
        """Create the index."""
        outputs = create_index(self._create_context(call), from_sdk(props))
        return CreateResult(outputs["name"], outputs)

    def read(self, call: Call, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live index. An empty ID means that it is gone."""
        found = read_index(self._create_context(call), id_, from_sdk(props))
        return _read_result(id_, found.outputs, found.inputs) if found else ReadResult("", {})

    def update(self, call: Call, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Store options, and change metadata indexes."""
        return UpdateResult(update_index(self._create_context(call), from_sdk(olds), from_sdk(news)))

    def delete(self, call: Call, id_: str, props: dict[str, Any]) -> None:
        """Delete the index."""
        context = self._session.context(call, self._session.settings.timeouts.delete_s)
        delete_index(context, id_, from_sdk(props))


class MetadataIndexHandlers(_Handlers):
    """The calls for a separate metadata index."""

    def check(self, call: Call, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and complete the inputs."""
        return _check_result(check_metadata_index(self._create_context(call), from_sdk(news)))

    def diff(self, call: Call, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the state with the inputs. A replacement reads the vector count of the index."""
        return _diff_result(diff_metadata_index(self._create_context(call), from_sdk(olds), from_sdk(news)), olds)

    def create(self, call: Call, props: dict[str, Any]) -> CreateResult:
        """Create the metadata index."""
        outputs = create_metadata_index(self._change_context(call), from_sdk(props))
        return CreateResult(id_of(outputs), outputs)

    def read(self, call: Call, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live metadata index. An empty ID means that it is gone."""
        found = read_metadata_index(self._create_context(call), from_sdk(props))
        return _read_result(id_, found, inputs_of(found)) if found else ReadResult("", {})

    def update(self, call: Call, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Store options. Complete a metadata index that an earlier run did not see in the list."""
        return UpdateResult(update_metadata_index(self._change_context(call), from_sdk(olds), from_sdk(news)))

    def delete(self, call: Call, _id: str, props: dict[str, Any]) -> None:
        """Delete the metadata index."""
        delete_metadata_index(self._change_context(call), from_sdk(props))

    def _change_context(self, call: Call) -> Context:
        return self._session.context(call, self._session.settings.timeouts.metadata_index_s)


def _check_result(checked: Checked) -> CheckResult:
    failures = [_check_failure(problem) for problem in checked.problems]
    return CheckResult(to_sdk(checked.inputs), failures)


def _check_failure(problem: Problem) -> CheckFailure:
    """Put the property into the reason: the engine prints the value of a property that a failure names, even a secret one."""
    return CheckFailure("", f"{problem.path} {problem.reason}")


def _diff_result(found: Difference, olds: Mapping[str, Any]) -> DiffResult:
    if found.is_empty and PROVIDER_KEY in olds:
        # An interrupted replacement takes its order from this diff (docs/internals/api-notes.md).
        return DiffResult(changes=False, delete_before_replace=found.same_name)
    is_for_engine = READ_RETURNS_INPUTS and PROVIDER_KEY in olds and not found.is_unfinished
    return DiffResult(
        changes=None if is_for_engine else True, replaces=found.replaces, delete_before_replace=found.same_name
    )


def _read_result(id_: str, outputs: dict[str, Any], inputs: dict[str, Any]) -> ReadResult:
    return ReadResult(id_, outputs, inputs) if READ_RETURNS_INPUTS else ReadResult(id_, outputs)
