"""Give this checkout a Pulumi engine in `.engine/bin`.

Owns the choice (the machine's own engine, the official installer, a build with Go) and the promise that
`.engine/bin` is either whole or absent. Never writes outside `.engine/`, and keeps what it has once chosen:
remove `.engine/` to choose again. One long file, because it runs by path with nothing on the import path.
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

# Newest engine whose Go module can be fetched, 2026-11; the same release for the installer and the build.
ENGINE_VERSION = "3.259.0"
# Last release of sdk/v3 that still holds the Python language host, 2026-11; it runs SDK 3.272.0.
PYTHON_HOST_VERSION = "3.79.0"
# Engine and SDK are released together under one number, and 3.200.0 is the oldest SDK that the provider supports.
MINIMUM_ENGINE = (3, 200, 0)
# The `go` lines of both go.mod files, 2026-11.
MINIMUM_GO = (1, 25)

CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
PYTHON_HOST_PACKAGE = "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
# The launchers that the Python language host runs, as the official archive ships them next to the engine.
LAUNCHERS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
PYTHON_HOST = "pulumi-language-python"
COMPANIONS = (PYTHON_HOST, *(Path(launcher).name for launcher in LAUNCHERS))

VERSION_LIMIT_S = 30  # `pulumi version` takes 0.2 s; a version manager may unpack its tool first
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
    """No engine can be had; the message is one line and names the fix."""


@dataclass(frozen=True)
class Engine:
    """What was put in place: the engine's version and where it came from."""

    version: str
    origin: str

    def __str__(self) -> str:
        """State the engine as it is printed."""
        return f"Pulumi {self.version}, {self.origin}"


def say(text: str) -> None:
    """Print one line at once, so that it precedes what a child process prints."""
    print(f"engine: {text}", flush=True)


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, limit_s: float | None = None, **variables: str
) -> str:
    """Run a command to its end and return what it printed on stdout; no child outlives it.

    Args:
        command: The program and its arguments.
        cwd: The folder to run it in.
        limit_s: When to give up; never, unless given.
        variables: Environment variables to set on top of our own.

    Raises:
        EngineError: It cannot be started, takes longer than `limit_s` or ends with a code other than 0.
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
    """Hold SIGINT and SIGTERM back: in the middle of a start the child would be lost sight of, and live on."""
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
    """Start a command as the leader of a process group of its own."""
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(command, cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    except OSError as error:
        raise EngineError(f"cannot run {command[0]}: {error.strerror}") from error


def end_group(child: subprocess.Popen[str]) -> None:
    """Kill what is left of a child's process group; the child leads a group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(child.pid, signal.SIGKILL)


def last_line(text: str) -> str:
    """Return the last line that says something: tools put their verdict there."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def parse_version(text: str) -> tuple[int, int, int]:
    """Read the first `3.259.0` or `go1.25` in a text; a missing patch number is 0."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if match is None:
        raise EngineError(f"no version in {text.strip()!r}")
    return int(match[1]), int(match[2]), int(match[3] or 0)


def dotted(version: tuple[int, ...]) -> str:
    """Write a version the usual way."""
    return ".".join(map(str, version))


def read_engine_version(pulumi: Path) -> tuple[int, int, int]:
    """Ask an engine for its version."""
    return parse_version(run([pulumi, "version"], limit_s=VERSION_LIMIT_S))


# --- way 1: the machine's own engine ---


def find_folders(root: Path) -> list[Path]:
    """List the folders of PATH in order, without the one that this script fills."""
    ours = (root / "bin").resolve()
    folders = [Path(entry).absolute() for entry in os.get_exec_path() if entry]
    return [folder for folder in dict.fromkeys(folders) if folder.resolve() != ours]


def find_companions(pulumi: Path, folders: Sequence[Path]) -> dict[str, Path]:
    """Find what the engine needs to run Python: next to it, next to what it links to, or in `folders`."""
    search = os.pathsep.join(map(str, [pulumi.parent, pulumi.resolve().parent, *folders]))
    found = {name: shutil.which(name, path=search) for name in COMPANIONS}
    return {name: Path(path) for name, path in found.items() if path}


def link_from_path(folders: Sequence[Path], target: Path) -> Engine:
    """Link the first usable engine in `folders` into `target`; say why any other is passed over."""
    for folder in folders:
        pulumi = folder / "pulumi"
        if not (pulumi.is_file() and os.access(pulumi, os.X_OK)):
            continue
        try:
            version = read_engine_version(pulumi)
            companions = find_companions(pulumi, folders)
            refuse_unusable(version, companions)
        except EngineError as error:
            say(f"passing over {pulumi}: {error}")
            continue
        for name, path in {"pulumi": pulumi, **companions}.items():
            (target / name).symlink_to(path)
        return Engine(dotted(version), f"the machine's own ({pulumi})")
    raise EngineError(f"no Pulumi {dotted(MINIMUM_ENGINE)} or newer on PATH")


def refuse_unusable(version: tuple[int, int, int], companions: dict[str, Path]) -> None:
    """Raise for an engine of another time, or one that cannot run Python."""
    if version < MINIMUM_ENGINE:
        raise EngineError(f"{dotted(version)} is too old, {dotted(MINIMUM_ENGINE)} or newer is needed")
    if version[0] != MINIMUM_ENGINE[0]:
        raise EngineError(f"{dotted(version)} is of another major version than the SDK")
    if PYTHON_HOST not in companions:
        raise EngineError(f"there is no {PYTHON_HOST} beside it or on PATH")


