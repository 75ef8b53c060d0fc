"""One request: what is retried and what is not, what every error says, and what never leaves the process."""

import pytest
import requests

from pulumi_cloudflare_vectorize.api.response import HttpResponse, Request, decode
from pulumi_cloudflare_vectorize.api.retry import MAX_ATTEMPTS, is_worth_retrying, may_have_worked
from pulumi_cloudflare_vectorize.errors import (
    AlreadyExistsError,
    ApiError,
    AuthenticationError,
    DeadlineError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransportError,
)
from pulumi_cloudflare_vectorize.waiting import Deadline
from tests.unit.fakes import BROKEN, INDEXES, LOST, Reply

GET = Request('read index "docs"', "GET", f"{INDEXES}/docs")
POST = Request('create index "docs"', "POST", INDEXES, {"name": "docs"})
DELETE = Request('delete index "docs"', "DELETE", f"{INDEXES}/docs")
OK = Reply(result={"fine": True})


def api_error(status, code=0, message="text"):
    with pytest.raises(ApiError) as caught:
        decode(GET, HttpResponse(status, {}, Reply(status, code=code or 1, message=message).bytes() if code else b""))
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, 3000, NotFoundError),
        (400, 3000, NotFoundError),
        (410, 3005, NotFoundError),
        (400, 3005, NotFoundError),
        (404, 7003, ApiError),
        (404, 7000, ApiError),
        (400, 3002, AlreadyExistsError),
        (409, 3002, AlreadyExistsError),
        (200, 3002, AlreadyExistsError),
        (401, 10000, AuthenticationError),
        (403, 10000, AuthenticationError),
        (400, 9106, AuthenticationError),
        (403, 0, AuthenticationError),
        (429, 0, RateLimitedError),
        (429, 10100, RateLimitedError),
        (400, 40041, RateLimitedError),
        (400, 971, RateLimitedError),
        (500, 0, ServerError),
        (503, 1, ServerError),
        (504, 0, ServerError),
        (400, 3003, ApiError),
        (400, 0, ApiError),
        (200, 1, ApiError),
    ],
)
def test_an_error_is_known_by_its_code_first_and_its_status_second(status, code, kind):
    assert type(api_error(status, code)) is kind


RETRY_TABLE = [
    # error, GET and DELETE are retried, POST is retried
    (RateLimitedError, 429, 0, True, True),
    (RateLimitedError, 400, 40041, True, True),
    (RateLimitedError, 400, 971, True, True),
    (ServerError, 500, 0, True, False),
    (ServerError, 504, 0, True, False),
    (AuthenticationError, 401, 10000, False, False),
    (NotFoundError, 404, 3000, False, False),
    (AlreadyExistsError, 400, 3002, False, False),
    (ApiError, 400, 3003, False, False),
]


@pytest.mark.parametrize(("kind", "status", "code", "repeatable", "post"), RETRY_TABLE)
def test_behavior_25_the_retry_policy_is_this_table(kind, status, code, repeatable, post):
    error = api_error(status, code)
    assert type(error) is kind
    assert [is_worth_retrying(request, error) for request in (GET, DELETE, POST)] == [repeatable, repeatable, post]


@pytest.mark.parametrize(("worked", "post"), [(True, False), (False, True)])
def test_a_post_is_repeated_after_a_lost_connection_only_if_it_was_never_sent(worked, post):
    error = TransportError("x", may_have_worked=worked)
    assert [is_worth_retrying(request, error) for request in (GET, POST)] == [True, post]
    assert may_have_worked(error) is worked


def test_a_foreign_error_is_not_retried():
    assert not is_worth_retrying(GET, KeyError())


def test_the_result_comes_out_of_the_envelope_with_the_servers_time(transport, api, deadline):
    api.reply(Reply(result=[1], headers={"Date": "Thu, 01 Jan 1970 00:01:40 GMT"}))
    answer = transport.send(GET, deadline)
    assert (answer.result, answer.server_time_s) == ([1], 100.0)


@pytest.mark.parametrize("date", ["nonsense", ""])
def test_a_malformed_date_is_no_date(transport, api, deadline, date):
    api.reply(Reply(result=1, headers={"Date": date}))
    assert transport.send(GET, deadline).server_time_s is None


