"""The table of `benchmarks/lifecycle.py`: what was measured, next to the goals of the project and to its best peer."""
# ruff: noqa: INP001 - a module of a script in the same folder

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

# Goals of the project at 100 indexes, as multiples of the floor.
GOAL_SIZE = 100
GOALS = {"create": 1.15, "unchanged `up`": 1.1, "refresh": 0.8, "destroy": 1.15}
# Goals of the plugin from 100 indexes on, as multiples of the processor time of the dynamic provider.
PLUGIN_GOALS = {"create": 1.1, "preview": 1.1, "unchanged `up`": 1.1, "refresh": 1.1, "destroy": 1.1}
# Seconds of terraform 1.11.4 with jasonpanosso/cloudflare-extended @15da73b, the fastest peer, at 200 ms and its 10 requests at
# a time, on another day but a like machine (2026-11-23; medians of 3, one run at 1,000). Its plan without changes is `up`'s peer.
PEER = {
    "create": {1: 0.5, 10: 0.6, 100: 2.9, 1000: 26.8},
    "unchanged `up`": {1: 0.4, 10: 0.5, 100: 2.6, 1000: 22.2},
    "refresh": {1: 0.5, 10: 0.5, 100: 2.4, 1000: 21.8},
    "destroy": {1: 0.7, 10: 0.8, 100: 4.9, 1000: 50.8},
}


@dataclass(frozen=True)
class Taken:
    """What a command took: seconds on the wall, and seconds of processors."""

    wall_s: float
    processor_s: float


Key = tuple[int, str, str]  # size, step, contestant


@dataclass
class Results:
    """What was measured, one entry for each round; and the requests of the last round."""

    taken: dict[Key, list[Taken]] = field(default_factory=dict)
    requests: dict[Key, Counter[str]] = field(default_factory=dict)

    def wall_s(self, key: Key) -> list[float]:
        """Return the seconds of each round."""
        return [taken.wall_s for taken in self.taken[key]]

    def processor_s(self, key: Key) -> float:
        """Return the median processor time, in seconds."""
        return statistics.median(taken.processor_s for taken in self.taken[key])

    def processor_ratio(self, key: Key, other: str) -> float:
        """Return how many times the processor time of another contestant it took, as the median of the rounds."""
        pairs = zip(self.taken[key], self.taken[(*key[:2], other)], strict=True)
        return statistics.median(measured.processor_s / least.processor_s for measured, least in pairs)

    def ratio(self, key: Key, floor: str) -> float:
        """Return how many times a floor it took, as the median of the rounds: in each both ran side by side."""
        pairs = zip(self.wall_s(key), self.wall_s((*key[:2], floor)), strict=True)
        return statistics.median(measured / least for measured, least in pairs)


def table(results: Results, sizes: Sequence[int], steps: Sequence[str]) -> str:
    """Write what was measured as Markdown."""
    lines = [f"| {' | '.join(HEAD)} |", f"|{' --- |' * len(HEAD)}"]
    for size in sizes:
        for step in steps:
            told = ("ours", "forced") if step == "destroy" else ("ours",)
            lines += [row_of(results, size, step, who) for who in told if (size, step, who) in results.taken]
    return "\n".join(lines)


def row_of(results: Results, size: int, step: str, who: str) -> str:
    """Write one line of the table."""
    key, floor, engine = (size, step, who), (size, step, "floor"), (size, step, "engine")
    ratio, goal = results.ratio(key, "floor"), GOALS.get(step) if size == GOAL_SIZE else None
    aim = "" if goal is None else f"{goal} ×" if ratio <= goal else f"{goal} ×: **missed**"
    peer = PEER.get(step, {}).get(size)
    has_same = who == "ours" and (size, step, "same waits") in results.taken
    cells = [
        f"{size:,}",
        step + (", `force_destroy`" if who == "forced" else ""),
        *(_seconds(results.wall_s(one)) for one in (key, floor, engine)),
        f"{ratio:.2f} ×",
        aim,
        f"{results.ratio(key, 'same waits'):.2f} ×" if has_same else "",
        f"{results.processor_s(key):.1f} / {results.processor_s(floor):.1f} s",
        "" if peer is None else f"{peer} s",
        " + ".join(f"{count:,} {route}" for route, count in sorted(results.requests[key].items())) or "0",
    ]
    return f"| {' | '.join(cells)} |"


def plugin_table(results: Results, sizes: Sequence[int], steps: Sequence[str]) -> str:
    """Write what was measured of the plugin as Markdown."""
    lines = [f"| {' | '.join(PLUGIN_HEAD)} |", f"|{' --- |' * len(PLUGIN_HEAD)}"]
    lines += [plugin_row_of(results, size, step) for size in sizes for step in steps]
    return "\n".join(lines)


def plugin_row_of(results: Results, size: int, step: str) -> str:
    """Write one line of the plugin's table."""
    plugin, idle, ours = ((size, step, who) for who in ("plugin", "idle plugin", "ours"))
    of_dynamic = results.processor_ratio(plugin, "ours")
    goal = PLUGIN_GOALS.get(step) if size >= GOAL_SIZE else None
    verdict = "" if goal is None else f"{goal} ×" if of_dynamic <= goal else f"{goal} ×: **missed**"
    cells = [
        f"{size:,}",
        step,
        *(_seconds(results.wall_s(one)) for one in (plugin, ours, idle)),
        f"{results.processor_s(plugin):.1f} / {results.processor_s(ours):.1f} / {results.processor_s(idle):.1f} s",
        f"{of_dynamic:.2f} ×",
        verdict,
        f"{results.processor_ratio(plugin, 'idle plugin'):.2f} ×",
        " + ".join(f"{count:,} {route}" for route, count in sorted(results.requests[plugin].items())) or "0",
    ]
    return f"| {' | '.join(cells)} |"


def _seconds(measured: list[float]) -> str:
    least = f" ({min(measured):.1f})" if len(measured) > 1 else ""
    return f"{statistics.median(measured):.1f}{least} s"


PLUGIN_HEAD = (
    "indexes",
    "operation",
    "plugin, YAML",
    "dynamic, Python",
    "idle plugin, YAML",
    "processor, plugin / dynamic / idle",
    "plugin ÷ dynamic",
    "goal",
    "plugin ÷ idle",
    "requests",
)
HEAD = (
    "indexes",
    "operation",
    "ours",
    "floor",
    "engine alone",
    "ours ÷ floor",
    "goal",
    "ours ÷ same waits",
    "processor, ours / floor",
    "best peer",
    "requests",
)
