"""The door out, against answers no one wishes for."""

import asyncio
import gzip
import json
import zlib
from contextlib import suppress
from datetime import timedelta

import pytest
from aiohttp import web

from character_sync.adapters.battle_net.client import BattleNetClient, http_session
from character_sync.adapters.battle_net.request_budget import RequestPacer
from character_sync.adapters.battle_net.responses import Verdict
from character_sync.adapters.battle_net.transport import LARGEST_ANSWER
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCredentialsRefused,
    BattleNetError,
    BattleNetRateLimited,
    BattleNetUnavailable,
)
from character_sync.domain.game import Region
from character_sync.ports import Secret

PATH = ("profile", "wow", "character", "stormrage", "sheday")
PLAYER = Secret("player-token")


@pytest.fixture
def get(client, turn):
    def get(**more):
        return client.get(Region.EU, "profile-eu", PATH, turn=turn, **more)

    return get


def tokens(battle_net):
    return [seen for seen in battle_net.seen if seen.path == "/oauth/token"]


async def test_our_token_is_fetched_once_by_all_who_ask_at_once(get, battle_net, say):
    battle_net.api = say(200, {"id": 1})
    replies = await asyncio.gather(*(get() for _ in range(20)))
    assert {reply.verdict for reply in replies} == {Verdict.OK}
    (asked,) = tokens(battle_net)
    assert asked.form == {"grant_type": "client_credentials"}
    assert asked.headers["Authorization"] == "Basic c2FuZGJveDpzaGg="


async def test_our_token_is_fetched_again_a_minute_before_its_end(get, battle_net, say, say_in_turn, clock):
    battle_net.api = say(200, {"id": 1})
    battle_net.token = say_in_turn(
        say(200, {"access_token": "app-1", "expires_in": 3600}), say(200, {"access_token": "app-2", "expires_in": 3600})
    )
    await get()
    clock.now += timedelta(seconds=3539)
    await get()
    clock.now += timedelta(seconds=1)
    await get()
    assert [asked.headers["Authorization"] for asked in battle_net.asked] == [
        "Bearer app-1",
        "Bearer app-1",
        "Bearer app-2",
    ]


async def test_our_refused_token_is_renewed_once_for_all(get, battle_net, say, say_in_turn, budget):
    async def api(request):
        is_new = request.headers["Authorization"] == "Bearer app-2"
        return await (say(200, {"id": 1}) if is_new else say(401, {}))(request)

    battle_net.api = api
    battle_net.token = say_in_turn(say(200, {"access_token": "app-1"}), say(200, {"access_token": "app-2"}))
    replies = await asyncio.gather(*(get() for _ in range(10)))
    assert {reply.verdict for reply in replies} == {Verdict.OK}
    assert len(tokens(battle_net)) == 2
    assert len(budget.admitted) == budget.departed == 20  # a second request is a request


async def test_our_token_refused_twice_is_for_the_operator(get, battle_net, say):
    battle_net.api = say(401, {})
    with pytest.raises(BattleNetCredentialsRefused):
        await get()
    assert len(battle_net.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_our_credentials_refused(get, battle_net, say, status, budget):
    battle_net.token = say(status, {"error": "invalid_client"})
    with pytest.raises(BattleNetCredentialsRefused):
        await get()
    assert budget.admitted == []


async def test_a_caller_that_gives_up_on_our_token_leaves_it_to_the_others(get, battle_net, say):
    battle_net.api = say(200, {"id": 1})
    is_asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(_):
        is_asked.set()
        await may_answer.wait()
        return web.json_response({"access_token": "app-1"})

    battle_net.token = slow
    first, second = asyncio.create_task(get()), asyncio.create_task(get())
    await is_asked.wait()
    first.cancel()
    may_answer.set()
    assert (await second).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("header", "closed_for"),
    [
        (None, None),
        ("7", 7),
        ("0", 0),
        ("abc", None),
        ("-5", None),
        ("999999", 900),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30),
    ],
)
async def test_a_rate_limit_closes_the_gate_for_what_battle_net_asks(get, battle_net, say, budget, header, closed_for):
    battle_net.api = say(429, {"code": 429}, **({} if header is None else {"Retry_After": header}))
    with pytest.raises(BattleNetRateLimited):
        await get(token=PLAYER)
    assert budget.closed_for == [None if closed_for is None else timedelta(seconds=closed_for)]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_an_outage(get, battle_net, say, status, budget):
    battle_net.api = say(status, {})
    with pytest.raises(BattleNetUnavailable):
        await get(token=PLAYER)
    assert budget.departed == 1


