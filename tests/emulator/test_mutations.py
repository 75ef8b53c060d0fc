"""The asynchronous data path: when mutations become visible, in which order, and what survives.

One long file: each test is a few lines of the same kind.
"""

from __future__ import annotations

import json
import time

import pytest

from tests.emulator.helpers import DIMENSIONS, NDJSON, Api, ndjson, running, unit
from vectorize_emulator import Emulator, Settings
from vectorize_emulator import processor as processing
from vectorize_emulator.store import apply


def ids_listed(api, name="docs"):
    return [vector["id"] for vector in api.call("GET", f"/{name}/list").result["vectors"]]


def test_a_mutation_is_invisible_until_it_is_processed(api):
    api.create()
    api.write("insert", "docs", {"id": "a", "values": unit(0)})
    assert api.info("docs") == {"dimensions": DIMENSIONS, "vectorCount": 0}
    assert (ids_listed(api), api.get("docs", "a"), api.ids("docs")) == ([], [], [])
    assert api.process() == 1
    assert api.info("docs")["vectorCount"] == 1
    assert (ids_listed(api), api.ids("docs")) == (["a"], ["a"])


def test_the_processed_mutation_jumps_to_the_last_of_a_batch(api):
    api.create()
    mutations = [api.write("insert", "docs", {"id": i, "values": unit(0)}).result["mutationId"] for i in "abc"]
    api.process()
    info = api.info("docs")
    assert info["processedUpToMutation"] == mutations[-1]
    assert info["processedUpToDatetime"].endswith("Z")


def test_a_batch_holds_a_thousand_changes_at_the_most(api, monkeypatch, vectorize_emulator_server):
    monkeypatch.setattr(apply, "MAX_BATCH_CHANGES", 2)
    api.create()
    for name in "abc":
        api.write("insert", "docs", {"id": name, "values": unit(0)})
    context = vectorize_emulator_server.context
    ((uid, _),) = context.processor._applier.pending().items()
    assert context.processor._applier.apply_batch(uid) == 2
    assert ids_listed(api) == ["a", "b"]


def test_insert_keeps_the_first_and_upsert_the_last(api):
    api.create()
    api.upsert("docs", {"id": "a", "values": unit(0), "namespace": "old", "metadata": {"n": 1}})
    api.write("insert", "docs", {"id": "a", "values": unit(1)})
    api.process()
    assert api.get("docs", "a")[0]["namespace"] == "old"
    api.upsert("docs", {"id": "a", "values": unit(2)})
    assert api.get("docs", "a") == [{"id": "a", "values": unit(2)}]


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        (["upsert 1", "insert 2"], 1),
        (["insert 1", "insert 2"], 1),
        (["insert 1", "upsert 2"], 2),
        (["upsert 1", "upsert 2"], 2),
        (["upsert 1", "delete"], None),
        (["delete", "insert 2"], 2),
        (["insert 1", "delete", "insert 2", "insert 3"], 2),
        (["upsert 1", "delete", "insert 2", "upsert 3", "insert 4"], 3),
    ],
    ids=str,
)
@pytest.mark.parametrize("before", [True, False], ids=["held-before", "new"])
@pytest.mark.parametrize("one_batch", [True, False], ids=["one-batch", "a-batch-each"])
def test_mutations_apply_in_log_order(api, operations, expected, before, one_batch):
    api.create()
    if before:
        api.upsert("docs", {"id": "a", "values": unit(9)})
    if before and operations[0].startswith("insert"):  # the vector held before is the first
        operations = ["delete", *operations]
    for operation in operations:
        kind, _, place = operation.partition(" ")
        if kind == "delete":
            api.call("POST", "/docs/delete_by_ids", json={"ids": ["a"]})
        else:
            api.write(kind, "docs", {"id": "a", "values": unit(int(place))})
        if not one_batch:
            api.process()
    api.process()
    assert api.get("docs", "a") == ([] if expected is None else [{"id": "a", "values": unit(expected)}])


def test_the_same_id_twice_in_one_request_follows_the_order_of_its_lines(api):
    api.create()
    api.upsert("docs", {"id": "a", "values": unit(0)}, {"id": "a", "values": unit(1)})
    api.write("insert", "docs", {"id": "b", "values": unit(2)}, {"id": "b", "values": unit(3)})
    api.process()
    assert [v["values"] for v in api.get("docs", "a", "b")] == [unit(1), unit(2)]
    assert api.info("docs")["vectorCount"] == 2


def test_processing_starts_by_itself_after_the_delay(api):
    api.control("PATCH", "/settings", {"visibility_delay_ms": 1})
    api.create()
    api.write("insert", "docs", {"id": "a", "values": unit(0)})
    api.control("POST", "/resume")
    for _ in range(500):
        if api.info("docs")["vectorCount"]:
            break
    assert ids_listed(api) == ["a"]


