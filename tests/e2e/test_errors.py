"""Bad input: one clean line for each thing that is wrong, nothing changed, an exit code that is not 0, and no traceback."""

from __future__ import annotations

import pytest

from tests.e2e.harness import ACCOUNT, EMAIL, KEY, Emulator, Stack

pytestmark = pytest.mark.e2e


def test_every_wrong_property_is_listed_at_once_in_the_preview_and_nothing_is_sent(stack: Stack, emulator: Emulator):
    """Behavior 2: under the name that the user wrote."""
    stack.declare(
        name="Bad_Name-",
        config={"dimensions": 1537, "metric": "manhattan"},
        description=7,
        account_id="acme",
        force_destroy="yes",
        adopt=1,
    )
    run = stack.run("preview", code=1)
    assert "Traceback" not in run.text
    complaints = "\n".join(run.errors)
    for path, reason in {
        "name": "start with a letter, end with a letter or digit, and have at least 2 characters",
        "config.dimensions": "must be 1 to 1536, and is more",
        "config.metric": "must be one of cosine, euclidean, dot-product: got text of 9 characters",
        "description": "must be text, got a number",
        "forceDestroy": "must be true or false, got text of 3 characters",
        "adopt": "must be true or false, got a number",
    }.items():
        assert f"'docs' has a problem: {path} must" in complaints
        assert reason in complaints
    assert "'docs' has a problem: accountId must be 32 lower-case hexadecimal digits" in complaints
    assert "acme" not in complaints, "it may be a token"
    assert stack.up(code=1).errors[:7] == run.errors[:7]
    assert emulator.requests() == []
    assert stack.ids() == []


@pytest.mark.parametrize(
    ("arguments", "path", "reason"),
    [
        pytest.param(
            {"config": {"dimensions": 64}},
            "config",
            "must contain either dimensions and metric, or preset, got dimensions",
            id="half a shape",
        ),
        pytest.param(
            {"config": {"dimensions": "768", "metric": "cosine"}},
            "config.dimensions",
            "must be a whole number, got text of 3 characters",
            id="a number as text",
        ),
        pytest.param({"name": "a" * 65}, "name", "must be at most 64 bytes, got 65", id="a long name"),
        pytest.param(
            {"name": ""}, "name", "must not be empty: leave it out to get a generated name", id="an empty name"
        ),
    ],
)
def test_a_wrong_property_is_one_clean_line(stack: Stack, emulator: Emulator, arguments: dict, path: str, reason: str):
    """Behavior 2: the unit tests hold the whole table of what is wrong."""
    stack.declare(**arguments)
    error = stack.run("preview", code=1).error
    assert error == f"pulumi-python:dynamic/vectorize:VectorizeIndex resource 'docs' has a problem: {path} {reason}"
    assert emulator.requests() == []


def test_few_dimensions_are_a_warning(stack: Stack, emulator: Emulator):
    """Behavior 2: the API's document allows them, the API has refused them; its own answer then reaches the user."""
    stack.declare(31, name="docs")
    assert stack.run("preview").warnings == [
        "dimensions=31: the API documents 1 to 1536, but has rejected less than 32"
    ]
    error = stack.up(code=1).error
    assert error.startswith('cannot create index "docs": ')
    assert f"(POST /accounts/{ACCOUNT}/vectorize/v2/indexes → 400, code 3003, ray " in error
    assert error.endswith(". Check dimensions, metric and preset")