# --- way 2: the official installer ---


def run_installer(target: Path) -> Engine:
    """Download the official release into `target`."""
    say(f"asking Pulumi's installer for {ENGINE_VERSION} (at most {INSTALLER_LIMIT_S} s)")
    staging = target.parent  # its temporary archive goes there as well, and with it
    try:
        run([sys.executable, "-c", INSTALLER, staging, ENGINE_VERSION], limit_s=INSTALLER_LIMIT_S, TMPDIR=str(staging))
        version = read_engine_version(target / "pulumi")
    except EngineError as error:
        raise EngineError(f"the installer does not work here: {error}") from error
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
    say(f"building Pulumi {ENGINE_VERSION} with {go} (about five minutes the first time)")
    try:
        build(go, HERE / "cli", CLI_PACKAGE, ENGINE_VERSION, target / "pulumi")
        say("building its Python language host")
        build(go, HERE / "python-host", PYTHON_HOST_PACKAGE, PYTHON_HOST_VERSION, target / PYTHON_HOST)
        copy_launchers(go, target)
        version = read_engine_version(target / "pulumi")
    except EngineError as error:
        raise EngineError(f"the build of the Pulumi engine with {go} failed: {error}") from error
    return Engine(dotted(version), "built with Go")


def build(go: Path, module: Path, package: str, version: str, output: Path) -> None:
    """Build one command of a pinned module, with the flags of the official release."""
    flags = ["-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", f"-s -w -X {VERSION_VARIABLE}=v{version}"]
    run([go, "build", *flags, "-o", output, package], cwd=module, CGO_ENABLED="0")


def copy_launchers(go: Path, target: Path) -> None:
    """Copy the launcher scripts out of the SDK module; Go's module cache drops their mode."""
    answer = json.loads(run([go, "mod", "download", "-json", SDK_MODULE], cwd=HERE / "cli"))
    for launcher in LAUNCHERS:
        copy = target / Path(launcher).name
        shutil.copyfile(Path(answer["Dir"]) / launcher, copy)
        copy.chmod(0o755)


# --- the stamp, and the swap ---


def hash_pins() -> str:
    """Hash all that decides what is put in place, so that a change of it is noticed."""
    digest = hashlib.sha256(repr((ENGINE_VERSION, PYTHON_HOST_VERSION, MINIMUM_ENGINE)).encode())
    for name in ("cli/go.mod", "cli/go.sum", "python-host/go.mod", "python-host/go.sum"):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def list_files(folder: Path) -> dict[str, list[int]]:
    """State size and time of every file, through links: an upgraded, cut or removed one differs."""
    files = {path.name: path.stat() for path in sorted(folder.iterdir()) if path.name != STAMP}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in files.items()}


def write_stamp(folder: Path, engine: Engine) -> None:
    """Record what the folder holds."""
    record = {"version": engine.version, "origin": engine.origin, "pins": hash_pins(), "files": list_files(folder)}
    (folder / STAMP).write_text(json.dumps(record, indent=2) + "\n")


def read_stamp(folder: Path) -> Engine | None:
    """Return the engine in place if it is whole and as pinned."""
    try:
        record = json.loads((folder / STAMP).read_text())
        if record["pins"] != hash_pins() or record["files"] != list_files(folder):
            return None
        return Engine(record["version"], record["origin"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never finished, or made by something else: put in place afresh


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Let one process at a time work in `root`; the lock ends with the process."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up of it to end")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def empty_bin(root: Path) -> Iterator[Path]:
    """Lend an empty `bin` folder next to the real one, and remove it at the end."""
    staging = root / ".new"
    shutil.rmtree(staging, ignore_errors=True)
    (staging / "bin").mkdir(parents=True)
    try:
        yield staging / "bin"
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def swap_in(root: Path, folder: Path) -> None:
    """Make `folder` the engine: a run that dies between these lines leaves no engine, never half of one."""
    with contextlib.suppress(FileNotFoundError):
        (root / "bin").rename(folder.parent / "old")
    folder.rename(root / "bin")


def attempt(root: Path, way: Callable[[Path], Engine]) -> Engine:
    """Try one way to an engine; only a whole one reaches `root`/bin."""
    with empty_bin(root) as target:
        engine = way(target)
        write_stamp(target, engine)
        swap_in(root, target)
    return engine


def put_in_place(root: Path) -> Engine:
    """Put the first engine that can be had into `root`/bin, and say why the ways before it failed."""
    for way in (partial(link_from_path, find_folders(root)), run_installer):
        try:
            return attempt(root, way)
        except EngineError as error:
            say(str(error))
    return attempt(root, build_with_go)


def ensure_engine(root: Path) -> Engine:
    """Return the engine in place, or put one there."""
    engine = read_stamp(root / "bin")
    return engine or put_in_place(root)


def stop(_signal: int, _frame: object) -> NoReturn:
    """Turn SIGTERM into an ordinary exit, so that children end and half-made files go."""
    raise SystemExit(128 + signal.SIGTERM)


def main(arguments: Sequence[str]) -> int:
    """Run the script: `install.py [ROOT]`."""
    root = Path(arguments[0]).absolute() if arguments else DEFAULT_ROOT
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
    try:
        with locked(root):
            say(str(ensure_engine(root)))
    except (EngineError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
