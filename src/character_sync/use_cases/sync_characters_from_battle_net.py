"""Sync a game version: list, deduplicate, save everything in one transaction, hand the rest to the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.character import ListedCharacter
from character_sync.domain.deduplication import ListingPlan, plan_listing
from character_sync.domain.errors import BattleNetTokenInvalid, SyncAlreadyActive
from character_sync.domain.game import GameVersion, GameVersions, Region
from character_sync.domain.sync_session import CharacterSyncSession, SessionKind, SessionLimits
from character_sync.ports import BattleNet, CharacterRow, Clock, Lane, Secret, Turn, UnitOfWork, UserId, Work

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class StartedSync:
    """What the 202 says."""

    session_id: UUID
    synced_characters: int


@dataclass(frozen=True, slots=True)
class PlannedSync:
    """What a sync would do, and how the characters it names are held now."""

    plan: ListingPlan
    held: dict[UUID, CharacterRow]


@dataclass(frozen=True, slots=True)
class SyncCharactersFromBattleNetUseCase:
    """Starts a sync. Battle.net is asked before any transaction is opened, so a slow answer holds no lock."""

    work: Work
    battle_net: BattleNet
    versions: GameVersions
    clock: Clock
    limits: SessionLimits

    async def execute(self, owner: UserId, version: GameVersion, region: Region) -> StartedSync:
        """Save the characters Battle.net lists and start their enrichment.

        A failed listing changes nothing. A listing without characters is a sync too, and completed at once.

        Raises:
            SyncAlreadyActive: one of this user and game version runs; however many ask at once, one gets through.
            BattleNetTokenInvalid: the player has to sign in again.
            BattleNetError: Battle.net did not give the listing.
        """
        session_id = uuid4()
        listed = await self._listed(owner, version, region, session_id)
        now = self.clock()

        async def save(work: UnitOfWork) -> StartedSync:
            await work.users.lock(owner)
            active = await work.sync_sessions.active(owner, version.id)
            if active is not None:
                raise SyncAlreadyActive(active)
            plan = await _planned(work, owner, version, region, listed)
            session = CharacterSyncSession(
                id=session_id,
                user_id=owner,
                kind=SessionKind.ACCOUNT,
                game_version=version.id,
                region=region,
                started_at=now,
                deadline_at=self.limits.deadline(now, plan.shown),
                total_characters=plan.shown,
            )
            shown = await work.characters.apply(owner, plan, version=version, region=region, now=now)
            await work.sync_sessions.create(session, shown, Lane.FIRST_SYNC)
            if not session.status.is_final:
                work.run_after_commit(session.id)
            reached(CrashPoint.LISTING_WRITTEN)
            return StartedSync(session.id, plan.shown)

        started = await self.work.transaction(save)
        log.info(
            "sync_session_created",
            session_id=str(started.session_id),
            kind=SessionKind.ACCOUNT.value,
            characters=started.synced_characters,
        )
        return started

    async def plan(self, owner: UserId, version: GameVersion, region: Region) -> PlannedSync:
        """Return what `execute` would do now. Battle.net is asked, nothing is written. Raises as `execute` does."""
        listed = await self._listed(owner, version, region, uuid4())
        async with self.work.reading() as work:
            plan = await _planned(work, owner, version, region, listed)
            held = await work.characters.these(owner, [*(id_ for id_, _ in plan.update), *plan.archive, *plan.withheld])
        return PlannedSync(plan, held)

    async def _listed(
        self, owner: UserId, version: GameVersion, region: Region, session_id: UUID
    ) -> list[ListedCharacter]:
        token = await self._token_unless_active(owner, version)
        reached(CrashPoint.LISTING_BEGUN)
        try:
            in_namespace = await self.battle_net.account_characters(
                token, version, region, turn=Turn(Lane.INTERACTIVE, str(session_id))
            )
        except BattleNetTokenInvalid:
            await self._remember_refusal(owner)
            raise
        reached(CrashPoint.LISTING_ANSWERED)
        return [character for character in in_namespace if self.versions.holds(version, character.realm)]

    async def _token_unless_active(self, owner: UserId, version: GameVersion) -> Secret:
        async with self.work.reading() as work:
            active = await work.sync_sessions.active(owner, version.id)
            if active is not None:
                raise SyncAlreadyActive(active)
            return await work.users.battle_net_token(owner, self.clock())

    async def _remember_refusal(self, owner: UserId) -> None:
        await self.work.transaction(lambda work: work.users.refuse_battle_net_token(owner, self.clock()))


async def _planned(
    work: UnitOfWork, owner: UserId, version: GameVersion, region: Region, listed: Sequence[ListedCharacter]
) -> ListingPlan:
    return plan_listing(
        await work.characters.saved(owner, region, version.namespace_family),
        listed,
        region=region,
        namespace_family=version.namespace_family,
        game_version=version.id,
        missing_before=await work.characters.missing_before(owner, version.id, region),
    )
