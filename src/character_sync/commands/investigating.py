"""What operators look up across all players: sync sessions, and why a character is as it is. They may cancel and retry."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from character_sync import policies
from character_sync.adapters.battle_net.namespaces import profile_namespace
from character_sync.adapters.database.engine import Database, database_as_it_is
from character_sync.adapters.database.lookups import DatabaseLookups, FoundCharacter, FoundSession
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from character_sync.adapters.database.unit_of_work import DatabaseUnitOfWork, DatabaseWork
from character_sync.adapters.game_version_file import load_game_versions
from character_sync.adapters.job_queue import open_job_queue
from character_sync.adapters.progress_channel.channels import open_channels
from character_sync.bootstrap import utc_now
from character_sync.commands.explanation import Trail, explained
from character_sync.domain.circuit import ANY, Place
from character_sync.domain.errors import NotFound, NotReady, SyncAlreadyActive, SyncSessionFinished
from character_sync.domain.game import GameVersions, Region
from character_sync.domain.reason_words import REASON_WORDS
from character_sync.domain.sync_session import Reason
from character_sync.ports import UserId
from character_sync.settings import Settings
from character_sync.use_cases.cancel_sync_session import CancelSyncSession
from character_sync.use_cases.retry_sync_session import RetrySyncSession

Say = Callable[[str], None]
T = TypeVar("T")

AMBIGUOUS_SHOWN = 20  # characters of one name: more do not help to choose
DECISIONS_LOOKED_AT = 500  # of one player, newest first: more than anybody was ever asked
SYNCS_LOOKED_AT = 20  # some weeks of a player's
CHANGES_SHOWN = 20


async def run_sessions_list(settings: Settings, *, finished_too: bool, limit: int, say: Say) -> None:
    """Say which sync sessions wait or run, or the newest of all."""
    async with database_as_it_is(settings.database) as database, database.reading() as connection:
        found = await DatabaseLookups(connection).sessions(finished_too=finished_too, limit=limit)
    now = utc_now()
    for one in found:
        say(f"{one.session.id}  {_told(one, now)}")
    if not found:
        say("There has been no sync yet." if finished_too else "No sync session waits or runs; --all shows the others.")


async def run_sessions_show(settings: Settings, session_id: UUID, *, say: Say) -> None:
    """Say how a sync session and each of its characters is. Raises NotReady: there is none of this id."""
    async with _looked_up(settings) as (work, lookups):
        found = await _session(lookups, session_id)
        snapshot = await work.sync_sessions.snapshot(found.owner, session_id)
    now, session = utc_now(), snapshot.session
    say(f"{session.id}  {_told(found, now)}")
    say(f"of the user {found.owner}; begun {_at(session.started_at)}, ends by itself {_at(session.deadline_at)}")
    if session.error:
        say(f"{session.error_code}: {session.error}")
    for job in snapshot.jobs:
        reason = f", {job.reason}" if job.reason else ""
        say(
            f"  {job.name}-{job.realm_slug}: {job.status}{reason} (attempts: {job.attempts}; character {job.character_id})"
        )
    for told in dict.fromkeys(job.reason for job in snapshot.jobs if job.reason):
        say(f"{told}: {' '.join(REASON_WORDS[Reason(told)])}")


async def run_sessions_cancel(settings: Settings, session_id: UUID, *, say: Say) -> None:
    """Cancel a sync session as its player could. Raises NotReady: there is none, or it has finished."""
    async with _working(settings) as (database, work), open_channels(settings.queue_url, utc_now) as channels:
        cancel = CancelSyncSession(work, channels.progress, utc_now)
        snapshot = await _of_its_owner(database, session_id, cancel.execute)
    done, total = snapshot.session.processed_characters, snapshot.session.total_characters
    say(f"The sync session {session_id} is cancelled; {done} of {total} characters were settled and stay so.")


async def run_sessions_retry(settings: Settings, session_id: UUID, *, say: Say) -> None:
    """Try again what a sync session could not do. Raises NotReady: there is none, or its characters are in work."""
    async with _working(settings) as (database, work):
        retry = RetrySyncSession(work, utc_now, policies.session_limits(settings))
        started = await _of_its_owner(database, session_id, retry.execute)
    if started.synced_characters:
        say(f"The sync session {started.session_id} tries {started.synced_characters} characters again.")
    else:
        say(f"There is nothing to try again: every character of {session_id} was completed.")


async def run_explain(settings: Settings, name: str, *, say: Say) -> None:
    """Say why a character is as it is.

    Args:
        name: Its id, its name, or name and realm slug as in `Thrall-area-52`.

    Raises:
        NotReady: there is no such character, or more than one.
    """
    async with _looked_up(settings) as (work, lookups):
        character = await _one_character(lookups, name)
        trail = await _trail(work, lookups, character, load_game_versions(settings.game_versions_file))
    for line in explained(trail, utc_now()):
        say(line)


async def _one_character(lookups: DatabaseLookups, name: str) -> FoundCharacter:
    try:
        found = await lookups.characters(UUID(name), None, AMBIGUOUS_SHOWN)
    except ValueError:  # a name: what follows its first hyphen is the realm, for no name has one
        called, _, realm = name.partition("-")
        found = await lookups.characters(called, realm or None, AMBIGUOUS_SHOWN)
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotReady(f"There is no character {name} here. Try its id, or its name and realm as in Thrall-area-52.")
    several = "\n".join(
        f"  {one.id}  {one.name}-{one.realm_slug}, level {one.level}, {one.region} {one.game_version}"
        f"{'' if one.is_active else ', archived'}"
        for one in found
    )
    raise NotReady(f"Several characters are called {name}; explain one by its id:\n{several}")


async def _trail(
    work: DatabaseUnitOfWork, lookups: DatabaseLookups, found: FoundCharacter, versions: GameVersions
) -> Trail:
    owner, id_, region = found.owner, found.id, Region(found.region)
    character, facets = await work.characters.one(owner, id_)
    version = versions.get(found.game_version)
    namespace = profile_namespace(version.namespace_family, region) if version else ANY
    here = Place(region.value, namespace, ANY)
    decisions = await work.identities.page(owner, limit=DECISIONS_LOOKED_AT)
    return Trail(
        owner=owner,
        character=character,
        facets=facets,
        is_withheld=id_ in await work.characters.missing_before(owner, found.game_version, region),
        observations=await work.observations.of_character(owner, id_),
        decisions=[one for one in reversed(decisions.items) if id_ in {one.older_id, one.newer_id}],
        jobs=await lookups.jobs_of(owner, id_, sessions=SYNCS_LOOKED_AT),
        changes=await lookups.changes_of(owner, id_, limit=CHANGES_SHOWN),
        players_own=(await work.players_own.of(owner, [id_])).get(id_),
        groups=[group for group in await work.character_groups.all(owner) if id_ in group.members],
        schedule=await work.schedules.find(owner, found.game_version, region),
        circuits=[
            row for row in await work.circuits.all() if Place(row.place.region, row.place.namespace, ANY).covers(here)
        ],
    )


async def _of_its_owner(database: Database, session_id: UUID, do: Callable[[UserId, UUID], Awaitable[T]]) -> T:
    """Do what a player can do with a sync session, for its player. Raises NotReady: it cannot be done, and why."""
    async with database.reading() as connection:
        found = await _session(DatabaseLookups(connection), session_id)
    try:
        return await do(found.owner, session_id)
    except SyncAlreadyActive as error:
        raise NotReady(f"{str(error).rstrip('.')}: {error.active_session_id}.") from error
    except SyncSessionFinished as error:
        raise NotReady(str(error)) from error


async def _session(lookups: DatabaseLookups, session_id: UUID) -> FoundSession:
    try:
        return await lookups.session(session_id)
    except NotFound as error:
        raise NotReady(f"There is no sync session {session_id}: `character-sync sessions list --all`.") from error


def _told(found: FoundSession, now: datetime) -> str:
    session = found.session
    counts = f"{session.processed_characters}/{session.total_characters}"
    troubles = "".join(
        f", {count} {what}"
        for what, count in (("failed", session.failed_characters), ("skipped", session.skipped_characters))
        if count
    )
    if session.paused is not None:
        troubles += f", paused: {session.paused.region} {session.paused.endpoint}"
    if session.status.is_final:
        when = f"ended {_at(session.completed_at)}"
    elif found.lease_until is None or found.lease_until <= now:
        when = f"waiting for a worker, begun {_at(session.started_at)}"
    else:
        when = f"running, begun {_at(session.started_at)}"
    about = f"{session.kind.value} {session.game_version} {session.region.value}"
    return f"{about}: {session.status.value} {counts}{troubles}, {when}"


@asynccontextmanager
async def _looked_up(settings: Settings) -> AsyncIterator[tuple[DatabaseUnitOfWork, DatabaseLookups]]:
    """Open one state of the database, to be read only."""
    async with database_as_it_is(settings.database) as database, database.reading() as connection:
        yield (
            DatabaseUnitOfWork(connection, _no_keys(), policies.verification_policy(settings)),
            DatabaseLookups(connection),
        )


@asynccontextmanager
async def _working(settings: Settings) -> AsyncIterator[tuple[Database, DatabaseWork]]:
    """Open a database and its queue, to change what players could change themselves."""
    async with database_as_it_is(settings.database) as database, open_job_queue(settings.queue_url) as queue:
        yield database, DatabaseWork(database, _no_keys(), queue, policies.verification_policy(settings))


def _no_keys() -> TokenVault:
    """Return a vault that opens nothing: what operators look at holds no secrets, so they need not have the keys."""
    return TokenVault.from_setting(generate_key())


def _at(time: datetime | None) -> str:
    return "never" if time is None else f"{time:%Y-%m-%d %H:%M:%S} UTC"
