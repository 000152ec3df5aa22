"""What is another player's is not found, whatever is asked of it."""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NewType, get_type_hints
from uuid import UUID, uuid4

import pytest

from character_sync.adapters.database.unit_of_work import DatabaseUnitOfWork
from character_sync.domain.character import CharacterKey
from character_sync.domain.deduplication import ListingPlan
from character_sync.domain.errors import BattleNetTokenInvalid, NotFound
from character_sync.domain.game import Region
from character_sync.domain.identity import IdentityKind, Judgement
from character_sync.domain.schedules import EveryHours
from character_sync.domain.sync_session import SessionKind, SessionStatus
from character_sync.entrypoints import rest
from character_sync.ports import (
    BattleNetLink,
    ChangePage,
    CharacterGroup,
    CharacterPage,
    DecisionPage,
    IdentityDecision,
    Schedule,
    Secret,
    SessionPage,
    UnitOfWork,
    UserId,
)
from character_sync.use_cases.decide_identity import DecideIdentity
from fakes.characters import NOW, RETAIL, listed
from fakes.store import Store


@dataclass(frozen=True)
class Theirs:
    """Everything one player has."""

    owner: UserId
    character: UUID
    session: UUID
    access_token: UUID
    group: CharacterGroup
    decision: IdentityDecision
    webhook: UUID
    delivery: int


@pytest.fixture
async def theirs(store: Store) -> Theirs:
    owner = await store.user(token="theirs")
    hook = await store.do(lambda work: work.webhooks.create(owner, "https://a.example", [], Secret("whsec_"), NOW))
    character, newer = await store.characters(owner, 2)
    key = CharacterKey(Region.EU, "", 77, 9)
    judgement = Judgement(character, listed(9), key, IdentityKind.TRANSFERRED, None, 0.5, ())
    group = await store.do(lambda work: work.character_groups.create(owner, "Theirs", [character], character, NOW))
    await store.do(lambda work: work.identities.record(owner, [judgement], before={}, created={key: newer}, now=NOW))
    [decision] = (await store.ask(lambda work: work.identities.page(owner, limit=9))).items
    session = await store.session(owner, [character])
    refresh = await store.session(owner, [character], kind=SessionKind.CHARACTER)
    claimed = await store.claimed(refresh.id)
    await store.settle(claimed, claimed.jobs[0])
    token = await store.do(lambda work: work.sign_ins.create_access_token(owner, "laptop", Secret("cs_1"), NOW, None))
    daily = Schedule(uuid4(), "retail", Region.EU, EveryHours(24), created_at=NOW, updated_at=NOW, next_due_at=NOW)
    await store.do(lambda work: work.schedules.save(owner, daily))
    delivery, *_ = (await store.ask(lambda work: work.webhooks.deliveries(owner, hook.id, after=None, limit=9))).items
    return Theirs(owner, character, session.id, token.id, group, decision, hook.id, delivery.id)


Ask = Callable[[DatabaseUnitOfWork, UserId, Theirs], Awaitable[Any]]