def test_a_shorter_delay_wakes_what_is_waiting(api):
    api.control("POST", "/resume")
    api.control("PATCH", "/settings", {"visibility_delay_ms": 600_000})
    api.create()
    api.write("insert", "docs", {"id": "a", "values": unit(0)})
    api.control("PATCH", "/settings", {"visibility_delay_ms": 0})
    for _ in range(500):
        if api.info("docs")["vectorCount"]:
            break
    assert ids_listed(api) == ["a"]


def test_the_delay_of_a_mutation_starts_anew_after_everything_was_processed(api, vectorize_emulator_server):
    api.create()
    api.write("insert", "docs", {"id": "a", "values": unit(0)})
    processor = vectorize_emulator_server.context.processor
    assert len(processor._oldest) == 1
    api.process()
    assert processor._oldest == {}


def test_what_could_not_be_processed_at_once_is_tried_again(api, monkeypatch, vectorize_emulator_server):
    api.create()
    api.write("insert", "docs", {"id": "a", "values": unit(0)})
    monkeypatch.setattr(processing, "RETRY_S", 0)
    with monkeypatch.context() as broken:
        broken.setattr(apply, "_FOLD", "no SQL")
        assert api.http.post(api.control_url + "/process").status_code == 500
    api.control("PATCH", "/settings", {"visibility_delay_ms": 0})
    api.control("POST", "/resume")
    assert wait_for_count(api, 1)


def test_after_a_pause_nothing_more_becomes_visible(api, monkeypatch):
    monkeypatch.setattr(apply, "MAX_BATCH_CHANGES", 1)
    api.create()
    for number in range(60):
        api.write("insert", "docs", {"id": str(number), "values": unit(0)})
    api.control("PATCH", "/settings", {"visibility_delay_ms": 0})
    api.control("POST", "/resume")
    api.control("POST", "/pause")
    paused_at = api.info("docs")["vectorCount"]
    assert paused_at < 60
    api.write("insert", "docs", {"id": "late", "values": unit(0)})
    assert api.info("docs")["vectorCount"] == paused_at
    api.control("POST", "/resume")
    assert wait_for_count(api, 61)


def test_a_clock_that_is_set_back_holds_nothing_up(api, monkeypatch):
    api.control("POST", "/resume")
    api.create()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    api.write("insert", "docs", {"id": "a", "values": unit(0)})
    monkeypatch.setattr(time, "time", real)
    assert wait_for_count(api, 1)


def test_what_was_logged_before_the_clock_was_set_back_is_processed_after_a_restart(tmp_path, monkeypatch):
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    with Emulator(Settings(tmp_path, port=0)) as emulator, api_of(emulator) as api:
        api.control("POST", "/pause")
        api.create()
        api.write("insert", "docs", {"id": "a", "values": unit(0)})
    monkeypatch.setattr(time, "time", real)
    with Emulator(Settings(tmp_path, port=0)) as emulator, api_of(emulator) as api:
        assert wait_for_count(api, 1)


def api_of(emulator):
    return Api(emulator.base_url, "any", "0" * 32, emulator.base_url.removesuffix("/client/v4") + "/_emulator")


def wait_for_count(api, count):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if api.info("docs")["vectorCount"] == count:
            return True
        time.sleep(0.01)
    return False


def test_a_refused_upload_stores_nothing(api):
    api.create()
    answer = api.write("insert", "docs", {"id": "a", "values": unit(0)}, {"id": "b", "values": [1.0]})
    assert (answer.status, answer.code) == (400, 40012)
    assert api.process() == 0


def test_discard_leaves_out_only_lines_that_are_no_vectors(api):
    api.create()
    body = ndjson({"id": "a", "values": unit(0)}) + b"\nnonsense\n\n" + ndjson({"id": "b", "values": unit(1)})
    headers = {"Content-Type": "application/x-ndjson"}
    api.call("POST", "/docs/insert?unparsable-behavior=discard", content=body, headers=headers)
    api.process()
    assert ids_listed(api) == ["a", "b"]
    wrong = body + b"\n" + ndjson({"id": "c", "values": [1.0]})
    assert api.call("POST", "/docs/insert?unparsable-behavior=discard", content=wrong, headers=headers).code == 40012


def test_an_unparsable_line_is_named_by_its_number(api):
    api.create()
    body = ndjson({"id": "a", "values": unit(0)}) + b"\n[]"
    answer = api.call("POST", "/docs/upsert", content=body, headers={"Content-Type": "application/x-ndjson"})
    assert answer.message == (
        "vectorize.upstream_error - failed to parse upsert vectors request in ndjson format: "
        "line Some(1) was not expected format"
    )


def test_values_come_back_as_float32(api):
    api.create()
    api.upsert("docs", {"id": "a", "values": unit(0, 58.8)})
    assert api.get("docs", "a")[0]["values"][0] == 58.79999923706055
    assert api.write("insert", "docs", {"id": "b", "values": unit(0, 1e39)}).code == 40062


