"""Declare one VectorizeIndex for each entry of the stack's `indexes` configuration.

To add an index, change a YAML file. A pull request shows the change.
"""

from typing import Any

import pulumi

import pulumi_cloudflare_vectorize as vectorize

# Key of an entry → argument of the resource. An entry can also contain `protect`.
ARGUMENTS = {
    "config": "config",
    "name": "name",
    "description": "description",
    "accountId": "account_id",
    "metadataIndexes": "metadata_indexes",
    "forceDestroy": "force_destroy",
    "adopt": "adopt",
}


def arguments_of(resource_name: str, entry: Any) -> dict[str, Any]:
    """Turn an entry into the arguments of its resource."""
    if not isinstance(entry, dict) or "config" not in entry:
        raise pulumi.RunError(f"indexes.{resource_name} must be a mapping with `config`")
    unknown = sorted(entry.keys() - ARGUMENTS.keys() - {"protect"})
    if unknown:
        raise pulumi.RunError(
            f"indexes.{resource_name} contains {', '.join(unknown)}. The allowed keys are {', '.join(ARGUMENTS)}, protect"
        )
    arguments = {argument: entry[key] for key, argument in ARGUMENTS.items() if key in entry}
    return {**arguments, "opts": pulumi.ResourceOptions(protect=entry.get("protect"))}


entries = pulumi.Config().require_object("indexes")
if not isinstance(entries, dict):
    raise pulumi.RunError("indexes must be a mapping of names to indexes")
# Check every entry before the first is declared. With --skip-preview, Pulumi creates each index as soon as it is declared.
declared = {name: arguments_of(name, entry) for name, entry in entries.items()}
pulumi.export("indexes", {name: vectorize.VectorizeIndex(name, **given).name for name, given in declared.items()})