NOT_FOUND: dict[str, Ask] = {
    "Characters.reference": lambda work, me, their: work.characters.reference(me, their.character),
    "Observations.of_character": lambda work, me, their: work.observations.of_character(me, their.character),
    "Identities.one": lambda work, me, their: work.identities.one(me, their.decision.id),
    "Identities.decline": lambda work, me, their: work.identities.decline(me, their.decision, NOW),
    "CharacterGroups.one": lambda work, me, their: work.character_groups.one(me, their.group.id),
    "CharacterGroups.create": lambda work, me, their: work.character_groups.create(
        me, "Mine", [their.character], None, NOW
    ),
    "CharacterGroups.change": lambda work, me, their: work.character_groups.change(me, their.group, NOW),
    "CharacterGroups.delete": lambda work, me, their: work.character_groups.delete(me, their.group.id),
    "PlayersOwn.set": lambda work, me, their: work.players_own.set(me, their.character, {"note": "Mine"}, NOW),
    "Characters.one": lambda work, me, their: work.characters.one(me, their.character),
    "History.page": lambda work, me, their: work.history.page(me, their.character, limit=9),
    "History.as_of": lambda work, me, their: work.history.as_of(me, their.character, NOW),
    "History.profiles": lambda work, me, their: work.history.profiles(me, their.character, 9),
    "SyncSessions.snapshot": lambda work, me, their: work.sync_sessions.snapshot(me, their.session),
    "SyncSessions.cancel": lambda work, me, their: work.sync_sessions.cancel(me, their.session, NOW),
    "Schedules.delete": lambda work, me, _: work.schedules.delete(me, "retail", Region.EU),
    "SignIns.delete_access_token": lambda work, me, their: work.sign_ins.delete_access_token(me, their.access_token),
    "Webhooks.get": lambda work, me, their: work.webhooks.get(me, their.webhook),
    "Webhooks.change": lambda work, me, their: work.webhooks.change(
        me, their.webhook, NOW, url="https://b.example", events=None, is_paused=True
    ),
    "Webhooks.replace_secret": lambda work, me, their: work.webhooks.replace_secret(me, their.webhook, Secret("mine")),
    "Webhooks.deliveries": lambda work, me, their: work.webhooks.deliveries(me, their.webhook, after=None, limit=9),
    "Webhooks.redeliver": lambda work, me, their: work.webhooks.redeliver(me, their.webhook, their.delivery),
    "Webhooks.delete": lambda work, me, their: work.webhooks.delete(me, their.webhook),
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
    "SyncSessions.cancel_all": (lambda work, me, _: work.sync_sessions.cancel_all(me, NOW), []),
    "Schedules.all": (lambda work, me, _: work.schedules.all(me), []),
    "Schedules.find": (lambda work, me, _: work.schedules.find(me, "retail", Region.EU), None),
    "Schedules.last_visit": (lambda work, me, _: work.schedules.last_visit(me), NOW),  # their own sign-in
    "Characters.these": (lambda work, me, their: work.characters.these(me, [their.character]), {}),
    "Changes.page": (lambda work, me, _: work.changes.page(me, after=None, limit=9), ChangePage((), 0, has_more=False)),
    "Changes.latest": (lambda work, me, _: work.changes.latest(me), 0),
    "Webhooks.all_of": (lambda work, me, _: work.webhooks.all_of(me), []),
    "SignIns.access_tokens": (lambda work, me, _: work.sign_ins.access_tokens(me), []),
    "Observations.known": (lambda work, me, _: work.observations.known(me, Region.EU, ""), []),
    "Identities.capture": (lambda work, me, their: work.identities.capture(me, [their.character]), {}),
    "Identities.page": (lambda work, me, _: work.identities.page(me, limit=9), DecisionPage((), None)),
    "CharacterGroups.all": (lambda work, me, _: work.character_groups.all(me), []),
    "PlayersOwn.of": (lambda work, me, their: work.players_own.of(me, [their.character]), {}),
    "Holdings.identity_decisions": (lambda work, me, _: work.holdings.identity_decisions(me, after=None, limit=9), []),
    "Holdings.characters": (lambda work, me, _: work.holdings.characters(me, after=None, limit=9), []),
    "Holdings.states": (lambda work, me, _: work.holdings.states(me, after=0, limit=9), []),
    "Holdings.sync_sessions": (lambda work, me, _: work.holdings.sync_sessions(me, after=None, limit=9), []),
}
PROVEN_BELOW = {
    "Users.lock",
    "Observations.observe",  # these two only make rows of the owner they are told
    "Identities.record",
    "Identities.withdraw_disproved",  # these three below, in one
    "Identities.merge",
    "Identities.undo",
    "Characters.apply",
    "Users.battle_net_link",
    "Users.battle_net_token",
    "Users.get",
    "Users.refuse_battle_net_token",
    "Users.link_site_user",  # only writes to the owner it is told; `test_site_users.py`
    "SignIns.sign_in_browser",  # these two only make rows of the owner they are told
    "SignIns.create_access_token",
    "Schedules.save",  # only writes a row of the owner it is told; `test_schedules.py`
    "Schedules.see_notice",  # `test_schedules.py`
    "SignIns.sign_out_everywhere",  # `test_sign_ins.py`
    "Webhooks.create",  # only makes a row of the owner it is told
    "Holdings.user",  # reads by the user's id alone; `tests/integration/test_rights.py` looks for anything of another's
    "Holdings.erase",  # `test_holdings.py` compares every row of another user before and after
}

