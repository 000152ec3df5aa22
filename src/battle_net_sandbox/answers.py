"""One answer of the API as bytes and headers, and the memory that builds each of them only once."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Hashable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from battle_net_sandbox.clock import http_date
from battle_net_sandbox.locales import Json

JSON_TYPE: Final = "application/json;charset=UTF-8"
_ZIP_FROM: Final = 1_024  # bytes; smaller bodies gain nothing
_MOST_REMEMBERED: Final = 256 << 20  # bytes of bodies
_MOST_ANSWERS: Final = 200_000


class Answer:
    """A status, a body and the headers Battle.net sends with it. `last_modified` is in seconds since 1970."""

    __slots__ = ("_headers", "_zipped", "body", "last_modified", "status")

    def __init__(
        self,
        body: bytes,
        *,
        status: int = 200,
        content_type: str = JSON_TYPE,
        namespace: str = "",
        schema: str = "",
        revision: int = 0,
        last_modified: int | None = None,
        max_age: int | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.last_modified = last_modified
        self._zipped: bytes | None = None
        self._headers = CIMultiDict(
            {
                "Content-Type": content_type,
                "vary": "accept-encoding",
                "x-frame-options": "SAMEORIGIN",
                "X-Content-Type-Options": "nosniff",
            }
        )
        if namespace:
            self._headers["Battlenet-Namespace"] = namespace
        if schema:
            self._headers["Battlenet-Schema"] = schema
            self._headers["Battlenet-Schema-Revision"] = str(revision)
        if last_modified is not None:
            self._headers["Last-Modified"] = http_date(last_modified)
        if max_age is not None:
            self._headers["Cache-Control"] = f"public, max-age={max_age}"

    def response(self, request: web.BaseRequest, date: str) -> web.Response:
        """The answer to one request: 304 if it is known already, compressed if that is welcome and worth it."""
        headers = self._headers.copy()
        headers["Date"] = date
        asked = request.headers
        since = asked.get("If-Modified-Since")
        if since is not None and self.last_modified is not None and self._known(since):
            del headers["Content-Type"]
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        if len(self.body) >= _ZIP_FROM and "gzip" in asked.get("Accept-Encoding", ""):
            if self._zipped is None:
                self._zipped = gzip.compress(self.body, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
            return web.Response(status=self.status, body=self._zipped, headers=headers)
        return web.Response(status=self.status, body=self.body, headers=headers)

    def _known(self, since: str) -> bool:
        if since == self._headers["Last-Modified"]:
            return True
        try:
            return self.last_modified is not None and self.last_modified <= parsedate_to_datetime(since).timestamp()
        except (TypeError, ValueError):
            return False


def json_bytes(value: Json) -> bytes:
    """JSON as Battle.net writes it: no blanks, UTF-8 unescaped."""
    return msgspec.json.encode(value)


def error(status: int, detail: str | None = None, *, namespace: str = "") -> Answer:
    """Battle.net's error body: `{"code":404,"type":"BLZWEBAPI00000404","detail":"Not Found"}`."""
    phrase = detail or HTTPStatus(status).phrase
    body = json_bytes({"code": status, "type": f"BLZWEBAPI{status:08}", "detail": phrase})
    return Answer(body, status=status, namespace=namespace)


class AnswerMemory:
    """Remembers answers until the world changes; forgets all of them rather than growing past 256 MiB of bodies."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Answer] = {}
        self._size = 0

    def get(self, key: Hashable, build: Callable[[], Answer]) -> Answer:
        """The answer under a key, built if it is not remembered."""
        answer = self._answers.get(key)
        if answer is None:
            answer = build()
            if self._size + len(answer.body) > _MOST_REMEMBERED or len(self._answers) >= _MOST_ANSWERS:
                self.clear()
            self._answers[key] = answer
            self._size += len(answer.body)
        return answer

    def clear(self) -> None:
        """Forget everything: the world has changed."""
        self._answers.clear()
        self._size = 0
