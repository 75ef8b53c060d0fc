"""What Pulumi offers and a dynamic provider cannot do is refused or reported in one line, and never ignored in silence."""

from __future__ import annotations

import pytest

from tests.e2e.harness import ACCOUNT, Emulator, Stack

pytestmark = pytest.mark.e2e

INDEX = "vectorize.VectorizeIndex('docs', name='docs', config={'dimensions': 64, 'metric': 'cosine'}, opts=OPTS)"
METADATA = (
    "vectorize.VectorizeMetadataIndex('tenant', index_name='docs', property_name='a', index_type='string', opts=OPTS)"
)
PROVIDER = f"""
explicit = pulumi.ProviderResource("pulumi-python", "explicit", {{"accountId": "{ACCOUNT}"}})
"""
COMPONENT = """
class Search(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("acme:index:Search", "search", None, pulumi.ResourceOptions(providers=[explicit]))


search = Search()
"""


@pytest.mark.parametrize("resource", [INDEX, METADATA], ids=["index", "metadata index"])
@pytest.mark.parametrize(
    ("before", "opts", "error"),
    [
        (
            PROVIDER,
            "provider=explicit",
            "with an explicit provider of pulumi-python: its configuration would have no effect",
        ),
        (PROVIDER, "providers=[explicit]", "with an explicit provider of pulumi-python"),
        (PROVIDER + COMPONENT, "parent=search", "with an explicit provider of pulumi-python"),
        ("", "import_='docs'", "with import_: a dynamic provider cannot import. Set adopt=True"),
    ],
    ids=["provider", "providers", "inherited", "import"],
)
def test_an_option_that_would_have_no_effect_is_refused(
    stack: Stack, emulator: Emulator, resource: str, before: str, opts: str, error: str
):
    stack.program(before + "\n" + resource.replace("OPTS", f"pulumi.ResourceOptions({opts})"))
    failed = stack.run("preview", code=1)
    assert "Traceback" not in failed.text
    assert error in failed.errors[0]
    assert emulator.requests() == []


def test_autonaming_has_no_effect_and_says_so(stack: Stack, emulator: Emulator):
    stack.run("config", "set", "--path", "pulumi:autonaming.mode", "verbatim")
    stack.program(
        INDEX.replace("OPTS", "None")
        + "\n"
        + INDEX.replace("name='docs', ", "").replace("'docs'", "'notes'", 1).replace("OPTS", "None")
    )
    warning = 'pulumi:autonaming has no effect on the index of "notes": set name to choose the name yourself'
    assert [line for line in stack.up().warnings if "autonaming" in line] == [warning]
    assert "docs" in emulator.indexes()
