"""Keys and stored tokens: what opens them, how they come under another key, and what goes on meanwhile."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from character_sync.adapters.database import key_custody
from character_sync.adapters.database.key_custody import BATCH, KeyRotation, KeyUse
from character_sync.adapters.database.tables import battle_net_tokens
from character_sync.adapters.database.token_vault import TokenVault
from character_sync.domain.errors import BattleNetTokenInvalid, NotReady, TokenUndecryptable
from character_sync.ports import BattleNetUser, Grant, Secret, UserId
from fakes.characters import NOW
from fakes.store import Store

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
DAY = timedelta(hours=24)

BEFORE = TokenVault({"old": OLD})
ROTATING = TokenVault({"new": NEW, "old": OLD})
AFTER = TokenVault({"new": NEW})


def under(store: Store, vault: TokenVault) -> Store:
    """The same database, seen with other keys."""
    return Store(store.database, vault)


async def token_of(store: Store, owner: UserId) -> str:
    return (await store.ask(lambda work: work.users.battle_net_token(owner, NOW))).reveal()


async def sign_in(store: Store, sub: str, token: str) -> UserId:
    grant = Grant(Secret(token), NOW + DAY, frozenset())
    return (await store.do(lambda work: work.users.link(BattleNetUser(sub, None), grant, NOW))).id


async def many_tokens(store: Store, count: int) -> dict[UserId, str]:
    """Sign many players in, in one transaction."""
    owners: dict[UserId, str] = {}
    async with store.work() as work:
        for number in range(count):
            token = f"token of {number}"
            grant = Grant(Secret(token), NOW + DAY, frozenset())
            owners[(await work.users.link(BattleNetUser(f"sub-{number}", None), grant, NOW)).id] = token
        await work.commit()
    return owners


async def rotate(store: Store, vault: TokenVault = ROTATING) -> None:
    rotation, last = KeyRotation(store.database, vault), None
    while (batch := await rotation.next_batch(last)) is not None:
        await rotation.write(batch)
        last = batch.last


async def damage(store: Store, owner: UserId) -> bytes:
    """Flip a bit of a stored token and return what is stored now."""
    async with store.database.writing() as connection:
        mine = battle_net_tokens.c.user_id == owner
        ciphertext = bytearray(
            (await connection.execute(select(battle_net_tokens.c.ciphertext).where(mine))).scalar_one()
        )
        ciphertext[-1] ^= 1
        await connection.execute(update(battle_net_tokens).where(mine).values(ciphertext=bytes(ciphertext)))
        await connection.commit()
    return bytes(ciphertext)


async def ciphertext_of(store: Store, owner: UserId) -> bytes:
    async with store.database.reading() as connection:
        query = select(battle_net_tokens.c.ciphertext).where(battle_net_tokens.c.user_id == owner)
        return bytes((await connection.execute(query)).scalar_one())


# Rotation


async def test_a_rotation_brings_every_token_under_the_first_key(store: Store) -> None:
    owners = await many_tokens(under(store, BEFORE), 2 * BATCH + 1)
    await rotate(store)
    assert await KeyRotation(store.database, ROTATING).counts() == {"new": len(owners)}


async def test_after_a_rotation_the_old_key_is_not_needed(store: Store) -> None:
    owners = await many_tokens(under(store, BEFORE), 3)
    await rotate(store)
    assert {owner: await token_of(under(store, AFTER), owner) for owner in owners} == owners


async def test_a_rotation_changes_nothing_about_a_token_but_its_ciphertext_and_key(store: Store) -> None:
    owner = await sign_in(under(store, BEFORE), "sub", "token")
    async with store.database.reading() as connection:
        before = (await connection.execute(select(battle_net_tokens))).one()
    await rotate(store)
    async with store.database.reading() as connection:
        after = (await connection.execute(select(battle_net_tokens))).one()
    untold = {"ciphertext": None, "key_id": None}
    assert after.user_id == owner
    assert after.ciphertext != before.ciphertext
    assert {**before._mapping, **untold} == {**after._mapping, **untold}


async def test_the_secrets_of_webhooks_come_under_the_first_key_with_the_tokens(store: Store) -> None:
    before = under(store, BEFORE)
    owner = await sign_in(before, "sub", "token")
    hook = await before.do(lambda work: work.webhooks.create(owner, "https://a.example", [], Secret("whsec_1"), NOW))
    await rotate(store)
    assert await KeyRotation(store.database, ROTATING).counts() == {"new": 2}
    claimed = await under(store, AFTER).do(lambda work: work.webhooks.claim(hook.id, NOW, DAY))
    assert claimed is not None
    assert claimed.secret == Secret("whsec_1")


async def test_a_webhook_whose_key_was_lost_waits_for_a_new_secret_and_goes_on_with_it(store: Store) -> None:
    before, after = under(store, BEFORE), under(store, AFTER)
    owner = await sign_in(before, "sub", "token")
    hook = await before.do(lambda work: work.webhooks.create(owner, "https://a.example", [], Secret("whsec_1"), NOW))
    assert await key_custody.forget(store.database, AFTER, "old", NOW) == 2
    assert await after.do(lambda work: work.webhooks.claim(hook.id, NOW, DAY)) is None
    await after.do(lambda work: work.webhooks.replace_secret(owner, hook.id, Secret("whsec_2")))
    claimed = await after.do(lambda work: work.webhooks.claim(hook.id, NOW, DAY))
    assert claimed is not None
    assert claimed.secret == Secret("whsec_2")


async def test_tokens_that_have_ended_are_rotated_too(store: Store) -> None:
    await under(store, BEFORE).user(lasts=timedelta(hours=-1))
    await rotate(store)
    assert await KeyRotation(store.database, ROTATING).counts() == {"new": 1}


async def test_a_sign_in_between_reading_and_writing_keeps_its_newer_token(store: Store) -> None:
    owner = await sign_in(under(store, BEFORE), "sub", "read by the rotation")
    rotation = KeyRotation(store.database, ROTATING)
    batch = await rotation.next_batch(None)
    assert batch is not None
    await sign_in(under(store, BEFORE), "sub", "newer")
    await rotation.write(batch)
    assert await token_of(under(store, ROTATING), owner) == "newer"


async def test_a_player_erased_between_reading_and_writing_does_not_come_back(store: Store) -> None:
    await sign_in(under(store, BEFORE), "sub", "token")
    rotation = KeyRotation(store.database, ROTATING)
    batch = await rotation.next_batch(None)
    assert batch is not None
    async with store.database.writing() as connection:
        await connection.execute(battle_net_tokens.delete())
        await connection.commit()
    await rotation.write(batch)
    assert await rotation.counts() == {}


async def test_a_rotation_that_ended_half_way_goes_on_with_what_is_left(store: Store) -> None:
    owners = await many_tokens(under(store, BEFORE), BATCH + 10)
    rotation = KeyRotation(store.database, ROTATING)
    first = await rotation.next_batch(None)
    assert first is not None
    await rotation.write(first)
    assert await rotation.counts() == {"new": BATCH, "old": 10}
    assert {owner: await token_of(under(store, ROTATING), owner) for owner in owners} == owners
    await rotate(store)
    assert await rotation.counts() == {"new": len(owners)}


async def test_a_second_rotation_finds_nothing_to_do(store: Store) -> None:
    owner = await sign_in(under(store, BEFORE), "sub", "token")
    await rotate(store)
    before = await ciphertext_of(store, owner)
    assert await KeyRotation(store.database, ROTATING).next_batch(None) is None
    assert await ciphertext_of(store, owner) == before


async def test_a_damaged_token_stays_as_it_is_and_stops_nothing(store: Store) -> None:
    whole = await sign_in(under(store, BEFORE), "whole", "token")
    broken = await sign_in(under(store, BEFORE), "broken", "token")
    kept = await damage(store, broken)
    await rotate(store)
    rotation = KeyRotation(store.database, ROTATING)
    assert await rotation.counts() == {"new": 1, "old": 1}
    assert await rotation.openable("old") == 0
    assert await ciphertext_of(store, broken) == kept
    assert await token_of(under(store, AFTER), whole) == "token"


async def test_a_ciphertext_put_into_another_players_row_is_not_made_theirs_by_a_rotation(store: Store) -> None:
    victim = await sign_in(under(store, BEFORE), "victim", "the victim's")
    thief = await sign_in(under(store, BEFORE), "thief", "the thief's")
    stolen = await ciphertext_of(store, victim)
    async with store.database.writing() as connection:
        row = battle_net_tokens.c.user_id == thief
        await connection.execute(update(battle_net_tokens).where(row).values(ciphertext=stolen))
        await connection.commit()
    await rotate(store)
    with pytest.raises(TokenUndecryptable):
        await token_of(under(store, ROTATING), thief)


async def test_every_token_is_readable_at_every_instant_of_a_rotation_under_sign_ins(store: Store) -> None:
    """Readers and writers never pause while the rotation runs; whatever is read is one of that player's tokens."""
    owners = await many_tokens(under(store, BEFORE), 3 * BATCH)
    running = under(store, ROTATING)
    valid: dict[UserId, set[str]] = {owner: {token} for owner, token in owners.items()}
    latest = dict(owners)
    numbers = {owner: number for number, owner in enumerate(owners)}
    done = asyncio.Event()
    reads = 0

    async def read(start: int) -> None:
        nonlocal reads
        ring = list(owners)[start:] + list(owners)[:start]
        while not done.is_set():
            for owner in ring:
                assert await token_of(running, owner) in valid[owner]
                reads += 1
                if done.is_set():
                    return

    async def write(start: int, vault: TokenVault) -> int:
        signed_in = 0
        signing = under(store, vault)
        for owner in list(owners)[start::7]:
            token = uuid4().hex
            valid[owner].add(token)
            await sign_in(signing, f"sub-{numbers[owner]}", token)
            assert await token_of(running, owner) == token
            latest[owner] = token
            signed_in += 1
            if done.is_set():
                break
        return signed_in

    readers = [asyncio.create_task(read(start)) for start in (0, BATCH, 2 * BATCH)]
    # One process still seals with the old key in front, as during a restart.
    writers = [
        asyncio.create_task(write(0, ROTATING)),
        asyncio.create_task(write(1, TokenVault({"old": OLD, "new": NEW}))),
    ]
    await rotate(store)
    done.set()
    await asyncio.gather(*readers)
    assert sum(await asyncio.gather(*writers)) > 0
    assert reads > 0
    await rotate(store)
    assert await KeyRotation(store.database, ROTATING).counts() == {"new": len(owners)}
    for owner in owners:
        assert await token_of(under(store, AFTER), owner) == latest[owner]


