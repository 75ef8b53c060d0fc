"""The benchmark of the lifecycle still runs, and counts what the README promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks" / "lifecycle.py"


@pytest.mark.slow
@pytest.mark.e2e
def test_the_lifecycle_benchmark_measures_every_contestant_and_counts_its_requests():
    """Only the ends of a lifecycle: the steps between go the same way."""
    command = [sys.executable, str(SCRIPT), "--sizes", "1", "--rounds", "1", "--steps", "create,destroy"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stderr
    ours, plugin = (part.splitlines() for part in result.stdout.split("\n\n")[:2])
    lines = [line.strip("| ").split(" | ") for line in ours if line.startswith("| 1 ")]
    of_plugin = [line.strip("| ").split(" | ") for line in plugin if line.startswith("| 1 ")]
    assert {cells[1]: cells[-1] for cells in of_plugin} == {
        "create": "1 POST + 1 list",
        "destroy": "1 DELETE + 1 GET + 1 info",
    }
    assert {cells[1]: cells[-1] for cells in lines} == {
        "create": "1 POST + 1 list",
        "destroy": "1 DELETE + 1 GET + 1 info",
        "destroy, `force_destroy`": "1 DELETE + 1 GET",
    }
    for cells in lines:
        ours, floor, engine = (float(cell.removesuffix(" s")) for cell in cells[2:5])
        assert min(ours, floor, engine) > 0
    assert "1 floor: create took" in result.stderr


def test_the_document_holds_a_table_between_its_markers():
    document = (ROOT / "docs" / "internals" / "performance.md").read_text()
    table = re.search(r"<!-- benchmark:begin -->\n(.*)\n<!-- benchmark:end -->", document, re.DOTALL)
    assert table
    assert "| 100 | destroy |" in table[1]
