"""Sync sessions: history, one as it stands, cancel, retry."""

from fastapi import APIRouter

from character_sync.entrypoints.rest import cursors
from character_sync.entrypoints.rest.context import PAGE, Context, Cursor, Id, Limit, Owner
from character_sync.schemas.rest import SessionList, SessionSummary, Snapshot, SyncStarted

router = APIRouter(prefix="/api/v1/sync-sessions", tags=["sync sessions"])


@router.get("")
async def sync_sessions(context: Context, owner: Owner, cursor: Cursor = None, limit: Limit = PAGE) -> SessionList:
    """List sync sessions, newest first."""
    async with context.work.reading() as work:
        page = await work.sync_sessions.page(owner, after=cursors.time_and_id(cursor), limit=limit)
    return SessionList(
        items=[SessionSummary.of_session(session) for session in page.items],
        next_cursor=cursors.encode(*page.next_after) if page.next_after else None,
    )


@router.get("/{id}")
async def sync_session(context: Context, owner: Owner, session_id: Id) -> Snapshot:
    """Return a sync session as it stands."""
    async with context.work.reading() as work:
        return Snapshot.of_snapshot(await work.sync_sessions.snapshot(owner, session_id))


@router.post("/{id}/cancel", status_code=202)
async def cancel_sync_session(context: Context, owner: Owner, session_id: Id) -> Snapshot:
    """End a sync session early. What it has saved stays."""
    return Snapshot.of_snapshot(await context.cancel_sync_session.execute(owner, session_id))


@router.post("/{id}/retry", status_code=202)
async def retry_sync_session(context: Context, owner: Owner, session_id: Id) -> SyncStarted:
    """Try the failed and skipped characters of a finished sync session again, in a new one."""
    started = await context.retry_sync_session.execute(owner, session_id)
    return SyncStarted(session_id=started.session_id, synced_characters=started.synced_characters)