MISSING = (
    "no Cloudflare credentials. Run `pulumi config set --secret vectorize:apiToken TOKEN`, or set CLOUDFLARE_API_TOKEN "
    "(or vectorize:apiKey or CLOUDFLARE_API_KEY together with vectorize:email or CLOUDFLARE_EMAIL)"
)
CONFLICT = (
    "conflicting Cloudflare credentials: the environment contains both an API token and a global API key. "
    "Remove one of vectorize:apiToken or CLOUDFLARE_API_TOKEN and vectorize:apiKey or CLOUDFLARE_API_KEY"
)
NO_EMAIL = "the global API key has no email address. Set vectorize:email or CLOUDFLARE_EMAIL"
PLAIN = (
    "the base URL in vectorize:baseUrl or CLOUDFLARE_BASE_URL must start with https:// (http:// only on a loopback host), "
    "got 'http://api.cloudflare.com/client/v4'"
)
BAD_ACCOUNT = (
    "the account ID in vectorize:accountId or CLOUDFLARE_ACCOUNT_ID must be 32 lower-case hexadecimal digits "
    "(dashboard → Workers & Pages → Account ID), got 4 characters, which are not shown because they may contain a secret"
)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        pytest.param({"API_TOKEN": ""}, MISSING, id="no credentials"),
        pytest.param({"API_KEY": KEY, "EMAIL": EMAIL}, CONFLICT, id="token and key"),
        pytest.param({"API_TOKEN": "", "API_KEY": KEY}, NO_EMAIL, id="key without e-mail"),
        pytest.param({"BASE_URL": "http://api.cloudflare.com/client/v4"}, PLAIN, id="base URL without TLS"),
        pytest.param({"ACCOUNT_ID": "acme"}, BAD_ACCOUNT, id="malformed account id"),
    ],
)
def test_wrong_settings_are_one_clean_line(stack: Stack, emulator: Emulator, settings: dict, error: str):
    """Also when the settings are lost after the index was created: then nothing is forgotten."""
    stack.env.update({f"CLOUDFLARE_{name}": value for name, value in settings.items()})
    stack.declare(name="docs")
    assert stack.run("preview", code=1).error == error
    assert emulator.requests() == []


def test_a_missing_account_id_is_a_wrong_property(stack: Stack, emulator: Emulator):
    stack.env["CLOUDFLARE_ACCOUNT_ID"] = ""
    stack.declare(name="docs")
    error = stack.run("preview", code=1).error
    assert error.endswith(
        "'docs' has a problem: accountId is required: set account_id on the resource, run "
        "`pulumi config set vectorize:accountId ID`, "
        "or set CLOUDFLARE_ACCOUNT_ID"
    )
    assert emulator.requests() == []


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        pytest.param({"status": 401, "code": 10000}, "is wrong, expired or belongs to another account", id="token"),
        pytest.param({"status": 403, "code": 10000}, 'the account permission "Vectorize: Edit"', id="permission"),
        pytest.param({"status": 404, "code": 7003}, "Check the account ID in vectorize:accountId", id="account"),
        pytest.param(
            {"status": 403, "code": 1005, "message": "vectorize.not_entitled"}, "Enable Workers", id="not enabled"
        ),
        pytest.param(
            {"body": "<html>login</html>"}, "the response is not the API's JSON", id="a page instead of the API"
        ),
    ],
)
def test_each_refusal_of_the_api_has_its_own_advice_in_one_line(
    stack: Stack, emulator: Emulator, fault: dict, advice: str
):
    """Behaviors 8, 27."""
    emulator.fault(path="indexes", count=20, **fault)
    stack.declare(name="docs", opts='custom_timeouts=pulumi.CustomTimeouts(create="2s")')
    run = stack.up(code=1)
    assert "Traceback" not in run.text
    (error,) = (line for line in run.text.splitlines() if line.strip().startswith(("error: cannot", "* cannot")))
    assert advice in error
    assert '"docs"' in error
    assert f"/accounts/{ACCOUNT}/vectorize/v2/indexes" in error
    assert emulator.mutations() == ["POST indexes"]


def test_an_api_that_cannot_be_reached_is_one_clean_line(stack: Stack):
    """The port is one that no one listens on."""
    stack.env["CLOUDFLARE_BASE_URL"] = "http://127.0.0.1:1/client/v4"
    stack.declare(name="docs", opts='custom_timeouts=pulumi.CustomTimeouts(create="2s")')
    assert stack.up(code=1).error == (
        'cannot create index "docs": the connection failed or was closed before a response arrived '
        f"(POST /accounts/{ACCOUNT}/vectorize/v2/indexes at http://127.0.0.1:1/client/v4). "
        "Check the network and the base URL, then run the command again"
    )
    assert stack.ids() == []
