"""Install a Pulumi engine, its language hosts and an SDK generator in `.engine/bin`.

The engine is the machine's own, the official installer's, or built with Go. What the engine lacks of the hosts for YAML, Go and
Node.js is built with Go, and so is the SDK generator. `.engine/bin` is either complete or absent. Nothing is written outside
`.engine/`. To choose again, remove `.engine/`. One long file, because it runs by path with nothing on the import path.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
DEFAULT_ROOT = HERE.parents[1] / ".engine"

# Newest engine whose Go module can be fetched, 2026-11. The installer and the build use the same release.
ENGINE_VERSION = "3.259.0"
# Engine and SDK are released together under one number, and 3.200.0 is the oldest SDK that the provider supports.
MINIMUM_ENGINE = (3, 200, 0)
# The `go` lines of the go.mod files, 2026-11.
MINIMUM_GO = (1, 25)

SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
VERSION_VARIABLE = f"{SDK_MODULE}/go/common/version.Version"


@dataclass(frozen=True)
class Program:
    """A command that is built from a pinned Go module: its name, the folder of the go.mod file, its package and its version."""

    name: str
    module: str
    package: str
    version: str


ENGINE = Program("pulumi", "cli", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", ENGINE_VERSION)
# sdk/v3 contains the Python host up to 3.79.0, the Node.js host up to 3.68.0 and the Go host up to 3.66.0 (2026-11). They run
# programs of current SDKs.
PYTHON_HOST = Program(
    "pulumi-language-python", "python-host", f"{SDK_MODULE}/python/cmd/pulumi-language-python", "3.79.0"
)
MORE_PROGRAMS = (
    Program("pulumi-language-yaml", "yaml-host", "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml", "1.38.1"),
    Program("pulumi-language-go", "go-node-hosts", f"{SDK_MODULE}/go/pulumi-language-go", "3.66.0"),
    Program("pulumi-language-nodejs", "go-node-hosts", f"{SDK_MODULE}/nodejs/cmd/pulumi-language-nodejs", "3.66.0"),
    Program("pulumi-sdks", "cli", "./sdks", ENGINE_VERSION),
)
# The launchers that the Python language host runs. The official archive contains them next to the engine.
LAUNCHERS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
COMPANIONS = (
    PYTHON_HOST.name,
    *(Path(launcher).name for launcher in LAUNCHERS),
    *(program.name for program in MORE_PROGRAMS),
)

VERSION_LIMIT_S = 30  # `pulumi version` takes 0.2 s, but a version manager may unpack its tool first
CONNECT_LIMIT_S = 10  # per connection attempt, so that a network that drops packets is noticed
INSTALLER_LIMIT_S = 300  # for the whole download

INSTALLER = f"""
import socket, sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
socket.setdefaulttimeout({CONNECT_LIMIT_S})
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""

STAMP = ".stamp.json"
HOW_TO_CHOOSE = f"install Go {MINIMUM_GO[0]}.{MINIMUM_GO[1]} or newer (https://go.dev/dl), or Pulumi itself"


class EngineError(Exception):
    """No engine could be installed. The message is one line and names the fix."""


@dataclass(frozen=True)
class Engine:
    """The installed engine: its version, and where it is from."""

    version: str
    origin: str

    def __str__(self) -> str:
        """Return the engine as it is printed."""
        return f"Pulumi {self.version}, {self.origin}"


def report(text: str) -> None:
    """Print one line without a buffer, so that it comes before the output of a child process."""
    print(f"engine: {text}", flush=True)


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, limit_s: float | None = None, **variables: str
) -> str:
    """Run a command to its end, and return its stdout. No child process outlives it.

    Args:
        command: the program and its arguments.
        cwd: the folder to run it in.
        limit_s: its timeout. None is no timeout.
        variables: additional environment variables.

    Raises:
        EngineError: it cannot be started, takes longer than `limit_s` or ends with a code other than 0.
    """
    env = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1", **variables}
    with contextlib.ExitStack() as stack:
        with hold_signals():
            child = start(command, cwd, env)
            stack.enter_context(child)
            stack.callback(end_group, child)
        try:
            out, err = child.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            raise EngineError(f"{command[0]} took longer than {limit_s} s") from None
    if child.returncode != 0:
        raise EngineError(last_line(err) or f"{command[0]} ended with code {child.returncode}")
    return out


@contextlib.contextmanager
def hold_signals() -> Iterator[None]:
    """Delay SIGINT and SIGTERM, so that a child process that is just being started is not lost."""
    held: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda given, _frame: held.append(given)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for given in held:
            signal.raise_signal(given)


