"""Metadata indexes and filters: what is covered, what matches, what is refused."""

from __future__ import annotations

import functools
import json

import pytest

from tests.emulator.helpers import unit

VECTORS = [
    {"id": "text", "values": unit(0), "metadata": {"v": "beta", "in": {"n": 1}}},
    {"id": "text2", "values": unit(1), "metadata": {"v": "gamma", "in": {"n": 2}}},
    {"id": "num", "values": unit(2), "metadata": {"v": 7, "in": {"n": 3.5}}},
    {"id": "flag", "values": unit(3), "metadata": {"v": True}},
    {"id": "null", "values": unit(4), "metadata": {"v": None}},
    {"id": "none", "values": unit(5)},
]
EVERY = {vector["id"] for vector in VECTORS}


def listed(api):
    items = api.call("GET", "/docs/metadata_index/list").result["metadataIndexes"]
    return {item["propertyName"]: item["indexType"] for item in items}


def change(api, operation, prop, index_type=None):
    body = {"propertyName": prop} if index_type is None else {"propertyName": prop, "indexType": index_type}
    return api.call("POST", f"/docs/metadata_index/{operation}", json=body)


def test_a_metadata_index_covers_only_what_is_written_after_it(api):
    api.create()
    early = {"id": "early", "values": unit(0), "metadata": {"v": "x"}}
    api.upsert("docs", early)
    api.index_metadata("docs", "v")
    api.upsert("docs", {**early, "id": "late"})
    assert api.ids("docs", filter={"v": "x"}) == ["late"]
    api.upsert("docs", early)
    assert sorted(api.ids("docs", filter={"v": "x"})) == ["early", "late"]
    change(api, "delete", "v")
    api.process()
    assert api.ids("docs", filter={"v": "x"}) == []
    api.index_metadata("docs", "v")
    assert api.ids("docs", filter={"v": "x"}) == []


def test_the_log_order_decides_what_an_index_covers_within_one_batch(api):
    api.create()
    api.write("upsert", "docs", {"id": "early", "values": unit(0), "metadata": {"v": "x"}})
    change(api, "create", "v", "string")
    api.write("upsert", "docs", {"id": "late", "values": unit(0), "metadata": {"v": "x"}})
    assert api.process() == 3
    assert api.ids("docs", filter={"v": "x"}) == ["late"]


def test_an_upsert_without_the_property_leaves_nothing_of_the_old_value(api):
    api.create()
    api.index_metadata("docs", "v")
    api.upsert("docs", {"id": "a", "values": unit(0), "metadata": {"v": "x"}})
    api.upsert("docs", {"id": "a", "values": unit(0)})
    assert api.ids("docs", filter={"v": "x"}) == []


FILTERS = [
    ("string", {"v": "beta"}, {"text"}),
    ("string", {"v": {"$eq": "beta"}}, {"text"}),
    ("string", {"v": {"$ne": "beta"}}, EVERY - {"text"}),
    ("string", {"v": {"$in": ["beta", "gamma", 7]}}, {"text", "text2"}),
    ("string", {"v": {"$in": []}}, set()),
    ("string", {"v": {"$nin": ["beta"]}}, EVERY - {"text"}),
    ("string", {"v": {"$gt": "beta"}}, {"text2"}),
    ("string", {"v": {"$gte": "beta", "$lt": "gamma"}}, {"text"}),
    ("string", {"v": {"$gt": 1}}, set()),
    ("string", {"v": None}, {"num", "flag", "null", "none"}),
    ("string", {"v": {"$ne": None}}, {"text", "text2"}),
    ("number", {"v": 7}, {"num"}),
    ("number", {"v": 7.0}, {"num"}),
    ("number", {"v": {"$gte": 7, "$lte": 7}}, {"num"}),
    ("number", {"v": {"$lt": 7}}, set()),
    ("number", {"v": "beta"}, set()),
    ("number", {"v": True}, set()),
    ("boolean", {"v": True}, {"flag"}),
    ("boolean", {"v": {"$ne": True}}, EVERY - {"flag"}),
    ("boolean", {"v": {"$gt": 0}}, set()),
    ("number", {"in.n": {"$gt": 1, "$lte": 3.5}}, {"text2", "num"}),
    ("string", {"w": "beta"}, set()),
]


@pytest.mark.parametrize(
    ("index_type", "expression", "expected"),
    FILTERS,
    ids=[f"{kind}-{json.dumps(expression)}" for kind, expression, _ in FILTERS],
)
def test_every_operator_matches_exactly(api, index_type, expression, expected):
    api.create()
    api.index_metadata("docs", next(iter(expression)).replace("w", "v"), index_type)
    api.upsert("docs", *VECTORS)
    assert set(api.ids("docs", filter=expression, topK=10)) == expected


def test_several_properties_hold_together(api):
    api.create()
    api.index_metadata("docs", "v")
    api.index_metadata("docs", "in.n", "number")
    api.upsert("docs", *VECTORS)
    assert sorted(api.ids("docs", filter={"v": {"$ne": "zzz"}, "in.n": {"$gte": 2}})) == ["num", "text2"]


