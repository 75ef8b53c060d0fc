"""Every route in every use that the provider makes of it, under every fault: what comes of it is the table in `fault_table.py`.

The faults are the emulator's, over HTTP; the transport is the real one. Only the clock is not: it never really sleeps, and what
the emulator has accepted becomes visible when time passes.
One long file: the uses of the routes and what is checked of each belong together.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import pytest
import requests

from pulumi_cloudflare_vectorize.api.client import Client
from pulumi_cloudflare_vectorize.api.http import HttpClient
from pulumi_cloudflare_vectorize.api.retry import Transport
from pulumi_cloudflare_vectorize.config import Credentials, Settings
from pulumi_cloudflare_vectorize.errors import PartialResultError, VectorizeError
from pulumi_cloudflare_vectorize.lifecycle.context import Context
from pulumi_cloudflare_vectorize.lifecycle.index.comparison import compare
from pulumi_cloudflare_vectorize.lifecycle.index.create import create
from pulumi_cloudflare_vectorize.lifecycle.index.delete import delete
from pulumi_cloudflare_vectorize.lifecycle.index.read import read
from pulumi_cloudflare_vectorize.lifecycle.index.update import update
from pulumi_cloudflare_vectorize.lifecycle.run_state import RunState
from pulumi_cloudflare_vectorize.waiting import Deadline
from tests.lifecycle.conftest import Api
from tests.lifecycle.fault_table import AROUND, FAULTS, ROUTES, TABLE
from tests.unit.fakes import FakeClock, Said, declared

ONCE, FOR_GOOD = 1, 10_000
PREFIX = "docs-11111111"
TENANT = {"tenant": "string"}
# Seconds that the transport waits for an answer which the emulator never gives: the real minute would only be longer.
HANG_S = 0.02
# Seconds that a change of metadata indexes may take here: the real ten minutes would only be more of the same.
METADATA_TIMEOUT_S = 60.0


def kind_of(method: str, url: str) -> str:
    """Name a request by its route."""
    return next(kind for kind, (_, verb, path) in ROUTES.items() if verb == method and PurePosixPath(url).match(path))


# --- the account, and runs of the provider against it ---------------------------------------------------------------------


class Line(requests.Session):
    """Keeps what was asked, and hangs up early on the requests that the emulator lets hang."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.hanging: tuple[str, range] = ("", range(0))

    def request(self, method, url, *, timeout, **kwargs):
        kind = kind_of(method, url)
        number = self.asked.count(kind)
        self.asked.append(kind)
        if kind == self.hanging[0] and number in self.hanging[1]:
            timeout = (timeout[0], HANG_S)
        return super().request(method, url, timeout=timeout, **kwargs)


