"""What happened to a player's characters and syncs, in the words of the change feed, and how two states are told apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from character_sync.domain.sync_session import CharacterSyncSession


class ChangeKind(StrEnum):
    """Stable and public: programs decide by it. More may come; whoever does not know one passes over it."""

    ADDED = "character.added"
    CHANGED = "character.changed"
    RENAMED = "character.renamed"
    TRANSFERRED = "character.transferred"
    REIDENTIFIED = "character.reidentified"
    GEAR_CHANGED = "character.gear_changed"
    TALENTS_CHANGED = "character.talents_changed"
    ARCHIVED = "character.archived"
    REACTIVATED = "character.reactivated"
    GONE = "character.gone"
    SYNC_FINISHED = "sync.finished"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened. `detail` is public JSON; what it holds depends on the kind (docs/changes.md)."""

    kind: ChangeKind
    at: datetime
    character_id: UUID | None = None
    session_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


TOLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "level": "level",
        "class_name": "characterClass",
        "race_name": "race",
        "gender": "gender",
        "faction": "faction",
        "guild": "guild",
        "item_level": "itemLevel",
        "active_spec_name": "activeSpec",
        "title": "title",
    }
)
"""A character's columns whose change is told, and the names they are told by.

The time of the last login and the picture's address are left out: they change with every visit to the game, and say
nothing about the character.
"""


def changes_of(
    character_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any], at: datetime
) -> tuple[Change, ...]:
    """Return what was changed by writing `after` over `before`, both by column; columns in only one of them are passed over."""
    told = []
    if "name" in after and after["name"] != before["name"]:
        names = {"from": before["name"], "to": after["name"]}
        told.append(Change(ChangeKind.RENAMED, at, character_id, detail=names))
    fields = {
        name: {"from": before[column], "to": after[column]}
        for column, name in TOLD.items()
        if column in after and column in before and after[column] != before[column]
    }
    if fields:
        told.append(Change(ChangeKind.CHANGED, at, character_id, detail={"fields": fields}))
    return tuple(told)


def reidentified(
    character_id: UUID,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    at: datetime,
    *,
    merged: UUID | None = None,
) -> Change:
    """Return what is told of a character that is found under another realm or number than before, both by column.

    Args:
        merged: Whose id the character went by until its player said that the two are one.
    """
    names = {"realm_slug": "realm", "region": "region", "battle_net_id": "battleNetId"}
    detail: dict[str, Any] = {
        "from": {name: before[column] for column, name in names.items()},
        "to": {name: after[column] for column, name in names.items()},
    }
    if merged is not None:
        detail["mergedId"] = str(merged)
    has_moved = before["realm_slug"] != after["realm_slug"]
    return Change(ChangeKind.TRANSFERRED if has_moved else ChangeKind.REIDENTIFIED, at, character_id, detail=detail)


def outcome_of(session: CharacterSyncSession) -> dict[str, Any]:
    """Return what is told of a sync session that has ended; the characters themselves have changes of their own."""
    return {
        "kind": session.kind.value,
        "status": session.status.value,
        "gameVersion": session.game_version,
        "region": session.region.value,
        "totalCharacters": session.total_characters,
        "processedCharacters": session.processed_characters,
        "failedCharacters": session.failed_characters,
        "skippedCharacters": session.skipped_characters,
        "code": session.error_code,
    }
