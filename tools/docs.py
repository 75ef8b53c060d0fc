"""Build the documentation site in .docs/site: collect the pages, rewrite their links, and run mkdocs in strict mode.

A link to a file of the repository that is not a page becomes plain text. A link to a file that does not exist is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
PAGES = REPO / ".docs" / "pages"
# A link to a file: text, path, and anchor. Web addresses and anchors in the same page have other forms.
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")
FENCE = re.compile(r"^(`{3,}).*?^\1\s*$", re.DOTALL | re.MULTILINE)


def sources() -> dict[Path, Path]:
    """Return the pages of the site: file of the repository → page."""
    found = {path: path.relative_to(REPO / "docs") for path in (REPO / "docs").rglob("*.md")}
    outside = [
        REPO / "CONTRIBUTING.md",
        REPO / "CHANGELOG.md",
        REPO / "emulator" / "README.md",
        REPO / "policies" / "vectorize" / "README.md",
        *sorted((REPO / "examples").glob("*/README.md")),
    ]
    found |= {path: path.relative_to(REPO) for path in outside}
    return {REPO / "README.md": Path("index.md"), **found}


def page_of(target: Path, pages: dict[Path, Path]) -> Path | None:
    """Return the page of a file, or of the README in a folder."""
    return pages.get(target) or pages.get(target / "README.md")


def with_links(text: str, source: Path, pages: dict[Path, Path]) -> str:
    """Rewrite the links of a file to pages.

    Raises:
        FileNotFoundError: the target of a link does not exist.
    """

    def replace(match: re.Match[str]) -> str:
        label, path, anchor = match[1], match[2], match[3] or ""
        target = (source.parent / path).resolve()
        if not target.exists():
            raise FileNotFoundError(f"{source.relative_to(REPO)} links to {path}, which does not exist")
        page = page_of(target, pages)
        if page is None:
            return label if "`" in label or "badge" in label else f"`{label}`"
        return f"[{label}]({os.path.relpath(page, pages[source].parent)}{anchor})"

    # Code blocks stay as they are.
    parts, end = [], 0
    for fence in FENCE.finditer(text):
        parts += [LINK.sub(replace, text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, LINK.sub(replace, text[end:])])


def without_badges(text: str) -> str:
    """Remove the badges, because their images come from another host."""
    return re.sub(r"^\[!\[.*\n", "", text, flags=re.MULTILINE)


def main() -> int:
    """Build the site."""
    shutil.rmtree(PAGES.parent, ignore_errors=True)
    pages = sources()
    try:
        for source, page in pages.items():
            target = PAGES / page
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(with_links(without_badges(source.read_text()), source, pages))
    except FileNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--config-file",
        str(REPO / "mkdocs.yml"),
    ]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    code = subprocess.run(command, cwd=REPO, env=env, check=False).returncode
    if code == 0:
        print("the site is in .docs/site: open .docs/site/index.html")
    return code


if __name__ == "__main__":
    sys.exit(main())
