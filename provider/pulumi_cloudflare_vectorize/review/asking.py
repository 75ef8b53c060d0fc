"""Asks the API what the account holds now: the vectors of indexes at risk, and indexes in the place of new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ..client import Client, Seen
from ..config_keys import API_TOKEN
from ..errors import NoCredentialsError, NotFoundError, SettingsError, VectorizeError
from ..lifecycle.ownership import adoption_problem
from ..lifecycle.state import is_as_declared
from ..models import IndexInfo, contains_unknown
from ..naming import name_problem
from ..settings import Settings, account_id_problem
from ..transport import Transport
from ..waiting import Deadline
from .escaping import SECRET
from .model import Existing, Row, Vectors

Target = TypeVar("Target", str, tuple[str, str])
Answer = TypeVar("Answer")

_PARALLEL = 32
EMPTY: Mapping[str, str] = {}


def counted(rows: Iterable[Row], timeout_s: float, config: Mapping[str, str] = EMPTY) -> tuple[Row, ...]:
    """Give every row what the account holds now: the vectors of an index at risk, and an index in the place of a new one.

    A failure makes either unknown, with the reason. Credentials and the base URL come from the configuration of a stack and the
    environment, by the provider's own rules. The reviewed preview never decides where they are sent.
    """
    found = tuple(rows)
    if not any(needs_count(row) or creates(row) for row in found):
        return found
    try:
        transport = Transport(Settings.load(config))
    except NoCredentialsError:
        return tuple(_unknown(row, f"no credentials: set {API_TOKEN.variable}") for row in found)
    except SettingsError as error:
        return tuple(_unknown(row, str(error)) for row in found)
    account = _Account(Client(transport), Deadline.after(timeout_s, transport.clock))
    with ThreadPoolExecutor(_PARALLEL) as pool:
        counts = account.in_parallel(pool, account.count, {_at_risk(row) for row in found if needs_count(row)})
        lists = account.in_parallel(pool, account.list, {row.account_id for row in found if creates(row)})
        existing = pool.map(lambda row: account.existing(row, lists) if creates(row) else None, found)
        return tuple(
            replace(row, existing=other, vectors=counts[_at_risk(row)] if needs_count(row) else row.vectors)
            for row, other in zip(found, existing, strict=True)
        )


def needs_count(row: Row) -> bool:
    """Whether a row is at risk, and its index still there."""
    return row.is_destructive and row.operation != "gone" and (row.repair in ("", "replace"))


def creates(row: Row) -> bool:
    """Whether a row creates an index under a name that the preview shows, other than the one it replaces."""
    is_new = row.operation == "create" or (row.operation == "replace" and row.new_index != row.index)
    return (
        row.kind == "index" and is_new and not account_id_problem(row.account_id) and not name_problem(_new_name(row))
    )


def _new_name(row: Row) -> str:
    return row.new_index if row.operation == "replace" else row.index


def _at_risk(row: Row) -> tuple[str, str]:
    return row.account_id, row.index


def _unknown(row: Row, why: str) -> Row:
    return replace(
        row,
        vectors=Vectors(why_unknown=why) if needs_count(row) else row.vectors,
        existing=Existing(why_unknown=why) if creates(row) else None,
    )


@dataclass(frozen=True)
class _Account:
    """What the API returns within one deadline; every failure is a value."""

    client: Client
    deadline: Deadline

    @staticmethod
    def in_parallel(pool: Executor, ask: Callable[[Target], Answer], targets: set[Target]) -> dict[Target, Answer]:
        """Send one request for each target."""
        ordered = sorted(targets)
        return dict(zip(ordered, pool.map(ask, ordered), strict=True))

    def count(self, target: tuple[str, str]) -> Vectors:
        """Count the vectors of an index."""
        account_id, name = target
        if not name:
            return Vectors(why_unknown="its name is not in what was given")
        if account_id_problem(account_id) or name_problem(name):
            return Vectors(why_unknown="no index can have this name or account")
        if self.deadline.remaining_s() <= 0:
            return Vectors(why_unknown="the time for asking ran out")
        try:
            return Vectors(self.client.get_index_info(account_id, name, self.deadline).vector_count)
        except NotFoundError:
            return Vectors(why_unknown=f"the account {account_id} holds no such index")
        except VectorizeError as error:
            return Vectors(why_unknown=str(error))

    def list(self, account_id: str) -> frozenset[str] | str:
        """Return the names of all indexes of an account, or why they are not known."""
        try:
            return frozenset(index.name for index in self.client.list_indexes(account_id, self.deadline))
        except VectorizeError as error:
            return str(error)

    def existing(self, row: Row, lists: Mapping[str, frozenset[str] | str]) -> Existing | None:
        """Return the index that has the name of a new one, with what `pulumi up` does about it; None if the name is free."""
        names, name = lists[row.account_id], _new_name(row)
        if isinstance(names, str):
            return Existing(why_unknown=names)
        if name not in names:
            return None
        try:
            seen = self.client.get_index(row.account_id, name, self.deadline)
            info = self.client.get_index_info(row.account_id, name, self.deadline)
        except NotFoundError:
            return None
        except VectorizeError as error:
            return Existing(why_unknown=str(error))
        return Existing(seen.index.created_on, Vectors(info.vector_count), _refusal(row.declared, seen, info))


def _refusal(declared: Mapping[str, Any], seen: Seen, info: IndexInfo) -> str:
    """Return why the provider refuses to adopt an index; "" if it adopts the index."""
    config, description = declared.get("config"), declared.get("description")
    if (
        not isinstance(config, Mapping)
        or contains_unknown([config, description])
        or SECRET in (description, *config.values())
    ):
        return "its shape and description cannot be compared before the update"
    if not is_as_declared({"config": config, "description": description or ""}, seen.index):
        return "it has another shape or description"
    if declared.get("adopt") is True:
        return ""
    return adoption_problem(seen, info, has_metadata_indexes=bool(declared.get("metadataIndexes"))) or ""
