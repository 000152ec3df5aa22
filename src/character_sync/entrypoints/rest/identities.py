"""Who is who: questions for the player, decisions, and taking them back; how a character was seen over time."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from character_sync.domain.errors import CharacterBusy, IdentityDecisionFinal
from character_sync.entrypoints.rest import cursors
from character_sync.entrypoints.rest.context import PAGE, Context, Cursor, Id, Limit, Owner
from character_sync.entrypoints.route_problems import may_give
from character_sync.schemas.identity import (
    AnswerIdentity,
    IdentityDecisionAnswer,
    IdentityDecisionList,
    ObservationAnswer,
)

router = APIRouter(prefix="/api/v1", tags=["identity"])

Status = Literal["applied", "asked", "declined", "undone"]


@router.get("/identity/decisions")
async def decisions(
    context: Context,
    owner: Owner,
    status: Annotated[Status | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> IdentityDecisionList:
    """List questions and decisions about who is who, newest first; `status=asked` are the questions that wait."""
    async with context.work.reading() as work:
        page = await work.identities.page(owner, status=status, after=cursors.time_and_id(cursor), limit=limit)
    return IdentityDecisionList(
        items=[IdentityDecisionAnswer.of(decision) for decision in page.items],
        next_cursor=cursors.encode(*page.next_after) if page.next_after else None,
    )


@router.post("/identity/decisions/{id}/answer", responses=may_give(IdentityDecisionFinal, CharacterBusy))
async def answer(context: Context, owner: Owner, decision_id: Id, body: AnswerIdentity) -> IdentityDecisionAnswer:
    """Say whether two characters are the same: yes makes them one, which keeps the older one's id and history."""
    return IdentityDecisionAnswer.of(await context.decide_identity.answer(owner, decision_id, is_same=body.is_same))


@router.post("/identity/decisions/{id}/undo", responses=may_give(IdentityDecisionFinal, CharacterBusy))
async def undo(context: Context, owner: Owner, decision_id: Id) -> IdentityDecisionAnswer:
    """Take a decision back. The older character is as it was before; what came since belongs to the newer one."""
    return IdentityDecisionAnswer.of(await context.decide_identity.undo(owner, decision_id))


@router.get("/characters/{id}/observations")
async def observations(context: Context, owner: Owner, character_id: Id) -> list[ObservationAnswer]:
    """List the states in which Battle.net has shown a character, oldest first."""
    async with context.work.reading() as work:
        return [ObservationAnswer.of(each) for each in await work.observations.of_character(owner, character_id)]
