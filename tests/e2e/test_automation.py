"""Pulumi's Automation API, with the program inside the calling process."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest
from pulumi import automation as auto

import pulumi_cloudflare_vectorize as vectorize
from tests.e2e.harness import ENGINE, Emulator, engine_env, login_env

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