class Clock(FakeClock):
    """Time passes only by sleeping, and as it does, the emulator shows what it has accepted."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self._api = api

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if seconds:
            self._api.call("POST", f"{self._api.control_url}/process")


@dataclass
class Account:
    """One account at the emulator, and runs of the provider against it."""

    api: Api
    line: Line = field(default_factory=Line)

    def run(self, timeout_s: float = 300.0) -> Context:
        """Begin a run of the engine: a new process, which remembers nothing, and one operation."""
        self.line, clock, account_id = Line(), Clock(self.api), self.api.account_id
        settings = Settings(Credentials(token=self.api.token), account_id, self.api.base_url)
        transport = Transport(settings, clock=clock, connector=partial(HttpClient, session=self.line))
        client = Client(transport)
        deadline = Deadline(clock.now() + timeout_s, clock, block_grace_s=330.0)
        return Context(client, RunState(), Said(), deadline, account_id, "urn:docs", timeout_s)

    def spoil(self, kind: str, fault: str, times: int, skip: int = 0) -> None:
        """Let the emulator do that to the next requests of a kind."""
        _, method, path = ROUTES[kind]
        how, _ = FAULTS[fault]
        self.api.fault(method=method, path=path, count=times, skip=skip, **how)
        if "hang" in how:
            self.line.hanging = (kind, range(skip, skip + times))

    def mend(self) -> None:
        self.api.call("DELETE", f"{self.api.control_url}/faults")

    def inputs(self, **changes: Any) -> dict[str, Any]:
        shape = {"dimensions": 32, "metric": "cosine"}
        return declared(accountId=self.api.account_id, config=shape, **changes)

    def metadata(self) -> dict[str, str]:
        listed = self.api.call("GET", f"{self.api.indexes_url}/docs/metadata_index/list")["result"]["metadataIndexes"]
        return {item["propertyName"]: item["indexType"].lower() for item in listed}

    def asked(self) -> str:
        """Write what was asked as in the table: `list get×8`, `(create get)×5`."""
        return re.sub(r"(?<!\S)(\S+(?: \S+)??)((?: \1)+)(?!\S)", _folded, " ".join(self.line.asked))


def _folded(match: re.Match[str]) -> str:
    what, times = match[1], 1 + match[2].count(f" {match[1]}")
    return f"({what})×{times}" if " " in what else f"{what}×{times}"


@pytest.fixture
def account(vectorize_emulator, monkeypatch):
    # Jitter at its upper end, so that the number of tries is the same each time.
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    api = Api(vectorize_emulator.base_url, vectorize_emulator.account_id, vectorize_emulator.token)
    api.call("POST", f"{api.control_url}/pause")
    return Account(api)


# --- the uses of the routes -----------------------------------------------------------------------------------------------


def made(account: Account, **changes: Any) -> dict[str, Any]:
    """Create an index, and return its state."""
    return create(account.run(), account.inputs(**changes))


def made_with_metadata(account: Account) -> dict[str, Any]:
    return made(account, metadataIndexes=TENANT)


def nothing_yet(_: Account) -> None:
    return None


def the_next_creation_is_lost(account: Account) -> None:
    account.spoil("create", "answer lost", ONCE)


def create_named(operation: Context, account: Account, _: Any) -> Any:
    return create(operation, account.inputs())


def create_generated(operation: Context, account: Account, _: Any) -> Any:
    return create(operation, account.inputs(name=f"{PREFIX}-aaaaaa", namePrefix=PREFIX))


def finish(operation: Context, account: Account, half: Any) -> Any:
    return update(operation, half, account.inputs())


def read_it(operation: Context, _: Account, state: Any) -> Any:
    return read(operation, "docs", state)


def delete_it(operation: Context, account: Account, state: Any) -> Any:
    """Delete an index whose name the program declares, so that the deletion is verified."""
    operation.run.claim("index", account.api.account_id, "docs", urn="urn:successor")
    return delete(operation, "docs", state)


def declare_metadata(operation: Context, account: Account, state: Any) -> Any:
    return update(operation, state, account.inputs(metadataIndexes=TENANT))


def drop_metadata(operation: Context, account: Account, state: Any) -> Any:
    return update(operation, state, account.inputs())


def is_there(account: Account, _: Any = None) -> None:
    assert list(account.api.indexes()) == ["docs"]


def is_gone(account: Account, _: Any = None) -> None:
    assert account.api.indexes() == {}


def is_the_one_created(account: Account, outputs: Any) -> None:
    (index,) = account.api.indexes().values()
    assert (outputs["name"], outputs["createdOn"]) == (index["name"], index["created_on"])
    assert compare(outputs, account.inputs(name=outputs["name"], namePrefix=outputs["namePrefix"])).is_empty


def is_read_as_it_is(account: Account, found: Any) -> None:
    is_there(account)
    assert compare(found.outputs, found.inputs).is_empty
    assert found.outputs["createdOn"] == account.api.indexes()["docs"]["created_on"]


def has_the_metadata(account: Account, outputs: Any = None) -> None:
    is_there(account)
    assert account.metadata() == TENANT
    assert outputs is None or outputs["metadataIndexes"] == TENANT


def has_no_metadata(account: Account, outputs: Any = None) -> None:
    is_there(account)
    assert account.metadata() == {}
    assert outputs is None or outputs["metadataIndexes"] == {}


@dataclass(frozen=True)
class Use:
    """One use of a route.

    The faults hit requests of the kind `on`, except the first `skip`; `action` and `tail` are what errors call those. `done` and
    `failed` hold the account to what it must look like after a run that came through, or did not.
    """

    on: str
    action: str
    tail: str
    before: Callable[[Account], Any]
    act: Callable[[Context, Account, Any], Any]
    done: Callable[[Account, Any], None]
    failed: Callable[[Account], None]
    skip: int = 0
    timeout_s: float = 300.0


INDEX = 'index "docs"'
PROPERTY = f'metadata index "tenant" of {INDEX}'
USES = {
    "create": Use("create", f"create {INDEX}", "", nothing_yet, create_named, is_the_one_created, is_gone),
    "get after a lost creation": Use(
        "get", f"read {INDEX}", "/docs", the_next_creation_is_lost, create_named, is_the_one_created, is_there
    ),
    "list before a creation": Use(
        "list", "list the indexes", "", nothing_yet, create_generated, is_the_one_created, is_gone
    ),
    "get in a refresh": Use("get", f"read {INDEX}", "/docs", made, read_it, is_read_as_it_is, is_there),
    "info before a deletion": Use(
        "info", f"count the vectors of {INDEX}", "/docs/info", made, delete_it, is_gone, is_there
    ),
    "delete": Use("delete", f"delete {INDEX}", "/docs", made, delete_it, is_gone, is_there),
    "get after a deletion": Use("get", f"read {INDEX}", "/docs", made, delete_it, is_gone, is_gone, skip=1),
    "m-create": Use(
        "m-create",
        f"create {PROPERTY}",
        "/docs/metadata_index/create",
        made,
        declare_metadata,
        has_the_metadata,
        has_no_metadata,
        timeout_s=METADATA_TIMEOUT_S,
    ),
    "m-list in a refresh": Use(
        "m-list",
        f"list the metadata indexes of {INDEX}",
        "/docs/metadata_index/list",
        made_with_metadata,
        read_it,
        is_read_as_it_is,
        has_the_metadata,
    ),
    "m-list after a creation": Use(
        "m-list",
        f"list the metadata indexes of {INDEX}",
        "/docs/metadata_index/list",
        made,
        declare_metadata,
        has_the_metadata,
        is_there,
        skip=1,
    ),
    "m-delete": Use(
        "m-delete",
        f"delete {PROPERTY}",
        "/docs/metadata_index/delete",
        made_with_metadata,
        drop_metadata,
        has_no_metadata,
        has_the_metadata,
        timeout_s=METADATA_TIMEOUT_S,
    ),
}

# --- the table held against the code -----------------------------------------------------------------------------------------


def text_of(use_name: str, fault: str, error: str, api: Api) -> str:
    """Return the exact text of an error, except the ray id."""
    use, method = USES[use_name], ROUTES[USES[use_name].on][1]
    indexes = f"/accounts/{api.account_id}/vectorize/v2/indexes"
    place, base_url = f"{method} {indexes}{use.tail}", api.base_url
    text = f"cannot {use.action}: {FAULTS[fault][1]}".format(place=place, base_url=base_url)
    around = AROUND.get(use_name if error.endswith("DeadlineError") else error, "{text}")
    if error.startswith("half-done "):
        around = f'cannot update every metadata index of index "docs": {around}'
    return around.format(text=text, fact=re.sub(r"\)\. [A-Z].*", ")", text), indexes=indexes, base_url=base_url)


def test_every_route_every_use_and_every_fault_has_its_rows():
    methods = {name for name in vars(Client) if not name.startswith("_") and callable(getattr(Client, name))}
    assert {method for method, _, _ in ROUTES.values()} == methods - {"connect", "notice"}  # which send nothing
    assert {use.on for use in USES.values()} == set(ROUTES)
    assert [row[:2] for row in TABLE] == [(use, fault) for use in USES for fault in FAULTS]


@pytest.mark.parametrize(
    ("use_name", "fault", "times", "expected"),
    [
        pytest.param(use, fault, times, expected, id=f"{use}-{fault}-{'once' if times == ONCE else 'for good'}")
        for use, fault, once, for_good in TABLE
        for times, expected in ((ONCE, once), (FOR_GOOD, for_good))
    ],
)
def test_what_comes_of_a_fault_is_this_table(account, use_name, fault, times, expected):
    """Behaviors 4, 7, 12, 19, 25, 26, 27: and the next run, without the fault, ends where one without any fault would have."""
    asked, outcome = expected.split(": ")
    use = USES[use_name]
    state = use.before(account)
    operation = account.run(use.timeout_s)
    account.spoil(use.on, fault, times, use.skip)
    result, error = run(use.act, operation, account, state)
    account.mend()
    assert (account.asked(), outcome_of(error)) == (asked, outcome)
    if error:
        assert re.sub(r"ray [^\s)]+", "ray …", str(error)) == text_of(use_name, fault, outcome, account.api)
        use.failed(account)
        result = next_run(use, account, state, error)
    use.done(account, result)


def outcome_of(error: VectorizeError | None) -> str:
    """Name an error; one that leaves a change half-done is named with its cause."""
    if isinstance(error, PartialResultError) and "createdOn" in error.outputs and error.outputs["createdOn"]:
        return f"half-done {type(error.__cause__).__name__}"
    return type(error).__name__ if error else "ok"


def run(act: Callable[..., Any], *arguments: Any) -> tuple[Any, VectorizeError | None]:
    try:
        return act(*arguments), None
    except VectorizeError as error:
        return None, error


def next_run(use: Use, account: Account, state: Any, error: VectorizeError) -> Any:
    """Go on as the engine does: from the half that a creation has saved, else with the same once more."""
    if outcome_of(error).startswith("half-done "):
        return use.act(account.run(), account, error.outputs)
    if isinstance(error, PartialResultError):
        return finish(account.run(), account, error.outputs)
    return use.act(account.run(), account, state)
