"""tools/mutants.py: what it makes of mutmut's results. The run itself is what `make mutants` does."""

import json
from pathlib import Path

import pytest
from mutmut.configuration import config, reset_config

from tools import mutants


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(mutants, "WORK", tmp_path)
    monkeypatch.setattr(mutants, "copy", lambda: None)
    monkeypatch.setattr(mutants, "run", lambda patterns: None)

    def store(module, *codes):
        path = tmp_path / "mutants" / mutants.PACKAGE / f"{module}.meta"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"exit_code_by_key": {f"{module}__{i}": code for i, code in enumerate(codes)}}))

    return store


@pytest.mark.parametrize(("killed", "code"), [(9, 0), (8, 1)])
def test_fewer_than_nine_in_ten_fail_the_run(results, capsys, killed, code):
    results("lifecycle/diff.py", *[1] * killed, *[0] * (10 - killed))
    assert mutants.main() == code
    assert f"| all | 10 | {killed} | {10 - killed} |" in capsys.readouterr().out


def test_a_mutant_that_no_test_reaches_or_that_took_too_long_is_alive_and_one_that_was_not_run_does_not_count(
    results, capsys
):
    results("naming.py", 1, 36, 33, 0, None)
    results("declared.py", None)
    mutants.main()
    shown = capsys.readouterr().out
    assert [line for line in shown.splitlines() if line.startswith("survived")] == [
        f"survived: naming.py__{number}" for number in (1, 2, 3)
    ]
    assert "| `naming.py` | 4 | 1 | 3 |\n| all | 4 | 1 | 3 |" in shown


def test_a_pattern_that_fits_nothing_is_an_error(results, capsys):
    results("naming.py", None)
    assert mutants.main() == 1
    assert "no name matches the patterns" in capsys.readouterr().err


def test_the_configuration_names_files_that_are_there(monkeypatch):
    monkeypatch.chdir(mutants.REPO)
    reset_config()
    assert config().source_paths == [Path(mutants.PACKAGE)]
    for pattern in config().only_mutate:
        assert list((mutants.REPO / "provider").glob(pattern)), pattern
    for path in config().pytest_add_cli_args_test_selection:
        assert (mutants.REPO / path).exists(), path
