"""Pulumi's Automation API, with the program inside the calling process: one program, and the example for many tenants."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest
from pulumi import automation as auto

import pulumi_cloudflare_vectorize as vectorize
from examples.automation import tenants
from tests.e2e.harness import ENGINE, Emulator, Stack, engine_env, login_env

pytestmark = pytest.mark.e2e


def test_an_inline_program_runs_through_the_automation_api(tmp_path: Path, emulator: Emulator):
    for part in ("home", "backend", "work"):
        (tmp_path / part).mkdir()

    def program() -> None:
        docs = vectorize.VectorizeIndex("docs", config=vectorize.IndexConfig(dimensions=64, metric="cosine"))
        pulumi.export("docs", docs.name)

    stack = auto.create_stack(
        "dev",
        project_name="inline",
        program=program,
        opts=auto.LocalWorkspaceOptions(
            work_dir=str(tmp_path / "work"),
            pulumi_command=auto.PulumiCommand(root=str(ENGINE)),
            env_vars={**engine_env(tmp_path), **login_env(emulator.base_url)},
        ),
    )
    result = stack.up()
    assert list(emulator.indexes()) == [result.outputs["docs"].value]
    assert stack.preview(expect_no_changes=True).change_summary == {auto.OpType.SAME: 2}
    stack.refresh(expect_no_changes=True)
    stack.destroy()
    assert emulator.indexes() == {}


TENANTS = [f"tenant-{number:02}" for number in range(20)]


@pytest.mark.slow
def test_twenty_tenants_get_an_index_each_side_by_side_and_a_failure_stops_no_other(tmp_path: Path, emulator: Emulator):
    for part in ("home", "backend"):
        (tmp_path / part).mkdir()
    options = {
        "pulumi_command": auto.PulumiCommand(root=str(ENGINE)),
        "env_vars": {**engine_env(tmp_path), **login_env(emulator.base_url)},
    }
    outcomes = list(tenants.provision([*TENANTS[:10], "no/stack", *TENANTS[10:]], **options))
    assert [outcome.tenant for outcome in outcomes if outcome.error] == ["no/stack"]
    made = {outcome.tenant: outcome.index for outcome in outcomes if outcome.index}
    assert list(made) == TENANTS
    assert sorted(made.values()) == sorted(emulator.indexes())
    assert {tenant: exported(tmp_path, tenant) for tenant in TENANTS} == made

    emulator.forget()
    assert list(tenants.provision(TENANTS[:2], **options)) == outcomes[:2]
    assert emulator.mutations() == []


def exported(directory: Path, tenant: str) -> str:
    """Read the one index of a tenant from its own state."""
    (index,) = Stack(directory, {}, [], tenants.PROJECT, tenant).ids()
    return index
