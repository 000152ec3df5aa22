"""Webhooks and their deliveries: one process delivers to one webhook at a time, under a lease that is its fence."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, exists, func, insert, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.changes import change_of, told_changes
from character_sync.adapters.database.tables import changes, deliveries, webhooks
from character_sync.adapters.database.token_vault import Sealed, TokenVault
from character_sync.domain.errors import NotFound, TokenUndecryptable
from character_sync.domain.webhooks import Attempt, Consequence, DeliveryProblem, DeliveryStatus, PauseReason
from character_sync.ports import (
    ClaimedWebhook,
    DeliveryPage,
    DeliveryRow,
    DueDelivery,
    Secret,
    UserId,
    WebhookRow,
)

FIELD = "webhook_secret"

_HOOK = webhooks.c
_DELIVERY = deliveries.c
_WAITING = _DELIVERY.status == literal_column(f"'{DeliveryStatus.WAITING}'")  # as its index says it
_GOES_ON: dict[str, Any] = {"failures": 0, "failing_since": None, "next_attempt_at": None}


class DatabaseWebhooks:
    """Implements the port `Webhooks`. A secret is sealed for its webhook: moved to another, it does not open."""

    def __init__(self, connection: AsyncConnection, vault: TokenVault) -> None:
        self._connection = connection
        self._vault = vault

    async def create(self, owner: UserId, url: str, events: Sequence[str], secret: Secret, now: datetime) -> WebhookRow:
        id_ = uuid4()
        row = await self._connection.execute(
            insert(webhooks)
            .values(
                id=id_,
                user_id=owner,
                url=url,
                events=list(events),
                created_at=now,
                failures=0,
                **self._seal(id_, secret),
            )
            .returning(*_HOOK)
        )
        return _webhook(row.one())

    async def all_of(self, owner: UserId) -> list[WebhookRow]:
        query = select(webhooks).where(_HOOK.user_id == owner).order_by(_HOOK.created_at, _HOOK.id)
        return [_webhook(row) for row in await self._connection.execute(query)]

    async def get(self, owner: UserId, webhook_id: UUID) -> WebhookRow:
        row = (await self._connection.execute(select(webhooks).where(*_owned(owner, webhook_id)))).one_or_none()
        if row is None:
            raise NotFound
        return _webhook(row)

    async def change(
        self,
        owner: UserId,
        webhook_id: UUID,
        now: datetime,
        *,
        url: str | None,
        events: Sequence[str] | None,
        is_paused: bool | None,
    ) -> WebhookRow:
        values: dict[str, Any] = {}
        if url is not None:
            values |= {"url": url, **_GOES_ON}
        if events is not None:
            values["events"] = list(events)
        if is_paused is True:
            values |= {"paused_at": now, "paused_reason": PauseReason.BY_ITS_OWNER}
        if is_paused is False:
            values |= {"paused_at": None, "paused_reason": None, **_GOES_ON}
        if not values:
            return await self.get(owner, webhook_id)
        return await self._update(owner, webhook_id, values)

    async def replace_secret(self, owner: UserId, webhook_id: UUID, secret: Secret) -> None:
        webhook = await self._update(owner, webhook_id, self._seal(webhook_id, secret))
        if webhook.paused_reason is PauseReason.KEY_LOST:
            await self._update(owner, webhook_id, {"paused_at": None, "paused_reason": None, **_GOES_ON})

    async def delete(self, owner: UserId, webhook_id: UUID) -> None:
        gone = await self._connection.execute(delete(webhooks).where(*_owned(owner, webhook_id)))
        if gone.rowcount == 0:
            raise NotFound

    async def deliveries(self, owner: UserId, webhook_id: UUID, *, after: int | None, limit: int) -> DeliveryPage:
        await self.get(owner, webhook_id)
        query = _deliveries().where(_DELIVERY.webhook_id == webhook_id)
        if after is not None:
            query = query.where(_DELIVERY.id < after)
        rows = (await self._connection.execute(query.order_by(_DELIVERY.id.desc()).limit(limit + 1))).all()
        items = tuple(_delivery(row) for row in rows[:limit])
        return DeliveryPage(items, items[-1].id if len(rows) > limit else None)

    async def redeliver(self, owner: UserId, webhook_id: UUID, delivery_id: int) -> DeliveryRow:
        await self._update(owner, webhook_id, {"next_attempt_at": None})
        again = await self._connection.execute(
            update(deliveries)
            .where(_DELIVERY.id == delivery_id, _DELIVERY.webhook_id == webhook_id)
            .values(status=DeliveryStatus.WAITING, attempts=0)
        )
        if again.rowcount == 0:
            raise NotFound
        return _delivery((await self._connection.execute(_deliveries().where(_DELIVERY.id == delivery_id))).one())

    async def due(self, now: datetime, limit: int) -> list[UUID]:
        something = exists().where(_DELIVERY.webhook_id == _HOOK.id, _WAITING)
        # In no order: there are fewer places than webhooks, and with one the same would always be first.
        query = select(_HOOK.id).where(something, *_is_free(now)).order_by(func.random())
        return list((await self._connection.execute(query.limit(limit))).scalars())

    async def claim(self, webhook_id: UUID, now: datetime, lease: timedelta) -> ClaimedWebhook | None:
        taken = await self._connection.execute(
            update(webhooks)
            .where(_HOOK.id == webhook_id, *_is_free(now))
            .values(lease_until=now + lease)
            .returning(*_HOOK)
        )
        row = taken.one_or_none()
        if row is None:
            return None
        try:
            secret = self._vault.open(Sealed(row.ciphertext, row.key_id), row.id, FIELD)
        except TokenUndecryptable:
            secret = None
        return ClaimedWebhook(
            row.id, UserId(row.user_id), row.url, secret, row.failures, row.failing_since, row.lease_until
        )

    async def next(self, webhook: ClaimedWebhook) -> DueDelivery | None:
        found = (
            told_changes()
            .add_columns(_DELIVERY.id, _DELIVERY.attempts, _DELIVERY.created_at)
            .join(deliveries, (_DELIVERY.user_id == changes.c.user_id) & (_DELIVERY.number == changes.c.number))
            .where(_DELIVERY.webhook_id == webhook.id, _WAITING)
            .order_by(_DELIVERY.attempts, _DELIVERY.id)
            .limit(1)
        )
        row = (await self._connection.execute(found)).one_or_none()
        return None if row is None else DueDelivery(row.id, row.attempts, row.created_at, change_of(row))

    async def settle(
        self,
        webhook: ClaimedWebhook,
        delivery: DueDelivery,
        attempt: Attempt,
        consequence: Consequence,
        lease_until: datetime | None,
    ) -> bool:
        values: dict[str, Any] = {
            "failures": consequence.failures,
            "failing_since": consequence.failing_since,
            "next_attempt_at": consequence.next_attempt_at,
            "lease_until": lease_until,
        }
        if consequence.paused is not None:
            values |= {"paused_at": attempt.at, "paused_reason": consequence.paused}
        held = await self._connection.execute(update(webhooks).where(*_held(webhook)).values(**values))
        if held.rowcount == 0:
            return False
        await self._connection.execute(
            update(deliveries)
            .where(_DELIVERY.id == delivery.id)
            .values(
                status=consequence.status,
                attempts=_DELIVERY.attempts + 1,
                attempted_at=attempt.at,
                delivered_at=attempt.at if attempt.problem is None else _DELIVERY.delivered_at,
                answer_status=attempt.answer_status,
                problem=attempt.problem,
            )
        )
        return True

    async def release(self, webhook: ClaimedWebhook) -> None:
        await self._connection.execute(update(webhooks).where(*_held(webhook)).values(lease_until=None))

    def _seal(self, webhook_id: UUID, secret: Secret) -> dict[str, Any]:
        sealed = self._vault.seal(secret, webhook_id, FIELD)
        return {"ciphertext": sealed.ciphertext, "key_id": sealed.key_id}

    async def _update(self, owner: UserId, webhook_id: UUID, values: dict[str, Any]) -> WebhookRow:
        changed = await self._connection.execute(
            update(webhooks).where(*_owned(owner, webhook_id)).values(**values).returning(*_HOOK)
        )
        row = changed.one_or_none()
        if row is None:
            raise NotFound
        return _webhook(row)


def _owned(owner: UserId, webhook_id: UUID) -> tuple[Any, ...]:
    return _HOOK.id == webhook_id, _HOOK.user_id == owner


def _held(webhook: ClaimedWebhook) -> tuple[Any, ...]:
    return _HOOK.id == webhook.id, _HOOK.lease_until == webhook.lease_until


def _is_free(now: datetime) -> tuple[Any, ...]:
    return (
        _HOOK.paused_at.is_(None),
        or_(_HOOK.next_attempt_at.is_(None), _HOOK.next_attempt_at <= now),
        or_(_HOOK.lease_until.is_(None), _HOOK.lease_until <= now),
    )


def _deliveries() -> Any:
    return select(*_DELIVERY, changes.c.kind).join(
        changes, (changes.c.user_id == _DELIVERY.user_id) & (changes.c.number == _DELIVERY.number)
    )


def _webhook(row: Row[Any]) -> WebhookRow:
    return WebhookRow(
        row.id,
        row.url,
        tuple(row.events),
        row.created_at,
        row.paused_at,
        None if row.paused_reason is None else PauseReason(row.paused_reason),
        row.failing_since,
        row.next_attempt_at,
    )


def _delivery(row: Row[Any]) -> DeliveryRow:
    return DeliveryRow(
        row.id,
        row.number,
        row.kind,
        DeliveryStatus(row.status),
        row.attempts,
        row.created_at,
        row.attempted_at,
        row.delivered_at,
        row.answer_status,
        None if row.problem is None else DeliveryProblem(row.problem),
    )
