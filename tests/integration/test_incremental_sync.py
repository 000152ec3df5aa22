"""A sync of what has not changed: what Battle.net is asked, and what the database is told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from character_sync.adapters.database import enrichment_rows
from character_sync.adapters.database.tables import character_facets
from support.days import Days, running_days

pytest_plugins = ["support.servers"]

PATH = "/profile/wow/character/{realm}/{name}"
LISTING = ("/profile/user/wow", 200, 1)


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


# The feed is told that the sync has ended.
ABOUT_THE_SYNC = {"character_sync_sessions", "character_jobs", "withheld_archives", "changes", "change_counters"}


async def test_an_unchanged_account_of_sixty_costs_one_listing_and_sixty_conditional_requests(days: Days) -> None:
    async with days.service.player("sixty") as player:
        await days.sync(player)
        before = await days.rows()
        await days.asked()
        await days.pass_time(timedelta(hours=1))
        with days.written() as written:
            again = await days.sync(player)
        asked = await days.asked()

    assert asked == [LISTING, (PATH, 304, 60)]
    assert {(c["status"], c.get("reason")) for c in again["characters"]} == {("completed", "not_modified")}
    assert await days.rows() == before
    # Observations: until when each was seen as it is, hourly and in one statement.
    seen = {"character_facets", "character_observations", "browser_sign_ins"}
    assert set(written) <= ABOUT_THE_SYNC | seen


async def test_inside_the_freshness_window_an_account_costs_one_request_and_its_facets_are_not_touched(
    days: Days,
) -> None:
    async with days.service.player("sixty") as player:
        await days.sync(player)
        before = await days.rows()
        await days.asked()
        await days.pass_time(timedelta(seconds=30))
        with days.written() as written:
            again = await days.sync(player)
        asked = await days.asked()

    assert asked == [LISTING]
    assert again["processedCharacters"] == 60
    assert {(c["status"], c.get("reason")) for c in again["characters"]} == {("completed", "not_modified")}
    assert await days.rows() == before
    assert set(written) <= ABOUT_THE_SYNC


async def test_a_character_that_has_played_is_asked_for_whole_and_the_others_are_not(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        await days.pass_time(timedelta(hours=1))
        await days.service.control("POST", f"accounts/six/characters/{character['battleNetId']}", {"action": "play"})
        await days.asked()
        await days.pass_time(timedelta(hours=1))
        again = await days.sync(player, region="us")
        asked = await days.asked()
        detail = await player.get(f"/api/v1/characters/{character['id']}")

    endpoints = [(f"{PATH}{end}", 200, 1) for end in ("", "/character-media", "/equipment", "/specializations")]
    assert sorted(asked) == sorted([LISTING, (PATH, 304, 5), *endpoints])
    assert [c["name"] for c in again["characters"] if "reason" not in c] == [character["name"]]
    assert detail["itemLevel"] > character["itemLevel"]
    assert detail["facets"]["equipment"]["changedAt"] == "2026-11-23T14:00:00.000Z"


async def test_gear_that_failed_comes_with_the_next_sync_though_the_profile_is_unchanged(days: Days) -> None:
    await days.service.control("POST", "faults", {"match": {"path": "*/equipment"}, "respond": {"status": 503}})
    async with days.service.player("six") as player:
        first = await days.sync(player, region="us")
        await days.service.control("DELETE", "faults")
        await days.asked()
        again = await days.sync(player, region="us")
        asked = await days.asked()
        [character, *_] = await player.characters()

    assert {c["status"] for c in first["characters"]} == {"skipped"}
    assert asked == [LISTING, (PATH, 304, 6), (f"{PATH}/equipment", 200, 6)]
    assert {c["status"] for c in again["characters"]} == {"completed"}
    assert character["facets"]["equipment"]["state"] == "current"


async def test_a_refresh_asks_although_the_character_was_asked_about_a_second_ago(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        await days.asked()
        requested = await player.post(f"/api/v1/characters/{character['id']}/enrich")
        await days.run(requested["sessionId"])
        asked = await days.asked()

    endpoints = ("", "/character-media", "/equipment", "/specializations")
    assert sorted(asked) == sorted((f"{PATH}{end}", 304, 1) for end in endpoints)


async def test_what_is_due_is_asked_for_though_nobody_has_played(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        await days.pass_time(timedelta(days=8))
        await player.sign_in("six")
        await days.asked()
        await days.sync(player, region="us")
        after_a_week = await days.asked()
        await days.pass_time(timedelta(days=13))
        await player.sign_in("six")
        await days.sync(player, region="us")
        after_three = await days.asked()

    assert after_a_week == [LISTING, (PATH, 304, 6), (f"{PATH}/character-media", 304, 6)]
    ends = ("/character-media", "/equipment", "/specializations")
    assert after_three == [LISTING, (PATH, 304, 6), *((f"{PATH}{end}", 304, 6) for end in ends)]


async def test_what_an_older_parser_has_read_is_asked_for_again(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        async with days.service.parts.database.writing() as connection:
            older = {"parser_version": enrichment_rows.PARSER_VERSION - 1}
            gear = character_facets.c.facet == "equipment"
            await connection.execute(character_facets.update().where(gear).values(older))
            await connection.commit()
        await days.asked()
        await days.sync(player, region="us")
        asked = await days.asked()

    assert asked == [LISTING, (PATH, 304, 6), (f"{PATH}/equipment", 200, 6)]


async def test_an_unchanged_profile_counts_as_seen_once_a_day(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        dates = []
        for _ in range(3):
            await days.pass_time(timedelta(hours=12))
            await player.sign_in("six")
            await days.sync(player, region="us")
            dates.append({c["verifiedAt"] for c in await player.characters()})

    assert dates == [{"2026-11-23T12:00:00.000Z"}, {"2026-11-24T12:00:00.000Z"}, {"2026-11-24T12:00:00.000Z"}]


async def test_the_api_says_why_a_facet_is_as_old_as_it_is(days: Days) -> None:
    async with days.service.player("six") as player:
        await days.sync(player, region="us")
        fault = {"match": {"path": "*/character-media"}, "respond": {"status": 403}}
        await days.service.control("POST", "faults", fault)
        await days.pass_time(timedelta(days=8))
        await player.sign_in("six")
        await days.sync(player, region="us")
        [character, *_] = await player.characters()
        facets = character["facets"]

    assert {name: (facet["state"], facet["reason"]) for name, facet in facets.items()} == {
        "profile": ("current", "not_modified"),
        "media": ("failed", "hidden"),
        "equipment": ("current", None),
        "specializations": ("current", None),
    }
    first, then = "2026-11-23T12:00:00.000Z", "2026-12-01T12:00:00.000Z"
    assert (facets["profile"]["attemptedAt"], facets["profile"]["fetchedAt"]) == (then, then)
    assert (facets["media"]["attemptedAt"], facets["media"]["fetchedAt"]) == (then, first)
    assert (facets["equipment"]["attemptedAt"], facets["equipment"]["fetchedAt"]) == (first, first)
    due = {name: facet["nextDueAt"] for name, facet in facets.items()}
    assert due == {
        "profile": "2026-12-01T12:01:00.000Z",
        "media": then,
        "equipment": "2026-12-13T12:00:00.000Z",
        "specializations": "2026-12-13T12:00:00.000Z",
    }
    assert all(facet["upstreamModifiedAt"] for facet in facets.values())
