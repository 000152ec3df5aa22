"""Everything held about one user, for them to take with them and to have erased."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from character_sync.domain.history import SeenState
from character_sync.ports.basics import UserId
from character_sync.ports.belongings import PlayerFields
from character_sync.ports.characters import CharacterRow, FacetRow
from character_sync.ports.identity import IdentityDecision, Observation
from character_sync.ports.sync_sessions import SessionSnapshot


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """What is known of the player's Battle.net token, which itself is nobody's to read."""

    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    refused_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldSignIn:
    """A browser that is signed in, without its secret."""

    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class HeldUser:
    """A user, and how they have let us in.

    Attributes:
        battle_net_sub: Battle.net's number of their account; empty while none is linked.
        site_user_id: who they are at the site that embeds us.
    """

    id: UserId
    battle_net_sub: str
    site_user_id: str | None
    battletag: str | None
    created_at: datetime
    updated_at: datetime
    grant: HeldGrant | None
    sign_ins: tuple[HeldSignIn, ...]


@dataclass(frozen=True, slots=True)
class HeldCharacter:
    """A character with what the pages do not show: Battle.net's numbers, and its facets as they are kept."""

    row: CharacterRow
    facets: tuple[FacetRow, ...]
    namespace_family: str
    realm_id: int
    wow_account_id: int | None
    observations: tuple[Observation, ...]
    mine: PlayerFields | None


@dataclass(frozen=True, slots=True)
class HeldDecision:
    """A decision about who is who, with what is kept for its undo."""

    decision: IdentityDecision
    restorable: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class HeldSession:
    """A sync session, its jobs, and when each of them was settled."""

    snapshot: SessionSnapshot
    deadline_at: datetime
    settled_at: Mapping[int, datetime | None]


@dataclass(frozen=True, slots=True)
class HeldState:
    """What a facet of a character was; `content` is what JSON made of it."""

    character_id: UUID
    state: SeenState
    content: dict[str, Any] | None


class Holdings(Protocol):
    """What is held about a user, read in portions, and erased whole."""

    async def user(self, owner: UserId) -> HeldUser:
        """Raises NotFound."""

    async def characters(self, owner: UserId, *, after: UUID | None, limit: int) -> Sequence[HeldCharacter]:
        """Return a portion of all characters, in the order of their ids: those behind `after`."""

    async def sync_sessions(self, owner: UserId, *, after: UUID | None, limit: int) -> Sequence[HeldSession]:
        """Return a portion of all sync sessions, in the order of their ids: those behind `after`."""

    async def identity_decisions(self, owner: UserId, *, after: UUID | None, limit: int) -> Sequence[HeldDecision]:
        """Return a portion of all decisions about who is who, in the order of their ids: those behind `after`."""

    async def states(self, owner: UserId, *, after: int, limit: int) -> Sequence[HeldState]:
        """Return a portion of the history of all characters, in the order it was written: those behind `after`."""

    async def erase(self, owner: UserId) -> None:
        """Delete the user and, by foreign key, everything that is theirs. Nothing happens when they are gone."""
