"""What operators change beside a running service: its keys, and its circuits."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from character_sync.adapters.battle_net.circuits import ACCOUNT, ACHIEVEMENTS, STATUS
from character_sync.adapters.database import key_custody
from character_sync.adapters.database.circuits import DatabaseCircuits
from character_sync.adapters.database.engine import Database, database_as_it_is
from character_sync.adapters.database.token_vault import TokenVault
from character_sync.bootstrap import utc_now
from character_sync.domain.circuit import ANY, Place
from character_sync.domain.errors import NotReady
from character_sync.domain.game import Facet, Region
from character_sync.settings import Settings

Say = Callable[[str], None]

CIRCUIT_TOLD_FOR = timedelta(minutes=2)  # a process that lives has told of the next try by then: twice the longest wait

WHERE_A_KEY_GOES = """\
Keep it where only the service can read it, and apart from backups of the database.
The first key: set CHARACTER_SYNC_ENCRYPTION_KEYS to it.
A new key beside the one you have: 1. put it behind the old one (OLD,NEW) and restart every process, so that all can
open what it seals; 2. put it in front (NEW,OLD) and restart again; 3. run `character-sync keys rotate`, which says when
the old one may go."""


async def run_keys_rotate(settings: Settings, *, say: Say) -> None:
    """Bring every stored token under the first key. May be stopped anywhere and run again."""
    async with _opened_database(settings) as (database, vault):
        rotation = key_custody.KeyRotation(database, vault)
        sealing = vault.sealing_key_id
        before = await rotation.counts()
        total = sum(count for key_id, count in before.items() if key_id != sealing)
        say(f"New tokens are sealed with the key {sealing}. Stored tokens under other keys: {total}.")
        looked_at, last = 0, None
        while (batch := await rotation.next_batch(last)) is not None:
            await rotation.write(batch)
            looked_at, last = looked_at + batch.looked_at, batch.last
            say(f"{looked_at} of {max(total, looked_at)} done.")
        for sentence in await _what_is_left(rotation, vault):
            say(sentence)


async def _what_is_left(rotation: key_custody.KeyRotation, vault: TokenVault) -> list[str]:
    left = {key_id: count for key_id, count in (await rotation.counts()).items() if key_id != vault.sealing_key_id}
    sentences: list[str] = []
    needed: set[str] = set()
    for key_id, count in left.items():
        if key_id in vault.key_ids and await rotation.openable(key_id):
            needed.add(key_id)
            sentences.append(
                f"Tokens have come under the key {key_id} meanwhile: a process still seals with it. Restart every process "
                f"with {vault.sealing_key_id} in front, and run this again."
            )
        else:
            sentences.append(
                f"Tokens under the key {key_id} that open with none of the keys: {count}. They stay as they are, and "
                "their players are asked to sign in again."
            )
    may_go = [key_id for key_id in vault.key_ids if key_id != vault.sealing_key_id and key_id not in needed]
    if may_go:
        sentences.append(
            f"Nothing is left to do under {' and '.join(may_go)}: take {'it' if len(may_go) == 1 else 'them'} out of "
            f"CHARACTER_SYNC_ENCRYPTION_KEYS once every process has {vault.sealing_key_id} in front."
        )
    elif not needed:
        sentences.append("There is only one key, so none may go. A new one: `character-sync keys generate`.")
    return sentences


async def run_keys_forget(settings: Settings, key_id: str, *, say: Say) -> None:
    """Give up the tokens under a lost key. Raises NotReady: it is not lost."""
    async with _opened_database(settings) as (database, vault):
        count = await key_custody.forget(database, vault, key_id, utc_now())
        say(f"Tokens given up under the key {key_id}: {count}. Their players are asked to sign in again.")


@asynccontextmanager
async def _opened_database(settings: Settings) -> AsyncIterator[tuple[Database, TokenVault]]:
    """Open a database as it is, beside whatever uses it. Raises NotReady: it is not at the newest revision."""
    vault = TokenVault.from_setting(settings.encryption_keys)
    async with database_as_it_is(settings.database) as database:
        yield database, vault


async def run_circuits_list(settings: Settings, *, say: Say) -> None:
    """Say which circuits are open, by an operator's word or by themselves."""
    async with database_as_it_is(settings.database) as database, database.reading() as connection:
        rows = await DatabaseCircuits(connection).all()
    now, lines = utc_now(), []
    for row in rows:
        name = f"{row.place.region} {row.place.namespace} {row.place.endpoint}"
        if row.is_open is not None:
            lines.append(
                f"{name}: {'opened' if row.is_open else 'closed'} by an operator at {row.said_at:%Y-%m-%d %H:%M:%S} UTC"
            )
        if row.until is not None and row.until > now - CIRCUIT_TOLD_FOR:
            lines.append(f"{name}: has opened by itself, to be tried at {row.until:%Y-%m-%d %H:%M:%S} UTC")
    for line in lines or ["Every circuit is closed: Battle.net is asked for everything."]:
        say(line)


async def run_circuits_say(
    settings: Settings, region: str, namespace: str, endpoint: str, *, is_open: bool, say: Say
) -> None:
    """Open or close circuits in every process. Raises NotReady: there is no such place."""
    for what, told, known in (
        ("region", region, [*Region]),
        ("endpoint", endpoint, [*Facet, ACCOUNT, STATUS, ACHIEVEMENTS]),
    ):
        if told != ANY and told not in known:
            raise NotReady(f"There is no {what} {told}: it is one of {', '.join(known)}, or * for all.")
    async with database_as_it_is(settings.database) as database, database.writing() as connection:
        place = Place(region, namespace, endpoint)
        await DatabaseCircuits(connection).say(place, utc_now(), is_open=is_open)
        await connection.commit()
    verb = "open: syncs that need it wait" if is_open else "closed: it is asked again"
    say(
        f"Circuits of region {region}, namespace {namespace}, endpoint {endpoint} are {verb}. Processes hear it within seconds."
    )
