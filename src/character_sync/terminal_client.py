"""A terminal's client of a running service: starts a sync, watches it live, shows what came of it.

It knows the service only by its public API. Events tell how a sync goes; its row, read after a silence, is the truth.
"""

import asyncio
import io
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from ipaddress import ip_address

import aiohttp
import socketio
from rich.console import Console
from socketio.exceptions import SocketIOError
from yarl import URL

from character_sync import __version__
from character_sync.ports import Secret
from character_sync.schemas.events import JOIN_SESSION, SYNC_COMPLETE, SYNC_ERROR, SYNC_PROGRESS, SyncProgress
from character_sync.terminal_views import JsonView, LineView, LiveView, Message, View, aside, plain, show_characters

SILENCE_SECONDS = 10.0  # a run reports as often; after a longer silence the row is read
RECONNECT_SECONDS = 1.0  # short beside a restart of the service, long enough not to hammer it
ANSWER_SECONDS = 60.0  # starting a sync waits for Battle.net's list, which may take 20 s and a wait for its limits
GOODBYE_SECONDS = 2.0  # closing a socket politely is worth no more of the player's time
PAGE = 200  # the largest page the service gives
LONGEST_WAY = 10  # redirects; a sign-in takes three


class CannotStart(Exception):
    """What keeps a sync from starting, in a sentence for the person at the terminal."""


class _Refused(CannotStart):
    """The service answered, and its answer was no."""

    def __init__(self, sentence: str, status: int, problem: Message) -> None:
        super().__init__(sentence)
        self.status = status
        self.problem = problem


async def sync_and_watch(
    url: str, token: Secret | None, game_version: str, region: str | None, *, as_json: bool = False
) -> bool:
    """Start a sync, or join the one that runs, and watch it to its end. Return whether something failed.

    Raises:
        CannotStart: the service cannot be reached, or refuses.
    """
    if not token:
        raise CannotStart(
            "There is no token: create one on the page, or for the sandbox with `character-sync login --account six`, "
            "and pass it with --token or CHARACTER_SYNC_TOKEN."
        )
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a name no code page of this terminal holds must not end the watch
    async with _service(url, token) as service:
        session_id = await _begin(service, game_version, region)
        view = JsonView() if as_json else LiveView() if sys.stdout.isatty() else LineView()
        try:
            with view:
                name, last = await _watch(service, token, session_id, view)
        except asyncio.CancelledError:
            aside("Stopped watching. The sync goes on in the background; the same command watches it again.")
            raise
        if name == SYNC_ERROR:
            aside(plain(last["error"]))
            return True
        if not as_json:
            await _show_characters(service, session_id, view.console)
        return last["status"] != "completed" or bool(last["failedCharacters"])


async def sign_in_at_sandbox(url: str, account: str, name: str) -> Secret:
    """Sign in as one of the sandbox's accounts and return a new personal access token.

    Raises:
        CannotStart: the service cannot be reached, uses the real Battle.net, or has no such account.
    """
    no_sandbox = (
        f"This service does not use the sandbox: sign in on its page, {url}, and create a token there for `sync`."
    )
    async with _service(url) as service:
        way = URL(service.url) / "auth/battle-net/login"
        way %= {"login_hint": account, "prompt": "none", "returnTo": "/api/v1/me"}
        headers: Mapping[str, str] = {"Location": str(way)}
        hops = 0
        while "Location" in headers and hops <= LONGEST_WAY:
            way, hops = way.join(URL(headers["Location"], encoded=True)), hops + 1
            if not _is_near(way.host, URL(service.url).host):
                raise CannotStart(no_sandbox)
            if way.query.get("error") == "login_required":
                raise CannotStart(
                    f"The sandbox has no account {account!r}; six, sixty, mixed and empty are always there."
                )
            if way.path == "/auth/battle-net/callback" and way.origin() != URL(service.url).origin():
                raise CannotStart(f"This service goes by the address {way.origin()}: pass that with --url.")
            _, headers, _ = await service.exchange("GET", way)
        if "html" in headers.get("Content-Type", ""):
            raise CannotStart(no_sandbox)
        await service.ask("GET", "/api/v1/me")
        return Secret(str((await service.ask("POST", "/api/v1/me/tokens", body={"name": name}))["token"]))


