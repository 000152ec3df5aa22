"""Users and their Battle.net tokens on a real database."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Table, func, select
from structlog.testing import capture_logs

from character_sync.adapters.database.tables import battle_net_tokens, metadata, users
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from character_sync.adapters.database.unit_of_work import DatabaseWork
from character_sync.domain.errors import BattleNetTokenInvalid, TokenUndecryptable
from character_sync.domain.game import Region
from character_sync.domain.schedules import EveryHours
from character_sync.ports import BattleNetLink, BattleNetUser, Grant, Schedule, Secret, User, UserId
from fakes.characters import NOW, listed
from fakes.store import Store

DAY = timedelta(hours=24)
LATER = NOW + timedelta(hours=1)


async def rows_in(store: Store, table: Table) -> int:
    async with store.database.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def token_of(store: Store, owner: UserId, *, now: object = NOW) -> str:
    return (await store.ask(lambda work: work.users.battle_net_token(owner, now))).reveal()


async def test_a_first_sign_in_makes_a_user(store: Store) -> None:
    owner = await store.user("sub-1")
    assert await store.ask(lambda work: work.users.get(owner)) == User(owner, "Player#1234")


async def test_a_second_sign_in_is_the_same_user_with_the_new_token_and_battletag(store: Store) -> None:
    owner = await store.user("sub-1", token="old")
    renamed = BattleNetUser("sub-1", "Renamed#1")
    grant = Grant(Secret("new"), NOW + DAY, frozenset())
    again = await store.do(lambda work: work.users.link(renamed, grant, LATER))
    assert again == User(owner, "Renamed#1")
    assert await store.ask(lambda work: work.users.get(owner)) == User(owner, "Renamed#1")
    assert await token_of(store, owner) == "new"
    assert (await rows_in(store, users), await rows_in(store, battle_net_tokens)) == (1, 1)


async def test_two_battle_net_accounts_are_two_users(store: Store) -> None:
    assert await store.user("sub-1") != await store.user("sub-2")


async def test_a_player_without_a_battletag_is_a_user_too(store: Store) -> None:
    grant = Grant(Secret("token"), NOW + DAY, frozenset())
    user = await store.do(lambda work: work.users.link(BattleNetUser("sub-1", None), grant, NOW))
    assert await store.ask(lambda work: work.users.get(user.id)) == User(user.id, None)


async def test_a_token_is_not_readable_in_the_database(store: Store) -> None:
    await store.user(token="USsecrettoken")
    async with store.database.reading() as connection:
        row = (await connection.execute(select(battle_net_tokens))).one()
    assert b"USsecrettoken" not in row.ciphertext
    assert row.scopes == "openid wow.profile"


async def test_a_token_serves_until_it_ends(store: Store) -> None:
    owner = await store.user(lasts=DAY)
    assert await token_of(store, owner, now=NOW + DAY - timedelta(microseconds=1)) == "the player's token"
    with pytest.raises(BattleNetTokenInvalid):
        await token_of(store, owner, now=NOW + DAY)


async def test_a_token_battle_net_refused_is_not_sent_again(store: Store) -> None:
    owner = await store.user()
    await store.do(lambda work: work.users.refuse_battle_net_token(owner, LATER))
    with pytest.raises(BattleNetTokenInvalid):
        await token_of(store, owner)


async def test_a_new_sign_in_replaces_a_refused_token(store: Store) -> None:
    owner = await store.user("sub-1")
    await store.do(lambda work: work.users.refuse_battle_net_token(owner, NOW))
    await store.user("sub-1", token="new")
    assert await token_of(store, owner) == "new"


async def test_a_token_no_key_opens_is_undecryptable(store: Store) -> None:
    owner = await store.user()
    other_keys = DatabaseWork(store.database, TokenVault.from_setting(generate_key()), store.queue)
    async with other_keys.reading() as work:
        with pytest.raises(TokenUndecryptable):
            await work.users.battle_net_token(owner, NOW)


async def test_a_token_that_does_not_open_is_told_to_the_operator_and_its_row_stays(store: Store) -> None:
    owner = await store.user()
    other_keys = DatabaseWork(store.database, TokenVault.from_setting(generate_key()), store.queue)
    with capture_logs() as lines:
        async with other_keys.reading() as work:
            with pytest.raises(TokenUndecryptable):
                await work.users.battle_net_token(owner, NOW)

    [line] = lines
    assert (line["event"], line["user_id"]) == ("stored_token_undecryptable", str(owner))
    assert "exc_info" not in line
    assert await token_of(store, owner) == "the player's token"


async def test_how_a_user_stands_with_battle_net(store: Store) -> None:
    owner = await store.user(lasts=DAY)
    ends = NOW + DAY

    async def link(now: object) -> BattleNetLink:
        return await store.ask(lambda work: work.users.battle_net_link(owner, now))

    assert await link(NOW) == BattleNetLink("valid", ends)
    assert await link(ends) == BattleNetLink("expired", ends, list_frozen_since=ends)


async def test_a_list_is_frozen_since_the_first_refusal(store: Store) -> None:
    owner = await store.user(lasts=DAY)
    for refused_at in (LATER, NOW + 2 * DAY):
        await store.do(lambda work, at=refused_at: work.users.refuse_battle_net_token(owner, at))
    link = await store.ask(lambda work: work.users.battle_net_link(owner, NOW + 3 * DAY))
    assert (link.status, link.list_frozen_since) == ("expired", LATER)


async def test_a_stranger_has_no_token(store: Store) -> None:
    stranger = UserId(uuid4())
    assert await store.ask(lambda work: work.users.get(stranger)) is None
    assert await store.ask(lambda work: work.users.battle_net_link(stranger, NOW)) == BattleNetLink("missing")
    with pytest.raises(BattleNetTokenInvalid):
        await token_of(store, stranger)


async def test_deleting_a_user_deletes_everything_of_theirs_and_nothing_else(store: Store) -> None:
    owner, other = await store.user(), await store.user()
    for who in (owner, other):
        await store.do(lambda work, who=who: work.webhooks.create(who, "https://site.example", [], Secret("s"), NOW))
        _, ids = await store.apply(who, [listed(number) for number in range(6)])
        await store.apply(who, [])  # withholds them all
        await store.belongings(who, ids[0], ids[1])
        await store.session(who, ids)
        daily = Schedule(uuid4(), "retail", Region.EU, EveryHours(24), created_at=NOW, updated_at=NOW)
        await store.do(lambda work, who=who, daily=daily: work.schedules.save(who, daily))
        async with store.work() as work:
            await work.sign_ins.sign_in_browser(who, Secret(f"browser {who}"), NOW, NOW + DAY)
            await work.sign_ins.create_access_token(who, "laptop", Secret(f"token {who}"), NOW, None)
            await work.commit()
    before = {table.name: await rows_in(store, table) for table in metadata.sorted_tables}
    async with store.database.writing() as connection:
        await connection.execute(users.delete().where(users.c.id == owner))
        await connection.commit()
    after = {table.name: await rows_in(store, table) for table in metadata.sorted_tables}
    assert after == {name: count // 2 for name, count in before.items()}
    never_enriched = {"character_facets", "character_snapshots", "character_facet_states"}
    of_nobody = {"sign_in_attempts", "circuits"} | never_enriched  # an attempt has no user yet, a circuit never
    assert {name for name, count in before.items() if count == 0} == of_nobody
