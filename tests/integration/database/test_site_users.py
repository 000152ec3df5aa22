"""Users of a site that embeds us: who they are, how often they were signed out, which account is theirs."""

import asyncio
from datetime import timedelta

import pytest

from character_sync.domain.errors import BattleNetAccountTaken, NotFound, OtherBattleNetAccountLinked
from character_sync.ports import BattleNetUser, Grant, Secret, SiteUser, UserId
from fakes.characters import NOW
from fakes.store import Store

LATER = NOW + timedelta(days=3)
GRANT = Grant(Secret("the player's token"), NOW + timedelta(days=1), frozenset({"wow.profile"}))


async def seen(store: Store, site_user_id: str, *, now: object = NOW) -> SiteUser:
    return await store.do(lambda work: work.users.see_site_user(site_user_id, now))


async def link(store: Store, owner: UserId, sub: str) -> None:
    await store.do(lambda work: work.users.link_site_user(owner, BattleNetUser(sub, "Player#1234"), GRANT, NOW))


async def test_a_user_is_created_at_the_first_visit_and_is_the_same_at_the_next(store: Store) -> None:
    assert await store.ask(lambda work: work.users.of_site("ann")) is None
    first = await seen(store, "ann")
    again = await seen(store, "ann", now=LATER)
    assert again == SiteUser(first.id, 0, LATER) == await store.ask(lambda work: work.users.of_site("ann"))


async def test_first_visits_at_the_same_time_make_one_user(store: Store) -> None:
    visits = await asyncio.gather(*(seen(store, "ann") for _ in range(5)))
    assert len({visit.id for visit in visits}) == 1


async def test_sign_outs_are_counted_for_each_user(store: Store) -> None:
    ann, ben = await seen(store, "ann"), await seen(store, "ben")
    assert await store.do(lambda work: work.users.sign_out_site_user("ann")) == ann.id
    assert await store.do(lambda work: work.users.sign_out_site_user("nobody")) is None
    assert (await seen(store, "ann")).sign_outs == 1
    assert (await seen(store, "ben")).sign_outs == ben.sign_outs == 0


async def test_linking_gives_the_user_the_token_and_the_battletag(store: Store) -> None:
    ann = await seen(store, "ann")
    await link(store, ann.id, "1001")
    user = await store.ask(lambda work: work.users.get(ann.id))
    assert user is not None
    assert user.battletag == "Player#1234"
    assert await store.ask(lambda work: work.users.battle_net_token(ann.id, NOW)) == GRANT.access_token


@pytest.mark.parametrize("by_the_site", [True, False])
async def test_an_account_of_somebody_else_is_refused_and_nothing_changes(store: Store, *, by_the_site: bool) -> None:
    if by_the_site:
        await link(store, (await seen(store, "ben")).id, "1001")
    else:
        await store.user("1001")
    ann = await seen(store, "ann")
    with pytest.raises(BattleNetAccountTaken):
        await link(store, ann.id, "1001")
    await link(store, ann.id, "1002")


async def test_another_account_than_the_linked_one_is_refused_and_the_same_again_is_not(store: Store) -> None:
    ann = await seen(store, "ann")
    await link(store, ann.id, "1001")
    with pytest.raises(OtherBattleNetAccountLinked):
        await link(store, ann.id, "1002")
    await link(store, ann.id, "1001")


async def test_a_user_erased_meanwhile_is_not_linked(store: Store) -> None:
    ann = await seen(store, "ann")
    await store.do(lambda work: work.holdings.erase(ann.id))
    with pytest.raises(NotFound):
        await link(store, ann.id, "1001")


async def test_a_visit_at_the_site_keeps_automatic_syncs_going(store: Store) -> None:
    ann = await seen(store, "ann", now=LATER)
    assert await store.ask(lambda work: work.schedules.last_visit(ann.id)) == LATER
