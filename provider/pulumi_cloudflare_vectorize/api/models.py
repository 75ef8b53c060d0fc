"""The objects in the API's responses, and the values that responses and declarations share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

METRICS: Final = ("cosine", "euclidean", "dot-product")
METADATA_TYPES: Final = ("string", "number", "boolean")
# Limits page (2026-08): metadata indexes of one index, and characters of a filter's key.
MAX_METADATA_INDEXES: Final = 10
MAX_PROPERTY_NAME: Final = 512

# The OpenAPI schema `vectorize_index-dimensions` (2026-07-27) allows 1 to 1536. The live API has rejected less than 32
# (docs/internals/api-notes.md).
MIN_DIMENSIONS: Final = 1
USUAL_MIN_DIMENSIONS: Final = 32
MAX_DIMENSIONS: Final = 1536


class Shape(NamedTuple):
    """The dimensions and the metric of an index. None is not known before the API responds."""

    dimensions: int | None
    metric: str | None

    def __str__(self) -> str:
        return f"{self.dimensions or '?'} dimensions, {self.metric or 'unknown metric'}"


# Names: OpenAPI `vectorize_index-preset`. Sizes: Cloudflare's create-indexes page (bge-base, ada-002, cohere) and the models'
# cards (the others). A metric of None is documented nowhere, so the API's response decides. (Read 2026-08.)
# A released entry never changes, because generated names depend on it (docs/internals/state.md).
PRESETS: Final[Mapping[str, Shape]] = {
    "@cf/baai/bge-small-en-v1.5": Shape(384, "cosine"),
    "@cf/baai/bge-base-en-v1.5": Shape(768, "cosine"),
    "@cf/baai/bge-large-en-v1.5": Shape(1024, "cosine"),
    "openai/text-embedding-ada-002": Shape(1536, None),
    "cohere/embed-multilingual-v2.0": Shape(768, None),
}


class _ApiModel(BaseModel):
    # Validators are built with the first response: most previews send no request.
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


def _none_as_empty(value: Any) -> Any:
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_none_as_empty)]


class ResolvedConfig(_ApiModel):
    """`config` of an index: its dimensions and metric, and its preset if the API returns one."""

    dimensions: int
    metric: str
    preset: Text = ""


class Index(_ApiModel):
    """An index, as create, get and list return it. Times are RFC 3339 texts with 0 to 9 digits of fraction.

    A `description` of None was not in the response. It differs from an empty one.
    """

    name: str
    config: ResolvedConfig
    description: str | None = None
    created_on: Annotated[str, StringConstraints(strict=True, min_length=1)]
    modified_on: Text = ""

    @property
    def shape(self) -> Shape:
        """The dimensions and the metric."""
        return Shape(self.config.dimensions, self.config.metric)

    def description_or(self, default: str) -> str:
        """Return the description, or a default if the response contained none."""
        return default if self.description is None else self.description


class IndexInfo(_ApiModel):
    """Counters of an index, from processed mutations: `vector_count` lags behind writes (p99 under 2 min).

    The two `processed_up_to` fields are None until a mutation was processed. A new metadata index is a mutation as well.
    """

    model_config = ConfigDict(alias_generator=to_camel)

    vector_count: Annotated[int, Field(strict=True, ge=0)]
    dimensions: int | None = None
    processed_up_to_mutation: Any = None
    processed_up_to_datetime: str | None = None


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class MetadataIndex(_ApiModel):
    """A metadata index in the list. Its type is `String` there, and `string` in requests (docs/internals/api-notes.md)."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    property_name: str
    index_type: Annotated[str, BeforeValidator(_lower)]


class MetadataIndexes(_ApiModel):
    """The list of metadata indexes. It contains only those that were processed."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    metadata_indexes: list[MetadataIndex]

    def types(self) -> dict[str, str]:
        """Return property name → type, in lower case."""
        return {item.property_name: item.index_type for item in self.metadata_indexes}
