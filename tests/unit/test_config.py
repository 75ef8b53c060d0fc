"""Settings: which place wins, and what is refused, each with a line that names the places."""

import pytest

from pulumi_cloudflare_vectorize.config import Credentials, Settings, Timeouts, account_id_problem
from pulumi_cloudflare_vectorize.errors import SettingsError

A = "a" * 32
B = "b" * 32
TOKEN = {"CLOUDFLARE_API_TOKEN": "env-token"}


def test_the_stack_config_wins_over_the_environment():
    config = {
        "vectorize:apiToken": "t",
        "vectorize:accountId": A,
        "vectorize:baseUrl": "https://config.example/client/v4/",
    }
    env = {**TOKEN, "CLOUDFLARE_ACCOUNT_ID": B, "CLOUDFLARE_BASE_URL": "https://env.example/client/v4"}
    assert Settings.load(config, env) == Settings(Credentials(token="t"), A, "https://config.example/client/v4")


def test_the_environment_serves_where_the_stack_config_is_silent():
    settings = Settings.load({}, {**TOKEN, "CLOUDFLARE_ACCOUNT_ID": B})
    assert settings == Settings(Credentials(token="env-token"), B, "https://api.cloudflare.com/client/v4")


def test_the_process_environment_is_the_default(monkeypatch):
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "from-the-process")
    assert Settings.load({}).credentials.token == "from-the-process"


def test_a_key_and_its_email_may_come_from_different_places():
    settings = Settings.load({"vectorize:apiKey": "k"}, {"CLOUDFLARE_EMAIL": "me@example.com"})
    assert settings.credentials.headers() == {"X-Auth-Email": "me@example.com", "X-Auth-Key": "k"}


def test_a_key_in_the_config_wins_over_a_token_in_the_environment():
    settings = Settings.load({"vectorize:apiKey": "k", "vectorize:email": "e@x"}, TOKEN)
    assert settings.credentials == Credentials(key="k", email="e@x")


def test_a_token_goes_into_the_authorization_header():
    assert Credentials(token="t").headers() == {"Authorization": "Bearer t"}


@pytest.mark.parametrize(
    ("config", "env", "said"),
    [
        ({}, {}, "no Cloudflare credentials. Run `pulumi config set --secret vectorize:apiToken TOKEN`"),
        ({}, {"CLOUDFLARE_API_TOKEN": "  "}, "no Cloudflare credentials"),
        ({}, {"CLOUDFLARE_EMAIL": "e@x"}, "no Cloudflare credentials"),
        ({}, {"CLOUDFLARE_API_KEY": "k"}, "Set vectorize:email or CLOUDFLARE_EMAIL"),
        ({}, {**TOKEN, "CLOUDFLARE_API_KEY": "k"}, "the environment contains both an API token and a global API key"),
        (
            {"vectorize:apiToken": "t", "vectorize:apiKey": "k"},
            {},
            "the stack's configuration contains both an API token and a global API key",
        ),
        ({"vectorize:apiToken": "t\nx"}, {}, "vectorize:apiToken or CLOUDFLARE_API_TOKEN has characters"),
        ({"vectorize:accountId": "nope"}, TOKEN, "vectorize:accountId or CLOUDFLARE_ACCOUNT_ID must be 32"),
        ({"vectorize:baseUrl": "http://example.com"}, TOKEN, "must start with https://"),
        ({"vectorize:baseUrl": "ftp://127.0.0.1"}, TOKEN, "must start with https://"),
        ({"vectorize:baseUrl": "https://"}, TOKEN, "must start with https://"),
        ({"vectorize:baseUrl": "https://[::1"}, TOKEN, "is malformed"),
        ({"vectorize:baseUrl": "https://x:y"}, TOKEN, "is malformed"),
        ({"vectorize:baseUrl": "https://u:p@example.com"}, TOKEN, "may contain no credentials"),
        ({"vectorize:baseUrl": "https://example.com?x=1"}, TOKEN, "may contain no credentials, query or fragment"),
        ({"vectorize:baseUrl": "https://example.com"}, TOKEN, "must end with /client/v4, got"),
    ],
)
def test_what_is_missing_conflicting_or_malformed_is_refused_in_one_line(config, env, said):
    with pytest.raises(SettingsError) as caught:
        Settings.load(config, env)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "host", ["a..b", ".a.b", "a b", "-a.b", "a-.b", "a*b", "a.b..", "x" * 64, "ä..b", "%41.b", "a,b"]
)
def test_a_host_that_cannot_be_is_refused_before_anything_is_sent(host):
    with pytest.raises(SettingsError, match="has an invalid host, got"):
        Settings.load({"vectorize:baseUrl": f"https://{host}/client/v4"}, TOKEN)


@pytest.mark.parametrize(
    "host", ["a", "api.example.com.", "a-b.c_d.e1", "1.2.3.4", "[2001:db8::1]:8443", "bücher.example", "A.Example"]
)
def test_a_host_that_can_be_is_accepted(host):
    url = f"https://{host}/client/v4"
    assert Settings.load({"vectorize:baseUrl": url, "vectorize:apiToken": "t"}, {}).base_url == url


@pytest.mark.parametrize("host", ["127.0.0.1:8787", "localhost:1", "[::1]:8787", "127.9.9.9"])
def test_plain_http_is_accepted_on_a_loopback_host(host):
    url = f"http://{host}/client/v4"
    assert Settings.load({"vectorize:baseUrl": url}, TOKEN).base_url == url


def test_no_secret_shows_in_a_repr():
    for credentials in (Credentials(token="hidden"), Credentials(key="hidden", email="hidden@x")):
        assert "hidden" not in repr(Settings(credentials, A))


