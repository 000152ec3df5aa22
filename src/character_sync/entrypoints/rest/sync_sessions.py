"""Sync sessions: history, one as it stands, its events, cancel, retry."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from character_sync.domain.errors import SyncAlreadyActive, SyncSessionFinished
from character_sync.domain.progress import Progress
from character_sync.entrypoints.rest import cursors
from character_sync.entrypoints.rest.context import PAGE, Context, Cursor, Id, Limit, Owner
from character_sync.entrypoints.route_problems import may_give
from character_sync.schemas.events import event_of
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


async def _followed(context: Context, owner: Owner, session_id: Id) -> AsyncIterator[AsyncIterator[Progress]]:
    """Open the events before the answer begins, so that a foreign sync session is a 404 and not an empty stream."""
    with context.streams.taken(str(owner)):
        async with context.follower.following(owner, session_id) as events:
            yield events


@router.get("/{id}/events", response_class=EventSourceResponse)
async def sync_session_events(
    events: Annotated[AsyncIterator[Progress], Depends(_followed)],
    last_event_id: Annotated[int, Header(ge=0)] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Stream the events of a sync session, the same as over Socket.IO; `id` is `seq`.

    A reader that names the last event it has is told only what is newer, and the end in any case.
    """
    async for progress in events:
        if progress.seq > last_event_id or progress.is_final:
            name, message = event_of(progress)
            yield ServerSentEvent(event=name, id=str(progress.seq), data=message)


@router.post("/{id}/cancel", status_code=202, responses=may_give(SyncSessionFinished))
async def cancel_sync_session(context: Context, owner: Owner, session_id: Id) -> Snapshot:
    """End a sync session early. What it has saved stays."""
    return Snapshot.of_snapshot(await context.cancel_sync_session.execute(owner, session_id))


@router.post("/{id}/retry", status_code=202, responses=may_give(SyncAlreadyActive))
async def retry_sync_session(context: Context, owner: Owner, session_id: Id) -> SyncStarted:
    """Try the failed and skipped characters of a finished sync session again, in a new one."""
    started = await context.retry_sync_session.execute(owner, session_id)
    return SyncStarted(session_id=started.session_id, synced_characters=started.synced_characters)
