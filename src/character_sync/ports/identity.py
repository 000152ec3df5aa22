"""What was seen of characters over time, and what was decided about who is who."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from character_sync.domain.character import CharacterKey
from character_sync.domain.fingerprint import Achievements
from character_sync.domain.game import Region
from character_sync.domain.identity import Judgement, KnownCharacter, Sighting
from character_sync.ports.basics import UserId
from character_sync.ports.battle_net import CharacterAddress


@dataclass(frozen=True, slots=True)
class Seen:
    """A character that a listing showed, and its achievements if they were asked for."""

    id: UUID
    sighting: Sighting
    achievements: Achievements | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One state of a character, from the first to the last time it was seen in it."""

    id: UUID
    character_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    is_current: bool
    region: Region
    namespace_family: str
    sighting: Sighting
    achievements: Mapping[str, int] | None
    achievements_asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnaskedCharacter:
    """A character whose achievements nobody has asked for yet."""

    id: UUID
    address: CharacterAddress


class Observations(Protocol):
    """What Battle.net showed of a user's characters, and when."""

    async def known(self, owner: UserId, region: Region, namespace_family: str) -> list[KnownCharacter]:
        """Return everything held of a region and namespace family as it was last seen, archived ones included."""

    async def observe(
        self, owner: UserId, seen: Sequence[Seen], *, region: Region, namespace_family: str, now: datetime
    ) -> None:
        """Note what a listing showed: a row for each state that is new; what is as before is only seen once more."""

    async def of_character(self, owner: UserId, character_id: UUID) -> list[Observation]:
        """Return a character's states, oldest first. Raises NotFound."""

    async def take_unasked(
        self, namespace_families: Collection[str], now: datetime, *, again: timedelta, limit: int
    ) -> list[UnaskedCharacter]:
        """Take active characters whose achievements are unknown; each is put off by `again` in case nothing comes of it."""

    async def write_achievements(self, character_id: UUID, achievements: Achievements, now: datetime) -> None:
        """Keep a character's achievements with its present state. Nothing happens when it has none any more."""


@dataclass(frozen=True, slots=True)
class IdentityDecision:
    """A decision about who is who, or the question of one. `is_same` is None until somebody decides."""

    id: UUID
    older_id: UUID
    newer_id: UUID
    kind: str
    status: str
    is_same: bool | None
    confidence: float
    evidence: Sequence[Mapping[str, Any]]
    decided_by: str | None
    created_at: datetime
    decided_at: datetime | None
    is_undoable: bool


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """Newest first. `next_after` is None on the last page."""

    items: tuple[IdentityDecision, ...]
    next_after: tuple[datetime, UUID] | None


class Identities(Protocol):
    """Decisions about who is who. Whoever writes has locked the user."""

    async def capture(self, owner: UserId, characters: Sequence[UUID]) -> Mapping[UUID, Any]:
        """Return the characters' rows as they are, for `record` to keep for an undo."""

    async def record(
        self,
        owner: UserId,
        judgements: Sequence[Judgement],
        *,
        before: Mapping[UUID, Any],
        created: Mapping[CharacterKey, UUID],
        now: datetime,
    ) -> None:
        """Save what was judged of a listing that has been written. `created` names the new characters by their key."""

    async def withdraw_disproved(self, owner: UserId, active: Collection[UUID], now: datetime) -> None:
        """Decline the questions about two characters that one listing showed side by side."""

    async def page(
        self, owner: UserId, *, status: str | None = None, after: tuple[datetime, UUID] | None = None, limit: int
    ) -> DecisionPage: ...

    async def one(self, owner: UserId, decision_id: UUID) -> IdentityDecision:
        """Raises NotFound."""

    async def merge(self, owner: UserId, decision: IdentityDecision, now: datetime) -> None:
        """Make the newer character's rows the older one's, which keeps its id, and note that the player said so.

        Raises:
            CharacterBusy: a sync works on one of them.
            IdentityDecisionFinal: one of them is gone.
        """

    async def decline(self, owner: UserId, decision: IdentityDecision, now: datetime) -> None:
        """Note that the player says they are two."""

    async def undo(self, owner: UserId, decision: IdentityDecision, now: datetime) -> None:
        """Give the older character its rows of before back; what came since goes to the newer one.

        Raises:
            CharacterBusy: a sync works on it.
            IdentityDecisionFinal: what was before cannot be had back; the message says why.
        """

    async def forget_restorable(self, before: datetime) -> int:
        """Forget what could be restored of decisions older than this; return of how many."""
