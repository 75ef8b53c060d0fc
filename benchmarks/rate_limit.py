# ruff: noqa: INP001, T201 - a script, run by path, that prints a table
"""Create and delete many indexes under a rate limit, next to the least time that the limit allows.

The core runs against the emulator over HTTP, with the threads of `--parallel`, and without the engine, which sends nothing itself.
The emulator's window is shorter than Cloudflare's 1,200 requests in 300 s, so that a row takes seconds. `--foreign` lets a second
client use a share of the same token.

    .venv/bin/python benchmarks/rate_limit.py
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

import requests

from pulumi_cloudflare_vectorize.api.client import Client
from pulumi_cloudflare_vectorize.api.retry import Transport
from pulumi_cloudflare_vectorize.config import Settings
from pulumi_cloudflare_vectorize.lifecycle.context import Context
from pulumi_cloudflare_vectorize.lifecycle.index.create import create
from pulumi_cloudflare_vectorize.lifecycle.index.delete import delete
from pulumi_cloudflare_vectorize.lifecycle.run_state import RunState
from pulumi_cloudflare_vectorize.waiting import Deadline
from vectorize_emulator.server import Emulator
from vectorize_emulator.settings import RuntimeSettings
from vectorize_emulator.settings import Settings as EmulatorSettings

ACCOUNT, TOKEN = "0" * 32, "benchmark"
TIMEOUT_S, BLOCK_GRACE_S = 300.0, 330.0


class Silent:
    """A reporter that drops every message."""

    def info(self, text: str) -> None:
        """Say nothing."""

    warning = progress = info


def inputs(number: int) -> dict[str, object]:
    """Declare one index, with consent to lose it."""
    return {
        "config": {"dimensions": 64, "metric": "cosine"},
        "name": f"docs-{number:05}",
        "namePrefix": "",
        "description": "",
        "accountId": ACCOUNT,
        "metadataIndexes": {},
        "forceDestroy": True,
        "adopt": False,
        "retainOnDelete": False,
    }


def run(base_url: str, count: int, workers: int) -> float:
    """Create and delete so many indexes, as `pulumi up` and `pulumi destroy` do, and return the seconds."""
    transport = Transport(Settings.load({"vectorize:apiToken": TOKEN, "vectorize:baseUrl": base_url}, {}))
    began_s = time.monotonic()
    states: list[dict[str, object]] = []
    with ThreadPoolExecutor(workers) as pool:
        run_state = RunState()

        def operation(number: int) -> Context:
            deadline = Deadline.after(TIMEOUT_S, transport.clock)
            deadline.block_grace_s = BLOCK_GRACE_S
            return Context(Client(transport), run_state, Silent(), deadline, ACCOUNT, f"urn:{number}")

        states += pool.map(lambda number: create(operation(number), inputs(number)), range(count))
        run_state = RunState()
        list(
            pool.map(
                lambda number: delete(operation(number), str(states[number]["name"]), states[number]), range(count)
            )
        )
    return time.monotonic() - began_s


def measure(count: int, workers: int, quota: int, window_s: float, foreign_per_s: float) -> str:
    """Measure one row of the table."""
    with tempfile.TemporaryDirectory() as directory:
        settings = EmulatorSettings(
            Path(directory), port=0, tokens=(TOKEN,), runtime=RuntimeSettings(rate_limit=quota, rate_window_s=window_s)
        )
        with Emulator(settings) as emulator:
            done = threading.Event()
            other = threading.Thread(target=disturb, args=(emulator.base_url, foreign_per_s, done))
            if foreign_per_s:
                other.start()
            took_s = run(emulator.base_url, count, workers)
            done.set()
            log = requests.get(emulator.base_url.replace("/client/v4", "/_emulator/requests"), timeout=10).json()[
                "requests"
            ]
    foreign = [entry for entry in log if entry["path"].endswith("/indexes/other")]
    ours = [entry for entry in log if "/vectorize/" in entry["path"] and entry not in foreign]
    sent, refused = len(ours), sum(entry["status"] == HTTPStatus.TOO_MANY_REQUESTS for entry in ours)
    least_s = (sent + len(foreign) - 1) // quota * window_s
    return (
        f"| {count:,} | {workers} | {quota:,} in {window_s:g} s | {foreign_per_s:g}/s | {sent:,} | {refused} | {least_s:.0f} s "
        f"| {took_s:.1f} s | {took_s / max(least_s, 1.0):.2f} |"
    )


def disturb(base_url: str, per_s: float, done: threading.Event) -> None:
    """Use the same token as another client does."""
    session = requests.Session()
    session.headers.update({"Authorization": f"Bearer {TOKEN}"})
    while not done.wait(1 / per_s):
        session.get(f"{base_url}/accounts/{ACCOUNT}/vectorize/v2/indexes/other", timeout=10)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=32)
    workers = parser.parse_args().workers
    print("| indexes | threads | limit | second client | requests | 429 | least | took | ratio |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for count, quota, window_s, foreign_per_s in (
        (100, 120, 30.0, 0.0),
        (1_000, 400, 10.0, 0.0),
        (100, 120, 30.0, 1.0),
        (1_000, 400, 10.0, 5.0),
    ):
        print(measure(count, workers, quota, window_s, foreign_per_s), flush=True)


if __name__ == "__main__":
    main()
