"""pulumi-vectorize adopt: what it prints, and how it refuses."""

import json
import sys

import pytest
import yaml
from pulumi.dynamic.dynamic import serialize_provider

pytest.importorskip("typer", reason="the command needs the extra `cli`")

from pulumi_cloudflare_vectorize import adoption
from pulumi_cloudflare_vectorize.cli import main
from pulumi_cloudflare_vectorize.dynamic import IndexProvider
from tests.unit.fakes import ACCOUNT_ID, INDEXES, Reply, declared, live, metadata


@pytest.fixture
def run(transport, api, monkeypatch, capsys):
    """Run the command against the scripted API, and return its exit code and streams."""
    monkeypatch.setattr(adoption, "Transport", lambda _: transport)
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
    assert out.startswith('    "docs":\n')  # as in the stack's file, under `vectorize-indexes:indexes:`
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


def test_an_import_file_for_the_plugin_holds_ids_and_needs_no_metadata_indexes(run, api):
    api.reply(Reply(result=[live("docs"), live("notes"), live("other")]))
    _, out, err = run("--format", "import", "--provider", "plugin", "docs", "notes")
    assert json.loads(out)["resources"] == [
        {"type": "vectorize:index:VectorizeIndex", "name": name, "id": f"{ACCOUNT_ID}/{name}"}
        for name in ("docs", "notes")
    ]
    assert (api.asked, err) == ([f"GET {INDEXES}"], "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nope-*"], 'no index matches "nope-*": the account contains 1 indexes\n'),
        (["dosc"], 'no index matches "dosc": the account contains 1 indexes. Similar names: docs\n'),
        (["--account-id", "x"], "must be 32 lower-case hexadecimal digits"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_code_2(run, api, arguments, complaint):
    api.reply(Reply(result=[live("docs")]))
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert complaint in err


def test_an_account_is_needed(run, api, monkeypatch):
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID")
    assert run() == (2, "", "error: no Cloudflare account ID. Set --account-id or CLOUDFLARE_ACCOUNT_ID\n")
    assert api.asked == []


@pytest.mark.parametrize(
    "text", ["on", "null", "1e3", "0o17", "0x10", "~", "2026-01-01", "a: b", " x ", "\u2028", "é\n"]
)
def test_every_text_from_outside_is_quoted(run, api, text):
    api.reply(Reply(result=[live("docs", description=text)]), metadata(**{text: "string"}))
    out = run()[1]
    assert yaml.safe_load(out)["docs"]["description"] == text
    assert yaml.safe_load(out)["docs"]["metadataIndexes"] == {text: "string"}
    assert out.startswith('    "docs":\n      name: "docs"\n')
    assert 'description: "' in out


@pytest.mark.parametrize("form", ["yaml", "import"])
def test_what_was_read_before_an_error_is_printed_and_the_rest_can_follow(run, api, form, monkeypatch):
    monkeypatch.setattr(adoption, "_PARALLEL", 1)
    indexes = [live(name) for name in ("a1", "b2", "c3")]
    api.reply(Reply(result=indexes), metadata(), metadata(), *[Reply(403, code=10000, message="no")] * 8)
    code, out, err = run("--format", form)
    assert code == 2
    assert "error: read 2 of 3 indexes: cannot list the metadata indexes" in err
    assert err.endswith("Continue with --after b2\n")
    assert ("b2" in out, "c3" in out) == (True, False)
    json.loads(out) if form == "import" else yaml.safe_load(out)

    api.script.clear()
    api.reply(Reply(result=indexes), metadata())
    code, out, err = run("--format", form, "--after", "b2")
    assert (code, err, "c3" in out, "b2" in out) == (0, "", True, False)


def test_many_indexes_are_paced_and_their_progress_is_shown(run, api, transport):
    names = [f"docs-{number:04}" for number in range(1_200)]
    api.reply(Reply(result=[live(name) for name in names]), *[metadata()] * len(names))
    began_s = transport.clock.now()
    code, out, err = run()
    assert code == 0
    assert list(yaml.safe_load(out)) == names
    assert transport.clock.now() - began_s >= 600.0
    assert err.splitlines()[0] == "read 100 of 1,200 indexes"
