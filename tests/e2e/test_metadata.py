"""Metadata indexes, lookups and adoption, by the real engine."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml

from tests.e2e.harness import PULUMI, TOKEN, Emulator, Stack, index

pytestmark = pytest.mark.e2e

ALONE = 'vectorize.VectorizeMetadataIndex("price", index_name=docs.name, property_name="price", index_type="{}")\n'


def test_metadata_indexes_are_created_changed_one_by_one_and_stay_without_a_change(stack: Stack, emulator: Emulator):
    """Behaviors 21 to 24."""
    stack.declare(name="docs", metadata_indexes={"tenant": "string", "year": "number"})
    stack.up()
    assert emulator.metadata() == {"tenant": "string", "year": "number"}
    stack.run("preview", "--expect-no-changes")
    emulator.forget()
    stack.declare(name="docs", metadata_indexes={"tenant": "boolean", "year": "number", "new": "string"})
    step = stack.preview().step()
    assert (step["op"], step["diffReasons"]) == ("update", ["metadataIndexes"])
    stack.up()
    assert emulator.metadata() == {"tenant": "boolean", "year": "number", "new": "string"}
    assert sorted(emulator.mutations()) == [
        "POST indexes/docs/metadata_index/create",
        "POST indexes/docs/metadata_index/create",
        "POST indexes/docs/metadata_index/delete",
    ]
    stack.run("refresh", "--preview-only", "--expect-no-changes")
    stack.destroy()
    assert emulator.indexes() == {}


def test_a_metadata_index_that_vanished_is_shown_by_refresh_and_made_again(stack: Stack, emulator: Emulator):
    """Behavior 14, for metadata indexes."""
    stack.declare(name="docs", metadata_indexes={"tenant": "string"})
    stack.up()
    emulator.change_metadata("delete", "docs", propertyName="tenant")
    assert emulator.metadata() == {}
    stack.refresh()
    assert stack.preview().ops == {"docs": "update"}
    stack.up()
    assert emulator.metadata() == {"tenant": "string"}


@pytest.mark.parametrize("name", ["docs", None])
def test_a_metadata_index_of_its_own_follows_a_replaced_index(stack: Stack, emulator: Emulator, name: str | None):
    given = {"name": name} if name else {}
    stack.program(index(64, **given) + ALONE.format("number"))
    stack.up()
    stack.run("preview", "--expect-no-changes")
    stack.program(index(96, **given) + ALONE.format("number"))
    stack.up()
    (live,) = emulator.indexes()
    assert emulator.get(live)["config"]["dimensions"] == 96
    assert emulator.metadata(live) == {"price": "number"}
    stack.run("preview", "--expect-no-changes")
    stack.run("refresh", "--preview-only", "--expect-no-changes")
    stack.program(index(96, **given) + ALONE.format("string"))
    assert stack.preview().step("price")["replaceReasons"] == ["indexType"]
    stack.up()
    assert emulator.metadata(live) == {"price": "string"}
    stack.destroy()
    assert emulator.indexes() == {}


def test_the_same_property_inline_and_alone_is_refused_in_preview(stack: Stack, emulator: Emulator):
    stack.program(index(name="docs", metadata_indexes={"price": "number"}) + ALONE.format("number"))
    assert "is declared by two resources" in stack.run("preview", code=1).error
    assert emulator.requests() == []


def test_a_review_of_a_replacement_tells_the_number_of_vectors(stack: Stack, emulator: Emulator):
    stack.declare(64, name="docs")
    stack.up()
    emulator.fill("docs", 123_456)
    stack.declare(96, name="docs")
    said = 'index "docs" will be replaced (config.dimensions): it contains 123,456 vectors, and the new one is empty'
    assert stack.run("preview").warnings == [said]
    emulator.fault(method="GET", path="info", status=403, code=10000, message="Authentication error")
    assert "the vector count could not be read: cannot count" in stack.run("preview").warnings[0]


def test_look_ups_work_at_the_top_of_a_program_and_a_missing_index_is_a_clear_error(stack: Stack, emulator: Emulator):
    emulator.create("theirs", 96)
    emulator.fill("theirs", 12)
    stack.program(
        """
        pulumi.export("dimensions", vectorize.get_index("theirs").dimensions)
        pulumi.export("names", [found.name for found in vectorize.list_indexes()])
        pulumi.export("vectors", vectorize.get_index_info_output(pulumi.Output.from_input("theirs")).vector_count)
        """
    )
    stack.up()
    assert stack.outputs() == {"dimensions": 96, "names": ["theirs"], "vectors": 12}
    stack.program('vectorize.get_index("missing")')
    failed = stack.run("preview", code=1)
    assert failed.errors[0].startswith('cannot look up index "missing": it does not exist in account')
    assert "Traceback" not in failed.text


def test_a_function_waits_for_an_index_that_the_same_program_creates_or_replaces(stack: Stack, emulator: Emulator):
    """By a generated name, and by an explicit one, whose old index still exists while the replacement is previewed."""
    for number, name in enumerate(("None", "'docs'")):
        for dimensions in (64, 96):
            stack.program(
                f"""
                shape = {{"dimensions": {dimensions}, "metric": "cosine"}}
                docs = vectorize.VectorizeIndex("docs-{number}", name={name}, config=shape)
                found = vectorize.get_index_output(docs.name)
                pulumi.export("dimensions", found.dimensions)
                pulumi.export("vectors", vectorize.get_index_info_output(docs.name, account_id=docs.account_id).vector_count)
                """
            )
            preview = stack.run("preview")
            assert "error" not in preview.text
            assert f"dimensions: {dimensions}" not in preview.text
            stack.up()
            assert stack.outputs() == {"dimensions": dimensions, "vectors": 0}
            stack.run("preview", "--expect-no-changes")


@pytest.mark.parametrize("program", ["vectorize.get_index_output('missing')", "vectorize.list_indexes()"])
def test_the_error_of_a_function_is_one_line(stack: Stack, emulator: Emulator, program: str):
    emulator.fault(method="GET", path="indexes", status=403, code=10000, message="Authentication error", count=99)
    stack.program(program)
    failed = stack.run("preview", code=1)
    assert "Traceback" not in failed.text
    assert "Authentication error" in failed.errors[0]


@pytest.mark.parametrize("form", ["yaml", "import"])
def test_existing_indexes_are_put_under_pulumis_care_and_then_show_no_change(
    stack: Stack, emulator: Emulator, form: str
):
    emulator.create("docs", 64, "euclidean", "text")
    emulator.change_metadata("create", "docs", propertyName="tenant", indexType="string")
    before = emulator.indexes()
    command = [sys.executable, "-c", "from pulumi_cloudflare_vectorize.cli.main import main; main()"]
    printed = subprocess.run(
        [*command, "adopt", "docs", "--format", form],
        env=stack.env | {"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    shape = {"dimensions": 64, "metric": "euclidean"}
    declared = {"name": "docs", "config": shape, "description": "text", "metadata_indexes": {"tenant": "string"}}
    if form == "yaml":
        entry = yaml.safe_load(printed)["docs"]
        assert entry.pop("metadataIndexes") == declared["metadata_indexes"]
        stack.declare(**entry, metadata_indexes={"tenant": "string"})
        stack.up()
    else:
        (stack.project / "import.json").write_text(printed)
        assert json.loads(printed)["resources"][0]["id"] == "docs"
        stack.declare(**declared)
        stack.run("import", "--yes", "--file", "import.json", "--generate-code=false", "--protect=false")
        stack.up()
    stack.run("preview", "--expect-no-changes")
    stack.run("refresh", "--preview-only", "--expect-no-changes")
    assert emulator.indexes() == before


def test_an_import_file_of_the_plugin_brings_metadata_indexes_and_then_shows_no_change(
    stack: Stack, emulator: Emulator
):
    emulator.create("docs", 64, "euclidean", "text")
    emulator.change_metadata("create", "docs", propertyName="tenant", indexType="string")
    before = emulator.indexes()
    command = [
        sys.executable,
        "-m",
        "pulumi_cloudflare_vectorize",
        "adopt",
        "--format",
        "import",
        "--provider",
        "plugin",
    ]
    printed = subprocess.run(command, env=stack.env, capture_output=True, text=True, check=True).stdout
    (stack.project / "import.json").write_text(printed)
    stack.yaml({})
    shown = stack.run("import", "--yes", "--file", "import.json", "--protect=false").text
    assert "tenant: string" in shown  # in the code that Pulumi generates
    shape = {"dimensions": 64, "metric": "euclidean"}
    declared = {"name": "docs", "config": shape, "description": "text", "metadataIndexes": {"tenant": "string"}}
    stack.yaml({"docs": {"properties": declared}})
    stack.run("preview", "--expect-no-changes")
    stack.run("refresh", "--preview-only", "--expect-no-changes")
    assert emulator.indexes() == before


def test_adopt_refuses_in_one_line_what_it_cannot_use(stack: Stack, emulator: Emulator):
    command = [sys.executable, "-c", "from pulumi_cloudflare_vectorize.cli.main import main; main()", "adopt"]
    for arguments, env, said in (
        (["nope-*"], stack.env, 'no index matches "nope-*": the account contains 0 indexes'),
        ([], stack.env | {"CLOUDFLARE_ACCOUNT_ID": ""}, "no Cloudflare account ID. Set --account-id"),
        ([], {}, "no Cloudflare credentials"),
    ):
        run = subprocess.run(
            [*command, *arguments], env=env | {"PATH": ""}, capture_output=True, text=True, check=False
        )
        assert run.returncode == 2
        assert said in run.stderr
        assert len(run.stderr.splitlines()) == 1
        assert TOKEN not in run.stderr


def test_an_interrupt_ends_a_wait_at_once_and_the_next_up_goes_on(stack: Stack, emulator: Emulator):
    """Behaviors 7 and 26."""
    emulator.pause()
    stack.declare(name="docs", metadata_indexes={"tenant": "string"})
    engine = subprocess.Popen(
        [PULUMI, "up", "--yes", "--skip-preview", "--non-interactive"],
        cwd=stack.project,
        env={**os.environ, **stack.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 30
    while "POST indexes/docs/metadata_index/create" not in emulator.requests():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    engine.send_signal(signal.SIGINT)
    output, _ = engine.communicate(timeout=20)
    assert "stopped: the run was canceled" in output
    emulator.resume()
    stack.up()
    assert emulator.metadata() == {"tenant": "string"}
    assert list(emulator.indexes()) == ["docs"]
    stack.run("preview", "--expect-no-changes")
