"""The plugin on the real engine: YAML programs, import, explicit providers, and stacks that move between the two front ends."""

from __future__ import annotations

import re

import pytest

from tests.e2e.harness import (
    ACCOUNT,
    INDEX_TYPE,
    OTHER_ACCOUNT,
    OTHER_TOKEN,
    PLUGIN_INDEX_TYPE,
    PLUGIN_METADATA_INDEX_TYPE,
    TOKEN,
    index,
)

SHAPE = {"dimensions": 64, "metric": "cosine"}
DOCS = {"docs": {"properties": {"name": "docs", "config": SHAPE}}}
ANY_NAME = {"docs": {"properties": {"config": SHAPE}}}


def docs(name: str | None = "docs", options: dict | None = None, **properties):
    """Return the resources of a program with one index."""
    named = {"name": name} if name else {}
    resource = {"properties": {"config": SHAPE, **named, **properties}}
    return {"docs": {**resource, "options": options} if options else resource}


def tenant(**properties):
    """Return the resource of a separate metadata index of `docs`."""
    declared = {"indexName": "${docs.name}", "propertyName": "tenant", "indexType": "string", **properties}
    return {"tenant": {"type": PLUGIN_METADATA_INDEX_TYPE, "properties": declared}}


def kinds(step) -> dict[str, str]:
    """Return the detailed diff of a step: property path → kind."""
    return {path: entry["kind"] for path, entry in (step["detailedDiff"] or {}).items()}


# --- a whole life ---


def test_an_index_lives_through_a_yaml_program(stack, emulator):
    outputs = {"outputs": {"name": "${docs.name}", "dimensions": "${docs.dimensions}"}}
    stack.yaml(docs(None), **outputs)
    preview = stack.preview()
    assert preview.ops["docs"] == "create"
    up = stack.up()
    assert "using pulumi-resource-vectorize from" not in up.text
    name = stack.outputs()["name"]
    assert name in emulator.indexes()
    assert stack.preview().changes == {}
    stack.yaml(docs(None, metadataIndexes={"tenant": "string"}, forceDestroy=True), **outputs)
    assert kinds(stack.preview().step()) == {"metadataIndexes.tenant": "add", "forceDestroy": "add"}
    stack.up()
    assert emulator.metadata(name) == {"tenant": "string"}
    stack.yaml(docs(None, description="new", metadataIndexes={"tenant": "string"}, forceDestroy=True), **outputs)
    step = stack.preview().step()
    assert kinds(step)["description"] == "add-replace"
    emulator.forget()
    stack.up()
    assert emulator.mutations()[0] == "POST indexes", "created first"
    assert list(emulator.indexes()) == [stack.outputs()["name"]] != [name]
    assert "no changes" in stack.refresh().text or stack.preview().changes == {}
    stack.destroy()
    assert emulator.indexes() == {}


def test_an_index_with_an_explicit_name_is_deleted_first(stack, emulator):
    stack.yaml(docs())
    stack.up()
    stack.yaml(docs(config={"dimensions": 32, "metric": "cosine"}))
    assert kinds(stack.preview().step())["config.dimensions"] == "update-replace"
    emulator.forget()
    stack.up()
    assert emulator.mutations() == ["DELETE indexes/docs", "POST indexes"]


def test_the_preview_knows_the_name_and_the_shape(stack):
    known = "${docs.name} ${docs.dimensions} ${docs.metric}"
    stack.yaml(docs(), outputs={"known": known, "later": "${docs.createdOn}"})
    text = stack.run("preview").text
    assert "docs 64 cosine" in text
    assert "[unknown]" in text


# --- data ---


def test_vectors_are_neither_deleted_nor_replaced_without_consent(stack, emulator):
    stack.yaml(docs())
    stack.up()
    emulator.fill("docs", 5)
    stack.yaml(docs(description="new"))
    error = stack.up(code=None).error
    assert 'cannot delete index "docs": it contains 5 vectors' in error
    assert "forceDestroy: true" in error
    assert "force_destroy" not in error
    stack.yaml(docs())
    assert stack.preview().changes == {}
    assert "it contains 5 vectors" in stack.destroy(code=None).error
    stack.yaml(docs(forceDestroy=True))
    stack.up()
    stack.destroy()
    assert emulator.indexes() == {}


