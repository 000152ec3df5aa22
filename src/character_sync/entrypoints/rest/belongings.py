"""What a player says of their characters: groups, and fields of their own, which no sync changes."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Response

from character_sync.domain.errors import InvalidRequest, NotFound
from character_sync.entrypoints.rest.context import Context, Id, Owner
from character_sync.entrypoints.route_problems import may_give
from character_sync.ports import CharacterGroup, PlayerFields, UnitOfWork
from character_sync.schemas.identity import (
    MOST_GROUPS,
    ChangeGroup,
    ChangeMine,
    CreateGroup,
    GroupAnswer,
    GroupList,
    MineAnswer,
)

router = APIRouter(prefix="/api/v1", tags=["characters"])


@router.get("/characters/{id}/mine")
async def mine(context: Context, owner: Owner, character_id: Id) -> MineAnswer:
    """Return what the player set on a character."""
    async with context.work.reading() as work:
        await work.characters.reference(owner, character_id)
        held = await work.players_own.of(owner, [character_id])
    return MineAnswer.of(held.get(character_id))


@router.patch("/characters/{id}/mine")
async def change_mine(context: Context, owner: Owner, character_id: Id, body: ChangeMine) -> MineAnswer:
    """Set what is named on a character; null goes back to what Battle.net says."""
    values, now = body.model_dump(exclude_unset=True), context.clock()

    async def change(work: UnitOfWork) -> PlayerFields | None:
        await work.users.lock(owner)
        return await work.players_own.set(owner, character_id, values, now)

    return MineAnswer.of(await context.work.transaction(change))


@router.get("/groups")
async def groups(context: Context, owner: Owner) -> GroupList:
    """List the player's groups of characters."""
    async with context.work.reading() as work:
        return GroupList(items=[GroupAnswer.of(group) for group in await work.character_groups.all(owner)])


@router.post("/groups", status_code=201, responses=may_give(NotFound))
async def create_group(context: Context, owner: Owner, body: CreateGroup) -> GroupAnswer:
    """Group characters, of whatever realms, regions and game versions."""
    members, now = _checked(body.members, body.main), context.clock()

    async def create(work: UnitOfWork) -> CharacterGroup:
        await work.users.lock(owner)
        if len(await work.character_groups.all(owner)) >= MOST_GROUPS:
            raise InvalidRequest("name", f"name: there are {MOST_GROUPS} groups already; delete one first.")
        return await work.character_groups.create(owner, body.name, members, body.main, now)

    return GroupAnswer.of(await context.work.transaction(create))


@router.get("/groups/{id}")
async def group(context: Context, owner: Owner, group_id: Id) -> GroupAnswer:
    """Return a group."""
    async with context.work.reading() as work:
        return GroupAnswer.of(await work.character_groups.one(owner, group_id))


@router.patch("/groups/{id}")
async def change_group(context: Context, owner: Owner, group_id: Id, body: ChangeGroup) -> GroupAnswer:
    """Change what is named of a group."""
    named, now = body.model_fields_set, context.clock()

    async def change(work: UnitOfWork) -> CharacterGroup:
        await work.users.lock(owner)
        held = await work.character_groups.one(owner, group_id)
        members = body.members if "members" in named else held.members
        kept = held.main if held.main in members else None
        main = body.main if "main" in named else kept
        changed = replace(
            held, name=body.name if "name" in named else held.name, members=_checked(members, main), main=main
        )
        return await work.character_groups.change(owner, changed, now)

    return GroupAnswer.of(await context.work.transaction(change))


@router.delete("/groups/{id}", status_code=204)
async def delete_group(context: Context, owner: Owner, group_id: Id) -> Response:
    """Delete a group; its characters stay."""

    async def delete(work: UnitOfWork) -> None:
        await work.users.lock(owner)
        await work.character_groups.delete(owner, group_id)

    await context.work.transaction(delete)
    return Response(status_code=204)


def _checked(members: Sequence[UUID], main: UUID | None) -> tuple[UUID, ...]:
    """Return each member once. Raises InvalidRequest: the main is none of them."""
    if main is not None and main not in members:
        raise InvalidRequest("main", "main must be one of the members.")
    return tuple(dict.fromkeys(members))
