"""Blizzard's 30-day rule against the sandbox: months pass for the service and for Battle.net."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from character_sync.bootstrap import build_worker
from character_sync.use_cases.verify_characters import VerifyCharacters
from support.service import Player, RunningService, running_service

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEP = timedelta(hours=6)
VERSIONS = ["retail", "classic_era", "classic_anniversary", "classic_progression"]


class Months:
    """A service and its Battle.net, both at the same virtual time."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.folder = folder
        self.service: RunningService
        self.check: VerifyCharacters

    async def pass_days(self, days: float) -> None:
        """Let time pass for both, and check as a worker would."""
        until = self.now + timedelta(days=days)
        while self.now < until:
            self.now = min(self.now + STEP, until)
            await self.service.control("POST", "settings", {"clock": self.now.isoformat()})
            await self.check.execute()

    async def held_past_their_date(self) -> float:
        async with aiohttp.ClientSession(self.service.url) as operator, operator.get("/metrics") as response:
            lines = (await response.text()).splitlines()
        [line] = [line for line in lines if line.startswith("character_sync_characters_held_past_their_date ")]
        return float(line.split()[1])


@pytest.fixture
async def months(tmp_path: Path) -> AsyncIterator[Months]:
    months = Months(tmp_path)
    # Nobody works beside the test: it checks when it says so. Sign-ins last, for it is the same player after months.
    async with running_service(
        tmp_path, clock=lambda: months.now, works=False, sign_in_idle_days=400, sign_in_absolute_days=400
    ) as service:
        months.service = service
        worker = build_worker(service.parts)
        months.check = worker.verify
        await service.control("POST", "settings", {"clock": START.isoformat()})
        yield months


async def synced(months: Months, player: Player, version: str = "retail") -> list[Any]:
    started = await player.start_sync(version)
    await build_worker(months.service.parts).run_sync_session.execute(UUID(started["sessionId"]))
    return await player.characters(gameVersion=version)


async def test_the_api_tells_when_a_character_was_seen_and_until_when_it_is_kept(months: Months) -> None:
    async with months.service.player("six") as player:
        [character, *_] = await synced(months, player)
        detail = await player.get(f"/api/v1/characters/{character['id']}")
    dates = ("2026-11-23T12:00:00.000Z", "2026-12-23T12:00:00.000Z")
    assert (character["verifiedAt"], character["verifyBy"]) == dates
    assert (detail["verifiedAt"], detail["verifyBy"]) == dates
    assert "goneAt" not in character


@pytest.mark.parametrize("version", VERSIONS)
async def test_characters_that_stay_are_held_for_months_and_never_past_their_date(months: Months, version: str) -> None:
    async with months.service.player("six") as player:
        held = await synced(months, player, version)
        for _ in range(4):
            await months.pass_days(24)
            assert await months.held_past_their_date() == 0
        now = await player.characters(gameVersion=version)
    assert [character["id"] for character in now] == [character["id"] for character in held]
    assert all(character["avatarUrl"] for character in now)
    assert all(character["verifyBy"] > months.now.isoformat() for character in now)


async def test_a_deleted_character_leaves_only_its_name_and_then_nothing(months: Months) -> None:
    async with months.service.player("six") as player:
        [gone, *stay] = await synced(months, player)
        number = gone["battleNetId"]
        await months.service.control("POST", f"accounts/six/characters/{number}", {"action": "delete"})
        await months.pass_days(29)
        tombstone = await player.get(f"/api/v1/characters/{gone['id']}")
        listed = await player.characters()
        export = await player.get("/api/v1/me/export")
        await months.pass_days(33)
        everything = await player.characters(includeArchived="true")

    assert (tombstone["name"], tombstone["realm"], tombstone["isActive"]) == (gone["name"], gone["realm"], False)
    assert tombstone["goneAt"] < tombstone["verifyBy"]
    assert (tombstone["equipment"], tombstone["specializations"], tombstone["level"]) == (None, None, 0)
    assert not {"avatarUrl", "guild", "title", "itemLevel", "lastLoginAt"} & tombstone.keys()
    assert {state["state"] for state in tombstone["facets"].values()} == {"pending"}
    assert len(listed) == len(stay)
    assert [c["contents"] for c in export["characters"] if c["id"] == gone["id"]] == [{}]
    assert {character["id"] for character in everything} == {character["id"] for character in stay}


async def test_another_character_of_the_same_name_is_not_the_one_that_was_held(months: Months) -> None:
    async with months.service.player("six") as player:
        [old, *_] = await synced(months, player)
        path = f"accounts/six/characters/{old['battleNetId']}"
        await months.service.control("POST", path, {"action": "recreate"})
        await months.pass_days(29)
        character = await player.get(f"/api/v1/characters/{old['id']}")
    assert "goneAt" in character


@pytest.mark.parametrize(
    ("days", "respond"),
    [
        (7, {"status": 403}),
        (7, {"status": 500}),
        (7, {"status": 503}),
        (1, {"status": 429, "retryAfter": 1}),  # a day: the gate that it closes keeps real time
    ],
)
async def test_an_outage_loses_nothing(months: Months, days: float, respond: Any) -> None:
    async with months.service.player("six") as player:
        held = await synced(months, player)
        await months.pass_days(26 - days)
        fault = {"match": {"path": "*/status"}, "respond": respond}
        await months.service.control("POST", "faults", fault)
        await months.pass_days(days)
        during = await player.characters()
        await months.service.control("DELETE", "faults")
        await months.pass_days(3)
        after = await player.characters()
        late = await months.held_past_their_date()
    assert [c["updatedAt"] for c in during] == [c["updatedAt"] for c in held]
    assert [c["id"] for c in after] == [c["id"] for c in held]
    assert all(c["verifiedAt"] > START.isoformat() for c in after)
    assert late == 0


async def test_a_sync_brings_a_purged_character_back(months: Months) -> None:
    async with months.service.player("six") as player:
        held = await synced(months, player)
        number = held[0]["battleNetId"]
        await months.service.control("POST", f"accounts/six/characters/{number}", {"action": "delete"})
        await months.pass_days(29)
        await months.service.control("POST", f"accounts/six/characters/{number}", {"action": "restore"})
        await player.sign_in("six")
        again = await synced(months, player)
    assert [c["id"] for c in again] == [c["id"] for c in held]
    assert not [c for c in again if "goneAt" in c]
    assert all(c["avatarUrl"] for c in again)


async def test_a_worker_checks_by_itself_and_an_operator_sees_what_came_of_it(tmp_path: Path) -> None:
    now = [START]
    async with (
        running_service(tmp_path, clock=lambda: now[0], verification_seconds=0.05) as service,
        service.player("six") as player,
    ):
        await player.sync()
        now[0] += timedelta(days=26)
        await service.control("POST", "settings", {"clock": now[0].isoformat()})
        counted = 0.0
        async with aiohttp.ClientSession(service.url) as operator:
            while counted < 6:  # bounded by the test's own time limit
                async with operator.get("/metrics") as response:
                    counted = _verified(await response.text())

    assert counted == 6


def _verified(page: str) -> float:
    name = 'character_sync_characters_checked_total{step="verified"}'
    [line] = [line for line in page.splitlines() if line.startswith(name)]
    return float(line.split()[1])
