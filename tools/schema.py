"""Write the schema of the plugin: provider/pulumi_cloudflare_vectorize/plugin/schema.json.

The inputs, their descriptions and what a change does are from the models, the descriptions of outputs from the resource classes,
and the examples from tools/snippets. Without `--write`, fail if the file differs.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pulumi_cloudflare_vectorize import VectorizeIndex, VectorizeMetadataIndex, __version__, functions
from pulumi_cloudflare_vectorize.api.models import METADATA_TYPES, METRICS, PRESETS
from pulumi_cloudflare_vectorize.config_keys import API_KEY, API_TOKEN, PLACES, WORKERS, Place
from pulumi_cloudflare_vectorize.lifecycle.effects import Effect
from pulumi_cloudflare_vectorize.lifecycle.index.comparison import EFFECTS
from pulumi_cloudflare_vectorize.lifecycle.inputs import DeclaredConfig, IndexInputs, MetadataIndexInputs
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.state import REPLACES
from pulumi_cloudflare_vectorize.lifecycle.naming import to_camel
from pulumi_cloudflare_vectorize.resource_types import RESOURCE_TYPES

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO))

from tools.reference import SETTINGS  # noqa: E402 -- found by the line above

PATH = REPO / "provider" / "pulumi_cloudflare_vectorize" / "plugin" / "schema.json"
SNIPPETS = REPO / "tools" / "snippets"

NAME = "vectorize"
# The packages are @unofficial-cloudflare/vectorize (npm), unofficial_cloudflare_vectorize (Python) and
# UnofficialCloudflare.Vectorize (.NET). Without a namespace they would look like Pulumi's own. The name of this distribution,
# pulumi-cloudflare-vectorize, would be the import name of its own package, and cloudflare-vectorize is another project's on PyPI.
NAMESPACE = "unofficial-cloudflare"
# No repository of the Go module is published. Its path has no dot in the first part, so that Go never looks for it on a host.
GO_MODULE = "pulumi-cloudflare-vectorize/sdk/go"

DESCRIPTION = "Manage Cloudflare Vectorize indexes as code, and keep your vectors."
README = f"""\
{DESCRIPTION}

