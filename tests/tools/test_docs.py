"""`make docs` builds the site in strict mode, and a dead link fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import docs

ROOT = Path(__file__).parents[2]

pytest.importorskip("mkdocs", reason="is installed on Python 3.11 or newer")


@pytest.mark.slow
def test_the_site_builds_in_strict_mode():
    built = subprocess.run([sys.executable, "tools/docs.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "VectorizeIndex" in (ROOT / ".docs" / "site" / "reference" / "resources" / "index.html").read_text()


PAGES = {docs.REPO / "README.md": Path("index.md"), docs.REPO / "emulator" / "README.md": Path("emulator/README.md")}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[emulator](emulator/README.md#settings)", "[emulator](emulator/README.md#settings)"),
        ("[emulator](emulator)", "[emulator](emulator/README.md)"),
        ("[license](LICENSE)", "`license`"),
        ("[web](https://example.com)", "[web](https://example.com)"),
        ("```sh\n[a](b)\n```", "```sh\n[a](b)\n```"),
    ],
)
def test_a_link_leads_to_a_page_or_is_text(link, expected):
    assert docs.with_links(link, docs.REPO / "README.md", PAGES) == expected


def test_a_dead_link_fails():
    with pytest.raises(FileNotFoundError, match=r"README\.md links to gone\.md, which does not exist"):
        docs.with_links("[x](gone.md)", docs.REPO / "README.md", PAGES)
