"""The configuration of a Worker, with bindings to the indexes that another project declares for the same environment."""

import pulumi

environment = pulumi.StackReference(f"{pulumi.get_organization()}/environments/{pulumi.get_stack()}")


def bind(indexes: dict[str, str]) -> list[dict[str, str]]:
    """Return the `vectorize` part of the Worker's wrangler.json: a binding for each index, named like its resource."""
    return [{"binding": name.upper(), "index_name": index} for name, index in sorted(indexes.items())]


bindings = environment.require_output("indexes").apply(bind)
wrangler = {
    "name": f"search-{pulumi.get_stack()}",
    "main": "src/worker.js",
    "compatibility_date": "2026-01-01",
    "vectorize": bindings,
}
pulumi.export("wrangler", wrangler)
