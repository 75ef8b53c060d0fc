"""The words of a front end: how its programs write the properties and options that a message or a review names."""

from __future__ import annotations

from typing import Final, NamedTuple


class Terms(NamedTuple):
    """How a program writes a setting.

    - the first five set an option to true
    - `_name`: an option without a value
    - `ignore_description`, `alias`: whole options, and `{urn}` is the place of a URN
    """

    force_destroy: str
    adopt: str
    delete_before_replace: str
    retain_on_delete: str
    protect: str
    metadata_indexes: str
    account_id: str
    force_destroy_name: str
    retain_on_delete_name: str
    replace_on_changes_name: str
    ignore_description: str
    alias: str


PYTHON: Final = Terms(
    force_destroy="force_destroy=True",
    adopt="adopt=True",
    delete_before_replace="delete_before_replace=True",
    retain_on_delete="retain_on_delete=True",
    protect="protect=True",
    metadata_indexes="metadata_indexes",
    account_id="account_id",
    force_destroy_name="force_destroy",
    retain_on_delete_name="retain_on_delete",
    replace_on_changes_name="replace_on_changes",
    ignore_description='ignore_changes=["description"]',
    alias='opts=pulumi.ResourceOptions(aliases=["{urn}"])',
)
# YAML, TypeScript and C# write these names. Go and the generated Python SDK have their own spelling of the same words.
SCHEMA: Final = Terms(
    force_destroy="forceDestroy: true",
    adopt="adopt: true",
    delete_before_replace="deleteBeforeReplace: true",
    retain_on_delete="retainOnDelete: true",
    protect="protect: true",
    metadata_indexes="metadataIndexes",
    account_id="accountId",
    force_destroy_name="forceDestroy",
    retain_on_delete_name="retainOnDelete",
    replace_on_changes_name="replaceOnChanges",
    ignore_description='ignoreChanges: ["description"]',
    alias='aliases: ["{urn}"]',
)
