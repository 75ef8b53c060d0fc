"""What cannot be reviewed is refused with the place and the reason, and never with a traceback."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_cloudflare_vectorize.resource_types import INDEX
from pulumi_cloudflare_vectorize.review import parser as reading
from pulumi_cloudflare_vectorize.review.models import UnusableError
from pulumi_cloudflare_vectorize.review.parser import read_preview
from pulumi_cloudflare_vectorize.review.pipeline import create_review
from pulumi_cloudflare_vectorize.review.render.json import as_json
from pulumi_cloudflare_vectorize.review.render.markdown import as_markdown
from tests.corpus.stored import GOLDEN

URN = f"urn:pulumi:dev::e2e::{INDEX.dynamic}::docs"
STORED = {
    "document": (GOLDEN / "replace-everything-forced" / "preview.json").read_bytes(),
    "events": (GOLDEN / "replace-dimensions-events" / "preview.jsonl").read_bytes(),
    "plan": (GOLDEN / "replace-dimensions-plan" / "plan.json").read_bytes(),
}


def step(**changes):
    return json.dumps({"steps": [{"op": "update", "urn": URN, **changes}]}).encode()


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch):
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    monkeypatch.delenv("CLOUDFLARE_API_KEY", raising=False)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "it is empty"),
        (b" \n\n ", "it is empty"),
        (b"\x00\x01\x02", 'Line 1 is: "\\u0000'),
        (b"ok\n\xff\xfe", "line 2: byte 3 is not UTF-8 text"),
        (gzip.compress(b"{}", mtime=0), "is not UTF-8 text"),
        (b"Previewing update (dev):\n", 'Line 1 is: "Previewing update (dev):". Use `pulumi preview --json`'),
        (b'{"steps": [\n{"op": "create",\n', "because the input is incomplete"),
        (b'{"steps": [NaN]}', "line 1: not JSON: NaN is not a JSON value"),
        (b'{"steps": [' + b"9" * 5000 + b"]}", "line 1: not JSON"),
        (b'{"steps": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b"[]", 'no JSON object starts on any line. Line 1 is: "[]"'),
        (b"null", 'Line 1 is: "null"'),
        (b'{"steps": []}\n{"steps": []}', "line 2: a second JSON document follows the first"),
        (b'noise\n{"steps": []}\nnoise\n{"steps": []}', "line 4: a second JSON document follows the first"),
        (b'noise\n{"steps": [\n7}', "line 3, column 2: not JSON"),
        (b'{"steps": [7], "steps": []}', 'line 1: not JSON: the key "steps" occurs twice'),
        (b'{"steps": [{"op": "delete", "op": "same"}]}', 'the key "op" occurs twice'),
        (b'{"steps": null}', "steps of the document is null, not a list"),
        (b'{"diagnostics": null, "steps": []}', "diagnostics of the document is null, not a list"),
        (b'{"resourcePlans": null}', "resourcePlans is null, not an object"),
        (b'{"resourcePlans": []}', "resourcePlans is a list, not an object"),
        (b'{"resourcePlans": {"urn": {"state": []}}}', "resourcePlans, urn, state is a list, not an object"),
        (b'{"changeSummary": null}', "changeSummary is null, not an object"),
        (b'{"changeSummary": []}', "changeSummary is a list, not an object"),
        (b'{"changeSummary": {"same": "x"}}', "its summary counts x × same, which is not a count"),
        (b'{"changeSummary": {"same": true}}', "its summary counts True × same, which is not a count"),
        (b'{"changeSummary": {"same": -1}}', "its summary counts -1 × same, which is not a count"),
        (b'{"resources": []}', "neither steps nor resourcePlans nor events, but resources"),
        (b'{"steps": 7}', "steps of the document is a number, not a list"),
        (b'{"steps": [7]}', "step 1 is a number, not an object"),
        (b'{"steps": [{"urn": "x"}]}', "step 1 has no string op"),
        (b'{"steps": [{"op": "create"}]}', "step 1 has no string urn"),
        (step(oldState=[]), "step 1, oldState is a list, not an object"),
        (step(oldState=False), "step 1, oldState is true or false, not an object"),
        (step(newState={"inputs": []}), "step 1, newState, inputs is a list, not an object"),
        (step(oldState={"protect": "yes"}), "step 1, oldState, protect is a string, not true or false"),
        (step(oldState={"retainOnDelete": 1}), "step 1, oldState, retainOnDelete is a number, not true or false"),
        (step(newState={"inputs": "x"}), "step 1, newState, inputs is a string, not an object"),
        (step(replaceReasons=[1]), "step 1, replaceReasons is not a list of strings"),
        (step(detailedDiff=True), "step 1, detailedDiff is true or false, not an object"),
        (step(op="vanish"), 'operation "vanish" of urn:pulumi:dev'),
        (b'{"changeSummary": 7}', "changeSummary is a number, not an object"),
        (b'{"changeSummary": {"delete": 1}}', "its summary counts 1 × delete, and it contains 0: it is incomplete"),
        (b'{"changeSummary": {"delete": "1"}}', "its summary counts 1 × delete, which is not a count"),
        (b'{"steps": [], "changeSummary": {"replace": 2, "same": 3}}', "counts 2 × replace, and it contains 0"),
        (STORED["document"].replace(b'"op": "replace"', b'"op": "update"'), "counts 1 × replace, and it contains 0"),
        (STORED["events"].replace(b'"op": "replace"', b'"op": "same"'), "counts 1 × replace, and it contains 0"),
        (b'{"resourcePlans": {"\\u202e\\n": null}}', "resourcePlans, \\u202e\\n is null"),
        (b'{"resourcePlans": {"urn": null}}', "resourcePlans, urn is null, not an object"),
        (b'{"preludeEvent": {}}\n{"resourcePreEvent": {}}\n', "line 2, metadata is null, not an object"),
        (b'{"preludeEvent": {}}\nrubbish', "the events end without a summary"),
        (
            b'{"preludeEvent": {}}\nnpm: {"resourcePreEvent": {}}',
            "line 2: an event must be a JSON object on a line of its own",
        ),
        (b'{"preludeEvent": {}}\n{"summaryEvent": {}} {}', "line 2: more text follows the event on its line"),
        (b'{"preludeEvent": {}}\n{"a": 1, "a": 2}', 'line 2: not JSON: the key "a" occurs twice'),
        (STORED["events"][: STORED["events"].index(b'{"summaryEvent')], "the events end without a summary"),
    ],
)
def test_unusable_input_is_refused_with_its_place_and_reason(data, complaint):
    with pytest.raises(UnusableError) as caught:
        create_review(read_preview(data), is_drift=False)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_summary_of_what_stays_the_same_needs_no_steps():
    assert create_review(read_preview(b'{"changeSummary": {"same": 2}}'), is_drift=False).exit_code == 0


def test_more_than_the_engine_ever_writes_is_refused_unread(monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    with pytest.raises(UnusableError, match="larger than"):
        read_preview(b" " * 11)


def test_a_repeated_key_among_many_is_found_at_once():
    """Within seconds even if the search is slow on a busy machine. Comparing every key with every other would take hours."""
    keys = ",".join(f'"{number}":0' for number in range(300_000))
    with pytest.raises(UnusableError, match='the key "0" occurs twice'):
        read_preview(f'{{"steps": [], {keys}, "0": 1}}'.encode())


@pytest.mark.parametrize("form", STORED)
def test_messages_before_and_after_the_json_are_passed_over(form):
    noise = b"Installing policy pack my-pack v0.0.1...\r\n  npm warn deprecated\n\n"
    assert read_preview(noise + STORED[form] + b"\nFinished installing policy pack\n") == read_preview(STORED[form])


def test_messages_between_events_are_passed_over():
    lines = STORED["events"].splitlines(keepends=True)
    assert read_preview(lines[0] + b"warning: noise\n" + b"".join(lines[1:])) == read_preview(STORED["events"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_encodings_of_windows_shells_are_read(encoding):
    text = STORED["document"].decode()
    assert read_preview(text.encode(encoding)) == read_preview(STORED["document"])


@pytest.mark.parametrize("form", STORED)
def test_the_form_is_told_by_what_it_holds(form):
    assert read_preview(STORED[form]).format == form


@pytest.mark.parametrize(
    ("data", "is_drift", "advice"), [(STORED["document"], True, "omit --drift"), (None, False, "add --drift")]
)
def test_a_refresh_is_not_taken_for_a_preview_nor_the_other_way_round(data, is_drift, advice):
    data = data or (GOLDEN / "drift-gone" / "preview.json").read_bytes()
    with pytest.raises(UnusableError, match=advice):
        create_review(read_preview(data), is_drift=is_drift)


@pytest.mark.parametrize(
    "data",
    [
        step(op="replace", oldState={"inputs": {"name": "docs"}}, newState={"inputs": {"name": "docs-2"}}),
        step(op="create", newState={"inputs": {"name": "docs"}}),
        b'{"resourcePlans": {"%b": {"steps": ["delete"]}}}' % URN.encode(),
    ],
)
def test_a_preview_that_does_not_name_its_stack_is_no_refresh_either(data):
    with pytest.raises(UnusableError, match="omit --drift"):
        create_review(read_preview(data), is_drift=True)


@pytest.mark.parametrize("op", ["delete", "update", "same"])
def test_what_nothing_marks_as_a_refresh_is_not_taken_for_one(op):
    data = step(op=op, oldState={"inputs": {"name": "docs"}}, newState={"inputs": {"name": "docs"}})
    with pytest.raises(UnusableError, match="nothing shows that it is a refresh"):
        create_review(read_preview(data), is_drift=True)


def survives(data, *, is_drift):
    """Read, judge and write, or refuse in one line."""
    try:
        found = create_review(read_preview(data), is_drift=is_drift)
    except UnusableError as error:
        refusal = str(error)
        assert refusal.isprintable()
        return
    assert found.exit_code in (0, 2, 3)
    json.loads(as_json(found))
    as_markdown(found).encode()


@pytest.mark.parametrize("depth", [10, 60, 70, 200, 500, 900, 5000])
def test_a_value_of_any_depth_never_ends_in_a_traceback(depth):
    text = b'{"a":' * depth + b"1" + b"}" * depth
    document = step(op="replace", oldState={"inputs": {"description": "X"}}, newState={"inputs": {"description": "Y"}})
    survives(document.replace(b'"X"', text).replace(b'"Y"', b"[%b]" % text), is_drift=False)


@settings(max_examples=500)
@given(st.sampled_from(sorted(STORED)), st.data())
def test_a_preview_that_was_cut_off_anywhere_never_ends_in_a_traceback(form, data):
    whole = STORED[form]
    survives(whole[: data.draw(st.integers(0, len(whole)))], is_drift=False)


@settings(max_examples=500)
@given(st.sampled_from(sorted(STORED)), st.binary(min_size=1, max_size=8), st.data())
def test_a_preview_with_other_bytes_in_it_never_ends_in_a_traceback(form, noise, data):
    whole = STORED[form]
    at = data.draw(st.integers(0, len(whole)))
    survives(whole[:at] + noise + whole[at + len(noise) :], is_drift=data.draw(st.booleans()))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=500)
@given(st.sampled_from(sorted(STORED)), JSON, st.data())
def test_any_value_in_any_place_of_a_preview_never_ends_in_a_traceback(form, value, data):
    if form == "events":
        lines = [json.loads(line) for line in STORED[form].splitlines()]
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = _with(lines[at], value, data)
        survives("\n".join(map(json.dumps, lines)).encode(), is_drift=False)
    else:
        survives(json.dumps(_with(json.loads(STORED[form]), value, data)).encode(), is_drift=False)


def _with(document, value, data):
    """Put a value into a place of a document that is drawn."""
    if not document or not isinstance(document, (dict, list)) or data.draw(st.integers(0, 7)) == 0:
        return value
    key = data.draw(st.sampled_from(list(document) if isinstance(document, dict) else range(len(document))))
    document[key] = _with(document[key], value, data)
    return document


OPS = (
    "same",
    "create",
    "update",
    "delete",
    "replace",
    "create-replacement",
    "delete-replaced",
    "read",
    "refresh",
    "import",
    "discard",
)
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "x"}
# One of each kind: drawing any JSON here takes ten times as long.
VALUES = st.sampled_from(
    [None, True, False, 0, 1.5, -1, "", "docs", "a|b`<\u202e\ud800", UNKNOWN, SECRET, [], ["x", 1], {}]
) | st.sampled_from(
    [{"dimensions": 64}, {"dimensions": UNKNOWN}, {"lang": "string", "": None}, {"a": {"b": [UNKNOWN]}}]
)
SIDES = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "id": VALUES,
        "inputs": st.dictionaries(
            st.sampled_from(
                ("name", "config", "description", "accountId", "metadataIndexes", "forceDestroy", "namePrefix")
            ),
            VALUES,
        ),
        "outputs": st.dictionaries(st.sampled_from(("name", "createdOn", "unmanagedMetadataIndexes")), VALUES),
        "protect": VALUES,
        "retainOnDelete": st.booleans(),
        "delete": st.booleans(),
        "pendingReplacement": st.booleans(),
    },
)


@settings(max_examples=500)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(OPS),
                "urn": st.sampled_from(
                    (URN, URN.replace("VectorizeIndex", "VectorizeMetadataIndex"), "urn:x", "a::b::c::d")
                ),
                "oldState": SIDES,
                "newState": SIDES,
                "detailedDiff": st.none()
                | st.dictionaries(st.sampled_from(("name", "config", "config.metric")), VALUES),
            }
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_any_steps_never_end_in_a_traceback(steps, is_drift):
    survives(json.dumps({"steps": steps}).encode(), is_drift=is_drift)
