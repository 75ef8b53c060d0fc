"""What the golden corpus cannot show: other engines, other SDKs, and every operation that a step may name."""

import base64
import json

import pytest

from pulumi_cloudflare_vectorize.resource_types import INDEX, METADATA_INDEX
from pulumi_cloudflare_vectorize.review.assessment import assess
from pulumi_cloudflare_vectorize.review.models import Danger, Fact, UnusableError, Verdict
from pulumi_cloudflare_vectorize.review.parser import read_preview
from pulumi_cloudflare_vectorize.review.pipeline import create_review
from pulumi_cloudflare_vectorize.review.render.sentences import headline
from pulumi_cloudflare_vectorize.review.text import plain
from tests.corpus.stored import GOLDEN
from tests.unit.fakes import ACCOUNT_ID, declared

URN = f"urn:pulumi:dev::e2e::{INDEX.dynamic}::docs"
METADATA_URN = f"urn:pulumi:dev::e2e::{METADATA_INDEX.dynamic}::price"


def state(**changes):
    props = {"inputs": declared(), "outputs": declared(), "id": "docs"}
    return {**props, **changes}


def step(op, old=None, new=None, urn=URN, **more):
    return {"op": op, "urn": urn, "oldState": old, "newState": new, "detailedDiff": None, **more}


OF_REFRESH = {"op": "refresh", "urn": "urn:pulumi:dev::e2e::pulumi:pulumi:Stack::e2e-dev"}


def judged(*steps, is_drift=False, **document):
    return assess(read_preview(json.dumps({"steps": steps, **document}).encode()), is_drift=is_drift)


@pytest.mark.parametrize(
    ("op", "operation", "dangers"),
    [
        ("create", "create", ()),
        ("import", "import", ()),
        ("read", "read", ()),
        ("discard", "forget", ()),
        ("discard-replaced", "forget", ()),
        ("update", "update", ()),
        ("replace", "replace", (Danger.REPLACED,)),
        ("create-replacement", "replace", (Danger.REPLACED,)),
        ("import-replacement", "replace", (Danger.REPLACED,)),
        ("read-replacement", "replace", (Danger.REPLACED,)),
        ("delete", "delete", (Danger.DELETED,)),
        ("delete-replaced", "delete", (Danger.DELETED,)),
    ],
)
def test_every_operation_has_its_meaning(op, operation, dangers):
    (row,) = judged(step(op, state(), state())).rows
    assert (row.operation.value, row.dangers) == (operation, dangers)


@pytest.mark.parametrize("op", ["same", "refresh", "remove-pending-replace"])
def test_what_changes_nothing_has_no_row(op):
    assert judged(step(op, state(), state())).rows == ()


def test_an_operation_that_is_unknown_is_refused_only_where_it_could_hide_a_loss():
    other = step("vanish", urn="urn:pulumi:dev::e2e::aws:s3:Bucket::logs")
    assert judged(other).others == {"vanish": 1}
    with pytest.raises(UnusableError, match="vanish"):
        judged(step("vanish"))


@pytest.mark.parametrize(
    "urn", [URN, URN.replace(INDEX.dynamic, f"my:app:Search${INDEX.dynamic}"), URN.replace("docs", "a::b")]
)
def test_an_index_is_one_under_any_parent_and_any_name(urn):
    (row,) = judged(step("delete", state(), urn=urn)).rows
    assert row.name == urn.split("::", 3)[3]


def test_without_details_the_sides_are_compared():
    """As an SDK before 3.216 reports it: `changes` without a detailed diff."""
    new = state(inputs=declared(config={"dimensions": 1024, "metric": "cosine"}))
    (row,) = judged(step("replace", state(pendingReplacement=True), new, diffReasons=["config"])).rows
    assert [(change.path, change.old, change.new) for change in row.changes] == [("config.dimensions", 768, 1024)]
    assert row.order == "delete-first"


