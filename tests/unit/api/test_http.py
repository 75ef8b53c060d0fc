"""One exchange over HTTP: what is included, what is never done, and what every trouble on the way says."""

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from pulumi_cloudflare_vectorize._version import __version__
from pulumi_cloudflare_vectorize.api import http as connections
from pulumi_cloudflare_vectorize.api.http import HttpClient
from pulumi_cloudflare_vectorize.api.response import Request
from pulumi_cloudflare_vectorize.api.retry import MAX_ATTEMPTS, Transport, may_have_worked
from pulumi_cloudflare_vectorize.config import Credentials, Settings
from pulumi_cloudflare_vectorize.errors import SettingsError, TransportError
from pulumi_cloudflare_vectorize.waiting import Deadline
from tests.unit.fakes import INDEXES, Reply

GET = Request('read index "docs"', "GET", f"{INDEXES}/docs")
POST = Request('create index "docs"', "POST", INDEXES, {"name": "docs"})
OK = Reply(result={"fine": True})


def test_behavior_28_a_request_carries_credentials_user_agent_and_json(transport, api, deadline):
    api.reply(OK)
    transport.send(POST, deadline)
    (request,) = api.seen
    assert request.url == f"https://api.cloudflare.com/client/v4{INDEXES}"
    assert request.headers["Authorization"] == "Bearer s3cret-token"
    assert request.headers["User-Agent"].startswith(f"pulumi-cloudflare-vectorize/{__version__} ")
    assert request.headers["Content-Type"] == "application/json"
    assert request.body == b'{"name": "docs"}'
    assert api.timeouts == [(10.0, 60.0)]


def test_credentials_of_a_netrc_file_never_replace_the_declared_ones(transport, api, deadline, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.cloudflare.com login somebody password else")
    monkeypatch.setenv("NETRC", str(netrc))
    api.reply(OK)
    transport.send(GET, deadline)
    assert api.seen[0].headers["Authorization"] == "Bearer s3cret-token"


@pytest.mark.parametrize(("base_url", "proxied"), [("http://127.0.0.1:1", False), ("https://api.example.com", True)])
def test_credentials_never_pass_a_proxy_in_plain_text(clock, api, deadline, monkeypatch, base_url, proxied):
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    direct = Transport(Settings(Credentials(token="t"), base_url=base_url), clock=clock)
    direct.connect().session.mount(base_url, api)
    api.reply(OK)
    direct.send(GET, deadline)
    assert bool(next(iter(api.proxies[0].values()), None)) is proxied


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(transport, api, deadline, status):
    api.reply(Reply(status, body=b"", headers={"Location": "https://evil.example/"}))
    with pytest.raises(TransportError, match="is not the API's JSON"):
        transport.send(POST, deadline)
    assert len(api.seen) == 1


@pytest.mark.parametrize(
    ("error", "reason", "sent"),
    [
        (requests.exceptions.ConnectTimeout(), "no connection within the timeout", False),
        (requests.exceptions.ReadTimeout(), "no response within the timeout", True),
        (requests.exceptions.SSLError(), "the TLS certificate was not accepted", True),
        (requests.exceptions.ProxyError(), "the proxy refused the connection", True),
        (requests.exceptions.ConnectionError("reset"), "the connection failed or was closed", True),
        (
            requests.exceptions.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))),
            "the connection failed",
            False,
        ),
        (requests.exceptions.ChunkedEncodingError(), "the request failed (ChunkedEncodingError)", True),
    ],
)
def test_trouble_on_the_way_is_told_in_plain_words(transport, api, deadline, error, reason, sent):
    api.reply(*[error] * MAX_ATTEMPTS)
    with pytest.raises(TransportError) as caught:
        transport.send(POST, deadline)
    assert reason in str(caught.value)
    assert "0x" not in str(caught.value)
    assert may_have_worked(caught.value) is sent


def test_an_answer_beyond_the_size_limit_is_refused(transport, api, deadline, monkeypatch):
    monkeypatch.setattr(connections, "MAX_BODY_BYTES", 10)
    api.reply(Reply(200, body=b"x" * 11))
    with pytest.raises(TransportError, match="larger than 10 bytes"):
        transport.send(POST, deadline)


def test_an_answer_that_drips_in_beyond_the_deadline_is_given_up(transport, api, clock):
    deadline = Deadline.after(0.0, clock)
    api.reply(Reply(200, body=b"x"))
    with pytest.raises(TransportError, match="the response did not arrive before the timeout") as caught:
        transport.send(POST, deadline)
    assert may_have_worked(caught.value)


@pytest.mark.parametrize(("left", "timeouts"), [(7.0, (7.0, 7.0)), (50.0, (10.0, 50.0)), (0.0, (0.1, 0.1))])
def test_no_time_out_exceeds_what_is_left_of_the_deadline(transport, api, clock, left, timeouts):
    api.reply(requests.exceptions.InvalidURL())
    with pytest.raises(TransportError):
        transport.send(POST, Deadline.after(left, clock))
    assert api.timeouts == [timeouts]


def test_certificates_that_are_not_there_are_named(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authorities.pem")
    with pytest.raises(SettingsError, match=r"^there are no certificates at /nowhere/authorities\.pem"):
        HttpClient(Settings(Credentials(token="t")))


def test_the_persons_own_certificates_are_taken_over(monkeypatch, tmp_path):
    bundle = tmp_path / "authorities.pem"
    bundle.touch()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    assert HttpClient(Settings(Credentials(token="t"))).session.verify == str(bundle)
