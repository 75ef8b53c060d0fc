"""Show the whole thing on this machine: a real `pulumi up` of the root stack against the local emulator.

Owns a temporary folder (a copy of the stack, Pulumi's home and state, the emulator's data) and every process it
starts; neither outlives it. Never touches the stack files of the checkout or the person's own Pulumi set-up.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

REPO = Path(__file__).resolve().parents[1]
STACK = "demo"
STACK_FILE = f"Pulumi.{STACK}.yaml"
PROGRAM_FILES = ("Pulumi.yaml", "__main__.py")
TOKEN = "any-token"  # noqa: S105 - no secret: the emulator takes every well-formed token
READY = "vectorize-emulator ready at "

EMULATOR_STOP_S = (10,)  # it answers SIGTERM within a second
# On the first SIGINT the engine ends the running call and its plugins (measured: within 2 s), on the second it gives up.
ENGINE_STOP_S = (15, 5)


class DemoError(Exception):
    """The demo cannot go on; the message is one line."""


@dataclass(frozen=True)
class Change:
    """The change that the demo makes: another number of dimensions for one index."""

    index: str
    before: int
    after: int


@dataclass(frozen=True)
class Stage:
    """Where the demo plays."""

    folder: Path
    env: dict[str, str]


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n== {text} ==", flush=True)


def show(command: str) -> None:
    """Print a command line before its output."""
    print(f"\n$ {command}", flush=True)


# --- processes: whatever happens, none outlives the demo ---


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


@contextlib.contextmanager
def start(
    command: Sequence[str | Path], number: signal.Signals, limits_s: Sequence[int], **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """Lend a running process, and end it: ask with a signal, once for each time limit, then kill it."""
    with contextlib.ExitStack() as stack:
        with hold_signals():
            # In a session of its own: ^C reaches only us, and we end one after the other.
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True, start_new_session=True, **options)
            stack.enter_context(child)
            stack.callback(stop, child, number, limits_s)
        yield child


def stop(child: subprocess.Popen[str], number: signal.Signals, limits_s: Sequence[int]) -> None:
    """End a process, if it still runs."""
    with hold_signals():
        for limit_s in limits_s:
            if child.poll() is None:
                child.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(limit_s)
        if child.poll() is None:
            child.kill()


# --- the stage: a copy of the stack, and an environment of its own ---


def copy_stack(folder: Path) -> None:
    """Copy the root stack into `folder`."""
    for name in PROGRAM_FILES:
        shutil.copy(REPO / name, folder)
    # The salt belongs to the passphrase of whoever ran `pulumi` in the checkout.
    lines = (REPO / STACK_FILE).read_text().splitlines(keepends=True)
    (folder / STACK_FILE).write_text("".join(line for line in lines if not line.startswith("encryptionsalt:")))
    (folder / ".venv").symlink_to(Path(sys.prefix))


def make_env(folder: Path) -> dict[str, str]:
    """Make an environment without the person's own Pulumi and Cloudflare settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "CLOUDFLARE_"))}
    path = [str(Path(sys.prefix) / "bin"), str(REPO / ".engine/bin"), os.environ.get("PATH", os.defpath)]
    return own | {
        "PATH": os.pathsep.join(path),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "demo",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "CLOUDFLARE_API_TOKEN": TOKEN,
    }


