"""The indexes of one environment: shared defaults from Pulumi.yaml, shapes from the stack's own file."""

from typing import Any

import pulumi

import pulumi_cloudflare_vectorize as vectorize

settings = pulumi.Config()
defaults = settings.require_object("defaults")
opts = pulumi.ResourceOptions(protect=settings.require_bool("protect"))


def merge(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Lay an entry over the defaults: mappings are merged, anything else is taken from the entry."""
    both = {key: merge(shared[key], own[key]) for key in shared.keys() & own.keys() if isinstance(own[key], dict)}
    return {**shared, **own, **both}


def declare(name: str, entry: dict[str, Any]) -> vectorize.VectorizeIndex:
    """Declare one index; it has no `name`, so that each stack gets a generated one of its own."""
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
