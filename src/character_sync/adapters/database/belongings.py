"""What a player says of their characters: groups, and fields of their own. No sync writes here."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.identity_tables import (
    character_group_members,
    character_groups,
    character_player_fields,
)
from character_sync.adapters.database.tables import characters
from character_sync.domain.errors import NotFound
from character_sync.ports import CharacterGroup, PlayerFields, UserId

_GROUP = character_groups.c
_MEMBER = character_group_members.c
_FIELD = character_player_fields.c
_SETTABLE = ("display_name", "note", "role", "is_hidden")


class DatabaseCharacterGroups:
    """Implements the port `CharacterGroups`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self, owner: UserId) -> list[CharacterGroup]:
        query = select(character_groups).where(_GROUP.user_id == owner).order_by(_GROUP.name, _GROUP.id)
        return await self._with_members((await self._connection.execute(query)).all())

    async def one(self, owner: UserId, group_id: UUID) -> CharacterGroup:
        query = select(character_groups).where(_GROUP.id == group_id, _GROUP.user_id == owner)
        found = await self._with_members((await self._connection.execute(query)).all())
        if not found:
            raise NotFound
        return found[0]

    async def create(
        self, owner: UserId, name: str, members: Sequence[UUID], main: UUID | None, now: datetime
    ) -> CharacterGroup:
        await _refuse_foreign(self._connection, owner, members)
        id_ = uuid4()
        await self._connection.execute(
            insert(character_groups).values(id=id_, user_id=owner, name=name, created_at=now, updated_at=now)
        )
        await self._add(id_, members, now)
        await self._elect(id_, main)
        return await self.one(owner, id_)

    async def change(self, owner: UserId, group: CharacterGroup, now: datetime) -> CharacterGroup:
        before = await self.one(owner, group.id)
        await _refuse_foreign(self._connection, owner, group.members)
        await self._connection.execute(
            update(character_groups).where(_GROUP.id == group.id).values(name=group.name, updated_at=now)
        )
        gone = set(before.members) - set(group.members)
        await self._connection.execute(
            delete(character_group_members).where(_MEMBER.group_id == group.id, _MEMBER.character_id.in_(gone))
        )
        await self._add(group.id, [id_ for id_ in group.members if id_ not in before.members], now)
        await self._elect(group.id, group.main)
        return await self.one(owner, group.id)

    async def delete(self, owner: UserId, group_id: UUID) -> None:
        query = delete(character_groups).where(_GROUP.id == group_id, _GROUP.user_id == owner)
        if (await self._connection.execute(query)).rowcount == 0:
            raise NotFound

    async def _add(self, group_id: UUID, members: Sequence[UUID], now: datetime) -> None:
        rows = [{"group_id": group_id, "character_id": id_, "is_main": False, "added_at": now} for id_ in members]
        if rows:
            await self._connection.execute(insert(character_group_members), rows)

    async def _elect(self, group_id: UUID, main: UUID | None) -> None:
        """Make one the main. First nobody is: two at a time are not allowed, not even for a moment."""
        in_group = _MEMBER.group_id == group_id
        await self._connection.execute(update(character_group_members).where(in_group).values(is_main=False))
        if main is not None:
            await self._connection.execute(
                update(character_group_members).where(in_group, _MEMBER.character_id == main).values(is_main=True)
            )

    async def _with_members(self, groups: Sequence[Row[Any]]) -> list[CharacterGroup]:
        query: Select[Any] = select(_MEMBER.group_id, _MEMBER.character_id, _MEMBER.is_main).where(
            _MEMBER.group_id.in_([group.id for group in groups])
        )
        members = defaultdict[UUID, list[Row[Any]]](list)
        for row in await self._connection.execute(query.order_by(_MEMBER.added_at, _MEMBER.character_id)):
            members[row.group_id].append(row)
        return [
            CharacterGroup(
                id=group.id,
                name=group.name,
                main=next((row.character_id for row in members[group.id] if row.is_main), None),
                members=tuple(row.character_id for row in members[group.id]),
                created_at=group.created_at,
                updated_at=group.updated_at,
            )
            for group in groups
        ]


class DatabasePlayersOwn:
    """Implements the port `PlayersOwn`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, owner: UserId, characters: Collection[UUID]) -> dict[UUID, PlayerFields]:
        columns = [_FIELD[field.name] for field in fields(PlayerFields)]
        query = select(*columns).where(_FIELD.user_id == owner, _FIELD.character_id.in_(characters))
        rows: Iterable[Row[Any]] = await self._connection.execute(query)
        return {row.character_id: PlayerFields(**row._asdict()) for row in rows}

    async def set(
        self, owner: UserId, character_id: UUID, values: Mapping[str, Any], now: datetime
    ) -> PlayerFields | None:
        await _refuse_foreign(self._connection, owner, [character_id])
        before = (await self.of(owner, [character_id])).get(character_id)
        after = {name: values.get(name, getattr(before, name, None)) for name in _SETTABLE}
        await self._connection.execute(
            delete(character_player_fields).where(_FIELD.character_id == character_id, _FIELD.user_id == owner)
        )
        if any(value is not None for value in after.values()):
            await self._connection.execute(
                insert(character_player_fields).values(
                    character_id=character_id, user_id=owner, updated_at=now, **after
                )
            )
        return (await self.of(owner, [character_id])).get(character_id)


async def _refuse_foreign(connection: AsyncConnection, owner: UserId, wanted: Sequence[UUID]) -> None:
    query = select(func.count()).where(characters.c.user_id == owner, characters.c.id.in_(wanted))
    if (await connection.execute(query)).scalar_one() != len(set(wanted)):
        raise NotFound
