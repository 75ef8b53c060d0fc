"""Every way to install the plugin that the documentation names, on the real engine."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pulumi_cloudflare_vectorize import __version__
from tests.e2e.harness import ROOT, Emulator, Stack

pytestmark = pytest.mark.e2e

SCRIPT = Path(sys.executable).parent / "pulumi-resource-vectorize"
DOCS = {"docs": {"properties": {"name": "docs", "config": {"dimensions": 64, "metric": "cosine"}}}}


@pytest.fixture
def bare(stack: Stack) -> Stack:
    """A stack whose engine does not look for plugins on PATH."""
    stack.env["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "true"
    return stack


def is_usable(stack: Stack, emulator: Emulator) -> bool:
    stack.up()
    exists = "docs" in emulator.indexes()
    stack.destroy()
    return exists and emulator.indexes() == {}


def test_an_installed_console_script_is_used(bare: Stack, emulator: Emulator):
    bare.run("plugin", "install", "resource", "vectorize", __version__, "--file", str(SCRIPT))
    bare.yaml(DOCS, explicit_path=False)
    assert is_usable(bare, emulator)


def test_a_package_of_a_yaml_project_is_added_by_the_path_of_the_plugin(bare: Stack, emulator: Emulator):
    bare.yaml({}, explicit_path=False)
    bare.run("package", "add", str(SCRIPT))
    project = (bare.project / "Pulumi.yaml").read_text()
    assert f"vectorize: vectorize@{__version__}" in project
    bare.yaml(DOCS, explicit_path=False, packages={"vectorize": str(SCRIPT.parent)})
    assert is_usable(bare, emulator)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve the files of a folder. Yields the address, and the paths of the requests so far."""
    paths: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, _format: str, *_arguments: object) -> None:
            paths.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", paths
        server.shutdown()


@pytest.mark.slow
def test_the_archive_of_a_release_is_installed_from_a_file_and_from_the_address_of_a_program(
    bare: Stack, emulator: Emulator, tmp_path: Path
):
    """One test, because building the archive takes most of its time."""
    command = [sys.executable, str(ROOT / "tools" / "archive.py"), str(tmp_path / "archive")]
    archive = Path(subprocess.run(command, capture_output=True, text=True, check=True, timeout=400).stdout.strip())
    bare.run("plugin", "install", "resource", "vectorize", __version__, "--file", str(archive))
    installed = next(Path(bare.env["PULUMI_HOME"]).rglob("pulumi-resource-vectorize"))
    assert installed.read_bytes().startswith((b"\x7fELF", b"\xcf\xfa\xed\xfe")), "an executable, no Python script"
    bare.yaml(DOCS, explicit_path=False)
    assert is_usable(bare, emulator)
    bare.run("plugin", "rm", "resource", "vectorize", "--yes")
    bare.env.pop("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION")
    with served(archive.parent) as (address, paths):
        options = {"version": __version__, "pluginDownloadURL": address}
        bare.yaml({"docs": {**DOCS["docs"], "options": options}}, explicit_path=False)
        assert is_usable(bare, emulator)
    assert set(paths) == {f"/{archive.name}"}
