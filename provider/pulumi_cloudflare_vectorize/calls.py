"""Front end 1: what the engine's calls do. Each method unwraps, calls the core, and wraps.

Imported by a provider process with its first call, and never by a program, which only declares (`dynamic`).
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from .client import Client
from .config_keys import CONFIG_KEYS
from .declared import Problem
from .dynamic import PROVIDER_KEY
from .engine_log import EngineLog
from .lifecycle.check import Checked, check
from .lifecycle.create import create
from .lifecycle.delete import delete
from .lifecycle.diff import Difference
from .lifecycle.loss import plan_change
from .lifecycle.metadata_resource import (
    check_metadata_index,
    create_metadata_index,
    delete_metadata_index,
    diff_metadata_index,
    id_of,
    inputs_of,
    read_metadata_index,
    update_metadata_index,
)
from .lifecycle.operation import Operation
from .lifecycle.read import read
from .lifecycle.run_state import RunState
from .lifecycle.update import update
from .models import UNKNOWN
from .servicer import Call, on_cancel, widen_server
from .settings import Settings
from .transport import Transport
from .waiting import Deadline

# Seconds by which a block for too many requests may lengthen it: such a block lasts five minutes. Not with custom_timeouts.
BLOCK_GRACE_S = 330.0
# SDKs before 3.216 have no inputs in a ReadResult: the engine then sees drift only when diff says "changed" outright.
_READ_RETURNS_INPUTS = "inputs" in inspect.signature(ReadResult.__init__).parameters


class Session:
    """What a provider process shares between its resources: one client, and the facts of this run."""

    def __init__(self, settings: Settings) -> None:
        self.log = EngineLog()
        self.settings = settings
        self.transport = Transport(settings, notice=self.log.progress)
        self.run = RunState()
        for notice in settings.notices:
            self.log.warning(notice)

    def operation(self, timeout_s: float | None = None) -> Operation:
        """Begin one operation, with its own deadline: the resource's, or the one given, or that of a creation."""
        call = Call.current()
        self.log.speak_for(call.urn)
        timeouts = self.settings.timeouts
        deadline = Deadline.after(call.timeout_s or timeout_s or timeouts.create_s, self.transport.clock)
        deadline.is_fixed = bool(call.timeout_s)
        deadline.block_grace_s = 0.0 if deadline.is_fixed else BLOCK_GRACE_S
        return Operation(
            Client(self.transport),
            self.run,
            self.log,
            deadline,
            self.settings.account_id,
            call.urn,
            timeouts.metadata_index_s,
        )


# Provider classes and their copies share the session of their settings: the rate limit and the memory are the process's.
_session = lru_cache(maxsize=None)(Session)


class _Calls:
    """The calls of one kind of resource, with the session of the process."""

    def __init__(self, req: ConfigureRequest) -> None:
        """Read credentials, account and base URL, and make the server ready."""
        # The SDK has no public way to all keys; without them only a misspelled key goes unnoticed.
        keys = {*CONFIG_KEYS, *getattr(req.config, "_props", ())}
        config = {key: req.config.get(key) for key in keys if ":" in key}
        self._session = _session(Settings.load(config))
        widen_server(self._session.settings.workers)
        on_cancel(self._session.transport.clock.cancelled.set)


class IndexCalls(_Calls):
    """The calls for a Vectorize index."""

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and complete the inputs, without asking the API."""
        return _check_result(check(self._session.operation(), unwrapped(olds), unwrapped(news)))

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Say what a change means; asks the API only for the number of vectors that a replacement would lose."""
        return _diff_result(plan_change(self._session.operation(), id_, unwrapped(olds), unwrapped(news)), olds)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the index."""
        outputs = create(self._session.operation(), unwrapped(props))
        return CreateResult(outputs["name"], outputs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the index as it is; an empty id says that it is gone."""
        found = read(self._session.operation(), id_, unwrapped(props))
        return _read_result(id_, found.outputs, found.inputs) if found else ReadResult("", {})

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Take over options that the API never sees, and change metadata indexes."""
        return UpdateResult(update(self._session.operation(), unwrapped(olds), unwrapped(news)))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the index."""
        operation = self._session.operation(self._session.settings.timeouts.delete_s)
        delete(operation, id_, unwrapped(props))


class MetadataIndexCalls(_Calls):
    """The calls for a metadata index of its own."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and complete the inputs, without asking the API."""
        return _check_result(check_metadata_index(self._session.operation(), unwrapped(news)))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Return what a change does. Asks the API only for the vector count, if filters would break."""
        return _diff_result(diff_metadata_index(self._session.operation(), unwrapped(olds), unwrapped(news)), olds)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the metadata index."""
        outputs = create_metadata_index(
            self._session.operation(self._session.settings.timeouts.metadata_index_s), unwrapped(props)
        )
        return CreateResult(id_of(outputs), outputs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the metadata index as it is; an empty id says that it is gone."""
        found = read_metadata_index(self._session.operation(), unwrapped(props))
        return _read_result(id_, found, inputs_of(found)) if found else ReadResult("", {})

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Store changed options. Finish a metadata index that an earlier run did not see appear."""
        operation = self._session.operation(self._session.settings.timeouts.metadata_index_s)
        return UpdateResult(update_metadata_index(operation, unwrapped(olds), unwrapped(news)))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Delete the metadata index."""
        delete_metadata_index(
            self._session.operation(self._session.settings.timeouts.metadata_index_s), unwrapped(props)
        )


def _check_result(checked: Checked) -> CheckResult:
    failures = [_check_failure(problem) for problem in checked.problems]
    return CheckResult(wrapped(checked.inputs), failures)


def _check_failure(problem: Problem) -> CheckFailure:
    """Put the property into the reason: the engine prints the value of a property that a failure names, even a secret one."""
    return CheckFailure("", f"{problem.path} {problem.reason}")


def _diff_result(found: Difference, olds: Mapping[str, Any]) -> DiffResult:
    if found.is_empty and PROVIDER_KEY in olds:
        # Also here: an interrupted replacement takes its order from this diff (docs/api-notes.md).
        return DiffResult(changes=False, delete_before_replace=found.same_name)
    is_for_engine = _READ_RETURNS_INPUTS and PROVIDER_KEY in olds and not found.is_unfinished
    return DiffResult(
        changes=None if is_for_engine else True, replaces=found.replaces, delete_before_replace=found.same_name
    )


def _read_result(id_: str, outputs: dict[str, Any], inputs: dict[str, Any]) -> ReadResult:
    return ReadResult(id_, outputs, inputs) if _READ_RETURNS_INPUTS else ReadResult(id_, outputs)


def unwrapped(props: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the SDK's values into the core's: no hidden keys, whole numbers as int, unknowns as `UNKNOWN`."""
    return {key: _core_value(value) for key, value in props.items() if not key.startswith("__")}


def wrapped(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the core's values into the SDK's."""
    return {key: _sdk_value(value) for key, value in inputs.items()}


def _core_value(value: Any) -> Any:
    if isinstance(value, pulumi.output.Unknown) or value == pulumi.runtime.rpc.UNKNOWN:
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _core_value(item) for key, item in value.items()}
    return [_core_value(item) for item in value] if isinstance(value, list) else value


def _sdk_value(value: Any) -> Any:
    if value is UNKNOWN:
        return pulumi.output.Unknown()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    if isinstance(value, Mapping):
        return {key: _sdk_value(item) for key, item in value.items()}
    return value