def test_vectors_stop_a_replacement_with_another_name_before_anything_is_created(stack, emulator):
    stack.yaml(docs(None))
    stack.up()
    (name,) = emulator.indexes()
    emulator.fill(name, 7)
    stack.yaml(docs(None, description="new"))
    assert "it contains 7 vectors, and the new index would be empty" in stack.up(code=None).error
    assert list(emulator.indexes()) == [name]
    assert stack.ids() == [name]


def test_a_replacement_of_the_engine_keeps_the_index(stack, emulator):
    stack.yaml(docs(None))
    stack.up()
    (name,) = emulator.indexes()
    emulator.fill(name, 7)
    up = stack.up("--replace", stack.resource()["urn"], code=None)
    assert emulator.vectors(name) == 7, up.text


# --- partial creations, timeouts ---


def test_a_partial_creation_is_stored_and_completed_by_the_next_run(stack, emulator):
    options = {"customTimeouts": {"create": "3s"}}
    stack.yaml(docs(options=options, metadataIndexes={"tenant": "string"}))
    emulator.pause()
    failed = stack.up(code=None)
    assert failed.code != 0
    assert 'index "docs" exists, but not all of its metadata indexes were created' in failed.text
    assert stack.resource()["initErrors"]
    emulator.resume()
    assert stack.preview().ops["docs"] == "update"
    stack.up()
    assert "initErrors" not in stack.resource()
    assert emulator.metadata() == {"tenant": "string"}
    assert stack.preview().changes == {}


def test_ignored_changes_are_ignored(stack):
    stack.yaml(docs())
    stack.up()
    stack.yaml(docs(options={"ignoreChanges": ["description"]}, description="new"))
    assert stack.preview().changes == {}


def test_every_problem_of_a_declaration_is_reported_at_once(stack):
    stack.yaml(docs("Docs", config={"dimensions": 9999, "metric": "x"}))
    error = stack.up(code=None).text
    assert "config.dimensions must be 1 to 1536" in error
    assert "config.metric must be one of" in error
    assert "name must be lower-case letters" in error


# --- metadata indexes ---


def test_a_separate_metadata_index_lives_through_a_yaml_program(stack, emulator):
    stack.yaml(docs(None) | tenant())
    stack.up()
    (name,) = emulator.indexes()
    assert emulator.metadata(name) == {"tenant": "string"}
    assert stack.preview().changes == {}
    stack.yaml(docs(None) | tenant(indexType="number"))
    assert kinds(stack.preview().step("tenant")) == {"indexType": "update-replace"}
    stack.up()
    assert emulator.metadata(name) == {"tenant": "number"}
    stack.yaml(docs(None))
    stack.up()
    assert emulator.metadata(name) == {}
    stack.destroy()


# --- import ---


def test_an_imported_index_has_an_empty_preview(stack, emulator):
    emulator.create("docs", dimensions=64)
    stack.yaml({})
    stack.run(
        "import", PLUGIN_INDEX_TYPE, "docs", f"{ACCOUNT}/docs", "--generate-code=false", "--yes", "--protect=false"
    )
    stack.yaml(docs())
    assert stack.preview().changes == {}
    assert stack.resource()["id"] == "docs"
    stack.refresh()
    assert stack.preview().changes == {}


def test_an_imported_metadata_index_has_an_empty_preview(stack, emulator):
    emulator.create("docs", dimensions=64)
    emulator.change_metadata("create", "docs", propertyName="tenant", indexType="string")
    stack.yaml({})
    arguments = ("--generate-code=false", "--yes", "--protect=false")
    stack.run("import", PLUGIN_INDEX_TYPE, "docs", "docs", *arguments)
    stack.run("import", PLUGIN_METADATA_INDEX_TYPE, "tenant", "docs/tenant", *arguments)
    stack.yaml(docs() | tenant())
    preview = stack.preview()
    assert preview.ops.get("tenant") in (None, "same")


def test_an_import_generates_code(stack, emulator):
    emulator.create("docs", dimensions=64, description="of the shop")
    stack.yaml({})
    text = stack.run("import", PLUGIN_INDEX_TYPE, "docs", "docs", "--yes", "--protect=false").text
    assert "type: vectorize:index:VectorizeIndex" in text or "type: vectorize:VectorizeIndex" in text
    assert "dimensions: 64" in text
    assert "namePrefix" not in text


def test_the_import_option_of_a_program_works(stack, emulator):
    emulator.create("docs", dimensions=64)
    stack.yaml(docs(options={"import": "docs"}))
    stack.up()
    stack.yaml(docs())
    assert stack.preview().changes == {}


