"""What is kept of webhooks and of what they were told, and what sends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from character_sync.domain.webhooks import Attempt, Consequence, DeliveryProblem, DeliveryStatus, PauseReason
from character_sync.ports.basics import Secret, UserId
from character_sync.ports.changes import ChangeRow


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook as its owner sees it; without its secret. `events` empty: all."""

    id: UUID
    url: str
    events: tuple[str, ...]
    created_at: datetime
    paused_at: datetime | None
    paused_reason: PauseReason | None
    failing_since: datetime | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One change told to one webhook, and how the latest attempt went."""

    id: int
    number: int
    kind: str
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    attempted_at: datetime | None
    delivered_at: datetime | None
    answer_status: int | None
    problem: DeliveryProblem | None


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Newest first."""

    items: tuple[DeliveryRow, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class ClaimedWebhook:
    """A webhook that this process alone delivers to until `lease_until`, which is the fence of what it writes."""

    id: UUID
    owner: UserId
    url: str
    secret: Secret | None
    failures: int
    failing_since: datetime | None
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """What is to be told next."""

    id: int
    attempts: int
    created_at: datetime
    change: ChangeRow


class Webhooks(Protocol):
    """Where users want to be told, and what was told."""

    async def create(
        self, owner: UserId, url: str, events: Sequence[str], secret: Secret, now: datetime
    ) -> WebhookRow: ...

    async def all_of(self, owner: UserId) -> list[WebhookRow]:
        """Return them oldest first."""

    async def get(self, owner: UserId, webhook_id: UUID) -> WebhookRow:
        """Raises NotFound."""

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
        """Change what is not None; one that goes on is tried at once. Raises NotFound."""

    async def replace_secret(self, owner: UserId, webhook_id: UUID, secret: Secret) -> None:
        """Replace it; a webhook that was paused for the loss of the old one goes on. Raises NotFound."""

    async def delete(self, owner: UserId, webhook_id: UUID) -> None:
        """Delete it with its deliveries. Raises NotFound."""

    async def deliveries(self, owner: UserId, webhook_id: UUID, *, after: int | None, limit: int) -> DeliveryPage:
        """Raises NotFound: no such webhook."""

    async def redeliver(self, owner: UserId, webhook_id: UUID, delivery_id: int) -> DeliveryRow:
        """Have a change told again, at once. Raises NotFound."""

    async def due(self, now: datetime, limit: int) -> list[UUID]:
        """Return webhooks of all users that something waits for and nobody delivers to, each time in another order."""

    async def claim(self, webhook_id: UUID, now: datetime, lease: timedelta) -> ClaimedWebhook | None:
        """Take a webhook; None when it is paused, waits, is gone or is in other hands."""

    async def next(self, webhook: ClaimedWebhook) -> DueDelivery | None:
        """Return what to tell next: what was tried least, then what is oldest; None when nothing waits."""

    async def settle(
        self,
        webhook: ClaimedWebhook,
        delivery: DueDelivery,
        attempt: Attempt,
        consequence: Consequence,
        lease_until: datetime | None,
    ) -> bool:
        """Write how an attempt went and keep the lease, or give it back. False, and nothing written: it was lost."""

    async def release(self, webhook: ClaimedWebhook) -> None: ...


class WebhookSender(Protocol):
    """Sends one signed message."""

    async def send(self, url: str, secret: Secret, *, message_id: str, body: bytes, at: datetime) -> Attempt:
        """Never raises for anything a receiver does."""