def test_every_secret_is_listed_for_blotting_out():
    assert Credentials(key="k", email="e@x").secrets() == ("k", "e@x")


@pytest.mark.parametrize("account_id", ["", "A" * 32, "a" * 31, "g" * 32, A + "\n"])
def test_a_malformed_account_id_has_a_problem(account_id):
    problem = account_id_problem(account_id)
    assert "32 lower-case hexadecimal digits" in problem
    assert f"got {len(account_id)} characters" in problem
    assert not account_id or account_id not in problem


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("1h", 3600), ("2m5s", 125)])
def test_time_outs_are_durations_as_pulumi_writes_them(text, seconds):
    config = {
        "vectorize:createTimeout": text,
        "vectorize:deleteTimeout": text,
        "vectorize:metadataIndexTimeout": text,
    }
    assert Settings.load(config, TOKEN).timeouts == Timeouts(seconds, seconds, seconds)


def test_time_outs_have_defaults():
    assert Settings.load({}, TOKEN).timeouts == Timeouts(create_s=300.0, delete_s=300.0, metadata_index_s=600.0)


@pytest.mark.parametrize("text", ["10", "0s", "-1s", "1.5m", "m", "1d", "10m ago"])
def test_a_malformed_time_out_is_refused(text):
    with pytest.raises(
        SettingsError, match=r"vectorize:deleteTimeout or CLOUDFLARE_VECTORIZE_DELETE_TIMEOUT must be a duration"
    ):
        Settings.load({}, {**TOKEN, "CLOUDFLARE_VECTORIZE_DELETE_TIMEOUT": text})


@pytest.mark.parametrize(("text", "workers"), [("", 32), ("0", 0), ("64", 64)])
def test_the_number_of_workers_can_be_set(text, workers):
    assert Settings.load({"vectorize:workers": text}, TOKEN).workers == workers


@pytest.mark.parametrize("text", ["65", "-1", "many", "100"])
def test_a_malformed_number_of_workers_is_refused(text):
    with pytest.raises(SettingsError, match="must be 0 to 64"):
        Settings.load({"vectorize:workers": text}, TOKEN)


@pytest.mark.parametrize(
    ("config", "env", "token", "base_url"),
    [
        ({"vectorize:apiToken": "own", "cloudflare:apiToken": "official"}, TOKEN, "own", None),
        ({"cloudflare:apiToken": "official"}, TOKEN, "official", None),
        (
            {"cloudflare:baseUrl": "https://a.example/client/v4", "vectorize:apiToken": "own"},
            {},
            "own",
            "https://a.example/client/v4",
        ),
        ({}, TOKEN, "env-token", None),
    ],
)
def test_the_official_providers_keys_come_after_our_own_and_before_the_environment(config, env, token, base_url):
    settings = Settings.load(config, env)
    assert settings.credentials.token == token
    assert settings.base_url == (base_url or "https://api.cloudflare.com/client/v4")
    assert settings.notices == ()


def test_the_old_key_of_the_account_is_read_with_a_warning_that_names_the_new_one():
    settings = Settings.load({"cloudflare:accountId": A}, TOKEN)
    assert settings.account_id == A
    assert settings.notices == (
        (
            "cloudflare:accountId moved to vectorize:accountId: the official Cloudflare provider rejects the old key. Run "
            "`pulumi config set vectorize:accountId ID` and `pulumi config rm cloudflare:accountId`"
        ),
    )
    assert Settings.load({"cloudflare:accountId": A, "vectorize:accountId": B}, TOKEN).account_id == B


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("vectorize:apitoken", "vectorize:apiToken"),
        ("vectorize:api_token", "vectorize:apiToken"),
        ("vectorize:acountId", "vectorize:accountId"),
        ("cloudflare:vectorizeCreateTimeout", "vectorize:createTimeout"),
        ("vectorize:indexes", None),
        ("cloudflare:apiUserServiceKey", None),
        ("shop:apitoken", None),
    ],
)
def test_a_key_that_is_nearly_right_is_named_with_the_right_one(key, meant):
    notices = Settings.load({key: "x"}, TOKEN).notices
    assert notices == ((f"{key} in the stack's configuration is not used: did you mean {meant}?",) if meant else ())


def test_missing_credentials_name_a_key_that_is_nearly_right():
    with pytest.raises(SettingsError, match="did you mean vectorize:apiToken"):
        Settings.load({"vectorize:apitoken": "t"}, {})


ELSEWHERE = "https://elsewhere.example/client/v4"


@pytest.mark.parametrize(
    ("config", "env", "is_allowed"),
    [
        ({"vectorize:baseUrl": ELSEWHERE}, TOKEN, False),
        ({"cloudflare:baseUrl": ELSEWHERE}, TOKEN, False),
        ({"vectorize:apiToken": "t"}, {"CLOUDFLARE_BASE_URL": ELSEWHERE}, False),
        ({"vectorize:apiToken": "t", "cloudflare:baseUrl": ELSEWHERE}, {}, True),
        ({}, {**TOKEN, "CLOUDFLARE_BASE_URL": ELSEWHERE}, True),
        ({"vectorize:baseUrl": "http://127.0.0.1:8787/client/v4"}, TOKEN, True),
        ({"vectorize:baseUrl": "https://api.cloudflare.com/client/v4"}, TOKEN, True),
    ],
)
def test_credentials_are_sent_only_to_cloudflare_to_this_machine_or_to_the_base_url_of_their_source(
    config, env, is_allowed
):
    if is_allowed:
        assert Settings.load(config, env)
    else:
        sent_to = "only to Cloudflare, to a host on this machine, or to the base URL from the same source"
        with pytest.raises(SettingsError, match=sent_to):
            Settings.load(config, env)
