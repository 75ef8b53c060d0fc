"""schemathesis drives the official OpenAPI fragment (vectorize-openapi.yaml, copied in with its source and license).

The fragment contradicts itself in two places, so those are amended here before anything is checked against it:
a failure is declared as success and failure at once, and a `result` as object only, though some are arrays or null.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.emulator.helpers import Api, unit

FRAGMENT = Path(__file__).parent / "vectorize-openapi.yaml"
ACCOUNT = "a1" * 16
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FAILURE = {"$ref": "#/components/schemas/vectorize_api-response-common-failure"}


@schemathesis.serializer("application/x-ndjson")
def _as_it_is(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()


def amended():
    document = yaml.safe_load(FRAGMENT.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    schemas["vectorize_api-response-common"]["properties"]["result"] = {}
    schemas["vectorize_api-response-single"] = {"$ref": "#/components/schemas/vectorize_api-response-common"}
    schemas["vectorize_api-response-common-failure"]["properties"]["errors"].pop("minLength")
    for item in schemas["vectorize_list-metadata-index-response"]["properties"]["metadataIndexes"]["items"][
        "properties"
    ].values():
        item.get("enum", []).extend(["String", "Number", "Boolean"])  # as the real service lists them
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"]["4XX"]["content"]["application/json"]["schema"] = FAILURE
    return document


schema = schemathesis.openapi.from_dict(amended())


class Target:
    """The emulator, with an index that is put back whenever a made-up request has deleted it."""

    def __init__(self, server, session):
        self.base_url = server.base_url
        self.context = server.context
        self.session = session
        self.api = Api(server.base_url, "emulator-test-token", ACCOUNT)

    def fill(self):
        if any(index.name == "docs" for index in self.context.indexes.list(ACCOUNT)):
            return
        self.api.create()
        self.api.call("POST", "/docs/metadata_index/create", json={"propertyName": "kind", "indexType": "string"})
        self.api.write("insert", "docs", *[{"id": str(i), "values": unit(i)} for i in range(9)])
        self.context.processor.process_now()


@pytest.fixture(scope="module")
def target(vectorize_emulator_server):
    context = vectorize_emulator_server.context
    context.reset()
    context.runtime = context.runtime.changed({"rate_limit": 0, "visibility_delay_ms": 1})
    with requests.Session() as session:
        target = Target(vectorize_emulator_server, session)
        with target.api:
            yield target
    context.reset()


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_a_documented_one(case, target):
    target.fill()
    if case.path_parameters:
        case.path_parameters["account_id"] = ACCOUNT
        if len(str(case.path_parameters.get("index_name", ""))) % 3:  # two thirds on the index that exists
            case.path_parameters["index_name"] = "docs"
    headers = {"Authorization": "Bearer emulator-test-token"}
    response = case.call(base_url=target.base_url, headers=headers, session=target.session)
    case.validate_response(response, checks=CHECKS)


def test_the_fragment_says_where_it_comes_from():
    info = yaml.safe_load(FRAGMENT.read_text(encoding="utf-8"))["info"]
    assert "cloudflare/api-schemas" in info["description"]
    assert "BSD-3-Clause" in info["license"]["name"]


def test_every_operation_of_the_fragment_has_a_route():
    from vectorize_emulator.routes import API, LEGACY

    declared = {(method.upper(), path) for path, operations in amended()["paths"].items() for method in operations}
    served = {
        (method, route.path.removeprefix("/client/v4").replace(":account}", "}"))
        for route in [*API, *LEGACY]
        for method in route.methods - {"HEAD"}
    }
    assert declared == served
