"""The Socket.IO gateway: a watcher joins a sync session and is told how it goes."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

import socketio
import structlog
from engineio.exceptions import SocketIsClosedError
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
from socketio.exceptions import ConnectionRefusedError as SocketRefused
from socketio.packet import EVENT, Packet
from starlette.requests import HTTPConnection

from character_sync.domain.errors import CharacterSyncError, InvalidRequest, TooManyRequests, Unauthenticated
from character_sync.domain.progress import Progress
from character_sync.entrypoints.allowance import MinuteBucket
from character_sync.entrypoints.connections import CONNECTION, JOIN_SECONDS, Connection, Connections, SmallQueue
from character_sync.entrypoints.following import SessionFollower
from character_sync.entrypoints.gateway_metrics import GatewayMetrics
from character_sync.entrypoints.identity import Credential, Identity, access_token
from character_sync.entrypoints.outbox import Outbox
from character_sync.entrypoints.own_path import own_path
from character_sync.entrypoints.server import FRAME_BYTES
from character_sync.entrypoints.site_sign_ins import SiteSignIn
from character_sync.ports import Clock, Secret, SessionSnapshot, SignedIn, SignInChannel, UserId
from character_sync.schemas.events import JOIN_SESSION, LEAVE_SESSION, event_of
from character_sync.schemas.rest import Snapshot

log = structlog.get_logger()

EVENTS_AT_ONCE = 16  # handed over before waiting for the client to take them: some 6 kB, and few turns of the loop
LOOK_AGAIN_SECONDS = 300.0  # how often a sign-in is looked up unasked, should the notice of its end have been lost
LOOK_AFTER_FAILURE_SECONDS = 1.0  # a sign-in that is over by the clock would else be looked up without a pause
# Sign-ins looked up at the same time. After an interruption every socket's is due at once; with more than a few of the
# database's ten connections, thousands of them would keep everybody else waiting.
LOOKS_AT_ONCE = 2
# Headers that only the upgrade needed; the others, cookies among them, are asked for again when a client joins again.
HANDSHAKE = (b"sec-websocket-", b"connection", b"upgrade")
EVENTS_ENCODED = 256  # events kept encoded, so that one is encoded once for all who watch
Ack = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """What one process allows; the numbers are settings."""

    sockets_per_user: int
    sessions_per_socket: int
    joins_per_minute: int
    strangers_per_address: int
    join_seconds: float = JOIN_SECONDS


@dataclass(eq=False, slots=True)
class _Socket:
    """A connected watcher: whose it is, what it watches, what it has yet to be told."""

    owner: UserId
    credential: Credential | SiteSignIn
    engine_sid: str
    connection: Connection
    outbox: Outbox
    joins: MinuteBucket
    watched: set[UUID] = field(default_factory=set)
    sign_in: asyncio.Task[None] | None = None
    telling: asyncio.Task[None] | None = None

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        return [task for task in (self.sign_in, self.telling) if task is not None]


class _NextLook:
    """When a sign-in is looked up again: after a while, or as soon as somebody says so. One future and one timer, for
    every socket waits for it all its life.
    """

    __slots__ = ("_is_due", "_waits")

    def __init__(self) -> None:
        self._is_due = False
        self._waits: asyncio.Future[None] | None = None

    def now(self) -> None:
        self._is_due = True
        if self._waits is not None and not self._waits.done():
            self._waits.set_result(None)

    async def due(self, in_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if not self._is_due:
            self._waits, timer = loop.create_future(), loop.call_later(in_seconds, self.now)
            try:
                await self._waits
            finally:
                timer.cancel()
        self._is_due = False


class CharacterSyncGateway:
    """Serves watchers on one process; any number of processes may serve the same sessions."""

    def __init__(
        self,
        *,
        identity: Identity,
        follower: SessionFollower,
        sign_ins: SignInChannel,
        clock: Clock,
        limits: GatewayLimits,
        metrics: GatewayMetrics,
        look_again_seconds: float = LOOK_AGAIN_SECONDS,
    ) -> None:
        self._identity = identity
        self._follower = follower
        self._sign_ins = sign_ins
        self._clock = clock
        self._limits = limits
        self._metrics = metrics
        self._look_again_seconds = look_again_seconds
        self._looks = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._sockets: dict[str, _Socket] = {}
        self._sockets_of: Counter[UserId] = Counter()
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            transports=["websocket"],
            # Refused here is a 400 before the upgrade; who may connect at all is decided in `_connect`.
            cors_allowed_origins=self._origin_may_connect,
            max_http_buffer_size=FRAME_BYTES,
            # One message of a client after another: who does not take the answers is not read from.
            async_handlers=False,
            # Left alone, the libraries would add log handlers of their own.
            logger=logging.getLogger("socketio"),
            engineio_logger=logging.getLogger("engineio"),
        )
        self.connections = Connections(
            socketio.ASGIApp(self.server, socketio_path="socket.io"),
            strangers_per_address=limits.strangers_per_address,
            join_seconds=limits.join_seconds,
            metrics=metrics,
        )
        self.server.eio.create_queue = SmallQueue
        self._engine_connected = self.server.eio.handlers["connect"]
        self.server.eio.on("connect", self._connect_engine)
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        for name in JOIN_SESSION:
            self.server.on(name, self._join)
        self.server.on(LEAVE_SESSION, self._leave)
        metrics.watch(
            sockets=lambda: len(self._sockets),
            watchers=lambda: follower.watchers,
            subscriptions=lambda: follower.subscriptions,
        )

    def asgi(self, other: Any) -> Any:
        """Return an ASGI app that serves `/socket.io` and hands everything else to `other`."""
        polling = socketio.ASGIApp(self.server, socketio_path="socket.io")  # which it refuses in words of its own

        async def app(scope: Any, receive: Any, send: Any) -> None:
            path = own_path(scope) if scope["type"] in {"http", "websocket"} else ""
            if not f"{path}/".startswith("/socket.io/"):
                await other(scope, receive, send)
                return
            # engine.io looks at the path alone, whatever it is mounted at; a copy is kept as long as the socket is
            ours = scope if path == scope["path"] else {**scope, "path": path}
            await (self.connections if scope["type"] == "websocket" else polling)(ours, receive, send)

        return app

    async def close(self) -> None:
        """End every watch."""
        tasks = [task for socket in self._sockets.values() for task in socket.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(self._follower.close(), *tasks, return_exceptions=True)

    def _origin_may_connect(self, origin: str | None, _environ: Mapping[str, Any]) -> bool:
        return self._identity.may_bring_a_token(origin)

    async def _connect_engine(self, engine_sid: str, environ: Mapping[str, Any]) -> Any:
        """Let a connection know the queue that engine.io has made for it."""
        connection = environ["asgi.scope"].get(CONNECTION)
        if connection is not None:
            connection.queued = self.server.eio.sockets[engine_sid].queue
        return await self._engine_connected(engine_sid, environ)

    async def _connect(self, sid: str, environ: MutableMapping[str, Any], auth: object = None) -> None:
        scope = environ["asgi.scope"]
        # The rest of it, a class of its own for each request among that, would be kept as long as the socket is.
        environ.clear()
        environ["asgi.scope"] = scope
        scope["headers"] = [header for header in scope["headers"] if not header[0].startswith(HANDSHAKE)]
        connection: Connection = scope[CONNECTION]
        engine_sid = self.server.manager.eio_sid_from_sid(sid, "/")
        try:
            credential, signed_in = await self._let_in(scope, auth, engine_sid)
        except CharacterSyncError as error:
            raise SocketRefused(error.code) from None
        except Exception:  # an embedding site's own among them; left alone, nobody would answer the socket at all
            log.exception("socket_not_let_in")
            raise SocketRefused(CharacterSyncError.code) from None
        owner = signed_in.owner
        socket = self._sockets[sid] = _Socket(
            owner,
            credential,
            engine_sid,
            connection,
            Outbox(conflated=self._metrics.conflated.inc, filled=partial(self._begin_to_tell, sid)),
            MinuteBucket(self._limits.joins_per_minute),
        )
        self._sockets_of[owner] += 1
        self.connections.welcome(connection)
        socket.sign_in = asyncio.create_task(self._end_with_sign_in(sid, socket, signed_in), name=f"sign-in of {sid}")

    async def _let_in(
        self, scope: MutableMapping[str, Any], auth: object, engine_sid: str
    ) -> tuple[Credential | SiteSignIn, SignedIn]:
        """Return what a socket brings and whose it is.

        Raises:
            Unauthenticated: also when it closed while the rows were read, for nobody would say so again.
            TooManyRequests, DatabaseUnavailable.
        """
        credential = await self._credential(scope, auth)
        signed_in = await self._identity.use(credential)
        if self._sockets_of[signed_in.owner] >= self._limits.sockets_per_user:
            raise self._too_many("sockets_per_user", signed_in.owner)
        socket = self.server.eio.sockets.get(engine_sid)
        if socket is None or socket.closed:
            raise Unauthenticated
        return credential, signed_in

    async def _credential(self, scope: MutableMapping[str, Any], auth: object) -> Credential | SiteSignIn:
        """Return what a socket brings: a token is sent on purpose, a cookie counts only from a page of ours."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is not None:
            return access_token(Secret(str(token)))
        connection = HTTPConnection(scope)
        if not self._identity.is_own_page(connection.headers):
            raise Unauthenticated
        return await self._identity.browser_sign_in(connection)

    async def _disconnect(self, sid: str, *_reason: object) -> None:
        socket = self._sockets.pop(sid, None)
        if socket is None:
            return
        self._sockets_of[socket.owner] -= 1
        if not self._sockets_of[socket.owner]:
            del self._sockets_of[socket.owner]
        self.connections.estrange(socket.connection)
        for session_id in socket.watched:
            self._follower.leave(socket.owner, session_id, socket.outbox)
        for task in socket.tasks:
            if task is not asyncio.current_task():
                task.cancel()

    async def _join(self, sid: str, data: object = None) -> Ack:
        try:
            socket = self._sockets.get(sid)
            if socket is None:  # it closed while its join was on the way
                raise Unauthenticated
            if not socket.joins.take():
                raise self._too_many("joins_per_minute", socket.owner)
            snapshot = await self._watch(socket, _session_id(data))
        except CharacterSyncError as error:
            return _refusal(error)
        answer = Snapshot.of_snapshot(snapshot).model_dump(mode="json", by_alias=True)
        return {"ok": True, "snapshot": answer}

    async def _watch(self, socket: _Socket, session_id: UUID) -> SessionSnapshot:
        """Begin to tell a socket about a sync session and return it as it stands. Raises NotFound, TooManyRequests."""
        if session_id not in socket.watched and len(socket.watched) >= self._limits.sessions_per_socket:
            raise self._too_many("sessions_per_socket", socket.owner)
        socket.watched.add(session_id)
        try:
            return await self._follower.join(socket.owner, session_id, socket.outbox)
        except CharacterSyncError:
            socket.watched.discard(session_id)
            raise

    async def _leave(self, sid: str, data: object = None) -> Ack:
        try:
            session_id = _session_id(data)
        except InvalidRequest as error:
            return _refusal(error)
        socket = self._sockets.get(sid)
        if socket is not None:
            socket.watched.discard(session_id)
            self._follower.leave(socket.owner, session_id, socket.outbox)
        return {"ok": True}

    def _begin_to_tell(self, sid: str) -> None:
        """Have a socket told what is in its outbox, by a task that is there only as long as there is something."""
        socket = self._sockets.get(sid)
        if socket is not None and socket.telling is None:
            socket.telling = asyncio.create_task(self._tell(socket), name=f"tell {sid}")

    async def _tell(self, socket: _Socket) -> None:
        """Hand a socket its events as fast as it takes them; what it does not take yet waits, bounded, in its outbox."""
        send = partial(self.server.eio.send_packet, socket.engine_sid)
        try:
            while socket.outbox:
                await socket.connection.taken()
                for news in await socket.outbox.take(EVENTS_AT_ONCE):
                    if news.event.is_final:
                        socket.watched.discard(news.event.session_id)
                    await send(EnginePacket(MESSAGE, _frame(news.event)))
                    self._metrics.sent.inc()
                    if news.published_at is not None:
                        self._metrics.delay.observe((self._clock() - news.published_at).total_seconds())
        except SocketIsClosedError:
            pass  # which engine.io tells as well
        finally:
            socket.telling = None

    async def _end_with_sign_in(self, sid: str, socket: _Socket, signed_in: SignedIn) -> None:
        """Close a socket when the sign-in or the token it was opened with ends, wherever that is decided."""
        look = _NextLook()
        with self._sign_ins.subscribe(socket.owner, look.now):
            while True:
                await look.due(self._until_next_look(signed_in))
                try:
                    async with self._looks:
                        signed_in = await self._identity.look_up(socket.credential)
                except Unauthenticated:
                    break
                except Exception:
                    log.exception("sign_in_not_looked_up")  # the database is gone; the next look may find it again
                    await asyncio.sleep(LOOK_AFTER_FAILURE_SECONDS)
        self._metrics.closed.labels("signed_out").inc()
        log.info("socket_signed_out", user_id=str(socket.owner))
        await self.server.disconnect(sid)
        socket.connection.end(0)

    def _until_next_look(self, signed_in: SignedIn) -> float:
        if signed_in.ends_at is None:
            return self._look_again_seconds
        rest = (signed_in.ends_at - self._clock()).total_seconds()
        return min(max(rest, 0), self._look_again_seconds)

    def _too_many(self, limit: str, owner: UserId) -> TooManyRequests:
        self._metrics.refused.labels(limit).inc()
        log.warning("too_many_requests", limit=limit, user_id=str(owner))
        return TooManyRequests()


@lru_cache(maxsize=EVENTS_ENCODED)
def _frame(event: Progress) -> str:
    """Return an event as Socket.IO writes it, encoded once for everybody who watches."""
    frame: str = Packet(EVENT, data=list(event_of(event)), namespace="/").encode()
    return frame


def _refusal(error: CharacterSyncError) -> Ack:
    return {"ok": False, "error": {"code": error.code, "message": str(error)}}


def _session_id(data: object) -> UUID:
    """Read `{sessionId}` or a bare string. Raises InvalidRequest."""
    text = data.get("sessionId") if isinstance(data, dict) else data
    try:
        return UUID(str(text))
    except ValueError:
        raise InvalidRequest("sessionId", "sessionId must be the id of a sync session.") from None
