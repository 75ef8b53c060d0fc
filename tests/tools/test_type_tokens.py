"""Every type token that a file of this repository names is one of the table in `resource_types`."""

import re
import subprocess
from pathlib import Path

from pulumi_cloudflare_vectorize.resource_types import RESOURCE_TYPES

ROOT = Path(__file__).parents[2]
TOKEN = re.compile(r"\b(?:pulumi-python:dynamic/vectorize|vectorize:index):Vectorize\w+")
TABLE = {token for row in RESOURCE_TYPES for token in (row.dynamic, row.plugin)}


def files():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    names = [
        name for name in listed.stdout.decode().split("\0") if name and not name.startswith("tests/corpus/golden/")
    ]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def tokens_in(path):
    return set(TOKEN.findall(path.read_text(errors="replace")))


def test_no_file_names_another_token():
    assert {str(path.relative_to(ROOT)): wrong for path in files() if (wrong := tokens_in(path) - TABLE)} == {}