@pytest.mark.parametrize(
    ("type_", "id_", "text"),
    [
        (PLUGIN_INDEX_TYPE, "nope", 'cannot read index "nope": it does not exist in account'),
        (PLUGIN_METADATA_INDEX_TYPE, "docs", "the ID must be <index>/<property>"),
    ],
)
def test_an_import_that_cannot_work_explains_why(stack, type_, id_, text):
    stack.yaml({})
    run = stack.run("import", type_, "docs", id_, "--generate-code=false", "--yes", code=None)
    assert run.code != 0
    assert text in run.text


def test_a_lookup_by_id_reads_an_index_that_the_program_does_not_manage(stack, emulator):
    emulator.create("docs", dimensions=64)
    stack.yaml({"docs": {"get": {"id": "docs"}}}, outputs={"dimensions": "${docs.dimensions}"})
    stack.up()
    assert stack.outputs()["dimensions"] == 64
    stack.destroy()
    assert "docs" in emulator.indexes()


# --- functions ---

LOOKUP = {"fn::invoke": {"function": "vectorize:index:getVectorizeIndex", "arguments": {"name": "${docs.name}"}}}


def test_a_function_of_an_index_of_the_program_works_in_the_first_preview(stack):
    stack.yaml(
        docs(), variables={"found": LOOKUP}, outputs={"dimensions": "${found.dimensions}", "on": "${found.createdOn}"}
    )
    assert stack.preview().ops["docs"] == "create"
    stack.up()
    assert stack.outputs()["dimensions"] == 64
    assert stack.outputs()["on"] == stack.resource()["outputs"]["createdOn"]


def test_a_function_of_an_index_that_does_not_exist_is_an_error(stack):
    lookup = {"fn::invoke": {**LOOKUP["fn::invoke"], "arguments": {"name": "nope"}}}
    stack.yaml({}, variables={"found": lookup}, outputs={"dimensions": "${found.dimensions}"})
    assert 'cannot look up index "nope": it does not exist in account' in stack.up(code=None).text


# --- providers ---


def explicit(account: str, emulator, token: str = TOKEN):
    """Return the resource of an explicit provider."""
    properties = {"accountId": account, "apiToken": token, "baseUrl": emulator.base_url}
    return {"type": "pulumi:providers:vectorize", "properties": properties}


def test_an_index_that_moves_between_providers_stays_unless_the_account_changes(stack, emulator):
    stack.yaml(docs(None))
    stack.up()
    (name,) = emulator.indexes()
    emulator.fill(name, 5)
    one, two = explicit(ACCOUNT, emulator), explicit(OTHER_ACCOUNT, emulator, OTHER_TOKEN)
    stack.yaml({"one": one, **docs(None, options={"provider": "${one}"})})
    assert "replace" not in stack.preview().changes
    stack.up()
    stack.yaml({"two": two, **docs(None, options={"provider": "${two}"})})
    assert "it contains 5 vectors" in stack.up(code=None).text
    assert emulator.indexes(OTHER_ACCOUNT) == {}
    stack.yaml({"one": one, **docs(None, options={"provider": "${one}"})})
    stack.up()
    assert stack.preview().changes == {}
    assert emulator.vectors(name) == 5
    assert TOKEN not in stack.state_file.read_text()


def configure(stack, emulator, account=ACCOUNT):
    stack.env = {key: value for key, value in stack.env.items() if not key.startswith("CLOUDFLARE_")}
    stack.run("config", "set", "vectorize:accountId", account)
    stack.run("config", "set", "vectorize:baseUrl", emulator.base_url)
    stack.run("config", "set", "--secret", "vectorize:apiToken", TOKEN)


def test_a_plain_token_in_the_configuration_is_encrypted_in_the_state(stack, emulator):
    configure(stack, emulator)
    stack.run("config", "set", "--plaintext", "vectorize:apiToken", TOKEN)
    stack.yaml(docs())
    stack.up()
    assert TOKEN not in stack.state_file.read_text()
    assert stack.preview().changes == {}


def test_another_account_replaces_the_index_and_another_token_does_not(stack, emulator):
    configure(stack, emulator)
    stack.yaml(docs(None))
    stack.up()
    stack.run("config", "set", "vectorize:createTimeout", "90s")
    assert stack.preview().changes == {}
    configure(stack, emulator, OTHER_ACCOUNT)
    stack.up()
    assert len(emulator.indexes(OTHER_ACCOUNT)) == 1
    assert emulator.indexes(ACCOUNT) == {}