def test_any_2xx_is_a_success(transport, api, deadline):
    api.reply(Reply(201, result=1))
    assert transport.send(POST, deadline).result == 1


def test_a_get_comes_through_a_bad_minute(transport, api, deadline, clock, said):
    api.reply(BROKEN, LOST, requests.exceptions.ReadTimeout(), Reply(503, body=b"<html>"), OK)
    assert transport.send(GET, deadline).result == {"fine": True}
    assert len([pause for pause in clock.sleeps if pause]) == 4
    assert all(kind == "progress" and "trying again in" in text for kind, text in said)
    assert not any(" — " in text for _, text in said), "what to do is for errors: this goes on by itself"


def test_tries_of_one_request_are_bounded(transport, api, deadline):
    api.reply(*[BROKEN] * MAX_ATTEMPTS)
    with pytest.raises(ServerError):
        transport.send(GET, deadline)
    assert len(api.seen) == MAX_ATTEMPTS == 8


def test_a_post_is_not_repeated_after_a_500(transport, api, deadline):
    api.reply(BROKEN)
    with pytest.raises(ServerError):
        transport.send(POST, deadline)


def test_retry_after_is_obeyed_however_long(transport, api, clock):
    api.reply(Reply(429, code=1, message="slow down", headers={"Retry-After": "250"}), OK)
    transport.send(POST, Deadline.after(300.0, clock))
    assert 250.0 <= sum(clock.sleeps) <= 252.0


def test_a_rate_limit_is_waited_for_as_often_as_it_takes(transport, api, deadline):
    api.reply(*[Reply(429, body=b"", headers={"Retry-After": "1"})] * 20, OK)
    assert transport.send(POST, deadline).result == {"fine": True}


def test_a_five_minute_block_does_not_fail_a_five_minute_operation(transport, api, clock):
    api.reply(Reply(429, body=b"", headers={"Retry-After": "300"}), OK)
    transport.send(GET, Deadline(clock.now() + 300.0, clock, block_grace_s=330.0))


def test_a_retry_after_beyond_the_deadline_fails_at_once(transport, api, clock):
    api.reply(Reply(429, code=10100, message="More than 1200 requests", headers={"Retry-After": "300"}))
    with pytest.raises(RateLimitedError, match="More than 1200 requests"):
        transport.send(GET, Deadline.after(60.0, clock))
    assert sum(clock.sleeps) == 0


def test_a_block_holds_other_requests_of_the_process_too(transport, api, clock, deadline, said):
    api.reply(Reply(429, body=b"", headers={"Retry-After": "30"}))
    with pytest.raises(RateLimitedError):
        transport.send(GET, Deadline.after(10.0, clock))
    assert sum(clock.sleeps) == 0
    api.reply(OK)
    transport.send(DELETE, deadline, said.progress)
    assert sum(clock.sleeps) == pytest.approx(30.0, abs=1.0)
    assert said == [("progress", "waiting about 30 s for the API's rate limit")]


def test_a_five_minute_block_that_another_request_was_told_of_fails_no_five_minute_operation(transport, api, clock):
    api.reply(Reply(429, body=b"", headers={"Retry-After": "300"}))
    with pytest.raises(RateLimitedError):
        transport.send(GET, Deadline.after(10.0, clock))
    api.reply(OK)
    transport.send(POST, Deadline(clock.now() + 300.0, clock, block_grace_s=330.0))
    assert sum(clock.sleeps) == pytest.approx(300.0, abs=1.0)


def test_a_time_out_of_the_persons_own_is_not_put_off_by_a_block(transport, clock):
    transport._limiter.block(300.0)
    with pytest.raises(DeadlineError, match=r"which is after the timeout \(GET /accounts/.*/docs\)\. "):
        transport.send(GET, Deadline(clock.now() + 300.0, clock, is_fixed=True))
    assert clock.sleeps == []


