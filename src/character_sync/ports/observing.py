"""What a use case tells whoever counts: how the life of sync sessions goes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from character_sync.domain.sync_session import CharacterSyncSession
from character_sync.ports.sync_sessions import ClaimedSession, SettledJob


class SyncObserver(Protocol):
    """Told after the fact, once what it is told of is committed. Never raises, and takes no time worth speaking of."""

    def taken(self, claimed: ClaimedSession, now: datetime) -> None:
        """A run of this process has taken a sync session."""

    def left(self) -> None:
        """A run that had taken one is over, however."""

    def settled(self, jobs: Sequence[SettledJob]) -> None: ...

    def ended(self, session: CharacterSyncSession) -> None:
        """A sync session has its final state, given by this process."""

    def lease_lost(self, *, by_player: bool) -> None:
        """A run found its sync session in other hands: the player's, who cancelled or erased it, or another run's."""


class _Unobserved:
    """Keeps the port where nobody counts."""

    def taken(self, claimed: ClaimedSession, now: datetime) -> None: ...

    def left(self) -> None: ...

    def settled(self, jobs: Sequence[SettledJob]) -> None: ...

    def ended(self, session: CharacterSyncSession) -> None: ...

    def lease_lost(self, *, by_player: bool) -> None: ...


UNOBSERVED: SyncObserver = _Unobserved()
