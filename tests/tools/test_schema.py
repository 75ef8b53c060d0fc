"""The schema of the plugin is up to date and complete, and agrees with the models and the code that reads its properties."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_cloudflare_vectorize import VectorizeIndex, VectorizeMetadataIndex, resource_types
from pulumi_cloudflare_vectorize.config_keys import PLACES
from pulumi_cloudflare_vectorize.lifecycle.index.comparison import EFFECTS
from pulumi_cloudflare_vectorize.lifecycle.inputs import DeclaredConfig, IndexInputs, MetadataIndexInputs
from pulumi_cloudflare_vectorize.plugin import functions
from pulumi_cloudflare_vectorize.plugin.provider import schema_json
from tools import schema as tool

ROOT = Path(__file__).parents[2]
PULUMI = ROOT / ".engine" / "bin" / "pulumi"
SCHEMA = json.loads(tool.PATH.read_text())

# What each kind of object may contain: pulumi/pulumi pkg/codegen/schema/schema.go, the `json` tags of the `…Spec` types, 3.259.0.
TYPE_KEYS = {"type", "$ref", "additionalProperties", "items", "oneOf", "plain"}
PROPERTY_KEYS = TYPE_KEYS | {"description", "const", "default", "secret", "replaceOnChanges", "willReplaceOnChanges"}
OBJECT_KEYS = {"description", "type", "properties", "required"}
RESOURCE_KEYS = {"description", "properties", "required", "inputProperties", "requiredInputs", "listInputs", "aliases"}
PACKAGE_KEYS = {
    *("name", "displayName", "version", "namespace", "description", "keywords", "license", "meta"),
    *("language", "config", "provider", "types", "resources", "functions"),
}
# The `json` tags of the generators' package information (pkg/codegen/*/importer.go, 3.259.0, and for C# 3.207.0).
LANGUAGE_KEYS = {
    "nodejs": {"packageDescription", "readme", "respectSchemaVersion"},
    "python": {"readme", "pyproject", "inputTypes", "respectSchemaVersion"},
    "go": {"importBasePath", "generateResourceContainerTypes", "respectSchemaVersion"},
    "csharp": {"rootNamespace", "respectSchemaVersion"},
}
Unknown = Iterator[str]


def unknown_keys(schema: dict[str, Any]) -> Unknown:
    """Yield the path of every key that no generator reads."""
    yield from strange("", schema, PACKAGE_KEYS)
    yield from strange("meta", schema["meta"], {"supportPack"})
    yield from strange("language", schema["language"], set(LANGUAGE_KEYS))
    for language, options in schema["language"].items():
        yield from strange(f"language.{language}", options, LANGUAGE_KEYS.get(language, set()))
    yield from strange("config", schema["config"], {"variables"})
    yield from of_properties("config", schema["config"]["variables"])
    for name, type_ in schema["types"].items():
        yield from strange(name, type_, OBJECT_KEYS | {"enum"})
        yield from of_properties(name, type_.get("properties", {}))
        for value in type_.get("enum", []):
            yield from strange(name, value, {"name", "description", "value"})
    for name, resource in [("provider", schema["provider"]), *schema["resources"].items()]:
        yield from strange(name, resource, RESOURCE_KEYS)
        for part in ("properties", "inputProperties"):
            yield from of_properties(name, resource.get(part, {}))
        yield from of_object(name, resource.get("listInputs", {}))
        for alias in resource.get("aliases", []):
            yield from strange(name, alias, {"type"})
    for name, function in schema["functions"].items():
        yield from strange(name, function, {"description", "inputs", "outputs"})
        for part in ("inputs", "outputs"):
            yield from of_object(name, function[part])


def strange(place: str, found: dict[str, Any], known: set[str]) -> Unknown:
    yield from (f"{place}.{key}" for key in sorted(found.keys() - known))


def of_object(place: str, found: dict[str, Any]) -> Unknown:
    yield from strange(place, found, OBJECT_KEYS)
    yield from of_properties(place, found.get("properties", {}))


def of_properties(place: str, properties: dict[str, Any]) -> Unknown:
    for name, property_ in properties.items():
        yield from strange(f"{place}.{name}", property_, PROPERTY_KEYS)
        for type_ in [
            property_.get("additionalProperties", {}),
            property_.get("items", {}),
            *property_.get("oneOf", []),
        ]:
            yield from strange(f"{place}.{name}", type_, TYPE_KEYS)


def all_properties() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each place that declares properties, and the properties."""
    yield "config", SCHEMA["config"]["variables"]
    for name, type_ in SCHEMA["types"].items():
        yield name, type_.get("properties", {})
    for name, resource in [("provider", SCHEMA["provider"]), *SCHEMA["resources"].items()]:
        yield f"{name} outputs", resource.get("properties", {})
        yield f"{name} inputs", resource["inputProperties"]
        yield f"{name} list", resource.get("listInputs", {}).get("properties", {})
    for name, function in SCHEMA["functions"].items():
        yield f"{name} arguments", function["inputs"]["properties"]
        yield f"{name} result", function["outputs"]["properties"]