# Custody


async def test_keys_that_open_everything_are_well(store: Store) -> None:
    await many_tokens(under(store, BEFORE), 3)
    custody = await key_custody.examine(store.database, ROTATING, NOW)
    assert custody.uses == (KeyUse("old", 3, is_ours=True, opens=True),)
    assert (custody.is_locked_out, custody.what_is_wrong) == (False, "")


async def test_an_empty_database_is_well_with_any_key(store: Store) -> None:
    custody = await key_custody.examine(store.database, AFTER, NOW)
    assert (custody.tokens, custody.is_locked_out) == (0, False)


@pytest.mark.parametrize("keys", [{"new": NEW}, {"old": OTHER}, {"new": NEW, "old": OTHER}])
async def test_keys_that_open_nothing_are_not_this_databases(store: Store, keys: dict[str, bytes]) -> None:
    await many_tokens(under(store, BEFORE), 3)
    custody = await key_custody.examine(store.database, TokenVault(keys), NOW)
    assert custody.is_locked_out
    assert "does not open 3 of the 3 stored tokens" in custody.what_is_wrong
    assert "keys forget old" in custody.what_is_wrong


async def test_a_missing_key_among_others_is_told_and_shuts_nobody_out(store: Store) -> None:
    await sign_in(under(store, BEFORE), "one", "token")
    await sign_in(under(store, AFTER), "two", "token")
    custody = await key_custody.examine(store.database, AFTER, NOW)
    assert not custody.is_locked_out
    assert "does not open 1 of the 2" in custody.what_is_wrong


