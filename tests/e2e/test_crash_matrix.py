"""The crash matrix: the engine and the provider are killed at every request of every operation, and `pulumi up` runs again.

The cells are not listed here: a clean run of each operation records its requests, and the test kills at every one of them.
docs/internals/crash-matrix.md lists what the next `up` sends. A run with WRITE_CRASH_MATRIX=1 writes its tables.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import ROOT, TOKEN, Emulator, Stack, index, new_stack, processes_in, wait_for
from tests.e2e.stopping_proxy import Phase, Stop, StoppingProxy
from vectorize_emulator.server import Emulator as EmulatorThread
from vectorize_emulator.settings import RuntimeSettings, Settings

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="finds the engine's orphans through /proc"),
]

PAGE = ROOT / "docs" / "internals" / "crash-matrix.md"
# Two cells at a time, because an engine mostly waits for its Python processes.
SIDE_BY_SIDE = 2
KILLS = 3  # at one moment, until one of them leaves a readable state
# Another index of the same stack, with vectors that no operation may delete.
BESIDE = index(resource="beside", name="beside")
BESIDE_VECTORS = 7
# The vector count of the operation's own index, if it is in the state. Set before the operation, or after the crash.
OWN_VECTORS = 5


@dataclass(frozen=True)
class Operation:
    """One operation: the program before it, and the program whose `up` is killed. `filled` names the indexes with vectors."""

    before: str
    after: str
    filled: tuple[str, ...] = ()


OPERATIONS = {
    "create, generated name": Operation("", index(metadata_indexes={"tenant": "string"})),
    "create, explicit name, adopt": Operation("", index(name="docs", adopt=True)),
    "replace, generated name: create first": Operation(index(64), index(96)),
    "replace, explicit name: delete first": Operation(index(64, name="docs"), index(96, name="docs")),
    "update: metadata indexes added, removed and retyped": Operation(
        index(name="docs", metadata_indexes={"price": "string", "tenant": "string", "year": "number"}),
        index(name="docs", metadata_indexes={"price": "number", "public": "boolean", "year": "number"}),
        filled=("docs",),
    ),
    "delete": Operation(index(name="docs"), ""),
}


@dataclass(frozen=True)
class World:
    """What an operation may change: the account, and the state of the stack without times."""

    indexes: dict[str, Any]
    metadata: dict[str, dict[str, str]]
    state: list[dict[str, Any]]

    @classmethod
    def of(cls, stack: Stack, emulator: Emulator) -> World:
        """Read both. Every index in the state must be the one in the account, by its creation time."""
        live = emulator.indexes()
        for item in stack.state():
            outputs = item["outputs"]
            assert outputs["createdOn"] == live[item["id"]]["created_on"], f"the state means another {item['id']}"
        indexes = {
            name: {"config": found["config"], "description": found["description"]} for name, found in live.items()
        }
        state = sorted(map(_timeless, stack.state()), key=itemgetter("urn", "id"))
        return cls(indexes, {name: emulator.metadata(name) for name in live}, state)


def _timeless(item: dict[str, Any]) -> dict[str, Any]:
    kept = {key: item[key] for key in item.keys() - {"created", "modified", "sourcePosition", "stackTrace", "outputs"}}
    outputs = {key: value for key, value in item["outputs"].items() if key not in {"createdOn", "modifiedOn"}}
    return {**kept, "outputs": outputs}


@dataclass(frozen=True)
class Crashes:
    """One operation, and what its cells share: the stack and the account before it, its requests, and its result."""

    operation: Operation
    directory: Path
    requests: list[str]
    clean: World

    @classmethod
    def prepare(cls, operation: Operation, template: Path, directory: Path) -> Crashes:
        """Create the stack and the account as they are before the operation, and record one run without a crash."""
        (directory / "account").mkdir(parents=True)
        with _emulator(directory / "account") as emulator:
            stack = new_stack(directory / "stack", template, emulator.base_url)
            stack.program(BESIDE + operation.before)
            stack.up()
            emulator.fill("beside", BESIDE_VECTORS)
            for name in operation.filled:
                emulator.fill(name, OWN_VECTORS)
        with _copied(directory, "clean", operation.after) as (stack, emulator):
            return cls(operation, directory, _up(stack, emulator), World.of(stack, emulator))

    @property
    def stops(self) -> list[Stop]:
        """Every moment of a kill. After a response and before the next request is one moment."""
        phases = [Stop(number, phase) for number in range(len(self.requests)) for phase in (Phase.BEFORE, Phase.WORKED)]
        return [*phases, Stop(len(self.requests) - 1, Phase.ANSWERED)]

    def crash(self, stop: Stop) -> list[str]:
        """Kill the operation at a moment, run `up` again, check the result, and return the requests that `up` sent.

        A kill while the engine writes its state loses the state, whatever the provider does. Such a kill is repeated.
        """
        for _ in range(KILLS):
            with _copied(self.directory, f"{stop.number}-{stop.phase.name}", self.operation.after) as (stack, emulator):
                self._kill(stack, emulator, stop)
                if _is_json(stack.state_file):
                    return self._finish(stack, emulator)
        pytest.fail(f"the engine was writing its state at each of {KILLS} kills")

    def _finish(self, stack: Stack, emulator: Emulator) -> list[str]:
        if stack.is_locked:
            stack.cancel()
        filled = self._fill(stack, emulator)
        requests = _up(stack, emulator)
        assert World.of(stack, emulator) == self.clean
        assert {name: emulator.vectors(name) for name in filled} == filled
        assert stack.pending_operations() in ([], ["creating"])  # the engine keeps it until a refresh clears it
        stack.run("preview", "--expect-no-changes")
        return requests

    def _kill(self, stack: Stack, emulator: Emulator, stop: Stop) -> None:
        with StoppingProxy(emulator, self.requests, stop) as proxy:
            stack.env["CLOUDFLARE_BASE_URL"] = proxy.base_url
            stack.kill_during(
                "up",
                "--yes",
                "--skip-preview",
                engine_once=lambda: (
                    proxy.reached.is_set() and (stop.phase is not Phase.ANSWERED or not stack.pending_operations())
                ),
                rest_once=lambda: True,
            )
            wait_for(lambda: not processes_in(stack.directory), "the end of the killed processes")
            done = stop.number + (stop.phase is not Phase.BEFORE)
            assert proxy.requests == self.requests[:done]

    def _fill(self, stack: Stack, emulator: Emulator) -> dict[str, int]:
        """Fill every index that stays and is in the state, and return the vector count that each must keep.

        An index that is not in the state yet is adopted only if it was never written to, unless `adopt` is set.
        """
        live, owned = emulator.indexes(), {(item["id"], item["outputs"].get("createdOn")) for item in stack.state()}
        adopts = "adopt=True" in self.operation.after
        staying = [
            name
            for name, declared in self.clean.indexes.items()
            if name in live
            and live[name]["config"] == declared["config"]
            and (adopts or (name, live[name]["created_on"]) in owned)
        ]
        for name in set(staying) - {"beside"}:
            emulator.fill(name, OWN_VECTORS)
        return {name: BESIDE_VECTORS if name == "beside" else OWN_VECTORS for name in staying}


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return True


@contextmanager
def _copied(directory: Path, name: str, program: str) -> Iterator[tuple[Stack, Emulator]]:
    """Copy the stack and the account that `prepare` made, with another program."""
    cell = directory / name
    shutil.copytree(directory / "account", cell / "account")
    with _emulator(cell / "account") as emulator:
        stack = new_stack(cell / "stack", directory / "stack", emulator.base_url)
        stack.program(BESIDE + program)
        yield stack, emulator
    shutil.rmtree(cell)


@contextmanager
def _emulator(data_dir: Path) -> Iterator[Emulator]:
    settings = Settings(data_dir=data_dir, port=0, tokens=(TOKEN,), runtime=RuntimeSettings(visibility_delay_ms=0))
    with EmulatorThread(settings) as thread:
        yield Emulator(thread.base_url)


def _up(stack: Stack, emulator: Emulator) -> list[str]:
    """Run `up`, and return the requests that it sent."""
    with StoppingProxy(emulator) as proxy:
        stack.env["CLOUDFLARE_BASE_URL"] = proxy.base_url
        stack.up()
        return proxy.requests


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_that_is_killed_at_any_request_is_finished_by_the_next_up(
    name: str, template: Path, tmp_path: Path, subtests: pytest.Subtests
):
    """Behaviors 7, 16, 29: the result is the declared state. No index exists twice, and no vector is lost."""
    crashes = Crashes.prepare(OPERATIONS[name], template, tmp_path)
    assert crashes.requests
    sent: dict[Stop, list[str]] = {}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        cells = {stop: pool.submit(crashes.crash, stop) for stop in crashes.stops}
    for stop, cell in cells.items():
        with subtests.test(request=crashes.requests[stop.number], moment=stop.phase.value):
            sent[stop] = cell.result()
    if len(sent) == len(cells):
        check_page(name, table(crashes.requests, sent))


def table(requests: list[str], sent: dict[Stop, list[str]]) -> str:
    """Return the rows of an operation: each request and moment, and what the next `up` sent."""
    lines = ["| killed at | moment | the next `pulumi up` sends |", "| --- | --- | --- |"]
    for number, request in enumerate(requests):
        is_last = number == len(requests) - 1
        answered = Stop(number, Phase.ANSWERED) if is_last else Stop(number + 1, Phase.BEFORE)
        moments = (Stop(number, Phase.BEFORE), Stop(number, Phase.WORKED), answered)
        for stop, phase in zip(moments, Phase, strict=True):
            said = "all of it" if sent[stop] == requests else ", ".join(f"`{line}`" for line in sent[stop]) or "nothing"
            lines.append(f"| {number + 1}. `{request}` | {phase.value} | {said} |")
    return "\n".join(lines)


def check_page(name: str, rows: str) -> None:
    """Compare the rows of an operation with the page, or write them with WRITE_CRASH_MATRIX=1."""
    block = re.compile(rf"(?<=<!-- {re.escape(name)} -->\n).*?(?=\n<!-- / -->)", re.DOTALL)
    text = PAGE.read_text()
    (written,) = block.findall(text)
    if os.environ.get("WRITE_CRASH_MATRIX"):
        PAGE.write_text(block.sub(lambda _: rows, text))
        return
    assert written == rows, "run the test with WRITE_CRASH_MATRIX=1, and check the difference"


def test_the_page_has_a_section_for_every_operation_and_no_other():
    assert re.findall(r"<!-- (.+) -->\n\|", PAGE.read_text()) == list(OPERATIONS)
