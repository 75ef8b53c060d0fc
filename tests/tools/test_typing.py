"""A type checker finds the mistakes of a user's program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "import pulumi\nimport pulumi_cloudflare_vectorize as vectorize\n"
CORRECT = """
docs = vectorize.VectorizeIndex(
    "docs",
    pulumi.ResourceOptions(protect=True),
    config=vectorize.IndexConfig(dimensions=768, metric="cosine"),
    metadata_indexes={"tenant": "string"},
)
vectorize.VectorizeIndex("other", config={"preset": "@cf/baai/bge-base-en-v1.5"}, description=docs.description)
vectorize.VectorizeMetadataIndex("year", index_name=docs.name, property_name="year", index_type="number")
pulumi.export("vectors", vectorize.get_index_info_output(docs.name).apply(lambda info: info.vector_count))
"""
MISTAKES = {
    "a wrong metric": 'vectorize.VectorizeIndex("a", config=vectorize.IndexConfig(dimensions=768, metric="cosin"))',
    "dimensions as text": 'vectorize.VectorizeIndex("a", config={"dimensions": "768", "metric": "cosine"})',
    "an unknown key": 'vectorize.VectorizeIndex("a", config={"dimension": 768, "metric": "cosine"})',
    "an unknown type": 'vectorize.VectorizeMetadataIndex("a", index_name="docs", property_name="t", index_type="text")',
    "no config": 'vectorize.VectorizeIndex("a")',
    "a misspelled output": 'pulumi.export("a", vectorize.VectorizeIndex("a", config={"preset": "@cf/baai/bge-base-en-v1.5"}).nmae)',
}


@pytest.mark.slow
def test_mypy_accepts_a_correct_program_and_finds_every_mistake(tmp_path: Path):
    program = tmp_path / "program.py"
    program.write_text("\n".join([HEAD, CORRECT, *MISTAKES.values()]))
    first = (HEAD + "\n" + CORRECT).count("\n") + 2
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        str(tmp_path / "cache"),
        str(program),
    ]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    lines = {int(line.split(":")[1]) for line in printed.splitlines() if ": error:" in line}
    assert lines == set(range(first, first + len(MISTAKES))), printed
