"""The headers that every answer leaves with, so that no browser makes more of it than it is."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from character_sync.entrypoints.own_path import own_path

# What a player gets is nobody else's to keep. The page's files are everybody's, and say themselves how long they last.
PERSONAL = ("/api/", "/auth/")
HSTS = "max-age=31536000"  # a year; not for subdomains, which may be others' and without https

_EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


class ResponseHeaders:
    """Adds them to what has none of its own: the page brings a wider policy."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._defaults = _EVERY_ANSWER | ({"Strict-Transport-Security": HSTS} if is_https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_personal = own_path(scope).startswith(PERSONAL)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._defaults.items():
                    headers.setdefault(name, value)
                if is_personal:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)
