"""The two kinds of resources, and the type token of each in both front ends: the only place of a token in this package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Kind = Literal["index", "metadata index"]


class ResourceType(NamedTuple):
    """A kind of resource: the name of its class, and its type tokens. States contain the tokens (docs/internals/state.md)."""

    kind: Kind
    name: str
    dynamic: str
    plugin: str


INDEX: Final = ResourceType(
    kind="index",
    name="VectorizeIndex",
    dynamic="pulumi-python:dynamic/vectorize:VectorizeIndex",
    plugin="vectorize:index:VectorizeIndex",
)
METADATA_INDEX: Final = ResourceType(
    kind="metadata index",
    name="VectorizeMetadataIndex",
    dynamic="pulumi-python:dynamic/vectorize:VectorizeMetadataIndex",
    plugin="vectorize:index:VectorizeMetadataIndex",
)
RESOURCE_TYPES: Final = (INDEX, METADATA_INDEX)

DYNAMIC_KINDS: Final[Mapping[str, Kind]] = {type_.dynamic: type_.kind for type_ in RESOURCE_TYPES}
PLUGIN_KINDS: Final[Mapping[str, Kind]] = {type_.plugin: type_.kind for type_ in RESOURCE_TYPES}
BY_KIND: Final[Mapping[Kind, ResourceType]] = {type_.kind: type_ for type_ in RESOURCE_TYPES}
