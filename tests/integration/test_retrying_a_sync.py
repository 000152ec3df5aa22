"""Trying again only what a sync could not do."""

from support.held_back import hold_back, let_go
from support.service import RunningService

PALLYWAR_FAILS = {"match": {"path": "*/pallywar*"}, "respond": {"status": 503}}


async def test_a_retry_works_only_the_failed_and_skipped_characters(service: RunningService) -> None:
    await service.control("POST", "faults", PALLYWAR_FAILS)
    async with service.player("six") as player:
        first = await player.sync()
        await service.control("DELETE", "faults")
        await service.control("DELETE", "stats")
        started = await player.post(f"/api/v1/sync-sessions/{first['sessionId']}/retry")
        again = await player.finished(started["sessionId"])
        stats = await service.control("GET", "stats")

    assert first["skippedCharacters"] == 1
    assert (started["message"], started["syncedCharacters"]) == ("Character sync started", 1)
    assert again["kind"] == "retry"
    assert [(c["name"], c["status"]) for c in again["characters"]] == [("Pallywar", "completed")]
    assert stats["total"] == 4


async def test_a_retry_of_a_sync_in_which_nothing_failed_is_completed_at_once(service: RunningService) -> None:
    async with service.player("six") as player:
        first = await player.sync()
        started = await player.post(f"/api/v1/sync-sessions/{first['sessionId']}/retry")
        snapshot = await player.get(f"/api/v1/sync-sessions/{started['sessionId']}")

    assert started["syncedCharacters"] == 0
    assert snapshot["status"] == "completed"


async def test_a_retry_reaches_the_characters_a_cancelled_sync_did_not(service: RunningService) -> None:
    await hold_back(service.control)
    async with service.player("six") as player:
        first = await player.start_sync()
        await player.post(f"/api/v1/sync-sessions/{first['sessionId']}/cancel")
        await let_go(service.control)
        started = await player.post(f"/api/v1/sync-sessions/{first['sessionId']}/retry")
        again = await player.finished(started["sessionId"])

    assert {c["status"] for c in again["characters"]} == {"completed"}


async def test_a_sync_that_runs_or_is_retried_already_is_named_instead(service: RunningService) -> None:
    await hold_back(service.control)
    async with service.player("six") as player:
        first = await player.start_sync()
        still_runs = await player.post(f"/api/v1/sync-sessions/{first['sessionId']}/retry", expect=409)
        await player.post(f"/api/v1/sync-sessions/{first['sessionId']}/cancel")
        started = await player.post(f"/api/v1/sync-sessions/{first['sessionId']}/retry")
        twice = await player.post(f"/api/v1/sync-sessions/{first['sessionId']}/retry", expect=409)

    assert (still_runs["code"], still_runs["activeSessionId"]) == ("sync_already_active", first["sessionId"])
    assert (twice["code"], twice["activeSessionId"]) == ("sync_already_active", started["sessionId"])
