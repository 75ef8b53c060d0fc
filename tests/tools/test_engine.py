"""tools/engine/install.py, with fake `pulumi` and `go` commands and a fake installer: no network, no real build.

One long file, as what it tests is.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.engine import install

SCRIPT = Path(install.__file__)
MORE = [program.name for program in install.MORE_PROGRAMS]
BUILT = sorted(
    ["pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python", *MORE]
)


@dataclass
class Machine:
    """A machine with nothing on PATH but what a test puts there."""

    root: Path
    home: Path

    @property
    def calls(self) -> list[str]:
        """What was run, one line for each command."""
        log = self.home / "calls"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def engine(self) -> list[str]:
        """The files in `.engine/bin`; none when it is absent."""
        return sorted(p.name for p in (self.root / "bin").glob("[!.]*"))

    def command(self, name, body, folder="bin"):
        path = self.home / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.home}/calls\n{textwrap.dedent(body)}\n')
        path.chmod(0o755)
        return path

    def pulumi(self, version, folder="bin", *, host=True):
        if host:
            self.command("pulumi-language-python", "", folder)
        return self.command("pulumi", f"echo v{version}", folder)

    def go(self, version="1.26.8", build="", download=""):
        sdk = self.home / "sdk"
        for launcher in install.LAUNCHERS:
            (sdk / launcher).parent.mkdir(parents=True, exist_ok=True)
            (sdk / launcher).write_text("#!/bin/sh\n")
        answer = json.dumps({"Dir": str(sdk)})
        return self.command(
            "go",
            f"""
            case "$1" in
            env) echo go{version} ;;
            mod) {download or f"echo '{answer}'"} ;;
            build)
                while [ "$1" != -o ]; do shift; done
                {build}
                printf '#!/bin/sh\\necho v3.259.0\\n' > "$2"
                /bin/chmod 755 "$2" ;;
            esac""",
        )

    def installer(self, body):
        """Stand in for the SDK's automation module."""
        package = self.home / "sdk-stub" / "pulumi"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        source = (
            "import os, pathlib, sys, time\n"
            "class PulumiCommand:\n    @classmethod\n    def install(cls, root, version):\n"
            "        root = pathlib.Path(root)\n"
        )
        (package / "automation.py").write_text(source + textwrap.indent(textwrap.dedent(body), " " * 8))

    def env(self, *folders):
        path = os.pathsep.join(str(self.home / folder) for folder in folders or ("bin",))
        return {"PATH": path, "PYTHONPATH": str(self.home / "sdk-stub")}

    def start(self):
        """Run the script as make does."""
        return subprocess.Popen(
            [sys.executable, SCRIPT, self.root],
            env=self.env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def machine(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    machine = Machine(tmp_path / "engine", home)
    machine.installer("raise OSError('Name or service not known')")
    for name, value in machine.env().items():
        monkeypatch.setenv(name, value)
    before = signal.getsignal(signal.SIGTERM)
    yield machine
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def run(machine, capfd):
    """Run the script in this process; the result is its exit code and what it printed."""

    def run():
        code = install.main([str(machine.root)])
        out, err = capfd.readouterr()
        return code, out + err

    return run


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited 10 s in vain"
        time.sleep(0.01)


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


# --- the machine's own engine ---


def test_an_engine_on_path_is_linked_with_what_it_needs_to_run_python(machine, run):
    pulumi = machine.pulumi("3.250.1")
    code, printed = run()
    assert code == 0
    assert printed == (
        f"engine: no Go to build {', '.join(MORE)}. Tests that need them fail: install Go 1.25 or newer (https://go.dev/dl)\n"
        f"engine: Pulumi 3.250.1, the machine's own ({pulumi})\n"
    )
    assert machine.engine == ["pulumi", "pulumi-language-python"]
    assert (machine.root / "bin/pulumi").readlink() == pulumi


def test_an_engine_that_is_too_old_is_named_and_the_next_one_is_used(machine, run, monkeypatch):
    old = machine.pulumi("3.199.9", "old")
    new = machine.pulumi("3.200.0", "new")
    monkeypatch.setenv("PATH", machine.env("old", "new")["PATH"])
    code, printed = run()
    assert code == 0
    assert f"cannot use {old}: 3.199.9 is too old: 3.200.0 or newer is required" in printed
    assert (machine.root / "bin/pulumi").readlink() == new


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("echo v4.0.0", "4.0.0 has another major version than the SDK"),
        ("echo hello", "no version in 'hello'"),
        ("exit 3", "ended with code 3"),
        ("echo first >&2; echo 'no tool set' >&2; exit 1", "no tool set"),
    ],
    ids=["next-major", "no-version", "silent-failure", "failure"],
)
def test_an_engine_that_cannot_serve_is_passed_over_with_its_reason(machine, run, body, reason):
    machine.pulumi("3.250.1")
    pulumi = machine.command("pulumi", body)
    code, printed = run()
    assert code == 1
    assert f"cannot use {pulumi}: " in printed
    assert reason in printed
    assert machine.engine == []


