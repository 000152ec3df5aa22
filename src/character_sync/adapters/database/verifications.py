"""When characters were last seen at Battle.net: what is due, and what becomes of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.changes import DatabaseChanges
from character_sync.adapters.database.characters import lock_characters, seen
from character_sync.adapters.database.identity_tables import character_observations, identity_decisions
from character_sync.adapters.database.tables import (
    character_facet_states,
    character_facets,
    character_jobs,
    character_snapshots,
    character_sync_sessions,
    characters,
    is_active,
    withheld_archives,
)
from character_sync.domain.changes import Change, ChangeKind
from character_sync.domain.game import Realm, Region
from character_sync.domain.verification import CheckOutcome, VerificationPolicy
from character_sync.ports import CharacterAddress, CheckedCharacter, DueCharacter, UserId

_CHARACTER = characters.c

# What Battle.net told of a character and is not the name in its player's list: the realm belongs to the name.
_PURGED: Mapping[str, Any] = {
    "level": 0,
    "wow_account_id": None,
    "class_id": None,
    "class_name": None,
    "race_id": None,
    "race_name": None,
    "gender": None,
    "faction": None,
    "guild": None,
    "item_level": None,
    "active_spec_id": None,
    "active_spec_name": None,
    "title": None,
    "avatar_url": None,
    "last_login_at": None,
}


class DatabaseVerifications:
    """Implements the port `Verifications`."""

    def __init__(self, connection: AsyncConnection, policy: VerificationPolicy, changes: DatabaseChanges) -> None:
        self._connection = connection
        self._policy = policy
        self._changes = changes

    async def take_due(self, now: datetime, *, retry: timedelta, margin: timedelta, limit: int) -> list[DueCharacter]:
        due = (
            select(_CHARACTER.id)
            .where(or_(_CHARACTER.check_at <= now, _CHARACTER.check_at.is_(None)))
            .order_by(_CHARACTER.check_at, _CHARACTER.id)
            .limit(limit)
            .with_for_update(skip_locked=True, key_share=True)
        )
        taken = await self._connection.execute(
            update(characters)
            .where(_CHARACTER.id.in_(due.scalar_subquery()))
            .values(check_at=now + retry, verify_by=func.coalesce(_CHARACTER.verify_by, now + margin))
            .returning(*characters.c)
        )
        return sorted(map(_due, taken), key=lambda due: (due.verify_by, due.id))

    async def write(self, checked: Sequence[CheckedCharacter], now: datetime) -> None:
        await lock_characters(self._connection, [one.due.id for one in checked])
        for one in checked:
            values = self._new_row(one, now)
            if values is None:
                continue
            # The date has moved: a sync has seen the character since it was taken.
            unseen = _CHARACTER.verify_by == one.due.verify_by
            written = await self._connection.execute(
                update(characters)
                .where(_CHARACTER.id == one.due.id, unseen, _CHARACTER.gone_at.is_(None))
                .values(values)
            )
            if written.rowcount and one.outcome is CheckOutcome.PURGED:
                await self._forget_contents(one.due.id)
                self._changes.note(one.due.owner, Change(ChangeKind.GONE, now, one.due.id))

    def _new_row(self, one: CheckedCharacter, now: datetime) -> dict[str, Any] | None:
        match one.outcome:
            case CheckOutcome.VERIFIED:
                return seen(self._policy, one.due.id, now)
            case CheckOutcome.MISSING:
                return {"missing_since": one.due.missing_since or now, "check_at": one.check_at}
            case CheckOutcome.PURGED:
                archived_at = func.coalesce(_CHARACTER.archived_at, now)
                ended = {"is_active": False, "archived_at": archived_at, "updated_at": now}
                return {**_PURGED, **ended, "gone_at": now, "check_at": one.check_at}
            case _:
                return None

    async def _forget_contents(self, character_id: UUID) -> None:
        for table in (
            character_facet_states,
            character_facets,
            character_snapshots,
            character_observations,
            withheld_archives,
        ):
            await self._connection.execute(delete(table).where(table.c.character_id == character_id))
        # They hold what Battle.net told as evidence, and for an undo.
        pair = or_(identity_decisions.c.older_id == character_id, identity_decisions.c.newer_id == character_id)
        await self._connection.execute(delete(identity_decisions).where(pair))

    async def remove(self, due: DueCharacter) -> bool:
        job = character_jobs.c
        # Its settled job too: a sync session that still runs must find all it has counted.
        unfinished = is_active(character_sync_sessions.c.status)
        is_counted_on = exists().where(
            job.character_id == due.id, job.session_id == character_sync_sessions.c.id, unfinished
        )
        removed = await self._connection.execute(
            delete(characters).where(_CHARACTER.id == due.id, _CHARACTER.gone_at == due.gone_at, ~is_counted_on)
        )
        return bool(removed.rowcount)

    async def held_past_their_date(self, now: datetime) -> int:
        is_late = case((_CHARACTER.gone_at.is_(None) & (_CHARACTER.verify_by <= now), 1))
        return int((await self._connection.execute(select(func.count(is_late)))).scalar_one())


def _due(row: Row[Any]) -> DueCharacter:
    realm = Realm(row.realm_id, row.realm_slug, row.realm_name)
    address = CharacterAddress(Region(row.region), row.namespace_family, realm, row.name, row.battle_net_id)
    return DueCharacter(row.id, UserId(row.user_id), address, row.verify_by, row.missing_since, row.gone_at)
