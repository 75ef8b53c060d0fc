"""Comments, docstrings and documents cite only files of this repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
# A path of a Markdown file, or the name of a collection of notes that is no file at all, such as `api-notes, part 2` or `notes §3`.
_PATH = re.compile(r"(?<![\w/:.-])((?:[\w.-]+/)*[\w-]+\.md)\b")
# The first page of the documentation site, which tools/docs.py makes of README.md.
_MADE = {"index.md"}
_SECTION = re.compile(r"[\w-]+,? (?:§|part \d)")


def tracked(*suffixes: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = (ROOT / line for line in listed.splitlines() if line.endswith(suffixes))
    return [path for path in files if "golden" not in path.parts and path.exists()]


def dead_citations(path: Path, text: str) -> list[str]:
    found = [
        name
        for name in _PATH.findall(text)
        if name not in _MADE
        and not any(
            (base / name).exists()
            for base in (ROOT, path.parent, *(ROOT / "docs" / folder for folder in ("", "internals", "reference")))
        )
    ]
    return found + (_SECTION.findall(text) if path.suffix == ".py" else [])


def test_source_cites_only_files_of_this_repository():
    sources = [path for path in tracked(".py") if path != Path(__file__) and "tests" not in path.parts]
    dead = {str(path.relative_to(ROOT)): found for path in sources if (found := dead_citations(path, path.read_text()))}
    assert dead == {}


def test_a_citation_of_another_place_is_found():
    for text in ("see docs/gone.md", "(notes §3)", "(measured, part 1)"):
        assert dead_citations(ROOT / "source.py", text)
    assert (
        dead_citations(ROOT / "source.py", "docs/internals/api-notes.md and README.md, and https://example.com/a.md")
        == []
    )