def test_an_engine_that_hangs_is_passed_over(machine, run, monkeypatch):
    monkeypatch.setattr(install, "VERSION_LIMIT_S", 0.1)
    machine.command("pulumi", "exec /bin/sleep 60")
    assert "took longer than 0.1 s" in run()[1]


def test_an_engine_without_the_python_host_is_passed_over(machine, run):
    pulumi = machine.pulumi("3.250.1", host=False)
    assert f"cannot use {pulumi}: there is no pulumi-language-python next to it or on PATH" in run()[1]


def test_the_language_hosts_of_the_machine_are_linked_and_the_others_are_built(machine, run):
    machine.pulumi("3.250.1")
    yaml = machine.command("pulumi-language-yaml", "")
    machine.go()
    assert run()[0] == 0
    assert machine.engine == sorted(["pulumi", "pulumi-language-python", *MORE])
    assert (machine.root / "bin/pulumi-language-yaml").readlink() == yaml
    assert not (machine.root / "bin/pulumi-language-go").is_symlink()


def test_a_failed_build_of_a_language_host_leaves_no_engine(machine, run):
    machine.pulumi("3.250.1")
    machine.go(build="echo 'dial tcp: refused' >&2; exit 1")
    code, printed = run()
    assert code == 1
    assert "the build of pulumi-language-yaml with " in printed
    assert machine.engine == []


def test_the_python_host_may_be_elsewhere_on_path(machine, run, monkeypatch):
    machine.pulumi("3.250.1", host=False)
    host = machine.command("pulumi-language-python", "", "other")
    monkeypatch.setenv("PATH", machine.env("bin", "other")["PATH"])
    assert run()[0] == 0
    assert (machine.root / "bin/pulumi-language-python").readlink() == host


def test_an_engine_that_is_itself_a_link_brings_what_lies_beside_its_target(machine, run, monkeypatch):
    target = machine.pulumi("3.250.1", "opt")
    (machine.home / "bin").mkdir()
    (machine.home / "bin/pulumi").symlink_to(target)
    assert run()[0] == 0
    assert (machine.root / "bin/pulumi").readlink() == machine.home / "bin/pulumi"
    assert (machine.root / "bin/pulumi-language-python").readlink() == machine.home / "opt/pulumi-language-python"


def test_our_own_engine_on_path_is_not_taken_for_the_machines(machine, run, monkeypatch):
    machine.go()
    assert run()[0] == 0
    (machine.root / "bin/.stamp.json").unlink()
    monkeypatch.setenv("PATH", os.pathsep.join([str(machine.root / "bin"), os.environ["PATH"]]))
    code, printed = run()
    assert code == 0
    assert printed.endswith("engine: Pulumi 3.259.0, built with Go\n")
    assert not (machine.root / "bin/pulumi").is_symlink()


def test_an_upgrade_of_the_linked_engine_is_noticed(machine, run):
    machine.pulumi("3.250.1")
    run()
    machine.pulumi("3.260.10")
    assert "Pulumi 3.260.10" in run()[1]


