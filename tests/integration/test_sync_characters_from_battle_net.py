"""A sync from the button to the last event, on the embedded default."""

import asyncio

import pytest

from support.held_back import hold_back, let_go
from support.service import RunningService

VERSIONS = ["retail", "classic_era", "classic_sod", "classic_anniversary", "classic_progression"]


async def test_a_watcher_sees_each_of_sixty_characters_processing_and_then_completed(service: RunningService) -> None:
    await hold_back(service.control)
    async with service.player("sixty") as player, player.socket() as watch:
        started = await player.start_sync("retail", "eu")
        await watch.join({"sessionId": started["sessionId"]})
        await let_go(service.control)
        last = await watch.end()
        snapshot = await player.get(f"/api/v1/sync-sessions/{started['sessionId']}")

    seen: dict[str, list[str]] = {}
    for _, message in watch.events:
        if current := message.get("currentCharacter"):
            seen.setdefault(current["id"], []).append(current["status"])
    sequence = [message["seq"] for _, message in watch.events]
    assert started["syncedCharacters"] == len(snapshot["characters"]) == 60
    assert {character["status"] for character in snapshot["characters"]} == {"completed"}
    assert set(seen) == {character["id"] for character in snapshot["characters"]}
    assert all(statuses[-1] == "completed" for statuses in seen.values())
    assert sum(statuses == ["processing", "completed"] for statuses in seen.values()) >= 28  # 32 began before the join
    assert sequence == sorted(set(sequence))
    assert [name for name, _ in watch.events].count("sync-complete") == 1
    assert watch.events[-1][0] == "sync-complete"
    assert last == {field: snapshot[field] for field in last}


@pytest.mark.parametrize("version", VERSIONS)
async def test_all_game_versions_of_an_account_sync(service: RunningService, version: str) -> None:
    async with service.player("six") as player:
        snapshot = await player.sync(version)
        characters = await player.characters(gameVersion=version)

    assert snapshot["status"] == "completed"
    assert [c["status"] for c in snapshot["characters"]] == ["completed"] * 6
    assert {c["realm"] for c in characters} == {"old-blanchy"}
    assert "Pallywar" in {c["name"] for c in characters}
    assert {c["template"] for c in characters} == {"wow" if version == "retail" else "wow_classic"}
    assert all(c["activeSpec"]["name"] for c in characters)


async def test_an_account_without_characters_is_synced_at_once(service: RunningService) -> None:
    async with service.player("empty") as player, player.socket() as watch:
        started = await player.start_sync()
        snapshot = await player.get(f"/api/v1/sync-sessions/{started['sessionId']}")
        ack = await watch.join(started["sessionId"])
        last = await watch.end()

    assert started["syncedCharacters"] == 0
    assert snapshot["status"] == ack["snapshot"]["status"] == last["status"] == "completed"
    assert snapshot["progressPercentage"] == 100
    assert [name for name, _ in watch.events] == ["sync-complete"]


