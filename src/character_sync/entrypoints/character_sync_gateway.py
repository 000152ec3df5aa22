"""The Socket.IO gateway: a watcher joins a sync session and is told how it goes."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import socketio
import structlog
from socketio.exceptions import ConnectionRefusedError as SocketRefused

from character_sync.domain.errors import CharacterSyncError, InvalidRequest, Unauthenticated
from character_sync.domain.progress import Progress
from character_sync.entrypoints.following import SessionFollower
from character_sync.entrypoints.identity import Identity
from character_sync.ports import SessionSnapshot, UserId
from character_sync.schemas.events import JOIN_SESSION, LEAVE_SESSION, event_of
from character_sync.schemas.rest import Snapshot

log = structlog.get_logger()

FRAME_BYTES = 16_384  # a join is some 60 bytes
Ack = dict[str, Any]


class CharacterSyncGateway:
    """Serves watchers on one process; any number of processes may serve the same sessions."""

    def __init__(self, *, identity: Identity, follower: SessionFollower) -> None:
        self._identity = identity
        self._follower = follower
        self._watches: dict[str, dict[UUID, asyncio.Task[None]]] = {}
        self._owners: dict[str, UserId] = {}
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            transports=["websocket"],
            # Refused here is a 400 before the upgrade; who may connect at all is decided in `_connect`.
            cors_allowed_origins=self._origin_may_connect,
            max_http_buffer_size=FRAME_BYTES,
            # Left alone, the libraries would add log handlers of their own.
            logger=logging.getLogger("socketio"),
            engineio_logger=logging.getLogger("engineio"),
        )
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        for name in JOIN_SESSION:
            self.server.on(name, self._join)
        self.server.on(LEAVE_SESSION, self._leave)

    @property
    def sockets(self) -> int:
        return len(self._owners)

    def asgi(self, other: Any) -> Any:
        """Return an ASGI app that serves `/socket.io` and hands everything else to `other`."""
        return socketio.ASGIApp(self.server, other, socketio_path="socket.io")

    async def close(self) -> None:
        """End every watch."""
        watches = [task for watches in self._watches.values() for task in watches.values()]
        for task in watches:
            task.cancel()
        await asyncio.gather(*watches, return_exceptions=True)

    def _origin_may_connect(self, origin: str | None, _environ: Mapping[str, Any]) -> bool:
        return self._identity.may_bring_a_token(origin)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
        try:
            self._owners[sid] = await self._who(environ, auth)
        except Unauthenticated:
            raise SocketRefused(Unauthenticated.code) from None

    async def _who(self, environ: Mapping[str, Any], auth: object) -> UserId:
        """Return who connects: a token names its user on purpose, a cookie only from a page of ours."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is not None:
            return await self._identity.of_access_token(str(token))
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in environ["asgi.scope"]["headers"]}
        if not self._identity.is_own_page(headers):
            raise Unauthenticated
        return await self._identity.of_cookie(headers)

    async def _disconnect(self, sid: str, *_reason: object) -> None:
        self._owners.pop(sid, None)
        for task in self._watches.pop(sid, {}).values():
            task.cancel()

    async def _join(self, sid: str, data: object = None) -> Ack:
        try:
            session_id = _session_id(data)
            owner = self._owners.get(sid)
            if owner is None:  # the socket closed while its join was on the way
                raise Unauthenticated
            snapshot = await self._watch(sid, owner, session_id)
        except CharacterSyncError as error:
            return _refusal(error)
        answer = Snapshot.of_snapshot(snapshot).model_dump(mode="json", by_alias=True)
        return {"ok": True, "snapshot": answer}

    async def _leave(self, sid: str, data: object = None) -> Ack:
        try:
            session_id = _session_id(data)
        except InvalidRequest as error:
            return _refusal(error)
        task = self._watches.get(sid, {}).pop(session_id, None)
        if task is not None:
            task.cancel()
        return {"ok": True}

    async def _watch(self, sid: str, owner: UserId, session_id: UUID) -> SessionSnapshot:
        """Begin to tell a socket about a sync session and return it as it stands. Raises NotFound."""
        joined: asyncio.Future[SessionSnapshot] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._tell(sid, owner, session_id, joined), name=f"watch {session_id}")
        earlier = self._watches.setdefault(sid, {}).get(session_id)
        if earlier is not None:
            earlier.cancel()
        self._watches[sid][session_id] = task
        task.add_done_callback(lambda done: self._forget(sid, session_id, done))
        return await joined

    def _forget(self, sid: str, session_id: UUID, task: asyncio.Task[None]) -> None:
        watches = self._watches.get(sid, {})
        if watches.get(session_id) is task:
            del watches[session_id]
        if not task.cancelled() and task.exception() is not None:
            log.error("watch_failed", sync_session_id=str(session_id), exc_info=task.exception())

    async def _tell(self, sid: str, owner: UserId, session_id: UUID, joined: asyncio.Future[SessionSnapshot]) -> None:
        try:
            async with self._follower.following(owner, session_id) as (snapshot, events):
                joined.set_result(snapshot)
                async for event in events:
                    await self._emit(sid, event)
        except Exception as error:
            # Whoever joins is told now, not by a time-out, be it theirs to know or that a part of ours is gone.
            if not joined.done():
                joined.set_exception(error if isinstance(error, CharacterSyncError) else CharacterSyncError())
            if not isinstance(error, CharacterSyncError):
                raise
        finally:
            if not joined.done():
                joined.cancel()

    async def _emit(self, sid: str, progress: Progress) -> None:
        name, message = event_of(progress)
        await self.server.emit(name, message, to=sid)


def _refusal(error: CharacterSyncError) -> Ack:
    return {"ok": False, "error": {"code": error.code, "message": str(error)}}


def _session_id(data: object) -> UUID:
    """Read `{sessionId}` or a bare string. Raises InvalidRequest."""
    text = data.get("sessionId") if isinstance(data, dict) else data
    try:
        return UUID(str(text))
    except ValueError:
        raise InvalidRequest("sessionId", "sessionId must be the id of a sync session.") from None