def test_a_linked_engine_that_is_gone_is_replaced(machine, run):
    machine.pulumi("3.250.1")
    run()
    (machine.home / "bin/pulumi").unlink()
    machine.go()
    assert run()[1].endswith("engine: Pulumi 3.259.0, built with Go\n")


# --- the official installer ---

INSTALLS = """
    (root / "bin").mkdir(exist_ok=True)
    pulumi = root / "bin/pulumi"
    pulumi.write_text(f"#!/bin/sh\\necho v{version}\\n")
    pulumi.chmod(0o755)
    pathlib.Path(os.environ["TMPDIR"], "archive").touch()
"""


def test_the_installer_is_used_where_it_works(machine, run):
    machine.go()
    machine.installer(INSTALLS)
    code, printed = run()
    assert code == 0
    assert printed.endswith("engine: Pulumi 3.259.0, from Pulumi's installer\n")
    assert "no Pulumi 3.200.0 or newer on PATH" in printed
    assert [path.name for path in machine.root.iterdir() if path.name != ".lock"] == ["bin"]
    assert machine.engine == sorted(["pulumi", *MORE])


def test_a_failing_installer_says_why_and_leaves_nothing(machine, run):
    machine.installer(INSTALLS + '    raise OSError("cut off")\n')
    code, printed = run()
    assert code == 1
    assert "the installer failed: OSError: cut off" in printed
    assert [path.name for path in machine.root.iterdir()] == [".lock"]


def test_an_installed_engine_that_does_not_run_is_not_kept(machine, run):
    machine.go()
    machine.installer(INSTALLS.replace("echo v", "exit 1 #"))
    code, printed = run()
    assert code == 0
    assert "the installer failed" in printed
    assert machine.engine == BUILT


def test_an_installer_that_hangs_is_ended_with_its_children(machine, run, monkeypatch):
    monkeypatch.setattr(install, "INSTALLER_LIMIT_S", 1)
    machine.go()
    machine.installer(f"""
        import subprocess
        child = subprocess.Popen(["/bin/sleep", "60"])
        pathlib.Path({str(machine.home / "pids")!r}).write_text(f"{{os.getpid()}} {{child.pid}}")
        child.wait()
    """)
    code, printed = run()
    assert code == 0
    assert "took longer than 1 s" in printed
    assert not any(is_running(pid) for pid in (machine.home / "pids").read_text().split())


# --- the build ---


def test_without_an_engine_it_is_built_with_the_flags_of_the_release(machine, run):
    machine.go()
    code, printed = run()
    assert code == 0
    assert printed.endswith("engine: Pulumi 3.259.0, built with Go\n")
    assert machine.engine == BUILT
    assert all(os.access(machine.root / "bin" / name, os.X_OK) for name in BUILT)
    calls = [call for call in machine.calls if call.startswith("go build")]
    for call, version in zip(calls, ("v3.259.0", "v3.79.0", "v1.38.1", "v3.66.0", "v3.66.0", "v3.259.0"), strict=True):
        assert "-trimpath -tags osusergo,grpcnotrace -ldflags -s -w -X" in call
        assert f"version.Version={version} " in call


def test_a_machine_without_engine_and_go_is_told_what_to_install(machine, run):
    code, printed = run()
    assert code == 1
    assert printed.splitlines()[-1] == (
        "error: no Pulumi engine, and no Go to build one: install Go 1.25 or newer (https://go.dev/dl), or Pulumi itself"
    )


def test_a_go_that_is_too_old_is_named(machine, run):
    machine.go("1.24.13")
    code, printed = run()
    assert code == 1
    assert printed.splitlines()[-1].startswith(
        "error: no Pulumi engine, and Go 1.24.13 is too old to build one: install"
    )
    assert not any(call.startswith("go build") for call in machine.calls)


@pytest.mark.parametrize("fault", [{"build": "echo 'dial tcp: refused' >&2; exit 1"}, {"download": "exit 1"}])
def test_a_failed_build_is_one_line_and_leaves_nothing(machine, run, fault):
    machine.go(**fault)
    code, printed = run()
    assert code == 1
    assert re.fullmatch(r"error: the build of the Pulumi engine with \S+ failed: .+", printed.splitlines()[-1])
    assert [path.name for path in machine.root.iterdir()] == [".lock"]


