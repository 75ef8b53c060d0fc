"""The warning with numbers, before data is lost."""

import pytest

from pulumi_cloudflare_vectorize.lifecycle.index.check import check
from pulumi_cloudflare_vectorize.lifecycle.index.diff import diff
from pulumi_cloudflare_vectorize.lifecycle.records import IndexKey, Record
from pulumi_cloudflare_vectorize.unknown import UNKNOWN
from tests.unit.fakes import ACCOUNT_ID, INDEXES, NEVER_EXISTED, Reply, declared

CREATED = "2026-01-02T03:04:05.678901Z"
KEY = IndexKey(ACCOUNT_ID, "docs")
NEW = declared(config={"dimensions": 32, "metric": "cosine"})


def warn(context, news=NEW, olds=None):
    return diff(context, "docs", {"createdOn": CREATED, **(olds or declared())}, news)


@pytest.fixture
def reviewing(context):
    assert check(context, {}, declared()).problems == []
    return context


@pytest.mark.parametrize(
    ("answer", "said_of_it"),
    [
        (Reply(result={"vectorCount": 1204331}), "it contains 1,204,331 vectors, and the new one is empty"),
        (Reply(result={"vectorCount": 0}), "it contains no vectors"),
        (NEVER_EXISTED, "the vector count could not be read: cannot count the vectors of index"),
    ],
)
def test_a_replacement_is_warned_of_with_the_number_of_vectors(reviewing, api, said, answer, said_of_it):
    api.reply(answer)
    warn(reviewing)
    assert said[0][0] == "warning"
    assert said[0][1].startswith(f'index "docs" will be replaced (config.dimensions): {said_of_it}')
    assert api.asked == [f"GET {INDEXES}/docs/info"]


def test_every_property_that_replaces_is_named(reviewing, api, said):
    api.reply(Reply(result={"vectorCount": 0}))
    warn(reviewing, declared(description="new", config={"dimensions": 768, "metric": "euclidean"}))
    assert said == [
        ("warning", 'index "docs" will be replaced (description, config.metric): it contains no vectors'),
    ]


def test_a_possible_replacement_is_called_possible(reviewing, api, said):
    api.reply(Reply(result={"vectorCount": 1}))
    warn(reviewing, declared(config=UNKNOWN))
    assert '"docs" may be replaced' in said[0][1]


def test_an_api_that_does_not_answer_does_not_hold_up_a_review(reviewing, api, clock, said):
    api.reply(*[Reply(503, body=b"")] * 8)
    warn(reviewing)
    assert clock.time - 1000 <= 10
    assert "could not be read" in said[-1][1]


@pytest.mark.parametrize("news", [declared(), declared(forceDestroy=True)])
def test_what_replaces_nothing_asks_nothing(reviewing, api, said, news):
    warn(reviewing, news)
    assert (api.asked, said) == ([], [])


def test_a_refresh_asks_nothing(context, api, said):
    warn(context)
    assert (api.asked, said) == ([], [])


@pytest.mark.parametrize(
    ("wanted", "separate", "lost"),
    [
        ({"tenant": "string"}, [], '"year"'),
        ({"tenant": "number", "year": "number"}, [], '"tenant"'),
        ({}, [], '"tenant", "year"'),
        ({}, ["tenant"], '"year"'),
        ({"tenant": "string", "year": "number", "price": "number"}, [], None),
        ({}, ["tenant", "year"], None),
        (UNKNOWN, [], None),
    ],
)
def test_a_metadata_index_that_goes_is_warned_of_with_the_vectors_that_its_filters_find(
    context, api, said, wanted, separate, lost
):
    check(context, {}, {**declared(), "separateMetadataIndexes": separate})
    api.reply(Reply(result={"vectorCount": 5000}))
    warn(context, declared(metadataIndexes=wanted), declared(metadataIndexes={"tenant": "string", "year": "number"}))
    assert said == (
        [
            (
                "warning",
                (
                    f'metadata index {lost} of index "docs" will be deleted. The index: it contains 5,000 vectors, and filters on '
                    "it will not find them"
                ),
            )
        ]
        if lost
        else []
    )


def test_a_run_records_what_it_replaces_and_what_it_keeps(reviewing, api):
    api.reply(Reply(result={"vectorCount": 0}))
    warn(reviewing, declared())
    assert reviewing.run.index(KEY).kept.created_on == CREATED
    warn(reviewing, NEW, declared(forceDestroy=True))
    assert reviewing.run.index(KEY).kept is None
    assert reviewing.run.index(KEY).is_replaced
    assert reviewing.run.resource(reviewing.urn).superseded == (Record(KEY, CREATED), True, False)


def test_a_refresh_records_nothing(context):
    """It shows nothing of what the run is for, which may be to destroy."""
    warn(context, declared())
    assert context.run.index(KEY).kept is None
    warn(context, NEW)
    assert not context.run.index(KEY).is_replaced
