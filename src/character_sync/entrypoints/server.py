"""Serves an ASGI app on one address until the process is told to stop."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
import uvicorn

from character_sync.domain.errors import NotReady
from character_sync.entrypoints.http_protocol import BoundedHttpProtocol

log = structlog.get_logger()

Asgi = Callable[[Any, Any, Any], Awaitable[None]]

LAST_WORDS_SECONDS = 3  # how long a stop waits for answers in progress; open sockets would hold it for ever
FRAME_BYTES = 16_384  # the longest message a WebSocket client may send; a join is some 60 bytes
CLOSING_SECONDS = 2.0  # for a WebSocket we have closed to be closed by its client too; uvicorn would wait for 10 s
BACKLOG = 2048  # uvicorn's own default


def listen(host: str, port: int, *, chosen_by: str = "--port") -> socket.socket:
    """Take the address; port 0 takes any free one. Raises NotReady: it is taken, or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle off only for sockets that say they are TCP; on, every answer takes 40 ms more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        why = error.strerror or str(error)
        raise NotReady(f"{host}:{port} cannot be used ({why}): choose another with {chosen_by}.") from error
    listener.setblocking(False)
    return listener


def stop_signal() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set instead of ending the process, so that it can put things away."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def cutting_off_slow_readers(app: Asgi, told: Callable[[], None], *, seconds: float) -> Asgi:
    """Return `app` with a time limit on every write: whoever does not take it in time is disconnected, `told` is called.

    uvicorn waits for a full connection for ever, and a connection closed in the ordinary way stays until its last byte
    is taken. What holds the connection is what its `send` is a method of; there is no other way to it.
    """

    async def limited(scope: Any, receive: Any, send: Any) -> None:
        transport: asyncio.WriteTransport | None = getattr(getattr(send, "__self__", None), "transport", None)

        async def send_in_time(message: Any) -> None:
            try:
                async with asyncio.timeout(seconds):
                    await send(message)
            except TimeoutError:
                told()
                log.warning("slow_reader_cut_off", path=scope["path"])
                if transport is not None:
                    transport.abort()
                raise

        try:
            await app(scope, receive, send_in_time)
        finally:
            if transport is not None and scope["type"] == "websocket":
                asyncio.get_running_loop().call_later(CLOSING_SECONDS, transport.abort)

    return limited


class _Server(uvicorn.Server):
    """A server that says when it answers and leaves signals to `stop_signal`.

    uvicorn raises a caught signal again when it is done, which would end the process before leases are given back.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: Any, listener: socket.socket, *, ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Serve until `stop` is set; `ready` is called once requests are answered."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        http=BoundedHttpProtocol,
        proxy_headers=False,  # it would believe whoever is on this machine; `client_address` believes whom it is told to
        timeout_graceful_shutdown=LAST_WORDS_SECONDS,
        ws_max_size=FRAME_BYTES,
        ws_ping_interval=None,  # engine.io pings every socket of its own accord; twice costs thousands of timers
        ws_per_message_deflate=False,  # saves a zlib context per socket; our frames are too short to gain
    )
    server = _Server(config, ready)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="server")
    stopping = asyncio.create_task(stop.wait(), name="stop signal")
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving
