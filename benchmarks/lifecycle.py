"""Measures the provider under the real engine, next to a floor, in one run; writes the table into docs/internals/performance.md.

    python benchmarks/lifecycle.py                        prints the table for 1, 10 and 100 indexes
    python benchmarks/lifecycle.py --sizes 1,10,100,1000  and for a thousand, which takes most of the time
    python benchmarks/lifecycle.py --write                and puts it between the markers of the document

Every contestant does the same step before the next one is done, in another order each round, so that a busy moment of the
machine hits all alike. Processor time is reported next to, since other work on the machine changes it less.
"""
# ruff: noqa: INP001 - a script, run by path

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lifecycle_table import Key, Results, Taken, plugin_table, table

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "internals" / "performance.md"
BEGIN, END = "<!-- benchmark:begin -->", "<!-- benchmark:end -->"
PULUMI = ROOT / ".engine" / "bin" / "pulumi"  # as `make setup` leaves it
ACCOUNT, TOKEN = "0123456789abcdef0123456789abcdef", "benchmark"

LATENCY_MS, PARALLEL, ROUNDS = 200, 32, 3
# More than so many are measured once: the engine alone takes minutes then.
REPEATED_SIZES = 100
STEPS: dict[str, tuple[str, ...]] = {
    "create": ("up", "--yes", "--skip-preview"),
    "preview": ("preview",),
    "unchanged `up`": ("up", "--yes", "--skip-preview"),
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}

OURS = """
import os
import pulumi_cloudflare_vectorize as vectorize
for number in range(int(os.environ["BENCHMARK_SIZE"])):
    vectorize.VectorizeIndex(
        f"index-{number:04}", config={"dimensions": 768, "metric": "cosine"}, description="measured"%s
    )
"""
SLEEPER = """
import os
import sleeper
for number in range(int(os.environ["BENCHMARK_SIZE"])):
    sleeper.Sleeper(f"index-{number:04}", {"dimensions": 768, "metric": "cosine"})
"""


@dataclass(frozen=True)
class Contestant:
    """Something to measure.

    Attributes:
        key: its name.
        program: a Python program, or the type of the resources of a YAML program.
        sleep_ms: for how long its provider sleeps.
        same_waits: whether it sleeps as often as ours sends requests.
    """

    key: str
    program: str
    sleep_ms: int = 0
    same_waits: bool = False
    steps: tuple[str, ...] = tuple(STEPS)
    max_size: int = 10_000

    @property
    def is_yaml(self) -> bool:
        """Whether its program is a YAML program, which uses a plugin."""
        return ":index:" in self.program

    @property
    def slug(self) -> str:
        """The name of its project."""
        return self.key.replace(" ", "-")


CONTESTANTS = (
    Contestant("ours", OURS % ""),
    Contestant("floor", SLEEPER, LATENCY_MS),
    Contestant("engine", SLEEPER),
    Contestant("same waits", SLEEPER, LATENCY_MS, same_waits=True, max_size=REPEATED_SIZES),
    # Each has its own project, so that generated names differ.
    Contestant("forced", OURS % ", force_destroy=True", steps=("create", "destroy"), max_size=REPEATED_SIZES),
    Contestant("plugin", "vectorize:index:VectorizeIndex"),
    Contestant("idle plugin", "idle:index:Idle"),
)


@dataclass(frozen=True)
class Emulator:
    """A running emulator, as seen from outside."""

    base_url: str

    def take_requests(self) -> Counter[str]:
        """Return the number of requests since the last call by route, and empty the request log."""
        log = json.loads(self._control("GET", "requests"))["requests"]
        self._control("DELETE", "requests")
        return Counter(route_of(entry["method"], entry["path"]) for entry in log)

    def _control(self, method: str, path: str) -> bytes:
        url = f"{self.base_url.removesuffix('/client/v4')}/_emulator/{path}"
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=60) as answer:  # noqa: S310 - loopback
            body: bytes = answer.read()
        return body