def required() -> Iterator[tuple[str, list[str], dict[str, Any]]]:
    """Yield each list of required properties, and the properties that it is about."""
    for name, type_ in SCHEMA["types"].items():
        yield name, type_.get("required", []), type_.get("properties", {})
    for name, resource in SCHEMA["resources"].items():
        yield f"{name} outputs", resource["required"], resource["properties"]
        yield f"{name} inputs", resource["requiredInputs"], resource["inputProperties"]
    for name, function in SCHEMA["functions"].items():
        yield f"{name} arguments", function["inputs"]["required"], function["inputs"]["properties"]
        yield f"{name} result", function["outputs"]["required"], function["outputs"]["properties"]


INDEX = SCHEMA["resources"][resource_types.INDEX.plugin]
METADATA_INDEX = SCHEMA["resources"][resource_types.METADATA_INDEX.plugin]


def test_the_schema_is_up_to_date():
    assert tool.PATH.read_text() == tool.rendered(), "run tools/schema.py --write"
    assert schema_json() == tool.rendered(), "the plugin returns it"


# --- what `pulumi schema check` does not find ---


def test_every_key_is_one_that_a_generator_reads():
    assert list(unknown_keys(SCHEMA)) == []


@pytest.mark.parametrize(
    "misspell",
    [
        lambda schema: schema.update(nameSpace="a"),
        lambda schema: schema["resources"][resource_types.INDEX.plugin].update(requiredInput=[]),
        lambda schema: schema["resources"][resource_types.INDEX.plugin]["inputProperties"]["name"].update(
            wilReplace=True
        ),
        lambda schema: schema["types"]["vectorize:index:IndexConfig"]["properties"]["metric"].update(secrets=True),
        lambda schema: schema["config"]["variables"]["apiToken"].update(descripton=""),
        lambda schema: schema["functions"][functions.GET_INDEX]["outputs"].update(requires=[]),
        lambda schema: schema["language"]["go"].update(importBase=""),
    ],
    ids=["package", "resource", "input", "type", "config", "function", "language"],
)
def test_a_misspelled_key_is_found(misspell):
    wrong = json.loads(tool.rendered())
    misspell(wrong)
    assert len(list(unknown_keys(wrong))) == 1


def test_everything_has_a_description():
    described = [
        *SCHEMA["types"].values(),
        *SCHEMA["resources"].values(),
        *SCHEMA["functions"].values(),
        SCHEMA["provider"],
    ]
    described += [property_ for _, properties in all_properties() for property_ in properties.values()]
    assert [item for item in described if not re.match(r"[A-Z`].*\.", item.get("description", ""))] == []


def test_no_description_names_a_property_in_python_only():
    assert re.findall(r"`[a-z]+_[a-z_]+`", tool.rendered()) == []


def test_required_properties_exist():
    for place, names, properties in required():
        assert set(names) <= set(properties), place
        assert len(set(names)) == len(names), place


def test_no_property_has_a_name_of_the_engine():
    for place, properties in all_properties():
        assert {"id", "urn"} & properties.keys() == set(), place


# --- the models ---


@pytest.mark.parametrize(
    ("model", "properties"),
    [
        (IndexInputs, INDEX["inputProperties"]),
        (MetadataIndexInputs, METADATA_INDEX["inputProperties"]),
        (DeclaredConfig, SCHEMA["types"]["vectorize:index:IndexConfig"]["properties"]),
    ],
    ids=["index", "metadata-index", "config"],
)
def test_every_input_of_a_model_is_in_the_schema_and_the_reverse(model, properties):
    assert {field.alias for field in model.model_fields.values()} - properties.keys() == {
        name for name in tool.HIDDEN if model is IndexInputs
    }
    assert properties.keys() - {field.alias for field in model.model_fields.values()} == set()


