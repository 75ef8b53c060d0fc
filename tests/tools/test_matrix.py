"""tools/matrix.py: the pins and the interpreter of each row. The rows themselves are what `make matrix` runs."""

import sys

import pytest

from tools import matrix

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A machine with no Python but ours, which is of another version."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))

    def put(path, code):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\nexit {code}\n")
        file.chmod(0o755)
        return file

    return put


def test_there_is_a_row_for_each_python_one_for_the_oldest_sdk_and_one_for_the_lowest_versions():
    assert [row.name for row in matrix.ROWS] == [
        "python 3.10",
        "python 3.11",
        "python 3.12",
        "python 3.13",
        "sdk 3.200.0",
        "lowest versions",
    ]


def test_an_ordinary_row_has_the_pins_of_the_repository():
    assert matrix.write_constraints(matrix.ROWS[0]) == matrix.CONSTRAINTS.read_text()


def test_the_oldest_sdk_has_its_own_protobuf():
    pins = matrix.write_constraints(matrix.ROWS[-2]).splitlines()
    assert [pin for pin in pins if pin.startswith("pulumi")] == ["pulumi==3.200.0"]
    assert not any(pin.startswith("protobuf") for pin in pins)
    assert any(pin.startswith("pytest==") for pin in pins)


def test_the_lowest_versions_are_the_lower_bounds_of_every_direct_dependency():
    pins = dict(pin.split("==") for pin in matrix.write_constraints(matrix.ROWS[-1]).splitlines())
    assert list(pins) == ["pulumi", "pydantic", "requests", "tenacity", "pyyaml", "rich", "typer"]
    assert (pins["pulumi"], pins["typer"]) == ("3.200", "0.19")


def test_our_own_interpreter_serves_its_version(elsewhere):
    assert str(matrix.find_python(HERE)) == sys.executable


def test_an_interpreter_on_path_is_found(elsewhere):
    python = elsewhere("bin/python3.99", 0)
    assert matrix.find_python("3.99") == python


def test_a_shim_that_stands_for_nothing_is_passed_over_for_the_newest_of_pyenv(elsewhere):
    elsewhere("bin/python3.99", 127)
    elsewhere("pyenv/versions/3.99.9/bin/python", 0)
    newest = elsewhere("pyenv/versions/3.99.10/bin/python", 0)
    assert matrix.find_python("3.99") == newest


def test_a_missing_interpreter_is_said_plainly(elsewhere):
    assert matrix.run_row(matrix.Row("python 3.99", "3.99")) == "not run: no python3.99 on PATH or under pyenv"


@pytest.mark.parametrize(
    ("results", "code"),
    [
        (["passed", "passed"], 0),
        (["passed", "not run: no python3.99"], 0),
        (["passed", "FAILED"], 1),
        (["not run: no python3.98", "not run: no python3.99"], 1),
    ],
    ids=["all-pass", "one-missing", "one-fails", "none-ran"],
)
def test_the_matrix_fails_when_a_row_fails_or_none_was_run(monkeypatch, capsys, results, code):
    rows = {matrix.Row(f"row {i}", "3.99"): result for i, result in enumerate(results)}
    monkeypatch.setattr(matrix, "ROWS", tuple(rows))
    monkeypatch.setattr(matrix, "run_row", rows.get)
    assert matrix.main() == code
    printed = capsys.readouterr().out
    assert all(result in printed for result in results)
