"""Watching a sync over Socket.IO: joining early, late, after the end, and where one may not."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import aiohttp
import pytest
import socketio

from character_sync.adapters.database.engine import POOL_SIZE
from character_sync.bootstrap import build_service
from character_sync.entrypoints.identity import Identity
from support.held_back import GEAR, hold_back, let_go
from support.service import RunningService, connect

ABSENT = "00000000-0000-4000-8000-000000000000"


async def test_joining_late_begins_with_the_state_as_it_is(service: RunningService) -> None:
    await service.control("POST", "settings", {"latencyMs": 100})
    async with service.player("sixty") as player, player.socket() as early, player.socket() as late:
        started = await player.start_sync("retail", "eu")
        await early.join(started["sessionId"])
        await early.until(lambda watch: watch.events and watch.events[-1][1]["processedCharacters"] >= 10)
        ack = await late.join(started["sessionId"])
        await asyncio.gather(early.end(), late.end())

    assert ack["ok"]
    assert ack["snapshot"]["processedCharacters"] >= 10
    assert late.events[0][1]["seq"] >= ack["snapshot"]["seq"]
    assert late.events[-1] == early.events[-1]


async def test_joining_after_the_end_tells_the_end_once(service: RunningService) -> None:
    async with service.player("six") as player, player.socket() as watch:
        snapshot = await player.sync()
        ack = await watch.join(snapshot["sessionId"])
        await watch.end()

    assert ack == {"ok": True, "snapshot": snapshot}
    assert [name for name, _ in watch.events] == ["sync-complete"]


@pytest.mark.parametrize("event", ["join-session", "joinSession", "subscribe"])
@pytest.mark.parametrize("bare", [True, False], ids=["bare", "object"])
async def test_a_join_has_aliases_and_takes_a_bare_id(service: RunningService, event: str, *, bare: bool) -> None:
    async with service.player("empty") as player, player.socket() as watch:
        session_id = (await player.start_sync())["sessionId"]
        ack = await watch.client.call(event, session_id if bare else {"sessionId": session_id})

    assert ack["ok"]


async def test_someone_elses_session_looks_like_one_that_is_not_there(service: RunningService) -> None:
    async with service.player("six") as owner, service.player("sixty") as stranger, stranger.socket() as watch:
        session_id = (await owner.sync())["sessionId"]
        foreign = await watch.join(session_id)
        missing = await watch.join(ABSENT)

    assert foreign == missing
    assert (foreign["ok"], foreign["error"]["code"]) == (False, "not_found")
    assert watch.events == []


@pytest.mark.parametrize("data", [None, 7, {}, {"sessionId": None}, "nonsense", ["a"], {"sessionId": {"a": 1}}])
async def test_a_join_that_names_no_session_is_an_invalid_request(service: RunningService, data: object) -> None:
    async with service.player("empty") as player, player.socket() as watch:
        ack = await watch.join(data)

    assert (ack["ok"], ack["error"]["code"]) == (False, "invalid_request")


async def test_after_leaving_nothing_more_is_told(service: RunningService) -> None:
    await hold_back(service.control)
    async with service.player("six") as player, player.socket() as left, player.socket() as stayed:
        started = await player.start_sync()
        await left.join(started["sessionId"])
        await stayed.join(started["sessionId"])
        ack = await left.client.call("leave-session", {"sessionId": started["sessionId"]})
        told = len(left.events)
        await let_go(service.control)
        await stayed.end()

    assert ack == {"ok": True}
    assert len(left.events) == told


async def test_joining_twice_tells_each_event_once(service: RunningService) -> None:
    await hold_back(service.control)
    async with service.player("six") as player, player.socket() as watch:
        started = await player.start_sync()
        await watch.join(started["sessionId"])
        await watch.join(started["sessionId"])
        await let_go(service.control)
        await watch.end()
        sequence = [message["seq"] for _, message in watch.events]

    assert [name for name, _ in watch.events].count("sync-complete") == 1
    assert sequence == sorted(sequence)


async def test_a_cancelled_sync_ends_for_its_watchers_and_in_the_rows(service: RunningService) -> None:
    await hold_back(service.control, GEAR, after=20)
    async with service.player("sixty") as player, player.socket() as watch:
        started = await player.start_sync("retail", "eu")
        await watch.join(started["sessionId"])
        await watch.until(lambda watch: watch.events and watch.events[-1][1]["processedCharacters"] == 20)
        cancelled = await player.post(f"/api/v1/sync-sessions/{started['sessionId']}/cancel")
        last = await watch.end()
        await let_go(service.control)
        again = await player.start_sync("retail", "eu")
        await player.finished(again["sessionId"])
        snapshot = await player.get(f"/api/v1/sync-sessions/{started['sessionId']}")

    assert cancelled["status"] == last["status"] == "cancelled"
    assert watch.events[-1][0] == "sync-complete"
    assert snapshot == cancelled
    assert Counter(c["status"] for c in snapshot["characters"]) == {"completed": 20, "cancelled": 40}
    assert snapshot["processedCharacters"] == 20


@pytest.mark.parametrize("auth", [None, {}, {"token": "cs_wrong"}, {"token": None}, {"token": ["a"]}])
async def test_a_socket_without_credentials_is_refused(service: RunningService, auth: object) -> None:
    client = socketio.AsyncClient(reconnection=False)
    reasons: list[object] = []
    client.on("connect_error", reasons.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await connect(client, service.url, auth=auth)
    await client.disconnect()

    assert reasons in ([{"message": "unauthenticated"}], ["unauthenticated"])


async def test_a_realm_is_told_by_its_slug_and_by_the_name_battle_net_gives_it(service: RunningService) -> None:
    async with service.player("six") as player, player.socket() as watch:
        started = await player.start_sync()
        ack = await watch.join(started["sessionId"])
        await watch.end()

    told = [event["currentCharacter"] for _, event in watch.events if "currentCharacter" in event]
    assert told
    assert {(c["realm"], c["realmName"]) for c in [*ack["snapshot"]["characters"], *told]} == {
        ("old-blanchy", "Old Blanchy")
    }


async def test_a_socket_that_comes_while_the_database_is_out_of_reach_is_told_so_at_once(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, reasons = service.parts.database, []
    async with service.player("six") as player, AsyncExitStack() as held:
        monkeypatch.setattr(database.engine.pool, "_timeout", 0.01)
        for _ in range(POOL_SIZE):
            await held.enter_async_context(database.engine.connect())
        client = socketio.AsyncClient(reconnection=False)
        client.on("connect_error", reasons.append)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await connect(client, service.url, auth={"token": player.token})
        await client.disconnect()
        await held.aclose()
        async with player.socket() as later:
            assert later.client.connected

    assert reasons == [{"message": "database_unavailable"}]


async def test_a_socket_is_answered_whatever_breaks_while_it_is_let_in(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An embedding site's own sign-in, say."""

    async def breaks(*_args: object) -> None:
        raise RuntimeError

    reasons: list[object] = []
    async with service.player("six") as player:
        client = socketio.AsyncClient(reconnection=False)
        client.on("connect_error", reasons.append)
        with monkeypatch.context() as broken:
            broken.setattr(Identity, "use", breaks)
            with pytest.raises(socketio.exceptions.ConnectionError):
                await connect(client, service.url, auth={"token": player.token})
        await client.disconnect()

    assert reasons == [{"message": "internal_error"}]