BAD_FILTERS = {
    "no-object": "x",
    "empty": {},
    "empty-key": {"": 1},
    "dollar-key": {"$v": 1},
    "quote-key": {'a"b': 1},
    "long-key": {"k" * 513: 1},
    "unknown-operator": {"v": {"$like": "x"}},
    "object-value": {"v": {"w": 1}},
    "array-value": {"v": [1]},
    "no-operator": {"v": {}},
    "two-lower-bounds": {"v": {"$gt": 1, "$gte": 1}},
    "range-and-equality": {"v": {"$gt": 1, "$eq": 1}},
    "range-of-boolean": {"v": {"$gt": True}},
    "range-of-null": {"v": {"$gt": None}},
    "in-of-text": {"v": {"$in": "x"}},
    "in-of-objects": {"v": {"$in": [{}]}},
    "nested-too-deeply": functools.reduce(lambda inner, _: {"v": inner}, range(300), 1),
    "2048-bytes": {"v": "x" * (2048 - len('{"v":""}'))},
}


@pytest.mark.parametrize("expression", BAD_FILTERS.values(), ids=BAD_FILTERS.keys())
def test_a_filter_against_the_rules_is_refused(api, expression):
    api.create()
    assert (api.query("docs", filter=expression).status, api.query("docs", filter=expression).code) == (400, 40026)


def test_a_filter_of_2047_bytes_is_fine(api):
    api.create()
    assert api.ids("docs", filter={"v": "x" * (2047 - len('{"v":""}'))}) == []


def test_strings_are_indexed_to_64_bytes_at_a_character_boundary(api):
    api.create()
    api.index_metadata("docs", "v")
    api.upsert("docs", {"id": "a", "values": unit(0), "metadata": {"v": "x" * 63 + "ü and more"}})
    match = api.query("docs", returnMetadata="indexed").result["matches"][0]
    assert match["metadata"] == {"v": "x" * 63}
    assert api.ids("docs", filter={"v": "x" * 63}) == ["a"]
    assert api.query("docs", returnMetadata="all").result["matches"][0]["metadata"] == {"v": "x" * 63 + "ü and more"}


def test_indexed_metadata_is_nested_as_it_was_written(api):
    api.create()
    for prop, kind in (("in.n", "number"), ("in.flag", "boolean"), ("v", "string")):
        api.index_metadata("docs", prop, kind)
    api.upsert("docs", {"id": "a", "values": unit(0), "metadata": {"in": {"n": 1, "flag": False}, "other": 1}})
    match = api.query("docs", returnMetadata="indexed").result["matches"][0]
    assert match["metadata"] == {"in": {"n": 1.0, "flag": False}}


def test_a_duplicate_is_accepted_while_pending_and_refused_after(api):
    api.create()
    assert change(api, "create", "v", "string").status == 200
    assert change(api, "create", "v", "string").status == 200
    api.process()
    assert listed(api) == {"v": "String"}
    for index_type in ("string", "number"):
        assert (change(api, "create", "v", index_type).status, change(api, "create", "v", index_type).code) == (
            400,
            40004,
        )
    assert change(api, "delete", "v").status == 200
    assert change(api, "create", "v", "number").code == 40004
    api.process()
    assert change(api, "create", "v", "number").status == 200
    api.process()
    assert listed(api) == {"v": "Number"}


@pytest.mark.parametrize(
    ("setting", "pending", "processed"), [("always-ok", None, None), ("always-refused", 40004, 40004)]
)
def test_what_a_duplicate_answers_is_a_setting(api, setting, pending, processed):
    api.control("PATCH", "/settings", {"duplicate_metadata_index": setting})
    api.create()
    change(api, "create", "v", "string")
    assert change(api, "create", "v", "string").code == pending
    api.process()
    assert change(api, "create", "v", "string").code == processed


def test_deleting_a_missing_one_is_refused(api):
    api.create()
    answer = change(api, "delete", "v")
    assert (answer.status, answer.code) == (400, 40005)
    assert "does not exist" in answer.message
    change(api, "create", "v", "string")
    assert change(api, "delete", "v").status == 200
    api.process()
    assert listed(api) == {}


def test_an_eleventh_is_refused_even_while_the_ten_are_pending(api):
    api.create()
    for number in range(10):
        assert change(api, "create", f"p{number}", "string").status == 200
    assert change(api, "create", "p10", "string").code == 40061
    api.process()
    assert len(listed(api)) == 10
    assert change(api, "create", "p10", "string").code == 40061


def test_types_are_listed_capitalized_or_in_lower_case(api):
    api.create()
    for kind in ("string", "number", "boolean"):
        api.index_metadata("docs", kind, kind)
    assert listed(api) == {"string": "String", "number": "Number", "boolean": "Boolean"}
    api.control("PATCH", "/settings", {"index_type_case": "lower"})
    assert listed(api) == {"string": "string", "number": "number", "boolean": "boolean"}


@pytest.mark.parametrize("prop", ["", "$p", 'a"b', "x" * 513, 5, None])
def test_an_illegal_property_name_is_refused(api, prop):
    api.create()
    assert change(api, "create", prop, "string").code == 40026
