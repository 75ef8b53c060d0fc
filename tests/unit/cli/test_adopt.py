"""pulumi-vectorize adopt: what it prints, and how it refuses."""

import json
import sys

import pytest
import yaml
from pulumi.dynamic.dynamic import serialize_provider

pytest.importorskip("typer", reason="the command needs the extra `cli`")

from pulumi_cloudflare_vectorize.cli import adopt, main
from pulumi_cloudflare_vectorize.dynamic import IndexProvider
from tests.unit.fakes import ACCOUNT_ID, INDEXES, Reply, declared, live, metadata


@pytest.fixture
def run(transport, api, monkeypatch, capsys):
    """Run the command against the scripted API, and return its exit code and streams."""
    monkeypatch.setattr(adopt, "Transport", lambda _: transport)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", ACCOUNT_ID)

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["pulumi-vectorize", "adopt", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.main()
        return ended.value.code, *capsys.readouterr()

    return command


def test_yaml_holds_the_entries_of_a_stack_that_adopts(run, api):
    api.reply(Reply(result=[live("docs", description="text"), live("other")]), metadata(tenant="string"))
    code, out, _ = run("docs")
    assert code == 0
    assert yaml.safe_load(out) == {
        "docs": {
            "name": "docs",
            "config": {"dimensions": 768, "metric": "cosine"},
            "description": "text",
            "metadataIndexes": {"tenant": "string"},
            "adopt": True,
        }
    }
    assert api.asked == [f"GET {INDEXES}", f"GET {INDEXES}/docs/metadata_index/list"]


def test_an_entry_says_no_more_than_it_has_to(run, api):
    api.reply(Reply(result=[live("docs")]), metadata())
    assert set(yaml.safe_load(run()[1])["docs"]) == {"name", "config", "adopt"}


def test_an_import_file_holds_canonical_inputs_and_outputs(run, api):
    api.reply(Reply(result=[live("docs")]), metadata())
    _, out, _ = run("--format", "import")
    (resource,) = json.loads(out)["resources"]
    key = {"__provider": serialize_provider(IndexProvider())}
    assert resource["type"] == "pulumi-python:dynamic/vectorize:VectorizeIndex"
    assert (resource["name"], resource["id"]) == ("docs", "docs")
    assert resource["inputs"] == {**declared(), **key}
    assert resource["outputs"].items() >= {**declared(), **key, "createdOn": live()["created_on"]}.items()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nope-*"], 'no index matches "nope-*"; the account holds docs'),
        (["--account-id", "x"], "must be 32 lower-case hexadecimal digits"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_code_2(run, api, arguments, complaint):
    api.reply(Reply(result=[live("docs")]))
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert complaint in err
