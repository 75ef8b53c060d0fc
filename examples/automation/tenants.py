"""One index for each tenant of a service, provisioned by the service itself: a stack per tenant, no project on disk.

`python tenants.py acme globex` provisions two; state, passphrase and credentials come from the environment, as for `pulumi` itself.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import automation as auto

import pulumi_cloudflare_vectorize as vectorize

PROJECT = "tenants"
SHAPE = vectorize.IndexConfig(dimensions=768, metric="cosine")


@dataclass(frozen=True)
class Provisioned:
    """What became of one tenant: the name of its index, or why there is none."""

    tenant: str
    index: str = ""
    error: str = ""


def declare() -> None:
    """Declare a tenant's index; its generated name differs by stack, and so by tenant."""
    vectors = vectorize.VectorizeIndex("vectors", config=SHAPE, metadata_indexes={"source": "string"})
    pulumi.export("index", vectors.name)


def provision_one(tenant: str, **options: Any) -> Provisioned:
    """Bring one tenant's stack up; again does nothing, and goes on where an earlier run was cut short."""
    with tempfile.TemporaryDirectory(prefix="tenant-") as directory:
        try:
            workspace = auto.LocalWorkspaceOptions(work_dir=directory, **options)
            stack = auto.create_or_select_stack(tenant, project_name=PROJECT, program=declare, opts=workspace)
            return Provisioned(tenant, index=stack.up().outputs["index"].value)
        except auto.CommandError as error:
            return Provisioned(tenant, error=str(error))


def provision(tenants: Iterable[str], at_once: int = 4, **options: Any) -> Iterator[Provisioned]:
    """Provision many tenants side by side; the failure of one stops no other.

    Args:
        tenants: Their ids, which become names of stacks: letters, digits, `-`, `_` and `.`.
        at_once: How many engines run at a time; each takes a core for a second or two.
        options: Of `LocalWorkspaceOptions`, as `env_vars`: where the engine, the state and the credentials are.
    """
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(lambda tenant: provision_one(tenant, **options), tenants)


def main() -> int:
    """Provision the tenants of the command line."""
    outcomes = list(provision(sys.argv[1:]))
    for outcome in outcomes:
        sys.stdout.write(f"{outcome.tenant}: {outcome.index or outcome.error}\n")
    return 1 if any(outcome.error for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
