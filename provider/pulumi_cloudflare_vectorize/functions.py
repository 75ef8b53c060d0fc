"""Lookup functions, for a program that needs an index that it does not declare.

Each sends one request from the program, in a preview as well. The plain form returns the result. The `_output` form takes Inputs.
Its result is unknown while an Input is unknown, or while the index that it depends on is not created yet. With
`pulumi.runtime.set_mocks` no request is sent: the mocks' `call` returns the result.
"""
# ruff: noqa: PLC0415 - deferred imports: docs/internals/performance.md, "Imports"

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from .config import Settings, required_account_id
from .config_keys import ACCOUNT_ID, CONFIG_KEYS
from .errors import NotFoundError, VectorizeError
from .lifecycle.naming import to_camel
from .resources import VectorizeIndex

if TYPE_CHECKING:
    from .api.client import Client
    from .api.models import Index
    from .api.retry import Transport
    from .waiting import Deadline

P = ParamSpec("P")
R = TypeVar("R")

# Seconds for one call. A block for too many requests is waited for in addition.
TIMEOUT_S: Final = 60.0


class FunctionError(pulumi.RunError, VectorizeError):
    """Why a function has no result. Pulumi prints a `RunError` as one line, and any other exception with a traceback."""


@dataclass(frozen=True)
class IndexResult:
    """An index, as the API returns it.

    `dimensions` is 1 to 1536. `created_on` and `modified_on` are RFC 3339 texts. `description` is empty if there is none.
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
    """The vector count of an index, which lags behind writes by seconds to minutes."""

    name: str
    account_id: str
    dimensions: int
    vector_count: int


def _one_line(function: Callable[P, R]) -> Callable[P, R]:
    """Raise every error of this package as a `FunctionError`."""

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except VectorizeError as error:
            raise FunctionError(error.what, error.where, error.fix) from error

    return wrapper


@_one_line
def get_index(name: str, *, account_id: str | None = None) -> IndexResult:
    """Look up one index.

    Raises:
        FunctionError: there is no such index, there are no credentials, or the API returned an error or no response.
    """
    if _is_mocked():
        return _mocked(IndexResult, "getIndex", name=name, account_id=account_id)
    session = _session()
    account = required_account_id(account_id or session.settings.account_id)
    try:
        index = session.client.get_index(account, name, session.deadline()).index
    except NotFoundError as error:
        raise _missing(name, account) from error
    return _result(account, index)


@_one_line
def list_indexes(*, account_id: str | None = None) -> list[IndexResult]:
    """Look up every index of the account, in the order of their names.

    Raises:
        FunctionError: there are no credentials, or the API returned an error or no response.
    """
    if _is_mocked():
        listed = _call_mock("listIndexes", account_id=account_id).get("indexes", ())
        return [_from_mock(IndexResult, index) for index in listed]
    session = _session()
    account = required_account_id(account_id or session.settings.account_id)
    indexes = session.client.list_indexes(account, session.deadline())
    return [_result(account, index) for index in sorted(indexes, key=lambda index: index.name)]


@_one_line
def get_index_info(name: str, *, account_id: str | None = None) -> IndexInfoResult:
    """Look up the vector count of an index.

    Raises:
        FunctionError: there is no such index, there are no credentials, or the API returned an error or no response.
    """
    if _is_mocked():
        return _mocked(IndexInfoResult, "getIndexInfo", name=name, account_id=account_id)
    session = _session()
    account = required_account_id(account_id or session.settings.account_id)
    try:
        info = session.client.get_index_info(account, name, session.deadline())
    except NotFoundError as error:
        raise _missing(name, account) from error
    return IndexInfoResult(name, account, info.dimensions or 0, info.vector_count)


def get_index_output(
    name: pulumi.Input[str], *, account_id: pulumi.Input[str] | None = None
) -> pulumi.Output[IndexResult]:
    """Look up one index, by Inputs. See `get_index`."""
    return _applied(get_index, name=name, account_id=account_id)


def list_indexes_output(*, account_id: pulumi.Input[str] | None = None) -> pulumi.Output[list[IndexResult]]:
    """Look up every index of the account, by an Input. See `list_indexes`."""
    return _applied(list_indexes, account_id=account_id)


def get_index_info_output(
    name: pulumi.Input[str], *, account_id: pulumi.Input[str] | None = None
) -> pulumi.Output[IndexInfoResult]:
    """Look up the vector count of an index, by Inputs. See `get_index_info`."""
    return _applied(get_index_info, name=name, account_id=account_id)


@dataclass(frozen=True)
class _Session:
    settings: Settings
    client: Client

    def deadline(self) -> Deadline:
        from .waiting import BLOCK_GRACE_S, Deadline

        return Deadline.after(TIMEOUT_S, self.client.transport.clock, block_grace_s=BLOCK_GRACE_S)


def _applied(function: Any, **arguments: pulumi.Input[Any]) -> pulumi.Output[Any]:
    """Call a function once its arguments are known, and the indexes that they come from are created."""
    created: list[pulumi.Output[Any]] = [
        pulumi.Output.from_input(_created(value)) for value in arguments.values() if isinstance(value, pulumi.Output)
    ]
    return pulumi.Output.all(pulumi.Output.all(**arguments), *created).apply(lambda known: function(**known[0]))


async def _created(value: pulumi.Output[Any]) -> list[pulumi.Output[str]]:
    """Return the creation times of the indexes that an Output comes from. Unknown in a preview that creates or replaces one."""
    return [resource.created_on for resource in await value.resources() if isinstance(resource, VectorizeIndex)]


def _is_mocked() -> bool:
    return isinstance(get_monitor(), MockMonitor)


def _mocked(result: type[R], function: str, /, **arguments: str | None) -> R:
    given = {key: value for key, value in arguments.items() if value is not None}
    return _from_mock(result, {**given, **_call_mock(function, **arguments)})


def _call_mock(function: str, /, **arguments: str | None) -> Mapping[str, Any]:
    """Return what the mocks' `call` returns for `vectorize:index:<function>`."""
    given = {to_camel(key): value for key, value in arguments.items() if value is not None}
    value = pulumi.runtime.invoke(f"vectorize:index:{function}", given).value
    return value if isinstance(value, Mapping) else {}


def _from_mock(result: type[R], value: Mapping[str, Any]) -> R:
    """Make a result from a mock's value, in camelCase or snake_case. A missing number is 0, and a missing text is empty."""
    made = {}
    for field in fields(result):  # type: ignore[arg-type] # both results are dataclasses
        default = 0 if field.type == "int" else ""
        made[field.name] = value.get(to_camel(field.name), value.get(field.name, default))
    return result(**made)


def _session() -> _Session:
    from .api.client import Client

    config = {key: pulumi.runtime.get_config(key) for key in CONFIG_KEYS}
    settings = Settings.load(config)
    return _Session(settings, Client(_transport(settings)))


# The calls of one program share the connections and the rate limit.
@cache
def _transport(settings: Settings) -> Transport:
    from .api.retry import Transport

    return Transport(settings)


def _missing(name: str, account_id: str) -> FunctionError:
    return FunctionError(
        f'cannot look up index "{name}": it does not exist in account {account_id}',
        fix=f"Check the name, and the account in {ACCOUNT_ID}",
    )


def _result(account_id: str, index: Index) -> IndexResult:
    dimensions, metric, description = index.config.dimensions, index.config.metric, index.description_or("")
    return IndexResult(index.name, account_id, dimensions, metric, description, index.created_on, index.modified_on)