async def test_a_second_sync_creates_no_duplicates_and_keeps_the_ids(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync("classic_sod")
        first = {c["id"]: c["battleNetId"] for c in await player.characters()}
        await player.sync("classic_sod")
        second = {c["id"]: c["battleNetId"] for c in await player.characters(includeArchived="true")}

    assert second == first
    assert len(first) == 6


async def test_era_and_season_of_discovery_are_told_apart_in_one_namespace(service: RunningService) -> None:
    async with service.player("mixed") as player:
        await player.sync("classic_era", "eu")
        await player.sync("classic_sod", "eu")
        era = {c["name"] for c in await player.characters(gameVersion="classic_era")}
        season = {c["name"] for c in await player.characters(gameVersion="classic_sod")}

    assert era == {"Ærlig", "Petkeeper", "Lastbreath", "Nulltree"}
    assert season == {"Runeseeker", "Tidecaller", "Fresh"}


async def test_a_deleted_character_is_archived_and_a_restored_one_reactivated(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
        [pallywar] = [c for c in await player.characters() if c["name"] == "Pallywar"]
        await _change(service, pallywar, "delete")
        await player.sync()
        shown = await player.characters()
        [archived] = [c for c in await player.characters(includeArchived="true") if c["id"] == pallywar["id"]]
        await _change(service, pallywar, "restore")
        await player.sync()
        [back] = [c for c in await player.characters() if c["id"] == pallywar["id"]]

    assert len(shown) == 5
    assert not archived["isActive"]
    assert "archivedAt" in archived
    assert back["isActive"]
    assert "archivedAt" not in back


async def test_a_renamed_character_stays_the_same_character(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
        [pallywar] = [c for c in await player.characters() if c["name"] == "Pallywar"]
        await _change(service, pallywar, "rename", name="Holywar")
        await player.sync()
        characters = {c["id"]: c["name"] for c in await player.characters(includeArchived="true")}

    assert len(characters) == 6
    assert characters[pallywar["id"]] == "Holywar"


async def test_a_listing_that_shows_almost_nobody_archives_only_when_a_second_one_agrees(
    service: RunningService,
) -> None:
    async with service.player("six") as player:
        await player.sync()
        for character in (await player.characters())[:4]:
            await _change(service, character, "delete")
        await player.sync()
        after_one = len(await player.characters())
        await player.sync()
        after_two = len(await player.characters())

    assert (after_one, after_two) == (6, 2)


async def test_a_failed_listing_changes_nothing(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
        before = await player.characters()
        await service.control("POST", "faults", {"match": {"path": "/profile/user/wow"}, "respond": {"status": 500}})
        problem = await player.start_sync(expect=503)
        sessions = await player.get("/api/v1/sync-sessions")

        assert problem["code"] == "battle_net_unavailable"
        assert await player.characters() == before
        assert len(sessions["items"]) == 1


async def test_every_quirk_of_the_mixed_account_ends_in_the_right_state_and_reason(service: RunningService) -> None:
    async with service.player("mixed") as player:
        snapshot = await player.sync("retail", "eu")
        characters = {c["id"]: c for c in await player.characters(gameVersion="retail")}

    outcomes = {c["name"]: (c["status"], c.get("reason")) for c in snapshot["characters"]}
    skipped = {name: outcome for name, outcome in outcomes.items() if outcome[0] == "skipped"}
    assert skipped == {
        "Newborn": ("skipped", "below_level_10"),
        "Youngling": ("skipped", "below_level_10"),
        "Slugbu6B4D5C": ("skipped", "not_found"),
        "Longgone": ("skipped", "not_found"),
        "Hiddenone": ("skipped", "not_found"),
        "Otherself": ("skipped", "not_found"),
    }
    assert outcomes["Veiled"] == ("completed", "hidden")
    assert {name for name, outcome in outcomes.items() if outcome[0] == "failed"} == set()
    by_name = {c["name"]: c for c in characters.values()}
    assert {"Élodie", "Буревестник", "Sturmfürst", "Sjøfarer"} <= set(by_name)
    assert by_name["Wanderpaws"]["faction"] == "NEUTRAL"
    assert by_name["Sideless"]["faction"] is None
    assert "avatarUrl" not in by_name["Faceless"]
    assert by_name["Oldpicture"]["avatarUrl"].startswith(f"{service.sandbox.url}/renders/")
    assert by_name["Newborn"]["level"] == 0


@pytest.mark.parametrize(
    ("version", "region"),
    [
        ("retail", "us"),
        ("retail", "kr"),
        ("retail", "tw"),
        ("classic_progression", "eu"),
        ("classic_progression", "us"),
        ("classic_era", "eu"),
        ("classic_era", "us"),
        ("classic_sod", "us"),
        ("classic_anniversary", "eu"),
        ("classic_anniversary", "us"),
    ],
)
async def test_the_mixed_account_syncs_in_every_version_and_region(
    service: RunningService, version: str, region: str
) -> None:
    async with service.player("mixed") as player:
        snapshot = await player.sync(version, region)

    assert snapshot["status"] == "completed"
    assert snapshot["totalCharacters"] > 0
    assert {c["status"] for c in snapshot["characters"]} <= {"completed", "skipped"}


async def test_the_recorded_account_syncs_from_real_answers(service: RunningService) -> None:
    async with service.player("recorded") as player:
        await player.sync("retail", "us")
        snapshot = await player.sync("retail", "eu")
        characters = {c["name"]: c for c in await player.characters(region="eu")}
        sheday = await player.get(f"/api/v1/characters/{characters['Sheday']['id']}")

    assert {c["name"]: c["status"] for c in snapshot["characters"]} == {
        "Sheday": "completed",
        "Альвеоняша": "completed",
    }
    assert sheday["battleNetId"] == 142650023
    assert sheday["avatarUrl"].startswith("https://render")
    assert sheday["facets"]["profile"]["upstreamModifiedAt"] is not None


async def test_a_character_carries_its_gear_talents_and_the_state_of_each_facet(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
        [pallywar] = [c for c in await player.characters() if c["name"] == "Pallywar"]
        detail = await player.get(f"/api/v1/characters/{pallywar['id']}")

    assert {facet: row["state"] for facet, row in detail["facets"].items()} == dict.fromkeys(
        ("profile", "media", "equipment", "specializations"), "current"
    )
    assert detail["equipment"]["items"][0]["slot"] == "HEAD"
    assert detail["equipment"]["itemLevel"] == detail["itemLevel"]
    assert detail["specializations"]["active"] == detail["activeSpec"]
    assert any(spec["isActive"] and spec["talents"] for spec in detail["specializations"]["specs"])


async def test_one_character_is_refreshed_alone(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
        [pallywar] = [c for c in await player.characters() if c["name"] == "Pallywar"]
        await service.control("DELETE", "stats")
        queued = await player.post(f"/api/v1/characters/{pallywar['id']}/enrich")
        snapshot = await player.finished(queued["sessionId"])
        stats = await service.control("GET", "stats")

    assert queued["message"] == "Character enrichment queued"
    assert queued["character"] == {"id": pallywar["id"], "name": "Pallywar", "realm": "old-blanchy"}
    assert snapshot["kind"] == "character"
    assert [(c["jobId"], c["status"]) for c in snapshot["characters"]] == [(queued["jobId"], "completed")]
    assert stats["total"] == 4


async def test_refreshing_a_character_that_already_waits_joins_its_sync(service: RunningService) -> None:
    await hold_back(service.control)
    async with service.player("six") as player:
        started = await player.start_sync()
        [character, *_] = await player.characters()
        queued = await player.post(f"/api/v1/characters/{character['id']}/enrich")
        await let_go(service.control)
        snapshot = await player.finished(started["sessionId"])

    assert queued["sessionId"] == started["sessionId"]
    assert queued["jobId"] in {c["jobId"] for c in snapshot["characters"]}


async def test_of_many_syncs_asked_for_at_the_same_instant_exactly_one_starts(service: RunningService) -> None:
    await hold_back(service.control)
    async with service.player("sixty") as player:

        async def ask() -> tuple[int, dict[str, object]]:
            body = {"gameVersion": "retail", "region": "eu"}
            async with player.browser.post("/api/v1/characters/sync", json=body) as response:
                return response.status, await response.json()

        answers = await asyncio.gather(*(ask() for _ in range(20)))

    started = [body for status, body in answers if status == 202]
    refused = [body for status, body in answers if status == 409]
    assert (len(started), len(refused)) == (1, 19)
    assert {body["code"] for body in refused} == {"sync_already_active"}
    assert {body["activeSessionId"] for body in refused} == {started[0]["sessionId"]}


async def _change(service: RunningService, character: dict[str, object], action: str, **more: object) -> None:
    body = {"action": action, "region": character["region"], "gameVersion": character["gameVersion"], **more}
    await service.control("POST", f"accounts/six/characters/{character['battleNetId']}", body)
