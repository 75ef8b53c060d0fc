"""Random walks over the lifecycle, and the sequences that once broke a promise.

A walk is a sequence of engine operations, of things that users do with stacks, and of things that happen to the account outside
Pulumi. The core runs on an account in memory, called by a small model of Pulumi's engine (`engine`). `oracle` lists the
promises. A failure prints the shortest sequence that breaks the same promise, as source for `KNOWN`.
"""

from __future__ import annotations

import os

import pytest

from tests.walk.account import Fault
from tests.walk.actions import Action, destroy, fill, forget, lose, metadata, move, recreate, refresh, rename, up, wait
from tests.walk.core import PROVIDERS
from tests.walk.programs import index, meta
from tests.walk.walking import Found, report, shortened, violation_of, walk

# Enough for `make test`. `make walk STEPS=1000000` does more. Walks with other seeds: WALK_SEED=….
STEPS = int(os.environ.get("WALK_STEPS", "24000"))
FIRST_SEED = int(os.environ.get("WALK_SEED", "0"))
PARTS = 2
SEEDS_PER_PART = 1_000_000_000

KNOWN: dict[str, list[Action]] = {
    # --- ownership ---
    "a new stack does not adopt the filled index of a renamed stack": [
        up("dev", {"docs": index(32)}),
        rename("dev", "prod"),
        fill("prod/docs", 5000),
        up("dev", {"docs": index(32)}),
    ],
    "a new stack does not adopt the old, empty index of a renamed stack": [
        up("dev", {"docs": index(32)}),
        rename("dev", "prod"),
        wait(25),
        up("dev", {"docs": index(32)}),
    ],
    "a program whose index was moved to another stack does not adopt it": [
        up("dev", {"docs": index(32)}),
        fill("dev/docs", 5000),
        move("docs", "dev", "prod"),
        up("dev", {"docs": index(32)}),
    ],
    "an old name that is declared again after a rename by alias does not adopt the index": [
        up("dev", {"docs": index(32)}),
        fill("dev/docs", 5000),
        up("dev", {"news": index(32, alias="docs")}),
        up("dev", {"news": index(32), "docs": index(32)}),
    ],
    "an old name that is declared first after a rename by alias does not adopt the index": [
        up("dev", {"docs": index(32)}),
        fill("dev/docs", 5000),
        up("dev", {"news": index(32, alias="docs")}),
        up("dev", {"docs": index(32)}, target="docs"),
    ],
    "an index that was recreated with the declared shape is refused by the second run too": [
        up("dev", {"docs": index(32, name="alpha", force=True)}),
        recreate("alpha", 64),
        fill("alpha", 5000),
        up("dev", {"docs": index(64, name="alpha", force=True)}),
        up("dev", {"docs": index(64, name="alpha", force=True)}),
        destroy("dev"),
    ],
    "a refresh does not accept an index that was recreated": [
        up("dev", {"docs": index(32, name="alpha")}),
        recreate("alpha", 32),
        refresh("dev"),
    ],
    "destroy --refresh does not delete an index that was recreated": [
        up("dev", {"docs": index(32, name="alpha")}),
        recreate("alpha", 32),
        destroy("dev", refresh=True),
    ],
    "up --refresh without the resource does not delete an index that was recreated": [
        up("dev", {"docs": index(32, name="alpha")}),
        recreate("alpha", 32),
        up("dev", {}, refresh=True),
    ],
    "an inline change does not touch the metadata indexes of an index that was recreated": [
        up("dev", {"docs": index(32, name="alpha", metadata=(("p", "string"),))}),
        recreate("alpha", 32),
        metadata("alpha", "p", "string"),
        up("dev", {"docs": index(32, name="alpha", metadata=(("p", "number"),))}),
    ],
    "a separate metadata index of an index that was recreated is not deleted": [
        up("dev", {"docs": index(32, name="alpha"), "tenant": meta("docs", "p")}),
        recreate("alpha", 32),
        metadata("alpha", "p", "string"),
        fill("alpha", 5000),
        up("dev", {"docs": index(32, name="alpha")}),
    ],
    "two resources of one program do not share an index": [
        up("dev", {"docs": index(32, name="alpha"), "news": index(32, name="alpha", adopt=True)}),
    ],
    "a partially created record does not accept an index that was created a month later": [
        up("dev", {"docs": index(32, name="alpha", force=True)}, fault=Fault("dropped", 1, 60)),
        wait(720),
        recreate("alpha", 32),
        fill("alpha", 5000),
        up("dev", {"docs": index(32, name="alpha", force=True)}),
        destroy("dev"),
    ],
    "a partially created record does not delete the filled index of another stack": [
        up("dev", {"docs": index(32, name="alpha", force=True)}, fault=Fault("dropped", 1, 60)),
        up("prod", {"docs": index(32, name="alpha")}),
        fill("alpha", 5000),
        destroy("dev"),
    ],
    "a partially created record does not delete an index of another shape": [
        up("dev", {"docs": index(32, name="alpha")}, fault=Fault("dropped", 1, 60)),
        recreate("alpha", 64),
        destroy("dev"),
    ],
    "a resource that takes the name of another one keeps the index": [
        up("dev", {"news": index(64, name="alpha")}),
        up("dev", {"docs": index(64, name="alpha"), "news": index(32)}),
    ],
    "an error does not claim that nothing was changed after it deleted a metadata index by consent": [
        up("dev", {"docs": index(32), "tenant": meta("docs", "p", force=True)}),
        fill("dev/docs", 5000),
        destroy("dev"),
    ],
    # --- consent ---
    "a name changed while consent is withdrawn keeps the superseded index through destroy": [
        up("dev", {"docs": index(32, name="alpha", force=True)}),
        fill("alpha", 5000),
        up("dev", {"docs": index(32, name="beta")}),
        up("dev", {"docs": index(32, name="beta")}),
        destroy("dev"),
    ],
    "an adopted successor that is older withdraws consent for the superseded index": [
        up("prod", {"news": index(32, name="alpha")}),
        up("dev", {"docs": index(32, force=True)}),
        fill("dev/docs", 5000),
        up("dev", {"docs": index(32, name="alpha")}, replaced="docs"),
        destroy("dev"),
    ],
    "consent of a resource in a component does not count for the one outside that it replaces": [
        up("dev", {"docs": index(32)}),
        fill("dev/docs", 5000),
        up("dev", {"docs": index(64, force=True, component=True)}),
    ],
    # --- attached metadata indexes ---
    "destroy keeps the metadata index of an index that it refuses to delete": [
        up("dev", {"docs": index(32), "tenant": meta("docs", "p")}),
        fill("dev/docs", 5000),
        destroy("dev"),
    ],
    "removing both keeps the metadata index of an index that is refused": [
        up("dev", {"docs": index(32), "tenant": meta("docs", "p")}),
        fill("dev/docs", 5000),
        up("dev", {}),
    ],
    "a refused delete-first replacement keeps the metadata index": [
        up("dev", {"docs": index(32, name="alpha"), "tenant": meta("docs", "p")}),
        fill("alpha", 5000),
        up("dev", {"docs": index(64, name="alpha"), "tenant": meta("docs", "p")}),
    ],
    "a property that moves inline keeps its metadata index": [
        up("dev", {"docs": index(32), "tenant": meta("docs", "p")}),
        fill("dev/docs", 5000),
        up("dev", {"docs": index(32, metadata=(("p", "string"),))}),
    ],
    "a removal that does not show in time is in the state": [
        up("dev", {"docs": index(32, metadata=(("p", "string"),))}),
        up("dev", {"docs": index(32)}, fault=Fault("slow")),
    ],
    "a retype whose second half is refused is in the state": [
        up("dev", {"docs": index(32, metadata=(("p", "string"),))}),
        up("dev", {"docs": index(32, metadata=(("p", "number"),))}, fault=Fault("broken", 1, 999, "create")),
    ],
    "a separate metadata index that does not show in time is in the state": [
        up("dev", {"docs": index(32)}),
        up("dev", {"docs": index(32), "tenant": meta("docs", "p")}, fault=Fault("slow")),
    ],
    "destroy --exclude-protected keeps the metadata index of a protected, filled index": [
        up("dev", {"docs": index(32, protect=True), "tenant": meta("docs", "p")}),
        fill("dev/docs", 5000),
        destroy("dev", exclude_protected=True),
    ],
    "a metadata index that a failed run replaced by force is kept by the next run": [
        up("dev", {"docs": index(32), "price": meta("docs", "q")}),
        up(
            "dev",
            {"docs": index(32), "price": meta("docs", "q"), "tenant": meta("docs", "q")},
            replaced="price",
        ),
        fill("dev/docs", 5000),
        up("dev", {"docs": index(32), "price": meta("docs", "q")}),
    ],
    "a metadata index that was never created is created by the run after a refresh": [
        up("dev", {"docs": index(32, name="alpha"), "tenant": meta("docs", "p")}, fault=Fault("dropped", 2, 2)),
        up("dev", {"docs": index(32, name="alpha"), "tenant": meta("docs", "p")}, refresh=True),
    ],
    "a refresh that drops the successor does not turn its withdrawn consent into consent": [
        up("dev", {"news": index(32, name="alpha", force=True)}),
        fill("alpha", 5000),
        up("dev", {"news": index(32)}, replaced="news"),
        lose("dev/news"),
        up("dev", {}, refresh=True),
    ],
    # --- what worked before, and must continue to work ---
    "an index deleted outside Pulumi comes back after a refresh": [
        up("dev", {"docs": index(32, metadata=(("p", "string"),)), "tenant": meta("docs", "q")}),
        lose("dev/docs"),
        refresh("dev"),
        up("dev", {"docs": index(32, metadata=(("p", "string"),)), "tenant": meta("docs", "q")}),
        destroy("dev"),
    ],
    "a forgotten index is kept by destroy": [
        up("dev", {"docs": index(32, force=True)}),
        fill("dev/docs", 5000),
        forget("docs", "dev"),
        destroy("dev"),
    ],
}


