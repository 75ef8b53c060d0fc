"""Who is let in, and how often: the rate limit, and the instruments that only programs on this machine may use."""

from __future__ import annotations

import httpx
import pytest

from vectorize_emulator.middleware.access import is_loopback
from vectorize_emulator.middleware.rate_limit import RateLimiter


def test_one_request_too_many_starts_a_block_of_a_whole_window():
    now = [0.0]
    limiter = RateLimiter(lambda: now[0])
    verdicts = [limiter.take("someone", 3, 300) for _ in range(3)]
    assert [(v.remaining, v.refused) for v in verdicts] == [(2, False), (1, False), (0, False)]
    now[0] = 100
    refused = limiter.take("someone", 3, 300)
    assert refused.refused
    assert refused.headers() == {
        "Ratelimit": '"default";r=0;t=300',
        "Ratelimit-Policy": '"default";q=3;w=300',
        "Retry-After": "300",
    }
    assert not limiter.take("another", 3, 300).refused
    now[0] = 399
    assert limiter.take("someone", 3, 300).headers()["Retry-After"] == "1"
    now[0] = 400
    assert not limiter.take("someone", 3, 300).refused


def test_the_limit_answers_429_with_retry_after(api):
    api.control("PATCH", "/settings", {"rate_limit": 2, "rate_window_s": 60})
    answers = [api.call("GET", "") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].code == 971
    assert answers[2].message.startswith("More than 2 requests per 60 seconds reached.")
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    stranger = {"Authorization": "Bearer wrong"}
    refused = [api.call("GET", "", headers=stranger) for _ in range(3)]
    assert [answer.status for answer in refused] == [401, 401, 429]
    assert [answer.headers["ratelimit"].partition(";t")[0] for answer in refused] == [
        '"default";r=1',
        '"default";r=0',
        '"default";r=0',
    ]
    api.control("PATCH", "/settings", {"rate_limit": 0})
    assert "ratelimit" not in api.call("GET", "").headers


FOREIGN = {
    "rebound": {"Host": "evil.example"},
    "cross": {"Origin": "https://evil.example"},
    "other-port": {"Origin": "http://127.0.0.1:3000"},
    "sandboxed": {"Origin": "null"},
    "no-url": {"Origin": "http://["},
    "unclosed-bracket": {"Host": "[::1"},
    "no-host": {"Host": ""},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("path", ["/_emulator/requests", "/"])
def test_a_web_page_cannot_reach_the_instruments(api, headers, path):
    base = api.control_url.removesuffix("/_emulator")
    assert httpx.get(base + path, headers=headers).status_code == 403
    assert httpx.get(base + path, headers={"Origin": base}).status_code == 200
    assert httpx.get(base + path).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_web_page_cannot_reach_the_api(api, headers, method):
    """Also not by a name that it binds to 127.0.0.1 after it was loaded."""
    url = f"{api.account_url}/vectorize/v2/indexes"
    answer = api.http.request(method, url, headers={**api.headers, **headers})
    assert (answer.status_code, answer.text) == (403, "only for callers on this machine\n")
    assert answer.headers["Connection"] == "close"


def test_an_encoded_slash_is_a_part_of_a_name(api):
    api.create("docs")
    found = [api.call("GET", f"/{name}") for name in ("docs%2Finfo", "docs%2finfo", "docs/info", "%64ocs")]
    assert [answer.status for answer in found] == [found[0].status, found[0].status, 200, 200]
    assert found[0].status in (404, 410)


def test_a_caller_from_another_machine_cannot_reach_the_instruments(vectorize_emulator_server):
    import asyncio

    from vectorize_emulator.app import build_app

    async def ask(peer):
        transport = httpx.ASGITransport(build_app(vectorize_emulator_server.context), client=(peer, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get("/_emulator/settings")).status_code

    assert [asyncio.run(ask(peer)) for peer in ("127.0.0.1", "::1", "192.0.2.7")] == [200, 200, 403]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.7", False),
        ("localhost", True),
        ("192.0.2.7", False),
        ("example.com", False),
        ("testserver", False),
        ("", False),
    ],
)
def test_loopback_is_recognized(host, expected):
    assert is_loopback(host) is expected
