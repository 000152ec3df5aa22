"""Gives every request an id: in its log lines, in its answer, and in the problem document when something went wrong."""

import re
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
# What proxies and gateways make: UUIDs, hex, base64 and its like. Anything else might be written by somebody who
# wants to be found in our logs.
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}")


def request_id() -> str | None:
    """Return the id of the request that is being answered."""
    found: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return found


class RequestIds:
    """Wraps an ASGI app from the outside, so that the answer to an error nobody foresaw has its id too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = Headers(scope=scope).get(HEADER, "")
        this = told if _SANE.fullmatch(told) else uuid4().hex

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = this
            await send(message)

        # Not unbound afterwards: the server logs what escapes from here, and each request has a context of its own.
        structlog.contextvars.bind_contextvars(request_id=this)
        await self._app(scope, receive, send_with_id)
