"""A way to a service that can be cut: TCP connections end without a goodbye, as when a network goes away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Door:
    """Passes bytes on. `url` is known before there is anything behind it."""

    def __init__(self) -> None:
        self.url = ""
        self._port = 0
        self._open: set[asyncio.StreamWriter] = set()

    def lead_to(self, url: str) -> None:
        self._port = int(url.rpartition(":")[2])

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._open |= {writer, far_writer}
        await asyncio.gather(self._pipe(reader, far_writer), self._pipe(far_reader, writer))
        self._open -= {writer, far_writer}

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
        writer.close()

    def cut(self) -> None:
        """Cut every connection there is; new ones go through."""
        for writer in self._open:
            writer.close()
        self._open.clear()


@asynccontextmanager
async def open_door() -> AsyncIterator[Door]:
    door = Door()
    server = await asyncio.start_server(door.pass_on, "127.0.0.1", 0)
    async with server:
        door.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield door
        door.cut()
