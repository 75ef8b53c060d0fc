"""The indexes of one environment: shared defaults from Pulumi.yaml, shapes from the file of the stack."""

from typing import Any

import pulumi

import pulumi_cloudflare_vectorize as vectorize

settings = pulumi.Config()
defaults = settings.require_object("defaults")
opts = pulumi.ResourceOptions(protect=settings.require_bool("protect"))


def merge(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Merge an entry into the defaults. Mappings are merged, and any other value of the entry replaces the default."""
    both = {key: merge(shared[key], own[key]) for key in shared.keys() & own.keys() if isinstance(own[key], dict)}
    return {**shared, **own, **both}


def declare(name: str, entry: dict[str, Any]) -> vectorize.VectorizeIndex:
    """Declare one index without a `name`, so each stack gets another generated name."""
    return vectorize.VectorizeIndex(
        name,
        config=entry["config"],
        description=entry.get("description"),
        metadata_indexes=entry.get("metadataIndexes"),
        force_destroy=entry.get("forceDestroy", False),
        opts=opts,
    )


indexes = {name: declare(name, merge(defaults, entry)) for name, entry in settings.require_object("indexes").items()}
pulumi.export("indexes", {name: index.name for name, index in indexes.items()})
