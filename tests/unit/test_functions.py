"""Functions: one request each, one line for every error, and no request under mocks."""

import asyncio

import pulumi
import pytest

import pulumi_cloudflare_vectorize as vectorize
from pulumi_cloudflare_vectorize import FunctionError
from pulumi_cloudflare_vectorize import functions as lookups
from tests.unit.fakes import ACCOUNT_ID, INDEXES, NEVER_EXISTED, Reply, live


@pytest.fixture(autouse=True)
def program(transport, monkeypatch):
    monkeypatch.setattr(lookups, "_transport", lambda _: transport)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", ACCOUNT_ID)


def test_an_index_comes_back_as_the_api_answers_it(api):
    api.reply(Reply(result=live(description="text")))
    found = vectorize.get_index("docs")
    assert (found.name, found.account_id, found.dimensions, found.metric) == ("docs", ACCOUNT_ID, 768, "cosine")
    assert (found.description, found.created_on) == ("text", live()["created_on"])
    assert api.asked == [f"GET {INDEXES}/docs"]


def test_all_indexes_come_in_the_order_of_their_names(api):
    api.reply(Reply(410, code=3005, message="vectorize.index.deleted"), Reply(result=[live("b"), live("a")]))
    assert [found.name for found in vectorize.list_indexes()] == ["a", "b"]


def test_the_counters_come_from_info(api):
    api.reply(Reply(result={"vectorCount": 12, "dimensions": 768}))
    found = vectorize.get_index_info("docs", account_id="f" * 32)
    assert (found.vector_count, found.dimensions, found.account_id) == (12, 768, "f" * 32)


@pytest.mark.parametrize("look_up", [vectorize.get_index, vectorize.get_index_info])
def test_a_missing_index_is_a_clear_error(api, look_up):
    api.reply(NEVER_EXISTED)
    with pytest.raises(FunctionError, match=f'cannot look up index "docs": it does not exist in account {ACCOUNT_ID}'):
        look_up("docs")


def test_without_any_account_nothing_is_asked(api, monkeypatch):
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID")
    with pytest.raises(FunctionError, match="CLOUDFLARE_ACCOUNT_ID"):
        vectorize.list_indexes()
    assert api.asked == []


def test_what_is_given_in_place_of_an_account_id_is_neither_sent_nor_shown(api):
    with pytest.raises(FunctionError, match="the account ID must be 32 lower-case hexadecimal digits") as caught:
        vectorize.get_index("docs", account_id="s3cret-token")
    assert "s3cret" not in str(caught.value)
    assert api.asked == []


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(vectorize.get_index, ["docs"]), (vectorize.list_indexes, []), (vectorize.get_index_info, ["docs"])],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_error_of_a_function_is_one_that_pulumi_prints_in_one_line(api, function, arguments):
    api.reply(*[Reply(403, code=10000, message="Authentication error")] * 8)
    with pytest.raises(pulumi.RunError, match="Authentication error") as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, vectorize.VectorizeError)


class Mocks(pulumi.runtime.Mocks):
    def __init__(self):
        self.calls = []

    def new_resource(self, args):
        return args.name, {**args.inputs, "createdOn": "2026-01-01T00:00:00Z"}

    def call(self, args):
        self.calls.append((args.token, args.args))
        index = {"name": "docs", "dimensions": 64, "metric": "cosine", "createdOn": "2026-01-01T00:00:00Z"}
        return {
            "vectorize:index:getIndex": index,
            "vectorize:index:listIndexes": {"indexes": [index]},
            "vectorize:index:getIndexInfo": {"vectorCount": 7},
        }[args.token]


@pytest.fixture
def mocks(monkeypatch):
    for variable in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID"):
        monkeypatch.delenv(variable)
    asyncio.set_event_loop(asyncio.new_event_loop())
    made = Mocks()
    pulumi.runtime.set_mocks(made, project="shop", stack="dev", preview=False)
    yield made
    pulumi.runtime.settings.reset_options()


DOCS = vectorize.IndexResult("docs", "", 64, "cosine", "", "2026-01-01T00:00:00Z", "")


def test_functions_return_what_the_mocks_return_and_need_no_credentials(mocks, api):
    assert vectorize.get_index("docs") == DOCS
    assert vectorize.list_indexes() == [DOCS]
    assert vectorize.get_index_info("docs", account_id="a") == vectorize.IndexInfoResult("docs", "a", 0, 7)
    assert mocks.calls == [
        ("vectorize:index:getIndex", {"name": "docs"}),
        ("vectorize:index:listIndexes", {}),
        ("vectorize:index:getIndexInfo", {"name": "docs", "accountId": "a"}),
    ]
    assert api.asked == []


def test_the_output_forms_work_under_mocks(mocks):
    values = []

    @pulumi.runtime.test
    def run():
        docs = vectorize.VectorizeIndex("docs", config=vectorize.IndexConfig(dimensions=64, metric="cosine"))
        found = (
            vectorize.get_index_output(docs.name),
            vectorize.get_index_info_output("docs"),
            vectorize.list_indexes_output(),
        )
        return pulumi.Output.all(*found).apply(values.extend)

    run()
    assert values[0].dimensions == 64
    assert values[1].vector_count == 7
    assert values[2] == [DOCS]
