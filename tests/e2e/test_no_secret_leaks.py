"""Every secret of a whole run, looked for in everything the run leaves: logs, databases, the queue, frames, answers.

The service runs as processes of its own with DEBUG logs, and everything that can go wrong does: Battle.net fails, a
token cannot be opened, a sign-in is refused, and a part of ours breaks.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import socketio
from redis.asyncio import Redis
from sqlalchemy import text

from battle_net_sandbox.server import running_sandbox
from battle_net_sandbox.settings import SandboxSettings
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.token_vault import generate_key
from support.leaks import Evidence
from support.ports import free_port
from support.processes import Process, character_sync
from support.service import Watch, connect
from support.wiretap import wiretap

pytest_plugins = ["support.servers"]

CLIENT_SECRET = "canary-c1ient-5ecret-0123456789"
HOOK_PATH = "canary-path-of-a-webhook-0123456789"
HOOK_KEY = "canary-key-in-a-webhook-address-0123456789"
WRONG_TOKEN = "cs_canary-of-a-token-nobody-has-0123456789"
WRONG_CODE = "canary-code-that-battle-net-refuses-0123456789"
WRONG_STATE = "canary-state-that-nobody-was-given-0123456789"


@dataclass
class Stage:
    """Where the run keeps its things."""

    name: str
    folder: Path
    database_url: str
    queue_url: str


@pytest.fixture(params=["embedded", "shared"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    if request.param == "embedded":
        return Stage("embedded", tmp_path, f"sqlite:///{tmp_path / 'data' / 'character-sync.db'}", "memory://")
    urls = (request.getfixturevalue("postgresql_url"), request.getfixturevalue("redis_url"))
    return Stage("shared", tmp_path, *urls)


class Browser:
    """A browser whose every answer is evidence."""

    def __init__(self, url: str, session: aiohttp.ClientSession, evidence: Evidence) -> None:
        self.url = url
        self.session = session
        self.evidence = evidence

    async def ask(self, method: str, path: str, *, status: int, secret: bool = False, **more: Any) -> Any:
        """Ask the service. `secret`: the one answer that is meant to hold one."""
        async with self.session.request(method, f"{self.url}{path}", allow_redirects=False, **more) as answer:
            body = await answer.read()
        assert answer.status == status, (path, answer.status, body)
        if not secret:
            self.evidence.add(f"answer of {method} {path.partition('?')[0]}", body)
        return json.loads(body) if answer.content_type.endswith("json") else answer.headers

    async def sign_in(self, account: str) -> None:
        begun = await self.ask("GET", f"/auth/battle-net/login?login_hint={account}&prompt=none", status=302)
        self._plant_cookies("at the start of a sign-in")
        self.evidence.plant("OAuth state", parse_qs(urlsplit(begun["Location"]).query)["state"][0])
        async with self.session.get(begun["Location"], allow_redirects=False) as sent_back:
            callback = sent_back.headers["Location"]
        self.evidence.plant("OAuth code", parse_qs(urlsplit(callback).query)["code"][0])
        await self.ask("GET", callback.removeprefix(self.url), status=302)
        self._plant_cookies("of a browser")
        await self.ask("GET", callback.removeprefix(self.url), status=400)  # used up

    def _plant_cookies(self, when: str) -> None:
        for cookie in self.session.cookie_jar:
            self.evidence.plant(f"cookie {cookie.key} {when}", cookie.value)


async def _collect(stream: asyncio.StreamReader | None, evidence: Evidence, name: str) -> None:
    assert stream is not None
    while piece := await stream.read(65_536):
        evidence.add(name, piece)


@asynccontextmanager
async def _process(
    *arguments: str, stage: Stage, environment: dict[str, str], evidence: Evidence
) -> AsyncIterator[Process]:
    """Run a command; all it says is evidence."""
    async with character_sync(*arguments, folder=stage.folder, environment=environment) as process:
        errors = asyncio.create_task(_collect(process.process.stderr, evidence, f"log of {arguments[0]}"))
        try:
            yield process
        finally:
            await process.terminate()
            await errors
        await _collect(process.process.stdout, evidence, f"output of {arguments[0]}")


@asynccontextmanager
async def _queue_traffic(stage: Stage, evidence: Evidence) -> AsyncIterator[None]:
    """Every command Redis is given, and in the end everything it holds."""
    if stage.name == "embedded":
        yield
        return
    async with Redis.from_url(stage.queue_url, socket_timeout=None) as redis, redis.monitor() as monitor:

        async def listen() -> None:
            async for command in monitor.listen():
                evidence.add("commands to Redis", f"{command['command']}\n")

        listening = asyncio.create_task(listen())
        yield
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        async with Redis.from_url(stage.queue_url) as other:
            async for key in other.scan_iter():
                evidence.add("contents of Redis", key + b" " + (await other.dump(key) or b""))


async def _dump(database: Database, stage: Stage, evidence: Evidence) -> None:
    """All rows as text and, on SQLite, the files as they are, the write-ahead log among them."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if not database.is_sqlite:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    async with database.reading() as connection:
        for (table,) in (await connection.execute(text(tables))).all():
            for row in await connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608 - the database's own names
                evidence.add("rows", f"{table} {row}\n")
                evidence.add("rows, binary", b"\n".join(value for value in row if isinstance(value, bytes)))
    for file in stage.folder.rglob("*"):
        if file.is_file():
            evidence.add(f"file {file.name}", file.read_bytes())


