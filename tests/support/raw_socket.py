"""A Socket.IO client by hand, on bare TCP: it does only what it is told, also what no library would."""

import asyncio
import base64
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

CLOSE = 0x8
RECEIVE_BUFFER = 4_096  # the least Linux gives, so that whoever does not read is soon felt


class RawSocket:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.status = 0

    async def send(self, text: str, *, opcode: int = 0x1) -> None:
        """Send a text frame with a mask of zeros."""
        data = text.encode()
        length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + len(data).to_bytes(2, "big")
        self.writer.write(bytes([0x80 | opcode]) + length + b"\0\0\0\0" + data)
        await self.writer.drain()

    async def read(self) -> tuple[int, bytes]:
        """Return the next frame: its opcode and data."""
        first, length = await self.reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await self.reader.readexactly(2), "big")
        elif length == 127:
            length = int.from_bytes(await self.reader.readexactly(8), "big")
        return first & 0x0F, await self.reader.readexactly(length)

    async def until_closed(self) -> None:
        """Read until the server closes, however it does that."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while (await self.read())[0] != CLOSE:
                pass

    async def until_gone(self) -> None:
        """Wait until the server has dropped the connection, without a word of ours."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(65_536):
                pass

    async def connect(self, token: str) -> Any:
        """Join the namespace; return what the server says to it."""
        await self.read()  # engine.io's OPEN
        await self.send("40" + json.dumps({"token": token}))
        return (await self.read())[1].decode()


@asynccontextmanager
async def raw_socket(url: str) -> AsyncIterator[RawSocket]:
    """Open a WebSocket to the gateway, and nothing more."""
    address = urlsplit(url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (address.hostname, address.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=RECEIVE_BUFFER)
    raw = RawSocket(reader, writer)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    raw.status = int(head.split()[1])
    try:
        yield raw
    finally:
        writer.transport.abort()
