"""How characters were: what the API tells of earlier days, and when it is forgotten."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from character_sync.adapters.database.tables import character_facet_states, character_snapshots
from character_sync.bootstrap import build_worker
from support.days import Days, running_days
from support.service import Player

pytest_plugins = ["support.servers"]

DAY = timedelta(days=1)
FACETS = {"profile", "media", "equipment", "specializations"}


@pytest.fixture(params=["sqlite", "postgresql"])
async def days(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Days]:
    if request.param == "sqlite":
        async with running_days(tmp_path) as days:
            yield days
        return
    databases = request.getfixturevalue("postgresql_databases")
    name = await databases.create()
    async with running_days(tmp_path, database_url=databases.url(name)) as days:
        yield days
    await databases.drop(name)


async def _next_day(days: Days, player: Player, *, play: int | None = None, **playing: int) -> None:
    """A day passes; the character plays in its middle, and everything is synced at its end."""
    await days.pass_time(DAY / 2)
    if play is not None:
        await days.service.control("POST", f"accounts/six/characters/{play}", {"action": "play", **playing})
    await days.pass_time(DAY / 2)
    await player.sign_in("six")
    await days.sync(player, region="us")


async def _count(days: Days, table: Any) -> int:
    async with days.service.parts.database.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


def _on(day: int) -> str:
    return f"2026-11-{23 + day:02}T12:00:00.000Z"


async def test_a_state_is_known_as_long_as_it_was_seen_and_between_two_nothing_is(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}"
        await _next_day(days, player)
        await _next_day(days, player, play=character["battleNetId"])
        gear = (await player.get(f"{path}/history", facet="equipment"))["items"]
        seen = {day: await player.get(path, asOf=_on(day)) for day in (-1, 0, 1, 2, 3)}
        between = await player.get(path, asOf="2026-11-25T00:00:00Z")

    assert [(state["firstSeenAt"], state["lastSeenAt"], state["endedAt"]) for state in gear] == [
        (_on(2), _on(2), None),
        (_on(0), _on(1), _on(2)),  # on the first day the profile told that the gear was the same
    ]
    assert gear[0]["contentHash"] != gear[1]["contentHash"]
    known = {day: character["facets"]["equipment"]["state"] for day, character in seen.items()}
    assert known == {-1: "unknown", 0: "known", 1: "known", 2: "known", 3: "unknown"}
    assert (between["facets"]["equipment"]["state"], between["equipment"]) == ("unknown", None)
    assert (between["facets"]["equipment"]["lastSeenAt"], between["facets"]["equipment"]["endedAt"]) == (_on(1), _on(2))
    assert seen[0]["equipment"] == seen[1]["equipment"] != seen[2]["equipment"]
    assert seen[0]["profile"]["itemLevel"] == seen[0]["equipment"]["itemLevel"] == character["itemLevel"]


async def test_a_state_that_was_seen_once_is_found_by_the_time_that_is_told_of_it(days: Days) -> None:
    await days.pass_time(timedelta(microseconds=123_456))  # clocks know more than the milliseconds that are told
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}"
        before = await player.get(path)
        await _next_day(days, player, play=character["battleNetId"])
        *_, gear = (await player.get(f"{path}/history", facet="equipment"))["items"]
        then = await player.get(path, asOf=gear["firstSeenAt"])
        diff = await player.get(f"{path}/diff", **{"from": gear["firstSeenAt"]})

    assert gear["firstSeenAt"] == gear["lastSeenAt"] == "2026-11-23T12:00:00.123Z"
    assert then["equipment"] == before["equipment"]
    assert diff["facets"]["equipment"]["state"] == "different"


async def test_what_changed_since_last_time_is_told_slot_by_slot_and_talent_by_talent(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}"
        before = await player.get(path)
        await _next_day(days, player, play=character["battleNetId"], level=41, spec=1)
        after = await player.get(path)
        last_time = await player.get(f"{path}/diff")
        by_day = await player.get(f"{path}/diff", **{"from": _on(0), "to": _on(1)})
        too_early = await player.get(f"{path}/diff", **{"from": "2026-11-01T00:00:00Z"})

    assert (last_time.pop("from"), last_time.pop("to")) == (None, None)
    assert (by_day.pop("from"), by_day.pop("to")) == (_on(0), _on(1))
    facets = last_time["facets"]
    assert {name: facet["state"] for name, facet in by_day["facets"].items()} == {
        "profile": "different",
        "media": "same",
        "equipment": "different",
        "specializations": "different",
    }
    assert {name: facet for name, facet in facets.items() if name != "media"} == {
        name: facet for name, facet in by_day["facets"].items() if name != "media"
    }
    assert facets["media"]["state"] == "unknown"  # there is nothing before the only one
    fields = {change["field"]: (change["before"], change["after"]) for change in facets["profile"]["fields"]}
    assert fields["level"] == (character["level"], 41)
    assert fields["itemLevel"] == (before["itemLevel"], after["itemLevel"])
    worn = ({item["slot"]: item for item in detail["equipment"]["items"]} for detail in (before, after))
    was, now = worn
    assert {change["slot"] for change in facets["equipment"]["slots"]} == {
        slot for slot in was.keys() | now.keys() if was.get(slot) != now.get(slot)
    }
    assert facets["equipment"]["slots"]
    assert all(was.get(change["slot"]) == change["before"] for change in facets["equipment"]["slots"])
    assert any(change["talents"] or change["fields"] for change in facets["specializations"]["specializations"])
    assert {facet["state"] for facet in too_early["facets"].values()} == {"unknown"}


async def test_level_and_item_level_are_steps_with_the_times_they_were_seen(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}/series"
        await _next_day(days, player, play=character["battleNetId"])
        await _next_day(days, player, play=character["battleNetId"], level=41)
        levels = await player.get(path, metric="level")
        item_levels = await player.get(path)

    spans = [{"firstSeenAt": _on(day), "lastSeenAt": _on(day)} for day in range(3)]
    assert levels == {
        "metric": "level",
        "steps": [{"value": character["level"], "seen": spans[:2]}, {"value": 41, "seen": spans[2:]}],
    }
    assert item_levels["metric"] == "itemLevel"
    assert [step["seen"] for step in item_levels["steps"]] == [[span] for span in spans]
    assert item_levels["steps"][0]["value"] == character["itemLevel"]


async def test_the_same_content_is_stored_once_and_an_unchanged_sync_stores_nothing(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        first = await _count(days, character_snapshots), await _count(days, character_facet_states)
        for _ in range(3):
            with days.written() as written:
                await _next_day(days, player)
        again = await _count(days, character_snapshots), await _count(days, character_facet_states)
    assert first == again == (24, 24)
    assert not {"character_snapshots", "character_facet_states"} & set(written)


async def test_a_failed_fetch_is_a_gap_and_not_a_state(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        number, path = character["battleNetId"], f"/api/v1/characters/{character['id']}"
        await _next_day(days, player)
        await days.service.control("POST", "faults", {"match": {"path": "*/equipment"}, "respond": {"status": 503}})
        await _next_day(days, player, play=number)
        failing = await player.get(path, asOf=_on(2))
        await days.service.control("DELETE", "faults")
        await _next_day(days, player)
        states = (await player.get(f"{path}/history", facet="equipment"))["items"]

    assert failing["facets"]["profile"]["state"] == "known"
    assert failing["facets"]["equipment"]["state"] == "unknown"
    assert [(state["firstSeenAt"], state["lastSeenAt"], state["endedAt"]) for state in states] == [
        (_on(3), _on(3), None),
        (_on(0), _on(1), _on(3)),
    ]


async def test_a_picture_that_is_gone_is_known_to_be_absent(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}"
        fault = {"match": {"path": "*/character-media"}, "respond": {"status": 404}}
        await days.service.control("POST", "faults", fault)
        for _ in range(8):
            await _next_day(days, player)
        absent = await player.get(path, asOf="2026-12-01T12:00:00Z")
        states = (await player.get(f"{path}/history", facet="media"))["items"]

    assert (absent["facets"]["media"]["state"], absent["media"]) == ("absent", None)
    assert [state["contentHash"] is None for state in states] == [True, False]
    assert states[0]["firstSeenAt"] == "2026-11-30T12:00:00.000Z"  # a week later, when pictures are due


async def test_history_comes_in_pages_newest_first(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}/history"
        await _next_day(days, player, play=character["battleNetId"])
        whole = await player.get(path)
        pages, cursor = [], {}
        while True:
            page = await player.get(path, limit="3", **cursor)
            pages += page["items"]
            if page["nextCursor"] is None:
                break
            cursor = {"cursor": page["nextCursor"]}
        for bad in ("no", "MTIz-", "LTE", "9" * 60):
            problem = await player.get(path, cursor=bad, expect=422)
            assert problem["field"] == "cursor"

    assert pages == whole["items"]
    assert {state["facet"] for state in pages[:3]} <= {"profile", "equipment", "specializations", "media"}
    assert {state["facet"] for state in pages} == FACETS
    assert [state["firstSeenAt"] for state in pages] == sorted((s["firstSeenAt"] for s in pages), reverse=True)


@pytest.mark.parametrize("moment", ["2026-11-23T12:00:00", "0001-01-01T00:00:00+14:00", "soon", "0.5", "1700000000"])
async def test_a_moment_that_is_none_is_refused(days: Days, moment: str) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}"
        as_of = await player.get(path, asOf=moment, expect=422)
        diff = await player.get(f"{path}/diff", to=moment, expect=422)
    assert (as_of["code"], as_of["field"]) == ("invalid_request", "asOf")
    assert (diff["code"], diff["field"]) == ("invalid_request", "to")


async def test_a_difference_that_runs_backwards_is_refused(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        early, late = "2026-11-23T12:00:00Z", "2026-11-24T12:00:00Z"
        path = f"/api/v1/characters/{character['id']}/diff"
        problem = await player.get(path, expect=422, **{"from": late, "to": early})
        assert (problem["code"], problem["field"]) == ("invalid_request", "from")
        nothing = (await player.get(path, **{"from": early, "to": early}))["facets"]
    assert {facet["state"] for facet in nothing.values()} == {"same"}


async def test_an_export_holds_the_history(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        await _next_day(days, player, play=character["battleNetId"])
        exported = (await player.get("/api/v1/me/export"))["history"]
    mine = [state for state in exported if state["characterId"] == character["id"]]
    gear = [state for state in mine if state["facet"] == "equipment"]
    assert {state["facet"] for state in mine} == FACETS
    assert [state["endedAt"] for state in gear] == [_on(1), None]
    assert gear[0]["content"]["items"] != gear[1]["content"]["items"]


async def test_what_ended_longer_ago_than_is_kept_is_forgotten_and_what_is_now_is_not(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}"
        await _next_day(days, player, play=character["battleNetId"])
        await days.pass_time(364 * DAY)
        forget = build_worker(days.service.parts).forget_history
        kept = await forget.execute()
        await days.pass_time(DAY)
        forgotten = await forget.execute()
        await player.sign_in("six")
        detail = await player.get(path)
        states = (await player.get(f"{path}/history"))["items"]
        snapshots = await _count(days, character_snapshots)

    assert (kept, forgotten) == (0, 3)
    assert {state["endedAt"] for state in states} == {None}
    assert len(states) == 4
    assert snapshots == 24
    assert detail["equipment"]["items"]


async def test_a_content_that_came_back_stays_when_its_first_time_is_forgotten(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}"
        gone = {"match": {"path": "*/character-media"}, "respond": {"status": 404}}
        await days.service.control("POST", "faults", gone)
        await _next_day(days, player, play=character["battleNetId"])
        await days.service.control("DELETE", "faults")
        await _next_day(days, player, play=character["battleNetId"])
        await days.pass_time(366 * DAY)
        await build_worker(days.service.parts).forget_history.execute()
        await player.sign_in("six")
        media = (await player.get(f"{path}/history", facet="media"))["items"]
        detail = await player.get(path)
    assert [state["firstSeenAt"] for state in media] == [_on(2)]
    assert detail["avatarUrl"]


async def test_the_history_of_a_character_that_is_gone_goes_with_it(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        await _next_day(days, player, play=character["battleNetId"])
        action = {"action": "delete"}
        await days.service.control("POST", f"accounts/six/characters/{character['battleNetId']}", action)
        check = build_worker(days.service.parts).verify
        for _ in range(60):
            await days.pass_time(DAY / 2)
            await check.execute()
        await player.sign_in("six")
        tombstone = await player.get(f"/api/v1/characters/{character['id']}")
        states = (await player.get(f"/api/v1/characters/{character['id']}/history"))["items"]
        left = await _count(days, character_snapshots)
    assert "goneAt" in tombstone
    assert states == []
    assert left == 20


async def test_who_is_erased_leaves_no_history(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        async with player.browser.delete("/api/v1/me") as response:
            assert response.status == 204
    assert await _count(days, character_snapshots) == await _count(days, character_facet_states) == 0
