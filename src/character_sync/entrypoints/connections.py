"""WebSocket connections below Socket.IO: let in, read from only while they read, and ended when their time is over."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from character_sync.domain.errors import TooManyRequests
from character_sync.entrypoints.gateway_metrics import GatewayMetrics
from character_sync.entrypoints.problems import problem_of

log = structlog.get_logger()

# A client joins the namespace with its first message; a slow phone needs a second or two. With the 2 s a close may
# take, nothing stays for longer than 10 s without saying who it is.
JOIN_SECONDS = 8.0
CONNECTION = "character_sync.connection"  # where the connection stands in its ASGI scope

Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class SmallQueue(asyncio.Queue[Any]):
    """What engine.io queues a client's messages in: nearly always empty, and there is one for each of thousands.

    An empty deque takes 624 bytes, an empty list 56. What waits here is little: nothing is read from a client before it is taken.
    """

    def _init(self, maxsize: int) -> None:  # noqa: ARG002 - these three are what a subclass may override
        self._queue: list[Any] = []

    def _get(self) -> Any:
        return self._queue.pop(0)


class Connection:
    """One WebSocket connection, between the server and engine.io.

    engine.io queues without limit what a client is to be sent: its answers to whatever the client sends, and our events.
    Both wait here until the client has taken what was queued before.
    """

    __slots__ = ("_ends_at", "_reading", "_receive", "_send", "address", "is_gone", "is_over", "queued")

    def __init__(self, address: str, receive: Receive, send: Send) -> None:
        self.address = address
        self.is_over = False  # ended by us
        self.is_gone = False
        self._receive = receive
        self._send = send
        self._ends_at: float | None = None
        self._reading: asyncio.Timeout | None = None
        self.queued: asyncio.Queue[Any] = asyncio.Queue()  # engine.io's own, once it has one

    def end(self, in_seconds: float | None) -> None:
        """Have the connection end after so long, whatever its client does; None takes that back."""
        self._ends_at = None if in_seconds is None else asyncio.get_running_loop().time() + in_seconds
        if self._reading is not None and not self._reading.expired():
            self._reading.reschedule(self._ends_at)

    async def taken(self) -> None:
        """Wait until nothing is queued for the client but what the transport is busy with."""
        await self.queued.join()

    async def receive(self) -> Message:
        """Return the client's next message, once it has taken the answers to the earlier ones."""
        try:
            async with asyncio.timeout_at(self._ends_at) as self._reading:
                await self.taken()
                return await self._receive()
        except TimeoutError:
            self.is_over = True
            return {"type": "websocket.disconnect", "code": 1008}
        finally:
            self._reading = None

    async def send(self, message: Message) -> None:
        try:
            await self._send(message)
        except BaseException:
            self._discard()
            raise

    def _discard(self) -> None:
        """Let nobody wait for a client that is gone."""
        while not self.queued.empty():
            self.queued.get_nowait()
            self.queued.task_done()


class Connections:
    """Lets WebSocket connections in: so many strangers of one address, each of them for so long.

    A stranger has not joined the namespace, which is where a client says who it is, or has left it again.
    """

    def __init__(
        self, engine: Asgi, *, strangers_per_address: int, join_seconds: float, metrics: GatewayMetrics
    ) -> None:
        self._engine = engine
        self._strangers_per_address = strangers_per_address
        self._join_seconds = join_seconds
        self._metrics = metrics
        self._strangers: defaultdict[str, set[Connection]] = defaultdict(set)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve a connection, and put it into its scope: a copy for each would be kept as long as the socket is."""
        address = scope["client"][0] if scope.get("client") else ""
        if len(self._strangers[address]) >= self._strangers_per_address:
            log.warning("connection_refused", address=address, limit="strangers_per_address")
            self._metrics.refused.labels("strangers_per_address").inc()
            await problem_of(TooManyRequests())(scope, receive, send)
            return
        connection = Connection(address, receive, send)
        self.estrange(connection)
        try:
            scope[CONNECTION] = connection
            await self._engine(scope, connection.receive, connection.send)
        finally:
            if connection.is_over and connection in self._strangers[address]:
                self._metrics.closed.labels("never_joined").inc()
            connection.is_gone = True
            self.welcome(connection)

    def welcome(self, connection: Connection) -> None:
        """Take note that a connection has joined."""
        connection.end(None)
        strangers = self._strangers[connection.address]
        strangers.discard(connection)
        if not strangers:
            del self._strangers[connection.address]

    def estrange(self, connection: Connection) -> None:
        """Take note that a connection has not joined yet, or has left again."""
        if connection.is_gone:
            return
        connection.end(self._join_seconds)
        self._strangers[connection.address].add(connection)