async def test_a_page_instead_of_json(get, battle_net, say):
    battle_net.api = say(200, b"<html>", Content_Type="text/html")
    with pytest.raises(BattleNetUnavailable):
        await get(token=PLAYER)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(get, battle_net, say, status):
    battle_net.api = say(status, b"", Location=battle_net.url + "/api/elsewhere")
    with pytest.raises(BattleNetUnavailable):
        await get(token=PLAYER)
    assert len(battle_net.seen) == 1


async def test_compressed_answers_are_read(get, battle_net, say):
    body = json.dumps({"id": 1, "name": "x" * 1_000}).encode()
    battle_net.api = say(200, gzip.compress(body), Content_Encoding="gzip")
    assert (await get(token=PLAYER)).answer.body == body
    assert battle_net.asked[0].headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("body", "encoding", "error"),
    [
        pytest.param(b" " * (LARGEST_ANSWER + 1), "identity", BattleNetAnswerUnreadable, id="huge"),
        pytest.param(gzip.compress(bytes(32 * LARGEST_ANSWER)), "gzip", BattleNetAnswerUnreadable, id="bomb"),
        pytest.param(b"{}", "gzip", BattleNetAnswerUnreadable, id="not what it says"),
        pytest.param(zlib.compress(b"{}"), "br", BattleNetAnswerUnreadable, id="not asked for"),
        pytest.param(gzip.compress(b'{"id":1}' * 99)[:-9], "gzip", BattleNetUnavailable, id="cut off"),
    ],
)
async def test_a_body_that_cannot_be_taken(get, battle_net, say, budget, body, encoding, error):
    battle_net.api = say(200, body, Content_Encoding=encoding)
    with pytest.raises(error):
        await get(token=PLAYER)
    assert budget.departed == 1


async def test_an_answer_without_end_is_left(get, battle_net):
    async def endless(request):
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * 65_536)
        except (ConnectionError, OSError):
            return response

    battle_net.api = endless
    with pytest.raises(BattleNetAnswerUnreadable):
        await get(token=PLAYER)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="hung up"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", id="ended early"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", id="ended in a chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", id="huge header"),
        pytest.param(b"not HTTP at all\r\n\r\n", id="no HTTP"),
    ],
)
async def test_a_broken_answer(http, budget, clock, turn, sent):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        client = client_of(http, server.sockets[0].getsockname()[1], budget, clock)
        with pytest.raises(BattleNetUnavailable):
            await client.get(Region.EU, "profile-eu", PATH, turn=turn, token=PLAYER)
    assert budget.departed == 1


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"])
async def test_an_answer_that_never_ends_is_given_up(budget, clock, turn, drip):
    is_over = asyncio.Event()

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(drip)
        await is_over.wait()
        writer.close()

    async with http_session(timeout_seconds=0.05) as http, await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        client = client_of(http, server.sockets[0].getsockname()[1], budget, clock)
        with pytest.raises(BattleNetUnavailable):
            await client.get(Region.EU, "profile-eu", PATH, turn=turn, token=PLAYER)
        is_over.set()


async def test_whoever_gives_battle_net_more_time_waits_longer_for_its_next_byte_too():
    async with http_session(timeout_seconds=20) as usual, http_session(timeout_seconds=90) as patient:
        assert (usual.timeout.sock_read, patient.timeout.sock_read) == (10, 45)


async def test_nobody_there(http, budget, clock, turn):
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    with pytest.raises(BattleNetUnavailable):
        await client_of(http, port, budget, clock).get(Region.EU, "profile-eu", PATH, turn=turn, token=PLAYER)
    assert budget.departed == 1


