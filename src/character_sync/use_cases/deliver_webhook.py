"""Tell a webhook what it waits for: signed, one message at a time, again until it is taken."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.webhooks import Attempt, DeliveryProblem, consequence_of
from character_sync.ports import (
    ChangeRow,
    ClaimedWebhook,
    Clock,
    DueDelivery,
    JobQueue,
    UnitOfWork,
    WebhookSender,
    Work,
)

log = structlog.get_logger()

LEASE = timedelta(seconds=60)  # several times what one attempt may take
PER_ROUND = 200  # then another webhook may have the place; what is left is submitted again
ROUND = timedelta(seconds=20)  # so long a receiver that takes its time has the place: little more than one attempt
LOOKED_AT = 1_000  # webhooks found due at once

Shown = Callable[[ChangeRow], object]
"""How a change looks in public: what JSON is made of."""


@dataclass(frozen=True, slots=True)
class DeliverWebhook:
    """What a worker does with "deliver to webhook W".

    Each change is told at least once: a process that dies between the sending and the writing leaves it to be told
    again, under the same message id.
    """

    work: Work
    queue: JobQueue
    sender: WebhookSender
    shown: Shown
    clock: Clock
    draw: Callable[[], float]
    give_up: timedelta

    async def submit_due(self) -> int:
        """Queue what is due and in nobody's hands; return how many webhooks."""
        async with self.work.reading() as work:
            due = await work.webhooks.due(self.clock(), LOOKED_AT)
        for webhook_id in due:
            await self.queue.deliver(webhook_id)
        return len(due)

    async def execute(self, webhook_id: UUID) -> None:
        """Deliver until nothing waits, an attempt fails or the round is over; return at once when another process does."""
        begun = self.clock()
        webhook = await self.work.transaction(lambda work: work.webhooks.claim(webhook_id, begun, LEASE))
        if webhook is None:
            return
        reached(CrashPoint.WEBHOOK_TAKEN)
        with structlog.contextvars.bound_contextvars(webhook_id=str(webhook_id)):
            for _ in range(PER_ROUND):
                async with self.work.reading() as work:
                    delivery = await work.webhooks.next(webhook)
                if delivery is None:
                    break
                after = await self._deliver(webhook, delivery)
                if after is None:
                    return
                webhook = after
                if self.clock() >= begun + ROUND:
                    break
            await self.work.transaction(lambda work: work.webhooks.release(webhook))

    async def _deliver(self, webhook: ClaimedWebhook, delivery: DueDelivery) -> ClaimedWebhook | None:
        """Return the webhook with its lease kept, or None: the lease is given back or lost."""
        attempt = await self._attempt(webhook, delivery)
        reached(CrashPoint.WEBHOOK_ANSWERED)
        consequence = consequence_of(
            attempt,
            failures=webhook.failures,
            failing_since=webhook.failing_since,
            waiting_since=delivery.created_at,
            give_up=self.give_up,
            draw=self.draw(),
        )
        goes_on = attempt.problem is None
        until = attempt.at + LEASE if goes_on else None

        async def write(work: UnitOfWork) -> bool:
            is_ours = await work.webhooks.settle(webhook, delivery, attempt, consequence, until)
            reached(CrashPoint.DELIVERY_WRITTEN)
            return is_ours

        is_ours = await self.work.transaction(write)
        reached(CrashPoint.DELIVERY_COMMITTED)
        if not goes_on:
            log.info(
                "webhook_not_delivered",
                problem=attempt.problem,
                status=attempt.answer_status,
                attempt=delivery.attempts + 1,
            )
        if not is_ours or until is None:
            return None
        return replace(webhook, failures=0, failing_since=None, lease_until=until)

    async def _attempt(self, webhook: ClaimedWebhook, delivery: DueDelivery) -> Attempt:
        now = self.clock()
        if webhook.secret is None:
            return Attempt(now, problem=DeliveryProblem.KEY_LOST)
        body = self._body(delivery.change)
        attempt = await self.sender.send(
            webhook.url, webhook.secret, message_id=f"delivery-{delivery.id}", body=body, at=now
        )
        return replace(attempt, at=self.clock())

    def _body(self, change: ChangeRow) -> bytes:
        at: datetime = change.at
        message = {"type": change.kind, "timestamp": at.isoformat(), "data": self.shown(change)}
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
