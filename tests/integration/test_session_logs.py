"""Every line about a sync session says which, and on whose request."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from support.service import RunningService


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    capture, before = LogCapture(), structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.configure(**before)


async def test_the_lines_of_a_run_carry_the_session_and_the_run(lines: list[Any], service: RunningService) -> None:
    async with service.player("six") as player:
        snapshot = await player.sync()
    told = {line["event"]: line for line in lines}
    for event in ("sync_session_taken", "sync_session_ended"):
        assert (told[event]["session_id"], told[event]["run_token"]) == (snapshot["sessionId"], 1)


async def test_a_line_about_a_character_carries_its_job_and_its_session(
    lines: list[Any], service: RunningService
) -> None:
    await service.control("POST", "faults", {"match": {"path": "*/pallywar"}, "respond": {"status": 403}})
    async with service.player("six") as player:
        snapshot = await player.sync()
    [pallywar] = [c for c in snapshot["characters"] if c["status"] == "skipped"]
    [line] = [line for line in lines if line["event"] == "facet_not_fetched"]
    assert (line["job_id"], line["character_id"]) == (pallywar["jobId"], pallywar["id"])
    assert (line["session_id"], line["run_token"]) == (snapshot["sessionId"], 1)


async def test_the_request_that_created_a_session_is_found_by_its_id(lines: list[Any], service: RunningService) -> None:
    async with (
        service.player("six") as player,
        player.browser.post(
            "/api/v1/characters/sync", json={"gameVersion": "retail"}, headers={"X-Request-ID": "mine"}
        ) as response,
    ):
        started = await response.json()
        await player.finished(started["sessionId"])
    [created] = [line for line in lines if line["event"] == "sync_session_created"]
    assert (created["request_id"], created["session_id"]) == ("mine", started["sessionId"])
    assert (created["kind"], created["characters"]) == ("account", 6)


async def test_who_cancelled_a_session_is_found_too(lines: list[Any], service: RunningService) -> None:
    await service.control("POST", "faults", {"match": {"path": "*/character/*"}, "respond": {"hang": True}})
    async with service.player("six") as player:
        started = await player.start_sync()
        await player.post(f"/api/v1/sync-sessions/{started['sessionId']}/cancel")
    [cancelled] = [line for line in lines if line["event"] == "sync_session_cancelled"]
    assert cancelled["session_id"] == started["sessionId"]
    assert cancelled["request_id"]
