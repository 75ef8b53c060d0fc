"""What an end-to-end test works with: a stack driven by the real Pulumi engine, and the emulator that it talks to.

Neither knows the provider: a stack runs programs and keeps what the engine said, an emulator shows what it was asked and holds.
One long file: every test here uses all of it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import yaml

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / ".engine"  # as `make setup` leaves it
PULUMI = str(ENGINE / "bin" / "pulumi")

ACCOUNT = "0123456789abcdef0123456789abcdef"
OTHER_ACCOUNT = "fedcba9876543210fedcba9876543210"
TOKEN = "e2e-token-4f1c9a7be03d52864f1c9a7b"
OTHER_TOKEN = "e2e-other-91d3b60c5ea7482f91d3b60c"
EMAIL = "e2e-person@vectors.example"
KEY = "e2e-global-key-7d20b95ce81f64a3"

PROJECT = "e2e"
STACK = "dev"
INDEX_TYPE = "pulumi-python:dynamic/vectorize:VectorizeIndex"
PLUGIN_INDEX_TYPE = "vectorize:index:VectorizeIndex"
PLUGIN_METADATA_INDEX_TYPE = "vectorize:index:VectorizeMetadataIndex"

# A file backend writes the state in place: while a killed engine's last write ends, another engine cannot read it.
_UNREADABLE = "failed to load checkpoint"
_ATTEMPTS = 3

HEADER = """\
import pulumi
import pulumi_cloudflare_vectorize as vectorize
"""


def index(dimensions: int = 64, *, resource: str = "docs", opts: str = "", **arguments: Any) -> str:
    """Write the line of a program that declares one index, and the one that exports its name.

    Args:
        dimensions: of a cosine index, unless `config` is among the arguments.
        resource: the logical name, and the variable.
        opts: arguments of `pulumi.ResourceOptions`, as source.
        arguments: of `VectorizeIndex`.
    """
    arguments = {"config": {"dimensions": dimensions, "metric": "cosine"}, **arguments}
    given = "".join(f", {key}={value!r}" for key, value in arguments.items())
    options = f", opts=pulumi.ResourceOptions({opts})" if opts else ""
    variable = resource.replace("-", "_")
    return (
        f'{variable} = vectorize.VectorizeIndex("{resource}"{given}{options})\n'
        f'pulumi.export("{resource}", {variable}.name)\n'
    )


@dataclass(frozen=True)
class Run:
    """How one command of the engine ended, and everything it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Both streams."""
        return f"{self.stdout}\n{self.stderr}"

    @property
    def errors(self) -> list[str]:
        """The lines that begin with `error: `, without that, each once, in order."""
        return self._after("error: ")

    @property
    def warnings(self) -> list[str]:
        """As `errors`, of warnings."""
        return self._after("warning: ")

    @property
    def error(self) -> str:
        """The one error about a resource, which is a single clean line; fails when there are others or a traceback."""
        assert "Traceback" not in self.text, self.text
        # Left out: the engine's own summary of a failed run.
        found = [
            line for line in self.errors if not line.endswith(("failed", "canceled")) and "Preview failed" not in line
        ]
        found += [line.split("Preview failed: ", 1)[1] for line in self.errors if "Preview failed: " in line]
        assert len(found) == 1, f"{found}\n{self.text}"
        return found[0]

    def _after(self, start: str) -> list[str]:
        lines = (line.strip() for line in self.text.splitlines())
        return list(dict.fromkeys(line.removeprefix(start) for line in lines if line.startswith(start)))


@dataclass(frozen=True)
class Interrupted(Run):
    """How a command ended after one Ctrl-C, and how long that took."""

    seconds_to_end: float


@dataclass(frozen=True)
class Preview:
    """What `pulumi preview --json` says."""

    run: Run
    document: dict[str, Any]

    @property
    def ops(self) -> dict[str, str]:
        """Logical name → operation, of every step that does something."""
        return {_logical(step["urn"]): step["op"] for step in self.document["steps"] if step["op"] != "same"}

    @property
    def changes(self) -> dict[str, int]:
        """Operation → number of resources, without those that stay the same."""
        return {op: count for op, count in self.document["changeSummary"].items() if op != "same"}

    def step(self, resource: str = "docs") -> dict[str, Any]:
        """Return the step of one resource."""
        return next(step for step in self.document["steps"] if _logical(step["urn"]) == resource)


@dataclass
class Stack:
    """One Pulumi project with one stack, its own file backend, engine home and environment."""

    directory: Path
    env: dict[str, str]
    runs: list[Run] = field(default_factory=list)
    project_name: str = PROJECT
    stack_name: str = STACK

    @property
    def project(self) -> Path:
        """The folder of the program."""
        return self.directory / "program"

    @property
    def state_file(self) -> Path:
        """Where the file backend keeps the state."""
        return self.directory / "backend" / ".pulumi" / "stacks" / self.project_name / f"{self.stack_name}.json"

    def program(self, program: str, **modules: str) -> None:
        """Write the program (imports are added), and modules next to it."""
        shutil.rmtree(self.project / "__pycache__", ignore_errors=True)  # its times have a resolution of a second
        (self.project / "__main__.py").write_text(HEADER + textwrap.dedent(program))
        for name, text in modules.items():
            (self.project / f"{name}.py").write_text(textwrap.dedent(text))

    def yaml(self, resources: dict[str, Any], *, explicit_path: bool = True, **sections: Any) -> None:
        """Write a YAML program for the plugin.

        Args:
            resources: by logical name. A resource without `type` is an index, and without `properties` it has the usual shape.
            explicit_path: name the folder of the plugin in the project. Otherwise the engine finds it on PATH.
            sections: of the project file, such as `outputs` and `variables`.
        """
        declared = {name: {"type": PLUGIN_INDEX_TYPE, **resource} for name, resource in resources.items()}
        plugins = {"plugins": {"providers": [{"name": "vectorize", "path": str(Path(sys.executable).parent)}]}}
        document = {"name": self.project_name, "runtime": "yaml", **(plugins if explicit_path else {})}
        document |= {"resources": declared, **sections}
        # Through JSON, because the engine accepts no anchors.
        (self.project / "Pulumi.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False))

    def declare(self, dimensions: int = 64, **arguments: Any) -> None:
        """Write a program of one index; the arguments are those of `index`."""
        self.program(index(dimensions, **arguments))

    def run(self, *arguments: str, code: int | None = 0, stdin: str = "") -> Run:
        """Run one command of the engine; not by the Automation API, which keeps neither exit code nor streams of a failure.

        Args:
            arguments: of the CLI; it asks nothing and prints no colors.
            code: the expected exit code; None for any.
            stdin: what the command reads.
        """
        run = self._run(arguments, stdin)
        for _ in range(_ATTEMPTS):
            if _UNREADABLE not in run.text:
                break
            time.sleep(0.5)
            run = self._run(arguments, stdin)
        self.runs.append(run)
        assert code is None or run.code == code, f"exit code {run.code}, not {code}:\n{run.text}"
        return run

    def _run(self, arguments: tuple[str, ...], stdin: str) -> Run:
        result = subprocess.run(
            [PULUMI, *arguments, "--non-interactive", "--color=never"],
            cwd=self.project,
            env={**os.environ, **self.env},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Run(result.returncode, result.stdout, result.stderr)

    def up(self, *arguments: str, code: int | None = 0) -> Run:
        """Run `pulumi up` without its preview."""
        return self.run("up", "--yes", "--skip-preview", *arguments, code=code)

    def refresh(self, *arguments: str, code: int | None = 0) -> Run:
        """Run `pulumi refresh` without its preview."""
        return self.run("refresh", "--yes", "--skip-preview", *arguments, code=code)

    def destroy(self, *arguments: str, code: int | None = 0) -> Run:
        """Run `pulumi destroy` without its preview."""
        return self.run("destroy", "--yes", "--skip-preview", *arguments, code=code)

    def preview(self, *arguments: str, code: int | None = 0) -> Preview:
        """Run `pulumi preview --json`."""
        run = self.run("preview", "--json", *arguments, code=code)
        return Preview(run, json.loads(run.stdout))

    def state(self) -> list[dict[str, Any]]:
        """Return every resource in the state but the stack itself and the providers."""
        document = json.loads(self.state_file.read_text())
        resources = (document["checkpoint"].get("latest") or {}).get("resources") or []
        return [item for item in resources if not item["type"].startswith(("pulumi:pulumi:", "pulumi:providers:"))]

    def pending_operations(self) -> list[str]:
        """Return the kinds of what the engine has begun and not ended, as far as the state says; `writing` while it is written."""
        try:
            document = json.loads(self.state_file.read_text())
        except (FileNotFoundError, ValueError):
            return ["writing"]
        pending = (document["checkpoint"].get("latest") or {}).get("pending_operations") or []
        return [operation["type"] for operation in pending]

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs."""
        resources = json.loads(self.state_file.read_text())["checkpoint"]["latest"]["resources"]
        return next(item for item in resources if item["type"] == "pulumi:pulumi:Stack").get("outputs", {})

    def resource(self, name: str = "docs") -> dict[str, Any]:
        """Return the one resource of this logical name from the state."""
        found = [item for item in self.state() if _logical(item["urn"]) == name]
        assert len(found) == 1, found
        return found[0]

    def ids(self) -> list[str]:
        """Return the ids of all indexes in the state, sorted."""
        return sorted(item["id"] for item in self.state() if item["type"] in (INDEX_TYPE, PLUGIN_INDEX_TYPE))

    def interrupt(self, *arguments: str, once: Callable[[], Any]) -> Interrupted:
        """Start a command, send it one SIGINT once something is true, and wait for its end."""
        engine = subprocess.Popen(
            [PULUMI, *arguments, "--yes", "--skip-preview", "--non-interactive", "--color=never"],
            cwd=self.project,
            env={**os.environ, **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_for(once, "the moment to interrupt the engine", 60.0)
            engine.send_signal(signal.SIGINT)
            interrupted_at = time.monotonic()
            stdout, stderr = engine.communicate(timeout=120)
            return Interrupted(engine.returncode, stdout, stderr, time.monotonic() - interrupted_at)
        finally:
            engine.kill()

    def kill_during(self, *arguments: str, engine_once: Callable[[], Any], rest_once: Callable[[], Any]) -> None:
        """Start a command, SIGKILL the engine once the first is true, and what the engine leaves running once the second is."""
        env = {**os.environ, **self.env}
        engine = subprocess.Popen(
            [PULUMI, *arguments, "--non-interactive"],
            cwd=self.project,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: engine_once() and self._stop(engine), "the moment to kill the engine", 60.0)
        finally:
            engine.kill()
            engine.wait()
        try:
            wait_for(rest_once, "the moment to kill its orphans")
        finally:
            for pid in processes_in(self.project):
                with suppress(ProcessLookupError):  # it ended by itself
                    os.kill(pid, signal.SIGKILL)

    def _stop(self, engine: subprocess.Popen[bytes]) -> bool:
        """Stop the engine, unless it is just writing the state: killed then, it could not read that any more itself."""
        engine.send_signal(signal.SIGSTOP)
        with suppress(ChildProcessError):  # it has ended by itself
            os.waitid(os.P_PID, engine.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        try:
            json.loads(self.state_file.read_text())
        except (FileNotFoundError, ValueError):
            engine.send_signal(signal.SIGCONT)
            return False
        return True

    def cancel(self) -> None:
        """Run `pulumi cancel`: it removes the lock that a killed engine has left."""
        self.run("cancel", "--yes", f"organization/{self.project_name}/{self.stack_name}")

    @property
    def is_locked(self) -> bool:
        """Whether an engine has, or has left, its lock."""
        return any((self.directory / "backend" / ".pulumi" / "locks").rglob("*.json"))

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """Yield every output of the engine and every file of the stack (state, backups, history, logs), each with its name."""
        for number, run in enumerate(self.runs):
            yield f"output {number}", run.text.encode()
        for path in self.directory.rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes()


def _logical(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def new_stack(directory: Path, template: Path, base_url: str) -> Stack:
    """Copy the template (see `make_template`) to `directory`, and point it at an emulator."""
    shutil.copytree(template, directory)
    return Stack(directory, {**engine_env(directory), **login_env(base_url)})


def make_template(directory: Path) -> None:
    """Make a project with an empty stack: copying it is ten times faster than `pulumi stack init`."""
    for part in ("program", "home", "backend"):
        (directory / part).mkdir(parents=True)
    (directory / "program" / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
    Stack(directory, engine_env(directory)).run("stack", "init", STACK)


def engine_env(directory: Path) -> dict[str, str]:
    """Make the environment that keeps an engine on this machine, in this directory, and with this Python."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(ENGINE / "bin"), os.environ["PATH"]]),
        "PULUMI_BACKEND_URL": (directory / "backend").as_uri(),
        "PULUMI_HOME": str(directory / "home"),
        "PULUMI_STACK": STACK,
        "PULUMI_CONFIG_PASSPHRASE": "e2e",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PYTHONPATH": str(Path(__file__).parent / "fast_pip"),
    }


def login_env(base_url: str) -> dict[str, str]:
    """Make the environment that logs in to an emulator by token."""
    return {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT, "CLOUDFLARE_BASE_URL": base_url}


@dataclass(frozen=True)
class Emulator:
    """An emulator as its clients see it: over HTTP only."""

    base_url: str

    def indexes(self, account: str = ACCOUNT) -> dict[str, dict[str, Any]]:
        """Return what the list of indexes answers, by name."""
        return {item["name"]: item for item in self._api("GET", account)}

    def get(self, name: str, account: str = ACCOUNT) -> dict[str, Any]:
        """Return what a GET of one index answers."""
        return self._api("GET", account, f"/{name}")

    def create(
        self,
        name: str,
        dimensions: int = 64,
        metric: str = "cosine",
        description: str = "",
        config: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Create an index outside Pulumi; `config` takes the place of dimensions and metric."""
        config = config or {"dimensions": dimensions, "metric": metric}
        return self._api("POST", ACCOUNT, json={"name": name, "config": config, "description": description})

    def delete(self, name: str) -> None:
        """Delete an index outside Pulumi."""
        self._api("DELETE", ACCOUNT, f"/{name}")

    def fill(self, name: str, vectors: int) -> None:
        """Let an index hold so many vectors."""
        self._control("POST", f"accounts/{ACCOUNT}/indexes/{name}", {"vectorCount": vectors})

    def vectors(self, name: str) -> int:
        """Return how many vectors an index holds."""
        return int(self._api("GET", ACCOUNT, f"/{name}/info")["vectorCount"])

    def set_created_on(self, name: str, created_on: str) -> None:
        """Change an index's birthday."""
        self._control("POST", f"accounts/{ACCOUNT}/indexes/{name}", {"createdOn": created_on})

    def metadata(self, name: str = "docs") -> dict[str, str]:
        """Return the metadata indexes of an index, property → type, when everything that waits has been done."""
        self.process()
        listed = self._api("GET", ACCOUNT, f"/{name}/metadata_index/list")["metadataIndexes"]
        return {item["propertyName"]: item["indexType"].lower() for item in listed}

    def change_metadata(self, verb: str, name: str, **body: str) -> None:
        """Create or delete a metadata index outside Pulumi."""
        self._api("POST", ACCOUNT, f"/{name}/metadata_index/{verb}", json=body)
        self.process()

    def process(self) -> None:
        """Do now what waits to be done."""
        self._control("POST", "process")

    def pause(self) -> None:
        """Let changes wait until `resume`."""
        self._control("POST", "pause")

    def resume(self) -> None:
        """Do what waits, and all that comes."""
        self._control("POST", "resume")

    def fault(self, **fields: Any) -> None:
        """Add a fault (emulator/README.md lists the fields)."""
        self._control("POST", "faults", fields)

    def clear_faults(self) -> None:
        """Drop every fault."""
        self._control("DELETE", "faults")

    def log(self) -> list[dict[str, Any]]:
        """Return what the provider asked since the last `forget`."""
        entries = self._control("GET", "requests")["requests"]
        return [entry for entry in entries if entry["headers"]["user-agent"] != _USER_AGENT]

    def requests(self) -> list[str]:
        """Return the log as lines such as `GET indexes/docs/info`."""
        return [f"{entry['method']} {entry['path'].partition('/vectorize/v2/')[2]}" for entry in self.log()]

    def mutations(self) -> list[str]:
        """Return what the provider asked except reading."""
        return [line for line in self.requests() if not line.startswith("GET ")]

    def forget(self) -> None:
        """Empty the log of requests."""
        self._control("DELETE", "requests")

    def _api(self, method: str, account: str, tail: str = "", **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": _USER_AGENT}
        url = f"{self.base_url}/accounts/{account}/vectorize/v2/indexes{tail}"
        answer = requests.request(method, url, headers=headers, timeout=10, **body).json()
        assert answer["success"], answer
        return answer["result"]

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.base_url.removesuffix('/client/v4')}/_emulator/{path}"
        answer = requests.request(method, url, json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()


_USER_AGENT = "e2e-test"


def wait_for(happened: Callable[[], Any], what: str, timeout_s: float = 20.0) -> None:
    """Poll until `happened()` is true; fail after the timeout."""
    ends_at = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < ends_at, f"waited {timeout_s} s in vain for {what}"
        time.sleep(0.02)


def processes_in(directory: Path) -> list[int]:
    """Return the processes whose working directory is in `directory`: what an engine that runs there has started.

    Empty where there is no /proc.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            cwd = entry.readlink()
        except OSError:  # it ended meanwhile, or is another user's
            continue
        if cwd == directory or directory in cwd.parents:
            found.append(int(entry.parent.name))
    return [pid for pid in found if pid != os.getpid()]
