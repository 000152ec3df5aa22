"""What operators look up across all users, on both databases."""

from datetime import timedelta
from uuid import uuid4

import pytest

from character_sync.adapters.database.lookups import DatabaseLookups
from character_sync.domain.errors import NotFound
from character_sync.domain.sync_session import SessionKind
from fakes.characters import NOW, listed
from fakes.store import Store

HOUR = timedelta(hours=1)


async def test_sync_sessions_of_all_users_are_found_newest_first_and_finished_ones_only_when_asked_for(
    store: Store,
) -> None:
    waiting = []
    for hours in range(2):
        owner = await store.user()
        [one] = await store.characters(owner, 1)
        waiting.append((await store.session(owner, [one], started_at=NOW + hours * HOUR)).id)
    finished = (await store.session(await store.user(), [], started_at=NOW + 3 * HOUR)).id
    async with store.database.reading() as connection:
        lookups = DatabaseLookups(connection)
        unfinished = await lookups.sessions(finished_too=False, limit=9)
        every = await lookups.sessions(finished_too=True, limit=2)
    assert [found.session.id for found in unfinished] == [waiting[1], waiting[0]]
    assert [found.session.id for found in every] == [finished, waiting[1]]


async def test_a_sync_session_is_found_with_its_owner_and_an_unknown_one_is_not(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 1))
    await store.claimed(session.id)
    async with store.database.reading() as connection:
        found = await DatabaseLookups(connection).session(session.id)
        with pytest.raises(NotFound):
            await DatabaseLookups(connection).session(uuid4())
    assert found.owner == owner
    assert found.lease_until is not None


async def test_characters_are_found_by_id_or_by_name_and_realm_in_any_case(store: Store) -> None:
    owner = await store.user()
    _, ids = await store.apply(owner, [listed(1), listed(2)])
    async with store.database.reading() as connection:
        lookups = DatabaseLookups(connection)
        [by_id] = await lookups.characters(ids[0], None, 9)
        by_name = await lookups.characters(by_id.name.lower(), by_id.realm_slug.upper(), 9)
        elsewhere = await lookups.characters(by_id.name, "nowhere", 9)
    assert (by_id.owner, by_id.id) == (owner, ids[0])
    assert by_id in by_name
    assert elsewhere == []


async def test_what_syncs_did_with_a_character_is_found_newest_first_in_the_newest_sync_sessions_only(
    store: Store,
) -> None:
    owner = await store.user()
    one, other = await store.characters(owner, 2)
    kind = SessionKind.CHARACTER
    old = (await store.session(owner, [one], kind=kind, started_at=NOW)).id
    middle = (await store.session(owner, [one, other], kind=kind, started_at=NOW + HOUR)).id
    newest = (await store.session(owner, [other], kind=kind, started_at=NOW + 2 * HOUR)).id
    async with store.database.reading() as connection:
        lookups = DatabaseLookups(connection)
        every = await lookups.jobs_of(owner, one, sessions=9)
        recent = await lookups.jobs_of(owner, one, sessions=2)
        others = await lookups.jobs_of(owner, other, sessions=9)
    assert [job.session_id for job in every] == [middle, old]
    assert [job.session_id for job in recent] == [middle]
    assert [job.session_id for job in others] == [newest, middle]


async def test_the_changes_of_a_character_are_found_newest_first(store: Store) -> None:
    owner = await store.user()
    _, [one, _other] = await store.apply(owner, [listed(1), listed(2)])
    await store.apply(owner, [listed(1, level=70), listed(2)])
    async with store.database.reading() as connection:
        found = await DatabaseLookups(connection).changes_of(owner, one, limit=9)
    assert [change.kind for change in found] == ["character.changed", "character.added"]
