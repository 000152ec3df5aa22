"""Webhooks: where a player's own programs are told of changes, what they were told, and telling it again."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Path, Response

from character_sync.domain.errors import InvalidRequest, NotFound
from character_sync.domain.webhooks import known_events
from character_sync.entrypoints.rest import cursors
from character_sync.entrypoints.rest.context import PAGE, Context, Cursor, Id, Limit, Owner
from character_sync.entrypoints.route_problems import may_give
from character_sync.ports import UnitOfWork, WebhookRow
from character_sync.schemas.changes import (
    ChangeWebhook,
    CreatedWebhook,
    CreateWebhook,
    DeliveryAnswer,
    DeliveryList,
    ReplacedSecret,
    WebhookAnswer,
)

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

MOST: Final = 10  # webhooks of one user; every change is a delivery to each of them
LARGEST_NUMBER: Final = 2**63 - 1  # of a delivery: what the database counts with

DeliveryId = Annotated[int, Path(alias="deliveryId", ge=1, le=LARGEST_NUMBER)]


@router.post("", status_code=201, responses=may_give(NotFound))
async def create_webhook(context: Context, owner: Owner, body: CreateWebhook) -> CreatedWebhook:
    """Have changes told to an address from now on; the secret that signs them is shown this once."""
    url, events = context.webhook_url(body.url), _known(body.events)
    secret, now = context.new_webhook_secret(), context.clock()

    async def create(work: UnitOfWork) -> WebhookRow:
        await work.users.lock(owner)
        if len(await work.webhooks.all_of(owner)) >= MOST:
            raise InvalidRequest("url", f"There are {MOST} webhooks already; delete one first.")
        return await work.webhooks.create(owner, url, events, secret, now)

    webhook = await context.work.transaction(create)
    return CreatedWebhook(**WebhookAnswer.of(webhook).model_dump(), secret=secret.reveal())


@router.get("")
async def webhooks(context: Context, owner: Owner) -> list[WebhookAnswer]:
    """List webhooks, oldest first, without their secrets."""
    async with context.work.reading() as work:
        return [WebhookAnswer.of(webhook) for webhook in await work.webhooks.all_of(owner)]


@router.get("/{id}")
async def webhook(context: Context, owner: Owner, webhook_id: Id) -> WebhookAnswer:
    """Return a webhook and how it fares."""
    async with context.work.reading() as work:
        return WebhookAnswer.of(await work.webhooks.get(owner, webhook_id))


@router.patch("/{id}")
async def change_webhook(context: Context, owner: Owner, webhook_id: Id, body: ChangeWebhook) -> WebhookAnswer:
    """Change a webhook, or pause it; what waits for one that goes on is told it."""
    url = None if body.url is None else context.webhook_url(body.url)
    events = None if body.events is None else _known(body.events)
    changed = await context.work.transaction(
        lambda work: work.webhooks.change(
            owner, webhook_id, context.clock(), url=url, events=events, is_paused=body.is_paused
        )
    )
    return WebhookAnswer.of(changed)


@router.post("/{id}/secret")
async def replace_webhook_secret(context: Context, owner: Owner, webhook_id: Id) -> ReplacedSecret:
    """Replace the secret; from now on everything is signed with the new one, which is shown this once."""
    secret = context.new_webhook_secret()
    await context.work.transaction(lambda work: work.webhooks.replace_secret(owner, webhook_id, secret))
    return ReplacedSecret(secret=secret.reveal())


@router.delete("/{id}", status_code=204)
async def delete_webhook(context: Context, owner: Owner, webhook_id: Id) -> Response:
    """Delete a webhook with the log of its deliveries."""
    await context.work.transaction(lambda work: work.webhooks.delete(owner, webhook_id))
    return Response(status_code=204)


@router.get("/{id}/deliveries")
async def deliveries(
    context: Context, owner: Owner, webhook_id: Id, cursor: Cursor = None, limit: Limit = PAGE
) -> DeliveryList:
    """List what a webhook was told or is to be told, newest first, and how it went."""
    async with context.work.reading() as work:
        page = await work.webhooks.deliveries(owner, webhook_id, after=cursors.number(cursor), limit=limit)
    return DeliveryList.of(page, None if page.next_after is None else cursors.encode_number(page.next_after))


@router.post("/{id}/deliveries/{deliveryId}/redeliver", status_code=202)
async def redeliver(context: Context, owner: Owner, webhook_id: Id, delivery_id: DeliveryId) -> DeliveryAnswer:
    """Tell a webhook a change again, under the same message id."""
    again = await context.work.transaction(lambda work: work.webhooks.redeliver(owner, webhook_id, delivery_id))
    return DeliveryAnswer.of(again)


def _known(events: Sequence[str]) -> list[str]:
    for event in events:
        if event not in known_events():
            raise InvalidRequest("events", f"events must be of {', '.join(known_events())}.")
    return list(dict.fromkeys(events))