# What no call of the engine shows the provider (docs/internals/state.md, "Gaps").
GAPS: dict[str, list[Action]] = {
    "a reverted replacement of a retained index keeps its metadata index": [
        up("dev", {"docs": index(32, name="beta", retain=True), "tenant": meta("docs", "q")}),
        fill("beta", 5000),
        up("dev", {"docs": index(64, name="beta", retain=True), "tenant": meta("docs", "q")}),
        up("dev", {"docs": index(32, name="beta", adopt=True, retain=True), "tenant": meta("docs", "q")}),
    ],
    "a metadata index that two records mean is not deleted with one of them alone": [
        up("dev", {"news": index(64, name="alpha")}),
        fill("dev/news", 5000),
        up("dev", {"news": index(64, name="alpha"), "tenant": meta("news", "p", "number", force=True)}),
        up(
            "dev",
            {"news": index(64, name="alpha", metadata=(("p", "number"),)), "price": meta("news", "p", "string")},
        ),
        destroy("dev"),
    ],
}


# A plugin does not know that a property moves: no call of the engine shows it before the index is updated.
MOVES: dict[str, list[Action]] = {
    "a property that moves to a separate resource keeps its metadata index": [
        up("dev", {"docs": index(32, metadata=(("p", "string"),))}),
        fill("dev/docs", 5000),
        up("dev", {"docs": index(32), "tenant": meta("docs", "p")}),
    ],
    "a property that moves to a resource with a literal index name keeps its metadata index": [
        up("dev", {"docs": index(32, name="alpha", metadata=(("p", "string"),))}),
        fill("alpha", 5000),
        up("dev", {"docs": index(32, name="alpha"), "tenant": meta("=alpha", "p")}),
    ],
}