async def _execute(database: Database, *statements: str) -> None:
    async with database.writing() as connection:
        for statement in statements:
            await connection.execute(text(statement))
        await connection.commit()


async def _sockets(browser: Browser, token: str, session_id: str, evidence: Evidence) -> None:
    watch = Watch()
    await connect(watch.client, browser.url, auth={"token": token})
    evidence.add("frames", json.dumps(await watch.join(session_id)))
    evidence.add("frames", json.dumps(await watch.join("nonsense")))
    await watch.end()
    evidence.add("frames", json.dumps(watch.events))
    await watch.client.disconnect()
    stranger = socketio.AsyncClient(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError) as refused:
        await connect(stranger, browser.url, auth={"token": WRONG_TOKEN})
    evidence.add("frames", repr(refused.value))


async def _play(browser: Browser, sandbox: str, database: Database, evidence: Evidence) -> None:
    """A player's day on which everything goes wrong that can."""
    retail = {"gameVersion": "retail", "region": "us"}

    async def fault(path: str, **respond: Any) -> None:
        rule = {"match": {"path": path}, "respond": respond}
        async with browser.session.post(f"{sandbox}/sandbox/faults", json=rule) as answer:
            assert answer.status < 300, await answer.text()

    await browser.sign_in("six")
    made = await browser.ask("POST", "/api/v1/me/tokens", status=201, secret=True, json={"name": "canary"})
    evidence.plant("personal access token", made["token"])
    bearer = {"Authorization": f"Bearer {made['token']}"}

    # Told to an address that does not take it: its secret and its address, which may be one itself, are tried again.
    hook = await browser.ask(
        "POST", "/api/v1/webhooks", status=201, secret=True, json={"url": f"{sandbox}/{HOOK_PATH}?key={HOOK_KEY}"}
    )
    evidence.plant("webhook secret", hook["secret"].removeprefix("whsec_"))
    told = f"/api/v1/webhooks/{hook['id']}"
    replaced = await browser.ask("POST", f"{told}/secret", status=200, secret=True)
    evidence.plant("replaced webhook secret", replaced["secret"].removeprefix("whsec_"))

    await fault("*/character-media", status=500, body="canary upstream page")
    started = await browser.ask("POST", "/api/v1/characters/sync", status=202, json=retail)
    await _sockets(browser, made["token"], started["sessionId"], evidence)
    await browser.ask("GET", f"/api/v1/sync-sessions/{started['sessionId']}", status=200, headers=bearer)
    await browser.ask("GET", f"/api/v1/sync-sessions/{started['sessionId']}/events", status=200)
    for path in ("/api/v1/me", "/api/v1/me/tokens", "/auth/who", "/api/v1/characters", "/metrics", "/readyz", "/"):
        await browser.ask("GET", path, status=200)

    attempts = 0
    while not attempts:
        await asyncio.sleep(0.1)  # a player may look so often, and not much more
        attempts = (await browser.ask("GET", f"{told}/deliveries", status=200))["items"][-1]["attempts"]
    for other in (told, "/api/v1/webhooks", "/api/v1/me/export", "/api/v1/changes"):
        # They show its owner the address, by design, and nothing else of it.
        text_of_it = json.dumps(await browser.ask("GET", other, status=200, secret=True))
        evidence.add(f"answer of GET {other}", text_of_it.replace(HOOK_KEY, "").replace(HOOK_PATH, ""))

    # Battle.net fails while the account is listed; a sign-in is refused by us, and another by Battle.net.
    await fault("/profile/user/wow", status=500)
    await browser.ask("POST", "/api/v1/characters/sync", status=503, json=retail)
    await browser.ask("GET", f"/auth/battle-net/callback?state={WRONG_STATE}&code={WRONG_CODE}", status=400)
    begun = await browser.ask("GET", "/auth/battle-net/login", status=302)
    state = parse_qs(urlsplit(begun["Location"]).query)["state"][0]
    evidence.plant("OAuth state of a refused sign-in", state)
    await browser.ask("GET", f"/auth/battle-net/callback?state={state}&code={WRONG_CODE}", status=400)
    await browser.ask("GET", "/api/v1/me", status=401, headers={"Authorization": f"Bearer {WRONG_TOKEN}"})
    await browser.ask("GET", "/api/v1/me", status=401, headers={"Authorization": f"Basic {WRONG_TOKEN}"})
    await browser.ask("POST", "/api/v1/me/tokens", status=422, json={"name": "x" * 101, "token": WRONG_TOKEN})

    # A token that cannot be opened, and a part of ours that breaks with a secret's hash among its parameters.
    await _execute(database, "UPDATE battle_net_tokens SET key_id = 'gone'")
    await browser.ask("POST", "/api/v1/characters/sync", status=409, json=retail)
    await _execute(database, "ALTER TABLE access_tokens RENAME TO hidden_tokens")
    await browser.ask("GET", "/api/v1/me", status=500, headers=bearer)
    await _execute(database, "ALTER TABLE hidden_tokens RENAME TO access_tokens")


