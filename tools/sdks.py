"""Write the SDKs of the plugin for Python, TypeScript and Go from its schema: sdk/.

`pulumi-sdks` makes them with the engine's own generators. Two things are added. The README of the Python package is copied to where
its pyproject.toml names it. `go mod tidy` completes go.mod and writes go.sum, without which no command of Go accepts the module.

Without `--write`, fail if a file differs. With `--packages`, install the npm packages and the Go modules that the tests of the SDKs
use. The tests then need no network.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SDK = ROOT / "sdk"
SCHEMA = ROOT / "provider" / "pulumi_cloudflare_vectorize" / "plugin" / "schema.json"
GENERATOR = ROOT / ".engine" / "bin" / "pulumi-sdks"
LANGUAGES = ("python", "nodejs", "go")
# What installing an SDK leaves in its folder.
INSTALLED = ("node_modules", "bin", "build", "__pycache__")

# The packages of examples/typescript, for the tests. They link to this folder.
NODE = ROOT / ".engine" / "node"
STAMP = ROOT / ".engine" / ".packages"
TYPESCRIPT = ROOT / "examples" / "typescript"
GO_MODULES = (SDK / "go", ROOT / "examples" / "go")


def generate(folder: Path) -> None:
    """Generate every SDK in a folder."""
    subprocess.run([GENERATOR, SCHEMA, folder], check=True)
    python = folder / "python"
    (readme,) = python.glob("*/README.md")
    shutil.copyfile(readme, python / "README.md")


def write() -> None:
    """Replace the SDKs."""
    generate(SDK)
    run("go", "mod", "tidy", cwd=SDK / "go")


def differences() -> list[str]:
    """Return the files of the SDKs that are missing, superfluous or not what the generators write."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        wanted, present = contents(Path(folder)), contents(SDK)
    return sorted(
        name
        for name in wanted.keys() | present.keys()
        if not is_as_generated(name, wanted.get(name), present.get(name))
    )


def is_as_generated(name: str, wanted: str | None, present: str | None) -> bool:
    """Compare a file. `go mod tidy` adds lines to go.mod, and writes go.sum."""
    if name == "go/go.sum":
        return present is not None
    if name == "go/go.mod" and wanted and present:
        return requirements(wanted) <= requirements(present)
    return wanted == present


def requirements(go_mod: str) -> set[str]:
    """Return the module and the requirements of a go.mod file, without the version of Go, which `go mod tidy` can raise."""
    lines = (line.strip().removeprefix("require ") for line in go_mod.splitlines())
    return {line for line in lines if line and not line.startswith("go ")}


def contents(sdk: Path) -> dict[str, str]:
    """Return every file of the SDKs in a folder, without what an installation leaves."""
    return {str(path.relative_to(sdk)): path.read_text() for language in LANGUAGES for path in files(sdk / language)}


def files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part in INSTALLED or part.endswith(".egg-info") for part in parts):
            yield path


# --- what the tests of the SDKs use ---


def install_packages() -> None:
    """Install the npm packages and the Go modules, and compile them. Report a missing tool: only the tests of its SDK need it."""
    if STAMP.exists() and STAMP.read_text() == pins():
        return
    if shutil.which("npm"):
        install_npm_packages()
    else:
        report("no npm. The tests of the TypeScript SDK fail: install Node.js 20 or newer (https://nodejs.org)")
    if shutil.which("go"):
        compile_go_modules()
    else:
        report("no Go. The tests of the Go SDK fail: install Go 1.25 or newer (https://go.dev/dl)")
    STAMP.write_text(pins())


def report(text: str) -> None:
    """Print one line."""
    print(f"sdks: {text}", flush=True)


def run(tool: str, *arguments: str, cwd: Path) -> None:
    """Run a tool, and show its errors only."""
    subprocess.run([shutil.which(tool) or tool, *arguments], cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def pins() -> str:
    """Return a hash of the declared packages, and of which tools there are."""
    declared = [npm_packages(), *((module / "go.sum").read_text() for module in GO_MODULES)]
    tools = [tool for tool in ("npm", "go") if shutil.which(tool)]
    return hashlib.sha256("".join([*declared, *tools]).encode()).hexdigest()


def npm_packages() -> str:
    """Return the package.json of the example, without the SDK, which the tests install themselves."""
    declared = json.loads((TYPESCRIPT / "package.json").read_text())
    kept = {name: version for name, version in declared["dependencies"].items() if not version.startswith("file:")}
    return json.dumps({**declared, "dependencies": kept}, indent=2)


def install_npm_packages() -> None:
    """Install the npm packages in an empty folder."""
    report("installing the npm packages of examples/typescript (about 20 s)")
    shutil.rmtree(NODE, ignore_errors=True)
    NODE.mkdir(parents=True)
    (NODE / "package.json").write_text(npm_packages())
    # Nothing here needs an installation script.
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error"]
    run("npm", "install", *options, cwd=NODE)


def compile_go_modules() -> None:
    """Compile Pulumi's SDK, which takes longer than the engine waits for a program in a test."""
    # Measured 2026-11 on two cores: 130 s of CPU time with an empty build cache, 3 s with a full one.
    report("compiling the Go SDK and examples/go (about two minutes the first time)")
    for module in GO_MODULES:
        run("go", "mod", "download", cwd=module)
        run("go", "vet", "./...", cwd=module)
    run("go", "build", "-o", os.devnull, ".", cwd=ROOT / "examples" / "go")


def main() -> int:
    """Write or check the SDKs, or install packages."""
    if "--packages" in sys.argv:
        install_packages()
        return 0
    if "--write" in sys.argv:
        write()
        return 0
    differing = differences()
    if differing:
        print(f"differs from the schema: {', '.join(differing)}. Run tools/sdks.py --write", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {error}")
