"""An operator looks at the sync sessions of all players, and at why a character is as it is, beside a running service."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from character_sync.commands.investigating import (
    run_explain,
    run_sessions_cancel,
    run_sessions_list,
    run_sessions_retry,
    run_sessions_show,
)
from character_sync.domain.errors import NotReady
from character_sync.domain.reason_words import REASON_WORDS
from character_sync.domain.sync_session import Reason
from support.service import Player, RunningService, running_service

HANGS = {"match": {"path": "*/character/*"}, "respond": {"hang": True}}


def fails(name: str) -> dict[str, Any]:
    return {"match": {"path": f"*/character/*/{name}"}, "respond": {"status": 503}}


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running_service(tmp_path, freshness_seconds=0, enrichment_backoff_seconds=0.01) as running:
        yield running


async def listed(service: RunningService, *, finished_too: bool) -> list[str]:
    said: list[str] = []
    await run_sessions_list(service.settings, finished_too=finished_too, limit=50, say=said.append)
    return said


async def explanation(service: RunningService, name: str) -> str:
    said: list[str] = []
    await run_explain(service.settings, name, say=said.append)
    return "\n".join(said)


async def named(player: Player, name: str) -> Any:
    return next(each for each in await player.characters(includeArchived="true") if each["name"] == name)


async def test_only_sync_sessions_that_wait_or_run_are_listed_unless_all_are_asked_for(service: RunningService) -> None:
    async with service.player("six") as player:
        finished = UUID((await player.sync())["sessionId"])
        assert await listed(service, finished_too=False) == ["No sync session waits or runs; --all shows the others."]

        await service.control("POST", "faults", HANGS)
        running = UUID((await player.start_sync())["sessionId"])
        [line] = await listed(service, finished_too=False)
        assert line.startswith(f"{running}  account retail us: ")
        everything = await listed(service, finished_too=True)
        assert [line.split()[0] for line in everything] == [str(running), str(finished)]
        assert "completed 6/6, ended" in everything[1]


async def test_a_sync_session_is_shown_with_each_character_and_the_reason_for_what_did_not_arrive(
    service: RunningService,
) -> None:
    await service.control("POST", "faults", fails("pallywar"))
    async with service.player("six") as player:
        snapshot = await player.sync()
    said: list[str] = []
    await run_sessions_show(service.settings, UUID(snapshot["sessionId"]), say=said.append)
    assert said[0].startswith(f"{snapshot['sessionId']}  account retail us: completed 6/6, 1 skipped, ended")
    assert len(said) == 2 + 6 + 1
    [skipped] = [line for line in said if "skipped, upstream_unavailable" in line]
    assert skipped.strip().startswith("Pallywar-")
    assert said[-1] == f"upstream_unavailable: {' '.join(REASON_WORDS[Reason.UPSTREAM_UNAVAILABLE])}"


async def test_a_running_sync_session_is_cancelled_for_its_player_and_who_watches_hears_it(
    service: RunningService,
) -> None:
    await service.control("POST", "faults", HANGS)
    async with service.player("six") as player:
        session_id = UUID((await player.start_sync())["sessionId"])
        said: list[str] = []
        async with player.watching(str(session_id)) as watch:
            await run_sessions_cancel(service.settings, session_id, say=said.append)
            await watch.end()
        assert said == [f"The sync session {session_id} is cancelled; 0 of 6 characters were settled and stay so."]
        assert (await player.get(f"/api/v1/sync-sessions/{session_id}"))["status"] == "cancelled"


async def test_what_a_sync_session_skipped_is_tried_again_by_the_running_service(service: RunningService) -> None:
    await service.control("POST", "faults", fails("pallywar"))
    async with service.player("six") as player:
        first = UUID((await player.sync())["sessionId"])
        await service.control("DELETE", "faults")
        said: list[str] = []
        await run_sessions_retry(service.settings, first, say=said.append)
        [sentence] = said
        second = sentence.split()[3]
        assert sentence == f"The sync session {second} tries 1 characters again."
        assert (await player.finished(second))["status"] == "completed"
        assert (await named(player, "Pallywar"))["facets"]["profile"]["state"] == "current"


async def test_a_finished_sync_session_is_not_cancelled_and_an_unknown_one_is_not_found(
    service: RunningService,
) -> None:
    async with service.player("six") as player:
        finished = UUID((await player.sync())["sessionId"])
    with pytest.raises(NotReady, match="already finished"):
        await run_sessions_cancel(service.settings, finished, say=print)
    nobodys = uuid4()
    for command in (run_sessions_show, run_sessions_cancel, run_sessions_retry):
        with pytest.raises(NotReady, match=f"There is no sync session {nobodys}"):
            await command(service.settings, nobodys, say=print)


async def test_a_running_sync_session_is_not_tried_again_and_its_id_is_named(service: RunningService) -> None:
    await service.control("POST", "faults", HANGS)
    async with service.player("six") as player:
        running = UUID((await player.start_sync())["sessionId"])
    with pytest.raises(NotReady, match=str(running)):
        await run_sessions_retry(service.settings, running, say=print)


async def test_an_explanation_tells_what_was_seen_decided_asked_and_changed_and_what_comes_next(
    service: RunningService,
) -> None:
    async with service.player("six") as player:
        await player.sync()
        pallywar = await named(player, "Pallywar")
        rename = {"action": "rename", "name": "Holywar", "region": "us", "gameVersion": "retail"}
        await service.control("POST", f"accounts/six/characters/{pallywar['battleNetId']}", rename)
        await service.control("POST", "faults", fails("holywar"))
        session_id = (await player.sync())["sessionId"]
        own = await player.browser.patch(f"/api/v1/characters/{pallywar['id']}/mine", json={"note": "my first"})
        rule = await player.browser.put("/api/v1/schedules/retail/us", json={"mode": "hours", "hours": 6})
        assert (own.status, rule.status) == (200, 200)

    told = await explanation(service, "holywar")
    assert told == await explanation(service, pallywar["id"])
    assert f"character {pallywar['id']}, number {pallywar['battleNetId']} at Battle.net" in told
    assert "active: the last listing of its game version showed it" in told
    assert "must be again, or go, by" in told
    assert "profile: failed, upstream_unavailable" in told
    assert "Battle.net did not answer for this character, not even when asked again." in told
    assert [name for name in ("Pallywar on", "Holywar on") if name in told] == ["Pallywar on", "Holywar on"]
    assert f"account {session_id}: skipped, upstream_unavailable, attempts:" in told
    assert "character.renamed" in told
    assert "note 'my first'" in told
    assert "every 6 hours, next" in told


async def test_a_question_about_who_is_who_is_explained_with_its_evidence(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
        pallywar = await named(player, "Pallywar")
        where = {"region": "us", "gameVersion": "retail"}
        path = f"accounts/six/characters/{pallywar['battleNetId']}"
        await service.control("POST", path, {"action": "transfer", "realm": "azralon", "newId": True, **where})
        await player.sync()
    told = await explanation(service, pallywar["id"])
    decided = told.split("Decided about who it is:")[1].split("\n\n")[0]
    assert "waits for the player" in decided
    assert "for: " in decided


async def test_a_name_that_several_have_is_explained_by_the_id_and_one_that_nobody_has_by_nothing(
    service: RunningService,
) -> None:
    for account in ("one", "two"):
        body = {"id": account, "gameVersion": "retail", "region": "us", "characters": 1, "seed": 7}
        await service.control("POST", "accounts", body)
        async with service.player(account) as player:
            await player.sync()
            [one] = await player.characters()
            rename = {"action": "rename", "name": "Twin", "region": "us", "gameVersion": "retail"}
            await service.control("POST", f"accounts/{account}/characters/{one['battleNetId']}", rename)
            await player.sync()
    with pytest.raises(NotReady, match="Several characters are called twin") as several:
        await run_explain(service.settings, "twin", say=print)
    assert one["id"] in str(several.value)
    with pytest.raises(NotReady, match="There is no character Nobody here"):
        await run_explain(service.settings, "Nobody", say=print)
