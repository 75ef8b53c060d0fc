"""Show what the provider does: the real engine, the root stack and the local emulator, on this machine.

The demo uses a temporary folder for a copy of the stack, Pulumi's home and state, and the emulator's data. At its end, it removes
the folder and ends every process that it started. It does not change the stack files of the checkout or your own Pulumi settings.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
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
TOKEN = "any-token"  # noqa: S105 - no secret: the emulator accepts every token
VECTORS = 120_331
READY = "vectorize-emulator ready at "

EMULATOR_STOP_S = (10,)  # it stops within a second after SIGTERM
# On the first SIGINT the engine ends the running call and its plugins (measured: within 2 s), on the second it ends at once.
ENGINE_STOP_S = (15, 5)


class DemoError(Exception):
    """The demo cannot continue. The message is one line."""


@dataclass(frozen=True)
class Change:
    """The change that the demo makes: another number of dimensions for one index."""

    index: str
    before: int
    after: int


@dataclass(frozen=True)
class Stage:
    """The folder and the environment of the demo."""

    folder: Path
    env: dict[str, str]


IS_COLORED = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def colored(text: str, code: str) -> str:
    """Color a text at a terminal."""
    return f"\033[{code}m{text}\033[0m" if IS_COLORED else text


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{colored(f'== {text} ==', '1;36')}", flush=True)


def show(command: str) -> None:
    """Print a command before its output."""
    print(f"\n{colored(f'$ {command}', '1')}", flush=True)


def explain(text: str) -> None:
    """Print a line about what happens."""
    print(colored(text, "2"), flush=True)


# --- processes: all end before the demo ends ---


@contextlib.contextmanager
def hold_signals() -> Iterator[None]:
    """Delay SIGINT and SIGTERM: during a start they would leave the child running."""
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
    """Yield a running process, and end it: send a signal once for each time limit, then kill it."""
    with contextlib.ExitStack() as stack:
        with hold_signals():
            # A separate session: Ctrl-C reaches only the demo, which ends its processes one by one.
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True, start_new_session=True, **options)
            stack.enter_context(child)
            stack.callback(stop, child, number, limits_s)
        yield child


def stop(child: subprocess.Popen[str], number: signal.Signals, limits_s: Sequence[int]) -> None:
    """End a process if it still runs."""
    with hold_signals():
        for limit_s in limits_s:
            if child.poll() is None:
                child.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(limit_s)
        if child.poll() is None:
            child.kill()


# --- a copy of the stack, and its environment ---


def copy_stack(folder: Path) -> None:
    """Copy the root stack into `folder`."""
    for name in PROGRAM_FILES:
        shutil.copy(REPO / name, folder)
    # The salt belongs to the passphrase of the checkout.
    lines = (REPO / STACK_FILE).read_text().splitlines(keepends=True)
    (folder / STACK_FILE).write_text("".join(line for line in lines if not line.startswith("encryptionsalt:")))
    (folder / ".venv").symlink_to(Path(sys.prefix))


def make_env(folder: Path) -> dict[str, str]:
    """Return an environment without your own Pulumi and Cloudflare settings."""
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
        **({"FORCE_COLOR": "1"} if IS_COLORED else {}),
    }


@contextlib.contextmanager
def set_stage() -> Iterator[Stage]:
    """Yield a stage, and remove it at the end."""
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
    """Choose the first index that declares its dimensions."""
    for name, entry in indexes.items():
        dimensions = entry["config"].get("dimensions")
        if isinstance(dimensions, int):
            # Half of it, but at least 32, the smallest number that the API accepts.
            return Change(name, dimensions, dimensions // 2 if dimensions >= 64 else dimensions * 2)  # noqa: PLR2004
    raise DemoError(f"no index in {STACK_FILE} has dimensions, so there is nothing to change")


# --- the emulator ---


@contextlib.contextmanager
def run_emulator(stage: Stage) -> Iterator[str]:
    """Run the emulator and yield its base URL."""
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
    """Wait for the emulator's first line, and return the URL in it."""
    line = child.stdout.readline() if child.stdout else ""
    if not line.startswith(READY):
        raise DemoError(f"the emulator did not start: {line.strip() or 'it printed nothing'}")
    print(line, end="", flush=True)
    return line.removeprefix(READY).strip()


