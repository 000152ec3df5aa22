"""What enrichment writes: each facet keeps, clears or changes what is held by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from character_sync.adapters.database.engine import Database
from character_sync.domain.character import CharacterMedia, FacetContent, NamedId, Specializations
from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState
from character_sync.domain.game import Facet
from character_sync.domain.sync_session import JobStatus, Reason, SessionKind, SessionStatus
from character_sync.ports import CharacterPage, CharacterRow, FacetRow, SettledJob, UserId
from fakes.characters import EQUIPMENT, MEDIA, NOW, profile
from fakes.store import Store

FIRST, SECOND, THIRD = NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)
MODIFIED = NOW - timedelta(days=2)


class Enriching:
    """A character of a player, enriched again and again."""

    def __init__(self, store: Store, owner: UserId, characters: list[UUID]) -> None:
        self.store = store
        self.owner = owner
        self.ids = characters

    async def __call__(self, at: datetime, *results: FacetResult, others: tuple[FacetResult, ...] = ()) -> None:
        """Settle the first character with these results, and the second, if it has any, in the same batch."""
        ids = self.ids[: 2 if others else 1]
        session = await self.store.session(self.owner, ids, kind=SessionKind.RETRY)
        claimed = await self.store.claimed(session.id, at)
        done = [
            SettledJob(job, Enrichment(JobStatus.COMPLETED, None, facets), at)
            for job, facets in zip(claimed.jobs, (results, others), strict=False)
        ]
        for item in done:
            claimed.session.settle(item.job.as_current(JobStatus.COMPLETED))
        claimed.session.end(SessionStatus.COMPLETED, at)
        async with self.store.work() as work:
            await work.sync_sessions.write(claimed.session, started=[], settled=done, lease_until=at)
            await work.commit()

    async def one(self, number: int = 0) -> tuple[CharacterRow, tuple[FacetRow, ...]]:
        return await self.store.ask(lambda work: work.characters.one(self.owner, self.ids[number]))

    async def page(self) -> CharacterPage:
        return await self.store.ask(lambda work: work.characters.page(self.owner, limit=9))

    async def facet(self, facet: Facet, number: int = 0) -> FacetRow:
        [row] = [row for row in (await self.one(number))[1] if row.facet == facet]
        return row


@pytest.fixture
async def enrich(store: Store) -> Enriching:
    owner = await store.user()
    return Enriching(store, owner, await store.characters(owner, 2))


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Note what the database is asked."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def current(facet: Facet, content: FacetContent, hash_: str = "one") -> FacetResult:
    return FacetResult(facet, FacetState.CURRENT, None, content, MODIFIED, hash_)


def failed(facet: Facet) -> FacetResult:
    return FacetResult(facet, FacetState.FAILED, Reason.UPSTREAM_UNAVAILABLE, attempts=2)


def absent(facet: Facet) -> FacetResult:
    return FacetResult(facet, FacetState.ABSENT, Reason.NOT_FOUND)


def times(row: FacetRow) -> tuple[Any, ...]:
    return row.fetched_at, row.changed_at, row.upstream_modified_at


async def test_a_first_fetch_is_stored_with_its_times(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    row = await enrich.facet(Facet.MEDIA)
    assert (row.state, row.reason) == ("current", None)
    assert row.content == {"avatar_url": MEDIA.avatar_url, "assets": MEDIA.assets}
    assert times(row) == (FIRST, FIRST, MODIFIED)


async def test_other_content_changes_what_is_held(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    await enrich(SECOND, current(Facet.MEDIA, CharacterMedia("https://render.example/new.jpg"), "two"))
    row = await enrich.facet(Facet.MEDIA)
    assert row.content == {"avatar_url": "https://render.example/new.jpg", "assets": {}}
    assert times(row) == (SECOND, SECOND, MODIFIED)


async def test_the_same_content_again_is_no_change(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    await enrich(SECOND, current(Facet.MEDIA, MEDIA))
    assert times(await enrich.facet(Facet.MEDIA)) == (SECOND, FIRST, MODIFIED)


async def test_an_answer_that_nothing_changed_keeps_what_is_held(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    await enrich(SECOND, FacetResult(Facet.MEDIA, FacetState.CURRENT, Reason.NOT_MODIFIED))
    row = await enrich.facet(Facet.MEDIA)
    assert (row.state, row.reason) == ("current", "not_modified")
    assert row.content is not None
    assert times(row) == (SECOND, FIRST, MODIFIED)


async def test_a_failed_fetch_keeps_what_is_held_and_says_why_it_is_old(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    await enrich(SECOND, failed(Facet.MEDIA))
    row = await enrich.facet(Facet.MEDIA)
    assert (row.state, row.reason) == ("failed", "upstream_unavailable")
    assert row.content == {"avatar_url": MEDIA.avatar_url, "assets": MEDIA.assets}
    assert times(row) == (FIRST, FIRST, MODIFIED)


async def test_a_first_fetch_that_fails_holds_nothing(enrich: Enriching) -> None:
    await enrich(FIRST, failed(Facet.EQUIPMENT))
    row = await enrich.facet(Facet.EQUIPMENT)
    assert (row.state, row.content) == ("failed", None)
    assert times(row) == (None, None, None)


async def test_content_that_comes_after_a_failure_is_stored(enrich: Enriching) -> None:
    await enrich(FIRST, failed(Facet.EQUIPMENT))
    await enrich(SECOND, current(Facet.EQUIPMENT, EQUIPMENT))
    row = await enrich.facet(Facet.EQUIPMENT)
    assert (row.state, row.reason) == ("current", None)
    assert row.content is not None
    assert row.content["items"][0]["name"] == "Judgement Crown"
    assert times(row) == (SECOND, SECOND, MODIFIED)


async def test_an_absence_clears_what_is_held(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    await enrich(SECOND, absent(Facet.MEDIA))
    row = await enrich.facet(Facet.MEDIA)
    assert (row.state, row.reason, row.content, row.fetched_at) == ("absent", "not_found", None, SECOND)


async def test_an_absence_forgets_when_battle_net_last_changed_it(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    await enrich(SECOND, absent(Facet.MEDIA))
    assert (await enrich.facet(Facet.MEDIA)).upstream_modified_at is None  # or the next answer could be "unchanged"


async def test_content_that_comes_back_after_an_absence_is_a_change(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    await enrich(SECOND, absent(Facet.MEDIA))
    await enrich(THIRD, current(Facet.MEDIA, MEDIA))
    row = await enrich.facet(Facet.MEDIA)
    assert row.content is not None
    assert row.changed_at == THIRD


async def test_an_avatar_that_is_gone_is_gone_from_the_character_too(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    await enrich(SECOND, absent(Facet.MEDIA))
    character, _ = await enrich.one()
    assert character.avatar_url is None


async def test_a_failed_avatar_keeps_the_one_the_character_has(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    await enrich(SECOND, failed(Facet.MEDIA))
    character, _ = await enrich.one()
    assert character.avatar_url == MEDIA.avatar_url


async def test_a_profile_says_what_the_character_is(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.PROFILE, profile(1, name="Newname", level=61)))
    character, _ = await enrich.one()
    assert (character.name, character.level, character.guild, character.item_level) == ("Newname", 61, "Nightwatch", 70)
    assert (character.active_spec_id, character.active_spec_name) == (65, "Holy")
    assert (character.title, character.last_login_at) == ("{name} the Patient", NOW - timedelta(days=1))
    assert character.updated_at == FIRST


async def test_a_guild_left_is_gone_with_the_next_profile(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.PROFILE, profile(1)))
    await enrich(SECOND, current(Facet.PROFILE, profile(1, guild=None), "two"))
    character, _ = await enrich.one()
    assert character.guild is None


async def test_a_profile_that_names_no_specialization_leaves_it_to_the_talents(enrich: Enriching) -> None:
    talents = Specializations(NamedId(None, "Protection"), ())
    await enrich(FIRST, current(Facet.PROFILE, profile(1)), current(Facet.SPECIALIZATIONS, talents))
    await enrich(SECOND, current(Facet.PROFILE, profile(1, active_spec=None), "two"))
    character, _ = await enrich.one()
    assert (character.active_spec_id, character.active_spec_name) == (None, "Protection")


async def test_talents_that_tell_no_specialization_leave_none(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.PROFILE, profile(1)))
    await enrich(SECOND, current(Facet.SPECIALIZATIONS, Specializations(None, ())))
    character, _ = await enrich.one()
    assert (character.active_spec_id, character.active_spec_name) == (None, None)


async def test_a_profile_that_failed_changes_nothing_of_the_character(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.PROFILE, profile(1)))
    before, _ = await enrich.one()
    await enrich(SECOND, failed(Facet.PROFILE))
    after, _ = await enrich.one()
    assert after == before


async def test_facets_of_one_batch_stand_apart(enrich: Enriching) -> None:
    await enrich(
        FIRST,
        current(Facet.PROFILE, profile(1)),
        failed(Facet.MEDIA),
        others=(current(Facet.PROFILE, profile(2)), current(Facet.MEDIA, MEDIA)),
    )
    one, other = await enrich.one(0), await enrich.one(1)
    assert (one[0].avatar_url, other[0].avatar_url) == (None, MEDIA.avatar_url)
    assert {row.facet: row.state for row in one[1]} == {"profile": "current", "media": "failed"}
    assert {row.facet: row.state for row in other[1]} == {"profile": "current", "media": "current"}


async def test_a_page_says_of_each_character_which_facets_are_held_and_why_not(enrich: Enriching) -> None:
    await enrich(
        FIRST,
        current(Facet.PROFILE, profile(1)),
        failed(Facet.MEDIA),
        others=(current(Facet.PROFILE, profile(2)), current(Facet.MEDIA, MEDIA)),
    )
    page = await enrich.page()
    held = {id_: {row.facet: (row.state, row.reason) for row in facets} for id_, facets in page.facets.items()}
    assert held == {
        enrich.ids[0]: {"profile": ("current", None), "media": ("failed", "upstream_unavailable")},
        enrich.ids[1]: {"profile": ("current", None), "media": ("current", None)},
    }


async def test_a_page_and_a_character_say_the_same_of_a_facet_but_its_content(enrich: Enriching) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA))
    [listed] = (await enrich.page()).facets[enrich.ids[0]]
    row = await enrich.facet(Facet.MEDIA)
    assert {**asdict(listed), "content": row.content} == asdict(row)


async def test_a_page_of_characters_nobody_has_enriched_has_no_facets(enrich: Enriching) -> None:
    page = await enrich.page()
    assert (len(page.items), page.facets) == (2, {})


async def test_a_page_asks_once_for_the_facets_of_all_its_characters_and_not_for_their_content(
    enrich: Enriching,
) -> None:
    await enrich(FIRST, current(Facet.MEDIA, MEDIA), others=(current(Facet.EQUIPMENT, EQUIPMENT),))
    with statements(enrich.store.database) as asked:
        await enrich.page()
    [facets] = [statement for statement in asked if "FROM character_facets" in statement]
    assert "content" not in facets.partition("FROM")[0]
