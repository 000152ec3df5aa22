"""`character-sync keys` as operators run it: beside a service, killed half-way, run again, and after a mistake."""

import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.key_custody import KeyRotation
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from character_sync.ports import BattleNetUser, Grant, Secret, UserId
from fakes.store import Store
from support.processes import Process, character_sync

pytest_plugins = ["support.servers"]

TOKENS = 200  # two batches
MANY_TOKENS = 400  # four batches
BEYOND_TWO_BATCHES = 250

OLD, NEW = generate_key(), generate_key()
OLD_ID, NEW_ID = (key.reveal().partition(":")[0] for key in (OLD, NEW))


def together(*keys: Secret) -> Secret:
    return Secret(",".join(key.reveal() for key in keys))


@dataclass
class Site:
    """A database with tokens under the old key, and the commands run on it."""

    folder: Path
    url: str
    database: Database
    owners: dict[UserId, str]

    @asynccontextmanager
    async def keys(self, *arguments: str, under: Secret) -> AsyncIterator[Process]:
        environment = {
            "CHARACTER_SYNC_DATABASE_URL": self.url,
            "CHARACTER_SYNC_ENCRYPTION_KEYS": under.reveal(),
            "CHARACTER_SYNC_LOG_LEVEL": "DEBUG",
        }
        async with character_sync("keys", *arguments, folder=self.folder, environment=environment) as process:
            yield process

    async def told(self, *arguments: str, under: Secret, code: int = 0) -> str:
        """Run a command to its end and return what it said."""
        async with self.keys(*arguments, under=under) as process:
            output, errors = await process.process.communicate()
        assert process.process.returncode == code, errors.decode()
        for key in (OLD, NEW):
            assert key.reveal().partition(":")[2] not in (output + errors).decode()
        return (output + errors).decode()

    async def tokens(self, under: Secret) -> dict[UserId, str]:
        store = Store(self.database, TokenVault.from_setting(under))
        now = datetime.now(UTC)
        async with store.work.reading() as work:
            return {owner: (await work.users.battle_net_token(owner, now)).reveal() for owner in self.owners}

    @asynccontextmanager
    async def stuck_at(self, place: int) -> AsyncIterator[None]:
        """Let nobody get past one of the tokens, in the order in which they are gone through."""
        async with self.database.reading() as connection:
            which = f"SELECT user_id FROM battle_net_tokens ORDER BY user_id LIMIT 1 OFFSET {place}"  # noqa: S608 - a number
            token = (await connection.execute(text(which))).scalar_one()
        if self.database.is_sqlite:
            endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c"
            here = f"WHEN OLD.user_id = '{token}' BEGIN SELECT max(n) FROM ({endless}); END"  # noqa: S608 - an id of ours
            await self._execute(f"CREATE TRIGGER stuck BEFORE UPDATE ON battle_net_tokens {here}")
            yield
            await self._execute("DROP TRIGGER stuck")
            return
        async with self.database.writing() as connection:
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            locked = "SELECT 1 FROM battle_net_tokens WHERE user_id = :token FOR UPDATE"
            await connection.execute(text(locked), {"token": token})
            yield

    async def _execute(self, statement: str) -> None:
        async with self.database.writing() as connection:
            await connection.execute(text(statement))
            await connection.commit()

    async def counts(self) -> dict[str, int]:
        return await KeyRotation(self.database, TokenVault.from_setting(NEW)).counts()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite unless a test asks for more: what differs between the two is the writing, not what is said of it."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def tokens() -> int:
    """How many there are."""
    return TOKENS


@pytest.fixture
async def site(database_url: str, tmp_path: Path, tokens: int) -> AsyncIterator[Site]:
    database = Database(database_url)
    await database.migrate()
    store = Store(database, TokenVault.from_setting(OLD))
    now = datetime.now(UTC)
    owners: dict[UserId, str] = {}
    async with store.work() as work:
        for number in range(tokens):
            token = f"token of {number}"
            grant = Grant(Secret(token), now + timedelta(hours=24), frozenset())
            owners[(await work.users.link(BattleNetUser(str(number), None), grant, now)).id] = token
        await work.commit()
    yield Site(tmp_path, database_url, database, owners)
    await database.close()


