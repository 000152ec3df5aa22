"""A user's characters: what a listing writes, and what the pages read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, Row, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.changes import DatabaseChanges
from character_sync.adapters.database.tables import (
    among,
    character_facets,
    character_snapshots,
    characters,
    withheld_archives,
)
from character_sync.domain.changes import Change, ChangeKind, changes_of
from character_sync.domain.character import CharacterKey, ListedCharacter
from character_sync.domain.deduplication import ListingPlan, SavedCharacter
from character_sync.domain.errors import NotFound
from character_sync.domain.game import GameVersion, Region
from character_sync.domain.verification import VerificationPolicy
from character_sync.ports import CharacterPage, CharacterReference, CharacterRow, FacetFreshness, FacetRow, UserId

# A page of characters needs no gear and talents, which are most of the bytes.
_FRESHNESS = tuple(character_facets.c[field.name] for field in fields(FacetFreshness))


class DatabaseCharacters:
    """Implements the port `Characters`."""

    def __init__(self, connection: AsyncConnection, policy: VerificationPolicy, changes: DatabaseChanges) -> None:
        self._connection = connection
        self._policy = policy
        self._changes = changes

    async def saved(self, owner: UserId, region: Region, namespace_family: str) -> list[SavedCharacter]:
        columns = characters.c
        rows = await self._connection.execute(
            select(columns.id, columns.realm_id, columns.battle_net_id, columns.game_version, columns.is_active).where(
                columns.user_id == owner, columns.region == region, columns.namespace_family == namespace_family
            )
        )
        return [
            SavedCharacter(
                row.id,
                CharacterKey(region, namespace_family, row.realm_id, row.battle_net_id),
                row.game_version,
                row.is_active,
            )
            for row in rows
        ]

    async def apply(
        self, owner: UserId, plan: ListingPlan, *, version: GameVersion, region: Region, now: datetime
    ) -> list[UUID]:
        await lock_characters(self._connection, [*(id_ for id_, _ in plan.update), *plan.archive])
        await self._update(owner, plan, version, now)
        created = [(uuid4(), listed) for listed in plan.create]
        if created:
            same = {
                "user_id": owner,
                "region": region,
                "namespace_family": version.namespace_family,
                "game_version": version.id,
                "is_active": True,
                "created_at": now,
                "updated_at": now,
            }
            await self._connection.execute(
                insert(characters),
                [same | {"id": id_} | _listed(listed) | seen(self._policy, id_, now) for id_, listed in created],
            )
        self._changes.note(owner, *(Change(ChangeKind.ADDED, now, id_) for id_, _ in created))
        self._changes.note(owner, *(Change(ChangeKind.ARCHIVED, now, id_) for id_ in sorted(plan.archive)))
        if plan.archive:
            await self._connection.execute(
                update(characters)
                .where(characters.c.id.in_(plan.archive), characters.c.user_id == owner)
                .values(is_active=False, archived_at=now, updated_at=now)
            )
        await self._remember_withheld(owner, plan, version.id, region)
        return [id_ for id_, _ in plan.update] + [id_ for id_, _ in created]

    async def _update(self, owner: UserId, plan: ListingPlan, version: GameVersion, now: datetime) -> None:
        """Write what the listing says of known characters; a row that says it already is not written."""
        if not plan.update:
            return
        told = {
            id_: {**_listed(listed), "is_active": True, "archived_at": None, "game_version": version.id}
            for id_, listed in plan.update
        }
        query = select(*compared(next(iter(told.values()))))
        query = query.where(among(characters.c.id, told), characters.c.user_id == owner)
        held = {row.id: row for row in await self._connection.execute(query)}
        changed, only_seen = [], []
        for id_, values in told.items():
            if id_ in plan.reactivate:
                self._changes.note(owner, Change(ChangeKind.REACTIVATED, now, id_))
            if id_ not in held:
                continue
            self._changes.note(owner, *changes_of(id_, held[id_]._asdict(), values, now))
            if differs(held[id_], values):
                changed.append({"b_id": id_, **values, "updated_at": now, **seen(self._policy, id_, now)})
            elif is_news(self._policy, held[id_], now):
                only_seen.append({"b_id": id_, **seen(self._policy, id_, now)})
        for rows in (changed, only_seen):
            if rows:
                mine = (characters.c.id == bindparam("b_id"), characters.c.user_id == owner)
                await self._connection.execute(update(characters).where(*mine), rows)

    async def missing_before(self, owner: UserId, game_version: str, region: Region) -> frozenset[UUID]:
        rows = await self._connection.execute(
            select(withheld_archives.c.character_id).where(*_partition(owner, game_version, region))
        )
        return frozenset(rows.scalars())

    async def _remember_withheld(self, owner: UserId, plan: ListingPlan, game_version: str, region: Region) -> None:
        if plan.missing_before:
            partition = _partition(owner, game_version, region)
            await self._connection.execute(delete(withheld_archives).where(*partition))
        rows = [
            {"user_id": owner, "game_version": game_version, "region": region, "character_id": id_}
            for id_ in plan.withheld
        ]
        if rows:
            await self._connection.execute(insert(withheld_archives), rows)

    async def reference(self, owner: UserId, character_id: UUID) -> CharacterReference:
        columns = characters.c
        query = select(columns.id, columns.name, columns.realm_slug, columns.region, columns.game_version)
        row = (
            await self._connection.execute(query.where(columns.id == character_id, columns.user_id == owner))
        ).one_or_none()
        if row is None:
            raise NotFound
        return CharacterReference(row.id, row.name, row.realm_slug, Region(row.region), row.game_version)

    async def page(
        self,
        owner: UserId,
        *,
        game_version: str | None = None,
        region: Region | None = None,
        include_archived: bool = False,
        after: tuple[int, UUID] | None = None,
        limit: int,
    ) -> CharacterPage:
        columns = characters.c
        query = select(characters).where(columns.user_id == owner)
        if game_version is not None:
            query = query.where(columns.game_version == game_version)
        if region is not None:
            query = query.where(columns.region == region)
        if not include_archived:
            query = query.where(columns.is_active)
        if after is not None:
            level, id_ = after
            query = query.where(or_(columns.level < level, and_(columns.level == level, columns.id > id_)))
        rows = (await self._connection.execute(query.order_by(columns.level.desc(), columns.id).limit(limit + 1))).all()
        items = tuple(_character(row) for row in rows[:limit])
        last = items[-1] if len(rows) > limit else None
        facets = await self._facets(row.id for row in items)
        return CharacterPage(items, facets, (last.level, last.id) if last else None)

    async def _facets(self, ids: Iterable[UUID]) -> Mapping[UUID, tuple[FacetFreshness, ...]]:
        column = character_facets.c.character_id
        query = select(column, *_FRESHNESS).where(column.in_(list(ids))).order_by(column, character_facets.c.facet)
        facets = defaultdict[UUID, list[FacetFreshness]](list)
        for id_, *freshness in await self._connection.execute(query):
            facets[id_].append(FacetFreshness(*freshness))
        return {id_: tuple(held) for id_, held in facets.items()}

    async def these(self, owner: UserId, ids: Iterable[UUID]) -> dict[UUID, CharacterRow]:
        query = select(characters).where(characters.c.user_id == owner, characters.c.id.in_(list(ids)))
        return {row.id: _character(row) for row in await self._connection.execute(query)}

    async def one(self, owner: UserId, character_id: UUID) -> tuple[CharacterRow, tuple[FacetRow, ...]]:
        query = select(characters).where(characters.c.id == character_id, characters.c.user_id == owner)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound
        held, stored = character_facets.c, character_snapshots.c
        same = (stored.character_id == held.character_id, stored.facet == held.facet)
        facets = await self._connection.execute(
            select(character_facets, stored.content)
            .outerjoin(character_snapshots, and_(*same, stored.content_hash == held.content_hash))
            .where(held.character_id == character_id)
        )
        return _character(row), tuple(_facet(facet) for facet in facets)


def compared(names: Iterable[str]) -> list[Column[Any]]:
    """Return what has to be read of a character for `differs` and `is_news`: half of it, in half of the time."""
    return [characters.c[name] for name in ("id", *names, "verified_at", "missing_since", "gone_at")]


def differs(row: Row[Any], values: Mapping[str, Any]) -> bool:
    """Whether writing these values would change a row."""
    return any(getattr(row, name) != value for name, value in values.items())


def is_news(policy: VerificationPolicy, row: Row[Any], now: datetime) -> bool:
    """Whether it is worth writing that Battle.net has just shown a character."""
    was_missing = row.missing_since is not None or row.gone_at is not None
    return was_missing or policy.is_news(row.verified_at, now)


def seen(policy: VerificationPolicy, character_id: UUID, now: datetime) -> dict[str, Any]:
    """Return the values of a character that Battle.net has just shown."""
    dates = policy.dates(character_id, now)
    return {
        "verified_at": dates.verified_at,
        "verify_by": dates.verify_by,
        "check_at": dates.check_at,
        "missing_since": None,
        "gone_at": None,
    }


async def lock_characters(connection: AsyncConnection, ids: Iterable[UUID]) -> None:
    """Lock characters in one order everywhere, so that a listing and a run that write the same ones cannot deadlock.

    SQLite has one writer at a time and needs none of it.
    """
    some = list(ids)
    if some and connection.dialect.name != "sqlite":
        query = select(characters.c.id).where(among(characters.c.id, some)).order_by(characters.c.id)
        await connection.execute(query.with_for_update(key_share=True))


def _partition(owner: UserId, game_version: str, region: Region) -> tuple[Any, ...]:
    columns = withheld_archives.c
    return columns.user_id == owner, columns.game_version == game_version, columns.region == region


def _listed(listed: ListedCharacter) -> dict[str, Any]:
    return {
        # The key as well: a transferred character is one we know under another.
        "realm_id": listed.realm.id,
        "battle_net_id": listed.battle_net_id,
        "realm_slug": listed.realm.slug,
        "realm_name": listed.realm.name,
        "wow_account_id": listed.wow_account_id,
        "name": listed.name,
        "level": listed.level,
        "class_id": listed.character_class.id,
        "class_name": listed.character_class.name,
        "race_id": listed.race.id,
        "race_name": listed.race.name,
        "gender": listed.gender,
        "faction": listed.faction,
    }


def _character(row: Row[Any]) -> CharacterRow:
    fields = row._asdict()
    for internal in ("user_id", "namespace_family", "realm_id", "wow_account_id", "check_at"):
        fields.pop(internal)
    fields["region"] = Region(fields["region"])
    return CharacterRow(**fields)


def _facet(row: Row[Any]) -> FacetRow:
    return FacetRow(
        facet=row.facet,
        state=row.state,
        reason=row.reason,
        fetched_at=row.fetched_at,
        changed_at=row.changed_at,
        upstream_modified_at=row.upstream_modified_at,
        next_due_at=row.next_due_at,
        attempted_at=row.attempted_at,
        content=row.content,
    )
