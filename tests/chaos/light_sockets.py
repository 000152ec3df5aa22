"""Socket.IO clients that cost next to nothing, thousands in one process: bare TCP, and only the frames a watcher needs."""

import asyncio
import base64
import json
import os
import socket
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

LITTLE: Final = 4_096  # receive buffer of one who stalls: the least Linux gives, so that it is soon felt
_EXTENDED, _LARGE = 126, 127  # lengths that announce a longer length
_TEXT, _PING, _PONG = 0x1, 0x9, 0xA
_SHORT, _MEDIUM, _LONG = 2, 4, 10  # bytes before the data of a frame

Hear = Callable[[bytes], None]


class LightSocket(asyncio.Protocol):
    """Connects, joins one sync session, answers pings and hands events on; `joined` says when, or why not."""

    __slots__ = ("_buffer", "_hear", "_host", "_session_id", "_token", "_upgraded", "joined", "transport")

    def __init__(self, host: str, token: str, session_id: str, hear: Hear) -> None:
        self._host, self._token, self._session_id, self._hear = host, token, session_id, hear
        self._buffer = b""
        self._upgraded = False
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment] # a stream's
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        if not self._upgraded:
            head, end, buffer_after = buffer.partition(b"\r\n\r\n")
            if not end:
                self._buffer = buffer
                return
            self._upgraded, buffer = True, buffer_after
            if b" 101 " not in head.partition(b"\r\n")[0] + b" ":
                self._fail(head.decode())
        begin = 0
        while (frame := _frame(buffer, begin)) is not None:
            opcode, (text, begin) = buffer[begin] & 0x0F, frame
            if opcode == _PING:
                self._send(text, _PONG)
            else:
                self._take(text)
        self._buffer = buffer[begin:]

    def _take(self, text: bytes) -> None:
        if text.startswith(b"42"):
            self._hear(text)
        elif text == b"2":
            self._send(b"3")
        elif text.startswith(b"0"):
            self._send(b"40" + json.dumps({"token": self._token}).encode())
        elif text.startswith(b"40"):
            self._send(f'420["join-session","{self._session_id}"]'.encode())
        elif text.startswith(b'430[{"ok":true') and not self.joined.done():
            self.joined.set_result(None)
        else:
            self._fail(text.decode(errors="replace"))

    def _fail(self, why: str) -> None:
        if not self.joined.done():
            self.joined.set_exception(ConnectionError(why))

    def _send(self, data: bytes, opcode: int = _TEXT) -> None:
        """Send a frame with a mask of zeros."""
        size = bytes([0x80 | len(data)]) if len(data) < _EXTENDED else bytes([0xFE]) + len(data).to_bytes(2, "big")
        self.transport.write(bytes([0x80 | opcode]) + size + b"\0\0\0\0" + data)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"closed: {error}")


def _frame(buffer: bytes, begin: int) -> tuple[bytes, int] | None:
    """Return the data of the frame at `begin` and where the next one begins; None while it is not whole."""
    if len(buffer) < begin + _SHORT:
        return None
    length, head = buffer[begin + 1] & 0x7F, _SHORT
    if length == _EXTENDED:
        length, head = int.from_bytes(buffer[begin + 2 : begin + _MEDIUM], "big"), _MEDIUM
    elif length == _LARGE:
        length, head = int.from_bytes(buffer[begin + 2 : begin + _LONG], "big"), _LONG
    end = begin + head + length
    return (buffer[begin + head : end], end) if len(buffer) >= end else None


async def joined(url: str, token: str, session_id: str, hear: Hear, *, little: bool = False) -> LightSocket:
    """Return a socket that watches a sync session; with `little`, one in whose path to us hardly anything fits.

    Raises ConnectionError: it was refused, and is closed.
    """
    address = urlsplit(url)
    connection = socket.socket()
    connection.setblocking(False)
    if little:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, (address.hostname, address.port))
    _, light = await loop.create_connection(
        lambda: LightSocket(address.netloc, token, session_id, hear), sock=connection
    )
    try:
        await light.joined
    except ConnectionError:
        light.transport.abort()
        raise
    return light
