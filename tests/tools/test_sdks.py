"""The SDKs in sdk/ are what the generators write, and programs that use them compile. So do the examples in the schema."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdks import NPM_NAME, ROOT, SDK, install_npm_packages, install_python_sdk, node_env
from tools import schema, sdks

# Each line is a mistake that a type checker has to find.
PYTHON_MISTAKES = """\
vectorize.VectorizeIndex("a", config={"dimensions": "768", "metric": "cosine"})
vectorize.VectorizeIndex("a", config={"dimension": 768, "metric": "cosine"})
vectorize.VectorizeIndex("a", metadata_indexes={"tenant": 1}, config={"preset": vectorize.Preset.BGE_BASE_EN_V15})
vectorize.VectorizeIndex("a", config={"preset": "@cf/baai/bge-base-en-v1.5"}).nmae
"""
TYPESCRIPT_MISTAKES = """\
new vectorize.VectorizeIndex("a");
new vectorize.VectorizeIndex("a", { config: { dimensions: "768", metric: "cosine" } });
new vectorize.VectorizeIndex("a", { config: { dimension: 768, metric: "cosine" } });
new vectorize.VectorizeIndex("a", { config: { preset: vectorize.Preset.BgeBaseEnV15 } }).nmae;
"""


def run(command: list[str | Path], cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a compiler, and return what it prints."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=600, check=False)
    return done.stdout + done.stderr


def snippets(suffix: str) -> list[Path]:
    return sorted(schema.SNIPPETS.glob(f"*.{suffix}"))


def test_the_sdks_are_up_to_date():
    assert sdks.GENERATOR.exists(), "no SDK generator: run `make setup` with Go installed"
    assert sdks.differences() == [], "run `make sdks`"


def test_a_difference_is_found(tmp_path, monkeypatch):
    shutil.copytree(SDK, tmp_path / "sdk")
    monkeypatch.setattr(sdks, "SDK", tmp_path / "sdk")
    (tmp_path / "sdk" / "nodejs" / "index.ts").write_text("")
    (tmp_path / "sdk" / "go" / "more.go").write_text("")
    (tmp_path / "sdk" / "python" / "pyproject.toml").unlink()
    assert sdks.differences() == ["go/more.go", "nodejs/index.ts", "python/pyproject.toml"]


def test_the_sdks_contain_nothing_of_the_machine_that_wrote_them():
    listed = run(["git", "ls-files", "sdk", "examples/typescript", "examples/go"], ROOT).splitlines()
    assert not [path for path in listed if re.search(r"(^|/)(bin|node_modules)/|package-lock|yarn\.lock", path)]
    for path in listed:
        assert not re.search(r"file:///|/home/|/root/|/tmp/|registry\.", (ROOT / path).read_text()), path


def test_the_packages_do_not_collide_with_this_distribution():
    packages = {path.parent.name for path in (SDK / "python").glob("*/__init__.py")}
    assert packages == {"unofficial_cloudflare_vectorize"}
    assert f'"name": "{NPM_NAME}"' in (SDK / "nodejs" / "package.json").read_text()


@pytest.mark.slow
def test_python_programs_pass_mypy_and_mistakes_are_found(tmp_path):
    python = install_python_sdk(tmp_path / "venv")
    head = "import unofficial_cloudflare_vectorize as vectorize\n"
    (tmp_path / "mistakes.py").write_text(head + PYTHON_MISTAKES)
    for path in snippets("py"):
        shutil.copyfile(path, tmp_path / path.name)
    programs = [path.name for path in snippets("py")]
    options = ["--strict", "--no-error-summary", "--python-executable", python, "--cache-dir", tmp_path / "cache"]
    printed = run([sys.executable, "-m", "mypy", *options, *programs, "mistakes.py"], tmp_path)
    errors = [line.split(":")[:2] for line in printed.splitlines() if ": error:" in line]
    assert dict.fromkeys(map(tuple, errors)) == dict.fromkeys(
        ("mistakes.py", str(number)) for number in range(2, 2 + PYTHON_MISTAKES.count("\n"))
    ), printed


@pytest.mark.slow
def test_typescript_programs_compile_and_mistakes_are_found(tmp_path):
    install_npm_packages(tmp_path)
    (tmp_path / "mistakes.ts").write_text(f'import * as vectorize from "{NPM_NAME}";\n{TYPESCRIPT_MISTAKES}')
    for path in snippets("ts"):
        shutil.copyfile(path, tmp_path / path.name)
    options = [
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--target",
        "es2020",
        "--module",
        "commonjs",
        "--types",
        "node",
    ]
    programs = [path.name for path in snippets("ts")]
    printed = run(["tsc", *options, *programs, "mistakes.ts"], tmp_path, node_env())
    errors = re.findall(r"^(\w+\.ts)\((\d+),\d+\): error", printed, flags=re.MULTILINE)
    assert dict.fromkeys(errors) == dict.fromkeys(
        ("mistakes.ts", str(number)) for number in range(2, 2 + TYPESCRIPT_MISTAKES.count("\n"))
    ), printed


@pytest.mark.slow
def test_the_go_sdk_passes_vet():
    assert run(["go", "vet", "./..."], SDK / "go") == ""


@pytest.mark.slow
def test_go_programs_pass_vet(tmp_path):
    example = ROOT / "examples" / "go"
    (tmp_path / "go.mod").write_text((example / "go.mod").read_text().replace("../../sdk/go", str(SDK / "go")))
    shutil.copyfile(example / "go.sum", tmp_path / "go.sum")
    for path in [*snippets("go"), example / "main.go"]:
        (tmp_path / path.stem).mkdir()
        shutil.copyfile(path, tmp_path / path.stem / "main.go")
    assert run(["go", "vet", "./..."], tmp_path) == ""
    assert run(["gofmt", "-l", "."], tmp_path) == ""
