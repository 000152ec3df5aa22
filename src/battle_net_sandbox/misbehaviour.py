"""Answers that go wrong on the wire: late, slow, cut short, endless or never."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web

from battle_net_sandbox.answers import JSON_TYPE, error, json_bytes
from battle_net_sandbox.faults import Faults, Respond

_CHUNK: Final = 1 << 16  # bytes
_GZIP_WINDOW: Final = 31


class Misbehaviour:
    """Carries out what a fault rule says. `closing` ends answers that would hang for ever."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Let go of every hanging request."""
        self._closing.set()

    def status(self, respond: Respond, true_answer: web.Response) -> int:
        """The status the answer will have."""
        return _replacement(respond).status if respond.replaces else true_answer.status

    async def carry_out(self, request: web.Request, respond: Respond, true_answer: web.Response) -> web.StreamResponse:
        """Answer a request the way a rule says; `true_answer` stands where the rule replaces nothing."""
        if respond.delay_ms:
            await self._faults.hold_back(respond.delay_ms / 1_000)
        if respond.hang is True:
            await self._closing.wait()
            _cut(request)
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        response = _replacement(respond) if respond.replaces else true_answer
        body = response.body if isinstance(response.body, bytes) else b""
        if respond.gzip and respond.body_bytes is None and "Content-Encoding" not in response.headers:
            body = gzip.compress(body, mtime=0)
            response.headers["Content-Encoding"] = "gzip"
            response.body = body
        if respond.body_bytes is not None:
            return await _stream(request, response, _blanks(respond.body_bytes, zipped=respond.gzip), respond)
        if respond.hang == "afterHeaders" or respond.truncate or respond.bytes_per_second:
            return await self._partly(request, response, body, respond)
        return response

    async def _partly(
        self, request: web.Request, like: web.Response, body: bytes, respond: Respond
    ) -> web.StreamResponse:
        stream = _stream_like(like)
        stream.content_length = max(len(body), 1)
        await stream.prepare(request)
        if respond.hang == "afterHeaders":
            await self._closing.wait()
            _cut(request)
            return stream
        cut_at = len(body) // 2 if respond.truncate is True else int(respond.truncate)
        sent = body[:cut_at] if respond.truncate else body
        if respond.bytes_per_second:
            for start in range(len(sent)):
                await stream.write(sent[start : start + 1])
                await asyncio.sleep(1 / respond.bytes_per_second)
        elif sent:
            await stream.write(sent)
        if respond.truncate:
            _cut(request)
        return stream


def _replacement(respond: Respond) -> web.Response:
    status = respond.status or (HTTPStatus.FOUND if respond.redirect else HTTPStatus.OK)
    if respond.body is msgspec.UNSET:
        body = error(status).body if status >= HTTPStatus.BAD_REQUEST else b""
    else:
        body = respond.body.encode() if isinstance(respond.body, str) else json_bytes(respond.body)
    headers = {"Content-Type": respond.content_type or JSON_TYPE}
    if respond.retry_after is not None:
        headers["Retry-After"] = str(respond.retry_after)
    if respond.redirect is not None:
        headers["Location"] = respond.redirect
    return web.Response(status=status, body=body, headers=headers)


def _stream_like(response: web.Response) -> web.StreamResponse:
    headers = response.headers.copy()
    headers.popall("Content-Length", None)
    return web.StreamResponse(status=response.status, headers=headers)


async def _stream(
    request: web.Request, like: web.Response, chunks: AsyncIterator[bytes], respond: Respond
) -> web.StreamResponse:
    if respond.gzip:
        like.headers["Content-Encoding"] = "gzip"
    stream = _stream_like(like)
    await stream.prepare(request)
    async for chunk in chunks:
        await stream.write(chunk)
        if respond.bytes_per_second:
            await asyncio.sleep(len(chunk) / respond.bytes_per_second)
    await stream.write_eof()
    return stream


async def _blanks(count: int, *, zipped: bool) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(wbits=_GZIP_WINDOW) if zipped else None
    blank = b" " * _CHUNK
    while count > 0:
        piece = blank[: min(count, _CHUNK)]
        count -= len(piece)
        packed = packer.compress(piece) if packer else piece
        if packed:
            yield packed
        else:
            await asyncio.sleep(0)
    if packer:
        yield packer.flush()


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