class _Service:
    """The service's REST API."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url

    async def exchange(self, method: str, address: URL, body: object = None) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body; redirects are not followed, so that no token goes astray."""
        try:
            async with self.http.request(method, address, json=body, allow_redirects=False) as response:
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            why = "it takes too long" if isinstance(error, TimeoutError) else plain(_cause(error))
            raise CannotStart(
                f"There is no answer at {self.url}: is the service running, and is --url right? ({why})"
            ) from error

    async def ask(self, method: str, path: str, *, body: object = None, **query: str | int) -> Message:
        """Return the answer's JSON. Raises CannotStart."""
        status, headers, content = await self.exchange(method, URL(f"{self.url}{path}") % query, body)
        try:
            answer = json.loads(content) if "json" in headers.get("Content-Type", "") else None
        except ValueError:
            answer = None
        if status < HTTPStatus.MULTIPLE_CHOICES and isinstance(answer, dict):
            return answer
        if not isinstance(answer, dict) or "detail" not in answer:
            sentence = f"There is no Character Sync at {self.url} (it answered with status {status}): is --url right?"
            raise _Refused(sentence, status, {})
        sentence = plain(str(answer["detail"]))
        if status == HTTPStatus.UNAUTHORIZED:
            sentence = "The token is not accepted: it is wrong, has ended or was deleted. Create one on the page."
        if "signInUrl" in answer:
            sentence += f" ({URL(self.url).join(URL(answer['signInUrl']))})"
        raise _Refused(sentence, status, answer)

    async def row(self, session_id: str) -> Message | None:
        """Return the sync session as it stands; None when the service cannot say now. Raises CannotStart."""
        try:
            return await self.ask("GET", f"/api/v1/sync-sessions/{session_id}")
        except CannotStart as error:
            if isinstance(error, _Refused) and error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
                raise
            return None

    async def characters(self, game_version: str, region: str) -> dict[str, Message]:
        """Return all characters of a game version by their id. Raises CannotStart."""
        found: dict[str, Message] = {}
        query: dict[str, str | int] = {"gameVersion": game_version, "region": region, "limit": PAGE}
        query["includeArchived"] = "true"  # one may have left the account since the sync listed it
        while True:
            page = await self.ask("GET", "/api/v1/characters", **query)
            found |= {character["id"]: character for character in page["items"]}
            if not page.get("nextCursor"):
                return found
            query["cursor"] = page["nextCursor"]


@asynccontextmanager
async def _service(url: str, token: Secret | None = None) -> AsyncIterator[_Service]:
    """Open a client of the service: with a token, or as a browser with cookies."""
    try:
        address = URL(url)
    except ValueError:
        address = URL()
    if address.scheme not in {"http", "https"} or not address.host:
        raise CannotStart(f"{url} is not an address such as http://127.0.0.1:8000.")
    headers = {"User-Agent": f"character-sync-terminal/{__version__}"}
    if token:
        headers["Authorization"] = f"Bearer {token.reveal()}"
    jar = aiohttp.DummyCookieJar() if token else aiohttp.CookieJar(unsafe=True)  # unsafe: also for 127.0.0.1
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(headers=headers, cookie_jar=jar, timeout=timeout) as http:
        yield _Service(http, str(address.with_query(None).with_fragment(None)).rstrip("/"))


