"""The README is true: its blocks run, its tables agree with the code."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.emulator.helpers import README, running
from vectorize_emulator.cli import _parser
from vectorize_emulator.errors import CATALOG
from vectorize_emulator.routes import CONTROL
from vectorize_emulator.settings import RuntimeSettings

pytest_plugins = ["pytester"]

ROOT = README.parents[1]
TEXT = README.read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def rows_under(heading):
    section = TEXT.partition(heading)[2].partition("\n#")[0]
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in section.splitlines()
        if line.startswith("| `")
    ]


@pytest.fixture(scope="module")
def emulator():
    with running("--visibility-delay-ms", "600000") as process:
        yield process


def here(block, emulator):
    return block.replace("http://127.0.0.1:8787", emulator.base_url.removesuffix("/client/v4"))


def test_the_shell_blocks_run(emulator):
    curl, fault = blocks("sh")
    run = ["bash", "-euo", "pipefail", "-c"]
    first = subprocess.run([*run, here(curl, emulator)], capture_output=True, text=True, check=True).stdout
    assert '"success":false' not in first
    assert first.endswith(
        '{"result":{"count":1,"matches":[{"id":"b","score":0.0,"metadata":{"lang":"de"}}]},"success":true,"errors":[],"messages":[]}\n'
    )
    second = subprocess.run([*run, here(fault, emulator)], capture_output=True, text=True, check=True).stdout
    assert second == '{"added":1}\n'
    emulator.api().control("DELETE", "/faults")


def test_the_python_block_runs(emulator, capsys):
    program, _ = blocks("python")
    names = {}
    exec(here(program, emulator), names)  # noqa: S102 - the point: it must run as printed
    names["client"].close()
    assert "'articles'" in capsys.readouterr().out


def test_the_pytest_block_passes(pytester):
    _, test = blocks("python")
    pytester.makepyfile(test)
    pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_every_guess_is_listed_and_nothing_else():
    listed = {
        row[0].strip("`"): (row[1], row[2], set(row[3].split(", ")), row[4])
        for row in rows_under("Errors whose status")
    }
    assert listed == {
        kind.name: (str(kind.status), str(kind.code), set(kind.assumed), kind.text)
        for kind in CATALOG.values()
        if kind.assumed
    }


def test_every_setting_is_listed_with_its_default():
    listed = {row[0].strip("`"): row[1].strip("`") for row in rows_under("### Settings")}
    assert listed == {
        name: f"{getattr(RuntimeSettings(), name):g}"
        if isinstance(getattr(RuntimeSettings(), name), float)
        else str(getattr(RuntimeSettings(), name))
        for name in RuntimeSettings.__dataclass_fields__
    }


def test_every_flag_is_listed():
    listed = set(re.findall(r"--[a-z-]+", TEXT))
    serve = _parser()._subparsers._group_actions[0].choices["serve"]
    flags = {flag for action in serve._actions for flag in action.option_strings if flag.startswith("--")}
    settings = {f"--{name.replace('_', '-')}" for name in RuntimeSettings.__dataclass_fields__}
    assert flags - settings - {"--help"} <= listed
    assert settings <= flags


def test_every_instrument_is_listed():
    listed = set(re.findall(r"`(GET|POST|PATCH|DELETE) (/_emulator[^`]*)`", TEXT))
    served = {
        (method, route.path.replace(":account}", "}").replace("{index_name}", "{name}"))
        for route in CONTROL
        for method in route.methods - {"HEAD"}
    }
    assert listed == served


def test_the_hint_is_a_curl_line_that_works_when_pasted():
    with running("--hint") as process:
        page, _, pasted = [process.process.stdout.readline() for _ in range(3)]
        assert page.startswith("Indexes and requests: http://127.0.0.1:")
        answer = subprocess.run(["bash", "-c", pasted], capture_output=True, text=True, check=True).stdout
        assert answer == '{"result":[],"success":true,"errors":[],"messages":[]}\n'


def test_make_emulator_prints_that_hint():
    shown = subprocess.run(["make", "-n", "emulator"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "vectorize-emulator serve --port 8787 --data-dir .emulator --hint" in shown
