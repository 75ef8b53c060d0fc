"""Asks the API how many vectors the indexes at risk hold: side by side, once each, until one deadline."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ..client import Client
from ..config_keys import API_TOKEN
from ..errors import NotFoundError, SettingsError, VectorizeError
from ..naming import name_problem
from ..settings import Settings, account_id_problem
from ..transport import Transport
from ..waiting import Deadline
from .model import Row, Vectors

_PARALLEL = 32


def counted(rows: Iterable[Row], timeout_s: float) -> tuple[Row, ...]:
    """Give every row at risk the number of its vectors; whatever goes wrong makes it unknown, and says why.

    Credentials and the base URL come from the environment only: what is reviewed must not say where they are sent.
    """
    found = tuple(rows)
    targets = list(dict.fromkeys((row.account_id, row.index) for row in found if needs_count(row)))
    if not targets:
        return found
    try:
        transport = Transport(Settings.load({}))
    except SettingsError:
        numbers = dict.fromkeys(targets, Vectors(why_unknown=f"no credentials: set {API_TOKEN.variable}"))
    else:
        client, deadline = Client(transport), Deadline.after(timeout_s, transport.clock)
        with ThreadPoolExecutor(_PARALLEL) as pool:
            answers = pool.map(lambda target: _count(client, target[0], target[1], deadline), targets)
            numbers = dict(zip(targets, answers, strict=True))
    return tuple(replace(row, vectors=numbers[row.account_id, row.index]) if needs_count(row) else row for row in found)


def needs_count(row: Row) -> bool:
    """Whether a row is at risk, and its index still there."""
    return row.is_destructive and row.operation != "gone" and (row.repair in ("", "replace"))


def _count(client: Client, account_id: str, name: str, deadline: Deadline) -> Vectors:
    if not name:
        return Vectors(why_unknown="its name is not in what was given")
    if account_id_problem(account_id) or name_problem(name):
        return Vectors(why_unknown="no index can have this name or account")
    if deadline.remaining_s() <= 0:
        return Vectors(why_unknown="the time for asking ran out")
    try:
        return Vectors(client.get_index_info(account_id, name, deadline).vector_count)
    except NotFoundError:
        return Vectors(why_unknown=f"the account {account_id} holds no such index")
    except VectorizeError as error:
        return Vectors(why_unknown=str(error))