async def test_no_secret_of_a_whole_run_is_in_anything_it_leaves(stage: Stage) -> None:
    evidence, key = Evidence(), generate_key()
    evidence.plant("client secret", CLIENT_SECRET)
    evidence.plant("wrong access token", WRONG_TOKEN)
    evidence.plant("wrong code", WRONG_CODE)
    evidence.plant("wrong state", WRONG_STATE)
    evidence.plant_key("encryption key", key.reveal())
    port = free_port()
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running_sandbox(SandboxSettings(client_secret=CLIENT_SECRET)))
        tap = await stack.enter_async_context(wiretap(sandbox.url))
        await stack.enter_async_context(_queue_traffic(stage, evidence))
        environment = {
            "CHARACTER_SYNC_DATA_DIR": str(stage.folder / "data"),
            "CHARACTER_SYNC_DATABASE_URL": stage.database_url,
            "CHARACTER_SYNC_QUEUE_URL": stage.queue_url,
            "CHARACTER_SYNC_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "CHARACTER_SYNC_BATTLE_NET_CLIENT_ID": "sandbox",
            "CHARACTER_SYNC_BATTLE_NET_CLIENT_SECRET": CLIENT_SECRET,
            "CHARACTER_SYNC_BATTLE_NET_OAUTH_URL": f"{tap.url}/oauth",
            "CHARACTER_SYNC_BATTLE_NET_API_URL": f"{tap.url}/api/{{region}}",
            "CHARACTER_SYNC_ENCRYPTION_KEYS": key.reveal(),
            "CHARACTER_SYNC_ENRICHMENT_BACKOFF_SECONDS": "0.01",
            "CHARACTER_SYNC_WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
            "CHARACTER_SYNC_RECONCILE_SECONDS": "0.2",
            "CHARACTER_SYNC_LOG_LEVEL": "DEBUG",
            "CHARACTER_SYNC_LOG_FORMAT": "json" if stage.name == "shared" else "text",
        }
        serving = _process("serve", "--port", str(port), stage=stage, environment=environment, evidence=evidence)
        served = await stack.enter_async_context(serving)
        url = await served.address()
        if stage.name == "shared":
            await stack.enter_async_context(_process("worker", stage=stage, environment=environment, evidence=evidence))
        database = Database(stage.database_url)
        stack.push_async_callback(database.close)
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        await _play(Browser(url, session, evidence), sandbox.url, database, evidence)
        await _dump(database, stage, evidence)

    for number, authorization in enumerate(sorted(tap.authorizations)):
        evidence.plant(f"credentials sent to Battle.net, {number}", authorization)
    log = evidence.artefacts["log of serve"]
    assert evidence.hits() == []
    # The address of a webhook is in the rows, as its owner gave it, and nowhere else.
    addresses = Evidence(
        {name: said for name, said in evidence.artefacts.items() if not name.startswith(("rows", "file "))},
        {"path": HOOK_PATH.encode(), "key": HOOK_KEY.encode()},
    )
    assert addresses.hits() == []
    # What makes the scan worth something: the secrets were used, and the faults happened where it looked.
    assert len(tap.authorizations) >= 3  # ours as a client, the player's token, our own token
    assert WRONG_CODE in tap.codes
    assert b"request_failed" in log
    assert b"webhook_not_delivered" in log + evidence.artefacts.get("log of worker", b"")
    assert re.search(rb"File .+ line \d+, in ", log)  # a traceback
    assert b"access_tokens" in log
    assert b"parameters hidden" in log  # a secret's hash is not printed either
    assert {"rows", "frames", "answer of GET /metrics"} <= evidence.artefacts.keys()
    assert stage.name == "embedded" or b"PUBLISH" in evidence.artefacts["commands to Redis"].upper()
    assert evidence.size > 50_000
