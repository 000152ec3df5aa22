"""A player's rights: everything held about them, and the end of it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from character_sync.domain.errors import NotFound
from character_sync.entrypoints.rest.context import Context, Owner, RestContext
from character_sync.entrypoints.rest.sign_in import forget_browser
from character_sync.entrypoints.route_problems import may_give
from character_sync.ports import UserId
from character_sync.schemas.base import Answer
from character_sync.schemas.changes import ChangeAnswer, WebhookAnswer
from character_sync.schemas.export import (
    Export,
    ExportedCharacter,
    ExportedDecision,
    ExportedDelivery,
    ExportedGrant,
    ExportedSession,
    ExportedSignIn,
    ExportedState,
    ExportedUser,
    ExportHead,
)
from character_sync.schemas.identity import GroupAnswer
from character_sync.schemas.rest import AccessTokenAnswer
from character_sync.schemas.schedules import ExportedSchedule

router = APIRouter(prefix="/api/v1/me", tags=["me"])

FILE = "character-sync-export.json"


@router.get("/export", response_model=Export, responses=may_give(NotFound))
async def export(context: Context, owner: Owner) -> StreamingResponse:
    """Return everything held about the player, as one JSON document to keep. No secret is in it."""
    head = await _head(context, owner)
    return StreamingResponse(
        _document(context, owner, head),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{FILE}"'},
    )


@router.delete("", status_code=204, responses=may_give(NotFound))
async def erase(context: Context, owner: Owner) -> Response:
    """Erase everything held about the player, at once and for good: syncs, characters, tokens, sign-ins, themselves."""
    await context.erase_user.execute(owner)
    response = Response(status_code=204)
    forget_browser(response, context.identity.cookies)
    return response


async def _head(context: RestContext, owner: UserId) -> ExportHead:
    about = await context.export_user.about(owner)
    user = about.user
    async with context.work.reading() as work:
        link = await work.users.battle_net_link(owner, context.clock())
    return ExportHead(
        exported_at=context.clock(),
        user=ExportedUser.of(user),
        battle_net=None if user.grant is None else ExportedGrant.of(user.grant),
        sign_ins=[ExportedSignIn.of(sign_in) for sign_in in user.sign_ins],
        groups=[GroupAnswer.of(group) for group in await context.export_user.groups(owner)],
        access_tokens=[AccessTokenAnswer.of(token) for token in about.tokens],
        schedules=[ExportedSchedule.held(schedule, link) for schedule in about.schedules],
        webhooks=[WebhookAnswer.of(webhook) for webhook in about.webhooks],
    )


async def _document(context: RestContext, owner: UserId, head: ExportHead) -> AsyncIterator[str]:
    yield _json(head)[:-1]  # without its closing brace: the lists go on inside it
    characters = context.export_user.characters(owner)
    async for part in _list("characters", characters, lambda held: _character(context, held)):
        yield part
    async for part in _list("history", context.export_user.history(owner), ExportedState.held):
        yield part
    async for part in _list("syncSessions", context.export_user.sync_sessions(owner), ExportedSession.held):
        yield part
    decisions = context.export_user.identity_decisions(owner)
    async for part in _list("identityDecisions", decisions, ExportedDecision.held):
        yield part
    async for part in _list("changes", context.export_user.changes(owner), ChangeAnswer.of):
        yield part
    async for part in _list("deliveries", context.export_user.deliveries(owner), ExportedDelivery.held):
        yield part
    yield "}"


async def _list(name: str, items: AsyncIterator[Any], shown: Callable[[Any], Answer]) -> AsyncIterator[str]:
    yield f',"{name}":['
    comma = ""
    async for item in items:
        yield comma + _json(shown(item))
        comma = ","
    yield "]"


def _character(context: RestContext, held: Any) -> Answer:
    version = held.row.game_version
    return ExportedCharacter.held(held, context.template(version), context.facets(version))


def _json(answer: Answer) -> str:
    return answer.model_dump_json(by_alias=True)
