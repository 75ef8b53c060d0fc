"""What the engine's calls do. Each method translates the inputs, calls the lifecycle, and translates the result.

A provider process imports it with its first call. A program never does.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from ..config import Settings
from ..engine_log import EngineLog
from ..lifecycle.effects import Difference
from ..lifecycle.inputs import Checked, Problem
from ..lifecycle.kinds import Kind
from ..lifecycle.records import Found
from ..lifecycle.session import Session
from ..lifecycle.terms import PYTHON
from .sdk_internals import READ_RETURNS_INPUTS, Call, configuration_of, on_cancel, widen_server
from .values import PROVIDER_KEY, from_sdk, to_sdk


def _engine_log(urn: str) -> EngineLog:
    # The last argument of a provider process is the engine's address (docs/internals/api-notes.md).
    return EngineLog(sys.argv[-1], urn)


@cache
def _session(settings: Settings) -> Session:
    """Return the one session with these settings: the rate limit and the facts of a run belong to the process."""
    return Session(settings, _engine_log, PYTHON)


def open_session(req: ConfigureRequest) -> Session:
    """Read credentials, account and base URL, and prepare the server."""
    session = _session(Settings.load(configuration_of(req)))
    widen_server(session.settings.workers)
    on_cancel(session.cancel)
    return session


class Handlers:
    """The calls for one kind of resource."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def check(self, call: Call, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and complete the inputs."""
        return _check_result(self._kind.check(call.operation, from_sdk(olds), from_sdk(news)))

    def diff(self, call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare the state with the inputs."""
        return _diff_result(self._kind.diff(call.operation, id_, from_sdk(olds), from_sdk(news)), olds)

    def create(self, call: Call, props: dict[str, Any]) -> CreateResult:
        """Create the resource."""
        outputs = self._kind.create(call.operation, from_sdk(props))
        return CreateResult(self._kind.id_of(outputs), outputs)

    def read(self, call: Call, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the live resource. An empty ID means that it is gone."""
        return _read_result(id_, self._kind.read(call.operation, id_, from_sdk(props)))

    def update(self, call: Call, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change the resource in place."""
        return UpdateResult(self._kind.update(call.operation, from_sdk(olds), from_sdk(news)))

    def delete(self, call: Call, id_: str, props: dict[str, Any]) -> None:
        """Delete the resource."""
        self._kind.delete(call.operation, id_, from_sdk(props))


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


def _read_result(id_: str, found: Found | None) -> ReadResult:
    if found is None:
        return ReadResult("", {})
    return ReadResult(id_, found.outputs, found.inputs) if READ_RETURNS_INPUTS else ReadResult(id_, found.outputs)