async def test_a_first_key_that_is_another_of_its_name_is_refused_before_it_seals(store: Store) -> None:
    await sign_in(under(store, BEFORE), "one", "token")
    await sign_in(under(store, AFTER), "two", "token")
    custody = await key_custody.examine(store.database, TokenVault({"new": OTHER, "old": OLD}), NOW)
    assert custody.is_locked_out


async def test_a_token_damaged_alone_does_not_speak_for_its_key(store: Store) -> None:
    owners = await many_tokens(under(store, BEFORE), 2)
    await damage(store, next(iter(owners)))
    assert not (await key_custody.examine(store.database, BEFORE, NOW)).closed


async def test_tokens_that_have_ended_or_were_refused_are_no_loss(store: Store) -> None:
    await under(store, BEFORE).user(lasts=timedelta(hours=-1))
    refused = await under(store, BEFORE).user()
    await store.do(lambda work: work.users.refuse_battle_net_token(refused, NOW))
    assert (await key_custody.examine(store.database, AFTER, NOW)).tokens == 0


async def test_the_tokens_under_a_lost_key_are_given_up_and_their_rows_stay(store: Store) -> None:
    owner = await sign_in(under(store, BEFORE), "sub", "token")
    kept = await ciphertext_of(store, owner)
    assert await key_custody.forget(store.database, AFTER, "old", NOW) == 1
    assert not (await key_custody.examine(store.database, AFTER, NOW)).is_locked_out
    assert await ciphertext_of(store, owner) == kept
    with pytest.raises(BattleNetTokenInvalid):
        await token_of(under(store, AFTER), owner)


async def test_giving_up_one_key_leaves_the_others_tokens_alone(store: Store) -> None:
    await sign_in(under(store, BEFORE), "one", "token")
    other = await sign_in(under(store, AFTER), "two", "token")
    await key_custody.forget(store.database, AFTER, "old", NOW)
    assert await token_of(under(store, AFTER), other) == "token"


async def test_a_key_that_opens_tokens_is_not_lost(store: Store) -> None:
    owner = await sign_in(under(store, BEFORE), "sub", "token")
    with pytest.raises(NotReady, match="is not lost"):
        await key_custody.forget(store.database, BEFORE, "old", NOW)
    assert await token_of(under(store, BEFORE), owner) == "token"


async def test_a_player_whose_token_was_given_up_signs_in_again(store: Store) -> None:
    await sign_in(under(store, BEFORE), "sub", "token")
    await key_custody.forget(store.database, AFTER, "old", NOW)
    owner = await sign_in(under(store, AFTER), "sub", "new token")
    assert await token_of(under(store, AFTER), owner) == "new token"
