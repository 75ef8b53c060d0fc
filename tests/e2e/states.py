"""The states that releases have left behind (tests/fixtures/states): makes this release's, and the account that belongs to one.

`python -m tests.e2e.states` writes this release's again.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pulumi_cloudflare_vectorize._version import __version__
from tests.e2e.harness import INDEX_TYPE, ROOT, TOKEN, Emulator, Stack, make_template, new_stack
from vectorize_emulator.server import Emulator as EmulatorThread
from vectorize_emulator.settings import RuntimeSettings, Settings

HOME = ROOT / "tests" / "fixtures" / "states"
PROGRAMS = sorted((HOME / "programs").glob("*.py"))
# What shows of the machine on which a state was made, and is no part of what a resource is.
OF_THE_MACHINE = ("stackTrace", "sourcePosition")


def _hand_made(emulator: Emulator) -> None:
    emulator.create("made-by-hand")
    emulator.change_metadata("create", "made-by-hand", propertyName="tenant", indexType="string")
    emulator.change_metadata("create", "made-by-hand", propertyName="language", indexType="string")


def _nobody_tells(emulator: Emulator) -> None:
    emulator.fault(method="POST", drop_answer=True)
    emulator.fault(method="GET", path="indexes/docs", status=500, count=99)


def _no_metadata_indexes(emulator: Emulator) -> None:
    emulator.fault(method="POST", path="metadata_index/create", status=400, code=40003, count=99)


# How the account is before a program first runs, where it is not just empty.
BEFORE: dict[str, Callable[[Emulator], None]] = {
    "adopted": _hand_made,
    "looked-up": _hand_made,
    "half-created": _nobody_tells,
    "half-created-metadata": _no_metadata_indexes,
}


def make(program: Path, stack: Stack, emulator: Emulator) -> dict[str, Any]:
    """Run a program in an empty stack, and return what `pulumi stack export` then gives, cleaned of the machine."""
    BEFORE.get(program.stem, lambda _: None)(emulator)
    (stack.project / "__main__.py").write_text(program.read_text())
    stack.up(code=1 if is_half(program.stem) else 0)
    document: dict[str, Any] = json.loads(stack.run("stack", "export").stdout)
    for resource in document["deployment"]["resources"]:
        for key in OF_THE_MACHINE:
            resource.pop(key, None)
    return document


def is_half(name: str) -> bool:
    """Whether a program's first run ended with a partial creation."""
    return name.startswith("half-")


def restore(document: dict[str, Any], emulator: Emulator) -> None:
    """Bring about the account that a state was exported with."""
    for resource in document["deployment"]["resources"]:
        outputs = resource.get("outputs", {})
        if resource["type"] == INDEX_TYPE:
            _restore_index(outputs, emulator)
        elif "propertyName" in outputs:
            _restore_metadata(outputs["indexName"], {outputs["propertyName"]: outputs["indexType"]}, emulator)


def _restore_index(outputs: dict[str, Any], emulator: Emulator) -> None:
    name = outputs["name"]
    emulator.create(name, config=outputs["config"], description=outputs["description"])
    if outputs["createdOn"]:
        emulator.set_created_on(name, outputs["createdOn"])
    held = {} if not outputs["createdOn"] else {**outputs["metadataIndexes"], **outputs["unmanagedMetadataIndexes"]}
    _restore_metadata(name, held, emulator)


def _restore_metadata(index_name: str, types: dict[str, str], emulator: Emulator) -> None:
    for name, type_ in types.items():
        emulator.change_metadata("create", index_name, propertyName=name, indexType=type_)


def main() -> None:
    """Write this release's states."""
    folder = HOME / __version__
    folder.mkdir(exist_ok=True)
    for program in PROGRAMS:
        with ExitStack() as opened:
            directory = Path(opened.enter_context(tempfile.TemporaryDirectory()))
            (directory / "account").mkdir()
            settings = Settings(
                directory / "account", port=0, tokens=(TOKEN,), runtime=RuntimeSettings(visibility_delay_ms=0)
            )
            emulator = Emulator(opened.enter_context(EmulatorThread(settings)).base_url)
            make_template(directory / "template")
            document = make(
                program, new_stack(directory / "stack", directory / "template", emulator.base_url), emulator
            )
        text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
        (folder / f"{program.stem}.json").write_text(f"{text}\n")


if __name__ == "__main__":
    main()
