"""The plugin's process: what it imports, and how it starts."""

import signal
import subprocess
import sys

import pytest


def modules_of(code: str) -> set[str]:
    """Run code in a process of its own, and return the modules that it imported."""
    result = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def test_a_process_that_only_serves_imports_neither_the_sdk_nor_the_core():
    """A preview of a YAML program starts one process for the schema alone."""
    modules = modules_of(
        "from pulumi_cloudflare_vectorize.plugin import server; server._skip_sdk();"
        "from pulumi_cloudflare_vectorize.plugin import serving"
    )
    assert "pulumi.runtime.proto.provider_pb2" in modules
    assert not modules & {"pulumi.resource", "pulumi.dynamic", "pydantic", "requests", "tenacity"}


def test_without_an_address_the_process_explains_what_it_is():
    result = subprocess.run(
        [sys.executable, "-m", "pulumi_cloudflare_vectorize.plugin.server"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr.startswith("usage: pulumi-resource-vectorize ENGINE_ADDRESS")
    assert "Pulumi starts it" in result.stderr


def test_the_process_ends_with_the_engine_even_if_that_is_killed():
    """A killed engine sends nothing, but its end of the pipe is closed."""
    command = [sys.executable, "-m", "pulumi_cloudflare_vectorize.plugin.server", "127.0.0.1:1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        assert int(process.stdout.readline()) > 0
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(timeout=20) == 0


@pytest.mark.parametrize("stdin", [subprocess.PIPE, subprocess.DEVNULL], ids=["of an engine", "none"])
def test_an_interrupt_ends_the_process_at_once_and_without_a_word(stdin):
    """The engine sends one at the end of every command, and waits for the process."""
    command = [sys.executable, "-m", "pulumi_cloudflare_vectorize.plugin.server", "127.0.0.1:1"]
    with subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stderr.read() == ""
