"""Makes the golden corpus: real previews by the real engine, freed of everything that differs from run to run, and their reviews.

A case is a folder: `preview.json`, `preview.jsonl` or `plan.json` as the engine wrote it (`.gz` when large), `account.json` with
the indexes of the account and their vector counts, and the review as `review.md` and `review.json`.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_TEXT

from tests.corpus.programs import FrontEnd
from tests.corpus.scenarios import Case, Place, Scenario
from tests.corpus.stored import NAMES, stored_account, write_review
from tests.e2e.harness import EMAIL, INDEX_TYPE, KEY, ROOT, TOKEN, Emulator, Stack, make_template, new_stack
from vectorize_emulator.server import Emulator as EmulatorThread
from vectorize_emulator.settings import RuntimeSettings, Settings

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_UUID = re.compile(r"(^|::)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_RAY = re.compile(r"ray [0-9a-f]{16}")
_DROPPED = frozenset(
    {"sourcePosition", "stackTrace", "duration", "durationSeconds", "timestamp", "sequence", "seed", "manifest"}
)
_UNORDERED = frozenset({"diffReasons", "replaceReasons", "diffs", "keys"})


def make(scenario: Scenario, front_end: FrontEnd, directory: Path, into: Path) -> Iterator[str]:
    """Make every case of a scenario under `into`, and yield their names.

    Args:
        scenario: what to make.
        front_end: which provider.
        directory: where engine and emulator keep their files; empty.
        into: the folder of the corpus.
    """
    with _stack(directory) as (stack, emulator):
        place = Place(stack, emulator, front_end)
        place.write(scenario.program)
        stack.up("--parallel", "32")
        scenario.prepare(place)
        for name, count in scenario.vectors.items():
            emulator.fill(_index_name(stack, name), count)
        for case in scenario.cases_of(front_end):
            case.meddle(place)
            place.write(scenario.program if case.program is None else case.program)
            folder = into / case.name
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            _store(folder, case, normalised(_previewed(place, case), case, stack.directory))
            _store_account(folder, emulator)
            with stored_account(folder):
                write_review(folder, case)
            yield case.name


def _store(folder: Path, case: Case, text: str) -> None:
    name = NAMES[case.form]
    if case.is_large:
        (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    else:
        (folder / name).write_text(text)


def _store_account(folder: Path, emulator: Emulator) -> None:
    """Store each index on a line of its own, with its vector count and without the time of day."""
    lines = [
        f"{json.dumps(name)}: {json.dumps([_timeless(index), emulator.vectors(name)])}"
        for name, index in sorted(emulator.indexes().items())
    ]
    if lines:
        (folder / "account.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _timeless(index: dict[str, Any]) -> dict[str, Any]:
    return {**index, "created_on": "2026-01-01T00:00:00Z", "modified_on": "2026-01-01T00:00:00Z"}


@contextmanager
def _stack(directory: Path) -> Iterator[tuple[Stack, Emulator]]:
    make_template(directory / "template")
    data_dir = directory / "emulator"
    data_dir.mkdir()
    with EmulatorThread(
        Settings(
            data_dir=data_dir,
            port=0,
            tokens=(TOKEN,),
            keys=((EMAIL, KEY),),
            runtime=RuntimeSettings(rate_limit=100_000),
        )
    ) as thread:
        yield new_stack(directory / "stack", directory / "template", thread.base_url), Emulator(thread.base_url)


def _index_name(stack: Stack, name: str) -> str:
    return next((item["id"] for item in stack.state() if item["urn"].endswith(f"::{name}")), name)


def _previewed(place: Place, case: Case) -> str:
    stack = place.stack
    plan = stack.directory / "plan.json"
    more = ("--save-plan", str(plan)) if case.form == "plan" else ()
    stack.env["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true" if case.form == "events" else "false"
    command = [part.replace(INDEX_TYPE, place.front_end.index_type) for part in case.command]
    run = stack.run(*command, "--json", *more, code=None)
    return plan.read_text() if case.form == "plan" else run.stdout


def normalised(text: str, case: Case, directory: Path) -> str:
    """Take out of a preview whatever shows when and where it was made, and put into order what the engine leaves unordered."""
    times: dict[str, str] = {}

    def plain(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: plain(item, name) for name, item in value.items() if name not in _DROPPED}
        if isinstance(value, list):
            items = [plain(item) for item in value]
            return sorted(items) if key in _UNORDERED else items
        return _plain_text(value, times, directory) if isinstance(value, str) else value

    if case.form != "events":
        document = json.loads(text)
        document.get("diagnostics", []).sort(key=lambda item: (not item.get("urn"), item.get("urn", "")))
        document.get("steps", []).sort(key=lambda step: step["urn"])
        return json.dumps(plain(document), indent=1, ensure_ascii=True) + "\n"
    events = [json.loads(line) for line in text.splitlines()]
    told = [event for event in events if event.get("diagnosticEvent", {}).get("severity") != "debug"]
    return "".join(json.dumps(plain(event), ensure_ascii=True) + "\n" for event in sorted(told, key=_place))


def _place(event: dict[str, Any]) -> tuple[int, str]:
    """Return what events are sorted by: the engine orders those of one resource only."""
    kinds = ("preludeEvent", "resource", "res", "diagnosticEvent", "summaryEvent", "cancelEvent")
    rank = next(number for number, kind in enumerate(kinds) if any(key.startswith(kind) for key in event))
    about = next(
        (value["metadata"]["urn"] for value in event.values() if isinstance(value, dict) and "metadata" in value), ""
    )
    return (1 if about else rank), about


def _plain_text(text: str, times: dict[str, str], directory: Path) -> str:
    text = _TIME.sub(lambda found: times.setdefault(found[0], f"2026-01-01T00:00:{len(times):02}Z"), text)
    text = _RAY.sub("ray 0000000000000000", text)
    text = text if text == UNKNOWN_TEXT else _UUID.sub(r"\g<1>00000000-0000-0000-0000-000000000000", text)
    text = re.sub(r'File "[^"]*/(site-packages|python3\.\d+)/', 'File "<python>/', text)
    text = re.sub(r"\n *[~^]+(?=\n)", "", text)  # Python 3.11 and later mark the place
    text = re.sub(r"line \d+", "line 1", text) if "<python>" in text else text
    return text.replace(str(directory), "<dir>").replace(str(ROOT), "<repository>")