def test_an_unknown_whole_config_makes_a_replacement_possible_and_not_certain():
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    (row,) = judged(step("replace", state(delete=True), state(inputs=declared(config=unknown)))).rows
    assert not row.is_certain
    assert row.order == "create-first"


def test_force_destroy_that_was_on_is_not_turned_on_and_one_that_is_unknown_may_be():
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    on = state(inputs=declared(forceDestroy=True))
    assert judged(step("update", state(), state(inputs=declared(forceDestroy=unknown)))).rows[0].dangers == (
        Danger.FORCED,
    )
    hidden = state(inputs=declared(forceDestroy="[secret]"))
    assert judged(step("update", state(), hidden)).rows[0].dangers == (Danger.FORCED,)
    assert judged(step("update", hidden, hidden)).rows[0].dangers == ()
    assert judged(step("update", on, on)).rows[0].dangers == ()
    assert judged(step("update", state(), on)).rows[0].dangers == (Danger.FORCED,)


def test_metadata_indexes_that_nobody_declares_go_with_their_index():
    old = state(outputs={**declared(), "unmanagedMetadataIndexes": {"by-hand": "string"}})
    (row,) = judged(step("delete", old)).rows
    assert [(change.property_name, change.is_managed) for change in row.metadata] == [("by-hand", False)]


@pytest.mark.parametrize(
    ("new", "is_certain"),
    [
        ({}, True),
        ({"lang": "number"}, True),
        ("04da6b54-80e4-46f7-96ec-b56ff0331ba9", False),
        ({"lang": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}, False),
        ("[secret]", False),
    ],
)
def test_a_metadata_index_that_may_stay_is_not_certainly_lost(new, is_certain):
    old = state(inputs=declared(metadataIndexes={"lang": "string"}))
    (row,) = judged(step("update", old, state(inputs=declared(metadataIndexes=new)))).rows
    assert row.is_destructive
    assert row.is_certain is is_certain


def metadata_state(**changes):
    props = {"accountId": ACCOUNT_ID, "indexName": "docs", "propertyName": "price", "indexType": "number", **changes}
    return {"inputs": props, "outputs": props, "id": "docs/price"}


@pytest.mark.parametrize(
    ("op", "old", "new", "dangers"),
    [
        ("create", None, metadata_state(), ()),
        ("delete", metadata_state(), None, (Danger.METADATA_LOST,)),
        ("delete", {**metadata_state(), "retainOnDelete": True}, None, ()),
        ("replace", metadata_state(), metadata_state(indexType="string"), (Danger.METADATA_RETYPED,)),
        ("replace", metadata_state(), metadata_state(propertyName="cost"), (Danger.METADATA_LOST,)),
        ("same", {**metadata_state(), "protect": True}, metadata_state(), (Danger.UNPROTECTED,)),
        ("same", metadata_state(), metadata_state(), None),
    ],
)
def test_a_metadata_index_of_its_own(op, old, new, dangers):
    rows = judged(step(op, old, new, urn=METADATA_URN)).rows
    assert [row.dangers for row in rows] == ([] if dangers is None else [dangers])


def test_an_error_is_never_harmless_and_a_loss_outweighs_it():
    errors = [{"severity": "error", "message": "error: boom\n"}, {"severity": "warning", "message": "warning: x"}]
    failed = judged(step("create", new=state()), diagnostics=errors)
    assert (failed.verdict, failed.exit_code, failed.errors) == (Verdict.FAILED, 2, ("boom",))
    assert judged(step("delete", state()), diagnostics=errors).exit_code == 3


def event(**parts):
    return json.dumps({"sequence": 0, "timestamp": 0, **parts})


def test_policies_and_internal_errors_of_a_stream_count_as_errors():
    lines = [
        event(preludeEvent={"config": {}}),
        event(policyEvent={"policyName": "no", "message": "<{%reset%}>not so", "enforcementLevel": "mandatory"}),
        event(policyEvent={"policyName": "hm", "message": "better not", "enforcementLevel": "advisory"}),
        event(errorEvent={"error": "<{%reset%}>internal"}),
        event(diagnosticEvent={"severity": "error", "message": "<{%fg 1%}>no<{%reset%}>\n"}),
        event(summaryEvent={"resourceChanges": None}),
    ]
    assert assess(read_preview("\n".join(lines).encode())).errors == ("policy no: not so", "internal", "no")


