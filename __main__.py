"""One VectorizeIndex for each entry under the stack's `indexes` config: adding an index is a reviewed change of a YAML file."""

from typing import Any

import pulumi

import pulumi_cloudflare_vectorize as vectorize

# What an entry may hold, and the argument of the resource that it becomes.
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
            f"indexes.{resource_name} holds {', '.join(unknown)}; it may hold {', '.join(ARGUMENTS)}, protect"
        )
    arguments = {argument: entry[key] for key, argument in ARGUMENTS.items() if key in entry}
    return {**arguments, "opts": pulumi.ResourceOptions(protect=entry.get("protect"))}


entries = pulumi.Config().require_object("indexes")
if not isinstance(entries, dict):
    raise pulumi.RunError("indexes must map names to indexes")
# Every entry is looked at before the first is declared: without a preview, indexes are created as they are declared.
declared = {name: arguments_of(name, entry) for name, entry in entries.items()}
pulumi.export("indexes", {name: vectorize.VectorizeIndex(name, **given).name for name, given in declared.items()})
