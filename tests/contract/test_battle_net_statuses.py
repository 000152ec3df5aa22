"""What each kind of answer is taken for: one row per answer."""

from datetime import UTC, datetime, timedelta

import pytest

from character_sync.adapters.battle_net.responses import Verdict, facet_refusal, judge, listing_refusal
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
JSON = {"content-type": "application/json;charset=UTF-8"}
HTML = {"content-type": "text/html; charset=UTF-8"}
PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"


@pytest.mark.parametrize(
    ("status", "headers", "body", "verdict"),
    [
        pytest.param(200, JSON, b'{"id":1}', Verdict.OK, id="200"),
        pytest.param(200, {}, b'{"id":1}', Verdict.OK, id="200 of no type"),
        pytest.param(200, {"content-type": "application/hal+json"}, b"{}", Verdict.OK, id="200 of another JSON type"),
        pytest.param(304, {}, b"", Verdict.NOT_MODIFIED, id="304"),
        pytest.param(
            401, JSON, b'{"code":401,"type":"BLZWEBAPI00000401","detail":"x"}', Verdict.UNAUTHORIZED, id="401"
        ),
        pytest.param(401, {}, b"", Verdict.UNAUTHORIZED, id="401 empty"),
        pytest.param(
            403, JSON, b'{"code":403,"type":"BLZWEBAPI00000403","detail":"Forbidden"}', Verdict.FORBIDDEN, id="403"
        ),
        pytest.param(404, {}, b"", Verdict.NOT_FOUND, id="404 empty"),
        pytest.param(410, JSON, b"{}", Verdict.NOT_FOUND, id="410"),
    ],
)
def test_an_answer_is(status, headers, body, verdict):
    assert judge(status, headers, body, now=NOW) is verdict


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        pytest.param(200, HTML, PAGE, id="200 with a page"),
        pytest.param(200, JSON, PAGE, id="200 with a page that says it is JSON"),
        pytest.param(200, {"content-type": "text/plain"}, b"upstream gone", id="200 with text"),
        pytest.param(200, JSON, b"", id="200 empty"),
        pytest.param(200, JSON, b" \r\n", id="200 blank"),
        pytest.param(204, {}, b"", id="204"),
        pytest.param(302, {"location": "http://169.254.169.254/"}, b"", id="302"),
        pytest.param(308, {"location": "https://evil.example/"}, b"", id="308"),
        pytest.param(403, HTML, PAGE, id="403 with a page: the way is blocked, not the character"),
        pytest.param(404, HTML, PAGE, id="404 with a page"),
        pytest.param(408, JSON, b"{}", id="408"),
        pytest.param(500, JSON, b"{}", id="500"),
        pytest.param(502, HTML, PAGE, id="502"),
        pytest.param(503, HTML, PAGE, id="503"),
        pytest.param(504, {}, b"", id="504"),
        pytest.param(596, HTML, b"596 Service Not Found", id="596 of the Mashery years"),
        pytest.param(0, {}, b"", id="no status"),
    ],
)
def test_battle_net_is_unavailable(status, headers, body):
    with pytest.raises(BattleNetUnavailable):
        judge(status, headers, body, now=NOW)


@pytest.mark.parametrize("status", [400, 405, 406, 414, 422, 431])
def test_a_question_they_do_not_know_is_for_an_operator(status):
    with pytest.raises(BattleNetAnswerUnreadable):
        judge(status, JSON, b'{"code":400}', now=NOW)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("0", timedelta()),
        ("7", timedelta(seconds=7)),
        (" 7 ", timedelta(seconds=7)),
        ("900", timedelta(minutes=15)),
        ("999999", timedelta(minutes=15)),
        ("9" * 400, timedelta(minutes=15)),
        ("-1", None),
        ("1.5", None),
        ("abc", None),
        ("٧", None),  # a digit, and no number to HTTP
        ("Mon, 23 Nov 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Mon, 23 Nov 2026 11:59:30 GMT", None),
        ("Mon, 23 Nov 2099 12:00:00 GMT", timedelta(minutes=15)),
        ("Mon, 99 Nov 2026 12:00:30 GMT", None),
    ],
)
@pytest.mark.parametrize(("kind", "body"), [(JSON, b'{"code":429}'), (HTML, PAGE), ({}, b"")])
def test_a_rate_limit_waits_as_long_as_they_ask(header, wait, kind, body):
    headers = kind if header is None else {**kind, "retry-after": header}
    with pytest.raises(BattleNetRateLimited) as limited:
        judge(429, headers, body, now=NOW)
    assert limited.value.retry_after == wait


@pytest.mark.parametrize(
    ("name", "status", "verdict"),
    [
        ("captured/error.404.blzwebapi.1.json", 404, Verdict.NOT_FOUND),
        ("captured/error.404.blzwebapi.character_not_found.2.json", 404, Verdict.NOT_FOUND),
        ("captured/error.403.account_inactive.legacy.json", 403, Verdict.FORBIDDEN),
        ("captured/oauth_error.invalid_token.json", 401, Verdict.UNAUTHORIZED),
    ],
)
def test_a_recorded_error_is(sample, name, status, verdict):
    assert judge(status, JSON, sample(name), now=NOW) is verdict


@pytest.mark.parametrize(
    ("verdict", "headers", "body", "error"),
    [
        (Verdict.UNAUTHORIZED, {}, b"", BattleNetTokenInvalid),
        (Verdict.FORBIDDEN, JSON, b'{"error":"insufficient_scope"}', BattleNetTokenInvalid),
        (Verdict.FORBIDDEN, {"www-authenticate": 'Bearer error="insufficient_scope"'}, b"", BattleNetTokenInvalid),
        (Verdict.FORBIDDEN, JSON, b'{"code":403,"type":"BLZWEBAPI00000403"}', BattleNetUnavailable),
        (Verdict.NOT_MODIFIED, {}, b"", BattleNetUnavailable),
    ],
)
def test_a_listing_is_refused_with(verdict, headers, body, error):
    assert type(listing_refusal(verdict, headers, body)) is error


@pytest.mark.parametrize(
    ("verdict", "error"),
    [
        (Verdict.UNAUTHORIZED, BattleNetTokenInvalid),
        (Verdict.FORBIDDEN, BattleNetCharacterHidden),
        (Verdict.NOT_FOUND, BattleNetCharacterHidden),
        (Verdict.NOT_MODIFIED, BattleNetUnavailable),
    ],
)
def test_a_facet_is_refused_with(verdict, error):
    assert type(facet_refusal(verdict)) is error


def test_a_hidden_character_says_whether_it_was_found():
    forbidden, missing = facet_refusal(Verdict.FORBIDDEN), facet_refusal(Verdict.NOT_FOUND)
    assert isinstance(forbidden, BattleNetCharacterHidden)
    assert isinstance(missing, BattleNetCharacterHidden)
    assert (forbidden.found, missing.found) == (True, False)
