"""One resource per program owns an index, a generated name and a metadata property. The check rejects a second one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..unknown import UNKNOWN, contains_unknown
from .context import Context, State
from .inputs import Problem
from .records import IndexKey

SAME_GENERATED_NAME = (
    "is required: another index of this program has the same resource name under another parent, or had it before it was renamed, "
    "so both would get the same generated name"
)


def generated_name_problem(context: Context, prefix: str) -> list[Problem]:
    """Claim the prefix of a generated name. It contains no parents, so two resources can have the same."""
    if prefix and context.urn and context.run.claim("prefix", prefix, urn=context.urn) != context.urn:
        return [Problem(path="name", reason=SAME_GENERATED_NAME)]
    return []


def index_problem(context: Context, inputs: State) -> list[Problem]:
    """Claim the index for this resource. The problem names the other resource that declares it."""
    account_id, name = inputs["accountId"], inputs["name"]
    if not context.urn or contains_unknown([account_id, name]):
        return []
    owner = context.run.claim("index", account_id, name, urn=context.urn)
    if owner == context.urn:
        return []
    reason = (
        f'is used twice: index "{name}" of account {account_id} is declared by two resources, {owner} and {context.urn}. '
        "Remove one of them, or choose another name for it"
    )
    return [Problem(path="name", reason=reason)]


def inline_property_problems(context: Context, inputs: State) -> list[Problem]:
    """Claim every property under `metadata_indexes` for this resource."""
    name, declared = inputs["name"], inputs["metadataIndexes"]
    if name is UNKNOWN or declared is UNKNOWN:
        return []
    return [
        Problem(path=f"metadataIndexes.{key}", reason=reason)
        for key in declared
        if (reason := property_problem(context, inputs["accountId"], name, key))
    ]


def separate_properties(context: Context, key: IndexKey, candidates: Iterable[str]) -> set[str]:
    """Return the properties of an index that this run declares as separate resources, as far as it shows."""
    declared = context.run.resource(context.urn).separate_properties
    return {
        name
        for name in candidates
        if name in declared or context.run.claimant("property", *key, name) not in ("", context.urn)
    }


def property_problem(context: Context, account_id: Any, index_name: Any, property_name: Any) -> str | None:
    """Claim a metadata property for this resource. Return the problem if another resource declares it."""
    if not context.urn or contains_unknown([account_id, index_name, property_name]):
        return None
    owner = context.run.claim("property", account_id, index_name, property_name, urn=context.urn)
    if owner == context.urn:
        return None
    return (
        f'is used twice: metadata index "{property_name}" of index "{index_name}" is declared by two resources, '
        f"{owner} and {context.urn}. "
        f"Declare it either under {context.terms.metadata_indexes} or as a VectorizeMetadataIndex"
    )