def start(command: Sequence[str | Path], cwd: Path | None, env: dict[str, str]) -> subprocess.Popen[str]:
    """Start a command as the leader of its own process group."""
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(command, cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    except OSError as error:
        raise EngineError(f"cannot run {command[0]}: {error.strerror}") from error


def end_group(child: subprocess.Popen[str]) -> None:
    """Kill every process in the group that a child process leads."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS returns EPERM for a group of zombies
        os.killpg(child.pid, signal.SIGKILL)


def last_line(text: str) -> str:
    """Return the last line that is not empty: tools print the cause of a failure there."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def parse_version(text: str) -> tuple[int, int, int]:
    """Return the first version in a text, such as `3.259.0` or `go1.25`. A missing patch number is 0."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if match is None:
        raise EngineError(f"no version in {text.strip()!r}")
    return int(match[1]), int(match[2]), int(match[3] or 0)


def dotted(version: tuple[int, ...]) -> str:
    """Return a version as text."""
    return ".".join(map(str, version))


def read_engine_version(pulumi: Path) -> tuple[int, int, int]:
    """Return the version of an engine."""
    return parse_version(run([pulumi, "version"], limit_s=VERSION_LIMIT_S))


# --- way 1: the machine's own engine ---


def find_folders(root: Path) -> list[Path]:
    """List the folders of PATH in order, without the folder that this script writes."""
    ours = (root / "bin").resolve()
    folders = [Path(entry).absolute() for entry in os.get_exec_path() if entry]
    return [folder for folder in dict.fromkeys(folders) if folder.resolve() != ours]


def find_companions(pulumi: Path, folders: Sequence[Path]) -> dict[str, Path]:
    """Find the other programs of an engine: next to it, next to the target of its link, or in `folders`."""
    search = os.pathsep.join(map(str, [pulumi.parent, pulumi.resolve().parent, *folders]))
    found = {name: shutil.which(name, path=search) for name in COMPANIONS}
    return {name: Path(path) for name, path in found.items() if path}


def link_from_path(folders: Sequence[Path], target: Path) -> Engine:
    """Link the first usable engine in `folders` into `target`. Report why an engine before it is not usable."""
    for folder in folders:
        pulumi = folder / "pulumi"
        if not (pulumi.is_file() and os.access(pulumi, os.X_OK)):
            continue
        try:
            version = read_engine_version(pulumi)
            companions = find_companions(pulumi, folders)
            refuse_unusable(version, companions)
        except EngineError as error:
            report(f"cannot use {pulumi}: {error}")
            continue
        for name, path in {"pulumi": pulumi, **companions}.items():
            (target / name).symlink_to(path)
        return Engine(dotted(version), f"the machine's own ({pulumi})")
    raise EngineError(f"no Pulumi {dotted(MINIMUM_ENGINE)} or newer on PATH")


def refuse_unusable(version: tuple[int, int, int], companions: dict[str, Path]) -> None:
    """Raise for an engine of another version, or one that cannot run Python."""
    if version < MINIMUM_ENGINE:
        raise EngineError(f"{dotted(version)} is too old: {dotted(MINIMUM_ENGINE)} or newer is required")
    if version[0] != MINIMUM_ENGINE[0]:
        raise EngineError(f"{dotted(version)} has another major version than the SDK")
    if PYTHON_HOST.name not in companions:
        raise EngineError(f"there is no {PYTHON_HOST.name} next to it or on PATH")


# --- way 2: the official installer ---


def run_installer(target: Path) -> Engine:
    """Download the official release into `target`."""
    report(f"downloading Pulumi {ENGINE_VERSION} with its installer (at most {INSTALLER_LIMIT_S} s)")
    staging = target.parent  # for its temporary archive as well
    try:
        run([sys.executable, "-c", INSTALLER, staging, ENGINE_VERSION], limit_s=INSTALLER_LIMIT_S, TMPDIR=str(staging))
        version = read_engine_version(target / "pulumi")
    except EngineError as error:
        raise EngineError(f"the installer failed: {error}") from error
    return Engine(dotted(version), "from Pulumi's installer")


# --- way 3: a build from pinned Go modules ---


def find_go() -> Path:
    """Find a Go that can build the engine."""
    go = shutil.which("go")
    if go is None:
        raise EngineError(f"no Pulumi engine, and no Go to build one: {HOW_TO_CHOOSE}")
    # `local`: the Go on this machine, not a newer one that it would download.
    version = parse_version(run([go, "env", "GOVERSION"], limit_s=VERSION_LIMIT_S, GOTOOLCHAIN="local"))
    if version[:2] < MINIMUM_GO:
        raise EngineError(f"no Pulumi engine, and Go {dotted(version)} is too old to build one: {HOW_TO_CHOOSE}")
    return Path(go)


def build_with_go(target: Path) -> Engine:
    """Build the engine and the Python language host into `target`."""
    go = find_go()
    # Measured 2026-11 on two cores with empty caches: 4 min 6 s and 22 s.
    report(f"building Pulumi {ENGINE_VERSION} with {go} (about five minutes the first time)")
    try:
        build(go, ENGINE, target)
        report("building its Python language host")
        build(go, PYTHON_HOST, target)
        copy_launchers(go, target)
        version = read_engine_version(target / ENGINE.name)
    except EngineError as error:
        raise EngineError(f"the build of the Pulumi engine with {go} failed: {error}") from error
    return Engine(dotted(version), "built with Go")


def build(go: Path, program: Program, target: Path) -> None:
    """Build a program into the folder `target`, with the flags of the official release."""
    flags = [
        "-trimpath",
        "-tags",
        "osusergo,grpcnotrace",
        "-ldflags",
        f"-s -w -X {VERSION_VARIABLE}=v{program.version}",
    ]
    command: list[str | Path] = [go, "build", *flags, "-o", target / program.name, program.package]
    run(command, cwd=HERE / program.module, CGO_ENABLED="0")


def copy_launchers(go: Path, target: Path) -> None:
    """Copy the launcher scripts from the SDK module. Go's module cache does not keep their mode."""
    download = json.loads(run([go, "mod", "download", "-json", SDK_MODULE], cwd=HERE / ENGINE.module))
    for launcher in LAUNCHERS:
        copy = target / Path(launcher).name
        shutil.copyfile(Path(download["Dir"]) / launcher, copy)
        copy.chmod(0o755)


# --- the language hosts and the SDK generator ---


def build_missing(target: Path) -> None:
    """Build what the engine came without. Without Go, report what is missing: only development needs it."""
    missing = [program for program in MORE_PROGRAMS if not (target / program.name).exists()]
    if not missing:
        return
    names = ", ".join(program.name for program in missing)
    try:
        go = find_go()
    except EngineError:
        report(f"no Go to build {names}. Tests that need them fail: {HOW_TO_CHOOSE.split(',', maxsplit=1)[0]}")
        return
    # Measured 2026-11 on two cores, with the cache of the engine's build: yaml 65 s, go and nodejs 40 s, the SDK generator 8 s.
    report(f"building {names} (about two minutes the first time)")
    for program in missing:
        try:
            build(go, program, target)
        except EngineError as error:
            raise EngineError(f"the build of {program.name} with {go} failed: {error}") from error


# --- the stamp, and the swap ---


def hash_pins() -> str:
    """Hash every pin and source, so that a change installs everything again."""
    programs = (ENGINE, PYTHON_HOST, *MORE_PROGRAMS)
    digest = hashlib.sha256(repr((programs, MINIMUM_ENGINE)).encode())
    for path in sorted(path for pattern in ("*/go.*", "*/*/*.go") for path in HERE.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def list_files(folder: Path) -> dict[str, list[int]]:
    """Return size and time of every file, through links. An upgraded, truncated or removed file differs."""
    files = {path.name: path.stat() for path in sorted(folder.iterdir()) if path.name != STAMP}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in files.items()}


def write_stamp(folder: Path, engine: Engine) -> None:
    """Record the content of the folder."""
    record = {"version": engine.version, "origin": engine.origin, "pins": hash_pins(), "files": list_files(folder)}
    (folder / STAMP).write_text(json.dumps(record, indent=2) + "\n")


def read_stamp(folder: Path) -> Engine | None:
    """Return the installed engine if it is complete and as pinned."""
    try:
        record = json.loads((folder / STAMP).read_text())
        if record["pins"] != hash_pins() or record["files"] != list_files(folder):
            return None
        return Engine(record["version"], record["origin"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never finished, or written by another version of this script


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Let one process at a time work in `root`. The lock ends with the process."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("waiting for another installation to end")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def empty_bin(root: Path) -> Iterator[Path]:
    """Provide an empty `bin` folder next to the real one, and remove it at the end."""
    staging = root / ".new"
    shutil.rmtree(staging, ignore_errors=True)
    (staging / "bin").mkdir(parents=True)
    try:
        yield staging / "bin"
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def swap_in(root: Path, folder: Path) -> None:
    """Make `folder` the engine. A run that ends between these lines leaves no engine, and never an incomplete one."""
    with contextlib.suppress(FileNotFoundError):
        (root / "bin").rename(folder.parent / "old")
    folder.rename(root / "bin")


def attempt(root: Path, way: Callable[[Path], Engine]) -> Engine:
    """Try one way to get an engine. Only a complete one is moved to `root`/bin."""
    with empty_bin(root) as target:
        engine = way(target)
        build_missing(target)
        write_stamp(target, engine)
        swap_in(root, target)
    return engine


def install(root: Path) -> Engine:
    """Install an engine in `root`/bin in the first way that works. Report why the ways before it failed."""
    for way in (partial(link_from_path, find_folders(root)), run_installer):
        try:
            return attempt(root, way)
        except EngineError as error:
            report(str(error))
    return attempt(root, build_with_go)


def ensure_engine(root: Path) -> Engine:
    """Return the installed engine, or install one."""
    engine = read_stamp(root / "bin")
    return engine or install(root)


def stop(_signal: int, _frame: object) -> NoReturn:
    """Turn SIGTERM into an ordinary exit, so that child processes end and incomplete files are removed."""
    raise SystemExit(128 + signal.SIGTERM)


def main(arguments: Sequence[str]) -> int:
    """Run the script: `install.py [ROOT]`."""
    root = Path(arguments[0]).absolute() if arguments else DEFAULT_ROOT
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
    try:
        with locked(root):
            report(str(ensure_engine(root)))
    except (EngineError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
