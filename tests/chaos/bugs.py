"""Bugs the service does not have, to be switched on in a process of the harness: each must be caught, or nothing would be."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from character_sync.adapters.database.sync_sessions import DatabaseSyncSessions
from character_sync.adapters.database.tables import character_sync_sessions
from character_sync.adapters.database.unit_of_work import DatabaseUnitOfWork
from character_sync.adapters.job_queue import DocketJobQueue
from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.sync_session import JobStatus
from character_sync.use_cases.reconcile_sync_sessions import ReconcileSyncSessions
from character_sync.use_cases.run_record import RunRecord


def no_fence() -> None:
    """Write without asking whether another run has the sync session now."""

    async def write_anyway(self: DatabaseSyncSessions, session_id: UUID, _run_token: int, **values: Any) -> None:
        table = character_sync_sessions
        await self._connection.execute(table.update().where(table.c.id == session_id).values(**values))

    DatabaseSyncSessions._fenced = write_anyway  # type: ignore[method-assign]


def publish_before_commit() -> None:
    """Tell the watchers what is not saved yet: the commit waits for the next publication, which comes first."""
    save_and_tell = RunRecord._save_and_tell

    async def tell_then_save(self: RunRecord, batch: Any) -> None:
        work, channel = self._work, self._channel
        self._work = self._channel = _TellFirst(work, channel)  # type: ignore[assignment]
        try:
            await save_and_tell(self, batch)
        finally:
            self._work, self._channel = work, channel

    RunRecord._save_and_tell = tell_then_save  # type: ignore[method-assign]


class _TellFirst:
    """Work and channel in one: what the transaction would say is published before it is committed."""

    def __init__(self, work: Any, channel: Any) -> None:
        self._work, self._channel = work, channel

    async def transaction(self, body: Any) -> Any:
        async with self._work() as work:
            write = work.sync_sessions.write

            async def tell_and_write(session: Any, **about: Any) -> None:
                await self._channel.publish([session.progress()])
                await write(session, **about)

            work.sync_sessions.write = tell_and_write
            result = await body(work)
            await work.commit()
        return result

    async def publish(self, _events: Any) -> None:
        """Nothing: they were told."""


def count_by_increment() -> None:
    """Add to the counters in a transaction of their own instead of writing what the job rows say."""
    write, commit = DatabaseSyncSessions.write, DatabaseUnitOfWork.commit
    table = character_sync_sessions

    async def write_without_counters(self: DatabaseSyncSessions, session: Any, **about: Any) -> None:
        counters = select(table.c.processed_characters, table.c.failed_characters).where(table.c.id == session.id)
        processed, failed = (await self._connection.execute(counters)).one()
        await write(self, session, **about)
        statuses = [item.enrichment.status for item in about["settled"]]
        self.uncounted = (session.id, len(statuses), statuses.count(JobStatus.FAILED))  # type: ignore[attr-defined]
        as_before = {"processed_characters": processed, "failed_characters": failed}
        await self._connection.execute(table.update().where(table.c.id == session.id).values(as_before))

    async def commit_then_count(self: DatabaseUnitOfWork) -> None:
        await commit(self)
        session_id, settled, failed = getattr(self.sync_sessions, "uncounted", (None, 0, 0))
        if session_id is None or not settled:
            return
        reached(CrashPoint.BATCH_COMMITTED)
        more = {
            table.c.processed_characters: table.c.processed_characters + settled,
            table.c.failed_characters: table.c.failed_characters + failed,
        }
        await self._connection.execute(table.update().where(table.c.id == session_id).values(more))
        await commit(self)

    DatabaseSyncSessions.write = write_without_counters  # type: ignore[method-assign, assignment]
    DatabaseUnitOfWork.commit = commit_then_count  # type: ignore[method-assign]


def lost_wake_up() -> None:
    """Lose what is put into the queue, and never look for sync sessions that nobody runs."""

    async def lose(_self: DocketJobQueue, _session_id: UUID) -> None: ...

    async def look_away(_self: ReconcileSyncSessions) -> int:
        return 0

    DocketJobQueue.submit = lose  # type: ignore[method-assign]
    ReconcileSyncSessions.execute = look_away  # type: ignore[method-assign]


BUGS: Final[dict[str, Callable[[], None]]] = {
    "no-fence": no_fence,
    "publish-before-commit": publish_before_commit,
    "count-by-increment": count_by_increment,
    "lost-wake-up": lost_wake_up,
}


def switch_on(name: str) -> None:
    """Put a bug into this process. Raises KeyError: there is no such."""
    BUGS[name]()
