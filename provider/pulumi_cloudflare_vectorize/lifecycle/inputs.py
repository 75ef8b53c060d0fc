"""The inputs of both resources as pydantic models: the rules that need no request, and the canonical form.

Every validator accepts `UNKNOWN` at any depth. The descriptions of the fields are the source of the property tables in
docs/reference/resources.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WrapValidator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from ..api.models import (
    MAX_DIMENSIONS,
    MAX_METADATA_INDEXES,
    MAX_PROPERTY_NAME,
    METADATA_TYPES,
    METRICS,
    MIN_DIMENSIONS,
    PRESETS,
    USUAL_MIN_DIMENSIONS,
    Shape,
)
from ..config import account_id_problem
from ..masking import kind_of
from ..unknown import UNKNOWN, Unknown
from .naming import MAX_NAME_BYTES, name_problem

T = TypeVar("T")


def _problem(text: str) -> PydanticCustomError:
    # The text is a value, so that braces in it are no template.
    return PydanticCustomError("vectorize", "{text}", {"text": text})


def _pass_unknown(value: Any, handler: Callable[[Any], Any]) -> Any:
    return value if isinstance(value, Unknown) else handler(value)


MaybeUnknown = WrapValidator(_pass_unknown)


def _dimensions(value: Any) -> int:
    # Numbers arrive as float (pulumi/pulumi#13830): 768.0 is valid, and 7.5, "768" and True are not.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
        raise _problem(f"must be a whole number, got {kind_of(value)}")
    if not MIN_DIMENSIONS <= value <= MAX_DIMENSIONS:
        raise _problem(
            f"must be {MIN_DIMENSIONS} to {MAX_DIMENSIONS}, and is {'less' if value < MIN_DIMENSIONS else 'more'}"
        )
    return int(value)


def _one_of(choices: Collection[str], value: Any) -> str:
    if not isinstance(value, str) or value not in choices:
        close = get_close_matches(value, choices, 1) if isinstance(value, str) else []
        meant = f"did you mean {close[0]}?" if close else f"got {kind_of(value)}"
        raise _problem(f"must be one of {', '.join(choices)}: {meant}")
    return value


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise _problem(f"must be text, got {kind_of(value)}")
    return value or ""


def _text_without(problem_of: Callable[[str], str | None], value: Any) -> str:
    text = _text(value)
    problem = problem_of(text) if text else None
    if problem:
        raise _problem(problem)
    return text


def _flag(value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise _problem(f"must be true or false, got {kind_of(value)}")
    return bool(value)


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class DeclaredConfig(_Declared):
    """`config`: either `dimensions` and `metric`, or `preset` (`oneOf` in Cloudflare's OpenAPI schema)."""

    dimensions: Annotated[Any, BeforeValidator(_dimensions), MaybeUnknown] = Field(
        default=None,
        description=(
            f"The length of every vector: {MIN_DIMENSIONS} to {MAX_DIMENSIONS}. The API has rejected less than "
            f"{USUAL_MIN_DIMENSIONS}. Requires `metric`. Changing this replaces the index."
        ),
    )
    metric: Annotated[Any, BeforeValidator(partial(_one_of, METRICS)), MaybeUnknown] = Field(
        default=None,
        description=(
            "How vectors are compared: `cosine`, `euclidean` or `dot-product`. Requires `dimensions`. "
            "Changing this replaces the index."
        ),
    )
    preset: Annotated[Any, BeforeValidator(partial(_one_of, PRESETS)), MaybeUnknown] = Field(
        default=None,
        description=(
            "The name of an embedding model, which sets `dimensions` and `metric`. "
            "Changing this replaces the index, unless dimensions and metric stay the same."
        ),
    )

    @model_validator(mode="after")
    def _is_one_form(self) -> DeclaredConfig:
        if self.model_fields_set not in ({"dimensions", "metric"}, {"preset"}):
            given = " and ".join(sorted(self.model_fields_set)) or "nothing"
            raise _problem(f"must contain either dimensions and metric, or preset, got {given}")
        return self


def property_name_problem(name: str) -> str | None:
    """Return what is invalid about the name of a metadata property. None if it is valid.

    Cloudflare documents these rules for the keys of a filter (metadata-filtering, 2026-08). A dot addresses a nested property.
    """
    if not 0 < len(name) <= MAX_PROPERTY_NAME:
        return f"must be 1 to {MAX_PROPERTY_NAME} characters, got {len(name)}"
    if name.startswith("$") or '"' in name or "" in name.split("."):
        return "must not begin with '$', contain '\"', or have an empty part between dots"
    return None


def _metadata_indexes(value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise _problem(f"must map property names to {', '.join(METADATA_TYPES)}, got {kind_of(value)}")
    declared = dict(value or {})
    problems = [
        f"name {number} {problem}"
        for number, name in enumerate(declared, 1)
        if (problem := property_name_problem(str(name)))
    ]
    if problems:
        raise _problem(f"has invalid property names: {', '.join(problems)}")
    if len(declared) > MAX_METADATA_INDEXES:
        raise _problem(f"must hold at most {MAX_METADATA_INDEXES}, got {len(declared)}")
    return _MetadataTypes.validate_python(declared)


def _config(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _problem(f"must contain either dimensions and metric, or preset, got {kind_of(value)}")
    given = {key: item for key, item in value.items() if item is not None}
    return DeclaredConfig.model_validate(given).model_dump(by_alias=True, exclude_unset=True)


_MetadataTypes: TypeAdapter[dict[str, Any]] = TypeAdapter(
    dict[str, Annotated[Any, BeforeValidator(partial(_one_of, METADATA_TYPES)), MaybeUnknown]]
)


class IndexInputs(_Declared):
    """The inputs of a `VectorizeIndex`. Its dump is the canonical form, which the state contains."""

    config: Annotated[Any, BeforeValidator(_config), MaybeUnknown] = Field(
        description="The shape of the index: `dimensions` and `metric`, or `preset`. Required."
    )
    name: Annotated[Any, BeforeValidator(partial(_text_without, name_problem)), MaybeUnknown] = Field(
        default="",
        description=(
            f"The name of the index: lower-case letters, digits, `-` and `_`, at most {MAX_NAME_BYTES} bytes. "
            "Changing this replaces the index. Default: generated from the name of the resource."
        ),
    )
    name_prefix: Annotated[Any, BeforeValidator(_text), MaybeUnknown] = Field(
        default="",
        description=(
            "The first part of every generated name of this resource. Empty with an explicit name. Set by the SDK."
        ),
    )
    description: Annotated[Any, BeforeValidator(_text), MaybeUnknown] = Field(
        default="",
        description="A text for readers. Changing this replaces the index, because the API has no update. Default: empty.",
    )
    account_id: Annotated[Any, BeforeValidator(partial(_text_without, account_id_problem)), MaybeUnknown] = Field(
        default="",
        description=(
            "The Cloudflare account, 32 hexadecimal digits. Changing this replaces the index. "
            "Default: `vectorize:accountId`, then `CLOUDFLARE_ACCOUNT_ID`."
        ),
    )
    metadata_indexes: Annotated[Any, BeforeValidator(_metadata_indexes), MaybeUnknown] = Field(
        default={},
        description="The properties that queries can filter by: name → `string`, `number` or `boolean`, at most "
        f"{MAX_METADATA_INDEXES}. A filter finds only vectors that were written after its property was declared. "
        "Changing this adds, removes or retypes only the metadata indexes that differ. Default: none.",
    )
    force_destroy: Annotated[Any, BeforeValidator(_flag), MaybeUnknown] = Field(
        default=False,
        description=(
            "Whether an index that contains vectors may be deleted or replaced. Changing this sends no request. "
            "Default: false."
        ),
    )
    adopt: Annotated[Any, BeforeValidator(_flag), MaybeUnknown] = Field(
        default=False,
        description=(
            "Whether an existing index of this name and shape is adopted. "
            "Changing this sends no request. Default: false."
        ),
    )
    retain_on_delete: Annotated[Any, BeforeValidator(_flag), MaybeUnknown] = Field(
        default=False,
        description=(
            "Whether the resource option `retain_on_delete` is set. A replaced index then stays in the account. Set by the SDK."
        ),
    )


class MetadataIndexInputs(_Declared):
    """The inputs of a `VectorizeMetadataIndex`."""

    index_name: Annotated[Any, BeforeValidator(partial(_text_without, name_problem)), MaybeUnknown] = Field(
        description="The name of the index. Use the `name` output of its resource. Required. "
        "Changing this replaces the metadata index."
    )
    property_name: Annotated[Any, BeforeValidator(partial(_text_without, property_name_problem)), MaybeUnknown] = Field(
        description=f"The property to filter by, at most {MAX_PROPERTY_NAME} characters. A dot addresses a nested property. "
        "Required. Changing this replaces the metadata index."
    )
    index_type: Annotated[Any, BeforeValidator(partial(_one_of, METADATA_TYPES)), MaybeUnknown] = Field(
        description="`string`, `number` or `boolean`. Required. Changing this deletes the metadata index and then creates it."
    )
    account_id: Annotated[Any, BeforeValidator(partial(_text_without, account_id_problem)), MaybeUnknown] = Field(
        default="",
        description="The Cloudflare account, 32 hexadecimal digits. Changing this replaces the metadata index. "
        "Default: `vectorize:accountId`, then `CLOUDFLARE_ACCOUNT_ID`.",
    )
    force_destroy: Annotated[Any, BeforeValidator(_flag), MaybeUnknown] = Field(
        default=False,
        description=(
            "Whether the metadata index may be deleted together with an index that contains vectors. Changing this sends no "
            "request. Default: false."
        ),
    )


class Problem(BaseModel):
    """One invalid input. `path` is its path, as in `config.dimensions`, or "" for the whole declaration."""

    path: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """The result of a check: canonical inputs, or problems and the inputs as they were declared."""

    inputs: dict[str, Any]
    problems: list[Problem]


def parse_inputs(model: type[_Declared], declared: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Validate a declaration.

    Returns:
        The canonical form (every key, camelCase, with defaults, whole numbers as int) and no problem, or {} and every problem.
    """
    try:
        return model.model_validate(dict(declared)).model_dump(by_alias=True), []
    except ValidationError as error:
        return {}, [_as_problem(item) for item in error.errors(include_url=False, include_context=False)]


def _as_problem(item: Any) -> Problem:
    reasons = {"missing": "is required", "extra_forbidden": "is not a property of this resource"}
    path = ".".join(str(part) for part in item["loc"])
    return Problem(path=path, reason=reasons.get(item["type"], item["msg"]))


def resolved_shape(config: Mapping[str, Any]) -> Shape:
    """Return the shape that a config declares. None is not known before the API responds or before the update."""
    preset = config.get("preset")
    if isinstance(preset, str):
        return PRESETS.get(preset, Shape(None, None))
    dimensions, metric = config.get("dimensions"), config.get("metric")
    return Shape(None if dimensions is UNKNOWN else dimensions, None if metric is UNKNOWN else metric)
