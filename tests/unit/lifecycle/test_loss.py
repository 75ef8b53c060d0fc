"""The warning with numbers, before data is lost."""

import pytest

from pulumi_cloudflare_vectorize.lifecycle.check import check
from pulumi_cloudflare_vectorize.lifecycle.diff import diff
from pulumi_cloudflare_vectorize.lifecycle.loss import warn_of_loss
from pulumi_cloudflare_vectorize.models import UNKNOWN
from tests.unit.fakes import INDEXES, NEVER_EXISTED, Reply, declared

NEW = declared(config={"dimensions": 32, "metric": "cosine"})


def warn(operation, news=NEW, olds=None):
    olds = olds or declared()
    warn_of_loss(operation, "docs", olds, news, diff(olds, news))


@pytest.fixture
def reviewing(operation):
    assert check(operation, {}, declared()).problems == []
    return operation


@pytest.mark.parametrize(
    ("answer", "said_of_it"),
    [
        (Reply(result={"vectorCount": 1204331}), "it holds 1,204,331 vectors, and the new one is empty"),
        (Reply(result={"vectorCount": 0}), "it holds no vectors"),
        (NEVER_EXISTED, "how many vectors it holds could not be read: cannot count the vectors of index"),
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
        ("warning", 'index "docs" will be replaced (description, config.metric): it holds no vectors'),
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


def test_a_refresh_asks_nothing(operation, api, said):
    warn(operation)
    assert (api.asked, said) == ([], [])
