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


def declare(resource_name: str, entry: Any) -> vectorize.VectorizeIndex:
    """Declare the index of one entry."""
    if not isinstance(entry, dict) or "config" not in entry:
        raise pulumi.RunError(f"indexes.{resource_name} must be a mapping with `config`, got {entry!r}")
    unknown = sorted(entry.keys() - ARGUMENTS.keys() - {"protect"})
    if unknown:
        raise pulumi.RunError(
            f"indexes.{resource_name} holds {', '.join(unknown)}; it may hold {', '.join(ARGUMENTS)}, protect"
        )
    arguments = {argument: entry[key] for key, argument in ARGUMENTS.items() if key in entry}
    opts = pulumi.ResourceOptions(protect=entry.get("protect"))
    return vectorize.VectorizeIndex(resource_name, **arguments, opts=opts)


indexes = pulumi.Config().require_object("indexes")
if not isinstance(indexes, dict):
    raise pulumi.RunError(f"indexes must map names to indexes, got {indexes!r}")
pulumi.export("indexes", {name: declare(name, entry).name for name, entry in indexes.items()})