@contextlib.contextmanager
def set_stage() -> Iterator[Stage]:
    """Lend a stage, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="vectorize-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for part in ("state", "home", "stack"):
            (folder / part).mkdir()
        copy_stack(folder / "stack")
        yield Stage(folder / "stack", make_env(folder))


def read_config() -> dict[str, Any]:
    """Read the configuration of the demo stack."""
    config: dict[str, Any] = yaml.safe_load((REPO / STACK_FILE).read_text())["config"]
    return config


def choose_change(indexes: dict[str, Any]) -> Change:
    """Choose the first index that states its dimensions."""
    for name, entry in indexes.items():
        dimensions = entry["config"].get("dimensions")
        if isinstance(dimensions, int):
            # Half of it, and never under the 32 that the service takes at least.
            return Change(name, dimensions, dimensions // 2 if dimensions >= 64 else dimensions * 2)  # noqa: PLR2004
    raise DemoError(f"no index in {STACK_FILE} states its dimensions, so there is nothing to change")


# --- the emulator ---


@contextlib.contextmanager
def run_emulator(stage: Stage) -> Iterator[str]:
    """Run the emulator and lend its base URL."""
    show("vectorize-emulator serve --port 0 &")
    data = stage.folder.parent / "emulator"
    command: list[str | Path] = [
        Path(sys.prefix) / "bin/vectorize-emulator",
        "serve",
        "--port",
        "0",
        "--data-dir",
        data,
    ]
    with start(command, signal.SIGTERM, EMULATOR_STOP_S, env=stage.env, stdout=subprocess.PIPE) as child:
        yield read_base_url(child)


def read_base_url(child: subprocess.Popen[str]) -> str:
    """Wait for the emulator's one line and return the URL in it."""
    line = child.stdout.readline() if child.stdout else ""
    if not line.startswith(READY):
        raise DemoError(f"the emulator did not start: {line.strip() or 'it printed nothing on stdout'}")
    print(line, end="", flush=True)
    return line.removeprefix(READY).strip()


def list_indexes(url: str) -> None:
    """Show what the emulator holds, one index a line."""
    show(f"curl -s -H 'Authorization: Bearer {TOKEN}' {url} | jq -c '.result[]'")
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as response:  # noqa: S310 - loopback
        for index in json.load(response)["result"]:
            print(json.dumps(index, separators=(",", ":")), flush=True)


# --- the engine ---


def pulumi(stage: Stage, *arguments: str) -> None:
    """Run one `pulumi` command as the person would, its output unchanged.

    Raises:
        DemoError: It failed; it has said why.
    """
    show(shlex.join(["pulumi", *arguments]))
    command: list[str | Path] = [REPO / ".engine/bin/pulumi", *arguments]
    where = {"cwd": stage.folder, "env": stage.env}
    # stderr as stdout: in the order in which it was written.
    with start(command, signal.SIGINT, ENGINE_STOP_S, **where, stderr=subprocess.STDOUT) as child:
        code = child.wait()
    if code != 0:
        raise DemoError(f"`pulumi {arguments[0]}` ended with code {code}")


# --- the play ---


def play(stage: Stage) -> None:
    """Play the demo on its stage."""
    config = read_config()
    change = choose_change(config["vectorize-indexes:indexes"])

    heading("1. A Cloudflare Vectorize on this machine")
    with run_emulator(stage) as base_url:
        heading(f"2. Create the indexes that {STACK_FILE} declares")
        show(f"export CLOUDFLARE_API_TOKEN={TOKEN}")
        pulumi(stage, "stack", "init", STACK)
        pulumi(stage, "config", "set", "vectorize:baseUrl", base_url)
        pulumi(stage, "up", "--yes", "--skip-preview")

        heading("3. What Cloudflare (here: the emulator) now holds")
        list_indexes(f"{base_url}/accounts/{config['vectorize:accountId']}/vectorize/v2/indexes")

        heading("4. Nothing to do right after")
        pulumi(stage, "preview", "--expect-no-changes")

        heading(f"5. Other dimensions for `{change.index}`: {change.before} → {change.after} means a replacement")
        path = f"vectorize-indexes:indexes.{change.index}.config.dimensions"
        pulumi(stage, "config", "set", "--path", path, str(change.after))
        pulumi(stage, "preview", "--diff")


def print_next() -> None:
    """Say that all is gone, and what to do next."""
    print(f"""
== Done: nothing is left running, and nothing was kept ==

Next:
  {STACK_FILE}   add an index of your own, and run `make demo` again
  make emulator      keep an emulator running on http://127.0.0.1:8787
  README.md          the 12-line program, and how to point it at your Cloudflare account""")


def end_at_once(_signal: int, _frame: object) -> NoReturn:
    """Turn SIGTERM into an ordinary exit, so that every process and file goes."""
    raise SystemExit(128 + signal.SIGTERM)


def main() -> int:
    """Run the demo."""
    signal.signal(signal.SIGTERM, end_at_once)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
    try:
        with set_stage() as stage:
            play(stage)
    except (DemoError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; nothing is left running", file=sys.stderr)
        return 128 + signal.SIGINT
    print_next()
    return 0


if __name__ == "__main__":
    sys.exit(main())
