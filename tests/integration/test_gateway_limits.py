"""What one user, one socket or one address may not do to the others."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
import socketio
from prometheus_client import CollectorRegistry

from character_sync.entrypoints.character_sync_gateway import CharacterSyncGateway
from character_sync.entrypoints.connections import CONNECTION, JOIN_SECONDS, Connection, Connections
from character_sync.entrypoints.gateway_metrics import GatewayMetrics
from character_sync.entrypoints.server import CLOSING_SECONDS
from support.held_back import LONGER_THAN_ANY_TEST
from support.raw_socket import raw_socket
from support.service import Player, RunningService, connect, running_service


async def _refused(player: Player) -> list[object]:
    client = socketio.AsyncClient(reconnection=False)
    reasons: list[object] = []
    client.on("connect_error", reasons.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await connect(client, player.service.url, auth={"token": player.token})
    await client.disconnect()
    return reasons


async def _metric(service: RunningService, line_begins: str) -> float:
    async with aiohttp.ClientSession() as client, client.get(f"{service.url}/metrics") as response:
        lines = [line for line in (await response.text()).splitlines() if line.startswith(f"{line_begins} ")]
        return float(lines[0].rpartition(" ")[2]) if lines else 0.0


async def test_a_user_may_hold_so_many_sockets_and_others_as_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        running_service(tmp_path, sockets_per_user=2) as service,
        service.player("six") as player,
        service.player("sixty") as other,
        AsyncExitStack() as stack,
    ):
        for _ in range(2):
            await stack.enter_async_context(player.socket())
        reasons = await _refused(player)
        await stack.enter_async_context(other.socket())
        refused = await _metric(service, 'character_sync_sockets_refused_total{limit="sockets_per_user"}')

    assert reasons in ([{"message": "too_many_requests"}], ["too_many_requests"])
    assert refused == 1
    assert "too_many_requests" in capsys.readouterr().out


async def test_a_socket_that_closes_makes_room_for_another(tmp_path: Path) -> None:
    async with running_service(tmp_path, sockets_per_user=1) as service, service.player("six") as player:
        for _ in range(3):
            async with player.socket():
                pass
            while await _metric(service, "character_sync_sockets"):
                pass


async def test_a_socket_may_ask_for_so_many_joins_a_minute(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, joins_per_minute=3) as service,
        service.player("empty") as player,
        player.socket() as watch,
    ):
        session_id = (await player.start_sync())["sessionId"]
        acks = [await watch.join(session_id) for _ in range(5)]

    assert [ack["ok"] for ack in acks] == [True, True, True, False, False]
    assert acks[-1]["error"]["code"] == "too_many_requests"


async def test_a_join_that_names_nothing_counts_as_well(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, joins_per_minute=2) as service,
        service.player("empty") as player,
        player.socket() as watch,
    ):
        codes = [(await watch.join(data))["error"]["code"] for data in (None, str(uuid4()), str(uuid4()))]

    assert codes == ["invalid_request", "not_found", "too_many_requests"]


async def test_a_socket_may_watch_so_many_sessions_and_again_when_it_leaves_one(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, sessions_per_socket=2, works=False) as service,
        service.player("six") as player,
        player.socket() as watch,
    ):
        ids = [
            (await player.start_sync(version))["sessionId"]
            for version in ("retail", "classic_era", "classic_anniversary")
        ]
        acks = [await watch.join(session_id) for session_id in ids]
        again = await watch.join(ids[0])
        await watch.client.call("leave-session", ids[0])
        after = await watch.join(ids[2])

    assert [ack["ok"] for ack in acks] == [True, True, False]
    assert acks[2]["error"]["code"] == "too_many_requests"
    assert again["ok"]
    assert after["ok"]


async def test_a_session_that_has_ended_is_watched_no_longer(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, sessions_per_socket=1) as service,
        service.player("six") as player,
    ):
        ended = [
            (await player.sync(version))["sessionId"] for version in ("retail", "classic_era", "classic_anniversary")
        ]
        async with player.socket() as watch:
            for session_id in ended:
                assert (await watch.join(session_id))["ok"]
                await watch.until(lambda told, i=session_id: any(m["sessionId"] == i for _, m in told.events))


def _in_a_hurry(gateway: CharacterSyncGateway, seconds: float) -> None:
    gateway.connections._join_seconds = seconds


async def test_a_connection_that_never_joins_is_closed(service: RunningService) -> None:
    _in_a_hurry(service.gateway, 0.1)
    async with raw_socket(service.url) as stranger:
        await stranger.until_closed()

    assert await _metric(service, 'character_sync_sockets_closed_total{reason="never_joined"}') == 1


def _strangers(gateway: CharacterSyncGateway) -> list[Connection]:
    return [stranger for of_one in gateway.connections._strangers.values() for stranger in of_one]


async def test_a_connection_whose_credentials_were_refused_is_closed(service: RunningService) -> None:
    _in_a_hurry(service.gateway, LONGER_THAN_ANY_TEST)
    async with raw_socket(service.url) as stranger:
        answer = await stranger.connect("cs_wrong")
        [connection] = _strangers(service.gateway)
        assert connection._ends_at is not None  # its time goes on
        connection.end(0)  # and is over
        await stranger.until_closed()

    assert answer.startswith("44")
    assert "unauthenticated" in answer


async def test_a_connection_that_has_joined_stays(service: RunningService) -> None:
    async with service.player("six") as player, player.socket() as watch:
        [joined] = service.gateway._sockets.values()
        assert joined.connection._ends_at is None  # its time is taken back
        _in_a_hurry(service.gateway, 0.1)
        async with raw_socket(service.url) as stranger:
            await stranger.until_closed()
        ack = await watch.join(str(uuid4()))

    assert ack["error"]["code"] == "not_found"


async def test_a_connection_that_never_joins_is_gone_though_it_does_not_answer_the_close(
    service: RunningService,
) -> None:
    _in_a_hurry(service.gateway, 0.1)
    async with raw_socket(service.url) as stranger:
        await stranger.until_gone()


def test_a_connection_that_never_joins_is_gone_within_ten_seconds() -> None:
    assert JOIN_SECONDS + CLOSING_SECONDS <= 10


async def test_an_address_may_open_so_many_connections_before_it_joins(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, strangers_per_address=3) as service,
        service.player("six") as player,
        AsyncExitStack() as stack,
    ):
        _in_a_hurry(service.gateway, LONGER_THAN_ANY_TEST)
        joined = [await stack.enter_async_context(player.socket()) for _ in range(5)]
        strangers = [await stack.enter_async_context(raw_socket(service.url)) for _ in range(5)]
        body = await strangers[-1].reader.read(1_000)
        refused = await _metric(service, 'character_sync_sockets_refused_total{limit="strangers_per_address"}')

    assert len(joined) == 5
    assert [stranger.status for stranger in strangers] == [101, 101, 101, 429, 429]
    assert json.loads(body)["code"] == "too_many_requests"
    assert refused == 2


async def test_a_connection_that_is_gone_is_counted_no_longer_whatever_comes_late() -> None:
    seen: list[Connection] = []

    async def engine(scope: dict[str, Connection], _receive: object, _send: object) -> None:
        seen.append(scope[CONNECTION])

    connections = Connections(
        engine, strangers_per_address=1, join_seconds=10, metrics=GatewayMetrics(CollectorRegistry())
    )
    for _ in range(3):
        await connections({"client": ("192.0.2.1", 1)}, engine, engine)  # type: ignore[arg-type]
        connections.estrange(seen[-1])

    assert len(seen) == 3
    assert not connections._strangers


async def test_a_message_that_is_too_long_closes_its_connection(service: RunningService) -> None:
    async with service.player("six") as player, raw_socket(service.url) as client:
        await client.connect(player.token)
        await client.send('42["join-session","' + "x" * 16_384 + '"]')
        async with asyncio.timeout(60):
            await client.until_closed()


async def test_a_client_is_not_read_from_until_it_takes_its_answers() -> None:
    """Each message is answered, and engine.io would queue the answers without end."""

    async def receive() -> str:
        return "the next message"

    async def send(_message: object) -> None:
        raise NotImplementedError

    connection = Connection("192.0.2.1", receive, send)
    connection.queued.put_nowait("an answer")
    reading = asyncio.ensure_future(connection.receive())
    await asyncio.wait([reading], timeout=0.05)
    assert not reading.done()
    connection.queued.get_nowait()
    connection.queued.task_done()
    assert await reading == "the next message"
