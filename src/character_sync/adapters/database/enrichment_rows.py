"""Writes what enrichment found: each facet with its own state and watermark, and the character's summary."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.characters import compared, differs, is_news, seen
from character_sync.adapters.database.history_rows import LastSeen, NewState, write_contents, write_states
from character_sync.adapters.database.observations import observe_profiles
from character_sync.adapters.database.tables import among, character_facets, character_jobs, characters, is_active
from character_sync.domain.changes import Change, ChangeKind, changes_of
from character_sync.domain.character import CharacterMedia, CharacterProfile, NamedId, Specializations
from character_sync.domain.enrichment import FacetResult, FacetState
from character_sync.domain.freshness import ANSWERED, TOLD_BY_THE_LOGIN, HeldFacet
from character_sync.domain.game import Facet
from character_sync.domain.verification import VerificationPolicy
from character_sync.ports import SettledJob

PARSER_VERSION = 1
"""Raised when the readers keep more of an answer than before, so that what is held is fetched again.

What older ones have stored is still read for the history: fields that come have defaults.
"""

_FACET = character_facets.c

HeldRows = Mapping[tuple[UUID, str], Row[Any]]


async def held_facets(connection: AsyncConnection, session_id: UUID) -> Mapping[UUID, Mapping[Facet, HeldFacet]]:
    """Return what is on record of the facets of a sync session's characters that are not settled, in one statement."""
    job = character_jobs.c
    query = (
        select(character_facets)
        .join(character_jobs, job.character_id == _FACET.character_id)
        .where(job.session_id == session_id, is_active(job.status))
    )
    held = defaultdict[UUID, dict[Facet, HeldFacet]](dict)
    for row in await connection.execute(query):
        if row.facet in _KNOWN:
            held[row.character_id][Facet(row.facet)] = held_facet(row)
    return held


def held_facet(row: Row[Any]) -> HeldFacet:
    return HeldFacet(
        state=FacetState(row.state),
        fetched_at=row.fetched_at,
        modified_at=row.upstream_modified_at,
        login_at=row.login_at,
        next_due_at=row.next_due_at,
        content_hash=row.content_hash,
        is_read_as_today=row.parser_version == PARSER_VERSION,
    )


_KNOWN = frozenset(Facet)


async def write_enrichments(
    connection: AsyncConnection, settled: Sequence[SettledJob], policy: VerificationPolicy
) -> list[Change]:
    """Write the facets of settled jobs and what they say about their characters, in a fixed number of statements.

    The caller has locked the characters. Contents, history and characters that are as they were are not written.

    Returns:
        What that changed of what was held before; what is fetched for the first time changes nothing.
    """
    ids = [item.job.character_id for item in settled if item.enrichment.facets]
    if not ids:
        return []
    await observe_profiles(connection, settled)
    held = {(row.character_id, row.facet): row for row in await _held(connection, ids)}
    rows: list[dict[str, Any]] = []
    states: list[NewState] = []
    last_seen: list[LastSeen] = []
    for item in settled:
        profile = held.get((item.job.character_id, Facet.PROFILE))
        for result in item.enrichment.facets:
            before = held.get((item.job.character_id, result.facet))
            row = _facet_row(item, result, before)
            rows.append(row)
            if _is_other(row, before):
                states.append(_new_state(row, result, before, profile))
        last_seen += _last_seen(item, held)
    await write_contents(connection, states)
    await connection.execute(_save(connection.dialect.name), rows)
    await write_states(connection, states, last_seen)
    return await _write_characters(connection, settled, policy, held)


async def _held(connection: AsyncConnection, ids: Sequence[UUID]) -> Iterable[Row[Any]]:
    return await connection.execute(select(character_facets).where(among(_FACET.character_id, ids)))


def _is_other(row: Mapping[str, Any], before: Row[Any] | None) -> bool:
    """Whether a facet's row holds another content than before, or nothing for the first time."""
    if row["content_hash"] != (before.content_hash if before else None):
        return True
    was_absent = before is not None and before.state == FacetState.ABSENT
    return row["state"] == FacetState.ABSENT and not was_absent


def _new_state(
    row: Mapping[str, Any], result: FacetResult, before: Row[Any] | None, profile: Row[Any] | None
) -> NewState:
    return NewState(
        row["character_id"],
        result.facet,
        result.content,
        row["content_hash"],
        row["parser_version"],
        row["fetched_at"],
        row["upstream_modified_at"],
        _seen_at(before, profile) if before else None,
    )


def _seen_at(row: Row[Any], profile: Row[Any] | None) -> datetime | None:
    return held_facet(row).seen_at(held_facet(profile) if profile else None, Facet(row.facet))


