"""What a watcher is told: the whole state of a sync session, so that the latest event alone is enough."""

from dataclasses import dataclass, replace
from uuid import UUID

from character_sync.domain.circuit import Paused


def percentage(processed: int, total: int) -> int:
    """Return floor(100 x processed / total); 100 when there is nothing to do."""
    return 100 if total == 0 else 100 * processed // total


@dataclass(frozen=True, slots=True)
class CurrentCharacter:
    """The character an event is about. `status` is a job status, `realm` the realm slug.

    `realm_name` is as Battle.net writes it; None where it gave none.
    """

    id: UUID
    name: str
    realm: str
    status: str
    reason: str | None = None
    realm_name: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """One event. `seq` only grows within a session; a watcher ignores an event older than the last it knows."""

    session_id: UUID
    status: str
    game_version: str
    total_characters: int
    processed_characters: int
    failed_characters: int
    skipped_characters: int
    seq: int
    current_character: CurrentCharacter | None = None
    eta_seconds: int | None = None
    error: str | None = None
    code: str | None = None
    paused: Paused | None = None

    @property
    def progress_percentage(self) -> int:
        return percentage(self.processed_characters, self.total_characters)

    @property
    def is_final(self) -> bool:
        return self.status in {"completed", "failed", "cancelled"}

    def about(self, character: CurrentCharacter | None) -> "Progress":
        return replace(self, current_character=character)
