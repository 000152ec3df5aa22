"""One request to the service and its answer, as a type or as one of the client's errors."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

import aiohttp
from pydantic import TypeAdapter, ValidationError
from yarl import URL

from character_sync import __version__
from character_sync.client.errors import AnswerUnreadable, CharacterSyncError, NotReached, refused
from character_sync.ports import Secret
from character_sync.schemas.rest import Problem

T = TypeVar("T")
Query = Mapping[str, str | int | bool | None]

ANSWER_SECONDS = 60.0  # starting a sync waits for Battle.net's list, which may take 20 s and a wait for its limits


class Requests:
    """The service's REST API as it comes over HTTP."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url

    async def ask(
        self, method: str, path: str, answer: type[T], *, body: object = None, query: Query | None = None
    ) -> T:
        """Return the answer's JSON as `answer`; what is None in `query` is left out. Raises CharacterSyncError."""
        content = await self._content(method, path, body, query or {})
        try:
            return TypeAdapter(answer).validate_json(content)
        except ValidationError as error:
            raise self._no_character_sync("it answered with something else") from error

    async def tell(self, method: str, path: str, *, body: object = None) -> None:
        """Ask for something that has no answer but that it was done. Raises CharacterSyncError."""
        await self._content(method, path, body, {})

    async def exchange(self, method: str, address: URL, body: object = None) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body; redirects are not followed, so that no token goes astray. Raises NotReached."""
        try:
            async with self.http.request(method, address, json=body, allow_redirects=False) as response:
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            why = "it takes too long" if isinstance(error, TimeoutError) else _cause(error)
            sentence = f"There is no answer at {self.url}: is the service running, and is this its address? ({why})"
            raise NotReached("not_reached", sentence) from error

    async def _content(self, method: str, path: str, body: object, query: Query) -> bytes:
        asked = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in query.items()
            if value is not None
        }
        status, headers, content = await self.exchange(method, URL(f"{self.url}{path}") % asked, body)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return content
        try:
            problem = Problem.model_validate_json(content)
        except ValidationError:
            raise self._no_character_sync(f"it answered with status {status}", status) from None
        wait = headers.get("Retry-After", "")
        raise refused(problem, timedelta(seconds=int(wait)) if wait.isdecimal() else None)

    def _no_character_sync(self, why: str, status: int | None = None) -> CharacterSyncError:
        sentence = f"There is no Character Sync at {self.url} that this client understands ({why})."
        return AnswerUnreadable("answer_unreadable", sentence, status=status)


@asynccontextmanager
async def open_requests(url: str, token: Secret | None = None) -> AsyncIterator[Requests]:
    """Open the service's REST API: with a token, or as a browser with cookies. Raises NotReached: it is no address."""
    try:
        address = URL(url)
    except ValueError:
        address = URL()
    if address.scheme not in {"http", "https"} or not address.host:
        raise NotReached("not_reached", f"{url} is not an address such as http://127.0.0.1:8000.")
    headers = {"User-Agent": f"character-sync-client/{__version__}"}
    if token:
        headers["Authorization"] = f"Bearer {token.reveal()}"
    jar = aiohttp.DummyCookieJar() if token else aiohttp.CookieJar(unsafe=True)  # unsafe: also for 127.0.0.1
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(headers=headers, cookie_jar=jar, timeout=timeout) as http:
        yield Requests(http, str(address.with_query(None).with_fragment(None)).rstrip("/"))


def _cause(error: Exception) -> str:
    """Say what went wrong as the system names it: the client library adds its own innards."""
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(inner, OSError) and inner.errno is not None and inner.errno > 0:
        return os.strerror(inner.errno)
    return str(inner) or type(inner).__name__