# The methods that take no owner, and what stands in for one.
BY_A_SECRET = "only who knows the secret asks; what comes back is the owner"
BY_THE_SITE = "the site that embeds us says who is there; what comes back is the owner"
BY_THE_FENCE = "the run that holds the session's lease, which a player's request began"
BY_THE_LEASE = "the process that delivers to the webhook, which its owner made"
OF_THE_SYSTEM = "counts or ids for our own upkeep; no request of a player's reaches it"
WITHOUT_AN_OWNER = {
    "Users.of_site": BY_THE_SITE,
    "Users.see_site_user": BY_THE_SITE,
    "Users.sign_out_site_user": BY_THE_SITE,
    "Users.link": "Battle.net has just said who it is; what comes back is the owner",
    "SignIns.begin": "nobody is signed in yet",
    "SignIns.take": "nobody is signed in yet; only the browser that began knows both secrets",
    "SignIns.sign_out_browser": BY_A_SECRET,
    "SignIns.user_of_browser": BY_A_SECRET,
    "SignIns.note_use_of_browser": BY_A_SECRET,
    "SignIns.user_of_access_token": BY_A_SECRET,
    "SignIns.note_use_of_access_token": BY_A_SECRET,
    "SyncSessions.create": "the session it saves names its owner",
    "SyncSessions.claim": "the queue hands over ids of sessions that a player's request began",
    "SyncSessions.extend_lease": BY_THE_FENCE,
    "SyncSessions.release": BY_THE_FENCE,
    "SyncSessions.write": BY_THE_FENCE,
    "SyncSessions.release_all": OF_THE_SYSTEM,
    "SyncSessions.unfinished": OF_THE_SYSTEM,
    "SyncSessions.abandoned": OF_THE_SYSTEM,
    "Schedules.take_due": OF_THE_SYSTEM,
    "Schedules.deal": "the due schedule it is given names its owner",
    "Schedules.put_off": "the due schedule it is given names its owner",
    "Schedules.heartbeat": OF_THE_SYSTEM,
    "CircuitRows.all": OF_THE_SYSTEM,
    "CircuitRows.say": OF_THE_SYSTEM,
    "CircuitRows.tell": OF_THE_SYSTEM,
    "Observations.take_unasked": OF_THE_SYSTEM,
    "Observations.write_achievements": OF_THE_SYSTEM,
    "Identities.forget_restorable": OF_THE_SYSTEM,
    "Changes.forget": OF_THE_SYSTEM,
    "Webhooks.due": OF_THE_SYSTEM,
    "Webhooks.claim": "the queue hands over ids of webhooks that their owners made",
    "Webhooks.next": BY_THE_LEASE,
    "Webhooks.settle": BY_THE_LEASE,
    "Webhooks.release": BY_THE_LEASE,
    "History.forget": OF_THE_SYSTEM,
    "Verifications.take_due": OF_THE_SYSTEM,
    "Verifications.write": OF_THE_SYSTEM,
    "Verifications.remove": "the character it is given names its owner, whom the caller has locked",
    "Verifications.held_past_their_date": OF_THE_SYSTEM,
}

REPOSITORIES = {
    name: get_type_hints(p.fget)["return"] for name, p in vars(UnitOfWork).items() if isinstance(p, property)
}
METHODS = {
    f"{port.__name__}.{name}": method
    for port in REPOSITORIES.values()
    for name, method in vars(port).items()
    if not name.startswith("_") and inspect.isfunction(method)
}


def test_every_method_takes_its_owner_first_or_is_known_to_need_none() -> None:
    without = {name for name, method in METHODS.items() if list(inspect.signature(method).parameters)[1:2] != ["owner"]}
    assert without == WITHOUT_AN_OWNER.keys()


def test_no_route_asks_what_takes_no_owner() -> None:
    """But for what a secret opens, which its owner alone has."""
    routes = "".join(file.read_text("utf-8") for file in Path(rest.__file__).parent.rglob("*.py"))
    asked = set(re.findall(r"\bwork\.(\w+)\.(\w+)\(", routes))
    assert len(asked) > 20
    named = {f"{REPOSITORIES[name].__name__}.{method}" for name, method in asked} & WITHOUT_AN_OWNER.keys()
    assert {name for name in named if WITHOUT_AN_OWNER[name] is not BY_A_SECRET} == set()


def test_an_owner_is_a_type_of_its_own_and_never_optional() -> None:
    assert isinstance(UserId, NewType)
    for name in METHODS.keys() - WITHOUT_AN_OWNER.keys():
        assert get_type_hints(METHODS[name])["owner"] is UserId, name
        assert inspect.signature(METHODS[name]).parameters["owner"].default is inspect.Parameter.empty, name


def test_every_method_that_takes_an_owner_is_proven_here() -> None:
    assert METHODS.keys() - WITHOUT_AN_OWNER.keys() == NOT_FOUND.keys() | NOTHING_THERE.keys() | PROVEN_BELOW


@pytest.mark.parametrize("method", NOT_FOUND)
async def test_what_is_anothers_is_not_found(store: Store, theirs: Theirs, method: str) -> None:
    me = await store.user()
    with pytest.raises(NotFound):
        await store.do(lambda work: NOT_FOUND[method](work, me, theirs))
    assert (await store.snapshot(theirs.owner, theirs.session)).session.status is SessionStatus.PENDING
    assert len(await store.ask(lambda work: work.sign_ins.access_tokens(theirs.owner))) == 1
    [hook] = await store.ask(lambda work: work.webhooks.all_of(theirs.owner))
    assert (hook.url, hook.paused_at) == ("https://a.example", None)


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


async def test_anothers_decision_is_neither_withdrawn_nor_carried_out(store: Store, theirs: Theirs) -> None:
    me = await store.user()
    pair = frozenset({theirs.decision.older_id, theirs.decision.newer_id})
    await store.do(lambda work: work.identities.withdraw_disproved(me, pair, NOW))
    assert await store.ask(lambda work: work.identities.one(theirs.owner, theirs.decision.id)) == theirs.decision
    for decide in (DecideIdentity.answer, DecideIdentity.undo):
        told = {"is_same": True} if decide is DecideIdentity.answer else {}
        with pytest.raises(NotFound):
            await decide(DecideIdentity(store.work, lambda: NOW), me, theirs.decision.id, **told)
    assert await store.ask(lambda work: work.identities.one(theirs.owner, theirs.decision.id)) == theirs.decision


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
