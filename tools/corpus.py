"""Preview and review the golden corpus again with the real engine. Show the differences (`--check`), or store them (`--write`).

Arguments are names of scenarios or cases. Without arguments, all are made, which takes about seven minutes. `--front-end` makes the
part of one provider. `--reviews` only reviews the stored previews again, which takes two seconds.
"""

from __future__ import annotations

import argparse
import difflib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO))

from tests.corpus.making import make  # noqa: E402 -- found by the line above
from tests.corpus.programs import FRONT_ENDS, FrontEnd  # noqa: E402 -- as above
from tests.corpus.scenarios import SCENARIOS, Scenario  # noqa: E402 -- as above
from tests.corpus.stored import reviews_of_stored  # noqa: E402 -- as above


def main() -> int:
    """Run the command. The exit code is 1 if something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="show the differences (default)")
    how.add_argument("--write", action="store_true", help="store the differences in the corpus")
    parser.add_argument("--reviews", action="store_true", help="review the stored previews again, without the engine")
    parser.add_argument("--front-end", choices=[front_end.name for front_end in FRONT_ENDS], help="default: both")
    parser.add_argument("names", nargs="*", help="scenarios or cases")
    arguments = parser.parse_args()
    for variable in list(os.environ):
        if variable.startswith(("CLOUDFLARE_", "PULUMI_")):
            del os.environ[variable]
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        differing = sorted(set(_differing(arguments, Path(temporary))))
    print(
        f"{len(differing)} files of the corpus differ"
        + (". They were written" if arguments.write and differing else "")
    )
    return 1 if differing and not arguments.write else 0


def _differing(arguments: argparse.Namespace, temporary: Path) -> Iterator[str]:
    for front_end in FRONT_ENDS:
        if arguments.front_end in (None, front_end.name):
            for scenario in SCENARIOS:
                yield from _differing_of(scenario, front_end, arguments, temporary / front_end.name / scenario.name)


def _differing_of(
    scenario: Scenario, front_end: FrontEnd, arguments: argparse.Namespace, folder: Path
) -> Iterator[str]:
    wanted = {
        case.name
        for case in scenario.cases_of(front_end)
        if {case.name, scenario.name} & set(arguments.names) or not arguments.names
    }
    if not wanted:
        return
    made, work = folder / "golden", folder / "work"
    work.mkdir(parents=True)
    names = reviews_of_stored(scenario, front_end, made) if arguments.reviews else make(scenario, front_end, work, made)
    for name in names:
        if name in wanted:
            yield from _compared(made / name, front_end.golden / name, is_written=arguments.write)
    shutil.rmtree(work)


def _compared(made: Path, golden: Path, *, is_written: bool) -> Iterator[str]:
    print(f"{golden.parent.name}/{golden.name}:", end=" ", flush=True)
    files = {path.name for folder in (made, golden) for path in folder.glob("*")}
    found = [name for name in sorted(files) if _content(made / name) != _content(golden / name)]
    print(", ".join(found) or "unchanged")
    for name in found:
        if not name.endswith(".gz"):
            before, after = (_content(folder / name).decode().splitlines() for folder in (golden, made))
            print(
                "\n".join(
                    difflib.unified_diff(
                        before, after, f"{golden.parent.name}/{golden.name}/{name}", "made", lineterm="", n=1
                    )
                )
            )
    if found and is_written:
        shutil.rmtree(golden, ignore_errors=True)
        shutil.copytree(made, golden)
    yield from (f"{golden.parent.name}/{golden.name}/{name}" for name in found)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


if __name__ == "__main__":
    sys.exit(main())