@pytest.mark.parametrize("value", ["soon", "-1", "1.5", "Thu, 01 Jan 1970 00:01:40 GMT", "", "9" * 5000])
def test_a_retry_after_in_the_past_or_without_a_meaning_is_ignored(transport, api, deadline, clock, value):
    api.reply(Reply(429, body=b"", headers={"Retry-After": value}), OK)
    transport.send(GET, deadline)
    assert sum(clock.sleeps) <= 0.5


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("body", [b"", b"<html>not here</html>", b'{"error": "no such page"}'])
def test_a_not_found_that_is_not_the_apis_says_nothing_of_the_index(transport, api, deadline, status, body):
    api.reply(*[Reply(status, body=body)] * MAX_ATTEMPTS)
    with pytest.raises(TransportError, match="Check the base URL"):
        transport.send(GET, deadline)


def test_a_secret_at_the_border_of_the_text_is_blotted_out_whole(transport, api, deadline):
    api.reply(Reply(400, code=1, message="x" * 990 + " s3cret-token"))
    with pytest.raises(ApiError) as caught:
        transport.send(GET, deadline)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'{"result": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_success_that_is_not_the_apis_json_is_an_error_that_names_the_base_url(transport, api, deadline, body):
    api.reply(Reply(200, body=body))
    with pytest.raises(TransportError) as caught:
        transport.send(POST, deadline)
    assert "Check the base URL" in str(caught.value)
    assert may_have_worked(caught.value)


def test_success_false_with_200_is_an_error_and_is_not_retried(transport, api, deadline):
    api.reply(Reply(200, code=1234, message="no"))
    with pytest.raises(ApiError, match=r"cannot read index \"docs\": no \(GET .*/docs → 200, code 1234\)"):
        transport.send(GET, deadline)


def test_behavior_27_an_error_names_operation_index_place_status_code_message_ray_and_advice(transport, api, deadline):
    api.reply(Reply(403, code=10000, message="Authentication error", headers={"cf-ray": "8a-FRA"}))
    with pytest.raises(AuthenticationError) as caught:
        transport.send(GET, deadline)
    assert str(caught.value).startswith(
        f'cannot read index "docs": Authentication error (GET {INDEXES}/docs → 403, code 10000, ray 8a-FRA). The token in '
    )
    assert caught.value.code == 10000


@pytest.mark.parametrize(
    ("status", "code", "message", "advice"),
    [
        (400, 1005, "vectorize.not_entitled", "Vectorize is not enabled for this account"),
        (403, 0, "", 'permission "Vectorize: Edit"'),
        (404, 7003, "Could not route", "Check the account ID"),
        (404, 7000, "No route for that URI", "Check the account ID"),
        (
            400,
            3004,
            "vectorize.index.limit_exceeded - the account already has 100 indexes",
            "The account probably contains",
        ),
        (403, 1, "You have reached the maximum number of indexes", "The account probably contains"),
        (400, 40061, "too many metadata indexes; an index has at most 10", ""),
        (400, 3003, "vectorize.index.invalid_config", "Check dimensions, metric and preset"),
        (400, 12345, "something new", ""),
        (429, 0, "", "Run the command again later"),
        (400, 40041, "Too Many Requests", "Run the command again later"),
        (502, 0, "", "The API has a problem"),
    ],
)
def test_behavior_08_each_known_trouble_has_its_own_advice(status, code, message, advice):
    error = api_error(status, code, message)
    assert advice in error.fix
    assert bool(error.fix) == bool(advice)


@pytest.mark.parametrize("errors", [None, [], "text", ["text"], [{"code": "x"}], [{}], {"code": 1}])
def test_a_malformed_errors_list_still_gives_one_clean_line(errors):
    body = Reply(400, body=None).bytes().replace(b'"success": true', b'"success": false')
    import json

    envelope = json.loads(body) | {"errors": errors}
    with pytest.raises(ApiError) as caught:
        decode(GET, HttpResponse(400, {}, json.dumps(envelope).encode()))
    assert "→ 400" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_error_text_is_one_line_of_bounded_length_without_secrets(transport, api, deadline):
    api.reply(Reply(400, code=1, message="line one\nline two s3cret-token " + "x" * 5000))
    with pytest.raises(ApiError) as caught:
        transport.send(GET, deadline)
    text = str(caught.value)
    assert "line one line two [secret] x" in text
    assert "s3cret" not in text
    assert len(text) < 1300
