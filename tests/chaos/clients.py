"""Clients that write down everything they send and receive, and come back when a server dies under them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any

import aiohttp
import socketio
from socketio.exceptions import SocketIOError

from chaos.history import LAST_EVENTS, SESSIONS, SYNC, Answer, History, Told

COMES_BACK_SECONDS = 0.1  # a page waits longer; here every wait is time in which nothing is tested
ANSWER_SECONDS = 60.0  # for one request, on a machine where everything is slow
_NUMBERS = count(1)

Address = Callable[[], str]
"""Where to ask now: an address of a process that is believed to live."""


class Client:
    """One program of a player's."""

    def __init__(self, name: str, token: str, address: Address, history: History) -> None:
        self.name = name
        self.user_id = ""
        self.token = token
        self._address = address
        self._history = history
        self._http: aiohttp.ClientSession | None = None

    def at(self, address: str) -> "Client":
        """Return another program of the same player's, which always asks there."""
        return Client(self.name, self.token, lambda: address, self._history)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def ask(self, method: str, path: str, body: Any = None, *, address: str = "") -> Answer:
        """Ask once. A connection that breaks is written down as an answer nobody knows."""
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
            self._http = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=timeout,
                connector=aiohttp.TCPConnector(limit=0, force_close=True),  # a kept connection may lead to the dead
            )
        status, said = None, None
        with suppress(aiohttp.ClientError, OSError):
            async with self._http.request(method, (address or self._address()) + path, json=body) as response:
                said = await response.json() if response.content_type.endswith("json") else await response.text()
                status = response.status
        answer = Answer(self.name, method, path, status, said, datetime.now(UTC))
        self._history.answers.append(answer)
        return answer

    async def sync(self, *, address: str = "", game_version: str = "retail", region: str = "eu") -> Answer:
        return await self.ask("POST", SYNC, {"gameVersion": game_version, "region": region}, address=address)

    async def surely_synced(self) -> str:
        """Ask until there is a sync session, the way a page does, and return its id."""
        while True:
            answer = await self.sync()
            if answer.status == 202:
                return str(answer.body["sessionId"])
            if answer.status == 409 and "activeSessionId" in answer.body:
                return str(answer.body["activeSessionId"])
            await asyncio.sleep(COMES_BACK_SECONDS)

    async def get(self, session_id: str) -> Any:
        """Ask for a sync session until somebody answers."""
        while True:
            answer = await self.get_once(session_id)
            if answer.status == 200:
                return answer.body
            await asyncio.sleep(COMES_BACK_SECONDS)

    async def get_once(self, session_id: str) -> Answer:
        return await self.ask("GET", SESSIONS + session_id)

    async def watch(self, session_id: str) -> None:
        """Watch a sync session to its end, joining again on a new socket whenever the old one breaks."""
        watcher = f"{self.name}/{next(_NUMBERS)}"
        self._history.watching.append((watcher, session_id))
        while True:
            if await self._watch_once(watcher, session_id):
                return
            await asyncio.sleep(COMES_BACK_SECONDS)

    async def _watch_once(self, watcher: str, session_id: str) -> bool:
        number, over, broken = next(_NUMBERS), asyncio.Event(), asyncio.Event()
        client = socketio.AsyncClient(reconnection=False)

        def recorder(name: str) -> Callable[[dict[str, Any]], Any]:
            async def record(message: dict[str, Any]) -> None:
                self._history.told.append(Told(watcher, number, session_id, name, message))
                if name in LAST_EVENTS:
                    over.set()

            return record

        async def gone(*_reason: object) -> None:
            broken.set()

        for name in ("sync-progress", *sorted(LAST_EVENTS)):
            client.on(name, recorder(name))
        client.on("disconnect", gone)
        try:
            await client.connect(self._address(), auth={"token": self.token}, transports=["websocket"])
            # A call waits for its answer even when the socket has broken, so it is waited for beside that.
            joining = asyncio.ensure_future(client.call("join-session", session_id, timeout=ANSWER_SECONDS))
            if not await _first_of(joining, broken) or not joining.result()["ok"]:
                return False
            await _first_of(asyncio.ensure_future(over.wait()), broken)
        except (SocketIOError, OSError, aiohttp.ClientError):
            return over.is_set()
        finally:
            with suppress(SocketIOError, OSError, aiohttp.ClientError):
                await client.disconnect()
        return over.is_set()


async def _first_of(wanted: asyncio.Future[Any], broken: asyncio.Event) -> bool:
    """Wait for what is wanted, or until the socket breaks; return whether the wanted came."""
    breaking = asyncio.ensure_future(broken.wait())
    try:
        await asyncio.wait([wanted, breaking], return_when=asyncio.FIRST_COMPLETED)
        return wanted.done()
    finally:
        breaking.cancel()
        wanted.cancel()