def test_another_account_loses_no_vectors(stack, emulator):
    configure(stack, emulator)
    stack.yaml(docs(None))
    stack.up()
    (name,) = emulator.indexes()
    emulator.fill(name, 3)
    configure(stack, emulator, OTHER_ACCOUNT)
    failed = stack.up(code=None)
    assert failed.code != 0
    assert "it contains 3 vectors" in failed.error
    assert emulator.vectors(name) == 3
    assert emulator.indexes(OTHER_ACCOUNT) == {}
    configure(stack, emulator)
    stack.up()
    assert stack.preview().changes == {}
    assert emulator.vectors(name) == 3


# --- the other front end ---

PROGRAM = index(64, name="docs", metadata_indexes={"lang": "string"}) + index(64, resource="notes")
PROGRAM += (
    'vectorize.VectorizeMetadataIndex("tenant", index_name=notes.name, property_name="tenant", index_type="string")\n'
)
MOVED = {
    **docs(metadataIndexes={"lang": "string"}),
    "notes": {"properties": {"config": SHAPE}},
    "tenant": {
        "type": PLUGIN_METADATA_INDEX_TYPE,
        "properties": {"indexName": "${notes.name}", "propertyName": "tenant", "indexType": "string"},
    },
}


ALIAS = 'opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="vectorize:index:{}")])'


def back_to_python(stack):
    """Write the program for the dynamic provider again, with an alias of the plugin's type for each resource."""
    (stack.project / "Pulumi.yaml").write_text(f"name: {stack.project_name}\nruntime: python\n")
    stack.program(
        re.sub(
            r"vectorize\.(\w+)\((.*)\)",
            lambda call: f"vectorize.{call[1]}({call[2]}, {ALIAS.format(call[1])})",
            PROGRAM,
        )
    )


@pytest.mark.parametrize("is_refreshed", [False, True], ids=["at once", "after a refresh"])
def test_a_stack_moves_to_the_plugin_without_an_alias_or_a_change(stack, emulator, is_refreshed):
    stack.program(PROGRAM)
    stack.up()
    before, emulated = {item["id"] for item in stack.state()}, emulator.indexes()
    emulator.forget()
    stack.yaml(MOVED)
    if is_refreshed:
        stack.refresh()
    assert stack.preview().changes == {}
    stack.up()
    assert emulator.mutations() == []
    assert {item["id"] for item in stack.state()} == before
    assert {item["type"] for item in stack.state()} == {PLUGIN_INDEX_TYPE, PLUGIN_METADATA_INDEX_TYPE}
    stack.refresh()
    assert stack.preview().changes == {}
    stack.yaml(MOVED | {"notes": {"properties": {"config": {"dimensions": 32, "metric": "cosine"}}}})
    stack.up()
    assert sorted(index["config"]["dimensions"] for index in emulator.indexes().values()) == [32, 64]
    assert emulator.indexes()["docs"] == emulated["docs"]
    assert stack.preview().changes == {}
    stack.destroy()
    assert emulator.indexes() == {}


def test_a_stack_moves_back_to_the_dynamic_provider(stack, emulator):
    stack.yaml(MOVED)
    stack.up()
    before = emulator.indexes()
    back_to_python(stack)
    emulator.forget()
    stack.up()
    assert emulator.mutations() == []
    assert emulator.indexes() == before
    assert INDEX_TYPE in {item["type"] for item in stack.state()}
    assert stack.preview().changes == {}
    stack.refresh()
    assert stack.preview().changes == {}
    stack.destroy()
    assert emulator.indexes() == {}


# --- cancel ---


def test_ctrl_c_stores_every_index_whose_creation_waits(stack, emulator):
    """100 creations at a time are waiting, or are waiting for their turn."""
    count = 100
    stack.yaml(
        {f"i{n:03}": {"properties": {"config": SHAPE, "metadataIndexes": {"tenant": "string"}}} for n in range(count)}
    )
    emulator.pause()
    width = 32
    interrupted = stack.interrupt("up", f"--parallel={count}", once=lambda: len(emulator.mutations()) >= 2 * width)
    assert interrupted.seconds_to_end < 20
    assert len(stack.ids()) == len(emulator.indexes())
    assert stack.pending_operations() == []
    emulator.resume()
    stack.up()
    assert len(stack.ids()) == len(emulator.indexes()) == count