def list_indexes(base_url: str, account_id: str) -> list[str]:
    """Return the names of the indexes in the emulator."""
    url = f"{base_url}/accounts/{account_id}/vectorize/v2/indexes"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as response:  # noqa: S310 - loopback
        return [index["name"] for index in json.load(response)["result"]]


def fill(base_url: str, account_id: str, name: str) -> None:
    """Give an index vectors, by the emulator's control route."""
    url = f"{base_url.removesuffix('/client/v4')}/_emulator/accounts/{account_id}/indexes/{name}"
    body = json.dumps({"vectorCount": VECTORS}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body)):  # noqa: S310 - loopback
        explain(f"{name} now contains {VECTORS:,} vectors")


# --- the engine ---


def run(stage: Stage, command: Sequence[str], *, code: int = 0) -> None:
    """Run a command as you would, and print its output without the engine's progress dots.

    Raises:
        DemoError: the exit code is not `code`.
    """
    show(shlex.join(command))
    color = ["--color=always" if IS_COLORED else "--color=never"] if command[0] == "pulumi" else []
    where = {"cwd": stage.folder, "env": stage.env, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    folder = REPO / ".engine/bin" if command[0] == "pulumi" else Path(sys.prefix) / "bin"
    with start([folder / command[0], *command[1:], *color], signal.SIGINT, ENGINE_STOP_S, **where) as child:
        for line in child.stdout or ():
            if not is_progress(line):
                print(line, end="", flush=True)
        found = child.wait()
    if found != code:
        raise DemoError(f"`{' '.join(command[:2])}` ended with exit code {found}, not {code}")


def is_progress(line: str) -> bool:
    """Return whether a line only shows that the engine is working: dots, or nothing."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", line).strip()
    return not plain or bool(re.fullmatch(r"@ (updating|previewing update)\.*", plain))


# --- the demo ---


def play(stage: Stage) -> None:
    """Run the demo."""
    config = read_config()
    change, account_id = choose_change(config["vectorize-indexes:indexes"]), config["vectorize:accountId"]

    heading("1. Start Cloudflare's Vectorize API on this machine")
    with run_emulator(stage) as base_url:
        heading(f"2. Create the indexes of {STACK_FILE}")
        run(stage, ["pulumi", "stack", "init", STACK])
        run(stage, ["pulumi", "config", "set", "vectorize:baseUrl", base_url])
        explain("This takes about three seconds.")
        run(stage, ["pulumi", "up", "--yes", "--skip-preview"])

        heading(f"3. Fill `{change.index}`, and change its dimensions from {change.before} to {change.after}")
        names = list_indexes(base_url, account_id)
        fill(base_url, account_id, next(name for name in names if name.startswith(f"{change.index}-")))
        path = f"vectorize-indexes:indexes.{change.index}.config.dimensions"
        run(stage, ["pulumi", "config", "set", "--path", path, str(change.after)])
        run(stage, ["pulumi", "preview", "--diff"])

        heading("4. `pulumi up` refuses to lose the vectors")
        run(stage, ["pulumi", "up", "--yes", "--skip-preview"], code=1)

        heading("5. The review for a pull request ends with exit code 3")
        run(stage, ["pulumi-vectorize", "review", "--stack", STACK, "--format", "text"], code=3)
        print("\nexit code 3")


def print_next() -> None:
    """Print what you can do next."""
    heading("Done. Nothing is left running")
    print(f"""
Next:
  {STACK_FILE}                      add an index, and run `make demo` again
  make emulator                         start the emulator on http://127.0.0.1:8787
  docs/guides/get-started-emulator.md   point your own project at it
  docs/guides/get-started.md            start with your Cloudflare account""")


def end_at_once(_signal: int, _frame: object) -> NoReturn:
    """Turn SIGTERM into an exit that ends every process and removes every file."""
    raise SystemExit(128 + signal.SIGTERM)


def main() -> int:
    """Run the demo."""
    signal.signal(signal.SIGTERM, end_at_once)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        with set_stage() as stage:
            play(stage)
    except (DemoError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped. Nothing is left running", file=sys.stderr)
        return 128 + signal.SIGINT
    print_next()
    return 0


if __name__ == "__main__":
    sys.exit(main())