def route_of(method: str, path: str) -> str:
    """Name a request: `list`, `info`, `POST`, `GET` or `DELETE` of one index."""
    tail = path.partition("/vectorize/v2/indexes")[2]
    if tail.endswith("/info"):
        return "info"
    return "list" if method == "GET" and not tail else method


@contextmanager
def run_emulator(latency_ms: int) -> Iterator[Emulator]:
    """Lend an emulator that answers so late, and knows no rate limit."""
    command = [sys.executable, "-m", "vectorize_emulator", "serve", "--port", "0", "--rate-limit", "0"]
    with subprocess.Popen([*command, "--latency-ms", str(latency_ms)], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        try:
            yield Emulator(process.stdout.readline().split()[-1] if process.stdout else "")
        finally:
            process.terminate()


@dataclass(frozen=True)
class Stack:
    """One Pulumi project with its own stack, backend and home."""

    project: Path
    env: dict[str, str]

    def run(self, *arguments: str) -> Taken:
        """Run one command of the engine, and return its times.

        Raises:
            RuntimeError: it failed; the text is what it printed.
        """
        command = [str(PULUMI), *arguments, "--non-interactive", "--color=never"]
        started, used_s = time.perf_counter(), _processor_s()
        result = subprocess.run(command, cwd=self.project, env=self.env, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        taken = Taken(time.perf_counter() - started, _processor_s() - used_s)
        if result.returncode:
            raise RuntimeError(f"pulumi {' '.join(arguments)} failed:\n{result.stdout}\n{result.stderr}")
        return taken


def _processor_s() -> float:
    """Return what all children so far have used that ended: the engine with its program and its providers."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def new_stack(directory: Path, contestant: Contestant, size: int, base_url: str) -> Stack:
    """Make a project with an empty stack, out of reach of the user's own settings."""
    for part in ("program", "home", "backend"):
        (directory / part).mkdir(parents=True)
    project = directory / "program"
    if contestant.is_yaml:
        write_yaml_program(project, contestant, size)
    else:
        (project / "Pulumi.yaml").write_text(f"name: {contestant.slug}\nruntime: python\n", encoding="utf-8")
        (project / "__main__.py").write_text(contestant.program, encoding="utf-8")
    foreign = ("CLOUDFLARE_", "PULUMI_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(PULUMI.parent), os.environ["PATH"]]),
        "PYTHONPATH": str(Path(__file__).parent),
        "PULUMI_BACKEND_URL": (directory / "backend").as_uri(),
        "PULUMI_HOME": str(directory / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "benchmark",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "CLOUDFLARE_API_TOKEN": TOKEN,
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
        "CLOUDFLARE_BASE_URL": base_url,
        "BENCHMARK_SIZE": str(size),
        "BENCHMARK_SLEEP_MS": str(contestant.sleep_ms),
        "BENCHMARK_WAITS": "same" if contestant.same_waits else "",
    }
    stack = Stack(project, env)
    stack.run("stack", "init", "dev")
    return stack


def write_yaml_program(project: Path, contestant: Contestant, size: int) -> None:
    """Write a YAML program with the resources of the Python program, and the script that starts the idle plugin."""
    package = contestant.program.partition(":")[0]
    folder = Path(sys.executable).parent
    if package == "idle":
        folder = project / "plugin"
        folder.mkdir()
        script = folder / "pulumi-resource-idle"
        script.write_text(f"#!{sys.executable}\nimport idle_plugin\nidle_plugin.main()\n", encoding="utf-8")
        script.chmod(0o755)
    properties = {"config": {"dimensions": 768, "metric": "cosine"}, "description": "measured"}
    resources = {f"index-{number:04}": {"type": contestant.program, "properties": properties} for number in range(size)}
    document = {
        "name": contestant.slug,
        "runtime": "yaml",
        "plugins": {"providers": [{"name": package, "path": str(folder)}]},
        "resources": resources,
    }
    # JSON is YAML.
    (project / "Pulumi.yaml").write_text(json.dumps(document), encoding="utf-8")


@dataclass(frozen=True)
class Plan:
    """What to measure."""

    sizes: Sequence[int]
    rounds: int
    steps: Sequence[str] = tuple(STEPS)


def measure(plan: Plan, directory: Path) -> Results:
    """Measure every size, each round one after the other."""
    results = Results()
    with run_emulator(LATENCY_MS) as emulator:
        for size in plan.sizes:
            stacks = {
                c: new_stack(directory / f"{size}-{c.slug}", c, size, emulator.base_url)
                for c in CONTESTANTS
                if size <= c.max_size
            }
            for number in range(plan.rounds if size <= REPEATED_SIZES else 1):
                measure_round(results, emulator, stacks, size, plan.steps, first=number % len(stacks))
    return results


def measure_round(  # noqa: PLR0913 -- each argument is one fact of the round
    results: Results,
    emulator: Emulator,
    stacks: Mapping[Contestant, Stack],
    size: int,
    steps: Sequence[str],
    *,
    first: int,
) -> None:
    """Let everyone do each step before anyone does the next; `first` begins."""
    order = (*list(stacks)[first:], *list(stacks)[:first])
    for step in steps:
        for contestant in order:
            if step in contestant.steps:
                measure_step(results, emulator, stacks[contestant], (size, step, contestant.key))


def measure_step(results: Results, emulator: Emulator, stack: Stack, key: Key) -> None:
    """Run one step of one contestant."""
    emulator.take_requests()
    taken = stack.run(*STEPS[key[1]], f"--parallel={PARALLEL}")
    results.taken.setdefault(key, []).append(taken)
    results.requests[key] = emulator.take_requests()
    print(f"{key[0]:,} {key[2]}: {key[1]} took {taken.wall_s:.1f} s", file=sys.stderr)  # noqa: T201 - progress


def how(plan: Plan) -> str:
    """Describe the measurement: rounds, latency, versions and the load of the machine."""
    rounds = f"Medians of {plan.rounds} rounds, with the minimum in brackets."
    if max(plan.sizes) > REPEATED_SIZES:
        rounds += f" More than {REPEATED_SIZES} indexes were measured once."
    where = f"Pulumi {_engine_version()}, Python {platform.python_version()}, {os.cpu_count()} cores, file backend"
    load = f"Load average of the last 15 minutes: {os.getloadavg()[2]:.1f}"
    return f"{rounds} {LATENCY_MS} ms latency, `--parallel {PARALLEL}`. {where}. {load}."


def _engine_version() -> str:
    return subprocess.run([PULUMI, "version"], capture_output=True, text=True, check=True).stdout.strip().lstrip("v")  # noqa: S603 - our own command


def write(text: str) -> None:
    """Put the table between the markers of the document."""
    document = DOCUMENT.read_text(encoding="utf-8")
    pattern = re.compile(rf"{BEGIN}.*{END}", re.DOTALL)
    DOCUMENT.write_text(pattern.sub(lambda _: f"{BEGIN}\n{text}\n{END}", document), encoding="utf-8")


def main() -> int:
    """Measure and print. With --write, store the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1,10,100", help="numbers of indexes, with commas (1,10,100)")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help=f"rounds of each size up to {REPEATED_SIZES} ({ROUNDS})"
    )
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT.relative_to(ROOT)}")
    parser.add_argument(
        "--steps", default=",".join(STEPS), help=f"with commas; every one needs create first ({', '.join(STEPS)})"
    )
    options = parser.parse_args()
    # An ordinary exit, so that the emulator and the stacks go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    plan = Plan([int(size) for size in options.sizes.split(",")], options.rounds, options.steps.split(","))
    with tempfile.TemporaryDirectory(prefix="vectorize-benchmark-") as directory:
        results = measure(plan, Path(directory))
    tables = [table(results, plan.sizes, plan.steps), plugin_table(results, plan.sizes, plan.steps)]
    text = "\n\n".join([*tables, how(plan)])
    print(text)  # noqa: T201 - the result
    if options.write:
        write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
