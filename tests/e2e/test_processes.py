"""Real processes: killed in the middle, stopped politely, idle, and unable to start."""

import asyncio
import json
import shutil
import socket
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from character_sync.adapters.database.token_vault import generate_key
from support.held_back import GEAR, LONGER_THAN_ANY_TEST, hold_back, let_go
from support.ports import free_port
from support.processes import Process, character_sync
from support.service import Player, RunningService

NODE_CLIENT = Path(__file__).parent / "node" / "watch.mjs"


@dataclass
class Site:
    """A sandbox that stays, and the settings of a service that may come and go beside it."""

    folder: Path
    sandbox_url: str
    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Process]:
        arguments = ("serve", "--port", str(self.port))
        async with character_sync(*arguments, folder=self.folder, environment=self.environment) as process:
            await process.address()
            yield process

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, f"{self.sandbox_url}/sandbox/{path}", json=body) as response,
        ):
            assert response.status < 300, await response.text()
            return await response.json() if response.content_type == "application/json" else None

    @asynccontextmanager
    async def player(self, account: str) -> AsyncIterator[Player]:
        async with aiohttp.ClientSession(self.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            player = Player(cast("RunningService", self), browser)
            await player.sign_in(account)
            yield player


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with character_sync("sandbox", "--port", "0", folder=tmp_path) as sandbox:
        sandbox_url = await sandbox.address()
        port = free_port()
        yield Site(
            tmp_path,
            sandbox_url,
            port,
            {
                "CHARACTER_SYNC_DATA_DIR": str(tmp_path / "data"),
                "CHARACTER_SYNC_PUBLIC_URL": f"http://127.0.0.1:{port}",
                "CHARACTER_SYNC_BATTLE_NET_CLIENT_ID": "sandbox",
                "CHARACTER_SYNC_BATTLE_NET_CLIENT_SECRET": "sandbox",
                "CHARACTER_SYNC_BATTLE_NET_OAUTH_URL": f"{sandbox_url}/oauth",
                "CHARACTER_SYNC_BATTLE_NET_API_URL": f"{sandbox_url}/api/{{region}}",
                "CHARACTER_SYNC_ENCRYPTION_KEYS": generate_key().reveal(),
                "CHARACTER_SYNC_REQUEST_TIMEOUT_SECONDS": str(LONGER_THAN_ANY_TEST),
            },
        )


async def _settled(player: Player, session_id: str, at_least: int) -> None:
    async with player.watching(session_id) as watch:
        await watch.until(lambda w: w.events and w.events[-1][1]["processedCharacters"] >= at_least)


async def test_a_killed_service_finishes_the_sync_when_it_is_started_again(site: Site) -> None:
    await hold_back(site.control, GEAR, after=20)
    async with site.serving() as first, site.player("sixty") as player:
        started = await player.start_sync("retail", "eu")
        await _settled(player, started["sessionId"], 20)
        await first.kill()
    await let_go(site.control)
    await site.control("POST", "settings", {"requestsPerSecond": 0})  # a request that is refused would count as well
    database = sqlite3.connect(site.folder / "data" / "character-sync.db")
    before = Counter(status for (status,) in database.execute("SELECT status FROM character_jobs"))
    database.close()
    await site.control("DELETE", "stats")
    async with site.serving(), site.player("sixty") as player:
        snapshot = await player.finished(started["sessionId"])
        characters = await player.characters()
    stats = await site.control("GET", "stats")

    assert before["completed"] == 20
    assert snapshot["status"] == "completed"
    assert (snapshot["processedCharacters"], snapshot["failedCharacters"], len(characters)) == (60, 0, 60)
    assert Counter(c["status"] for c in snapshot["characters"]) == {"completed": 60}
    assert stats["total"] == 4 * 40


async def test_a_service_told_to_stop_gives_its_sync_back_and_the_next_one_finishes_it(site: Site) -> None:
    await hold_back(site.control, GEAR, after=20)
    async with site.serving() as first, site.player("sixty") as player:
        started = await player.start_sync("retail", "eu")
        await _settled(player, started["sessionId"], 20)
        code = await first.terminate()
    await let_go(site.control)
    database = sqlite3.connect(site.folder / "data" / "character-sync.db")
    lease, crashes = (
        database.execute("SELECT lease_until FROM character_sync_sessions").fetchone()[0],
        database.execute("SELECT sum(crash_claims) FROM character_jobs").fetchone()[0],
    )
    database.close()
    async with site.serving(), site.player("sixty") as player:
        snapshot = await player.finished(started["sessionId"])

    assert code == 0
    assert (lease, crashes) == (None, 0)
    assert Counter(c["status"] for c in snapshot["characters"]) == {"completed": 60}


def _node() -> str:
    """Return the Node that `make install-dev` put beside this Python."""
    node = shutil.which("node", path=str(Path(sys.executable).parent))
    assert node is not None, "Node is missing: `make install-dev` brings it"
    return node


async def test_a_stock_javascript_client_sees_the_same_as_the_rows(site: Site) -> None:
    await hold_back(site.control)
    node = _node()
    async with site.serving(), site.player("sixty") as player:
        started = await player.start_sync("retail", "eu")
        client = await asyncio.create_subprocess_exec(
            node, str(NODE_CLIENT), site.url, player.token, started["sessionId"], stdout=asyncio.subprocess.PIPE
        )
        assert client.stdout is not None
        said = b""
        while b'"ack"' not in said:
            line = await client.stdout.readline()
            assert line, said
            said += line
        await let_go(site.control)
        output = said + (await client.communicate())[0]
        snapshot = await player.get(f"/api/v1/sync-sessions/{started['sessionId']}")

    events = [json.loads(line) for line in output.decode().splitlines()]
    sequence = [message["seq"] for name, message in events if name != "ack"]
    settled = {
        m["currentCharacter"]["id"] for _, m in events if m.get("currentCharacter", {}).get("status") == "completed"
    }
    assert next(message for name, message in events if name == "ack")["ok"]
    assert [name for name, _ in events].count("sync-complete") == 1
    assert sequence == sorted(set(sequence))
    assert len(settled) >= 28
    last_name, last = events[-1]
    assert last_name == "sync-complete"
    assert last == {field: snapshot[field] for field in last}


async def test_a_javascript_client_without_credentials_is_refused(site: Site) -> None:
    node = _node()
    async with site.serving():
        client = await asyncio.create_subprocess_exec(
            node, str(NODE_CLIENT), site.url, "", "x", stdout=asyncio.subprocess.PIPE
        )
        output, _ = await client.communicate()

    assert json.loads(output) == ["connect_error", "unauthenticated"]


async def test_the_demo_says_its_address_last_and_stops_politely(tmp_path: Path) -> None:
    async with character_sync("demo", "--port", "0", folder=tmp_path) as demo:
        address = await demo.address()
        async with aiohttp.ClientSession(address) as client, client.get("/readyz") as response:
            ready = response.status
        code = await demo.terminate()
        rest = await demo.process.stdout.read() if demo.process.stdout else b""

    assert (ready, code) == (200, 0)
    assert rest == b""
    assert [file.name for file in tmp_path.iterdir()] == []  # noqa: ASYNC240 - an empty folder, read once


async def _refusal(*arguments: str, folder: Path, **environment: str) -> str:
    """Run a command that must not start and return its one sentence."""
    async with character_sync(*arguments, folder=folder, environment=environment) as process:
        output, errors = await process.process.communicate()
        assert process.process.returncode == 1
        assert output == b""
        [sentence] = errors.decode().splitlines()
        assert sentence.startswith("character-sync: ")
        assert sentence.endswith(".")
        return sentence


async def test_without_a_key_it_says_how_to_make_one(site: Site) -> None:
    sentence = await _refusal("serve", folder=site.folder, **site.environment | {"CHARACTER_SYNC_ENCRYPTION_KEYS": ""})
    assert "character-sync keys generate" in sentence


@pytest.mark.parametrize(
    "keys", ["short:c2hvcnQ=", "nonsense", "a:%%%", "c2hvcnQtb2YtYW4taWQtYnV0LW9mLXRoZS1yaWdodC1sZW4="]
)
async def test_an_unusable_key_is_refused_without_being_shown(site: Site, keys: str) -> None:
    sentence = await _refusal(
        "serve", folder=site.folder, **site.environment | {"CHARACTER_SYNC_ENCRYPTION_KEYS": keys}
    )
    assert "Encryption key 1 is not usable" in sentence
    assert keys not in sentence


async def test_a_data_folder_that_cannot_be_written_is_named(site: Site) -> None:
    in_the_way = site.folder / "a-file"
    in_the_way.touch()
    sentence = await _refusal(
        "serve", folder=site.folder, **site.environment | {"CHARACTER_SYNC_DATA_DIR": str(in_the_way / "data")}
    )
    assert f"{in_the_way / 'data'} cannot be written to" in sentence
    assert "CHARACTER_SYNC_DATA_DIR" in sentence


async def test_a_database_of_a_newer_version_is_left_alone(site: Site) -> None:
    async with site.serving():
        pass
    database = sqlite3.connect(site.folder / "data" / "character-sync.db")
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    sentence = await _refusal("serve", folder=site.folder, **site.environment)
    assert "revision 9999, which a newer version of Character Sync made" in sentence


async def test_a_taken_port_is_named(site: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in ("serve", "demo"):
            sentence = await _refusal(command, "--port", port, folder=site.folder, **site.environment)
            assert f"127.0.0.1:{port} cannot be used" in sentence
            assert "--port" in sentence


async def test_a_second_service_on_the_same_data_folder_is_refused(site: Site) -> None:
    async with site.serving():
        sentence = await _refusal("serve", "--port", str(free_port()), folder=site.folder, **site.environment)
    assert "Another Character Sync already uses the data folder" in sentence


async def test_without_battle_net_credentials_the_demo_is_recommended(site: Site) -> None:
    sentence = await _refusal(
        "serve", folder=site.folder, **site.environment | {"CHARACTER_SYNC_BATTLE_NET_CLIENT_ID": ""}
    )
    assert "character-sync demo" in sentence


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CHARACTER_SYNC_REQUESTS_PER_SECOND", "many"),
        ("CHARACTER_SYNC_DEFAULT_REGION", "cn"),
        ("CHARACTER_SYNC_DATABASE_URL", "mysql://localhost/x"),
        ("CHARACTER_SYNC_QUEUE_URL", "redis://127.0.0.1:1/0"),
        ("CHARACTER_SYNC_GAME_VERSIONS_FILE", "absent.toml"),
    ],
)
async def test_a_setting_that_cannot_be_used_is_named(site: Site, variable: str, value: str) -> None:
    sentence = await _refusal("serve", "--port", "0", folder=site.folder, **site.environment | {variable: value})
    assert variable in sentence or value in sentence


async def test_a_worker_needs_a_queue_it_can_share(site: Site) -> None:
    assert "CHARACTER_SYNC_QUEUE_URL" in await _refusal("worker", folder=site.folder, **site.environment)
