"""The events watchers get, over Socket.IO and whatever else carries them."""

from typing import Any
from uuid import UUID

from character_sync.domain.circuit import Paused
from character_sync.domain.progress import CurrentCharacter, Progress
from character_sync.schemas.base import Answer, Maybe, Moment, Reason

SYNC_PROGRESS = "sync-progress"
SYNC_COMPLETE = "sync-complete"
SYNC_ERROR = "sync-error"

JOIN_SESSION = ("join-session", "joinSession", "subscribe")
LEAVE_SESSION = "leave-session"


class CurrentCharacterAnswer(Answer):
    """The character an event is about. `realm` is the realm slug; `realmName` is left out where Battle.net gave none."""

    id: UUID
    name: str
    realm: str
    realm_name: Maybe[str] = None
    status: str
    reason: Maybe[Reason] = None

    @classmethod
    def of(cls, character: CurrentCharacter) -> "CurrentCharacterAnswer":
        return cls(
            id=character.id,
            name=character.name,
            realm=character.realm,
            realm_name=character.realm_name,
            status=character.status,
            reason=character.reason,
        )


class PausedAnswer(Answer):
    """Why a sync stands still: a part of Battle.net is in trouble. It goes on by itself, or fails at its deadline.

    `endpoint` is a facet's name. `until` is when that part is tried again; left out when an operator decides that.
    """

    region: str
    namespace: str
    endpoint: str
    until: Maybe[Moment] = None

    @classmethod
    def of(cls, paused: Paused) -> "PausedAnswer":
        return cls(region=paused.region, namespace=paused.namespace, endpoint=paused.endpoint, until=paused.until)


class SyncProgress(Answer):
    """`sync-progress` and `sync-complete`: the whole state, so that the latest alone is enough."""

    session_id: UUID
    status: str
    game_version: str
    total_characters: int
    processed_characters: int
    failed_characters: int
    skipped_characters: int
    progress_percentage: int
    current_character: Maybe[CurrentCharacterAnswer] = None
    seq: int
    eta_seconds: Maybe[int] = None
    paused: Maybe[PausedAnswer] = None

    @classmethod
    def of(cls, progress: Progress) -> "SyncProgress":
        return cls(**progress_fields(progress))


class SyncError(Answer):
    """`sync-error`: the sync session as a whole failed. `error` is for the player."""

    session_id: UUID
    error: str
    code: str
    seq: int


def event_of(progress: Progress) -> tuple[str, dict[str, object]]:
    """Return an event's name and its JSON, with absent optional fields left out."""
    if progress.status == "failed":
        message = SyncError(
            session_id=progress.session_id,
            error=progress.error or "The sync failed.",
            code=progress.code or "internal_error",
            seq=progress.seq,
        )
        return SYNC_ERROR, message.model_dump(mode="json", by_alias=True)
    name = SYNC_COMPLETE if progress.is_final else SYNC_PROGRESS
    return name, SyncProgress.of(progress).model_dump(mode="json", by_alias=True)


def progress_fields(progress: Progress) -> dict[str, Any]:
    """Return the fields of `SyncProgress`, which a snapshot shares."""
    current = progress.current_character
    return {
        "session_id": progress.session_id,
        "status": progress.status,
        "game_version": progress.game_version,
        "total_characters": progress.total_characters,
        "processed_characters": progress.processed_characters,
        "failed_characters": progress.failed_characters,
        "skipped_characters": progress.skipped_characters,
        "progress_percentage": progress.progress_percentage,
        "current_character": CurrentCharacterAnswer.of(current) if current else None,
        "seq": progress.seq,
        "eta_seconds": progress.eta_seconds,
        "paused": PausedAnswer.of(progress.paused) if progress.paused else None,
    }