def test_a_failed_rebuild_keeps_the_engine_in_place(machine, run, monkeypatch):
    machine.go()
    run()
    machine.go(build="exit 1")
    monkeypatch.setattr(install, "hash_pins", lambda: "newer pins")
    assert run()[0] == 1
    assert machine.engine == BUILT


# --- once and again ---


def test_a_second_run_runs_nothing_and_takes_under_a_second(machine, run):
    machine.go()
    first = run()[1]
    calls = machine.calls
    machine.installer("")
    (machine.home / "sdk-stub/pulumi/__init__.py").write_text("raise ImportError('imported on the fast path')")
    begin = time.monotonic()
    second = machine.start()
    assert second.communicate()[0] == first.splitlines(keepends=True)[-1]
    assert time.monotonic() - begin < 1
    assert (second.returncode, machine.calls) == (0, calls)


def test_other_pins_put_the_engine_in_place_afresh(machine, run, monkeypatch):
    machine.go()
    run()
    monkeypatch.setattr(install, "hash_pins", lambda: "newer pins")
    assert "building" in run()[1]
    assert "building" not in run()[1]


@pytest.mark.parametrize("damage", ["cut", "remove", "no-stamp", "odd-stamp"])
def test_a_damaged_engine_is_put_in_place_afresh(machine, run, damage):
    machine.go()
    run()
    folder = machine.root / "bin"
    match damage:
        case "cut":
            os.truncate(folder / "pulumi", 4)
        case "remove":
            (folder / "pulumi-language-python").unlink()
        case "no-stamp":
            (folder / ".stamp.json").unlink()
        case "odd-stamp":
            (folder / ".stamp.json").write_text("[]")
    assert "building" in run()[1]
    assert machine.engine == BUILT


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_an_interrupted_build_leaves_no_half_engine(machine, run, number):
    machine.go(build=f'echo half > "$2"; echo $$ > {machine.home}/pid; exec /bin/sleep 60')
    script = machine.start()
    wait_for(lambda: (machine.home / "pid").exists() and (machine.home / "pid").read_text().strip())
    go = int((machine.home / "pid").read_text())
    script.send_signal(number)
    script.communicate()
    try:
        assert script.returncode in (-number, 128 + number)
        assert machine.engine == []
        if number != signal.SIGKILL:
            assert not is_running(go)
            assert not (machine.root / ".new").exists()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(go, signal.SIGKILL)

    machine.go()
    code, printed = run()
    assert (code, "built with Go" in printed) == (0, True)
    assert machine.engine == BUILT
    assert not (machine.root / ".new").exists()


def test_two_runs_at_once_build_once(machine):
    machine.go(build="/bin/sleep 0.2")
    first, second = machine.start(), machine.start()
    printed = first.communicate()[0] + second.communicate()[0]
    assert (first.returncode, second.returncode) == (0, 0)
    assert "waiting for another installation to end" in printed
    assert len([call for call in machine.calls if call.startswith("go build")]) == 2 + len(MORE)


def test_a_root_that_cannot_be_made_is_one_line(machine, run):
    machine.root.write_text("")
    code, printed = run()
    assert code == 1
    assert printed.startswith("error: [Errno 17] File exists")
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    "program", [install.ENGINE, install.PYTHON_HOST, *install.MORE_PROGRAMS], ids=lambda each: each.name
)
def test_the_pinned_version_of_a_program_is_that_of_its_go_module(program):
    module = (SCRIPT.parent / program.module / "go.mod").read_text()
    repository = install.ENGINE.package if program.package.startswith("./") else program.package
    required = re.findall(r"^\s*(?:require )?(github\.com/pulumi/\S+) v(\S+)", module, re.MULTILINE)
    assert program.version in {version for path, version in required if repository.startswith(path)}
    assert install.parse_version(re.search(r"^go (.+)$", module, re.MULTILINE)[1])[:2] <= install.MINIMUM_GO
