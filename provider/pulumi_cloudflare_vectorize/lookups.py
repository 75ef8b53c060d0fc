"""Front end 1: look-ups for a program that needs to know an index it does not declare.

Each asks the API in the program itself, in previews too. The plain form answers at once; the `_output` form takes Outputs, waits
for them, and stays unknown while one of them is. The client is imported with the first one: most programs ask for nothing.
"""
# ruff: noqa: PLC0415 - as said above

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pulumi

from .config_keys import ACCOUNT_ID, CONFIG_KEYS
from .errors import NotFoundError, RefusedError
from .settings import Settings, required_account_id

if TYPE_CHECKING:
    from .client import Client
    from .models import Index
    from .transport import Transport
    from .waiting import Deadline

# Seconds for one look-up; a block for too many requests is waited for on top.
TIMEOUT_S = 60.0
BLOCK_GRACE_S = 330.0


@dataclass(frozen=True)
class IndexResult:
    """An index as the API answers it.

    `dimensions` is 1 to 1536; `created_on` and `modified_on` are RFC 3339 texts; `description` is empty when there is none.
    """

    name: str
    account_id: str
    dimensions: int
    metric: str
    description: str
    created_on: str
    modified_on: str


@dataclass(frozen=True)
class IndexInfoResult:
    """The counters of an index, which lag behind writes by seconds to minutes."""

    name: str
    account_id: str
    dimensions: int
    vector_count: int


def get_index(name: str, *, account_id: str | None = None) -> IndexResult:
    """Look up one index.

    Raises:
        RefusedError: there is no such index.
        ApiError, TransportError: the API refused, or did not answer.
    """
    session, account = _session(), _account(account_id)
    try:
        index = session.client.get_index(account, name, session.deadline()).index
    except NotFoundError as error:
        raise _missing(name, account) from error
    return _result(account, index)


def list_indexes(*, account_id: str | None = None) -> list[IndexResult]:
    """Look up every index of the account, in the order of their names."""
    session, account = _session(), _account(account_id)
    listed = session.client.list_indexes(account, session.deadline())
    return [_result(account, index) for index in sorted(listed, key=lambda index: index.name)]


def get_index_info(name: str, *, account_id: str | None = None) -> IndexInfoResult:
    """Look up how many vectors an index holds.

    Raises:
        RefusedError: there is no such index.
        ApiError, TransportError: the API refused, or did not answer.
    """
    session, account = _session(), _account(account_id)
    try:
        info = session.client.get_index_info(account, name, session.deadline())
    except NotFoundError as error:
        raise _missing(name, account) from error
    return IndexInfoResult(name, account, info.dimensions or 0, info.vector_count)


def get_index_output(
    name: pulumi.Input[str], *, account_id: pulumi.Input[str] | None = None
) -> pulumi.Output[IndexResult]:
    """Look up one index, by Inputs; see `get_index`."""
    return _applied(get_index, name=name, account_id=account_id)


def list_indexes_output(*, account_id: pulumi.Input[str] | None = None) -> pulumi.Output[list[IndexResult]]:
    """Look up every index of the account, by an Input; see `list_indexes`."""
    return _applied(list_indexes, account_id=account_id)


def get_index_info_output(
    name: pulumi.Input[str], *, account_id: pulumi.Input[str] | None = None
) -> pulumi.Output[IndexInfoResult]:
    """Look up how many vectors an index holds, by Inputs; see `get_index_info`."""
    return _applied(get_index_info, name=name, account_id=account_id)


@dataclass(frozen=True)
class _LookUps:
    settings: Settings
    client: Client

    def deadline(self) -> Deadline:
        from .waiting import Deadline

        return Deadline(self._now() + TIMEOUT_S, self.client.transport.clock, BLOCK_GRACE_S)

    def _now(self) -> float:
        return self.client.transport.clock.now()


def _applied(look_up: Any, **arguments: pulumi.Input[Any]) -> pulumi.Output[Any]:
    return pulumi.Output.all(**arguments).apply(lambda known: look_up(**known))


def _session() -> _LookUps:
    from .client import Client

    config = {key: pulumi.runtime.get_config(key) for key in CONFIG_KEYS}
    settings = Settings.load(config)
    return _LookUps(settings, Client(_transport(settings)))


# A program asks in many places; they share connections and the rate limit.
@cache
def _transport(settings: Settings) -> Transport:
    from .transport import Transport

    return Transport(settings)


def _account(given: str | None) -> str:
    return required_account_id(given or _session().settings.account_id)


def _missing(name: str, account_id: str) -> RefusedError:
    return RefusedError(
        f'index "{name}" does not exist in account {account_id} — check the name, and the account in {ACCOUNT_ID}'
    )


def _result(account_id: str, index: Index) -> IndexResult:
    dimensions, metric, description = index.config.dimensions, index.config.metric, index.description_or("")
    return IndexResult(index.name, account_id, dimensions, metric, description, index.created_on, index.modified_on)
