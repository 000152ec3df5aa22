"""How a sync of an account was asked for, where it was not the player who pressed the button."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from character_sync.domain.sync_session import SessionKind
from character_sync.ports.battle_net import Lane
from character_sync.ports.work import UnitOfWork


async def _nothing_more(_work: UnitOfWork, _session_id: UUID, _characters: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Attributes:
    listing: The lane in which the account is listed.
    enrichment: The lane of everything after it.
    also: What else is written in the transaction that saves the sync, told the sync session's id and how many
        characters it has. What it raises undoes all of it.
    """

    kind: SessionKind
    listing: Lane
    enrichment: Lane
    also: Callable[[UnitOfWork, UUID, int], Awaitable[None]] = _nothing_more


BY_THE_PLAYER = Asked(SessionKind.ACCOUNT, Lane.INTERACTIVE, Lane.FIRST_SYNC)
