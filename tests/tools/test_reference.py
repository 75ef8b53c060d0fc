"""docs/reference/ and docs/guides/troubleshooting.md contain what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from pulumi_cloudflare_vectorize.api.hints import BY_CODE, BY_STATUS, BY_TEXT, SERVER_TROUBLE
from pulumi_cloudflare_vectorize.config_keys import PLACES
from pulumi_cloudflare_vectorize.lifecycle.terms import PYTHON
from tools import reference

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "provider" / "pulumi_cloudflare_vectorize"
TROUBLESHOOTING = (ROOT / "docs" / "guides" / "troubleshooting.md").read_text()


@pytest.mark.parametrize("name", reference.PARTS)
def test_a_generated_part_is_up_to_date(name):
    _, text, wanted = reference.generated(name)
    assert text == wanted, "run .venv/bin/python tools/reference.py --write"


def test_every_setting_is_in_the_table():
    assert set(reference.SETTINGS) == set(PLACES)


def texts_of_the_source() -> str:
    """Return all texts of the source, one per line. A value in a text is `…`, and a term is the one of a Python program."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(map(text_of, node.values)))
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found).replace("`", "")


def text_of(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    value = ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else ""
    _, is_term, name = value.rpartition("terms.")
    return PYTHON._asdict().get(name if is_term else value, "…")


def rows() -> list[str]:
    section = TROUBLESHOOTING.split("<!-- errors -->")[1].split("<!-- /errors -->")[0]
    return [line.split("|")[1].replace("`", "").strip() for line in section.strip().splitlines()[2:]]


SOURCE = texts_of_the_source()
# Words of the API, and the place of a request, are not in the source.
OF_THE_API = re.compile(
    r"\((GET|POST) … → [^)]*\)|\(a warning\)|vectorize\.[\w.]+|… has a problem:|config\.dimensions"
    "|Authentication error|Invalid request headers|Invalid access token|Missing … headers|Could not route"
)


@pytest.mark.parametrize("row", rows())
def test_an_error_in_the_guide_is_one_of_the_source(row):
    for fragment in re.split(r"…|\. |: ", OF_THE_API.sub("…", row)):
        assert fragment.strip(" ,") in SOURCE


def test_every_hint_is_in_the_guide():
    hints = {*BY_CODE.values(), *BY_STATUS.values(), *(hint for _, hint in BY_TEXT), SERVER_TROUBLE}
    plain = TROUBLESHOOTING.replace("`", "")
    assert {hint for hint in hints if hint.split(". ")[0].partition(" in vectorize:")[0][:35] not in plain} == set()
