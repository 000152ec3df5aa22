"""What is kept of when characters were last seen at Battle.net, of all users: our own upkeep asks, no player does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from character_sync.domain.verification import CheckOutcome
from character_sync.ports.basics import UserId
from character_sync.ports.battle_net import CharacterAddress


@dataclass(frozen=True, slots=True)
class DueCharacter:
    """A character to be checked; one with `gone_at` is only what was left of a purged one."""

    id: UUID
    owner: UserId
    address: CharacterAddress
    verify_by: datetime
    missing_since: datetime | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class CheckedCharacter:
    """A character and what was decided about it. `check_at` is when to look at it next."""

    due: DueCharacter
    outcome: CheckOutcome
    check_at: datetime


class Verifications(Protocol):
    """The dates of characters. Several processes may check at the same time; each takes others."""

    async def take_due(self, now: datetime, *, retry: timedelta, margin: timedelta, limit: int) -> list[DueCharacter]:
        """Return characters whose check is due, the most urgent first, and put each off by `retry`.

        A process that dies with them, or hears nothing, has so changed nothing but the time of the next try. One that
        has no date, because an older release saved it, gets one a `margin` from now.
        """

    async def write(self, checked: Sequence[CheckedCharacter], now: datetime) -> None:
        """Write what was decided, but for characters that were seen at Battle.net by anybody else meanwhile."""

    async def remove(self, due: DueCharacter) -> bool:
        """Delete what is left of a purged character and return True; False while a sync still works on it.

        The caller has locked its user, so that no sync begins meanwhile.
        """

    async def held_past_their_date(self, now: datetime) -> int:
        """Return how many characters are held that must be deleted by now. Not those of which the name is left."""


class VerificationObserver(Protocol):
    """Told after the fact. Never raises."""

    def checked(self, outcome: CheckOutcome, count: int) -> None: ...
