"""What the programs of the golden corpus declare, and how each front end writes it: as a Python or as a YAML program.

A declaration has the names of Python arguments. Both writers get the same declarations, so that their previews can be compared.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.e2e.harness import (
    INDEX_TYPE,
    PLUGIN_INDEX_TYPE,
    PLUGIN_METADATA_INDEX_TYPE,
    PROJECT,
    STACK,
    Stack,
)

Kind = Literal["index", "metadata index", "lookup", "provider", "other"]


@dataclass(frozen=True)
class Resource:
    """One resource. `options` are resource options, with names of resources for `alias`, `depends_on` and `provider`."""

    kind: Kind
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    is_exported: bool = False


@dataclass(frozen=True)
class NameOf:
    """The name of an index of the program."""

    resource: str


@dataclass(frozen=True)
class SizeOf:
    """64, and not known before an update of the other resource."""

    resource: str


@dataclass(frozen=True)
class Secret:
    """A secret text."""

    text: str


@dataclass(frozen=True)
class Program:
    """Resources in their order. `failure` is what stops the program at its end."""

    resources: tuple[Resource, ...] = ()
    failure: str = ""

    def __add__(self, other: Program) -> Program:
        return Program(self.resources + other.resources, self.failure + other.failure)


# --- Python, with the dynamic provider ---

# A resource of another kind, whose outputs are unknown in every preview that creates or updates it.
_OTHER = """
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

class OtherProvider(ResourceProvider):
    def diff(self, _id, olds, news):
        return DiffResult(changes=olds.get("value") != news.get("value"), replaces=["kind"] if olds["kind"] != news["kind"] else [])

    def create(self, props):
        return CreateResult("other", {**props, "result": props["value"]})

    def update(self, _id, _olds, news):
        return UpdateResult({**news, "result": news["value"]})

class Other(Resource):
    result: object

    def __init__(self, name, value, kind="a", opts=None):
        super().__init__(OtherProvider(), name, {"result": None, "value": value, "kind": kind}, opts)
"""
_CLASSES = {
    "index": "vectorize.VectorizeIndex",
    "metadata index": "vectorize.VectorizeMetadataIndex",
    "lookup": "vectorize.VectorizeIndex.get",
    "other": "Other",
}


def as_python(program: Program) -> str:
    """Write a Python program, without its imports."""
    variables = {resource.name: f"resource_{number}" for number, resource in enumerate(program.resources)}
    lines = [_OTHER] if any(resource.kind == "other" for resource in program.resources) else []
    for resource in program.resources:
        variable = variables[resource.name]
        given = [f"{key}={_source(value, variables)}" for key, value in resource.arguments.items()]
        options = [_option(key, value, variables) for key, value in resource.options.items()]
        given += [f"opts=pulumi.ResourceOptions({', '.join(options)})"] if options else []
        lines.append(f"{variable} = {_CLASSES[resource.kind]}({', '.join([repr(resource.name), *given])})")
        lines += [f"pulumi.export({resource.name!r}, {variable}.name)"] if resource.is_exported else []
    lines += [f"raise ValueError({json.dumps(program.failure)})"] if program.failure else []
    return "\n".join(lines) + "\n"


def _source(value: Any, variables: Mapping[str, str]) -> str:
    if isinstance(value, NameOf):
        return f"{variables[value.resource]}.name"
    if isinstance(value, SizeOf):
        return f"{variables[value.resource]}.result.apply(lambda _: 64)"
    if isinstance(value, Secret):
        return f"pulumi.Output.secret({value.text!r})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_source(item, variables)}" for key, item in value.items()) + "}"
    return repr(value)


def _option(key: str, value: Any, variables: Mapping[str, str]) -> str:
    if key == "alias":
        return f"aliases=[pulumi.Alias(name={value!r})]"
    if key == "depends_on":
        return f"depends_on=[{variables[value]}]"
    return f"{key}={value!r}"


# --- YAML, with the plugin ---

_TYPES = {
    "index": PLUGIN_INDEX_TYPE,
    "metadata index": PLUGIN_METADATA_INDEX_TYPE,
    "lookup": PLUGIN_INDEX_TYPE,
    "provider": "pulumi:providers:vectorize",
    "other": "other:index:Other",
}
# As a program that fails at its end: a function that finds nothing.
_FAILURE = {"fn::invoke": {"function": "vectorize:index:getVectorizeIndex", "arguments": {"name": "missing"}}}


def as_yaml(program: Program) -> dict[str, Any]:
    """Return the sections of a YAML program."""
    resources = {resource.name: _yaml_resource(resource) for resource in program.resources}
    outputs = {resource.name: f"${{{resource.name}.name}}" for resource in program.resources if resource.is_exported}
    sections = {"resources": resources, "outputs": outputs}
    return sections | ({"variables": {"failure": _FAILURE}} if program.failure else {})


def _yaml_resource(resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _TYPES[resource.kind]}
    if resource.kind == "lookup":
        return {**found, "get": dict(resource.arguments)}
    found["properties"] = {_camel_case(key): _yaml_value(value) for key, value in resource.arguments.items()}
    if resource.options:
        found["options"] = dict(_yaml_option(key, value) for key, value in resource.options.items())
    return found


def _yaml_value(value: Any) -> Any:
    if isinstance(value, NameOf):
        return f"${{{value.resource}.name}}"
    if isinstance(value, SizeOf):
        return f"${{{value.resource}.size}}"
    if isinstance(value, Secret):
        return {"fn::secret": value.text}
    return {key: _yaml_value(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _yaml_option(key: str, value: Any) -> tuple[str, Any]:
    if key == "alias":
        return "aliases", [urn(value).replace(INDEX_TYPE, PLUGIN_INDEX_TYPE)]
    if key == "depends_on":
        return "dependsOn", [f"${{{value}}}"]
    if key == "provider":
        return key, f"${{{value}}}"
    return _camel_case(key.rstrip("_")), value


def _camel_case(key: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), key)


# --- both ---


def urn(name: str) -> str:
    """Return the URN of an index of the dynamic provider."""
    return f"urn:pulumi:{STACK}::{PROJECT}::{INDEX_TYPE}::{name}"


@dataclass(frozen=True)
class FrontEnd:
    """A provider, the folder of its part of the corpus, and the type token of its indexes."""

    name: Literal["dynamic", "plugin"]
    golden: Path
    index_type: str

    def write(self, stack: Stack, program: Program) -> None:
        """Write a program into the project of a stack."""
        if self.name == "dynamic":
            stack.program(as_python(program))
        else:
            providers = [
                {"name": "vectorize", "path": str(Path(sys.executable).parent)},
                {"name": "other", "path": str(Path(__file__).parent / "other_plugin")},
            ]
            stack.yaml(**as_yaml(program), plugins={"providers": providers})

    def urn(self, name: str) -> str:
        """Return the URN of an index."""
        return urn(name).replace(INDEX_TYPE, self.index_type)


_CORPUS = Path(__file__).parent
DYNAMIC = FrontEnd("dynamic", _CORPUS / "golden", INDEX_TYPE)
PLUGIN = FrontEnd("plugin", _CORPUS / "golden_plugin", PLUGIN_INDEX_TYPE)
FRONT_ENDS = (DYNAMIC, PLUGIN)
