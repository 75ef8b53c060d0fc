"""The words of a front end: how its programs write the properties and options that a message names."""

from __future__ import annotations

from typing import Final, NamedTuple


class Terms(NamedTuple):
    """How a program writes a setting. The first three set an option to true."""

    force_destroy: str
    adopt: str
    delete_before_replace: str
    metadata_indexes: str
    account_id: str


PYTHON: Final = Terms(
    force_destroy="force_destroy=True",
    adopt="adopt=True",
    delete_before_replace="delete_before_replace=True",
    metadata_indexes="metadata_indexes",
    account_id="account_id",
)
# YAML, TypeScript and C# write these names. Go and the generated Python SDK have their own spelling of the same words.
SCHEMA: Final = Terms(
    force_destroy="forceDestroy: true",
    adopt="adopt: true",
    delete_before_replace="deleteBeforeReplace: true",
    metadata_indexes="metadataIndexes",
    account_id="accountId",
)
