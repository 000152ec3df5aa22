"""A client that stops reading costs little, is cut off, and delays nobody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import aiohttp
import pytest

from character_sync.domain.progress import CurrentCharacter, Progress
from character_sync.entrypoints.character_sync_gateway import EVENTS_AT_ONCE
from character_sync.entrypoints.outbox import HOLDS
from support.raw_socket import RawSocket, raw_socket
from support.service import Player, RunningService, Watch, running_service

IN_NO_TIME = 3.0  # seconds; a busy machine stops for one now and then, and with it the reader who reads
AT_ONCE = 100  # events of one publishing, some 400 KB
LONG_NAME = "Pâllywar" * 500  # the kernel takes some MB for a client that does not read


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running_service(tmp_path, works=False, slow_reader_seconds=IN_NO_TIME) as running:
        yield running


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[RunningService]:
    """One that waits for a slow reader longer than any test lasts."""
    async with running_service(tmp_path, works=False, slow_reader_seconds=600) as running:
        yield running


def _event(session_id: str, seq: int, *, status: str = "processing") -> Progress:
    character = CurrentCharacter(uuid4(), LONG_NAME, "confrérie-du-thorium", "processing")
    return Progress(UUID(session_id), status, "retail", 60, 0, 0, 0, seq, character, 12)


async def _joined(client: RawSocket, player: Player, session_id: str) -> None:
    await client.connect(player.token)
    await client.send(f'420["join-session","{session_id}"]')
    while not (await client.read())[1].startswith(b"430"):
        pass


async def _metric(service: RunningService, name: str) -> float:
    async with aiohttp.ClientSession() as client, client.get(f"{service.url}/metrics") as response:
        [line] = [line for line in (await response.text()).splitlines() if line.startswith(f"character_sync_{name} ")]
        return float(line.rpartition(" ")[2])


@asynccontextmanager
async def _one_reads_and_one_does_not(service: RunningService) -> AsyncIterator[tuple[str, Watch, RawSocket]]:
    """Two watchers of one sync session, of which the first has heard how it stands."""
    async with service.player("six") as player, player.socket() as reader, raw_socket(service.url) as slow:
        session_id = (await player.start_sync())["sessionId"]
        await reader.join(session_id)
        await _joined(slow, player, session_id)
        await reader.until(lambda watch: watch.events)
        yield session_id, reader, slow


async def _told_more(service: RunningService, session_id: str, reader: Watch, seq: int) -> int:
    """Publish some more events, wait until the reader has heard them, and return the last one's number."""
    last = seq + AT_ONCE
    await service.parts.channel.publish([_event(session_id, n) for n in range(seq + 1, last + 1)])
    await reader.until(lambda watch: watch.events[-1][1]["seq"] == last)
    return last


async def test_a_client_that_does_not_read_costs_little_and_delays_nobody(patient: RunningService) -> None:
    async with _one_reads_and_one_does_not(patient) as (session_id, reader, _):
        [_, slow_socket] = both = list(patient.gateway._sockets.values())
        seq, queued, held, since_it_was_felt = 0, 0, 0, 0
        while since_it_was_felt < 20:
            seq = await _told_more(patient, session_id, reader, seq)
            queued = max(queued, slow_socket.connection.queued.qsize())
            held = max(held, len(slow_socket.outbox))
            since_it_was_felt += bool(patient.gateway._metrics.conflated._value.get())
        sockets = list(patient.gateway._sockets.values())

    assert [message["seq"] for _, message in reader.events] == list(range(seq + 1))
    assert sockets == both  # while the slow one was still waited for
    assert queued <= EVENTS_AT_ONCE + 1  # a ping may be among them
    assert 0 < held <= HOLDS


async def test_a_client_that_does_not_read_is_cut_off_and_others_stay(service: RunningService) -> None:
    async with _one_reads_and_one_does_not(service) as (session_id, reader, slow):
        [fast_socket, slow_socket] = service.gateway._sockets.values()
        seq = 0
        while not service.gateway._metrics.conflated._value.get():
            seq = await _told_more(service, session_id, reader, seq)
        while not await _metric(service, "slow_readers_cut_off_total"):
            pass  # nobody else has anything to take; each look is a request of its own
        await asyncio.wait(slow_socket.tasks)  # which end with it; to read on here would be to read after all
        await slow.until_gone()
        await service.parts.channel.publish([_event(session_id, seq + 1, status="completed")])
        await reader.end()
        cut_off = await _metric(service, "slow_readers_cut_off_total")
        sockets = list(service.gateway._sockets.values())

    assert cut_off == 1
    assert sockets == [fast_socket]
    assert [message["seq"] for _, message in reader.events] == list(range(seq + 2))


async def test_a_slow_reader_that_reads_on_is_told_the_newest_and_the_end(patient: RunningService) -> None:
    async with patient.player("six") as player, raw_socket(patient.url) as slow:
        session_id = (await player.start_sync())["sessionId"]
        await _joined(slow, player, session_id)
        [socket] = patient.gateway._sockets.values()
        seq = 0
        while not patient.gateway._metrics.conflated._value.get():
            await patient.parts.channel.publish([_event(session_id, seq := seq + 1) for _ in range(AT_ONCE)])
            await asyncio.sleep(0)
        await patient.parts.channel.publish([_event(session_id, seq + 1, status="completed")])
        frames = []
        while not frames or b"sync-complete" not in frames[-1]:
            frames.append((await slow.read())[1])

    assert len(frames) < seq
    assert len(socket.outbox) == 0


async def test_a_stream_whose_reader_does_not_read_is_cut_off(service: RunningService) -> None:
    async with service.player("six") as player:
        session_id = (await player.start_sync())["sessionId"]
        async with player.browser.get(f"/api/v1/sync-sessions/{session_id}/events") as response:
            response.connection.transport.pause_reading()
            seq = 0
            while not await _metric(service, "slow_readers_cut_off_total"):
                seq += AT_ONCE
                await service.parts.channel.publish([_event(session_id, n) for n in range(seq, seq + AT_ONCE)])
            response.close()
