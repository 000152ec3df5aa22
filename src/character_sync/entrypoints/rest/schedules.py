"""Schedules: when the player's accounts are synced by themselves."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response

from character_sync.entrypoints.rest.context import Context, Owner
from character_sync.ports import UnitOfWork
from character_sync.schemas.schedules import ScheduleAnswer, SetScheduleBody, rule_of

router = APIRouter(prefix="/api/v1", tags=["schedules"])

GameVersionId = Annotated[str, Path(alias="gameVersion", max_length=64)]
RegionId = Annotated[str, Path(alias="region", max_length=8)]


@router.get("/schedules")
async def schedules(context: Context, owner: Owner) -> list[ScheduleAnswer]:
    """List the schedules, by game version and region. One that was never set is not there, and is off."""
    async with context.work.reading() as work:
        link = await work.users.battle_net_link(owner, context.clock())
        return [ScheduleAnswer.of(schedule, link) for schedule in await work.schedules.all(owner)]


@router.put("/schedules/{gameVersion}/{region}")
async def set_schedule(
    context: Context,
    owner: Owner,
    game_version: GameVersionId,
    region: RegionId,
    body: Annotated[SetScheduleBody, Body()],
) -> ScheduleAnswer:
    """Set when a game version of a region is synced by itself."""
    schedule = await context.set_schedule.execute(
        owner, context.version(game_version), context.region(region), rule_of(body)
    )
    async with context.work.reading() as work:
        link = await work.users.battle_net_link(owner, context.clock())
    return ScheduleAnswer.of(schedule, link)


@router.delete("/schedules/{gameVersion}/{region}", status_code=204)
async def delete_schedule(context: Context, owner: Owner, game_version: GameVersionId, region: RegionId) -> Response:
    """Forget a schedule, and what came of it."""
    where = context.region(region)  # the version may be one the operator has removed

    async def delete(work: UnitOfWork) -> None:
        await work.users.lock(owner)
        await work.schedules.delete(owner, game_version, where)

    await context.work.transaction(delete)
    return Response(status_code=204)


@router.post("/me/notice/seen", status_code=204, tags=["me"])
async def see_notice(context: Context, owner: Owner) -> Response:
    """Say that the player knows what `notice` told them; it is not told again."""
    now = context.clock()
    await context.work.transaction(lambda work: work.schedules.see_notice(owner, now))
    return Response(status_code=204)