def test_a_stream_tells_of_an_index_that_was_made_anew_in_the_same_shape():
    def side(created_on):
        return {"id": "docs", "inputs": declared(), "outputs": {**declared(), "createdOn": created_on}}

    metadata = {"op": "same", "urn": URN, "old": side("2026-01-01T00:00:00Z"), "new": side("2026-02-02T00:00:00Z")}
    lines = [
        event(resourcePreEvent={"metadata": OF_REFRESH}),
        event(resOutputsEvent={"metadata": metadata}),
        event(summaryEvent={}),
    ]
    (row,) = assess(read_preview("\n".join(lines).encode()), is_drift=True).rows
    assert (Fact.RECREATED in row.facts, row.repair.value, row.dangers) == (True, "none", (Danger.DRIFTED,))


@pytest.mark.parametrize("diff", [{"deletes": ["metadataIndexes"]}, {"updates": {"metadataIndexes": {}}}])
def test_a_plan_that_takes_metadata_indexes_away_may_lose_some(diff):
    plan = {"resourcePlans": {URN: {"goal": {"inputDiff": diff}, "steps": ["update"], "state": declared()}}}
    (row,) = assess(read_preview(json.dumps(plan).encode())).rows
    assert (row.dangers, row.is_certain) == ((Danger.METADATA_LOST,), False)


def test_secrets_of_a_state_stay_secret():
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hush"'}
    (row,) = judged(step("replace", state(), state(inputs=declared(description=secret)))).rows
    assert row.changes[0].new == "[secret]"


def test_two_secrets_that_differ_are_told_apart_by_the_engine_alone():
    hidden = state(inputs=declared(description="[secret]"))
    (row,) = judged(step("replace", hidden, hidden) | {"detailedDiff": {"description": {"kind": "update"}}}).rows
    assert [(change.path, change.old, change.new) for change in row.changes] == [
        ("description", "[secret]", "[secret]")
    ]


def test_a_credential_of_the_environment_never_shows_in_the_engines_errors(monkeypatch):
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "token-0123456789")
    errors = [{"severity": "error", "message": "error: cannot log in with token-0123456789"}]
    data = json.dumps({"steps": [], "diagnostics": errors}).encode()
    assert create_review(read_preview(data), is_drift=False).errors == ("cannot log in with [secret]",)


def test_a_metadata_index_follows_no_index_whose_name_is_not_known():
    plan = {"resourcePlans": {urn: {"steps": ["delete"]} for urn in (URN, METADATA_URN)}}
    rows = assess(read_preview(json.dumps(plan).encode())).rows
    assert [row.dangers for row in rows] == [(Danger.DELETED,), (Danger.METADATA_LOST,)]


def test_hidden_metadata_indexes_that_differ_may_be_lost():
    hidden = state(inputs=declared(metadataIndexes="[secret]"))
    (row,) = judged(step("update", hidden, hidden) | {"detailedDiff": {"metadataIndexes": {"kind": "update"}}}).rows
    assert (row.dangers, row.is_certain) == ((Danger.METADATA_LOST,), False)


@pytest.mark.parametrize(("now", "before"), [(True, False), (False, True)])
def test_one_that_is_left_over_is_guarded_by_what_the_program_says_of_its_resource_now(now, before):
    """As the provider does (docs/internals/state.md): the record is an old one, which does not know it yet."""
    old = state(inputs=declared(forceDestroy=before), delete=True)
    kept = step("same", state(inputs=declared(forceDestroy=now), id="docs-2"), state(inputs=declared(forceDestroy=now)))
    (row,) = judged(kept, step("delete-replaced", old)).rows
    assert (Fact.SUPERSEDED in row.facts, row.is_guarded) == (True, not now)