async def test_a_page_may_leave_and_join_again_on_one_connection(service: RunningService) -> None:
    """Its cookie came with the connection, and is kept for that."""
    async with service.player("six") as player, aiohttp.ClientSession() as browser:
        [cookie] = [morsel for morsel in player.browser.cookie_jar if morsel.key == "character_sync"]
        headers = {"Cookie": f"character_sync={cookie.value}", "Origin": service.url}
        async with browser.ws_connect(
            f"{service.url}/socket.io/?EIO=4&transport=websocket", headers=headers
        ) as connection:
            await connection.receive_str()  # engine.io's OPEN
            answers = []
            for _ in range(2):
                await connection.send_str("40")
                answers.append((await connection.receive_str())[:3])
                await connection.send_str("41")

    assert answers == ["40{", "40{"]


@pytest.mark.parametrize(("origin", "welcome"), [("own", True), (None, False), ("https://evil.example", False)])
async def test_a_cookie_opens_a_socket_only_for_our_own_page(
    service: RunningService, origin: str | None, *, welcome: bool
) -> None:
    async with service.player("six") as player:
        [cookie] = [morsel for morsel in player.browser.cookie_jar if morsel.key == "character_sync"]
        headers = {"Cookie": f"character_sync={cookie.value}"}
        if origin is not None:
            headers["Origin"] = service.url if origin == "own" else origin
        client = socketio.AsyncClient(reconnection=False)
        try:
            await connect(client, service.url, headers=headers)
            connected = True
        except socketio.exceptions.ConnectionError:
            connected = False
        await client.disconnect()

    assert connected == welcome


async def test_polling_is_not_offered(service: RunningService) -> None:
    async with service.player("six") as player:
        client = socketio.AsyncClient(reconnection=False)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(service.url, auth={"token": player.token}, transports=["polling"])
        await client.disconnect()


async def test_a_join_of_a_socket_that_is_gone_watches_nothing(service: RunningService) -> None:
    gateway = build_service(service.parts).gateway
    ack = await gateway._join("gone", ABSENT)

    assert (ack["ok"], ack["error"]["code"]) == (False, "unauthenticated")
    assert gateway._follower.subscriptions == 0


async def test_a_session_is_listened_to_only_while_somebody_watches_it(service: RunningService) -> None:
    await hold_back(service.control)
    async with service.player("six") as player, player.socket() as watch:
        started = await player.start_sync()
        before = await _metric(service, "subscriptions")
        await watch.join(started["sessionId"])
        during = await _metric(service, "subscriptions"), await _metric(service, "watchers")
        await watch.client.call("leave-session", started["sessionId"])
        after = await _metric(service, "subscriptions"), await _metric(service, "watchers")

    assert (before, during, after) == (0, (1, 1), (0, 0))


async def test_metrics_tell_what_watchers_were_told_and_how_late(service: RunningService) -> None:
    async with service.player("six") as player, player.socket() as watch:
        started = await player.start_sync()
        await watch.join(started["sessionId"])
        await watch.end()
        sent = await _metric(service, "events_sent_total")
        timed = await _metric(service, "event_delay_seconds_count")
        sockets = await _metric(service, "sockets")

    assert sent == len(watch.events)
    assert timed in {sent, sent - 1}  # all but the state at the join, which is as old as it is
    assert sockets == 1


async def _metric(service: RunningService, name: str) -> float:
    async with aiohttp.ClientSession() as client, client.get(f"{service.url}/metrics") as response:
        [line] = [line for line in (await response.text()).splitlines() if line.startswith(f"character_sync_{name} ")]
        return float(line.rpartition(" ")[2])
