"""What was answered is there after a restart: fifty rounds of kill -9 under concurrent writes, and a full disk."""
# ruff: noqa: S311 - chance, not secrecy

from __future__ import annotations

import itertools
import random
import resource
import threading

import httpx
import pytest

from tests.emulator.helpers import NDJSON, Process, ndjson, running, unit

ROUNDS = 50
WRITERS = 4
ACCOUNT = "e" * 32


class Ledger:
    """What the emulator has answered so far. A write without an answer may or may not have happened."""

    def __init__(self):
        self.lock = threading.Lock()
        self.indexes = {}  # name → exists; absent from here while unknown
        self.vectors = {}  # id → place of its one; None when deleted
        self.unknown = set()
        self.touched = set()  # ids since the last check

    def answered(self, table, key, value):
        with self.lock:
            table[key] = value
            self.unknown.discard(key)

    def asking(self, table, key):
        with self.lock:
            table.pop(key, None)
            self.unknown.add(key)
            self.touched.add(key)


class Writer(threading.Thread):
    """Writes to keys of its own until the emulator is gone."""

    def __init__(self, base_url, ledger, name, answers):
        super().__init__(daemon=True)
        self.url = f"{base_url}/accounts/{ACCOUNT}/vectorize/v2/indexes"
        self.ledger = ledger
        self.key = name
        self.answers = answers
        self.random = random.Random(name)

    def run(self):
        with httpx.Client(headers={"Authorization": "Bearer x"}, timeout=10) as http:
            for number in itertools.count():
                try:
                    self.random.choice((self.upsert, self.upsert, self.delete, self.create))(http, number)
                except httpx.TransportError:
                    return
                self.answers.release()

    def upsert(self, http, number):
        identities = [f"{self.key}-{number % 7}-{i}" for i in range(self.random.choice((1, 3, 40)))]
        place = self.random.randrange(32)
        for identity in identities:
            self.ledger.asking(self.ledger.vectors, identity)
        body = ndjson(*[{"id": i, "values": unit(place), "metadata": {"place": place}} for i in identities])
        http.post(f"{self.url}/docs/upsert", content=body, headers={"Content-Type": NDJSON}).raise_for_status()
        for identity in identities:
            self.ledger.answered(self.ledger.vectors, identity, place)

    def delete(self, http, number):
        identity = f"{self.key}-{number % 7}-0"
        self.ledger.asking(self.ledger.vectors, identity)
        http.post(f"{self.url}/docs/delete_by_ids", json={"ids": [identity]}).raise_for_status()
        self.ledger.answered(self.ledger.vectors, identity, None)

    def create(self, http, number):
        name = f"i-{self.key}-{number % 5}"
        exists = self.ledger.indexes.get(name)
        self.ledger.asking(self.ledger.indexes, name)
        if exists:
            http.delete(f"{self.url}/{name}").raise_for_status()
        else:
            http.delete(f"{self.url}/{name}")
            body = {"name": name, "config": {"dimensions": 32, "metric": "cosine"}}
            http.post(self.url, json=body).raise_for_status()
        self.ledger.answered(self.ledger.indexes, name, not exists)


def check(api, ledger, *, everything):
    """Compare the store with the ledger: all ids, and the values of those touched since the last time or of all."""
    api.process()
    listed = {index["name"] for index in api.call("GET", "").result} - {"docs"}
    assert {name for name, exists in ledger.indexes.items() if exists} <= listed
    assert not listed & {name for name, exists in ledger.indexes.items() if exists is False}
    identities = list_all(api)
    assert {i for i, place in ledger.vectors.items() if place is not None} <= identities
    assert identities <= {i for i, place in ledger.vectors.items() if place is not None} | ledger.unknown
    for identity, place in read(api, identities if everything else identities & ledger.touched).items():
        assert ledger.vectors.get(identity, place) == place
    ledger.touched.clear()
    found = api.ids("docs", topK=100, filter={"place": {"$gte": 0}})
    assert len(found) == min(100, len(identities))  # what the metadata index covers came in the same transactions


def list_all(api):
    identities, cursor = set(), ""
    while cursor is not None:
        page = api.call("GET", "/docs/list", params={"count": 1000, **({"cursor": cursor} if cursor else {})}).result
        cursor = page["nextCursor"]
        identities |= {vector["id"] for vector in page["vectors"]}
    assert len(identities) == page["totalCount"]
    return identities


def read(api, identities):
    """Return the place of the one in each vector."""
    held, wanted = {}, sorted(identities)
    for start in range(0, len(wanted), 20):
        for vector in api.get("docs", *wanted[start : start + 20]):
            held[vector["id"]] = vector["values"].index(1.0)
            assert vector["metadata"] == {"place": held[vector["id"]]}
    return held


@pytest.mark.slow
def test_fifty_kills_lose_nothing_that_was_answered(tmp_path):
    ledger = Ledger()
    chance = random.Random(9)
    answered = 0
    for round_ in range(ROUNDS + 1):
        process = Process("--data-dir", str(tmp_path), "--visibility-delay-ms", "15")
        api = process.api(ACCOUNT)
        if round_ == 0:
            api.create()
            api.index_metadata("docs", "place", "number")
        else:
            check(api, ledger, everything=round_ % 10 == 0)
        if round_ == ROUNDS:
            assert process.stop() == (0, "")
            break
        answers = threading.Semaphore(0)
        writers = [Writer(process.base_url, ledger, f"w{n}", answers) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        for _ in range(chance.randrange(5, 30)):  # a kill after so many answers, wherever the others are
            assert answers.acquire(timeout=10)
            answered += 1
        process.kill()
        for writer in writers:
            writer.join()
    assert answered > ROUNDS * 5


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="the limit of another process can be set on Linux only")
def test_a_full_disk_is_a_clear_answer_and_what_was_answered_before_it_is_kept(tmp_path):
    vectors = [{"id": str(number), "values": [0.5] * 1536} for number in range(50)]
    with running("--data-dir", str(tmp_path)) as process:
        api = process.api()
        api.create(dimensions=1536)
        set_largest_file(process, 1_000_000)
        answers = [api.write("upsert", "docs", {**vectors[0], "id": "first"})]
        while answers[-1].status == 200:
            answers.append(api.write("insert", "docs", *[{**v, "id": f"{len(answers)}-{v['id']}"} for v in vectors]))
        assert (answers[-1].status, answers[-1].code) == (500, 10013)
        assert "cannot write the store" in answers[-1].message
        assert "File too large" in answers[-1].message
        assert api.call("GET", "/docs/info").status == 200
        set_largest_file(process, resource.RLIM_INFINITY)
        assert api.write("upsert", "docs", {**vectors[0], "id": "last"}).status == 200
        api.process()
        assert api.info("docs")["vectorCount"] == 2 + 50 * (len(answers) - 2)
        code, errors = process.stop()
    assert code == 0
    assert "Traceback" not in errors


def set_largest_file(process, size):
    resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
