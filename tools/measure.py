"""Print the figures of docs/internals/architecture.md: language, lines of code, and the functions that a reader opens.

The language figures count the documentation: README, docs/, and the READMEs of the emulator, the policies and the examples.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
PACKAGE = REPO / "provider" / "pulumi_cloudflare_vectorize"
MAX_WORDS = 25


def prose(text: str) -> str:
    """Return the sentences of a document: no code, tables or link targets."""
    text = re.sub(r"^(`{3,}).*?^\1`*$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"(?<=\n)\s*\|.*", "", text)
    return re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`]*`", "code", text))


def sentences(text: str) -> list[str]:
    """Return the sentences of a document. A list item, a heading and a paragraph end one."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.|#+) )|\n(?=::: )", prose(text))
    return [part for block in blocks for part in re.split(r"(?<=[.!?:])\s+", " ".join(block.split())) if part]


def language(paths: list[Path]) -> dict[str, float]:
    """Count words per 1,000 in some documents, and sentences over 25 words in percent."""
    text = "\n\n".join(prose(path.read_text()) for path in paths)
    words = len(re.findall(r"[A-Za-z']+", text))
    found = [part for path in paths for part in sentences(path.read_text())]
    return {
        "words": words,
        "semicolons": 1000 * text.count(";") / words,
        "you": 1000 * len(re.findall(r"\byou(?:r|rs)?\b", text, re.IGNORECASE)) / words,
        "tell, say": 1000 * len(re.findall(r"\b(?:tells?|told|says?|said)\b", text, re.IGNORECASE)) / words,
        "long sentences, %": 100 * sum(len(part.split()) > MAX_WORDS for part in found) / len(found),
    }


def code_lines(folder: Path) -> int:
    """Count lines of Python that are neither empty nor only a comment."""
    files = (path for path in folder.rglob("*.py") if "golden" not in path.parts and "venv" not in path.parts)
    lines = (line.strip() for path in files for line in path.read_text().splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


def stops(function: str = "review_source") -> int:
    """Count the functions of this package that a reader opens to follow a review, in the order of the calls, each once."""
    defined: dict[str, tuple[str, ast.FunctionDef]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and name.startswith(("review.", "cli.")):
                defined.setdefault(node.name, (name, node))
    seen: list[str] = []

    def visit(called: str) -> None:
        if called in defined and called not in seen and not called.startswith("_"):
            seen.append(called)
            for inner in called_in(defined[called][1]):
                visit(inner)

    visit(function)
    return len(seen)


def called_in(node: ast.FunctionDef) -> Iterator[str]:
    """Yield the names that a function calls."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            target = inner.func
            yield (
                target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""
            )


def main() -> int:
    """Print every figure."""
    guides = [REPO / "README.md", *sorted((REPO / "docs" / "guides").glob("*.md"))]
    documents = [
        *guides,
        *sorted((REPO / "docs").glob("reference/*.md")),
        *sorted((REPO / "docs").glob("internals/*.md")),
        *sorted((REPO / "examples").glob("*/README.md")),
        REPO / "emulator" / "README.md",
        REPO / "policies" / "vectorize" / "README.md",
    ]
    others = [Path(argument) for argument in sys.argv[1:]]
    rows = [("README and guides", guides), ("all documents", documents)]
    rows += [(folder.name, sorted(folder.rglob("*.md"))) for folder in others]
    for name, paths in rows:
        print(name, {key: round(value, 1) for key, value in language(paths).items()})
    print("lines:", {name: code_lines(REPO / name) for name in ("provider", "emulator", "tools", "tests")})
    print("public functions to follow a review:", stops())
    return 0


if __name__ == "__main__":
    sys.exit(main())
