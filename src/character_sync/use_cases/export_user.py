"""Give a player everything held about them, in portions, so that the largest account needs no more memory than a small one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from character_sync.domain.errors import NotFound
from character_sync.ports import (
    AccessToken,
    ChangeRow,
    CharacterGroup,
    DeliveryRow,
    HeldCharacter,
    HeldDecision,
    HeldSession,
    HeldState,
    HeldUser,
    Schedule,
    UnitOfWork,
    UserId,
    WebhookRow,
    Work,
)

T = TypeVar("T")

PORTION = 20  # characters or sync sessions read at once: some 400 kB with gear and talents
CHANGES_AT_ONCE = 500  # some 200 bytes each; of deliveries as many


@dataclass(frozen=True, slots=True)
class AboutUser:
    """What is held of a player besides characters and what became of them: few rows, so all of them at once."""

    user: HeldUser
    tokens: list[AccessToken]
    schedules: list[Schedule]
    webhooks: list[WebhookRow]


@dataclass(frozen=True, slots=True)
class ExportUser:
    """Reads what is held of a user. Each portion is read in a transaction of its own.

    A slow reader then holds no connection of the database. What changes meanwhile is told as it was when its portion
    was read.
    """

    work: Work

    async def about(self, owner: UserId) -> AboutUser:
        """Raises NotFound."""
        async with self.work.reading() as work:
            return AboutUser(
                await work.holdings.user(owner),
                await work.sign_ins.access_tokens(owner),
                await work.schedules.all(owner),
                await work.webhooks.all_of(owner),
            )

    def characters(self, owner: UserId) -> AsyncIterator[HeldCharacter]:
        return self._in_portions(
            lambda work, after: work.holdings.characters(owner, after=after, limit=PORTION), lambda held: held.row.id
        )

    def history(self, owner: UserId) -> AsyncIterator[HeldState]:
        return self._in_portions(
            lambda work, after: work.holdings.states(owner, after=after, limit=PORTION),
            lambda held: held.state.id,
            first=0,
        )

    def sync_sessions(self, owner: UserId) -> AsyncIterator[HeldSession]:
        return self._in_portions(
            lambda work, after: work.holdings.sync_sessions(owner, after=after, limit=PORTION),
            lambda held: held.snapshot.session.id,
        )

    def identity_decisions(self, owner: UserId) -> AsyncIterator[HeldDecision]:
        return self._in_portions(
            lambda work, after: work.holdings.identity_decisions(owner, after=after, limit=PORTION),
            lambda held: held.decision.id,
        )

    async def _in_portions(
        self,
        read: Callable[[UnitOfWork, Any], Awaitable[Sequence[T]]],
        key: Callable[[T], UUID | int],
        *,
        first: int | None = None,
    ) -> AsyncIterator[T]:
        """Yield what `read` gives behind `first`, then behind the key of the last one, until a portion is not full."""
        after: UUID | int | None = first
        while True:
            async with self.work.reading() as work:
                portion = await read(work, after)
            for held in portion:
                yield held
            if len(portion) < PORTION:
                return
            after = key(portion[-1])

    async def groups(self, owner: UserId) -> list[CharacterGroup]:
        """Return the user's groups, which are few."""
        async with self.work.reading() as work:
            return await work.character_groups.all(owner)

    async def changes(self, owner: UserId) -> AsyncIterator[ChangeRow]:
        after = None
        while True:
            async with self.work.reading() as work:
                page = await work.changes.page(owner, after=after, limit=CHANGES_AT_ONCE)
            for change in page.items:
                yield change
            if not page.has_more:
                return
            after = page.last

    async def deliveries(self, owner: UserId) -> AsyncIterator[tuple[WebhookRow, DeliveryRow]]:
        """Yield what the user's webhooks were told, newest first of each. A webhook that is deleted meanwhile ends there."""
        async with self.work.reading() as work:
            webhooks = await work.webhooks.all_of(owner)
        for webhook in webhooks:
            after: int | None = None
            is_first = True
            while is_first or after is not None:
                is_first = False
                try:
                    async with self.work.reading() as work:
                        page = await work.webhooks.deliveries(owner, webhook.id, after=after, limit=CHANGES_AT_ONCE)
                except NotFound:
                    break
                for delivery in page.items:
                    yield webhook, delivery
                after = page.next_after
