"""Sync a game version: list, deduplicate, save everything in one transaction, hand the rest to the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.character import CharacterKey
from character_sync.domain.deduplication import ListingPlan, key_of, plan_listing
from character_sync.domain.errors import BattleNetError, BattleNetTokenInvalid, SyncAlreadyActive
from character_sync.domain.fingerprint import Achievements
from character_sync.domain.game import GameVersion, GameVersions, Region
from character_sync.domain.identity import (
    Judgement,
    KnownCharacter,
    Listing,
    Resolution,
    Sighting,
    pairs_in_question,
    resolve,
)
from character_sync.domain.sync_session import CharacterSyncSession, SessionLimits
from character_sync.ports import (
    BY_THE_PLAYER,
    Asked,
    BattleNet,
    CharacterAddress,
    CharacterRow,
    Clock,
    Secret,
    Seen,
    Turn,
    UnitOfWork,
    UserId,
    Work,
)

log = structlog.get_logger()

MOST_ASKED = 20
"""Characters whose achievements are asked for in one listing: more than anybody transfers in a day, and a second of our
pace. Those behind them are questions."""


@dataclass(frozen=True, slots=True)
class StartedSync:
    """What the 202 says."""

    session_id: UUID
    synced_characters: int


@dataclass(frozen=True, slots=True)
class PlannedSync:
    """What a sync would do, how the characters it names are held now, and what it would say or ask about who is who."""

    plan: ListingPlan
    held: dict[UUID, CharacterRow]
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class SyncCharactersFromBattleNetUseCase:
    """Starts a sync. Battle.net is asked before any transaction is opened, so a slow answer holds no lock."""

    work: Work
    battle_net: BattleNet
    versions: GameVersions
    clock: Clock
    limits: SessionLimits

    async def execute(
        self, owner: UserId, version: GameVersion, region: Region, asked: Asked = BY_THE_PLAYER
    ) -> StartedSync:
        """Save the characters Battle.net lists and start their enrichment.

        A character that is surely one we know under another key stays the one it is; where only the player can tell,
        they are asked. A failed listing changes nothing. A listing without characters is a sync too, and completed at once.

        Raises:
            SyncAlreadyActive: one of this user and game version runs; however many ask at once, one gets through.
            BattleNetTokenInvalid: the player has to sign in again.
            BattleNetError: Battle.net did not give the listing.
        """
        session_id = uuid4()
        turn = Turn(asked.listing, str(session_id))
        listing, achievements = await self._listing(owner, version, region, turn)
        now = listing.at

        async def save(work: UnitOfWork) -> StartedSync:
            await work.users.lock(owner)
            active = await work.sync_sessions.active(owner, version.id)
            if active is not None:
                raise SyncAlreadyActive(active)
            plan, resolution = await _planned(work, owner, version, listing, achievements)
            before = await work.identities.capture(owner, [judgement.older for judgement in resolution.same])
            session = CharacterSyncSession(
                id=session_id,
                user_id=owner,
                kind=asked.kind,
                game_version=version.id,
                region=region,
                started_at=now,
                deadline_at=self.limits.deadline(now, plan.shown, asked.kind),
                total_characters=plan.shown,
            )
            shown = await work.characters.apply(owner, plan, version=version, region=region, now=now)
            seen = [
                Seen(id_, Sighting.of(each), achievements.get(key_of(each, region, version.namespace_family)))
                for id_, each in zip(shown, [*(each for _, each in plan.update), *plan.create], strict=True)
            ]
            await work.observations.observe(
                owner, seen, region=region, namespace_family=version.namespace_family, now=now
            )
            created = {
                key_of(each, region, version.namespace_family): id_
                for id_, each in zip(shown[len(plan.update) :], plan.create, strict=True)
            }
            await work.identities.record(owner, resolution.judgements, before=before, created=created, now=now)
            await work.identities.withdraw_disproved(owner, frozenset(shown), now)
            await work.sync_sessions.create(session, shown, asked.enrichment)
            await asked.also(work, session.id, plan.shown)
            if not session.status.is_final:
                work.run_after_commit(session.id)
            reached(CrashPoint.LISTING_WRITTEN)
            return StartedSync(session.id, plan.shown)

        started = await self.work.transaction(save)
        log.info(
            "sync_session_created",
            session_id=str(started.session_id),
            kind=asked.kind.value,
            characters=started.synced_characters,
        )
        return started

    async def _achievements(
        self, version: GameVersion, listing: Listing, known: Sequence[KnownCharacter], turn: Turn
    ) -> dict[CharacterKey, Achievements]:
        """Ask for the achievements of listed characters that may be missing ones; without an answer the player is asked.

        An ordinary listing asks for none: only a new key does, while a character of that class is missing.
        """
        if not version.has_achievements:
            return {}
        by_key = listing.by_key()
        asked = sorted({key for _, key in pairs_in_question(listing, known)})[:MOST_ASKED]
        found = {}
        for key in asked:
            each = by_key[key]
            address = CharacterAddress(
                listing.region, listing.namespace_family, each.realm, each.name, each.battle_net_id
            )
            try:
                found[key] = await self.battle_net.achievements(address, turn=turn)
            except BattleNetError as error:
                log.info("achievements_not_given", error=error.code)
        return found

    async def plan(self, owner: UserId, version: GameVersion, region: Region) -> PlannedSync:
        """Return what `execute` would do now. Battle.net is asked, nothing is written. Raises as `execute` does."""
        turn = Turn(BY_THE_PLAYER.listing, str(uuid4()))
        listing, achievements = await self._listing(owner, version, region, turn)
        async with self.work.reading() as work:
            plan, resolution = await _planned(work, owner, version, listing, achievements)
            named = {*(id_ for id_, _ in plan.update), *plan.archive, *plan.withheld}
            held = await work.characters.these(owner, named | {judgement.older for judgement in resolution.judgements})
        return PlannedSync(plan, held, resolution.judgements)

    async def _listing(
        self, owner: UserId, version: GameVersion, region: Region, turn: Turn
    ) -> tuple[Listing, dict[CharacterKey, Achievements]]:
        """Return what Battle.net lists now, and the achievements that may tell who in it is whom."""
        token, known = await self._before_asking(owner, version, region)
        reached(CrashPoint.LISTING_BEGUN)
        try:
            in_namespace = await self.battle_net.account_characters(token, version, region, turn=turn)
        except BattleNetTokenInvalid:
            await self._remember_refusal(owner)
            raise
        reached(CrashPoint.LISTING_ANSWERED)
        listed = [character for character in in_namespace if self.versions.holds(version, character.realm)]
        listing = Listing(listed, region, version.namespace_family, version.id, self.clock())
        return listing, await self._achievements(version, listing, known, turn)

    async def _before_asking(
        self, owner: UserId, version: GameVersion, region: Region
    ) -> tuple[Secret, Sequence[KnownCharacter]]:
        """Read all that is needed until the answer is written. Who is known is read again then: here it only says of whom
        to ask for achievements.
        """
        async with self.work.reading() as work:
            active = await work.sync_sessions.active(owner, version.id)
            if active is not None:
                raise SyncAlreadyActive(active)
            token = await work.users.battle_net_token(owner, self.clock())
            if not version.has_achievements:
                return token, ()
            return token, await work.observations.known(owner, region, version.namespace_family)

    async def _remember_refusal(self, owner: UserId) -> None:
        await self.work.transaction(lambda work: work.users.refuse_battle_net_token(owner, self.clock()))


async def _planned(
    work: UnitOfWork,
    owner: UserId,
    version: GameVersion,
    listing: Listing,
    achievements: Mapping[CharacterKey, Achievements],
) -> tuple[ListingPlan, Resolution]:
    """Say what a listing changes, and who in it is somebody we know under another key."""
    known = await work.observations.known(owner, listing.region, listing.namespace_family)
    resolution = resolve(listing, known, achievements)
    plan = plan_listing(
        resolution.rekeyed(character.saved for character in known),
        listing.characters,
        region=listing.region,
        namespace_family=listing.namespace_family,
        game_version=version.id,
        missing_before=await work.characters.missing_before(owner, version.id, listing.region),
    )
    return plan, resolution
