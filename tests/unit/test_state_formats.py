"""Formats that never change without a migration; docs/internals/state.md lists them."""

import base64
import json
import re
from pathlib import Path

import pytest
from pulumi.dynamic.dynamic import serialize_provider

import pulumi_cloudflare_vectorize
from pulumi_cloudflare_vectorize import VectorizeIndex, VectorizeMetadataIndex
from pulumi_cloudflare_vectorize.api.models import PRESETS, Index
from pulumi_cloudflare_vectorize.dynamic import IndexProvider, MetadataIndexProvider
from pulumi_cloudflare_vectorize.lifecycle.index.comparison import compare
from pulumi_cloudflare_vectorize.lifecycle.index.read import read
from pulumi_cloudflare_vectorize.lifecycle.index.state import INPUT_KEYS, outputs_of
from pulumi_cloudflare_vectorize.lifecycle.metadata_index.state import REPLACES
from pulumi_cloudflare_vectorize.resource_types import INDEX, METADATA_INDEX, RESOURCE_TYPES
from tests.unit.fakes import Reply, declared, live

PROVIDER = "gASVPAAAAAAAAACMI3B1bHVtaV9jbG91ZGZsYXJlX3ZlY3Rvcml6ZS5keW5hbWljlIwNSW5kZXhQcm92aWRlcpSTlCmBlC4="
METADATA_PROVIDER = (
    "gASVRAAAAAAAAACMI3B1bHVtaV9jbG91ZGZsYXJlX3ZlY3Rvcml6ZS5keW5hbWljlIwVTWV0YWRhdGFJbmRleFByb3ZpZGVylJOUKYGULg=="
)


@pytest.mark.parametrize(("kind", "row"), [(VectorizeIndex, INDEX), (VectorizeMetadataIndex, METADATA_INDEX)])
def test_the_type_tokens(kind, row):
    assert row.name == kind.__name__
    assert row.dynamic == f"pulumi-python:{kind._resource_type_name}" == f"pulumi-python:dynamic/vectorize:{row.name}"
    assert row.plugin == f"vectorize:index:{row.name}"


def test_the_provider_is_stored_by_reference_and_in_the_clear():
    assert serialize_provider(IndexProvider()) == PROVIDER
    assert b"pulumi_cloudflare_vectorize.dynamic" in base64.b64decode(PROVIDER)
    assert vars(IndexProvider()) == {}
    assert IndexProvider.serialize_as_secret_always is False
    assert serialize_provider(MetadataIndexProvider()) == METADATA_PROVIDER
    assert MetadataIndexProvider.serialize_as_secret_always is False


def test_the_keys_of_inputs_and_outputs():
    assert INPUT_KEYS == (
        "config",
        "name",
        "namePrefix",
        "description",
        "accountId",
        "metadataIndexes",
        "forceDestroy",
        "adopt",
        "retainOnDelete",
    )
    assert set(outputs_of(declared(), Index(**live()))) == {
        *INPUT_KEYS,
        "dimensions",
        "metric",
        "preset",
        "unmanagedMetadataIndexes",
        "createdOn",
        "modifiedOn",
    }


def test_the_presets_that_generated_names_follow_from():
    assert {name: list(shape) for name, shape in PRESETS.items()} == {
        "@cf/baai/bge-small-en-v1.5": [384, "cosine"],
        "@cf/baai/bge-base-en-v1.5": [768, "cosine"],
        "@cf/baai/bge-large-en-v1.5": [1024, "cosine"],
        "openai/text-embedding-ada-002": [1536, None],
        "cohere/embed-multilingual-v2.0": [768, None],
    }


def test_the_wheel_tells_pulumi_that_there_is_no_plugin_to_fetch():
    package = Path(pulumi_cloudflare_vectorize.__file__).parent
    assert json.loads((package / "pulumi-plugin.json").read_text()) == {"resource": False}
    assert (package / "py.typed").exists()


def test_behavior_30_a_state_from_before_metadata_indexes_shows_no_difference(context, api):
    first = outputs_of(declared(), Index(**live()))
    del first["metadataIndexes"], first["unmanagedMetadataIndexes"]
    assert compare(first, declared()).is_empty
    api.reply(Reply(result=live()))
    found = read(context, "docs", first)
    assert compare(found.outputs, declared()).is_empty
    assert found.inputs == declared()


DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    "format",
    [
        *(f"`{token}`" for row in RESOURCE_TYPES for token in (row.dynamic, row.plugin)),
        "pulumi_cloudflare_vectorize.dynamic.IndexProvider",
        "pulumi_cloudflare_vectorize.dynamic.MetadataIndexProvider",
        "`<index>/<property>`",
        *(f"`{key}`" for key in REPLACES if key not in INPUT_KEYS),
        "`unmanagedMetadataIndexes`",
        *(f"`{key}`" for key in (*INPUT_KEYS, "dimensions", "metric", "preset", "createdOn", "modifiedOn")),
        "<slug>-<identity>-<generation>",
    ],
)
def test_the_document_lists_every_format(format):
    assert format in (DOCS / "internals" / "state.md").read_text()


def test_the_json_of_a_review_is_what_the_document_says():
    """Read from the golden corpus, where every key occurs."""
    corpus = Path(__file__).parents[1] / "corpus"
    reviews = [json.loads(path.read_text()) for path in corpus.glob("golden*/*/review.json")]
    table = (
        (DOCS / "reference" / "review-format.md")
        .read_text()
        .split("<!-- review format -->")[1]
        .split("<!-- /review format -->")[0]
    )
    top = set(re.findall(r"^\| `([a-zA-Z]+)`(?:, `([a-z]+)`)? \|", table, re.MULTILINE))
    inner = re.findall(r"^\| `resources\[\]\.([a-zA-Z]+)` \|", table, re.MULTILINE)
    for review in reviews:
        assert review["version"] == 1
        assert set(review) == {key for pair in top for key in pair if key}
        assert all(list(resource) == inner for resource in review["resources"])
    for key, values in said(reviews).items():
        for value in values:
            assert f"`{value}`" in table, key


def said(reviews):
    """Collect the words that reviews use, by key."""
    resources = [resource for review in reviews for resource in review["resources"]]
    words = {key: {review[key] for review in reviews} for key in ("kind", "form", "verdict")}
    words |= {key: {item[key] for item in resources} - {None} for key in ("type", "operation", "order", "repair")}
    return {**words, "dangers": {danger for item in resources for danger in item["dangers"]}}
