"""One player whose account is listed day after day, on a real database."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from character_sync.adapters.database.identity_tables import character_observations
from character_sync.adapters.database.tables import (
    character_facet_states,
    character_facets,
    character_jobs,
    character_snapshots,
    characters,
)
from character_sync.domain.changes import ChangeKind
from character_sync.domain.character import Equipment, ListedCharacter
from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState
from character_sync.domain.errors import BattleNetCharacterHidden
from character_sync.domain.fingerprint import Achievements
from character_sync.domain.game import Facet, GameVersion, GameVersions, Realm, Region
from character_sync.domain.sync_session import JobStatus, SessionLimits
from character_sync.ports import (
    ChangeRow,
    CharacterAddress,
    EnrichmentJob,
    IdentityDecision,
    SettledJob,
    UserId,
)
from character_sync.use_cases.decide_identity import DecideIdentity
from character_sync.use_cases.keep_identities import KeepIdentities
from character_sync.use_cases.sync_characters_from_battle_net import PlannedSync, SyncCharactersFromBattleNetUseCase
from fakes.characters import NOW, RETAIL, listed, profile
from fakes.store import Store

ELSEWHERE = Realm(77, "elsewhere", "Elsewhere")
MODERN = replace(RETAIL, has_achievements=True)
MINE: Achievements = {6: 1_000, 7: 2_000, 8: 3_000}
ALTS: Achievements = {6: 10, 7: 20, 8: 30}
DAY = timedelta(days=1)
JAINA = listed(1, name="Jaina", level=70)
ALT = listed(9, name="Alt", level=70)


@dataclass
class ListedAccount:
    """A Battle.net that lists what it is told, and knows achievements by number."""

    shown: Sequence[ListedCharacter] = ()
    known: dict[int, Achievements] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    async def account_characters(self, *_args: object, **_kwargs: object) -> tuple[ListedCharacter, ...]:
        return tuple(self.shown)

    async def achievements(self, address: CharacterAddress, **_kwargs: object) -> Achievements:
        self.asked.append(address.battle_net_id)
        if address.battle_net_id not in self.known:
            raise BattleNetCharacterHidden(found=False)
        return self.known[address.battle_net_id]


def _enrichment(job: EnrichmentJob, level: int) -> Enrichment:
    """A profile that says what the list says, but perhaps for the level; gear that is always the same."""
    content = profile(job.address.battle_net_id, name=job.address.name, realm=job.address.realm, level=level)
    hash_ = f"{job.address.name}-{job.address.battle_net_id} {level}"
    facets = tuple(
        FacetResult(facet, FacetState.CURRENT, content=what, content_hash=of, modified_at=NOW, login_at=NOW)
        for facet, what, of in ((Facet.PROFILE, content, hash_), (Facet.EQUIPMENT, Equipment(()), "gear"))
    )
    return Enrichment(JobStatus.COMPLETED, None, facets)


class World:
    """One player, whose account is listed day after day."""

    def __init__(self, store: Store, owner: UserId, version: GameVersion) -> None:
        self.store, self.owner, self.version = store, owner, version
        self.account = ListedAccount()
        self.now = NOW
        versions = GameVersions([version])
        limits = SessionLimits(timedelta(minutes=5), timedelta(seconds=1))
        self._sync = SyncCharactersFromBattleNetUseCase(store.work, self.account, versions, self.clock, limits)  # type: ignore[arg-type] # the two methods it needs
        self._keep = KeepIdentities(
            store.work,
            self.account,
            versions,
            self.clock,
            keep=30 * DAY,
            again=7 * DAY,
            per_round=99,  # type: ignore[arg-type] # as above
        )
        self.decide = DecideIdentity(store.work, self.clock)

    def clock(self) -> datetime:
        return self.now

    async def shows(self, *shown: ListedCharacter, settled: bool = True) -> None:
        """A day later the account is synced, and the sync ends."""
        self.now += DAY
        self.account.shown = shown
        await self._sync.execute(self.owner, self.version, Region.EU)
        if settled:
            await self.store.do(lambda work: work.sync_sessions.cancel_all(self.owner, self.now))

    async def learn(self) -> int:
        return await self._keep.execute()

    async def decisions(self) -> list[IdentityDecision]:
        return list((await self.store.ask(lambda work: work.identities.page(self.owner, limit=99))).items)

    async def rows(self, table: Any, character_id: UUID) -> list[dict[str, Any]]:
        column = table.c.id if table is characters else table.c.character_id
        order = [c for c in table.primary_key.columns if c.name != "user_id"]
        async with self.store.database.reading() as connection:
            found = await connection.execute(select(table).where(column == character_id).order_by(*order))
            return [row._asdict() for row in found]

    async def everything(self, character_id: UUID) -> dict[str, list[dict[str, Any]]]:
        """What is held of a character, but for when its row was touched."""
        tables = (
            characters,
            character_facets,
            character_facet_states,
            character_snapshots,
            character_observations,
            character_jobs,
        )
        found = {table.name: await self.rows(table, character_id) for table in tables}
        for row in found["characters"]:
            row.pop("updated_at")
        return found

    async def told(self, after: int) -> list[ChangeRow]:
        page = await self.store.ask(lambda work: work.changes.page(self.owner, after=after, limit=99))
        return [change for change in page.items if change.kind != ChangeKind.SYNC_FINISHED]

    async def latest(self) -> int:
        return await self.store.ask(lambda work: work.changes.latest(self.owner))

    async def plan(self, *shown: ListedCharacter) -> PlannedSync:
        self.account.shown = shown
        return await self._sync.plan(self.owner, self.version, Region.EU)

    async def ids(self, *, active: bool | None = None) -> dict[str, UUID]:
        page = await self.store.ask(lambda work: work.characters.page(self.owner, include_archived=True, limit=99))
        return {f"{row.name}-{row.battle_net_id}": row.id for row in page.items if active in {None, row.is_active}}

    async def enriched(self, *characters: UUID, level: int | None = None) -> None:
        """A run of a sync writes profiles of these."""
        session = await self.store.session(self.owner, characters)
        claimed = await self.store.claimed(session.id, self.now)
        settled = [SettledJob(job, _enrichment(job, level or job.level), self.now) for job in claimed.jobs]
        await self.store.do(
            lambda work: work.sync_sessions.write(
                claimed.session, started=[], settled=settled, lease_until=self.now + timedelta(seconds=30)
            )
        )
        await self.store.do(lambda work: work.sync_sessions.cancel_all(self.owner, self.now))


async def about_to_move(world: World) -> ListedCharacter:
    """Jaina has moved with a new number; her achievements were learnt before."""
    moved = replace(JAINA, battle_net_id=2, realm=ELSEWHERE)
    world.account.known = {1: MINE, 9: ALTS, 2: MINE}
    await world.shows(JAINA, ALT)
    await world.learn()
    return moved
