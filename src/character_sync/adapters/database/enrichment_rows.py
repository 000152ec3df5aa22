"""Writes what enrichment found: each facet with its own state and watermark, and the character's summary."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, case, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.characters import seen
from character_sync.adapters.database.observations import observe_profiles
from character_sync.adapters.database.tables import character_facets, characters
from character_sync.domain.character import CharacterMedia, CharacterProfile, NamedId, Specializations
from character_sync.domain.enrichment import FacetResult, FacetState
from character_sync.domain.game import Facet
from character_sync.domain.verification import VerificationPolicy
from character_sync.ports import SettledJob

PARSER_VERSION = 1
"""Raised when the readers keep more of an answer than before, so that what is held is fetched again."""

_HELD = character_facets.c


async def write_enrichments(
    connection: AsyncConnection, settled: Sequence[SettledJob], policy: VerificationPolicy
) -> None:
    """Write the facets of settled jobs and what they say about their characters, in a fixed number of statements."""
    await observe_profiles(connection, settled)
    facets = [_facet_row(item, result) for item in settled for result in item.enrichment.facets]
    if facets:
        await connection.execute(_save_facets(connection.dialect.name), facets)
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for item in settled:
        values = _summary(item.enrichment.facets)
        if any(
            result.facet is Facet.PROFILE and result.state is FacetState.CURRENT for result in item.enrichment.facets
        ):
            values |= seen(policy, item.job.character_id, item.settled_at)
        if values:
            by_columns[tuple(values)].append({"b_id": item.job.character_id, **values, "updated_at": item.settled_at})
    for rows in by_columns.values():
        await connection.execute(update(characters).where(characters.c.id == bindparam("b_id")), rows)


def _facet_row(item: SettledJob, result: FacetResult) -> dict[str, Any]:
    answered = result.state in {FacetState.CURRENT, FacetState.ABSENT}
    at: datetime | None = item.settled_at if answered else None
    return {
        "character_id": item.job.character_id,
        "facet": result.facet,
        "state": result.state,
        "reason": result.reason,
        "attempted_at": item.settled_at,
        "fetched_at": at,
        "changed_at": at if result.content is not None else None,
        "upstream_modified_at": result.modified_at,
        "next_due_at": None,
        "content_hash": result.content_hash,
        "parser_version": PARSER_VERSION,
        "content": None if result.content is None else msgspec.to_builtins(result.content),
    }


def _save_facets(dialect: str) -> Any:
    """Build the upsert: a failed fetch keeps what is held, an absence clears it, the same content is no change."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(character_facets)
    new = statement.excluded
    absent = new.state == FacetState.ABSENT
    changed = new.content_hash.is_not(None) & new.content_hash.is_distinct_from(_HELD.content_hash)

    def kept(column: str) -> Any:
        return case((absent, None), (changed, new[column]), else_=_HELD[column])

    return statement.on_conflict_do_update(
        index_elements=["character_id", "facet"],
        set_={
            "state": new.state,
            "reason": new.reason,
            "attempted_at": new.attempted_at,
            "fetched_at": case((new.fetched_at.is_not(None), new.fetched_at), else_=_HELD.fetched_at),
            "changed_at": case((changed, new.changed_at), else_=_HELD.changed_at),
            "upstream_modified_at": case(
                (absent, None),
                (new.upstream_modified_at.is_not(None), new.upstream_modified_at),
                else_=_HELD.upstream_modified_at,
            ),
            "next_due_at": new.next_due_at,
            "content_hash": kept("content_hash"),
            "content": kept("content"),
            "parser_version": case((new.content_hash.is_not(None), new.parser_version), else_=_HELD.parser_version),
        },
    )


def _summary(results: Iterable[FacetResult]) -> dict[str, Any]:
    """Return the character's own columns that these facets decide; empty when they decide none."""
    values: dict[str, Any] = {}
    for result in results:
        if result.facet is Facet.MEDIA and result.state is FacetState.ABSENT:
            values["avatar_url"] = None
        match result.content:
            case CharacterProfile() as profile:
                values |= {
                    "name": profile.name,
                    "level": profile.level,
                    "class_id": profile.character_class.id,
                    "class_name": profile.character_class.name,
                    "race_id": profile.race.id,
                    "race_name": profile.race.name,
                    "gender": profile.gender,
                    "faction": profile.faction,
                    "guild": profile.guild,
                    "item_level": profile.item_level,
                    "title": profile.title,
                    "last_login_at": profile.last_login_at,
                }
                if profile.active_spec is not None:
                    values |= _active_spec(profile.active_spec)
            case Specializations(active=active):
                # Classic's profiles name no specialization: there only the talents tell it.
                values |= _active_spec(active)
            case CharacterMedia(avatar_url=avatar_url):
                values["avatar_url"] = avatar_url
            case _:
                pass
    return values


def _active_spec(active: NamedId | None) -> dict[str, Any]:
    return {
        "active_spec_id": active.id if active else None,
        "active_spec_name": active.name if active else None,
    }
