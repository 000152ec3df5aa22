"""What is another player's is not found, whatever is asked of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from character_sync.adapters.database.unit_of_work import DatabaseUnitOfWork
from character_sync.domain.deduplication import ListingPlan
from character_sync.domain.errors import BattleNetTokenInvalid, NotFound
from character_sync.domain.game import Region
from character_sync.domain.sync_session import SessionStatus
from character_sync.ports import (
    BattleNetLink,
    CharacterPage,
    Characters,
    Secret,
    SessionPage,
    SignIns,
    SyncSessions,
    UserId,
    Users,
)
from fakes.characters import NOW, RETAIL, listed
from fakes.store import Store


@dataclass(frozen=True)
class Theirs:
    """Everything one player has."""

    owner: UserId
    character: UUID
    session: UUID
    access_token: UUID


@pytest.fixture
async def theirs(store: Store) -> Theirs:
    owner = await store.user(token="theirs")
    [character] = await store.characters(owner, 1)
    session = await store.session(owner, [character])
    token = await store.do(lambda work: work.sign_ins.create_access_token(owner, "laptop", Secret("cs_1"), NOW, None))
    return Theirs(owner, character, session.id, token.id)


Ask = Callable[[DatabaseUnitOfWork, UserId, Theirs], Awaitable[Any]]

NOT_FOUND: dict[str, Ask] = {
    "Characters.reference": lambda work, me, their: work.characters.reference(me, their.character),
    "Characters.one": lambda work, me, their: work.characters.one(me, their.character),
    "SyncSessions.snapshot": lambda work, me, their: work.sync_sessions.snapshot(me, their.session),
    "SyncSessions.cancel": lambda work, me, their: work.sync_sessions.cancel(me, their.session, NOW),
    "SignIns.delete_access_token": lambda work, me, their: work.sign_ins.delete_access_token(me, their.access_token),
}
NOTHING_THERE: dict[str, tuple[Ask, Any]] = {
    "Characters.saved": (lambda work, me, _: work.characters.saved(me, Region.EU, ""), []),
    "Characters.missing_before": (
        lambda work, me, _: work.characters.missing_before(me, "retail", Region.EU),
        frozenset(),
    ),
    "Characters.page": (
        lambda work, me, _: work.characters.page(me, include_archived=True, limit=9),
        CharacterPage((), {}, None),
    ),
    "SyncSessions.active": (lambda work, me, _: work.sync_sessions.active(me, "retail"), None),
    "SyncSessions.active_job": (lambda work, me, their: work.sync_sessions.active_job(me, their.character), None),
    "SyncSessions.page": (lambda work, me, _: work.sync_sessions.page(me, limit=9), SessionPage((), None)),
    "SignIns.access_tokens": (lambda work, me, _: work.sign_ins.access_tokens(me), []),
}
PROVEN_BELOW = {
    "Users.lock",
    "Characters.apply",
    "Users.battle_net_link",
    "Users.battle_net_token",
    "Users.get",
    "Users.refuse_battle_net_token",
    "SignIns.sign_in_browser",  # these two only make rows of the owner they are told
    "SignIns.create_access_token",
}


def test_every_method_that_takes_an_owner_is_proven_here() -> None:
    taking_an_owner = {
        f"{port.__name__}.{name}"
        for port in (Users, Characters, SyncSessions, SignIns)
        for name, method in vars(port).items()
        if "owner" in getattr(method, "__annotations__", {})
    }
    assert taking_an_owner == NOT_FOUND.keys() | NOTHING_THERE.keys() | PROVEN_BELOW


@pytest.mark.parametrize("method", NOT_FOUND)
async def test_what_is_anothers_is_not_found(store: Store, theirs: Theirs, method: str) -> None:
    me = await store.user()
    with pytest.raises(NotFound):
        await store.do(lambda work: NOT_FOUND[method](work, me, theirs))
    assert (await store.snapshot(theirs.owner, theirs.session)).session.status is SessionStatus.PENDING
    assert len(await store.ask(lambda work: work.sign_ins.access_tokens(theirs.owner))) == 1


@pytest.mark.parametrize("method", NOT_FOUND)
async def test_what_is_ones_own_is_found(store: Store, theirs: Theirs, method: str) -> None:
    await store.do(lambda work: NOT_FOUND[method](work, theirs.owner, theirs))


@pytest.mark.parametrize("method", NOTHING_THERE)
async def test_a_list_shows_nothing_of_anothers(store: Store, theirs: Theirs, method: str) -> None:
    me = await store.user()
    ask, nothing = NOTHING_THERE[method]
    assert await store.ask(lambda work: ask(work, me, theirs)) == nothing


async def test_a_plan_with_anothers_characters_changes_nothing_of_theirs(store: Store, theirs: Theirs) -> None:
    me = await store.user()
    before = await store.ask(lambda work: work.characters.one(theirs.owner, theirs.character))
    ids = frozenset({theirs.character})
    for plan in (
        ListingPlan((), ((theirs.character, listed(1, name="Stolen")),), frozenset(), frozenset(), frozenset()),
        ListingPlan((), (), frozenset(), ids, frozenset()),
    ):
        await store.do(
            lambda work, plan=plan: work.characters.apply(me, plan, version=RETAIL, region=Region.EU, now=NOW)
        )
    assert await store.ask(lambda work: work.characters.one(theirs.owner, theirs.character)) == before


async def test_a_refused_token_is_only_ones_own(store: Store, theirs: Theirs) -> None:
    me = await store.user(token="mine")
    await store.do(lambda work: work.users.refuse_battle_net_token(me, NOW))
    token = await store.ask(lambda work: work.users.battle_net_token(theirs.owner, NOW))
    assert token.reveal() == "theirs"
    with pytest.raises(BattleNetTokenInvalid):
        await store.ask(lambda work: work.users.battle_net_token(me, NOW))


async def test_each_player_has_a_token_of_their_own(store: Store, theirs: Theirs) -> None:
    me = await store.user(token="mine")
    assert (await store.ask(lambda work: work.users.battle_net_token(me, NOW))).reveal() == "mine"
    user = await store.ask(lambda work: work.users.get(me))
    assert user is not None
    assert user.id == me != theirs.owner
    link = await store.ask(lambda work: work.users.battle_net_link(me, NOW))
    assert isinstance(link, BattleNetLink)
    assert link.status == "valid"


async def test_who_locks_a_user_waits_for_who_locked_them_before(store: Store) -> None:
    me, other = await store.user(), await store.user()
    order: list[str] = []
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with store.work() as work:
            await work.users.lock(me)
            inside.set()
            await go_on.wait()
            order.append("first")
            await work.commit()

    async def second() -> None:
        await inside.wait()
        go_on.set()
        async with store.work() as work:
            await work.users.lock(me)
            order.append("second")

    await asyncio.gather(first(), second())
    assert order == ["first", "second"]
    await store.do(lambda work: work.users.lock(other))


async def test_a_user_who_is_gone_cannot_be_locked(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.do(lambda work: work.users.lock(UserId(uuid4())))