async def _begin(service: _Service, game_version: str, region: str | None) -> str:
    """Start a sync and return its id, or the id of the one that runs already."""
    body = {"gameVersion": game_version} | ({"region": region} if region else {})
    try:
        started = await service.ask("POST", "/api/v1/characters/sync", body=body)
    except _Refused as refused:
        if refused.status == HTTPStatus.NOT_FOUND:
            raise CannotStart(f"There is no Character Sync at {service.url}: is --url right?") from None
        if refused.problem.get("code") != "sync_already_active":
            raise
        aside(f"A sync of {game_version} is already running; this watches that one.")
        return str(refused.problem["activeSessionId"])
    return str(started["sessionId"])


async def _watch(service: _Service, token: Secret, session_id: str, view: "View") -> tuple[str, Message]:
    """Show what happens until the sync ends; return its last event."""
    news: asyncio.Queue[tuple[str, Message]] = asyncio.Queue()
    joined = asyncio.create_task(_stay_joined(service, token, session_id, news, view))
    seq = -1
    try:
        while True:
            try:
                name, message = await asyncio.wait_for(news.get(), SILENCE_SECONDS)
            except TimeoutError:
                row = await service.row(session_id)
                if row is None:
                    continue
                name, message = _event_of_row(row)
            if message["seq"] <= seq and name == SYNC_PROGRESS:
                continue
            seq = message["seq"]
            view.show(name, message)
            if name != SYNC_PROGRESS:
                return name, message
    finally:
        joined.cancel()
        await asyncio.gather(joined, return_exceptions=True)


async def _stay_joined(
    service: _Service, token: Secret, session_id: str, news: "asyncio.Queue[tuple[str, Message]]", view: "View"
) -> None:
    """Keep a socket joined to the sync session; each join brings its state, so nothing has to be caught up with."""
    while True:
        lost = asyncio.Event()
        client = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=service.http)
        for name in (SYNC_PROGRESS, SYNC_COMPLETE, SYNC_ERROR):
            client.on(name, lambda message, name=name: news.put_nowait((name, message)))
        client.on("disconnect", lambda *_reason, lost=lost: lost.set())
        try:
            await client.connect(service.url, auth={"token": token.reveal()}, transports=["websocket"])
            await client.call(JOIN_SESSION[0], {"sessionId": session_id}, timeout=SILENCE_SECONDS)
            view.note("")
            await lost.wait()
        except (SocketIOError, aiohttp.ClientError, OSError, ValueError):
            pass  # the rows tell meanwhile
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(client.disconnect(), GOODBYE_SECONDS)
        view.note("The connection was lost; trying again.")
        await asyncio.sleep(RECONNECT_SECONDS)


def _event_of_row(row: Message) -> tuple[str, Message]:
    if row["status"] == "failed":
        return SYNC_ERROR, {name: row.get(name, "The sync failed.") for name in ("sessionId", "error", "seq")}
    fields = (field.alias or name for name, field in SyncProgress.model_fields.items())
    name = SYNC_PROGRESS if row["status"] in {"pending", "processing"} else SYNC_COMPLETE
    return name, {field: row[field] for field in fields if field in row}


async def _show_characters(service: _Service, session_id: str, console: Console) -> None:
    """Print the table; a service that goes away now takes nothing back from the sync."""
    try:
        session = await service.ask("GET", f"/api/v1/sync-sessions/{session_id}")
        known = await service.characters(session["gameVersion"], session["region"])
    except CannotStart as error:
        aside(f"The sync has ended, but its characters cannot be shown. {error}")
        return
    show_characters(console, session, known)


def _cause(error: Exception) -> str:
    """Say what went wrong as the system names it: the client library adds its own innards."""
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(inner, OSError) and inner.errno is not None and inner.errno > 0:
        return os.strerror(inner.errno)
    return str(inner) or type(inner).__name__


def _is_near(host: str | None, service_host: str | None) -> bool:
    """Whether a host is this machine or the service's own, where a sandbox runs and Battle.net does not."""
    with suppress(ValueError):
        return ip_address(host or "").is_loopback or host == service_host
    return host in {"localhost", service_host}
