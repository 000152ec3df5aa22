"""The events of a sync session as Server-Sent Events."""

import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from support.held_back import hold_back, let_go
from support.service import Player, RunningService, running_service


async def _read(player: Player, session_id: str, **headers: str) -> list[tuple[int, str, dict[str, Any]]]:
    """Read the stream to its end: (id, event, data) of each event."""
    events = []
    async with player.browser.get(f"/api/v1/sync-sessions/{session_id}/events", headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        for block in (await response.text()).split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if fields:
                events.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return events


async def test_the_stream_tells_the_same_as_socket_io_and_ends_with_the_sync(service: RunningService) -> None:
    await service.control("POST", "settings", {"latencyMs": 50})
    async with service.player("six") as player:
        started = await player.start_sync()
        async with player.watching(started["sessionId"]) as watch:
            streamed = await _read(player, started["sessionId"])
            await watch.end()
        snapshot = await player.get(f"/api/v1/sync-sessions/{started['sessionId']}")

    last_id, last_name, last = streamed[-1]
    heard = {(message["seq"], name) for name, message in watch.events}
    assert (last_name, last_id) == ("sync-complete", snapshot["seq"])
    assert last == {field: snapshot[field] for field in last}
    assert all(data["seq"] == number for number, _, data in streamed)
    assert {(number, name) for number, name, _ in streamed[1:]} <= heard
    assert [number for number, _, _ in streamed] == sorted({number for number, _, _ in streamed})


async def test_a_reader_that_comes_back_is_told_only_what_is_newer(service: RunningService) -> None:
    await hold_back(service.control)
    async with service.player("six") as player:
        started = await player.start_sync()
        async with player.watching(started["sessionId"]) as watch:
            await watch.until(lambda w: w.events and w.events[-1][1]["seq"] > 1_000_003)
            known = watch.events[-1][1]["seq"]
            await let_go(service.control)
            streamed = await _read(player, started["sessionId"], **{"Last-Event-ID": str(known)})

    assert all(number > known for number, _, _ in streamed)
    assert streamed[-1][1] == "sync-complete"


async def test_after_the_end_the_end_is_all_there_is_to_tell(service: RunningService) -> None:
    async with service.player("six") as player:
        snapshot = await player.sync()
        streamed = await _read(player, snapshot["sessionId"], **{"Last-Event-ID": str(snapshot["seq"])})

    assert [name for _, name, _ in streamed] == ["sync-complete"]


async def test_someone_elses_events_are_not_found(service: RunningService) -> None:
    async with service.player("six") as owner, service.player("sixty") as stranger:
        snapshot = await owner.sync()
        problem = await stranger.get(f"/api/v1/sync-sessions/{snapshot['sessionId']}/events", expect=404)
    async with (
        aiohttp.ClientSession(service.url) as nobody,
        nobody.get(f"/api/v1/sync-sessions/{snapshot['sessionId']}/events") as response,
    ):
        assert response.status == 401

    assert problem["code"] == "not_found"


@pytest.mark.parametrize("last", ["nonsense", "-1"])
async def test_a_malformed_last_event_id_is_an_invalid_request(service: RunningService, last: str) -> None:
    async with service.player("empty") as player:
        session_id = (await player.start_sync())["sessionId"]
        headers = {"Last-Event-ID": last}
        async with player.browser.get(f"/api/v1/sync-sessions/{session_id}/events", headers=headers) as response:
            assert (response.status, (await response.json())["code"]) == (422, "invalid_request")


async def test_a_user_may_have_so_many_streams_open_as_sockets_and_again_when_one_ends(tmp_path: Path) -> None:
    """A request that never ends is one request to the limit by the minute, and holds a place all the time."""
    async with (
        running_service(tmp_path, works=False, sockets_per_user=2) as service,
        service.player("six") as player,
        service.player("mixed") as other,
        AsyncExitStack() as streams,
    ):
        path = f"/api/v1/sync-sessions/{(await player.start_sync())['sessionId']}/events"
        for _ in range(2):
            stream = await streams.enter_async_context(player.browser.get(path))
            assert stream.status == 200
        async with player.browser.get(path) as refused:
            assert (refused.status, (await refused.json())["code"]) == (429, "too_many_requests")
            assert int(refused.headers["Retry-After"]) > 0
        theirs = f"/api/v1/sync-sessions/{(await other.start_sync('retail', 'eu'))['sessionId']}/events"
        async with other.browser.get(theirs) as stream:
            assert stream.status == 200
        await streams.aclose()
        status = 429
        while status == 429:  # the server sees a moment later that a reader has gone; the test's time limit bounds it
            async with player.browser.get(path) as again:
                status = again.status
        assert status == 200