def client_of(http, port, budget, clock, **more):
    return BattleNetClient(
        http,
        api_url=f"http://127.0.0.1:{port}/api/{{region}}/",
        oauth_url=f"http://127.0.0.1:{port}/oauth/",
        client_id="sandbox",
        client_secret=Secret("shh"),
        budget=budget,
        clock=clock,
        user_agent="test",
        **more,
    )


async def test_a_request_leaves_before_its_answer(get, battle_net, budget):
    """So that the budget's second begins when the server's does, not a round trip later."""
    departed_when_asked = []

    async def api(_):
        departed_when_asked.append(budget.departed)
        return web.json_response({"id": 1})

    battle_net.api = api
    await get(token=PLAYER)
    assert departed_when_asked == [1]
    assert budget.departed == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (304, "not_modified"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (429, "rate_limited"),
        (503, "unavailable"),
        (418, "unreadable"),
    ],
)
async def test_every_request_is_counted_by_what_came_of_it(get, battle_net, say, budget, status, outcome):
    battle_net.api = say(status, {})
    with suppress(BattleNetError):
        await get(token=PLAYER)
    assert budget.outcomes == [outcome]


async def test_an_answer_that_takes_too_long_is_counted_as_a_timeout(battle_net, budget, clock, turn):
    async def hang(_):
        await asyncio.Event().wait()

    battle_net.api = hang
    async with http_session(timeout_seconds=0.05) as http:
        client = client_of(http, battle_net.url.rpartition(":")[2], budget, clock)
        with pytest.raises(BattleNetUnavailable):
            await client.get(Region.EU, "profile-eu", PATH, turn=turn, token=PLAYER)
    assert budget.outcomes == ["timeout"]


async def test_how_long_each_answer_took_is_told_and_how_long_was_waited_for_one_that_did_not_come(
    http, battle_net, say, budget, clock, turn
):
    told, moments = [], iter([10.0, 10.25, 20.0, 25.0])
    client = client_of(
        http,
        battle_net.url.rpartition(":")[2],
        budget,
        clock,
        took=lambda *one: told.append(one),
        monotonic=lambda: next(moments),
    )

    async def cut_off(request):
        request.transport.close()
        await asyncio.Event().wait()

    battle_net.api = say(200, {})
    await client.get(Region.EU, "profile-eu", PATH, turn=turn, token=PLAYER)
    battle_net.api = cut_off
    with pytest.raises(BattleNetUnavailable):
        await client.get(Region.KR, "profile-kr", PATH, turn=turn, token=PLAYER)
    assert told == [(Region.EU, 0.25), (Region.KR, 5.0)]


async def test_a_cancelled_request_gives_its_place_back(http, battle_net, clock, turn):
    pacer = RequestPacer(per_second=1, per_hour=0)
    client = client_of(http, battle_net.url.rpartition(":")[2], pacer, clock)
    is_asked = asyncio.Event()

    async def hang(_):
        is_asked.set()
        await asyncio.Event().wait()

    battle_net.api = hang
    task = asyncio.create_task(client.get(Region.EU, "profile-eu", PATH, turn=turn, token=PLAYER))
    await is_asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not pacer.windows._leaving


@pytest.mark.parametrize(
    ("template", "base"),
    [
        ("https://{region}.api.blizzard.com", "https://tw.api.blizzard.com"),
        ("http://[::1]:9/a/{region}/", "http://[::1]:9/a/tw"),
    ],
)
def test_addresses_are_built_from_the_template(http_less_client, template, base):
    url = http_less_client(template)._url(Region.TW, ("profile", "user", "wow"))
    assert str(url) == f"{base}/profile/user/wow?locale=en_US"


@pytest.fixture
async def http_less_client(http, budget, clock):
    return lambda template: BattleNetClient(
        http,
        api_url=template,
        oauth_url="http://127.0.0.1:9",
        client_id="x",
        client_secret=Secret("x"),
        budget=budget,
        clock=clock,
        user_agent="test",
    )
