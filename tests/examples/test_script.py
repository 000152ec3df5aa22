"""`examples/script`, as its README says to run it, and the Python client it is written with."""

import asyncio
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from character_sync.client import (
    AnswerUnreadable,
    BattleNetTokenInvalid,
    CharacterSync,
    InvalidRequest,
    NotFound,
    NotReached,
    SyncAlreadyActive,
    SyncFailed,
    Unauthenticated,
    watching,
)
from support.door import open_door
from support.service import RunningService, running_service

SCRIPT = Path(__file__).parents[2] / "examples" / "script" / "sync.py"


async def test_the_script_shows_progress_and_lists_the_characters(service: RunningService) -> None:
    async with service.player("six") as player:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(SCRIPT), "retail", "us"),
            stdout=asyncio.subprocess.PIPE,
            env={"CHARACTER_SYNC_URL": service.url, "CHARACTER_SYNC_TOKEN": player.token},
        )
        out = (await process.communicate())[0].decode()

    assert process.returncode == 0
    assert "100%  6 of 6" in out
    assert "Pallywar (Old Blanchy), level" in out


async def test_a_client_reads_what_a_sync_brought(service: RunningService) -> None:
    async with service.player("six") as player, CharacterSync(service.url, player.token) as client:
        plan = await client.plan("retail", region="us")
        started = await client.start_sync("retail", region="us")
        states = [state async for state in client.watch(started.session_id)]
        characters = await client.characters(game_version="retail", region="us")
        one = await client.character(characters[0].id)
        history = [state async for state in client.history(one.id)]
        as_of = await client.character_as_of(one.id, datetime.now(UTC) - timedelta(days=1))
        diff = await client.diff(one.id)
        pages = [page async for page in client.changes()]
        sessions = [session async for session in client.sync_sessions()]
        again = await client.enrich(one.id)
        ended = [state.status async for state in client.watch(again.session_id)][-1]

    assert len(plan.create) == started.synced_characters == len(characters) == 6
    assert (states[-1].status, states[-1].processed_characters) == ("completed", 6)
    assert [state.seq for state in states] == sorted({state.seq for state in states})
    assert one.equipment is not None
    assert {state.facet for state in history} >= {"profile", "equipment"}
    assert as_of.facets["profile"].state == "unknown"
    assert diff.id == one.id
    assert {change.type for page in pages for change in page.items} >= {"character.added"}
    assert [session.session_id for session in sessions] == [started.session_id]
    assert ended == "completed"


async def test_a_client_sets_schedules_and_webhooks(service: RunningService) -> None:
    async with service.player("six") as player, CharacterSync(service.url, player.token) as client:
        versions = [version.id for version in await client.game_versions()]
        daily = await client.sync_daily("retail", "us")
        raid = await client.sync_fresh_by("retail", "us", weekday="wednesday", time="19:30", time_zone="Europe/Berlin")
        await client.sync_every("retail", "us", hours=6)
        set_schedules = [(schedule.mode, schedule.hours) for schedule in await client.schedules()]
        await client.delete_schedule("retail", "us")
        left = await client.schedules()
        webhook = await client.create_webhook("https://example.org/hook", ["sync.*"])
        replaced = await client.replace_webhook_secret(webhook.id)
        paused = await client.pause_webhook(webhook.id)
        await client.delete_webhook(webhook.id)
        webhooks = await client.webhooks()

    assert "classic_era" in versions
    assert (daily.mode, raid.mode, raid.weekday, raid.time) == ("daily", "fresh_by", "wednesday", "19:30")
    assert (set_schedules, left) == ([("hours", 6)], [])
    assert webhook.secret.startswith("whsec_")
    assert replaced.secret.startswith("whsec_")
    assert replaced.secret != webhook.secret
    assert paused.paused_at is not None
    assert webhooks == []


async def test_a_watch_goes_on_after_its_connection_was_lost(service: RunningService) -> None:
    await service.control("POST", "faults", {"match": {"path": "*equipment*"}, "respond": {"hang": True}})
    made, lost = asyncio.Event(), asyncio.Event()
    async with service.player("six") as player, open_door() as door:
        door.lead_to(service.url)

        async def cut_and_cancel() -> None:
            await made.wait()
            door.cut()
            await lost.wait()
            await player.post(f"/api/v1/sync-sessions/{session_id}/cancel")

        async with CharacterSync(door.url, player.token) as client, asyncio.TaskGroup() as tasks:
            session_id = (await client.start_sync("retail", region="us")).session_id
            tasks.create_task(cut_and_cancel())
            watched = client.watch(session_id, on_connection=lambda is_well: (made if is_well else lost).set())
            states = [state async for state in watched]

    seqs = [state.seq for state in states]
    assert states[-1].status == "cancelled"
    assert seqs == sorted(set(seqs))


async def test_a_watch_is_left_though_its_connection_overheard_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `asyncio.wait_for` does before Python 3.12: a Ctrl-C in that moment was never answered."""
    monkeypatch.setattr(watching, "GOODBYE_SECONDS", 0.01)
    has_begun = asyncio.Event()

    async def connection() -> None:
        has_begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(connection())
    await has_begun.wait()
    async with asyncio.timeout(60):
        await watching._end(task)

    assert task.cancelled()


async def test_what_the_service_refuses_is_an_exception_of_its_kind(service: RunningService) -> None:
    await service.control("POST", "faults", {"match": {"path": "*equipment*"}, "respond": {"hang": True}})
    async with service.player("six") as player, CharacterSync(service.url, player.token) as client:
        with pytest.raises(InvalidRequest) as invalid:
            await client.start_sync("retail", region="moon")
        with pytest.raises(NotFound):
            _ = [state async for state in client.watch(uuid4())]
        started = await client.start_sync("retail", region="us")
        with pytest.raises(SyncAlreadyActive) as running:
            await client.start_sync("retail", region="us")
        cancelled = await client.cancel(started.session_id)
        await service.control("DELETE", "accounts/six")
        with pytest.raises(BattleNetTokenInvalid) as ended:
            await client.start_sync("retail", region="us")
    async with CharacterSync(service.url, "cs_wrong") as client:
        with pytest.raises(Unauthenticated) as stranger:
            await client.me()
    async with CharacterSync(service.sandbox.url, "cs_any") as client:
        with pytest.raises(AnswerUnreadable):
            await client.me()
    with pytest.raises(NotReached):
        async with CharacterSync("not an address", "cs_any"):
            pass

    assert (invalid.value.code, invalid.value.field) == ("invalid_request", "region")
    assert running.value.active_session_id == started.session_id
    assert cancelled.status == "cancelled"
    assert ended.value.sign_in_url == "/auth/battle-net/login"
    assert (stranger.value.code, stranger.value.status) == ("unauthenticated", 401)


async def test_a_sync_that_fails_as_a_whole_ends_the_watch_with_its_code(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, deadline_base_seconds=1, deadline_per_character_seconds=0) as service,
        service.player("six") as player,
    ):
        await service.control("POST", "faults", {"match": {"path": "*equipment*"}, "respond": {"hang": True}})
        async with CharacterSync(service.url, player.token) as client:
            session_id = (await client.start_sync("retail", region="us")).session_id
            with pytest.raises(SyncFailed) as failed:
                _ = [state async for state in client.watch(session_id)]
            row = await client.sync_session(session_id)

    assert failed.value.event.session_id == session_id
    assert failed.value.code == "deadline"
    assert (row.status, row.error, row.code) == ("failed", failed.value.sentence, "deadline")