@pytest.mark.parametrize(
    ("front_end", "sequence"),
    [
        *(pytest.param("dynamic", sequence, id=name) for name, sequence in GAPS.items()),
        *(pytest.param("plugin", sequence, id=f"plugin: {name}") for name, sequence in MOVES.items()),
    ],
)
@pytest.mark.xfail(
    strict=True, reason="no call of the engine tells these cases apart from a removal that the program asks for"
)
def test_a_gap_is_still_one(sequence: list[Action], front_end: str):
    violation, _ = violation_of(tuple(sequence), front_end, with_gaps=True)
    assert not violation


@pytest.mark.parametrize("sequence", MOVES.values(), ids=MOVES)
def test_a_property_that_moves_keeps_its_metadata_index_in_the_dynamic_provider(sequence: list[Action]):
    violation, number = violation_of(tuple(sequence), "dynamic")
    assert not violation, "\n" + report(Found(0, tuple(sequence[:number]), violation))


@pytest.mark.parametrize("front_end", PROVIDERS)
@pytest.mark.parametrize("sequence", KNOWN.values(), ids=KNOWN)
def test_a_known_sequence_breaks_no_promise(sequence: list[Action], front_end: str):
    violation, number = violation_of(tuple(sequence), front_end)
    assert not violation, "\n" + report(Found(0, tuple(sequence[:number]), violation, front_end))


@pytest.mark.parametrize("front_end", PROVIDERS)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_random_walk_breaks_no_promise(part: int, front_end: str):
    """Each front end takes half of the steps, and walks of its own."""
    seed, steps = FIRST_SEED + (2 * part + list(PROVIDERS).index(front_end)) * SEEDS_PER_PART, 0
    while steps < STEPS / PARTS / len(PROVIDERS):
        done, found = walk(seed, front_end)
        if found:
            pytest.fail("\n" + report(shortened(found)), pytrace=False)
        steps += done
        seed += 1