def _last_seen(item: SettledJob, held: HeldRows) -> Iterator[LastSeen]:
    """Yield what the profile told of facets up to now and will not tell any more, for it shows another login."""
    told = next((r for r in item.enrichment.facets if r.facet is Facet.PROFILE and r.state is FacetState.CURRENT), None)
    profile = held.get((item.job.character_id, Facet.PROFILE))
    if told is None or profile is None or told.login_at == profile.login_at:
        return
    answered = {result.facet for result in item.enrichment.facets if result.state in ANSWERED}
    for facet in TOLD_BY_THE_LOGIN - answered:
        row = held.get((item.job.character_id, facet))
        seen = _seen_at(row, profile) if row else None
        if seen is not None:
            yield LastSeen(item.job.character_id, facet, seen)


def _facet_row(item: SettledJob, result: FacetResult, held: Row[Any] | None) -> dict[str, Any]:
    """Return a facet's new row: a failed fetch keeps what is held, an absence clears it, the same content is no change."""
    at = result.answered_at or item.settled_at
    row: dict[str, Any] = dict.fromkeys(_ANSWER) if held is None else {name: getattr(held, name) for name in _ANSWER}
    row["parser_version"] = PARSER_VERSION if held is None else held.parser_version
    next_due_at = result.next_due_at
    if result.state in ANSWERED:
        row |= {"fetched_at": at, "login_at": result.login_at, "parser_version": PARSER_VERSION}
    if result.state is FacetState.ABSENT:
        row |= {"upstream_modified_at": None, "content_hash": None}
    elif result.content is not None:
        is_change = result.content_hash != row["content_hash"]
        row |= {"upstream_modified_at": result.modified_at, "content_hash": result.content_hash}
        row["changed_at"] = at if is_change else row["changed_at"]
    elif result.state is FacetState.CURRENT and row["content_hash"] is None:
        # Unchanged, but what it was has been deleted since the question was put: it is asked for again in full.
        row |= {"upstream_modified_at": None, "login_at": None}
        next_due_at = at
    elif result.state is FacetState.CURRENT:
        row["upstream_modified_at"] = result.modified_at or row["upstream_modified_at"]
    return {
        **row,
        "character_id": item.job.character_id,
        "facet": result.facet,
        "state": result.state,
        "reason": result.reason,
        "attempted_at": at,
        "next_due_at": next_due_at,
    }


_ANSWER = ("fetched_at", "changed_at", "upstream_modified_at", "login_at", "content_hash")


@cache
def _save(dialect: str) -> Any:
    """Build the statement that makes or replaces whole rows."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(character_facets)
    key = ("character_id", "facet")
    new = {c.name: statement.excluded[c.name] for c in character_facets.columns if c.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=new)


async def _write_characters(
    connection: AsyncConnection, settled: Sequence[SettledJob], policy: VerificationPolicy, held: HeldRows
) -> list[Change]:
    told = {item.job.character_id: (item, _summary(item.enrichment.facets)) for item in settled}
    rows = await connection.execute(select(*compared(_DECIDED)).where(among(characters.c.id, told)))
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    changes: list[Change] = []
    for row in rows:
        item, summary = told[row.id]
        changes += _changes(item, row, held)
        values = {**summary, "updated_at": item.settled_at} if differs(row, summary) else {}
        if _is_seen(item) and is_news(policy, row, item.settled_at):
            values |= seen(policy, row.id, item.settled_at)
        if values:
            by_columns[tuple(values)].append({"b_id": row.id, **values})
    for some in by_columns.values():
        await connection.execute(update(characters).where(characters.c.id == bindparam("b_id")), some)
    return changes


_TOLD_BY_THEIR_HASH = {Facet.EQUIPMENT: ChangeKind.GEAR_CHANGED, Facet.SPECIALIZATIONS: ChangeKind.TALENTS_CHANGED}


def _changes(item: SettledJob, character: Row[Any], held: HeldRows) -> list[Change]:
    hashes = {
        result.facet: row.content_hash
        for result in item.enrichment.facets
        if (row := held.get((character.id, result.facet))) is not None and row.content_hash is not None
    }
    known = [result for result in item.enrichment.facets if result.facet in hashes]
    told = list(changes_of(character.id, character._asdict(), _summary(known), item.settled_at))
    for result in known:
        kind = _TOLD_BY_THEIR_HASH.get(result.facet)
        if kind is not None and result.content_hash not in {None, hashes[result.facet]}:
            told.append(Change(kind, item.settled_at, character.id))
    return told


def _is_seen(item: SettledJob) -> bool:
    """Whether Battle.net has shown the character: a profile, or that it is what it was."""
    return any(
        result.facet is Facet.PROFILE and result.state is FacetState.CURRENT for result in item.enrichment.facets
    )


_DECIDED = (
    "name",
    "level",
    "class_id",
    "class_name",
    "race_id",
    "race_name",
    "gender",
    "faction",
    "guild",
    "item_level",
    "title",
    "last_login_at",
    "active_spec_id",
    "active_spec_name",
    "avatar_url",
)


def _summary(results: Iterable[FacetResult]) -> dict[str, Any]:
    """Return which of `_DECIDED`, the character's own columns, these facets decide, and how."""
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
