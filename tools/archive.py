"""Build the self-contained plugin that a release attaches: an archive with an executable and its Python.

    python tools/archive.py FOLDER    writes FOLDER/pulumi-resource-vectorize-v<version>-<system>-<processor>.tar.gz

`pulumi plugin install` accepts it, and downloads it from a `pluginDownloadURL` by that name. It runs only on the system and
the kind of processor that it was built on.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "pulumi_cloudflare_vectorize"
NAME = "pulumi-resource-vectorize"
# Pulumi's names of processors, which are those of Go.
PROCESSORS = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# Imported by functions, where PyInstaller does not look, or found by name at run time.
SUBMODULES = (f"{PACKAGE}.plugin", f"{PACKAGE}.lifecycle", f"{PACKAGE}.api", "pulumi.runtime.proto")
# What libraries can use, and the plugin never imports. A development environment contains most of it.
EXCLUDED = ("hypothesis", "IPython", "mypy", "numpy", "opentelemetry", "pytest", "rich", "tkinter", "typer", "yaml")
MAIN = f"from {PACKAGE}.plugin.server import main\n\nmain()\n"


def archive_name() -> str:
    """Return the name that Pulumi downloads."""
    sys.path.insert(0, str(ROOT / "provider"))
    from pulumi_cloudflare_vectorize import __version__  # noqa: PLC0415 -- from this checkout

    processor = PROCESSORS.get(platform.machine(), platform.machine())
    return f"{NAME}-v{__version__}-{platform.system().lower()}-{processor}.tar.gz"


def build(folder: Path) -> Path:
    """Build the executable and the folder of its libraries."""
    (folder / "main.py").write_text(MAIN, encoding="utf-8")
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", "--onedir"]
    command += ["--name", NAME, "--contents-directory", "lib", "--paths", str(ROOT / "provider")]
    command += [option for name in SUBMODULES for option in ("--collect-submodules", name)]
    command += [option for name in EXCLUDED for option in ("--exclude-module", name)]
    command += ["--add-data", f"{ROOT / 'provider' / PACKAGE / 'plugin' / 'schema.json'}:{PACKAGE}/plugin"]
    subprocess.run([*command, "main.py"], cwd=folder, check=True)
    return folder / "dist" / NAME


def write(target: Path) -> Path:
    """Write the archive to a folder, and return its path."""
    target.mkdir(parents=True, exist_ok=True)
    path = target / archive_name()
    with tempfile.TemporaryDirectory() as folder:
        built = build(Path(folder))
        with tarfile.open(path, "w:gz") as archive:
            for item in sorted(built.iterdir()):
                archive.add(item, item.name)
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 -- the script and its argument
        sys.exit(__doc__)
    print(write(Path(sys.argv[1]).resolve()))
