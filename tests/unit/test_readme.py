"""The README tells the truth: its property table and its error texts are what the code says."""

import re
from pathlib import Path

import pytest

from pulumi_cloudflare_vectorize.advice import BY_CODE, BY_STATUS, BY_TEXT, TROUBLE
from pulumi_cloudflare_vectorize.declared import DeclaredConfig, IndexInputs, MetadataIndexInputs
from pulumi_cloudflare_vectorize.envelope import Request, decode
from pulumi_cloudflare_vectorize.errors import VectorizeError
from pulumi_cloudflare_vectorize.lifecycle.check import check
from pulumi_cloudflare_vectorize.lifecycle.create import create
from pulumi_cloudflare_vectorize.lifecycle.delete import delete
from pulumi_cloudflare_vectorize.lifecycle.diff import EFFECTS, Effect
from pulumi_cloudflare_vectorize.lifecycle.metadata_resource import REPLACES, delete_metadata_index
from pulumi_cloudflare_vectorize.lifecycle.operation import Operation
from pulumi_cloudflare_vectorize.lifecycle.read import read
from pulumi_cloudflare_vectorize.lifecycle.records import IndexKey, Record
from pulumi_cloudflare_vectorize.lifecycle.run_state import RunState, Superseded
from pulumi_cloudflare_vectorize.lifecycle.update import update
from pulumi_cloudflare_vectorize.lookups import _missing
from pulumi_cloudflare_vectorize.settings import Settings
from tests.unit.fakes import (
    ACCOUNT_ID,
    BROKEN,
    DELETED,
    INDEXES,
    LOST,
    NEVER_EXISTED,
    TAKEN,
    Reply,
    declared,
    live,
)

README = Path(__file__).parents[2] / "README.md"
CREATED = live()["created_on"]
OLD_METADATA = {**declared(metadataIndexes={"tenant": "string"}), "createdOn": CREATED}
METADATA_STATE = {
    "accountId": ACCOUNT_ID,
    "indexName": "docs",
    "propertyName": "tenant",
    "indexType": "string",
    "indexCreatedOn": CREATED,
}
IN_PLACE = {"metadataIndexes": "changes just that metadata index"}


def section(name):
    return README.read_text().split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0].strip().splitlines()[2:]


def property_rows():
    for model, prefix in ((DeclaredConfig, "config."), (IndexInputs, "")):
        for name, field in model.model_fields.items():
            path = f"{prefix}{field.alias}"
            if path in ("config", "namePrefix", "retainOnDelete"):
                continue
            effect = (
                IN_PLACE.get(path, "nothing in the account")
                if EFFECTS[path] is Effect.IN_PLACE
                else "replaces the index"
            )
            yield f"| `{prefix}{name}` | {effect} | {field.description} |"


def test_the_property_tables_are_the_models():
    assert section("properties") == list(property_rows())
    assert section("metadata index properties") == list(metadata_property_rows())


def metadata_property_rows():
    for name, field in MetadataIndexInputs.model_fields.items():
        effect = "replaces the metadata index" if field.alias in REPLACES else "nothing in the account"
        yield f"| `{name}` | {effect} | {field.description} |"


