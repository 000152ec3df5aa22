"""A part of Battle.net is in trouble: syncs that need it stand still and go on by themselves, others never notice."""

import asyncio
import time
from collections.abc import AsyncIterator
from math import log2
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from character_sync.commands.operating import run_circuits_list, run_circuits_say
from character_sync.commands.programs import run_migrate
from character_sync.domain.errors import NotReady
from support.service import Player, RunningService, SettingsForTests, Watch, running_service

EU_PROFILES = {"match": {"region": "eu", "path": "*/character/*"}, "respond": {"status": 503}}
PLACE = {"region": "eu", "namespace": "profile-eu", "endpoint": "profile"}
LABELS = '{endpoint="profile",namespace="profile-eu",region="eu"}'
AFTER = 10  # failures the circuit opens
FIRST_WAIT = 0.2  # seconds; each further one is twice as long


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[RunningService]:
    quick = {"circuit_minimum_requests": AFTER, "circuit_wait_seconds": FIRST_WAIT}
    # So often no character is tried before the circuit opens, however unevenly the answers come.
    quick["enrichment_attempts"] = AFTER
    async with running_service(tmp_path, **quick) as running:
        for region in ("eu", "us"):
            account = {"id": f"thirty-{region}", "gameVersion": "retail", "region": region, "characters": 30}
            await running.control("POST", "accounts", account)
        await running.control("POST", "settings", {"latencyMs": 100})  # as far away as Battle.net is
        yield running


def is_paused(watch: Watch) -> bool:
    return any("paused" in event for _, event in watch.events)


async def metrics(service: RunningService) -> list[str]:
    async with aiohttp.ClientSession(service.url) as operator, operator.get("/metrics") as response:
        return (await response.text()).splitlines()


async def parked(service: RunningService) -> float:
    """Return how many requests wait in front of EU's profiles."""
    name = f"character_sync_circuit_parked{LABELS} "
    [waiting] = [line for line in await metrics(service) if line.startswith(name)]
    return float(waiting.removeprefix(name))


async def paused_sync(service: RunningService, player: Player) -> str:
    """Start a sync while EU's profiles are broken and return its id once it stands still."""
    await service.control("POST", "faults", EU_PROFILES)
    session_id: str = (await player.start_sync("retail", "eu"))["sessionId"]
    async with player.watching(session_id) as watch:
        await watch.until(is_paused)
        told = next(event["paused"] for _, event in watch.events if "paused" in event)
    assert {name: told[name] for name in PLACE} == PLACE
    return session_id


async def test_while_eu_profiles_are_broken_eu_waits_and_us_goes_on_and_afterwards_all_complete(
    service: RunningService,
) -> None:
    async with service.player("thirty-eu") as eu, service.player("thirty-us") as us:
        waiting = await paused_sync(service, eu)
        untouched = await us.sync("retail", "us")
        assert {c["status"] for c in untouched["characters"]} == {"completed"}
        snapshot = await eu.get(f"/api/v1/sync-sessions/{waiting}")
        assert snapshot["status"] == "processing"
        assert {name: snapshot["paused"][name] for name in PLACE} == PLACE
        assert {c["status"] for c in snapshot["characters"]} <= {"pending", "processing"}
        assert f"character_sync_circuit_open{LABELS} 1.0" in await metrics(service)
        assert await parked(service) > 0

        await service.control("DELETE", "faults")
        ended = await eu.finished(waiting)
        assert ended["status"] == "completed"
        assert {c["status"] for c in ended["characters"]} == {"completed"}
        assert "paused" not in ended
        assert f"character_sync_circuit_open{LABELS} 0.0" in await metrics(service)


async def test_a_broken_region_is_not_hammered_at(service: RunningService) -> None:
    async with service.player("thirty-eu") as eu:
        session_id = await paused_sync(service, eu)
        while await parked(service) < 29:  # one may be on its way as the probe
            pass  # each look is a request of its own
        began = time.monotonic()
        await service.control("DELETE", "stats")
        await asyncio.sleep(1.0)  # real time: what is counted is how often it is asked in it
        asked = (await service.control("GET", "stats"))["total"]
        assert asked <= 1 + log2(1 + (time.monotonic() - began) / FIRST_WAIT)
        await service.control("DELETE", "faults")
        await eu.finished(session_id)


async def test_the_last_events_of_a_pause_say_that_it_goes_on(service: RunningService) -> None:
    async with service.player("thirty-eu") as eu:
        session_id = await paused_sync(service, eu)
        async with eu.watching(session_id) as watch:
            await service.control("DELETE", "faults")
            last = await watch.end()
        assert "paused" in watch.events[0][1]
        assert "paused" not in last
        seqs = [event["seq"] for _, event in watch.events]
        assert seqs == sorted(seqs)


@pytest.mark.parametrize("status", [404, 403])
async def test_characters_that_are_not_given_never_open_a_circuit(service: RunningService, status: int) -> None:
    await service.control("POST", "faults", {**EU_PROFILES, "respond": {"status": status}})
    async with service.player("thirty-eu") as eu:
        snapshot = await eu.sync("retail", "eu")
        assert {c["status"] for c in snapshot["characters"]} == {"skipped"}
    assert not [
        line for line in await metrics(service) if line.startswith("character_sync_circuit_open{") and "1.0" in line
    ]


async def test_a_listing_that_is_refused_by_its_circuit_says_so_at_once_and_when_to_come_back(
    service: RunningService,
) -> None:
    fault = {"match": {"path": "/profile/user/wow"}, "respond": {"status": 503}}
    await service.control("POST", "faults", fault)
    async with service.player("six") as player:
        for _ in range(10):
            await player.start_sync(expect=503)
        await service.control("DELETE", "stats")
        async with player.browser.post("/api/v1/characters/sync", json={"gameVersion": "retail"}) as response:
            problem = await response.json()
            assert (response.status, problem["code"]) == (503, "battle_net_unavailable")
            assert int(response.headers["Retry-After"]) >= 1
        # One more may have gone as the probe; the wait is short here.
        assert (await service.control("GET", "stats"))["total"] <= 1
        await service.control("DELETE", "faults")
        await asyncio.sleep(
            0.5
        )  # real time: longer than the wait of the circuit, jitter and one probe in vain included
        assert (await player.sync())["status"] == "completed"


async def test_a_paused_sync_can_be_cancelled_and_is_no_longer_paused(service: RunningService) -> None:
    async with service.player("thirty-eu") as eu:
        session_id = await paused_sync(service, eu)
        assert (await eu.post(f"/api/v1/sync-sessions/{session_id}/cancel"))["status"] == "cancelled"
        assert "paused" not in await eu.get(f"/api/v1/sync-sessions/{session_id}")


async def test_an_operator_opens_and_closes_circuits_of_a_running_service(service: RunningService) -> None:
    said: list[str] = []
    settings = service.settings
    async with service.player("thirty-eu") as eu:
        await run_circuits_say(settings, "eu", "*", "profile", is_open=True, say=said.append)
        while not _has_heard(service):  # noqa: ASYNC110 - it hears by looking, every two seconds
            await asyncio.sleep(0.05)
        session_id = (await eu.start_sync("retail", "eu"))["sessionId"]
        async with eu.watching(session_id) as watch:
            await watch.until(is_paused)
            await run_circuits_list(settings, say=said.append)
            await run_circuits_say(settings, "eu", "*", "profile", is_open=False, say=said.append)
            last = await watch.end()
    assert last["processedCharacters"] == 30
    opened, listed, closed = said
    assert opened.startswith("Circuits of region eu, namespace *, endpoint profile are open")
    assert listed.startswith("eu * profile: opened by an operator at ")
    assert "closed" in closed
    assert (await service.control("GET", "stats"))["total"] >= 121


def _has_heard(service: RunningService) -> bool:
    circuits: Any = service.parts.circuits
    return bool(circuits._operated)


async def test_what_has_opened_by_itself_is_listed(service: RunningService) -> None:
    async with service.player("thirty-eu") as eu:
        session_id = await paused_sync(service, eu)
        said: list[str] = []
        while not any(line.startswith("eu profile-eu profile: has opened by itself") for line in said):
            said.clear()
            await run_circuits_list(service.settings, say=said.append)
            await asyncio.sleep(0.05)
        await service.control("DELETE", "faults")
        await eu.finished(session_id)


async def test_a_place_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    settings = SettingsForTests(data_dir=tmp_path)
    for region, endpoint in (("mars", "*"), ("eu", "wardrobe")):
        with pytest.raises(NotReady, match="it is one of"):
            await run_circuits_say(settings, region, "*", endpoint, is_open=True, say=print)


async def test_with_nothing_to_tell_the_list_says_so(tmp_path: Path) -> None:
    settings, said = SettingsForTests(data_dir=tmp_path), []
    await run_migrate(settings, say=lambda _line: None)
    await run_circuits_list(settings, say=said.append)
    assert said == ["Every circuit is closed: Battle.net is asked for everything."]
