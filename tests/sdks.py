"""How tests use the SDKs of sdk/: installed in a folder of the test, without network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SDK = ROOT / "sdk"
NODE = ROOT / ".engine" / "node"
NPM_NAME = "@unofficial-cloudflare/vectorize"


def node_env() -> dict[str, str]:
    """Return the environment with the commands of the npm packages, such as `tsc`."""
    return {**os.environ, "PATH": os.pathsep.join([str(NODE / "node_modules" / ".bin"), os.environ["PATH"]])}


def install_npm_packages(project: Path) -> None:
    """Make the node_modules of a project: links to the packages that `make setup` installed, and a compiled copy of the SDK.

    npm itself takes 20 s of CPU time for the same, because it copies 150 MB.
    """
    packages = NODE / "node_modules"
    assert packages.exists(), "no npm packages: run `make setup` with Node.js installed"
    modules = project / "node_modules"
    modules.mkdir()
    for package in packages.iterdir():
        (modules / package.name).symlink_to(package)
    sdk = modules / NPM_NAME
    ignored = shutil.ignore_patterns("node_modules", "bin")
    shutil.copytree(SDK / "nodejs", sdk, ignore=ignored)
    # What npm runs after the installation of the SDK.
    subprocess.run(["node", "scripts/postinstall.js"], cwd=sdk, env=node_env(), check=True, timeout=120)


def install_python_sdk(directory: Path) -> Path:
    """Make a virtual environment with the SDK and everything that the tests have installed. Return its interpreter."""
    venv.create(directory, with_pip=False)
    python = directory / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(directory)}))
    (site / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    source = directory / "sdk"
    shutil.copytree(SDK / "python", source)  # setuptools builds in the folder of the source
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", *options, source], check=True, timeout=120
    )
    return python
