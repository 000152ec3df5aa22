"""The Python client: syncs, watches and reads characters of a running service (docs/python-client.md)."""

from character_sync.client.character_sync import CharacterSync
from character_sync.client.errors import (
    AnswerUnreadable,
    BattleNetTokenInvalid,
    ChangesForgotten,
    CharacterSyncError,
    InvalidRequest,
    NotFound,
    NotReached,
    Refused,
    SyncAlreadyActive,
    SyncFailed,
    TryAgainLater,
    Unauthenticated,
)

__all__ = [
    "AnswerUnreadable",
    "BattleNetTokenInvalid",
    "ChangesForgotten",
    "CharacterSync",
    "CharacterSyncError",
    "InvalidRequest",
    "NotFound",
    "NotReached",
    "Refused",
    "SyncAlreadyActive",
    "SyncFailed",
    "TryAgainLater",
    "Unauthenticated",
]