def test_one_that_is_left_over_and_gone_is_missed_by_nobody():
    (row,) = judged(OF_REFRESH, step("delete", state(delete=True)), is_drift=True).rows
    assert (row.operation.value, row.repair.value, Fact.SUPERSEDED in row.facts) == ("gone", "none", True)


@pytest.mark.parametrize(
    ("case", "is_drift", "said"),
    [
        ("left-over-is-not-in-the-document/preview.json", False, ["does not contain the deletion of an index"]),
        ("replace-dimensions-all-steps/preview.json", False, []),
        ("replace-dimensions-plan/plan.json", False, ["contains neither old values"]),
        ("drift-none/preview.json", True, ["does not show an index that was recreated"]),
        ("create-plan/plan.json", False, ["contains neither old values"]),
        ("create-events/preview.jsonl", False, []),
    ],
)
def test_a_form_that_leaves_something_out_says_so_and_is_not_called_harmless_without_it(case, is_drift, said):
    found = create_review(read_preview((GOLDEN / case).read_bytes()), is_drift=is_drift)
    assert len(found.notes) == len(said)
    assert all(text in plain(note) for text, note in zip(said, found.notes, strict=True))
    assert ("as far as" in plain(headline(found)[1])) is (bool(said) and not found.refused)


def pickled(class_name, module="pulumi_cloudflare_vectorize.dynamic"):
    """Make the text that Pulumi stores of a dynamic provider."""
    return base64.b64encode(f"\x80\x04\x8c{module}\x94\x8c{class_name}\x94".encode()).decode()


OURS, OURS_METADATA = pickled("IndexProvider"), pickled("MetadataIndexProvider")
FOREIGN = pickled("IndexProvider", "somebody.elses")
GENERIC = "pulumi-python:dynamic:Resource"


def with_provider(provider):
    return state(inputs={**declared(), "__provider": provider})


@pytest.mark.parametrize(
    ("type_token", "provider", "kind"),
    [
        (GENERIC, OURS, "index"),
        (GENERIC, OURS_METADATA, "metadata index"),
        ("acme:search:Index", OURS, "index"),
        (INDEX.dynamic, OURS, "index"),
        (INDEX.dynamic, None, "index"),
        (INDEX.dynamic, "[secret]", "index"),
        (METADATA_INDEX.dynamic, [], "metadata index"),
    ],
)
def test_a_resource_is_recognized_by_the_provider_in_its_state_and_then_by_its_type(type_token, provider, kind):
    (row,) = judged(step("delete", with_provider(provider), urn=URN.replace(INDEX.dynamic, type_token))).rows
    assert (row.kind, bool(row.dangers)) == (kind, True)


@pytest.mark.parametrize(("type_token", "provider"), [(GENERIC, FOREIGN), (INDEX.dynamic, FOREIGN), (GENERIC, "%%%")])
def test_a_resource_of_another_provider_is_not_ours_under_any_type(type_token, provider):
    found = judged(step("delete", with_provider(provider), urn=URN.replace(INDEX.dynamic, type_token)))
    assert (found.rows, found.others) == ((), {"delete": 1})


@pytest.mark.parametrize("op", ["update", "same"])
@pytest.mark.parametrize("provider", [OURS, OURS_METADATA])
def test_a_resource_that_continues_under_another_type_leaves_our_management(op, provider):
    urn = URN.replace(INDEX.dynamic, "cloudflare:index/vectorizeIndex:VectorizeIndex")
    found = judged(step(op, with_provider(provider), state(), urn=urn))
    assert found.rows[0].dangers == (Danger.LEFT,)
    assert found.verdict is Verdict.DESTRUCTIVE
    assert "would no longer be managed" in plain(headline(found)[1])


def test_a_resource_that_another_type_replaces_is_lost():
    urn = URN.replace(INDEX.dynamic, "cloudflare:index/vectorizeIndex:VectorizeIndex")
    (row,) = judged(step("replace", with_provider(OURS), state(), urn=urn)).rows
    assert row.dangers == (Danger.REPLACED,)
