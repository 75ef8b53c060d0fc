"""The client: one method for each operation, models in and out."""

import pytest

from pulumi_cloudflare_vectorize.api.client import Client
from pulumi_cloudflare_vectorize.api.models import Shape
from pulumi_cloudflare_vectorize.errors import ApiError, TransportError
from tests.unit.fakes import ACCOUNT_ID, INDEXES, Reply, live


@pytest.fixture
def client(transport):
    return Client(transport)


def test_each_operation_is_one_request(client, api, deadline):
    api.reply(
        Reply(result=live()), Reply(result=[live()]), Reply(result=live()), Reply(result={"vectorCount": 7}), Reply()
    )
    assert client.create_index(ACCOUNT_ID, {"name": "docs"}, deadline).name == "docs"
    assert [index.name for index in client.list_indexes(ACCOUNT_ID, deadline)] == ["docs"]
    assert client.get_index(ACCOUNT_ID, "docs", deadline).index.shape == Shape(768, "cosine")
    assert client.get_index_info(ACCOUNT_ID, "docs", deadline).vector_count == 7
    client.delete_index(ACCOUNT_ID, "docs", deadline)
    assert api.asked == [
        f"POST {INDEXES}",
        f"GET {INDEXES}",
        f"GET {INDEXES}/docs",
        f"GET {INDEXES}/docs/info",
        f"DELETE {INDEXES}/docs",
    ]


@pytest.mark.parametrize(
    ("operation", "arguments", "words"),
    [
        ("create_index", ({"name": "docs"},), 'create index "docs"'),
        ("get_index", ("docs",), 'read index "docs"'),
        ("get_index_info", ("docs",), 'count the vectors of index "docs"'),
        ("delete_index", ("docs",), 'delete index "docs"'),
        ("list_indexes", (), "list the indexes"),
        ("list_metadata_indexes", ("docs",), 'list the metadata indexes of index "docs"'),
        ("create_metadata_index", ("docs", "tenant", "string"), 'create metadata index "tenant" of index "docs"'),
        ("delete_metadata_index", ("docs", "tenant"), 'delete metadata index "tenant" of index "docs"'),
    ],
)
def test_behavior_27_every_operation_and_what_it_is_about_are_named_in_its_error(
    client, api, deadline, operation, arguments, words
):
    api.reply(Reply(400, code=4711, message="no", headers={"cf-ray": "8a-FRA"}))
    with pytest.raises(ApiError) as caught:
        getattr(client, operation)(ACCOUNT_ID, *arguments, deadline)
    assert str(caught.value).startswith(f"cannot {words}: no (")
    assert "→ 400, code 4711, ray 8a-FRA)" in str(caught.value)


@pytest.mark.parametrize("missing", ["modified_on"])
@pytest.mark.parametrize("how", ["absent", "null", "empty"])
def test_a_text_that_is_absent_null_or_empty_is_empty(client, api, deadline, missing, how):
    answer = live() | {missing: None if how == "null" else ""}
    if how == "absent":
        del answer[missing]
    api.reply(Reply(result=answer))
    assert getattr(client.get_index(ACCOUNT_ID, "docs", deadline).index, missing) == ""


@pytest.mark.parametrize(
    ("answer", "believed"), [({}, "mine"), ({"description": None}, "mine"), ({"description": ""}, "")]
)
def test_a_description_that_is_not_told_leaves_room_for_what_is_believed(client, api, deadline, answer, believed):
    api.reply(Reply(result={"name": "docs", "config": live()["config"], "created_on": live()["created_on"], **answer}))
    assert client.get_index(ACCOUNT_ID, "docs", deadline).index.description_or("mine") == believed


def test_what_a_later_api_adds_is_ignored(client, api, deadline):
    answer = live(novelty=1)
    answer["config"]["novelty"] = 2
    api.reply(Reply(result=answer))
    assert client.get_index(ACCOUNT_ID, "docs", deadline).index.name == "docs"


@pytest.mark.parametrize(
    "result", [None, {}, [], "text", {"name": "docs"}, live(config={"dimensions": "many", "metric": "x"})]
)
def test_an_answer_of_another_form_is_an_error_that_says_where(client, api, deadline, result):
    api.reply(Reply(result=result))
    with pytest.raises(TransportError, match=r"differs from the API's documentation at \w+"):
        client.create_index(ACCOUNT_ID, {"name": "docs"}, deadline)


def test_names_and_accounts_cannot_break_out_of_the_path(client, api, deadline):
    api.reply(Reply(result=live()))
    client.get_index("../x", "a/../b?c#d", deadline)
    assert api.asked == ["GET /accounts/..%2Fx/vectorize/v2/indexes/a%2F..%2Fb%3Fc%23d"]