def test_a_property_is_required_if_its_model_requires_it():
    assert INDEX["requiredInputs"] == ["config"]
    assert METADATA_INDEX["requiredInputs"] == ["indexName", "propertyName", "indexType"]


@pytest.mark.parametrize(
    ("resource", "class_"),
    [(INDEX, VectorizeIndex), (METADATA_INDEX, VectorizeMetadataIndex)],
    ids=["index", "metadata"],
)
def test_outputs_are_the_properties_of_the_python_class(resource, class_):
    properties = [name for name, value in vars(class_).items() if isinstance(value, property)]
    assert resource["properties"].keys() == set(map(tool.to_camel, properties))
    assert resource["inputProperties"].keys() <= resource["properties"].keys()
    assert set(resource["required"]) == resource["properties"].keys(), "every output is always set"


def test_what_the_provider_keeps_for_itself_is_not_in_the_schema():
    private = {"namePrefix", "retainOnDelete", "separateMetadataIndexes", "unconfirmedMetadataIndexes", "unconfirmed"}
    for place, properties in all_properties():
        assert private & properties.keys() == set(), place
    assert EFFECTS.keys() - INDEX["properties"].keys() - private == {
        "config.dimensions",
        "config.metric",
        "config.preset",
    }


def test_no_property_forces_a_replacement_in_the_engine():
    # The provider decides. A preset and its own dimensions and metric are the same shape.
    assert "replaceOnChanges" not in tool.rendered()


def test_a_stack_of_the_dynamic_provider_keeps_its_resources():
    for name, resource in (("VectorizeIndex", INDEX), ("VectorizeMetadataIndex", METADATA_INDEX)):
        assert resource["aliases"] == [{"type": f"pulumi-python:dynamic/vectorize:{name}"}]


# --- the code ---


def test_every_resource_and_function_of_the_plugin_is_in_the_schema():
    assert SCHEMA["resources"].keys() == {resource_types.INDEX.plugin, resource_types.METADATA_INDEX.plugin}
    assert SCHEMA["functions"].keys() == functions._FUNCTIONS.keys()


def test_every_setting_is_in_the_schema_and_credentials_are_secret():
    for settings in (SCHEMA["config"]["variables"], SCHEMA["provider"]["inputProperties"]):
        assert list(settings) == [place.name for place in PLACES]
        assert [name for name, setting in settings.items() if setting.get("secret")] == ["apiToken", "apiKey"]
        assert not any("defaultInfo" in setting for setting in settings.values())


def test_the_packages_have_names_of_their_own():
    # `pulumi_cloudflare_vectorize` is the import name of this distribution.
    assert (SCHEMA["namespace"], SCHEMA["name"]) == ("unofficial-cloudflare", "vectorize")


# --- examples ---


@pytest.mark.parametrize("token", [*SCHEMA["resources"], *SCHEMA["functions"]])
def test_everything_has_an_example_in_every_language(token):
    description = {**SCHEMA["resources"], **SCHEMA["functions"]}[token]["description"]
    assert re.findall(r"^```(\w+)$", description, flags=re.MULTILINE) == list(tool.LANGUAGES)
    assert description.count("{{% example %}}") == description.count("{{% /example %}}") == 1
    assert token.rpartition(":")[2].lower() in description.split("```yaml")[1].lower()


@pytest.mark.parametrize("path", sorted(tool.SNIPPETS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_yaml_example_has_only_properties_of_the_schema(path):
    program = yaml.safe_load(path.read_text())
    for resource in program.get("resources", {}).values():
        declared = SCHEMA["resources"][tool.token(resource["type"].partition(":")[2])]
        assert resource["properties"].keys() <= declared["inputProperties"].keys()
        assert set(declared["requiredInputs"]) <= resource["properties"].keys()
    for variable in program.get("variables", {}).values():
        call = variable["fn::invoke"]
        declared = SCHEMA["functions"][tool.token(call["function"].partition(":")[2])]
        assert call["arguments"].keys() <= declared["inputs"]["properties"].keys()
        assert set(declared["inputs"]["required"]) <= call["arguments"].keys()


# --- the engine ---


@pytest.mark.e2e
def test_the_engine_accepts_the_schema(tmp_path):
    assert PULUMI.exists(), "no Pulumi engine: run `make setup`"
    env = {**os.environ, "PULUMI_HOME": str(tmp_path), "PULUMI_SKIP_UPDATE_CHECK": "1"}
    checked = subprocess.run(
        [PULUMI, "schema", "check", tool.PATH], capture_output=True, text=True, env=env, timeout=60, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
