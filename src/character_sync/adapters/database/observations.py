"""What Battle.net showed of characters over time: one row for each state, with the first and the last time of it."""

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.identity_tables import character_observations
from character_sync.adapters.database.tables import among, character_facets, characters
from character_sync.domain.character import CharacterKey, CharacterProfile
from character_sync.domain.deduplication import SavedCharacter
from character_sync.domain.errors import NotFound
from character_sync.domain.fingerprint import Achievements
from character_sync.domain.game import Facet, Realm, Region
from character_sync.domain.identity import KnownCharacter, Sighting
from character_sync.ports import CharacterAddress, Observation, Seen, SettledJob, UnaskedCharacter, UserId

SEEN_STEP = timedelta(hours=1)
"""How exactly the end of a state is known: syncs closer together than this write nothing about what has not changed."""

LEVELS_OF_AN_ACHIEVEMENT = 10  # each ten levels bring another one, so then a character is asked about again
FIRST_LEVEL = 10  # below it Battle.net serves no character

_OBSERVED = character_observations.c
_CHARACTER = characters.c
_SIGHTED = tuple(field.name for field in fields(Sighting))


class DatabaseObservations:
    """Implements the port `Observations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self, owner: UserId, region: Region, namespace_family: str) -> list[KnownCharacter]:
        held: Select[Any] = select(
            _CHARACTER.id,
            _CHARACTER.game_version,
            _CHARACTER.is_active,
            _CHARACTER.archived_at,
            *(_CHARACTER[name] for name in _SIGHTED),
            _OBSERVED.achievements,
        ).select_from(
            characters.outerjoin(
                character_observations, (_OBSERVED.character_id == _CHARACTER.id) & _OBSERVED.is_current
            )
        )
        rows = await self._connection.execute(
            held.where(
                _CHARACTER.user_id == owner,
                _CHARACTER.region == region,
                _CHARACTER.namespace_family == namespace_family,
            )
        )
        return [_known(row, region, namespace_family) for row in rows]

    async def observe(
        self, owner: UserId, seen: Sequence[Seen], *, region: Region, namespace_family: str, now: datetime
    ) -> None:
        query = select(character_observations).where(_OBSERVED.user_id == owner, _OBSERVED.is_current)
        query = query.where(_OBSERVED.region == region, _OBSERVED.namespace_family == namespace_family)
        current = {row.character_id: row for row in await self._connection.execute(query)}
        # What was transferred has its current row in the same region and family: an identity never leaves them.
        where = {"user_id": owner, "region": region, "namespace_family": namespace_family}
        new, seen_again = [], []
        for each in seen:
            before = current.get(each.id)
            if before is None or _sighting(before) != each.sighting or each.achievements is not None:
                new.append((before, where | _next(before, each.id, each.sighting, now, each.achievements)))
            elif now - before.last_seen_at >= SEEN_STEP:
                seen_again.append(before.id)
        await _write(self._connection, new)
        if seen_again:
            await self._connection.execute(
                update(character_observations).where(_OBSERVED.id.in_(seen_again)).values(last_seen_at=now)
            )

    async def of_character(self, owner: UserId, character_id: UUID) -> list[Observation]:
        own = select(_CHARACTER.id).where(_CHARACTER.id == character_id, _CHARACTER.user_id == owner)
        if (await self._connection.execute(own)).one_or_none() is None:
            raise NotFound
        rows = await self._connection.execute(
            select(character_observations)
            .where(_OBSERVED.character_id == character_id)
            .order_by(_OBSERVED.first_seen_at, _OBSERVED.is_current, _OBSERVED.id)
        )
        return [_observation(row) for row in rows]

    async def take_unasked(
        self, namespace_families: Collection[str], now: datetime, *, again: timedelta, limit: int
    ) -> list[UnaskedCharacter]:
        asked = _OBSERVED.achievements_asked_at
        due = (
            select(_OBSERVED.id)
            .join(characters, _CHARACTER.id == _OBSERVED.character_id)
            .where(_OBSERVED.is_current, _CHARACTER.is_active, _OBSERVED.level >= FIRST_LEVEL)
            .where(_OBSERVED.namespace_family.in_(namespace_families))
            .where(or_(asked.is_(None), _OBSERVED.achievements.is_(None) & (asked <= now - again)))
            .order_by(_OBSERVED.first_seen_at, _OBSERVED.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=character_observations)
        )
        taken = await self._connection.execute(
            update(character_observations)
            .where(_OBSERVED.id.in_(due.scalar_subquery()))
            .values(achievements_asked_at=now)
            .returning(*character_observations.c)
        )
        return [UnaskedCharacter(row.character_id, _address(row)) for row in taken]

    async def write_achievements(self, character_id: UUID, achievements: Achievements, now: datetime) -> None:
        await self._connection.execute(
            update(character_observations)
            .where(_OBSERVED.character_id == character_id, _OBSERVED.is_current)
            .values(achievements=_stored(achievements), achievements_asked_at=now)
        )


async def observe_profiles(connection: AsyncConnection, settled: Sequence[SettledJob]) -> None:
    """Note what new profiles say that the list did not, before they are saved.

    A profile we hold already says nothing new, and one of a lower level is older than the list: Battle.net writes it
    only when the character logs out.
    """
    profiles = {
        item.job.character_id: (result, item.settled_at)
        for item in settled
        for result in item.enrichment.facets
        if isinstance(result.content, CharacterProfile)
    }
    if not profiles:
        return
    is_profile = (character_facets.c.character_id == _OBSERVED.character_id) & (
        character_facets.c.facet == Facet.PROFILE
    )
    rows = await connection.execute(
        select(character_observations, character_facets.c.content_hash)
        .select_from(character_observations.outerjoin(character_facets, is_profile))
        .where(_OBSERVED.is_current, among(_OBSERVED.character_id, profiles))
    )
    new = []
    for row in rows:
        result, at = profiles[row.character_id]
        profile, last = result.content, _sighting(row)
        if not isinstance(profile, CharacterProfile) or result.content_hash == row.content_hash:
            continue
        sighting = _told(last, profile)
        if profile.level >= last.level and sighting != last:
            where = {"user_id": row.user_id, "region": row.region, "namespace_family": row.namespace_family}
            new.append((row, where | _next(row, row.character_id, sighting, at)))
    await _write(connection, new)


async def _write(connection: AsyncConnection, new: Sequence[tuple[Row[Any] | None, dict[str, Any]]]) -> None:
    ended = [row.id for row, _ in new if row is not None]
    if ended:  # when it ended is between its last time and the first of the next: nobody saw it
        await connection.execute(update(character_observations).where(_OBSERVED.id.in_(ended)).values(is_current=False))
    if new:
        await connection.execute(insert(character_observations), [values for _, values in new])


def _next(
    before: Row[Any] | None,
    character_id: UUID,
    sighting: Sighting,
    now: datetime,
    achievements: Achievements | None = None,
) -> dict[str, Any]:
    """Return the row of a state that begins now; what is known of achievements is handed on."""
    held, asked_at = (None, None) if before is None else (before.achievements, before.achievements_asked_at)
    if before is not None and sighting.level // LEVELS_OF_AN_ACHIEVEMENT > before.level // LEVELS_OF_AN_ACHIEVEMENT:
        asked_at = None
    if achievements is not None:
        held, asked_at = _stored(achievements), now
    return {
        "id": uuid4(),
        "character_id": character_id,
        "first_seen_at": now,
        "last_seen_at": now,
        "is_current": True,
        **{name: getattr(sighting, name) for name in _SIGHTED},
        "achievements": held,
        "achievements_asked_at": asked_at,
    }


def _told(last: Sighting, profile: CharacterProfile) -> Sighting:
    return replace(
        last,
        name=profile.name,
        level=profile.level,
        race_id=profile.race.id or last.race_id,
        gender=profile.gender or last.gender,
        faction=profile.faction or last.faction,
    )


def _known(row: Row[Any], region: Region, namespace_family: str) -> KnownCharacter:
    sighting = _sighting(row)
    key = CharacterKey(region, namespace_family, sighting.realm_id, sighting.battle_net_id)
    saved = SavedCharacter(row.id, key, row.game_version, row.is_active)
    achievements = None if row.achievements is None else {int(number): at for number, at in row.achievements.items()}
    return KnownCharacter(saved, sighting, row.archived_at, achievements)


def _sighting(row: Row[Any]) -> Sighting:
    return Sighting(**{name: getattr(row, name) for name in _SIGHTED})


def _observation(row: Row[Any]) -> Observation:
    return Observation(
        id=row.id,
        character_id=row.character_id,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        is_current=row.is_current,
        region=Region(row.region),
        namespace_family=row.namespace_family,
        sighting=_sighting(row),
        achievements=row.achievements,
        achievements_asked_at=row.achievements_asked_at,
    )


def _address(row: Row[Any]) -> CharacterAddress:
    realm = Realm(row.realm_id, row.realm_slug, row.realm_name)
    return CharacterAddress(Region(row.region), row.namespace_family, realm, row.name, row.battle_net_id)


def _stored(achievements: Achievements) -> dict[str, int]:
    return {str(number): at for number, at in sorted(achievements.items())}
