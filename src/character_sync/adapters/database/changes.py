"""The change feed: numbered in the order of the commits, read by cursor, told to webhooks."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.tables import change_counters, changes, characters, deliveries, webhooks
from character_sync.domain.changes import Change
from character_sync.domain.errors import ChangesForgotten
from character_sync.domain.game import Region
from character_sync.domain.webhooks import DeliveryStatus, is_told_of
from character_sync.ports import ChangePage, ChangeRow, CharacterReference, UserId

_COUNTER = change_counters.c
_CHANGE = changes.c


class DatabaseChanges:
    """Implements the port `Changes`, and takes down what the other repositories of its transaction change.

    What is noted is written last thing before the commit: the lock that gives the numbers their order is then held
    for the commit alone, and taken after every other lock of the transaction.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._noted: dict[UserId, list[Change]] = defaultdict(list)

    def note(self, owner: UserId, *noted: Change) -> None:
        self._noted[owner].extend(noted)

    def drop(self, owner: UserId) -> None:
        """Take back what was noted of somebody who is being erased."""
        self._noted.pop(owner, None)

    async def write(self) -> list[UUID]:
        """Write what was noted and what webhooks are to be told of it; return those webhooks."""
        told: list[UUID] = []
        for owner, noted in sorted(self._noted.items()):  # in one order everywhere: the counters are locked
            if noted:
                told += await self._write(owner, noted)
        self._noted.clear()
        return told

    async def _write(self, owner: UserId, noted: list[Change]) -> list[UUID]:
        make = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        counted = (
            make(change_counters)
            .values(user_id=owner, last=len(noted), forgotten_to=0)
            .on_conflict_do_update(index_elements=["user_id"], set_={"last": _COUNTER.last + len(noted)})
            .returning(_COUNTER.last)
        )
        last = (await self._connection.execute(counted)).scalar_one()
        numbered = list(enumerate(noted, start=last - len(noted) + 1))
        await self._connection.execute(
            insert(changes),
            [
                {
                    "user_id": owner,
                    "number": number,
                    "kind": change.kind,
                    "at": change.at,
                    "character_id": change.character_id,
                    "session_id": change.session_id,
                    "detail": dict(change.detail),
                }
                for number, change in numbered
            ],
        )
        listening = await self._connection.execute(
            select(webhooks.c.id, webhooks.c.events).where(webhooks.c.user_id == owner, webhooks.c.paused_at.is_(None))
        )
        rows = [
            {
                "webhook_id": webhook.id,
                "user_id": owner,
                "number": number,
                "status": DeliveryStatus.WAITING,
                "attempts": 0,
                "created_at": change.at,
            }
            for webhook in listening
            for number, change in numbered
            if is_told_of(webhook.events, change.kind)
        ]
        if rows:
            await self._connection.execute(insert(deliveries), rows)
        return list(dict.fromkeys(row["webhook_id"] for row in rows))

    async def page(self, owner: UserId, *, after: int | None, limit: int) -> ChangePage:
        query = select(_COUNTER.forgotten_to).where(_COUNTER.user_id == owner)
        forgotten_to = (await self._connection.execute(query)).scalar_one_or_none() or 0
        start = forgotten_to if after is None else after
        if start < forgotten_to:
            raise ChangesForgotten
        found = told_changes().where(_CHANGE.user_id == owner, _CHANGE.number > start)
        rows = (await self._connection.execute(found.order_by(_CHANGE.number).limit(limit + 1))).all()
        items = tuple(change_of(row) for row in rows[:limit])
        return ChangePage(items, items[-1].number if items else start, len(rows) > limit)

    async def latest(self, owner: UserId) -> int:
        query = select(_COUNTER.last).where(_COUNTER.user_id == owner)
        return (await self._connection.execute(query)).scalar_one_or_none() or 0

    async def forget(self, before: datetime, limit: int) -> int:
        old = select(_CHANGE.user_id, _CHANGE.number).where(_CHANGE.at < before).order_by(_CHANGE.at).limit(limit)
        last = defaultdict[UUID, int](int)
        for user_id, number in await self._connection.execute(old):
            last[user_id] = max(last[user_id], number)
        forgotten = 0
        for user_id, number in sorted(last.items()):
            await self._connection.execute(
                update(change_counters)
                .where(_COUNTER.user_id == user_id, _COUNTER.forgotten_to < number)
                .values(forgotten_to=number)
            )
            # Whatever has a lower number is older: numbers follow the commits, and the clock of one machine may lag.
            gone = await self._connection.execute(
                delete(changes).where(_CHANGE.user_id == user_id, _CHANGE.number <= number)
            )
            forgotten += gone.rowcount
        return forgotten


def told_changes() -> Select[Any]:
    """Return the query of changes with what their characters are called now."""
    character = characters.c
    return select(
        _CHANGE.number,
        _CHANGE.kind,
        _CHANGE.at,
        _CHANGE.character_id,
        _CHANGE.session_id,
        _CHANGE.detail,
        character.name,
        character.realm_slug,
        character.region,
        character.game_version,
    ).outerjoin(characters, character.id == _CHANGE.character_id)


def change_of(row: Row[Any]) -> ChangeRow:
    character = None
    if row.character_id is not None:
        character = CharacterReference(row.character_id, row.name, row.realm_slug, Region(row.region), row.game_version)
    return ChangeRow(row.number, row.kind, row.at, character, row.session_id, row.detail)
