"""Watches a sync session to its end. Events tell how it goes; its row, read after a silence, is the truth."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from uuid import UUID

import aiohttp
import socketio
from pydantic import ValidationError
from socketio.exceptions import SocketIOError
from yarl import URL

from character_sync.client.errors import CharacterSyncError, NotFound, SyncFailed, Unauthenticated
from character_sync.client.requests import Requests
from character_sync.ports import Secret
from character_sync.schemas.events import (
    JOIN_SESSION,
    SYNC_COMPLETE,
    SYNC_ERROR,
    SYNC_PROGRESS,
    SyncError,
    SyncProgress,
)
from character_sync.schemas.rest import Snapshot

SILENCE_SECONDS = 10.0  # a run reports as often; after a longer silence the row is read
RECONNECT_SECONDS = 1.0  # short beside a restart of the service, long enough not to hammer it
GOODBYE_SECONDS = 2.0  # closing a socket politely is worth no more of anybody's time
ENDED = frozenset({"completed", "cancelled"})

News = asyncio.Queue[SyncProgress | SyncError | None]
"""What the socket has brought; None where it cannot tell and the row is to be read."""


async def watch(
    requests: Requests, token: Secret, session_id: UUID, *, on_connection: Callable[[bool], None]
) -> AsyncGenerator[SyncProgress, None]:
    """Yield each newer state of a sync session and last the one in which it ended.

    Raises:
        SyncFailed: it failed as a whole.
        NotFound, Unauthenticated: it cannot be watched. Any other trouble is waited out.
    """
    news: News = asyncio.Queue()
    joined = asyncio.create_task(_stay_joined(requests, token, session_id, news, on_connection))
    seq = -1
    try:
        while True:
            state = await _next(requests, session_id, news)
            if state is None:
                continue
            if isinstance(state, SyncError):
                raise SyncFailed(state)
            has_ended = state.status in ENDED
            if state.seq <= seq and not has_ended:
                continue
            seq = state.seq
            yield state
            if has_ended:
                return
    finally:
        await _end(joined)


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel a task until it ends: before Python 3.12 `asyncio.wait_for`, in libraries too, drops a cancellation that comes with
    what it waits for, and whoever pressed Ctrl-C would wait for ever.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=GOODBYE_SECONDS)
    await asyncio.gather(task, return_exceptions=True)  # what it ended with is nobody's concern any more


async def _next(requests: Requests, session_id: UUID, news: News) -> SyncProgress | SyncError | None:
    """Return what the socket brings next, or after a silence what the row says; None when it cannot say now."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SILENCE_SECONDS):
            told = await news.get()
            if told is not None:
                return told
    try:
        row = await requests.ask("GET", f"/api/v1/sync-sessions/{session_id}", Snapshot)
    except (NotFound, Unauthenticated):
        raise
    except CharacterSyncError:
        return None
    if row.status == "failed":
        return SyncError(
            session_id=row.session_id,
            error=row.error or "The sync failed.",
            code=row.code or "internal_error",  # a service from before it said so
            seq=row.seq,
        )
    return SyncProgress(**{name: getattr(row, name) for name in SyncProgress.model_fields})


async def _stay_joined(
    requests: Requests, token: Secret, session_id: UUID, news: News, on_connection: Callable[[bool], None]
) -> None:
    """Keep a socket joined to the sync session; each join brings its state, so nothing has to be caught up with."""
    while True:
        lost = asyncio.Event()
        client = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=requests.http)
        for name in (SYNC_PROGRESS, SYNC_COMPLETE, SYNC_ERROR):
            client.on(name, lambda message, name=name: news.put_nowait(_read(name, message)))
        client.on("disconnect", lambda *_reason, lost=lost: lost.set())
        try:
            await client.connect(
                requests.url,
                auth={"token": token.reveal()},
                transports=["websocket"],
                wait_timeout=SILENCE_SECONDS,  # a busy service is slow, not gone
                socketio_path=f"{URL(requests.url).path.strip('/')}/socket.io".lstrip("/"),
            )
            answer = await client.call(JOIN_SESSION[0], {"sessionId": str(session_id)}, timeout=SILENCE_SECONDS)
            if answer.get("ok"):
                on_connection(True)
                await lost.wait()
        except (SocketIOError, aiohttp.ClientError, OSError, ValueError):
            pass  # the rows tell meanwhile
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(client.disconnect(), GOODBYE_SECONDS)
        on_connection(False)
        news.put_nowait(None)
        await asyncio.sleep(RECONNECT_SECONDS)


def _read(name: str, message: object) -> SyncProgress | SyncError | None:
    """Return an event as its type; one that is none has the row be read."""
    try:
        return (SyncError if name == SYNC_ERROR else SyncProgress).model_validate(message)
    except ValidationError:
        return None
