"""Provision an index for each tenant of a service, with a stack per tenant and no project on disk.

`python tenants.py acme globex` provisions two. State, passphrase and credentials come from the environment, as for `pulumi`.
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
    """The result for one tenant: the name of its index, or the error."""

    tenant: str
    index: str = ""
    error: str = ""


def declare() -> None:
    """Declare a tenant's index. Its generated name differs by stack."""
    vectors = vectorize.VectorizeIndex("vectors", config=SHAPE, metadata_indexes={"source": "string"})
    pulumi.export("index", vectors.name)


def provision_one(tenant: str, **options: Any) -> Provisioned:
    """Create or update one tenant's stack. A second run changes nothing, or continues an interrupted one."""
    with tempfile.TemporaryDirectory(prefix="tenant-") as directory:
        try:
            workspace = auto.LocalWorkspaceOptions(work_dir=directory, **options)
            stack = auto.create_or_select_stack(tenant, project_name=PROJECT, program=declare, opts=workspace)
            return Provisioned(tenant, index=stack.up().outputs["index"].value)
        except auto.CommandError as error:
            return Provisioned(tenant, error=str(error))


def provision(tenants: Iterable[str], at_once: int = 4, **options: Any) -> Iterator[Provisioned]:
    """Provision tenants in parallel. A failure of one does not stop the others.

    Args:
        tenants: IDs, which become names of stacks: letters, digits, `-`, `_` and `.`.
        at_once: How many engines run at a time. Each uses a core for a second or two.
        options: Of `LocalWorkspaceOptions`, such as `env_vars`.
    """
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(lambda tenant: provision_one(tenant, **options), tenants)


def main() -> int:
    """Provision the tenants of the command line."""
    if not sys.argv[1:]:
        sys.stderr.write("usage: python tenants.py TENANT...\n")
        return 2
    outcomes = list(provision(sys.argv[1:]))
    for outcome in outcomes:
        sys.stdout.write(f"{outcome.tenant}: {outcome.index or outcome.error}\n")
    return 1 if any(outcome.error for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
