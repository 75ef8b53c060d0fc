"""What the API answers, and the vocabulary that answers and declarations share.

Holds no rule about the lifecycle and sends nothing. `UNKNOWN` stands for a value that a preview cannot know yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

METRICS: Final = ("cosine", "euclidean", "dot-product")
METADATA_TYPES: Final = ("string", "number", "boolean")
# Vectorize limits page (2026-08): metadata indexes of one index, and characters of a filter's key.
MAX_METADATA_INDEXES: Final = 10
MAX_PROPERTY_NAME: Final = 512

# OpenAPI schema `vectorize_index-dimensions` (2026-07-27) says 1..1536; the live API has refused less than 32 (docs/api-notes.md).
MIN_DIMENSIONS = 1
USUAL_MIN_DIMENSIONS = 32
MAX_DIMENSIONS = 1536


class Shape(NamedTuple):
    """What an index looks like inside; None is what is not known before the API answers."""

    dimensions: int | None
    metric: str | None

    def __str__(self) -> str:
        return f"{self.dimensions or '?'} dimensions, {self.metric or 'unknown metric'}"


# Names: OpenAPI `vectorize_index-preset`. Sizes: Cloudflare's create-indexes page (bge-base, ada-002, cohere) and the models'
# cards (the others). A metric of None is documented nowhere: the API's answer decides. (Read 2026-08.)
# An entry never changes once released: generated names follow from it (docs/state.md).
PRESETS: Final[Mapping[str, Shape]] = {
    "@cf/baai/bge-small-en-v1.5": Shape(384, "cosine"),
    "@cf/baai/bge-base-en-v1.5": Shape(768, "cosine"),
    "@cf/baai/bge-large-en-v1.5": Shape(1024, "cosine"),
    "openai/text-embedding-ada-002": Shape(1536, None),
    "cohere/embed-multilingual-v2.0": Shape(768, None),
}


class Unknown(Enum):
    """The type of `UNKNOWN`, its one member."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


def contains_unknown(value: object) -> bool:
    """Whether `UNKNOWN` stands anywhere inside a value, at any depth."""
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


# --- what the API answers -------------------------------------------------------------------------------------------------


class _Answer(BaseModel):
    # Built with the first answer: a run that asks nothing need not wait for it.
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


def _none_as_empty(value: Any) -> Any:
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_none_as_empty)]


class ShapeAnswer(_Answer):
    """`config` of an index: its resolved shape, and a preset where the API echoes one."""

    dimensions: int
    metric: str
    preset: Text = ""


class Index(_Answer):
    """An index as create, get and list answer it. Timestamps are RFC 3339 with 0 to 9 digits of fraction, kept as they came.

    A `description` of None is none that was told, which is not the same as an empty one.
    """

    name: str
    config: ShapeAnswer
    description: str | None = None
    created_on: Annotated[str, StringConstraints(strict=True, min_length=1)]
    modified_on: Text = ""

    @property
    def shape(self) -> Shape:
        """Its effective dimensions and metric."""
        return Shape(self.config.dimensions, self.config.metric)

    def description_or(self, believed: str) -> str:
        """Return its description, or the one that is believed where the API does not tell."""
        return believed if self.description is None else self.description


class IndexInfo(_Answer):
    """Counters of an index, from processed state: `vector_count` lags behind writes (p99 under 2 min).

    The two `processed_up_to` fields are None until a mutation was processed. A new metadata index is a mutation too.
    """

    model_config = ConfigDict(alias_generator=to_camel)

    vector_count: Annotated[int, Field(strict=True, ge=0)]
    dimensions: int | None = None
    processed_up_to_mutation: Any = None
    processed_up_to_datetime: str | None = None


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class MetadataIndex(_Answer):
    """A metadata index as the list returns it: the type is `String` there, and `string` in requests (docs/api-notes.md)."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    property_name: str
    index_type: Annotated[str, BeforeValidator(_lower)]


class MetadataIndexes(_Answer):
    """The answer of the list of metadata indexes: processed state only."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    metadata_indexes: list[MetadataIndex]

    def types(self) -> dict[str, str]:
        """Property name → type, in lower case."""
        return {item.property_name: item.index_type for item in self.metadata_indexes}
