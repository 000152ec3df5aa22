"""What a request may be at most, looked at before anything is spent on it: who asks, database, or our own JSON reader."""

import asyncio
import re
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from character_sync.domain.errors import TooManyRequests
from character_sync.entrypoints.own_path import own_path
from character_sync.entrypoints.problems import problem, problem_of
from character_sync.entrypoints.rate_limits import RateLimit, network_of

LARGEST_BODY: Final = 65_536  # bytes; our longest request is a few hundred
SLOWEST_BODY: Final = 10.0  # seconds in which a body must have come; 64 KiB at modem speed
LARGEST_HEADERS: Final = 16_384  # bytes; browsers send some 2,000, cookies of a whole site included
LONGEST_ADDRESS: Final = 8_192  # bytes of path and query; a state and a code of Battle.net's are some 300
MOST_PARAMETERS: Final = 32  # the busiest route has five
DEEPEST_JSON: Final = 16  # our bodies are one deep; Python's reader gives up, with an error of ours, at some 1,000

SIGN_IN: Final = "/auth/battle-net/"
COUNTED: Final = ("/api/", "/auth/")  # the page's files and the operator's own checks cost next to nothing

_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_JSON_TYPE: Final = re.compile(r'application/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?', re.IGNORECASE)


class RequestLimits:
    """Refuses what is too much; what is left is handed on with its body already here."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        per_address: RateLimit,
        sign_ins_per_address: RateLimit,
        body_seconds: float = SLOWEST_BODY,
    ) -> None:
        self._app = app
        self._body_seconds = body_seconds
        self._per_address = per_address
        self._sign_ins_per_address = sign_ins_per_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._too_often(scope) or _too_much(scope)
        if refusal is None:
            body = await _body(scope, receive, self._body_seconds)
            if isinstance(body, bytes):
                await self._app(scope, _replay(body, receive), send)
                return
            refusal = body
        await refusal(scope, receive, send)

    def _too_often(self, scope: Scope) -> Response | None:
        path = own_path(scope)
        if not path.startswith(COUNTED):
            return None
        address = network_of(scope["client"][0]) if scope.get("client") else ""
        try:
            self._per_address.take(address)
            if path.startswith(SIGN_IN):
                self._sign_ins_per_address.take(address)
        except TooManyRequests as error:
            return problem_of(error)
        return None


def _too_much(scope: Scope) -> Response | None:
    query: bytes = scope["query_string"]
    if len(scope.get("raw_path") or b"") + len(query) > LONGEST_ADDRESS:
        return problem(HTTPStatus.REQUEST_URI_TOO_LONG, "address_too_long", "The address is too long.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_HEADERS:
        return problem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large", "The headers are too large.")
    if query.count(b"&") >= MOST_PARAMETERS:
        return problem(HTTPStatus.BAD_REQUEST, "invalid_request", "There are too many parameters in the address.")
    return None


async def _body(scope: Scope, receive: Receive, seconds: float) -> bytes | Response:
    """Return the whole body, or why it is refused."""
    headers = Headers(scope=scope)
    too_large = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "The body is larger than 64 KiB.")
    said = headers.get("content-length", "0")
    if not said.isdigit() or int(said[:9]) > LARGEST_BODY:
        return too_large
    pieces, size = [], 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                piece = message.get("body", b"")
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST_BODY:
                    return too_large
                if not message.get("more_body"):
                    break
    except TimeoutError:
        return problem(HTTPStatus.REQUEST_TIMEOUT, "request_timeout", "The body took too long to come.")
    body = b"".join(pieces)
    return _unreadable(headers, body) or body


def _unreadable(headers: Headers, body: bytes) -> Response | None:
    if not body:
        return None
    if not _JSON_TYPE.fullmatch(headers.get("content-type", "")):
        detail = "A body has to be application/json, in UTF-8."
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    if headers.get("content-encoding", "identity").lower() != "identity":
        detail = "A body has to come as it is, not compressed."
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    if is_deeper_than(body, DEEPEST_JSON):
        return problem(HTTPStatus.BAD_REQUEST, "invalid_request", "The body is nested too deeply.", field="body")
    return None


def is_deeper_than(body: bytes, most: int) -> bool:
    """Whether JSON opens more than `most` brackets inside each other. Looks at brackets only, outside of strings."""
    depth = 0
    for byte in _STRING.sub(b"", body):
        if byte in b"[{":
            depth += 1
            if depth > most:
                return True
        elif byte in b"]}":
            depth -= 1
    return False


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body once, and after it what the server still has to say."""
    is_given = False

    async def replayed() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
