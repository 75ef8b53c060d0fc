"""Creations that are cut short, by the network, by the API or by a kill: the next run finishes them, with one index."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.harness import PROJECT, STACK, Emulator, Stack

pytestmark = pytest.mark.e2e

needs_proc = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="finds the engine's orphans through /proc")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param({"name": "docs"}, {"drop_answer": True}, id="answer lost"),
        pytest.param({}, {"drop_answer": True}, id="answer lost, generated name"),
        pytest.param({"name": "docs"}, {"status": 504, "after": True}, id="gateway time-out after the work"),
        pytest.param({"name": "docs"}, {"status": 500}, id="failed before the work"),
        pytest.param({"name": "docs"}, {"reset": True}, id="connection reset before the work"),
    ],
)
def test_a_create_whose_answer_is_lost_converges(stack: Stack, emulator: Emulator, name: dict, fault: dict):
    """Behaviors 4, 25: read before it is sent again; no error, one index, and outputs as a GET answers."""
    emulator.fault(method="POST", path="indexes", **fault)
    stack.declare(**name)
    stack.up()
    (live,) = emulator.indexes().values()
    assert stack.ids() == [live["name"]]
    assert stack.resource()["outputs"]["createdOn"] == live["created_on"]
    worked = "after" in fault or "drop_answer" in fault
    reading = [f"GET indexes/{live['name']}"]
    accepting = [f"GET indexes/{live['name']}/info", f"GET indexes/{live['name']}/metadata_index/list"]
    # A generated name first looks for older generations of itself.
    looking = [] if name else ["GET indexes"]
    assert emulator.requests() == [
        *looking,
        "POST indexes",
        *reading,
        *(accepting if worked else ["POST indexes"]),
    ]
    assert stack.preview("--expect-no-changes").changes == {}


def test_a_rate_limit_is_waited_out(stack: Stack, emulator: Emulator):
    """Behavior 25: 429 with `Retry-After: 1`, on a create and on a refresh."""
    refused = {"status": 429, "code": 10429, "headers": {"Retry-After": "1"}}
    emulator.fault(method="POST", **refused)
    stack.declare(name="docs")
    stack.up()
    first, second = (entry for entry in emulator.log() if entry["method"] == "POST")
    assert (first["status"], second["status"]) == (429, 200)
    assert 1.0 <= second["at"] - first["at"] < 3.0
    emulator.fault(method="GET", **refused)
    stack.refresh("--expect-no-changes")
    assert list(emulator.indexes()) == ["docs"]


def test_a_half_finished_create_is_in_the_state_and_the_next_up_finishes_it(stack: Stack, emulator: Emulator):
    """Behavior 7: the answer is lost, and the read after it fails until the deadline."""
    emulator.fault(method="POST", drop_answer=True)
    emulator.fault(method="GET", path="indexes/docs", status=500, count=99)
    stack.declare(name="docs", opts='custom_timeouts=pulumi.CustomTimeouts(create="2s")')
    error = stack.up(code=1)
    assert "Traceback" not in error.text
    assert "Whether the index exists could not be read" in error.text
    record = stack.resource()
    assert record["id"] == "docs"
    assert len(record["initErrors"]) == 1
    emulator.clear_faults()
    assert stack.preview().ops == {"docs": "update"}
    stack.up()
    live = emulator.get("docs")
    record = stack.resource()
    assert "initErrors" not in record
    assert record["outputs"]["createdOn"] == live["created_on"]
    assert list(emulator.indexes()) == ["docs"]
    assert stack.preview("--expect-no-changes").changes == {}
    stack.destroy()
    assert emulator.indexes() == {}


def test_a_half_finished_create_that_never_was_is_created_by_the_next_up(stack: Stack, emulator: Emulator):
    """Behaviors 7, 11: the POST failed in truth; also a refresh in between drops the record instead of failing."""
    emulator.fault(method="POST", status=500, count=99)
    emulator.fault(method="GET", path="indexes/docs", status=500, count=99)
    stack.declare(name="docs", opts='custom_timeouts=pulumi.CustomTimeouts(create="2s")')
    stack.up(code=1)
    assert stack.ids() == ["docs"]
    emulator.clear_faults()
    stack.refresh()
    assert stack.ids() == []
    stack.up()
    assert list(emulator.indexes()) == stack.ids() == ["docs"]


MANY = 100


@needs_proc
@pytest.mark.parametrize(
    ("parallel", "waits_for"),
    [(16, "a response"), (64, "metadata indexes"), (64, "a response"), (256, "metadata indexes")],
)
def test_behavior_40_one_interrupt_leaves_everything_in_flight_in_the_state(
    stack: Stack, emulator: Emulator, parallel: int, waits_for: str
):
    """The next run finishes, and no index is left out of the state."""
    if waits_for == "a response":
        emulator.fault(method="POST", path="*/indexes", skip=1, count=9999, delay_ms=20_000, status=504, after=True)
    else:
        emulator.pause()
    stack.program(f"""
        for number in range({MANY}):
            vectorize.VectorizeIndex(
                f"docs-{{number}}", config={{"dimensions": 64, "metric": "cosine"}}, metadata_indexes={{"tenant": "string"}}
            )
    """)
    run = stack.interrupt(
        "up", "--parallel", str(parallel), once=lambda: emulator.requests().count("POST indexes") >= 10
    )
    assert run.code == 1
    assert run.seconds_to_end < 10.0
    left = {item["id"] for item in stack.state()}
    assert set(emulator.indexes()) <= left
    emulator.clear_faults()
    emulator.resume()
    stack.up("--parallel", "32")
    assert sorted(emulator.indexes()) == stack.ids()
    assert len(stack.ids()) == MANY


@needs_proc
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param({}, 0, id="generated name"),
        pytest.param({"name": "docs", "adopt": True}, 0, id="fixed name, adopt"),
        pytest.param({"name": "docs"}, 0, id="fixed name"),
    ],
)
def test_a_killed_create_is_finished_by_the_next_up(stack: Stack, emulator: Emulator, arguments: dict, code: int):
    """Behavior 7: SIGKILL of the engine while the API works; `pulumi cancel`; the next up creates nothing twice."""
    emulator.fault(method="POST", delay_ms=300)
    stack.declare(**arguments)
    stack.kill_during(
        "up",
        "--yes",
        "--skip-preview",
        engine_once=lambda: "POST indexes" in emulator.requests(),
        rest_once=emulator.indexes,
    )
    before = emulator.indexes()
    document = json.loads(stack.state_file.read_text())
    assert [item["type"] for item in document["checkpoint"]["latest"]["pending_operations"]][-1] == "creating"
    assert "the stack is currently locked" in stack.up(code=None).text
    stack.run("cancel", "--yes", f"organization/{PROJECT}/{STACK}")
    run = stack.up(code=code)
    assert emulator.indexes() == before
    assert 'adopted index "' in run.text
    assert emulator.indexes() == before
    assert stack.ids() == list(before)
    stack.refresh("--clear-pending-creates")
    assert stack.preview("--expect-no-changes").changes == {}


def test_behavior_16_a_replacement_interrupted_between_its_halves_converges(stack: Stack, emulator: Emulator):
    """Behavior 16: delete first, the create fails; the next up creates and nothing else."""
    stack.declare(64, name="docs")
    stack.up()
    emulator.fault(method="POST", status=400, code=40006)
    stack.declare(96, name="docs")
    stack.up(code=1)
    assert emulator.indexes() == {}
    emulator.forget()
    stack.up()
    assert emulator.mutations() == ["POST indexes"]
    assert emulator.get("docs")["config"]["dimensions"] == 96
    assert stack.preview("--expect-no-changes").changes == {}


def test_an_old_generation_whose_delete_failed_is_deleted_by_the_next_up(stack: Stack, emulator: Emulator):
    """Behavior 16: create first, the delete fails; the new index stays, the next up removes the old one."""
    stack.declare(64)
    stack.up()
    (old,) = stack.ids()
    emulator.fault(method="DELETE", status=400, code=40006)
    stack.declare(96)
    stack.up(code=1)
    assert len(emulator.indexes()) == 2
    stack.up()
    (new,) = emulator.indexes()
    assert stack.ids() == [new] != [old]
