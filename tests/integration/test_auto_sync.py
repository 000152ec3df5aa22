"""Accounts that are synced by themselves, against the sandbox: days pass for the service and for Battle.net."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from character_sync.bootstrap import build_worker
from support.service import Player, RunningService, running_service

START = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RETAIL = "/api/v1/schedules/retail/us"


class Days:
    """A service and its Battle.net, both at the same virtual time. Nobody works beside the test."""

    def __init__(self) -> None:
        self.now = START
        self.service: RunningService
        self.worker: Any

    async def at(self, moment: datetime) -> None:
        self.now = moment
        await self.service.control("POST", "settings", {"clock": moment.isoformat()})

    async def round(self) -> int:
        looked_at: int = await self.worker.schedules.execute()
        return looked_at

    async def metric(self, line: str) -> float:
        async with aiohttp.ClientSession(self.service.url) as operator, operator.get("/metrics") as response:
            lines = (await response.text()).splitlines()
        [value] = [found.split()[-1] for found in lines if found.startswith(f"character_sync_schedules_{line} ")]
        return float(value)

    async def run(self, session_id: str) -> None:
        await self.worker.run_sync_session.execute(UUID(session_id))


@pytest.fixture
async def days(tmp_path: Path) -> AsyncIterator[Days]:
    days = Days()
    async with running_service(
        tmp_path, clock=lambda: days.now, works=False, sign_in_idle_days=400, sign_in_absolute_days=400
    ) as service:
        days.service = service
        days.worker = build_worker(service.parts)
        await days.at(START)
        yield days


async def put(player: Player, body: Any = None, *, path: str = RETAIL, expect: int = 200) -> Any:
    async with player.browser.put(path, json=body or {"mode": "hours", "hours": 6}) as response:
        assert response.status == expect, await response.text()
        return await response.json()


async def schedule(player: Player) -> Any:
    [only] = await player.get("/api/v1/schedules")
    return only


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def sessions(player: Player) -> list[Any]:
    items: list[Any] = (await player.get("/api/v1/sync-sessions"))["items"]
    return items


async def due(days: Days, player: Player, **body: Any) -> datetime:
    """Set a schedule and go to its first due time."""
    due_at = moment((await put(player, body or None))["nextDueAt"])
    await days.at(due_at)
    return due_at


async def test_a_schedule_is_set_read_changed_and_deleted(days: Days) -> None:
    async with days.service.player("six") as player:
        assert await player.get("/api/v1/schedules") == []
        made = await put(player, {"mode": "daily"})
        assert (made["gameVersion"], made["region"], made["mode"], made["hours"]) == ("retail", "us", "daily", 24)
        assert START < moment(made["nextDueAt"]) <= START + DAY
        assert await schedule(player) == made
        raid = {"mode": "fresh_by", "weekday": "wednesday", "time": "19:30", "timeZone": "Europe/Berlin"}
        fresh = await put(player, raid)
        assert {name: fresh[name] for name in raid} == raid
        begins = datetime(2026, 11, 25, 18, 30, tzinfo=UTC) - moment(fresh["nextDueAt"])
        assert timedelta(minutes=30) <= begins <= timedelta(minutes=90)
        off = await put(player, {"mode": "off"})
        assert off["nextDueAt"] is None
        async with player.browser.delete(RETAIL) as response:
            assert response.status == 204
        async with player.browser.delete(RETAIL) as response:
            assert response.status == 404
        assert await player.get("/api/v1/schedules") == []


@pytest.mark.parametrize(
    ("body", "path", "field"),
    [
        ({"mode": "hours"}, RETAIL, "hours"),
        ({"mode": "hours", "hours": 0}, RETAIL, "hours"),
        ({"mode": "hours", "hours": 169}, RETAIL, "hours"),
        ({"mode": "weekly"}, RETAIL, "mode"),
        ({"hours": 3}, RETAIL, "mode"),
        ({"mode": "daily", "hours": 3}, RETAIL, "hours"),
        ({"mode": "fresh_by", "weekday": "wednesday", "time": "19:30", "timeZone": "Azeroth/Org"}, RETAIL, "timeZone"),
        ({"mode": "fresh_by", "weekday": "wednesday", "time": "24:00", "timeZone": "Europe/Berlin"}, RETAIL, "time"),
        ({"mode": "fresh_by", "weekday": "raidday", "time": "19:30", "timeZone": "Europe/Berlin"}, RETAIL, "weekday"),
        ({"mode": "daily"}, "/api/v1/schedules/warcraft_iv/us", "gameVersion"),
        ({"mode": "daily"}, "/api/v1/schedules/retail/mars", "region"),
    ],
)
async def test_a_schedule_that_makes_no_sense_is_refused_with_its_field(
    days: Days, body: Any, path: str, field: str
) -> None:
    async with days.service.player("six") as player:
        problem = await put(player, body, path=path, expect=422)
        assert (problem["code"], problem["field"]) == ("invalid_request", field)
        assert await player.get("/api/v1/schedules") == []


async def test_at_its_time_and_not_before_an_account_is_synced_once_in_the_lowest_lane(days: Days) -> None:
    async with days.service.player("six") as player:
        due_at = await due(days, player)
        await days.at(due_at - MINUTE)
        assert await days.round() == 0
        await days.at(due_at + MINUTE)
        assert await days.round() == 1
        assert await days.round() == 0
        [session] = await sessions(player)
        assert (session["kind"], session["totalCharacters"]) == ("scheduled", 6)
        async with days.service.parts.database.reading() as connection:
            [lane] = (await connection.exec_driver_sql("SELECT lane FROM character_sync_sessions")).scalars()
        assert lane == 2
        now = await schedule(player)
        assert (now["lastOutcome"], now["lastSessionId"]) == ("started", session["sessionId"])
        assert moment(now["lastDueAt"]) == due_at
        assert moment(now["nextDueAt"]) == due_at + 6 * HOUR
        assert (now["lateSeconds"], now["wasLate"], now["missed"]) == (60, False, 0)
        await days.run(session["sessionId"])
        assert {c["facets"]["profile"]["state"] for c in await player.characters()} == {"current"}


async def test_after_the_service_was_down_one_sync_is_begun_late_and_the_missed_times_are_counted(days: Days) -> None:
    async with days.service.player("six") as player:
        due_at = await due(days, player)
        await days.at(due_at + 13 * HOUR)
        assert await days.metric("overdue") == 1
        assert await days.metric("oldest_overdue_seconds") == 13 * 3600
        for _ in range(3):
            await days.round()
        assert len(await sessions(player)) == 1
        now = await schedule(player)
        assert (now["wasLate"], now["lateSeconds"], now["missed"]) == (True, 13 * 3600, 2)
        assert moment(now["nextDueAt"]) == due_at + 18 * HOUR
        assert await days.metric('dealt_total{late="yes",outcome="started"}') == 1
        assert await days.metric("missed_total") == 2
        assert await days.metric("overdue") == 0
        assert await days.metric("last_run_timestamp_seconds") == days.now.timestamp()
        assert await days.metric("last_due_timestamp_seconds") == due_at.timestamp()


async def test_setting_the_same_again_moves_no_due_time_that_has_come(days: Days) -> None:
    async with days.service.player("six") as player:
        due_at = await due(days, player)
        await days.at(due_at + MINUTE)
        assert moment((await put(player))["nextDueAt"]) == due_at
        assert await days.round() == 1


async def test_when_the_sign_in_has_ended_what_is_held_is_enriched_and_one_notice_tells(days: Days) -> None:
    async with days.service.player("six") as player:
        first = await player.start_sync()
        await days.run(first["sessionId"])
        ended = moment((await player.get("/api/v1/me"))["battleNet"]["expiresAt"])
        await put(player)
        await put(player, path="/api/v1/schedules/classic_era/us")
        await days.at(ended + 7 * HOUR)
        await days.service.control("DELETE", "stats")
        assert await days.round() == 2
        assert "notice" in await player.get("/api/v1/me")
        [session] = [s for s in await sessions(player) if s["kind"] == "scheduled"]
        assert session["totalCharacters"] == 6
        await days.run(session["sessionId"])
        [snapshot] = [await player.get(f"/api/v1/sync-sessions/{session['sessionId']}")]
        assert {c["status"] for c in snapshot["characters"]} == {"completed"}
        asked = (await days.service.control("GET", "stats"))["requests"]
        assert {request["token"] for request in asked} == {"app"}

        era, retail = await player.get("/api/v1/schedules")
        assert (era["lastOutcome"], retail["lastOutcome"]) == ("nothing_held", "list_frozen")
        paused = {"reason": "sign_in_again", "since": retail["listPaused"]["since"]}
        assert retail["listPaused"] == era["listPaused"] == paused
        assert moment(paused["since"]) == ended
        me = await player.get("/api/v1/me")
        assert me["notice"] == paused
        assert me["battleNet"]["listFrozenSince"] == paused["since"]

        async with player.browser.post("/api/v1/me/notice/seen") as response:
            assert response.status == 204
        for hours in (14, 21):
            await days.at(ended + hours * HOUR)
            await days.round()
            await days.run((await player.get("/api/v1/schedules"))[1]["lastSessionId"])
            assert "notice" not in await player.get("/api/v1/me")

        await player.sign_in("six")
        retail = (await player.get("/api/v1/schedules"))[1]
        assert "listPaused" not in retail
        await days.at(moment(retail["nextDueAt"]))
        await days.round()
        assert (await player.get("/api/v1/schedules"))[1]["lastOutcome"] == "started"


async def test_a_sign_in_that_battle_net_has_ended_early_freezes_the_list_too(days: Days) -> None:
    async with days.service.player("six") as player:
        first = await player.start_sync()
        await days.run(first["sessionId"])
        await due(days, player)
        fault = {"match": {"path": "/profile/user/wow"}, "respond": {"status": 401}}
        await days.service.control("POST", "faults", fault)
        await days.round()
        now = await schedule(player)
        assert now["lastOutcome"] == "list_frozen"
        assert moment(now["listPaused"]["since"]) == days.now


async def test_a_sync_that_runs_by_hand_is_joined(days: Days) -> None:
    async with days.service.player("six") as player:
        due_at = await due(days, player)
        by_hand = await player.start_sync()
        assert await days.round() == 1
        now = await schedule(player)
        assert (now["lastOutcome"], now["lastSessionId"]) == ("joined", by_hand["sessionId"])
        assert "lastRunAt" not in now
        assert moment(now["nextDueAt"]) == due_at + 6 * HOUR
        assert len(await sessions(player)) == 1


async def test_a_sync_of_another_region_is_waited_for(days: Days) -> None:
    async with days.service.player("six") as player:
        due_at = await due(days, player)
        elsewhere = await player.start_sync("retail", "eu")
        await days.round()
        now = await schedule(player)
        assert (now["problem"], moment(now["nextDueAt"])) == ("sync_already_active", due_at)
        await days.run(elsewhere["sessionId"])
        await days.at(due_at + 5 * MINUTE)
        await days.round()
        assert (await schedule(player))["lastOutcome"] == "started"


async def test_while_battle_net_is_down_a_due_sync_waits_tells_why_and_begins_afterwards(days: Days) -> None:
    async with days.service.player("six") as player:
        due_at = await due(days, player)
        await days.service.control("POST", "faults", {"match": {}, "respond": {"status": 503}})
        await days.round()
        now = await schedule(player)
        assert (now["problem"], moment(now["nextDueAt"])) == ("battle_net_unavailable", due_at)
        assert "lastOutcome" not in now
        assert await days.round() == 0  # not hammered at
        assert await days.metric("put_off_total") == 1
        await days.service.control("DELETE", "faults")
        await days.at(due_at + 20 * MINUTE)
        await days.round()
        now = await schedule(player)
        assert (now["lastOutcome"], now["wasLate"]) == ("started", True)
        assert "problem" not in now
        assert len(await sessions(player)) == 1


async def test_who_has_not_been_here_for_long_is_held_back_until_the_next_visit(days: Days) -> None:
    async with days.service.player("six") as player:
        await due(days, player)
        await days.at(START + 91 * DAY)
        await days.service.control("DELETE", "stats")
        await days.round()
        assert (await days.service.control("GET", "stats"))["total"] == 0
        now = await schedule(player)  # which is the visit
        assert now["lastOutcome"] == "held_back"
        await days.at(moment(now["nextDueAt"]))
        await days.round()
        assert (await schedule(player))["lastOutcome"] == "nothing_held"  # the sign-in at Battle.net has ended long ago


async def test_no_more_than_there_is_room_for_begin_and_the_rest_stays_due_and_goes_first(tmp_path: Path) -> None:
    days = Days()
    async with running_service(tmp_path, clock=lambda: days.now, works=False, schedules_at_once=1) as service:
        days.service, days.worker = service, build_worker(service.parts)
        await days.at(START)
        async with service.player("six") as one, service.player("mixed") as other:
            players = sorted(
                [(moment((await put(player))["nextDueAt"]), id(player), player) for player in (one, other)],
            )
            await days.at(players[1][0])
            assert await days.round() == 1
            [session] = await sessions(players[0][2])
            assert await sessions(players[1][2]) == []
            assert await days.round() == 0
            await days.run(session["sessionId"])
            assert await days.round() == 1
            assert len(await sessions(players[1][2])) == 1


async def test_many_rounds_at_the_same_time_begin_each_due_sync_once(days: Days) -> None:
    async with days.service.player("six") as one, days.service.player("mixed") as other:
        for player in (one, other):
            await put(player)
        await days.at(START + 6 * HOUR)
        await asyncio.gather(*(days.round() for _ in range(8)))
        assert [len(await sessions(player)) for player in (one, other)] == [1, 1]


async def test_a_worker_begins_due_syncs_by_itself_and_works_them(tmp_path: Path) -> None:
    now = START
    async with running_service(tmp_path, clock=lambda: now, schedules_seconds=0.05, reconcile_seconds=0.05) as service:
        await service.control("POST", "settings", {"clock": START.isoformat()})
        async with service.player("six") as player:
            now = moment((await put(player))["nextDueAt"])
            await service.control("POST", "settings", {"clock": now.isoformat()})
            found: list[Any] = []
            while not found:
                await asyncio.sleep(0.1)
                found = await sessions(player)
            ended = await player.finished(found[0]["sessionId"])
            assert (ended["kind"], ended["status"]) == ("scheduled", "completed")


async def test_a_sync_of_an_erased_player_is_not_begun(days: Days) -> None:
    async with days.service.player("six") as player:
        await due(days, player)
        await player.browser.delete("/api/v1/me")
        assert await days.round() == 0
        assert await days.metric("overdue") == 0


async def test_an_export_has_the_schedules(days: Days) -> None:
    async with days.service.player("six") as player:
        made = await put(player)
        [exported] = (await player.get("/api/v1/me/export"))["schedules"]
        assert exported == made | {"listFrozenSince": None, "noticeSeenAt": None}