@pytest.mark.parametrize("tokens", [MANY_TOKENS])
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_rotation_killed_half_way_is_finished_by_the_next_and_the_old_key_may_go(site: Site) -> None:
    async with site.stuck_at(BEYOND_TWO_BATCHES), site.keys("rotate", under=together(NEW, OLD)) as rotating:
        async for line in rotating.process.stdout:
            if b"200 of" in line:
                break
        await rotating.kill()
    killed = await site.counts()
    half_way = await site.tokens(together(NEW, OLD))
    said = await site.told("rotate", under=together(NEW, OLD))

    assert rotating.process.returncode == -signal.SIGKILL
    assert killed == {NEW_ID: 200, OLD_ID: 200}
    assert half_way == site.owners
    assert f"Stored tokens under other keys: {killed[OLD_ID]}." in said
    assert f"Nothing is left to do under {OLD_ID}" in said
    assert await site.counts() == {NEW_ID: MANY_TOKENS}
    assert await site.tokens(NEW) == site.owners


async def test_a_rotation_with_nothing_to_do_still_says_which_key_may_go(site: Site) -> None:
    await site.told("rotate", under=together(NEW, OLD))
    again = await site.told("rotate", under=together(NEW, OLD))
    alone = await site.told("rotate", under=NEW)
    assert "Stored tokens under other keys: 0." in again
    assert f"Nothing is left to do under {OLD_ID}: take it out" in again
    assert "There is only one key, so none may go" in alone


async def test_a_rotation_that_lacks_the_old_key_says_what_it_could_not_open(site: Site) -> None:
    said = await site.told("rotate", under=NEW)
    assert f"Tokens under the key {OLD_ID} that open with none of the keys: {TOKENS}." in said
    assert "Nothing is left to do" not in said
    assert await site.tokens(OLD) == site.owners


async def test_keys_that_open_nothing_keep_the_service_from_starting_until_the_lost_one_is_given_up(site: Site) -> None:
    environment = {
        "CHARACTER_SYNC_DATABASE_URL": site.url,
        "CHARACTER_SYNC_BATTLE_NET_CLIENT_ID": "sandbox",
        "CHARACTER_SYNC_BATTLE_NET_CLIENT_SECRET": "sandbox",
        "CHARACTER_SYNC_ENCRYPTION_KEYS": NEW.reveal(),
    }
    async with character_sync("serve", "--port", "0", folder=site.folder, environment=environment) as refused:
        output, errors = await refused.process.communicate()
    given_up = await site.told("forget", OLD_ID, under=NEW)
    async with character_sync("serve", "--port", "0", folder=site.folder, environment=environment) as started:
        await started.address()

    assert (refused.process.returncode, output) == (1, b"")
    [sentence] = errors.decode().splitlines()
    assert f"does not open {TOKENS} of the {TOKENS} stored tokens" in sentence
    assert f"keys forget {OLD_ID}" in sentence
    assert NEW.reveal().partition(":")[2] not in sentence
    assert f"Tokens given up under the key {OLD_ID}: {TOKENS}." in given_up


async def test_a_database_that_somebody_else_holds_is_told_in_a_sentence_and_loses_nothing(site: Site) -> None:
    async with site.database.writing() as connection:  # for longer than a command waits for its turn
        await connection.execute(text("SELECT 1"))  # a transaction begins with its first statement
        said = await site.told("rotate", under=together(NEW, OLD), code=1)
    assert "cannot be used: database is locked" in said
    assert "Traceback" not in said
    assert await site.tokens(OLD) == site.owners


async def test_a_key_that_is_in_use_is_not_forgotten(site: Site) -> None:
    assert "is not lost" in await site.told("forget", OLD_ID, under=OLD, code=1)
    assert await site.tokens(OLD) == site.owners


async def test_keys_are_not_rotated_in_a_database_that_is_not_there(tmp_path: Path) -> None:
    environment = {"CHARACTER_SYNC_DATA_DIR": str(tmp_path), "CHARACTER_SYNC_ENCRYPTION_KEYS": NEW.reveal()}
    async with character_sync("keys", "rotate", folder=tmp_path, environment=environment) as process:
        _, errors = await process.process.communicate()
    assert process.process.returncode == 1
    assert b"character-sync migrate" in errors
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - an empty folder, read once


async def test_a_generated_key_stands_alone_on_stdout_and_its_place_is_told_beside_it(tmp_path: Path) -> None:
    async with character_sync("keys", "generate", folder=tmp_path) as process:
        output, errors = await process.process.communicate()
    key = output.decode().removesuffix("\n")
    assert re.fullmatch(r"[a-z2-7]{8}:[A-Za-z0-9+/]{43}=", key)
    assert b"CHARACTER_SYNC_ENCRYPTION_KEYS" in errors
    assert b"OLD,NEW" in errors
    assert TokenVault.from_setting(Secret(key)).sealing_key_id == key.partition(":")[0]