@pytest.fixture
def texts(operation, api):
    """Every error and warning of the README's table, made by the code."""

    def error(action):
        with pytest.raises(VectorizeError) as caught:
            action()
        return str(caught.value)

    def api_error(method, status, code, message):
        request = Request('create index "docs"', method, INDEXES)
        return error(
            lambda: decode(
                request, status, {"cf-ray": "8a"}, Reply(status, code=code, message=message).bytes() if code else b""
            )
        )

    def after(replies, action):
        api.script[:] = replies
        return error(action)

    def said(replies, action):
        api.script[:] = replies
        operation.report.clear()
        action()
        return operation.report[0][1]

    env = {"CLOUDFLARE_API_TOKEN": "t"}
    nowhere = Operation(operation.client, operation.run, operation.report, operation.deadline)
    old = {**declared(), "createdOn": "2025-01-01T00:00:00Z"}
    count = Reply(result={"vectorCount": 4321})
    twin = Operation(operation.client, operation.run, operation.report, operation.deadline, ACCOUNT_ID, "urn:twin")
    operation.run.claim("prefix", "twins", urn="urn:other")
    operation.run.claim("index", ACCOUNT_ID, "taken", urn="urn:other")
    operation.run.keep("urn:made", IndexKey(ACCOUNT_ID, "made"), old["createdOn"])

    def fresh():
        return Operation(operation.client, RunState(), operation.report, operation.deadline, ACCOUNT_ID)

    def replacing():
        found = fresh()
        record = Record(IndexKey(ACCOUNT_ID, "docs"), live()["created_on"])
        found.run.supersede("", Superseded(record, force_destroy=False, is_retained=False))
        return found

    def needed_again():
        found = fresh()
        found.run.claim("index", ACCOUNT_ID, "docs", urn="urn:docs")
        return found

    def problem(on, news):
        (found,) = check(on, {}, {"config": {"dimensions": 768, "metric": "cosine"}, **news}).problems
        return f"resource 'docs' has a problem: {found.path} {found.reason}"

    def blocked():
        operation.client.transport._limiter.block(9999)
        operation.client.transport.send(Request("x", "GET", "/"), operation.deadline)

    return [
        error(lambda: Settings.load({}, {})),
        error(lambda: Settings.load({}, {**env, "CLOUDFLARE_API_KEY": "k"})),
        error(lambda: Settings.load({"vectorize:baseUrl": "http://example.com"}, env)),
        problem(nowhere, {"name": "docs"}),
        problem(operation, {"name": "docs", "config": {"dimensions": 9999, "metric": "cosine"}}),
        problem(twin, {"namePrefix": "twins"}),
        problem(twin, {"name": "taken"}),
        api_error("GET", 401, 10000, "Authentication error"),
        api_error("POST", 403, 1, "no"),
        api_error("POST", 403, 1005, "vectorize.not_entitled"),
        api_error("GET", 400, 6003, "Invalid request headers"),
        api_error("GET", 400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"),
        api_error("GET", 403, 9109, "Invalid access token"),
        api_error("GET", 404, 7003, "Could not route to /accounts/x"),
        error(lambda: Settings.load({"vectorize:accountId": "x" * 40}, env)),
        api_error("POST", 400, 3004, "vectorize.index.limit_exceeded - the account already has 100 indexes"),
        api_error("POST", 404, 3000, 'vectorize.index.not_found - Index name "docs"'),
        api_error("POST", 400, 3001, "vectorize.index.invalid_name"),
        api_error("POST", 400, 3003, "vectorize.index.invalid_config - Dimensions must be in range: [32, 1536]"),
        after([TAKEN, Reply(result=live()), count], lambda: create(fresh(), declared())),
        after([TAKEN, Reply(result=live(dimensions=32)), count], lambda: create(fresh(), declared())),
        after([TAKEN, DELETED] * 100, lambda: create(fresh(), declared())),
        after([NEVER_EXISTED], lambda: read(fresh(), "docs", {})),
        str(_missing("docs", ACCOUNT_ID)),
        after([Reply(result=live()), count], lambda: delete(fresh(), "docs", {**declared(), "createdOn": CREATED})),
        after([count, Reply(result=live())], lambda: create(replacing(), declared(name="new"))),
        after(
            [Reply(result=live(created_on="2027-01-01T00:00:00Z"))], lambda: update(fresh(), OLD_METADATA, declared())
        ),
        after([Reply(result=live()), count], lambda: delete_metadata_index(fresh(), METADATA_STATE)),
        said([], lambda: delete(operation, "made", old)),
        said([Reply(result=live())], lambda: delete(fresh(), "docs", old)),
        said([Reply(result=live())], lambda: read(fresh(), "docs", old)),
        after([LOST] * 8, lambda: read(fresh(), "docs", declared())),
        after([Reply(200, body=b"<html>")] * 8, lambda: read(fresh(), "docs", declared())),
        after([LOST, *[BROKEN] * 8], lambda: create(fresh(), declared())),
        after(
            [Reply(result=live()), Reply(result={"vectorCount": 0}), Reply(), *[Reply(result=live())] * 300],
            lambda: delete(needed_again(), "docs", {**declared(), "createdOn": CREATED}),
        ),
        api_error("POST", 429, 10100, "More than 1200 requests per 300 seconds reached"),
        api_error("GET", 503, 0, ""),
        error(blocked),
    ]


def test_every_error_text_of_the_readme_is_what_the_code_says_and_none_is_missing(texts):
    patterns = [pattern_of(row.split("|")[1]) for row in section("errors")]
    assert len(patterns) == len(texts)
    for pattern, text in zip(patterns, texts, strict=True):
        assert re.fullmatch(pattern, text.replace("`", "")), f"{pattern}\n{text}"


def test_every_advice_is_shown_in_the_readme(texts):
    every = {*BY_CODE.values(), *BY_STATUS.values(), *(advice for _, advice in BY_TEXT), TROUBLE}
    assert {advice for advice in every if not any(text.endswith(advice) for text in texts)} == set()


def pattern_of(cell):
    """Make a regular expression of a cell: `…` stands for any text; backquotes do not count."""
    plain = re.sub(r"\((a warning|a guess: .*)\)", "", cell).replace("`", "").strip()
    return re.sub(r"(\\ )?…(\\ )?", ".*", re.escape(plain))
