"""Reads from the account what a preview does not contain: vector counts at risk, and existing indexes with a new index's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from ..api.client import Client, IndexResponse
from ..api.models import IndexInfo
from ..api.retry import Transport
from ..config import Settings, account_id_problem
from ..config_keys import API_TOKEN
from ..errors import NoCredentialsError, NotFoundError, SettingsError, VectorizeError
from ..lifecycle.index.state import is_as_declared
from ..lifecycle.naming import name_problem
from ..lifecycle.ownership import adoption_problem
from ..unknown import contains_unknown
from ..waiting import Deadline
from .models import Existing, Operation, Repair, Row, Vectors
from .text import SECRET

Target = TypeVar("Target", str, tuple[str, str])
R = TypeVar("R")

_PARALLEL: Final = 32
NO_CONFIG: Final[Mapping[str, str]] = {}


def add_account_facts(rows: Iterable[Row], timeout_s: float, config: Mapping[str, str] = NO_CONFIG) -> tuple[Row, ...]:
    """Add the vector count of each index at risk, and the existing index with the name of each new one.

    A failure makes either unknown, with the reason. Credentials and the base URL come from the stack's configuration and the
    environment, by the provider's own rules. A preview never decides where they are sent.
    """
    found = tuple(rows)
    if not any(_is_counted(row) or _creates(row) for row in found):
        return found
    try:
        transport = Transport(Settings.load(config))
    except NoCredentialsError:
        return tuple(_unknown(row, f"no credentials: set {API_TOKEN.variable}") for row in found)
    except SettingsError as error:
        return tuple(_unknown(row, str(error)) for row in found)
    account = _Account(Client(transport), Deadline.after(timeout_s, transport.clock))
    with ThreadPoolExecutor(_PARALLEL) as pool:
        counts = account.in_parallel(pool, account.count, {_index_of(row) for row in found if _is_counted(row)})
        lists = account.in_parallel(pool, account.list, {row.account_id for row in found if _creates(row)})
        existing = pool.map(lambda row: account.existing(row, lists) if _creates(row) else None, found)
        return tuple(
            replace(row, existing=other, vectors=counts[_index_of(row)] if _is_counted(row) else row.vectors)
            for row, other in zip(found, existing, strict=True)
        )


def _is_counted(row: Row) -> bool:
    """Return whether a row is at risk and its index still exists."""
    return row.is_destructive and row.operation is not Operation.GONE and row.repair in (None, Repair.REPLACE)


def _creates(row: Row) -> bool:
    """Return whether a row creates an index with a known name that differs from the one it replaces."""
    is_new = row.operation is Operation.CREATE or (row.operation is Operation.REPLACE and row.new_index != row.index)
    return (
        row.kind == "index" and is_new and not account_id_problem(row.account_id) and not name_problem(_new_name(row))
    )


def _new_name(row: Row) -> str:
    return row.new_index if row.operation is Operation.REPLACE else row.index


def _index_of(row: Row) -> tuple[str, str]:
    return row.account_id, row.index


def _unknown(row: Row, why: str) -> Row:
    return replace(
        row,
        vectors=Vectors(why_unknown=why) if _is_counted(row) else row.vectors,
        existing=Existing(why_unknown=why) if _creates(row) else None,
    )


@dataclass(frozen=True)
class _Account:
    """What the API returns before one deadline. Every failure is a value."""

    client: Client
    deadline: Deadline

    @staticmethod
    def in_parallel(pool: Executor, read: Callable[[Target], R], targets: set[Target]) -> dict[Target, R]:
        """Send one request for each target."""
        ordered = sorted(targets)
        return dict(zip(ordered, pool.map(read, ordered), strict=True))

    def count(self, target: tuple[str, str]) -> Vectors:
        """Read the vector count of an index."""
        account_id, name = target
        if not name:
            return Vectors(why_unknown="the preview does not contain the name of the index")
        if account_id_problem(account_id) or name_problem(name):
            return Vectors(why_unknown="the name or the account is not valid")
        if self.deadline.remaining_s() <= 0:
            return Vectors(why_unknown="the timeout of the review was reached")
        try:
            return Vectors(self.client.get_index_info(account_id, name, self.deadline).vector_count)
        except NotFoundError:
            return Vectors(why_unknown=f"account {account_id} contains no such index")
        except VectorizeError as error:
            return Vectors(why_unknown=str(error))

    def list(self, account_id: str) -> frozenset[str] | str:
        """Return the names of all indexes of an account, or why they are not known."""
        try:
            return frozenset(index.name for index in self.client.list_indexes(account_id, self.deadline))
        except VectorizeError as error:
            return str(error)

    def existing(self, row: Row, lists: Mapping[str, frozenset[str] | str]) -> Existing | None:
        """Return the index with the name of a new one, and what `pulumi up` does about it. None if the name is free."""
        names, name = lists[row.account_id], _new_name(row)
        if isinstance(names, str):
            return Existing(why_unknown=names)
        if name not in names:
            return None
        try:
            response = self.client.get_index(row.account_id, name, self.deadline)
            info = self.client.get_index_info(row.account_id, name, self.deadline)
        except NotFoundError:
            return None
        except VectorizeError as error:
            return Existing(why_unknown=str(error))
        return Existing(response.index.created_on, Vectors(info.vector_count), _refusal(row.declared, response, info))


def _refusal(declared: Mapping[str, Any], response: IndexResponse, info: IndexInfo) -> str:
    """Return why the provider refuses to adopt an index. "" if it adopts the index."""
    config, description = declared.get("config"), declared.get("description")
    if (
        not isinstance(config, Mapping)
        or contains_unknown([config, description])
        or SECRET in (description, *config.values())
    ):
        return "its shape and description cannot be compared before the update"
    if not is_as_declared({"config": config, "description": description or ""}, response.index):
        return "it has another shape or description"
    if declared.get("adopt") is True:
        return ""
    return adoption_problem(response, info, has_metadata_indexes=bool(declared.get("metadataIndexes"))) or ""
