"""Run mutation tests of the core: make one small change of the code at a time, and check that a test fails.

The working copy in `.mutants/` contains the package and its tests in the layout that mutmut expects. `[tool.mutmut]` in
pyproject.toml lists the mutated files and the tests. The command prints the survivors and a table. It fails if fewer than
`MIN_KILLED` of the mutants are killed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
WORK = REPO / ".mutants"
PACKAGE = "pulumi_cloudflare_vectorize"
COPIES = {REPO / "provider" / PACKAGE: WORK / PACKAGE, REPO / "tests" / "unit": WORK / "tests" / "unit"}
MIN_KILLED = 0.9
# Test processes that run in parallel.
CHILDREN = 2
# mutmut's exit codes of a killed mutant: a test failed. Every other code counts as alive: a survivor, a mutant that no test
# reaches, and a timeout or a crash, because a busy machine can cause both. None is a mutant that was not run.
KILLED = (1, 3)


@dataclass(frozen=True)
class Module:
    """The results of the mutants of one module."""

    name: str
    codes: dict[str, int | None]

    @property
    def alive(self) -> list[str]:
        """The mutants that no test killed."""
        return [name for name, code in self.codes.items() if code not in KILLED]


def copy() -> None:
    """Make a new working copy."""
    shutil.rmtree(WORK, ignore_errors=True)
    for source, target in COPIES.items():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(REPO / "pyproject.toml", WORK)


def run(patterns: list[str]) -> None:
    """Run the mutants whose names match a pattern, or all."""
    mutmut = Path(sys.executable).with_name("mutmut")
    subprocess.run([str(mutmut), "run", "--max-children", str(CHILDREN), *patterns], cwd=WORK, check=True)


def read_results() -> Iterator[Module]:
    """Read the results of mutmut, without mutants that were not run."""
    for path in sorted((WORK / "mutants").rglob("*.py.meta")):
        codes = json.loads(path.read_text())["exit_code_by_key"]
        ran = {name: code for name, code in codes.items() if code is not None}
        if ran:
            yield Module(str(path.relative_to(WORK / "mutants" / PACKAGE)).removesuffix(".meta"), ran)


def report(modules: list[Module]) -> float:
    """Print the survivors and the table, and return the fraction of killed mutants."""
    for name in sorted(name for module in modules for name in module.alive):
        print(f"survived: {name}")
    total: Counter[str] = Counter()
    print("\n| module | mutants | killed | survived |\n| --- | --- | --- | --- |")
    for module in modules:
        row = Counter(mutants=len(module.codes), survived=len(module.alive))
        total += row
        print(f"| `{module.name}` | {row['mutants']} | {row['mutants'] - row['survived']} | {row['survived']} |")
    killed = total["mutants"] - total["survived"]
    print(f"| all | {total['mutants']} | {killed} | {total['survived']} |")
    return killed / total["mutants"]


def main() -> int:
    """Copy, run and report."""
    copy()
    run(sys.argv[1:])
    modules = list(read_results())
    if not modules:
        print("error: no mutant was run: no name matches the patterns", file=sys.stderr)
        return 1
    part = report(modules)
    print(
        f"\n{part:.1%} killed, at least {MIN_KILLED:.0%} required. To show a mutant: cd .mutants && ../.venv/bin/mutmut show NAME"
    )
    return 0 if part >= MIN_KILLED else 1


if __name__ == "__main__":
    sys.exit(main())