def test_strings_of_every_kind_survive(api):
    api.create()
    strings = ["ü" * 32, "日本", "a'b\"c", "nul\x00nul", "line\nline", " ", "🦆"]
    api.upsert(
        "docs", *[{"id": s, "values": unit(0), "namespace": s, "metadata": {s.replace('"', ""): s}} for s in strings]
    )
    held = {vector["id"]: vector for vector in api.get("docs", *strings)}
    assert set(held) == set(strings)
    assert all(held[s]["namespace"] == s and list(held[s]["metadata"].values()) == [s] for s in strings)


def nested(depth):
    return '{"a":' * depth + '"x"' + "}" * depth


def test_metadata_may_be_nested_and_beyond_reason_it_is_refused(api):
    api.create()
    api.index_metadata("docs", ".".join("a" * 250))
    line = '{"id": "%s", "values": %s, "metadata": %s}'
    deep = [line % (depth, json.dumps(unit(0)), nested(depth)) for depth in (250, 255, 1000)]
    codes = [api.call("POST", "/docs/upsert", content=text, headers={"Content-Type": NDJSON}).code for text in deep]
    assert codes == [None, 40023, 40023]
    api.process()
    stored = json.loads(nested(250))
    assert [vector["metadata"] for vector in api.get("docs", "250")] == [stored]
    for kind in ("all", "indexed"):
        (match,) = api.query("docs", returnMetadata=kind).result["matches"]
        assert match["metadata"] == stored


def test_deleting_an_index_deletes_its_log_and_its_vectors(api):
    api.create()
    api.upsert("docs", {"id": "a", "values": unit(0)})
    api.index_metadata("docs", "kind")
    api.write("insert", "docs", {"id": "b", "values": unit(1)})
    api.call("DELETE", "/docs")
    assert api.process() == 0
    api.create()
    assert api.info("docs") == {"dimensions": DIMENSIONS, "vectorCount": 0}
    assert api.call("GET", "/docs/metadata_index/list").result == {"metadataIndexes": []}


def test_a_deleted_name_may_be_used_again_and_deleted_again(api):
    api.create()
    api.call("DELETE", "/docs")
    assert (api.call("DELETE", "/docs").status, api.call("DELETE", "/docs").code) == (410, 3005)
    api.create()
    assert api.call("GET", "/docs").status == 200
    api.call("DELETE", "/docs")
    assert api.call("GET", "/docs").status == 410


def test_an_index_replaced_during_an_upload_refuses_vectors_of_the_old_shape(api):
    api.create()

    def body():
        yield ndjson({"id": "a", "values": unit(0)}) + b"\n"
        time.sleep(0.2)  # until the emulator has looked the index up, which nothing shows
        api.call("DELETE", "/docs")
        api.create(dimensions=64)
        yield ndjson({"id": "b", "values": unit(0)})

    answer = api.call("POST", "/docs/upsert", content=body(), headers={"Content-Type": NDJSON})
    assert (answer.status, answer.code) == (400, 40012)
    assert answer.message == 'invalid vector for id="a", expected 64 dimensions, and got 32 dimensions'


def test_accounts_do_not_see_each_other(api):
    api.create()
    other = api.account_url.rpartition("/")[0] + "/" + "f" * 32
    answer = api.http.get(f"{other}/vectorize/v2/indexes/docs", headers=api.headers)
    assert answer.json()["errors"][0]["code"] == 3000


def test_logged_mutations_are_processed_after_a_restart(tmp_path):
    flags = ("--data-dir", str(tmp_path), "--visibility-delay-ms", "600000")
    with running(*flags) as first:
        api = first.api()
        api.create()
        mutation = api.write("insert", "docs", {"id": "a", "values": unit(0)}).result["mutationId"]
        assert first.stop() == (0, "")
    with running("--data-dir", str(tmp_path), "--visibility-delay-ms", "0") as second:
        api = second.api()
        for _ in range(1000):
            if api.info("docs")["vectorCount"]:
                break
        assert api.info("docs")["processedUpToMutation"] == mutation
        assert ids_listed(api) == ["a"]


def test_a_thousand_namespaces_are_the_free_plan(api):
    api.control("PATCH", "/settings", {"max_namespaces": 2, "max_vectors": 3})
    api.create()
    vectors = [{"id": n, "values": unit(0), "namespace": n} for n in "abc"]
    assert api.write("insert", "docs", *vectors).code == 40065
    assert api.write("insert", "docs", *vectors[:2]).status == 200
    api.process()
    assert api.write("insert", "docs", *vectors[1:]).code == 40065
    assert api.write("insert", "docs", *[{"id": str(i), "values": unit(0)} for i in range(2)]).code == 40065
