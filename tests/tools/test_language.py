"""Plain English: words that this project avoids, and short sentences in README and guides."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Word → what to write instead.
AVOIDED = {
    r"some(body|one else)|nobody|whoever": "Pulumi, the provider, or you",
    r"in vain|anew|beside|goes along|gives up|but for": "plain words",
    r"behind (its|our|Pulumi's|Git's) back": "outside Pulumi",
    r"time-outs?": "timeout",
    r"look-ups?": "lookup",
    r"e-mails?": "email",
    r"behaviours?|licences?|colours?|cancelled|recognised|capitalised|catalogues?": "US spelling",
    r"taken over|left over|made anew|half a creation": "adopted, left behind, recreated, partially created",
    r"front end \d|doors|rooms": "layers, importers",
    r"tells|told": "returns, reports, shows",
}
PROSE = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "examples/*/README.md",
        "emulator/README.md",
        "provider/README.md",
        "policies/*/README.md",
        "sdk/README.md",
    )
    for path in ROOT.glob(pattern)
)
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
SOURCE = sorted(
    path
    for folder in ("provider", "emulator", "tools", "benchmarks", "examples", "policies", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if not {"venv", "fixtures"} & set(path.parts) and path != Path(__file__)
)
# Programs at the root, and settings, scripts and pipelines that a reader opens.
ROOT_PROGRAMS = sorted(ROOT.glob("*.py"))
SCRIPTS = sorted(
    path
    for pattern in (
        "Makefile",
        "*.yaml",
        "*.toml",
        ".ci/run",
        "examples/**/*.yaml",
        "examples/**/*.js",
        "examples/gitops/scripts/*.sh",
        "examples/gitops/.github/workflows/*.yml",
        "examples/gitops/.gitlab-ci.yml",
    )
    for path in ROOT.glob(pattern)
    if ".venv" not in path.parts
)
MAX_WORDS = 25


def prose(path: Path) -> str:
    """Return the sentences of a document: no code blocks, tables, inline code or link targets."""
    text = re.sub(r"^(`{3,}).*?^\1`*$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"(?<=\n)\s*\|.*", "", text)
    text = re.sub(r"`[^`]*`", "code", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


def comments(path: Path) -> str:
    """Return the comments and the docstrings of a module, or the comments and the descriptions of another file."""
    text = path.read_text()
    if path.suffix != ".py":
        return "\n".join(re.findall(r"(?:#|//|description:) (.*(?:\n {6}\S.*)*)", text))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = [ast.get_docstring(node) or "" for node in ast.walk(ast.parse(text)) if isinstance(node, documented)]
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "\n".join([*docstrings, *(token.string for token in tokens if token.type == tokenize.COMMENT)])


def sentences(path: Path) -> list[str]:
    """Return the sentences of a document. A list item, a heading and a paragraph end one."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.|#+) )|\n(?=::: )", prose(path))
    return [part for block in blocks for part in re.split(r"(?<=[.!?:])\s+", " ".join(block.split())) if part]


@pytest.mark.parametrize(
    "path", [*PROSE, *SOURCE, *ROOT_PROGRAMS, *SCRIPTS], ids=lambda path: str(path.relative_to(ROOT))
)
def test_avoided_words_do_not_occur(path):
    text = prose(path) if path.suffix == ".md" else re.sub(r"`[^`]*`", "", comments(path))
    found = {match[0]: instead for word, instead in AVOIDED.items() for match in re.finditer(rf"\b({word})\b", text)}
    assert found == {}


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_a_guide_has_short_sentences_without_semicolons(path):
    assert ";" not in prose(path)
    found = sentences(path)
    long = [sentence for sentence in found if len(sentence.split()) > MAX_WORDS]
    assert len(long) <= 0.05 * len(found), long


def test_comments_and_descriptions_of_a_settings_file_are_found(tmp_path):
    path = tmp_path / "Pulumi.yaml"
    path.write_text("# first\nname: x # second\ndescription: third\n    description: >-\n      fourth\n      fifth\n")
    assert comments(path).split() == ["first", "second", "third", ">-", "fourth", "fifth"]


def test_a_long_sentence_is_found(tmp_path):
    path = tmp_path / "guide.md"
    path.write_text(f"# Title\n\nShort one. {'word ' * 30}end.\n\n- item\n")
    assert [len(sentence.split()) for sentence in sentences(path)] == [2, 2, 31, 2]
