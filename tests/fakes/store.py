"""A real database with short words for what tests put into it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.token_vault import TokenVault
from character_sync.adapters.database.unit_of_work import DatabaseUnitOfWork, DatabaseWork
from character_sync.domain.character import CharacterKey, ListedCharacter
from character_sync.domain.deduplication import ListingPlan, plan_listing
from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState
from character_sync.domain.game import Facet, GameVersion, Region
from character_sync.domain.identity import IdentityKind, Judgement, Sighting
from character_sync.domain.sync_session import CharacterSyncSession, JobStatus, SessionKind
from character_sync.ports import (
    BattleNetUser,
    ClaimedSession,
    EnrichmentJob,
    Grant,
    Lane,
    Secret,
    Seen,
    SessionSnapshot,
    SettledJob,
    UserId,
)
from fakes.characters import NOW, RETAIL, listed, profile, session_of
from fakes.queue import NotedJobs

T = TypeVar("T")
LEASE = timedelta(seconds=30)


class Store:
    """Each call is a transaction of its own, committed."""

    REFRESHES = (SessionKind.CHARACTER, SessionKind.RETRY)  # of which a user may have many at the same time

    def __init__(self, database: Database, vault: TokenVault) -> None:
        self.database = database
        self.queue = NotedJobs()
        self.work = DatabaseWork(database, vault, self.queue)

    async def do(self, what: Callable[[DatabaseUnitOfWork], Awaitable[T]]) -> T:
        async with self.work() as work:
            result = await what(work)
            await work.commit()
        return result

    async def ask(self, what: Callable[[DatabaseUnitOfWork], Awaitable[T]]) -> T:
        async with self.work.reading() as work:
            return await what(work)

    async def user(
        self,
        sub: str | None = None,
        *,
        token: str = "the player's token",
        now: datetime = NOW,
        lasts: timedelta = timedelta(hours=24),
    ) -> UserId:
        grant = Grant(Secret(token), now + lasts, frozenset({"openid", "wow.profile"}))
        who = BattleNetUser(sub or uuid4().hex, "Player#1234")
        return (await self.do(lambda work: work.users.link(who, grant, now))).id

    async def apply(
        self, owner: UserId, shown: Sequence[ListedCharacter], *, version: GameVersion = RETAIL, now: datetime = NOW
    ) -> tuple[ListingPlan, list[UUID]]:
        """What a sync does with a listing."""
        async with self.work() as work:
            plan = plan_listing(
                await work.characters.saved(owner, Region.EU, version.namespace_family),
                shown,
                region=Region.EU,
                namespace_family=version.namespace_family,
                game_version=version.id,
                missing_before=await work.characters.missing_before(owner, version.id, Region.EU),
            )
            ids = await work.characters.apply(owner, plan, version=version, region=Region.EU, now=now)
            await work.commit()
        return plan, ids

    async def characters(self, owner: UserId, count: int) -> list[UUID]:
        return (await self.apply(owner, [listed(number) for number in range(1, count + 1)]))[1]

    async def belongings(self, owner: UserId, one: UUID, other: UUID) -> None:
        """An observation of a character, the question whether it is another one, a group of both, a note."""
        seen = [Seen(one, Sighting.of(listed(1)))]
        key = CharacterKey(Region.EU, "", 77, 9)
        question = Judgement(one, listed(9), key, IdentityKind.TRANSFERRED, None, 0.5, ())

        async def save(work: DatabaseUnitOfWork) -> None:
            await work.observations.observe(owner, seen, region=Region.EU, namespace_family="", now=NOW)
            await work.identities.record(owner, [question], before={}, created={key: other}, now=NOW)
            await work.character_groups.create(owner, "Mains", [one, other], one, NOW)
            await work.players_own.set(owner, one, {"note": "Mine"}, NOW)

        await self.do(save)

    async def session(
        self, owner: UserId, characters: Sequence[UUID], *, kind: SessionKind = SessionKind.ACCOUNT, **about: Any
    ) -> CharacterSyncSession:
        session = session_of(len(characters), owner=owner, kind=kind, **about)
        await self.do(lambda work: work.sync_sessions.create(session, characters, Lane.FIRST_SYNC))
        return session

    async def claim(self, session_id: UUID, now: datetime = NOW, lease: timedelta = LEASE) -> ClaimedSession | None:
        return await self.do(lambda work: work.sync_sessions.claim(session_id, now, lease))

    async def claimed(self, session_id: UUID, now: datetime = NOW) -> ClaimedSession:
        claimed = await self.claim(session_id, now)
        assert claimed is not None
        return claimed

    async def settle(self, claimed: ClaimedSession, job: EnrichmentJob) -> None:
        """Write one job of a claimed session as completed, with a profile."""
        claimed.session.settle(job.as_current(JobStatus.COMPLETED))
        content = profile(job.address.battle_net_id)
        facet = FacetResult(Facet.PROFILE, FacetState.CURRENT, content=content, content_hash="hash")
        settled = SettledJob(job, Enrichment(JobStatus.COMPLETED, None, (facet,)), NOW)
        await self.do(
            lambda work: work.sync_sessions.write(
                claimed.session, started=[], settled=[settled], lease_until=NOW + LEASE
            )
        )

    async def snapshot(self, owner: UserId, session_id: UUID) -> SessionSnapshot:
        return await self.ask(lambda work: work.sync_sessions.snapshot(owner, session_id))
