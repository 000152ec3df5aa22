"""Characters: start a sync, refresh one, read them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCredentialsRefused,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    SyncAlreadyActive,
)
from character_sync.entrypoints.rest import cursors
from character_sync.entrypoints.rest.context import PAGE, Context, Cursor, Id, Limit, Owner
from character_sync.entrypoints.rest.history import Time, in_utc
from character_sync.entrypoints.route_problems import may_give
from character_sync.schemas.history import CharacterAsOf
from character_sync.schemas.plans import SyncPlan
from character_sync.schemas.rest import (
    CharacterAnswer,
    CharacterDetail,
    CharacterList,
    EnrichmentQueued,
    GameVersionAnswer,
    StartSync,
    SyncStarted,
)

router = APIRouter(prefix="/api/v1", tags=["characters"])


@router.get("/game-versions")
async def game_versions(context: Context) -> list[GameVersionAnswer]:
    """List the game versions and what is fetched for their characters."""
    return [
        GameVersionAnswer(
            id=version.id,
            name=version.name,
            template=version.template.value,
            facets=[facet.value for facet in version.facets],
        )
        for version in context.versions
    ]


@router.post(
    "/characters/sync",
    status_code=202,
    response_model=SyncStarted,
    responses={
        200: {"model": SyncPlan, "description": "With `dryRun`: what a sync would do."},
        **may_give(
            SyncAlreadyActive,
            BattleNetTokenInvalid,
            BattleNetUnavailable,
            BattleNetCredentialsRefused,
            BattleNetAnswerUnreadable,
        ),
    },
)
async def sync_characters(context: Context, owner: Owner, body: StartSync) -> SyncStarted | Response:
    """List the player's characters of a game version and start to enrich them; with `dryRun`, only say what would change."""
    version, region = context.version(body.game_version), context.region(body.region)
    if body.dry_run:
        planned = await context.sync_characters.plan(owner, version, region)
        plan = SyncPlan.of(version.id, region.value, planned.plan, planned.held, planned.judgements)
        return Response(plan.model_dump_json(by_alias=True), media_type="application/json")
    started = await context.sync_characters.execute(owner, version, region)
    return SyncStarted(session_id=started.session_id, synced_characters=started.synced_characters)


@router.post("/characters/{id}/enrich", status_code=202)
async def enrich_character(context: Context, owner: Owner, character_id: Id) -> EnrichmentQueued:
    """Refresh one character, or join the sync in which it waits."""
    requested = await context.enrich_character.execute(owner, character_id)
    return EnrichmentQueued.of(requested.session_id, requested.job_id, requested.character)


@router.get("/characters")
async def characters(
    context: Context,
    owner: Owner,
    game_version: Annotated[str | None, Query(alias="gameVersion", max_length=64)] = None,
    region: Annotated[str | None, Query(max_length=8)] = None,
    include_archived: Annotated[bool, Query(alias="includeArchived")] = False,  # noqa: FBT002 - a query parameter
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> CharacterList:
    """List characters by level, highest first, and how fresh each facet is; gear and talents are in the detail."""
    if game_version is not None:
        context.version(game_version)
    async with context.work.reading() as work:
        page = await work.characters.page(
            owner,
            game_version=game_version,
            region=None if region is None else context.region(region),
            include_archived=include_archived,
            after=cursors.level_and_id(cursor),
            limit=limit,
        )
        mine = await work.players_own.of(owner, [row.id for row in page.items])
    return CharacterList(
        items=[
            CharacterAnswer.of(
                row, context.template(row.game_version), context.facets(row.game_version), page.facets.get(row.id, ())
            ).with_mine(mine.get(row.id))
            for row in page.items
        ],
        next_cursor=cursors.encode(*page.next_after) if page.next_after else None,
    )


@router.get("/characters/{id}")
async def character(
    context: Context,
    owner: Owner,
    character_id: Id,
    as_of: Annotated[Time | None, Query(alias="asOf")] = None,
) -> CharacterDetail | CharacterAsOf:
    """Return a character with its gear, talents, and how fresh each facet is; with `asOf`, what is known of it then."""
    moment = None if as_of is None else in_utc("asOf", as_of)
    async with context.work.reading() as work:
        row, facets = await work.characters.one(owner, character_id)
        offered = context.facets(row.game_version)
        if moment is not None:
            return CharacterAsOf.of(row, moment, offered, await work.history.as_of(owner, character_id, moment))
        mine = await work.players_own.of(owner, [character_id])
    detail = CharacterDetail.detail(row, context.template(row.game_version), offered, facets)
    return detail.with_mine(mine.get(character_id))
