"""check: everything about a declaration that can be decided without asking the API, and its canonical form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..declared import IndexInputs, Problem, parse_inputs
from ..models import UNKNOWN, USUAL_MIN_DIMENSIONS, contains_unknown
from ..naming import is_generation_of
from ..settings import WHERE_ACCOUNT_ID
from .generation import current_name
from .operation import Operation, State

# What the SDK adds for this run only: the properties of the index that the program declares as resources of their own.
SEPARATE = "separateMetadataIndexes"


@dataclass(frozen=True)
class Checked:
    """The canonical inputs, or what is wrong with them."""

    inputs: dict[str, Any]
    problems: list[Problem]


def check(operation: Operation, olds: State, news: State) -> Checked:
    """Validate `news`, fill every default and make the name.

    Args:
        olds: the inputs of the last run; {} for a new resource, and in the second check of a replacement.
        news: the inputs of the program; `UNKNOWN` where a preview cannot know.

    Returns:
        All problems at once, or inputs with a fixed set of keys. Checking those again changes nothing.
    """
    declared = {key: value for key, value in news.items() if value is not None}
    separate = declared.pop(SEPARATE, None)
    declared.setdefault("accountId", operation.default_account_id)
    inputs, problems = parse_inputs(IndexInputs, declared)
    if not declared["accountId"]:
        problems.append(Problem(path="accountId", reason=f"is required: {WHERE_ACCOUNT_ID}"))
    if not problems:
        problems = _name_problems(operation, olds, inputs)
    if problems:
        return Checked(dict(news), problems)
    inputs.update(_names(operation, olds, inputs))
    problems = [*_claim_index(operation, inputs), *_claim_properties(operation, inputs)]
    if problems:
        return Checked(dict(news), problems)
    force = inputs["forceDestroy"]
    operation.run.declare(operation.urn, force_destroy=None if force is UNKNOWN else force)
    operation.run.note_separate(operation.urn, separate if isinstance(separate, list) else [])
    _warn_of_few_dimensions(operation, inputs)
    return Checked(inputs, [])


_NO_NAME = "must not be empty: leave it out altogether to have one generated"
_SAME_GENERATED_NAME = (
    "is required: another index of this program has the same resource name under another parent, or had it before it was "
    "renamed, so both would be given the same name"
)


def _name_problems(operation: Operation, olds: State, inputs: State) -> list[Problem]:
    """Find what keeps an index from having a name of its own: the identity holds no parents, only the resource's name."""
    if not inputs["name"] and not inputs["namePrefix"]:
        return [Problem(path="name", reason=_NO_NAME)]
    prefix = _kept_prefix(operation, olds, inputs)
    if prefix and operation.urn and operation.run.claim("prefix", prefix, urn=operation.urn) != operation.urn:
        return [Problem(path="name", reason=_SAME_GENERATED_NAME)]
    return []


def _kept_prefix(operation: Operation, olds: State, inputs: State) -> str:
    """Return the prefix of the generated name, which a renamed resource keeps; "" when the name was given."""
    declared, name = inputs["namePrefix"], inputs["name"]
    is_generated = declared and (name in ("", UNKNOWN) or is_generation_of(declared, name))
    return str(olds.get("namePrefix") or operation.run.kept_prefix(operation.urn, declared)) if is_generated else ""


def _names(operation: Operation, olds: State, inputs: State) -> dict[str, Any]:
    prefix = _kept_prefix(operation, olds, inputs)
    if not prefix:
        return {"namePrefix": ""}
    operation.run.keep_prefix(operation.urn, inputs["namePrefix"], prefix)
    return {"namePrefix": prefix, "name": current_name(prefix, olds, inputs)}


def _claim_index(operation: Operation, inputs: State) -> list[Problem]:
    """Claim the index for this resource, or name the other resource of the program that declares the same one."""
    account_id, name = inputs["accountId"], inputs["name"]
    if not operation.urn or contains_unknown([account_id, name]):
        return []
    owner = operation.run.claim("index", account_id, name, urn=operation.urn)
    if owner == operation.urn:
        return []
    reason = (
        f'is used twice: index "{name}" of account {account_id} is declared by two resources, {owner} and {operation.urn}. '
        "Remove one of them, or choose another name for it"
    )
    return [Problem(path="name", reason=reason)]


def _claim_properties(operation: Operation, inputs: State) -> list[Problem]:
    name, declared = inputs["name"], inputs["metadataIndexes"]
    if name is UNKNOWN or declared is UNKNOWN:
        return []
    return [
        Problem(path=f"metadataIndexes.{key}", reason=conflict)
        for key in declared
        if (conflict := property_conflict(operation, inputs["accountId"], name, key))
    ]


def property_conflict(operation: Operation, account_id: Any, index_name: Any, property_name: Any) -> str | None:
    """Claim a metadata property for the resource that is being checked, or return which other one declares it already."""
    if not operation.urn or contains_unknown([account_id, index_name, property_name]):
        return None
    owner = operation.run.claim("property", account_id, index_name, property_name, urn=operation.urn)
    if owner == operation.urn:
        return None
    return (
        f'is used twice: metadata index "{property_name}" of index "{index_name}" is declared by two resources, '
        f"{owner} and {operation.urn}. "
        "Declare it either under metadata_indexes or as a VectorizeMetadataIndex"
    )


def _warn_of_few_dimensions(operation: Operation, inputs: State) -> None:
    config = inputs["config"]
    dimensions = config.get("dimensions") if config is not UNKNOWN else None
    if isinstance(dimensions, int) and dimensions < USUAL_MIN_DIMENSIONS:
        operation.report.warning(
            f"dimensions={dimensions}: the API documents 1 to 1536, but has refused less than {USUAL_MIN_DIMENSIONS}"
        )
