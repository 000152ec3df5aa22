"""Sync sessions and their jobs: created whole, run under a lease and a fence, written in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.changes import DatabaseChanges
from character_sync.adapters.database.characters import lock_characters
from character_sync.adapters.database.enrichment_rows import held_facets, write_enrichments
from character_sync.adapters.database.refusals import is_about_content
from character_sync.adapters.database.tables import (
    IS_ACTIVE_LISTING,
    character_jobs,
    character_sync_sessions,
    characters,
    is_active,
)
from character_sync.domain.changes import Change, ChangeKind, outcome_of
from character_sync.domain.circuit import Paused
from character_sync.domain.errors import NotFound, SyncAlreadyActive, SyncSessionFinished
from character_sync.domain.freshness import HeldFacet
from character_sync.domain.game import Facet, Realm, Region
from character_sync.domain.progress import Progress
from character_sync.domain.sync_session import (
    SEQ_PER_RUN,
    CharacterSyncSession,
    JobStatus,
    Reason,
    SessionKind,
    SessionStatus,
)
from character_sync.domain.verification import VerificationPolicy
from character_sync.ports import (
    CharacterAddress,
    ClaimedSession,
    ContentRefused,
    EnrichmentJob,
    JobRow,
    Lane,
    LeaseLost,
    SessionPage,
    SessionSnapshot,
    SettledJob,
    UserId,
)

_SESSION = character_sync_sessions.c
_JOB = character_jobs.c
_UNFINISHED = is_active(_SESSION.status)
_UNSETTLED = is_active(_JOB.status)


class DatabaseSyncSessions:
    """Implements the port `SyncSessions`."""

    def __init__(self, connection: AsyncConnection, policy: VerificationPolicy, changes: DatabaseChanges) -> None:
        self._connection = connection
        self._policy = policy
        self._changes = changes

    async def active(self, owner: UserId, game_version: str) -> UUID | None:
        listing = [kind for kind in SessionKind if kind.lists_the_account]
        query = select(_SESSION.id).where(
            _SESSION.user_id == owner, _SESSION.game_version == game_version, _UNFINISHED, _SESSION.kind.in_(listing)
        )
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def active_job(self, owner: UserId, *character_ids: UUID) -> tuple[UUID, int] | None:
        query = (
            select(_JOB.session_id, _JOB.id)
            .join(character_sync_sessions, _SESSION.id == _JOB.session_id)
            .where(_JOB.character_id.in_(character_ids), _UNSETTLED, _SESSION.user_id == owner, _UNFINISHED)
            .order_by(_JOB.id)
            .limit(1)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else (row.session_id, row.id)

    async def create(self, session: CharacterSyncSession, character_ids: Sequence[UUID], lane: Lane) -> None:
        make = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        saved = make(character_sync_sessions).values(**_row_of(session), lane=lane)
        saved = saved.on_conflict_do_nothing(index_elements=["user_id", "game_version"], index_where=IS_ACTIVE_LISTING)
        if (await self._connection.execute(saved)).rowcount == 0:
            active = await self.active(UserId(session.user_id), session.game_version)
            if active is not None:
                raise SyncAlreadyActive(active)
            # It has ended in between, so there is room; if not, it is an error.
            await self._connection.execute(make(character_sync_sessions).values(**_row_of(session), lane=lane))
        self._note_end(session)
        if character_ids:
            await self._connection.execute(
                insert(character_jobs),
                [
                    {
                        "session_id": session.id,
                        "character_id": character_id,
                        "status": JobStatus.PENDING,
                        "attempts": 0,
                        "crash_claims": 0,
                    }
                    for character_id in character_ids
                ],
            )

    async def snapshot(self, owner: UserId, session_id: UUID) -> SessionSnapshot:
        query = select(character_sync_sessions).where(_SESSION.id == session_id, _SESSION.user_id == owner)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound
        jobs = await self._connection.execute(
            select(
                _JOB.id,
                _JOB.character_id,
                _JOB.status,
                _JOB.attempts,
                _JOB.reason,
                characters.c.name,
                characters.c.realm_slug,
                characters.c.realm_name,
            )
            .join(characters, characters.c.id == _JOB.character_id)
            .where(_JOB.session_id == session_id)
            .order_by(_JOB.id)
        )
        return SessionSnapshot(
            session_of(row),
            tuple(
                JobRow(
                    j.id, j.character_id, j.name, j.realm_slug, j.realm_name, JobStatus(j.status), j.attempts, j.reason
                )
                for j in jobs
            ),
        )

    async def page(self, owner: UserId, *, after: tuple[datetime, UUID] | None = None, limit: int) -> SessionPage:
        query = select(character_sync_sessions).where(_SESSION.user_id == owner)
        if after is not None:
            at, id_ = after
            query = query.where(or_(_SESSION.started_at < at, and_(_SESSION.started_at == at, _SESSION.id < id_)))
        query = query.order_by(_SESSION.started_at.desc(), _SESSION.id.desc()).limit(limit + 1)
        rows = (await self._connection.execute(query)).all()
        items = tuple(session_of(row) for row in rows[:limit])
        last = items[-1] if len(rows) > limit else None
        return SessionPage(items, (last.started_at, last.id) if last else None)

    async def cancel(self, owner: UserId, session_id: UUID, now: datetime) -> Progress:
        cancelled = await self._cancel(now, _SESSION.id == session_id, _SESSION.user_id == owner)
        if not cancelled:
            await self.snapshot(owner, session_id)  # a stranger's is not found, one's own has finished
            raise SyncSessionFinished
        return cancelled[0]

    async def cancel_all(self, owner: UserId, now: datetime) -> list[Progress]:
        return await self._cancel(now, _SESSION.user_id == owner)

    async def _cancel(self, now: datetime, *which: Any) -> list[Progress]:
        taken = await self._connection.execute(
            update(character_sync_sessions)
            .where(*which, _UNFINISHED)
            .values(
                run_token=_SESSION.run_token + 1,
                seq=(_SESSION.run_token + 1) * SEQ_PER_RUN,
                status=SessionStatus.CANCELLED,
                lease_until=None,
                completed_at=now,
                paused=None,
            )
            .returning(*character_sync_sessions.c)
        )
        cancelled = [session_of(row) for row in taken]
        for session in cancelled:
            self._note_end(session)
        if cancelled:
            await self._connection.execute(
                update(character_jobs)
                .where(_JOB.session_id.in_([session.id for session in cancelled]), _UNSETTLED)
                .values(status=JobStatus.CANCELLED, reason=Reason.CANCELLED, settled_at=now)
            )
        return [session.progress() for session in cancelled]

    async def claim(self, session_id: UUID, now: datetime, lease: timedelta) -> ClaimedSession | None:
        taken = await self._connection.execute(
            update(character_sync_sessions)
            .where(_SESSION.id == session_id, _UNFINISHED, _is_free(now))
            .values(
                run_token=_SESSION.run_token + 1,
                lease_until=now + lease,
                status=SessionStatus.PROCESSING,
            )
            .returning(*character_sync_sessions.c)
        )
        row = taken.one_or_none()
        if row is None:
            return None
        # In hand while nobody holds the lease: in hand in a run that died.
        in_hand = await self._connection.execute(
            update(character_jobs)
            .where(_JOB.session_id == session_id, _JOB.status == JobStatus.PROCESSING)
            .values(status=JobStatus.PENDING, crash_claims=_JOB.crash_claims + 1)
        )
        session = await self._with_counts_of_its_jobs(session_of(row))
        held = await held_facets(self._connection, session_id)
        jobs = await self._connection.execute(_jobs_to_do(session_id))
        return ClaimedSession(
            session,
            Lane(row.lane),
            tuple(_job_of(job, session, held.get(job.character_id, {})) for job in jobs),
            is_after_a_death=in_hand.rowcount > 0,
        )

    async def _with_counts_of_its_jobs(self, session: CharacterSyncSession) -> CharacterSyncSession:
        """Recount: what is counted is always what the job rows say, whatever the dead run last wrote."""
        counts = await self._connection.execute(
            select(_JOB.status, func.count()).where(_JOB.session_id == session.id).group_by(_JOB.status)
        )
        by_status = {JobStatus(status): count for status, count in counts}
        session.processed_characters = sum(count for status, count in by_status.items() if status.is_settled)
        session.failed_characters = by_status.get(JobStatus.FAILED, 0)
        session.skipped_characters = by_status.get(JobStatus.SKIPPED, 0)
        return session

    async def extend_lease(self, session_id: UUID, run_token: int, until: datetime, deadline_at: datetime) -> None:
        await self._fenced(session_id, run_token, lease_until=until, deadline_at=deadline_at)

    async def release(self, session_id: UUID, run_token: int) -> None:
        try:
            await self._fenced(session_id, run_token, lease_until=None)
        except LeaseLost:
            return
        await self._connection.execute(
            update(character_jobs)
            .where(_JOB.session_id == session_id, _JOB.status == JobStatus.PROCESSING)
            .values(status=JobStatus.PENDING)
        )

    async def release_all(self) -> int:
        freed = await self._connection.execute(
            update(character_sync_sessions)
            .where(_UNFINISHED, _SESSION.lease_until.is_not(None))
            .values(lease_until=None)
            .returning(_SESSION.id)
        )
        return len(freed.all())

    async def write(
        self,
        session: CharacterSyncSession,
        *,
        started: Sequence[EnrichmentJob],
        settled: Sequence[SettledJob],
        lease_until: datetime,
    ) -> None:
        await self._fenced(
            session.id,
            session.run_token,
            status=session.status,
            processed_characters=session.processed_characters,
            failed_characters=session.failed_characters,
            skipped_characters=session.skipped_characters,
            seq=session.seq,
            completed_at=session.completed_at,
            error=session.error,
            error_code=session.error_code,
            lease_until=None if session.status.is_final else lease_until,
            deadline_at=session.deadline_at,
            paused=_paused_as_json(session.paused),
        )
        if started:
            await self._connection.execute(
                update(character_jobs).where(_JOB.id == bindparam("b_id")).values(status=JobStatus.PROCESSING),
                [{"b_id": job.id} for job in started],
            )
        if settled:
            await self._connection.execute(
                update(character_jobs).where(_JOB.id == bindparam("b_id")),
                [
                    {
                        "b_id": item.job.id,
                        "status": item.enrichment.status,
                        "reason": item.enrichment.reason,
                        "attempts": item.enrichment.attempts,
                        "settled_at": item.settled_at,
                    }
                    for item in settled
                ],
            )
            await lock_characters(self._connection, [item.job.character_id for item in settled])
            try:
                changed = await write_enrichments(self._connection, settled, self._policy)
                self._changes.note(UserId(session.user_id), *changed)
            except (StatementError, ValueError, OverflowError) as error:
                if is_about_content(error):
                    raise ContentRefused from error
                raise
        self._note_end(session)  # last, so that whoever hears of the end has heard of what the sync found

    def _note_end(self, session: CharacterSyncSession) -> None:
        if session.status.is_final and session.completed_at is not None:
            self._changes.note(
                UserId(session.user_id),
                Change(
                    ChangeKind.SYNC_FINISHED, session.completed_at, session_id=session.id, detail=outcome_of(session)
                ),
            )

    async def unfinished(self) -> dict[SessionStatus, int]:
        query = select(_SESSION.status, func.count()).where(_UNFINISHED).group_by(_SESSION.status)
        return {SessionStatus(status): count for status, count in await self._connection.execute(query)}

    async def abandoned(self, now: datetime, limit: int) -> list[UUID]:
        query = (
            select(_SESSION.id)
            .where(_UNFINISHED, _is_free(now))
            .order_by(_SESSION.started_at, _SESSION.id)
            .limit(limit)
        )
        return list((await self._connection.execute(query)).scalars())

    async def _fenced(self, session_id: UUID, run_token: int, **values: Any) -> None:
        """Update the sync session if this run still holds it. Raises LeaseLost."""
        result = await self._connection.execute(
            update(character_sync_sessions)
            .where(_SESSION.id == session_id, _SESSION.run_token == run_token, _UNFINISHED)
            .values(**values)
        )
        if result.rowcount == 0:
            raise LeaseLost


def _is_free(now: datetime) -> Any:
    return or_(_SESSION.lease_until.is_(None), _SESSION.lease_until <= now)


def _jobs_to_do(session_id: UUID) -> Select[Any]:
    columns = characters.c
    return (
        select(
            _JOB.id,
            _JOB.character_id,
            _JOB.status,
            _JOB.crash_claims,
            columns.region,
            columns.namespace_family,
            columns.realm_id,
            columns.realm_slug,
            columns.realm_name,
            columns.name,
            columns.battle_net_id,
            columns.level,
        )
        .join(characters, columns.id == _JOB.character_id)
        .where(_JOB.session_id == session_id, _UNSETTLED)
        .order_by(_JOB.id)
    )


def _job_of(row: Row[Any], session: CharacterSyncSession, held: Mapping[Facet, HeldFacet]) -> EnrichmentJob:
    realm = Realm(row.realm_id, row.realm_slug, row.realm_name)
    address = CharacterAddress(Region(row.region), row.namespace_family, realm, row.name, row.battle_net_id)
    return EnrichmentJob(
        row.id,
        row.character_id,
        address,
        row.level,
        JobStatus(row.status),
        row.crash_claims,
        held=held,
        is_refresh=session.kind is SessionKind.CHARACTER,
        give_up_at=session.deadline_at,
    )


def session_of(row: Row[Any]) -> CharacterSyncSession:
    """Return the sync session of a row of its table."""
    fields = row._asdict()
    fields.pop("lane")
    fields.pop("lease_until")
    return CharacterSyncSession(
        **fields
        | {
            "kind": SessionKind(row.kind),
            "status": SessionStatus(row.status),
            "region": Region(row.region),
            "paused": _paused_of(row.paused),
        }
    )


def _row_of(session: CharacterSyncSession) -> dict[str, Any]:
    return {name: getattr(session, name) for name in CharacterSyncSession.__slots__} | {
        "paused": _paused_as_json(session.paused)
    }


def _paused_as_json(paused: Paused | None) -> dict[str, Any] | None:
    return asdict(paused) | {"until": paused.until.isoformat() if paused.until else None} if paused else None


def _paused_of(json: dict[str, Any] | None) -> Paused | None:
    return Paused(**json | {"until": json["until"] and datetime.fromisoformat(json["until"])}) if json else None
