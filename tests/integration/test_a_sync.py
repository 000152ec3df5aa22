"""A sync from the button to the last event, on the embedded default."""

import pytest

from support.service import RunningService

VERSIONS = ["retail", "classic_era", "classic_sod", "classic_anniversary", "classic_progression"]


async def test_a_watcher_sees_each_of_sixty_characters_processing_and_then_completed(service: RunningService) -> None:
    async with service.player("sixty") as player, player.socket() as watch:
        started = await player.start_sync("retail", "eu")
        await watch.join(started["sessionId"])
        last = await watch.end()
        snapshot = await player.get(f"/api/v1/sync-sessions/{started['sessionId']}")

    seen: dict[str, list[str]] = {}
    for _, message in watch.events:
        if current := message.get("currentCharacter"):
            seen.setdefault(current["id"], []).append(current["status"])
    assert started["syncedCharacters"] == 60
    assert len(snapshot["characters"]) == 60
    assert {character["status"] for character in snapshot["characters"]} == {"completed"}
    assert all(statuses[-1] == "completed" for statuses in seen.values())
    sequence = [message["seq"] for _, message in watch.events]
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
