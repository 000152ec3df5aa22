"""A wire to Redis that can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.engine import make_url


class Wire:
    """Stands between a client and its Redis, and can hold back what the client says, or cut every connection."""

    def __init__(self, redis_url: str) -> None:
        self._redis = make_url(redis_url)
        self.flows = asyncio.Event()
        self.flows.set()
        self.is_cut = False
        self.held = asyncio.Event()
        self.refused = asyncio.Event()
        self._connections: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            yield self._redis.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        finally:
            self.flows.set()
            server.close()
            self.cut()

    def cut(self) -> None:
        for connection in self._connections:
            connection.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            self.refused.set()
            writer.close()
            return
        there, back = await asyncio.open_connection(self._redis.host, self._redis.port)
        self._connections |= {writer, back}
        await asyncio.gather(self._pass_on(reader, back, holds=True), self._pass_on(there, writer, holds=False))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, holds: bool) -> None:
        try:
            while data := await reader.read(65_536):
                if holds and not self.flows.is_set():
                    self.held.set()
                    await self.flows.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
