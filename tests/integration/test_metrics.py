"""What the metrics tell about syncs that went well, badly, to another run, or to nobody."""

import asyncio

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from support.held_back import hold_back
from support.service import RunningService

Samples = dict[str, float]


async def scraped(service: RunningService) -> Samples:
    """Return each sample's value by its name and its labels' values, as in `jobs_settled_total completed none`."""
    async with aiohttp.ClientSession() as client, client.get(f"{service.url}/metrics") as response:
        assert response.status == 200
        text = await response.text()
    return {
        " ".join((sample.name.removeprefix("character_sync_"), *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_a_sync_is_counted_with_its_characters_its_delay_and_its_duration(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
    told = await scraped(service)
    assert told["jobs_settled_total completed none"] == 6
    assert told["sessions_ended_total completed"] == 1
    assert (told["queue_delay_seconds_count"], told["session_duration_seconds_count"]) == (1, 1)
    assert 0 < told["queue_delay_seconds_sum"] <= told["session_duration_seconds_sum"]
    assert (told["runs"], told["takeovers_total death"], told["leases_lost_total run"]) == (0, 0, 0)


async def test_characters_that_could_not_be_fetched_are_counted_by_reason(service: RunningService) -> None:
    await service.control("POST", "faults", {"match": {"path": "*/pallywar*"}, "respond": {"status": 403}})
    async with service.player("six") as player:
        await player.sync()
    told = await scraped(service)
    assert told["jobs_settled_total skipped hidden"] == 1
    assert told["jobs_settled_total completed none"] == 5


async def test_sessions_that_wait_and_run_are_told_apart(service: RunningService) -> None:
    async with service.player("six") as player, player.socket() as watch:
        await hold_back(service.control)
        started = await player.start_sync()
        await watch.join(started["sessionId"])
        await watch.until(lambda w: any(m.get("currentCharacter") for _, m in w.events))
        told = await scraped(service)
    assert (told["unfinished_sessions pending"], told["unfinished_sessions processing"]) == (0, 1)
    assert told["runs"] == 1


async def test_a_sync_its_player_cancels_is_no_ghost(service: RunningService) -> None:
    await hold_back(service.control)
    async with service.player("six") as player, player.socket() as watch:
        started = await player.start_sync()
        await watch.join(started["sessionId"])
        await watch.until(lambda w: any(m.get("currentCharacter") for _, m in w.events))
        await player.post(f"/api/v1/sync-sessions/{started['sessionId']}/cancel")
        told: Samples = {"leases_lost_total player": 0}
        while not told["leases_lost_total player"]:  # its run hears of it
            told = await scraped(service)
    assert told["sessions_ended_total cancelled"] == 1
    assert told["leases_lost_total run"] == 0
    assert told["session_duration_seconds_count"] == 0


async def test_how_long_battle_net_takes_is_told_by_region(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
    told = await scraped(service)
    requests = sum(count for name, count in told.items() if name.startswith("battle_net_requests_total "))
    assert told["battle_net_answer_seconds_count us"] == requests > 6
    assert told["battle_net_answer_seconds_sum us"] > 0
    assert told["battle_net_answer_seconds_count kr"] == 0


async def test_connections_and_sockets_of_this_process_are_shown(service: RunningService) -> None:
    async with service.player("six") as player, player.socket():
        told = await scraped(service)
    assert told["sockets"] == 1
    assert told["database_connections_max"] == 10
    assert told["database_connections in_use"] + told["database_connections idle"] >= 1


async def test_how_many_wait_for_their_turn_at_the_database_is_shown(service: RunningService) -> None:
    database = service.parts.database

    async def writes() -> None:
        async with database.writing():
            pass

    async with database.writing():
        waiting = [asyncio.create_task(writes()) for _ in range(3)]
        await asyncio.sleep(0)
        told = await scraped(service)
    await asyncio.gather(*waiting)
    assert told["database_waiting"] >= 3  # the service's own upkeep may be a fourth


async def test_no_name_of_a_player_or_a_session_is_in_a_label(service: RunningService) -> None:
    async with service.player("sixty") as player:
        before = await scraped(service)
        started = await player.sync("retail", "eu")
        after = await scraped(service)
    assert started["processedCharacters"] == 60
    assert set(after) == set(before)