This package is generated from the schema of the provider. It needs the plugin `pulumi-resource-vectorize` on your PATH. The Python
distribution pulumi-cloudflare-vectorize contains the plugin."""

# Language of a code block → suffix of its snippet, in the order of the tabs.
LANGUAGES = {"typescript": "ts", "python": "py", "go": "go", "csharp": "cs", "yaml": "yaml"}
# Inputs that a program does not set. The plugin takes them from the URN and the options of the resource.
HIDDEN = ("namePrefix", "retainOnDelete")
SECRETS = (API_TOKEN, API_KEY)

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}


def reference(name: str) -> Schema:
    """Refer to a type of the schema."""
    return {"$ref": f"#/types/{token(name)}"}


def token(name: str) -> str:
    """Return the token of a resource, a function or a type."""
    return f"{NAME}:index:{name}"


def one_of(name: str) -> Schema:
    """Refer to named values. A program can write the plain text as well, which is the usual form in YAML and in a Python dict."""
    return {"oneOf": [TEXT, reference(name)]}


# Path of a property → its type. All others are texts.
TYPES: Mapping[str, Schema] = {
    "config": reference("IndexConfig"),
    "config.dimensions": INTEGER,
    "config.metric": one_of("Metric"),
    "config.preset": one_of("Preset"),
    "metadataIndexes": {"type": "object", "additionalProperties": one_of("MetadataType")},
    "indexType": one_of("MetadataType"),
    "forceDestroy": FLAG,
    "adopt": FLAG,
}
# As `TYPES`, of the outputs. The API's texts stay texts.
OUTPUT_TYPES: Mapping[str, Schema] = {
    "config": reference("IndexConfig"),
    "metadataIndexes": {"type": "object", "additionalProperties": TEXT},
    "unmanagedMetadataIndexes": {"type": "object", "additionalProperties": TEXT},
    "dimensions": INTEGER,
    "forceDestroy": FLAG,
    "adopt": FLAG,
}
# Properties of the functions' arguments and results. All of a result's are always set.
FIELDS: Mapping[str, Schema] = {
    "name": {**TEXT, "description": "The name of the index."},
    "accountId": {**TEXT, "description": "The Cloudflare account, 32 hexadecimal digits."},
    "dimensions": {**INTEGER, "description": "The length of every vector."},
    "metric": {**TEXT, "description": "How vectors are compared: `cosine`, `euclidean` or `dot-product`."},
    "description": {**TEXT, "description": "The description. Empty if there is none."},
    "createdOn": {**TEXT, "description": "When the index was created: RFC 3339."},
    "modifiedOn": {**TEXT, "description": "When the index was last modified: RFC 3339."},
    "vectorCount": {**INTEGER, "description": "The vector count, which lags behind writes by seconds to minutes."},
    "indexes": {
        "type": "array",
        "items": reference("ListedIndex"),
        "description": "Every index of the account, in the order of their names.",
    },
}
ARGUMENTS: Mapping[str, Schema] = {
    "name": FIELDS["name"],
    "accountId": {
        **TEXT,
        "description": "The Cloudflare account, 32 hexadecimal digits. Default: `vectorize:accountId`, then "
        "`CLOUDFLARE_ACCOUNT_ID`.",
    },
}
INDEX_FIELDS = ("name", "accountId", "dimensions", "metric", "description", "createdOn", "modifiedOn")
PLANNED = (
    "If this program declares the index and it does not exist yet, the result is the declared index with empty times."
)


def schema() -> Schema:
    """Make the schema."""
    return {
        "name": NAME,
        "displayName": "Cloudflare Vectorize",
        "version": __version__,
        "namespace": NAMESPACE,
        "description": DESCRIPTION,
        "keywords": ["pulumi", "cloudflare", "vectorize", "category/database", "kind/native"],
        "license": "Apache-2.0",
        "meta": {"supportPack": True},
        "language": languages(),
        "config": {"variables": settings()},
        "provider": {
            "description": "The settings of an explicit provider. Each takes precedence over the stack's configuration and the "
            "environment.",
            "inputProperties": settings(),
        },
        "types": types(),
        "resources": {
            token("VectorizeIndex"): resource(VectorizeIndex, IndexInputs),
            token("VectorizeMetadataIndex"): resource(VectorizeMetadataIndex, MetadataIndexInputs),
        },
        "functions": {
            token("getVectorizeIndex"): function(functions.get_index, "getVectorizeIndex", INDEX_FIELDS, PLANNED),
            token("listVectorizeIndexes"): function(functions.list_indexes, "listVectorizeIndexes", ["indexes"]),
            token("getVectorizeIndexInfo"): function(
                functions.get_index_info,
                "getVectorizeIndexInfo",
                ["name", "accountId", "dimensions", "vectorCount"],
                "If this program declares the index and it does not exist yet, the vector count is 0.",
            ),
        },
    }


def languages() -> Schema:
    """Return the options of the generators. With `supportPack`, they write versions and package files."""
    return {
        "nodejs": {"packageDescription": DESCRIPTION, "readme": README, "respectSchemaVersion": True},
        "python": {
            "readme": README,
            "pyproject": {"enabled": True},
            "inputTypes": "classes-and-dicts",
            "respectSchemaVersion": True,
        },
        "go": {
            "importBasePath": f"{GO_MODULE}/{NAME}",
            "generateResourceContainerTypes": True,
            "respectSchemaVersion": True,
        },
        "csharp": {"rootNamespace": "UnofficialCloudflare", "respectSchemaVersion": True},
    }


def settings() -> Schema:
    """Return the settings of a provider.

    They have no `defaultInfo`: with it, an SDK would copy the environment of one machine into the state.
    """
    return {place.name: setting(place) for place in PLACES}


def setting(place: Place) -> Schema:
    """Return one setting."""
    what = SETTINGS[place]
    property_ = {
        **(INTEGER if place is WORKERS else TEXT),
        "description": f"{what[0].upper()}{what[1:]}. If it is not set: `{place.variable}` in the environment.",
    }
    return {**property_, "secret": True} if place in SECRETS else property_


def types() -> Schema:
    """Return the types that properties refer to."""
    return {
        token("IndexConfig"): {
            "type": "object",
            "description": "The shape of an index: either `dimensions` and `metric`, or `preset`.",
            "properties": inputs(DeclaredConfig, "config."),
        },
        token("Metric"): enum("How vectors are compared.", METRICS),
        token("Preset"): enum("An embedding model, which sets dimensions and metric.", PRESETS),
        token("MetadataType"): enum("The type of a metadata property.", METADATA_TYPES),
        token("ListedIndex"): {
            "type": "object",
            "description": "An index, as the API lists it.",
            **fields(INDEX_FIELDS),
        },
    }


def enum(description: str, values: Iterable[str]) -> Schema:
    """Return named values."""
    return {
        **TEXT,
        "description": description,
        "enum": [{"name": value_name(value), "description": f"`{value}`.", "value": value} for value in values],
    }


def value_name(value: str) -> str:
    """Return the name of a value in a program: `BgeBaseEnV15` for `@cf/baai/bge-base-en-v1.5`."""
    model = value.rpartition("/")[2].replace(".", "")
    return "".join(part[0].upper() + part[1:] for part in model.split("-"))


def inputs(model: type[BaseModel], prefix: str = "") -> Schema:
    """Return the inputs of a model, with the descriptions of its fields."""
    found = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key not in HIDDEN:
            property_ = {**TYPES.get(prefix + key, TEXT), "description": str(field.description)}
            found[key] = {**property_, **replacement(model, prefix + key)}
    return found


def replacement(model: type[BaseModel], path: str) -> Schema:
    """Mark a property whose change replaces the resource.

    The mark is for documents only. `replaceOnChanges` would force replacements that the provider avoids, such as that of a preset
    by its own dimensions and metric.
    """
    replaces = path in REPLACES if model is MetadataIndexInputs else EFFECTS.get(path) is Effect.REPLACES
    return {"willReplaceOnChanges": True} if replaces else {}


def resource(class_: type, model: type[BaseModel]) -> Schema:
    """Return a resource: inputs from its model, outputs from the properties of its class."""
    outputs = {
        to_camel(name): {**OUTPUT_TYPES.get(to_camel(name), TEXT), "description": neutral(getter.__doc__ or "")}
        for name, getter in vars(class_).items()
        if isinstance(getter, property)
    }
    required = [field.alias for field in model.model_fields.values() if field.is_required()]
    name = class_.__name__
    return {
        "description": f"{neutral(class_.__doc__ or '')}\n\n{examples(name)}",
        "properties": outputs,
        "required": sorted(outputs),
        "inputProperties": inputs(model),
        "requiredInputs": required,
        # A stack of the dynamic provider keeps its resources (docs/internals/state.md).
        "aliases": [{"type": row.dynamic} for row in RESOURCE_TYPES if row.name == name],
        **listing(name),
    }


def listing(name: str) -> Schema:
    """Return what a list of resources can be limited by. Only indexes can be listed."""
    return {"listInputs": {"properties": {"accountId": ARGUMENTS["accountId"]}}} if name == "VectorizeIndex" else {}


def function(source: Any, name: str, result: Iterable[str], more: str = "") -> Schema:
    """Return a function, with the first line of the docstring of its Python form."""
    first = (source.__doc__ or "").split("\n", 1)[0]
    arguments = [key for key in ARGUMENTS if key in signature(source).parameters or key == "accountId"]
    return {
        "description": f"{f'{first} {more}'.strip()}\n\n{examples(name)}",
        "inputs": {
            "type": "object",
            "properties": {key: ARGUMENTS[key] for key in arguments},
            "required": [key for key in arguments if key == "name"],
        },
        "outputs": {"type": "object", **fields(result)},
    }


def fields(names: Iterable[str]) -> Schema:
    """Return the properties of a result."""
    return {"properties": {name: FIELDS[name] for name in names}, "required": sorted(names)}


def neutral(docstring: str) -> str:
    """Return a docstring of a Python class with the schema's names of properties."""
    text = "\n".join(line.strip() for line in docstring.strip().splitlines())
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    return "\n\n".join(re.sub(r"`(\w+)`", lambda found: f"`{to_camel(found[1])}`", text) for text in paragraphs)


def examples(name: str) -> str:
    """Return the example of every language. A generator keeps its own."""
    blocks = "\n\n".join(
        f"```{language}\n{(SNIPPETS / f'{name}.{suffix}').read_text().rstrip()}\n```"
        for language, suffix in LANGUAGES.items()
    )
    return f"{{{{% examples %}}}}\n## Example Usage\n{{{{% example %}}}}\n\n{blocks}\n\n{{{{% /example %}}}}\n{{{{% /examples %}}}}"


def rendered() -> str:
    """Return the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check the file."""
    if PATH.read_text(encoding="utf-8") == rendered():
        return 0
    if "--write" in sys.argv:
        PATH.write_text(rendered(), encoding="utf-8")
        return 0
    print("schema.json differs from the models. Run tools/schema.py --write", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
