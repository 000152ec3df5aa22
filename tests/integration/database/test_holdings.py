"""Everything held about a user is found for them, and goes when they go."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, select

from character_sync.adapters.database.tables import metadata
from character_sync.domain.errors import NotFound
from character_sync.domain.game import Region
from character_sync.domain.schedules import EveryHours
from character_sync.ports import LeaseLost, Schedule, Secret, UserId
from character_sync.use_cases.export_user import PORTION, ExportUser
from fakes.characters import NOW, listed
from fakes.store import LEASE, Store

# Rows of nobody: an attempt to sign in has no user yet and ends by itself; circuits are about Battle.net.
OF_NOBODY = {"sign_in_attempts", "circuits"}


async def a_whole_life(store: Store) -> UserId:
    """A user with a row in every table that can hold one of theirs."""
    owner = await store.user()
    await store.do(lambda work: work.webhooks.create(owner, "https://site.example/hook", [], Secret("whsec_"), NOW))
    ids = await store.characters(owner, 6)
    await store.apply(owner, [listed(1)])  # the other five are withheld from the archive
    await store.belongings(owner, ids[0], ids[1])
    session = await store.session(owner, ids)
    daily = Schedule(uuid4(), "retail", Region.EU, EveryHours(24), created_at=NOW, updated_at=NOW, next_due_at=NOW)
    await store.do(lambda work: work.schedules.save(owner, daily))
    claimed = await store.claimed(session.id)
    await store.settle(claimed, claimed.jobs[0])
    await store.do(lambda work: work.sign_ins.create_access_token(owner, "bot", Secret(f"cs_{owner}"), NOW, None))
    await store.do(
        lambda work: work.sign_ins.sign_in_browser(owner, Secret(f"b_{owner}"), NOW, NOW + timedelta(days=90))
    )
    return owner


async def rows_of(store: Store) -> Mapping[str, list[Any]]:
    async with store.database.reading() as connection:
        return {
            table.name: (await connection.execute(select(table))).all()
            for table in metadata.sorted_tables
            if table.name not in OF_NOBODY
        }


async def test_the_life_below_has_a_row_in_every_table(store: Store) -> None:
    await a_whole_life(store)
    assert [name for name, rows in (await rows_of(store)).items() if not rows] == []


async def test_of_an_erased_user_no_table_holds_a_row_and_of_another_every_row_stays(store: Store) -> None:
    other = await a_whole_life(store)
    before = await rows_of(store)
    owner = await a_whole_life(store)
    mine = {row.id for row in (await rows_of(store))["characters"] if row.user_id == owner}

    await store.do(lambda work: work.holdings.erase(owner))

    after = await rows_of(store)
    assert after == before
    assert not [row for rows in after.values() for row in rows if any(str(id_) in str(row) for id_ in {owner, *mine})]
    assert [row.id for row in after["users"]] == [other]


@pytest.mark.parametrize("table", [t for t in metadata.sorted_tables if t.name not in {"users", *OF_NOBODY}], ids=str)
def test_every_table_of_a_players_follows_its_user_by_foreign_key(table: Table) -> None:
    def follows(table: Table) -> bool:
        keys = [key for key in table.foreign_keys if key.ondelete == "CASCADE" and not key.parent.nullable]
        return any(key.column.table.name == "users" or follows(key.column.table) for key in keys)

    assert follows(table)


async def test_a_run_in_hand_finds_its_sync_session_gone_and_writes_nothing(store: Store) -> None:
    owner = await store.user()
    session = await store.session(owner, await store.characters(owner, 2))
    claimed = await store.claimed(session.id)
    await store.do(lambda work: work.holdings.erase(owner))

    with pytest.raises(LeaseLost):
        await store.settle(claimed, claimed.jobs[0])
    with pytest.raises(LeaseLost):
        await store.do(lambda work: work.sync_sessions.extend_lease(session.id, 1, NOW + LEASE, NOW + LEASE))
    assert [name for name, rows in (await rows_of(store)).items() if rows] == []


async def test_erasing_while_a_run_writes_ends_with_nothing_and_without_a_deadlock(store: Store) -> None:
    owner = await store.user()
    sessions = [await store.session(owner, await store.characters(owner, 3), kind=kind) for kind in store.REFRESHES]
    claimed = [await store.claimed(session.id) for session in sessions]

    async def writes(one: Any) -> None:
        for job in one.jobs:
            await store.settle(one, job)

    async def erases() -> None:
        async with store.work() as work:
            await work.users.lock(owner)
            await work.sync_sessions.cancel_all(owner, NOW)
            await work.holdings.erase(owner)
            await work.commit()

    outcomes = await asyncio.gather(*map(writes, claimed), erases(), return_exceptions=True)

    assert outcomes[-1] is None
    assert [outcome for outcome in outcomes if not isinstance(outcome, LeaseLost | None)] == []
    assert [name for name, rows in (await rows_of(store)).items() if rows] == []


async def test_who_is_gone_holds_nothing(store: Store) -> None:
    with pytest.raises(NotFound):
        await ExportUser(store.work).about(UserId(UUID(int=1)))


async def test_an_export_of_several_portions_names_everything_once(store: Store) -> None:
    owner, other = await store.user(), await store.user()
    ids = await store.characters(owner, 2 * PORTION + 1)
    await store.characters(other, 2)
    sessions = {(await store.session(owner, [ids[0]], kind=store.REFRESHES[0])).id for _ in range(PORTION)}
    export = ExportUser(store.work)

    characters = [held.row.id async for held in export.characters(owner)]
    held_sessions = [held.snapshot.session.id async for held in export.sync_sessions(owner)]

    assert sorted(characters) == sorted(ids)
    assert sorted(held_sessions) == sorted(sessions)
