"""The programs behind the command line: serve, worker, demo, migrate, keys, circuits."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from battle_net_sandbox.server import CannotStartError, RunningSandbox, running_sandbox
from battle_net_sandbox.settings import SandboxSettings
from character_sync.adapters import data_folder
from character_sync.adapters.battle_net.circuits import ACCOUNT, STATUS
from character_sync.adapters.database import key_custody
from character_sync.adapters.database.circuits import DatabaseCircuits
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from character_sync.bootstrap import build_service, build_worker, build_worker_operations, open_parts, utc_now
from character_sync.domain.circuit import ANY, Place
from character_sync.domain.errors import DatabaseUnavailable, NotReady
from character_sync.domain.game import Facet, Region
from character_sync.entrypoints.server import listen, serve, stop_signal
from character_sync.ports import Secret
from character_sync.settings import Settings

Say = Callable[[str], None]

LAST_PORT = 65_535
CIRCUIT_TOLD_FOR = timedelta(
    minutes=2
)  # a process that still lives has told of the next try by then: twice the longest wait

WHERE_A_KEY_GOES = """\
Keep it where only the service can read it, and apart from backups of the database.
The first key: set CHARACTER_SYNC_ENCRYPTION_KEYS to it.
A new key beside the one you have: 1. put it behind the old one (OLD,NEW) and restart every process, so that all can
open what it seals; 2. put it in front (NEW,OLD) and restart again; 3. run `character-sync keys rotate`, which says when
the old one may go."""


async def run_serve(settings: Settings, *, host: str, port: int, say: Say) -> None:
    """Serve REST and Socket.IO; work the queue too when nobody else can reach it."""
    stop = stop_signal()
    works = settings.queue_url.startswith("memory://")
    with listen(host, port) as listener:
        ready = f"Character Sync is ready: http://{host}:{listener.getsockname()[1]}"
        await _serve(settings, listener, works=works, stop=stop, ready=lambda: say(ready))


async def run_worker(settings: Settings, *, say: Say) -> None:
    """Work a shared queue until told to stop. Raises NotReady: the queue is not shared."""
    if settings.queue_url.startswith("memory://"):
        raise NotReady(
            "A worker needs a shared queue: set CHARACTER_SYNC_QUEUE_URL to redis://... here and for `serve`, "
            "which works the queue itself while it is memory://."
        )
    stop = stop_signal()
    async with AsyncExitStack() as stack:
        listener = None
        if settings.metrics_port is not None:
            listener = stack.enter_context(
                listen(settings.metrics_host, settings.metrics_port, chosen_by="CHARACTER_SYNC_METRICS_PORT")
            )
        parts = await stack.enter_async_context(open_parts(settings))
        await stack.enter_async_context(build_worker(parts).running())
        if listener is None:
            say("The worker is ready.")
            await stop.wait()
            return
        host, port = listener.getsockname()[:2]

        def ready() -> None:
            say(f"The worker is ready; its metrics: http://{_reachable(host)}:{port}/metrics")

        await serve(build_worker_operations(parts), listener, ready=ready, stop=stop)


async def run_demo(
    settings: Settings, *, host: str, port: int, accounts: Path | None, keeps_data: bool, say: Say
) -> None:
    """Run the service, its worker and the sandbox Battle.net in this process."""
    stop = stop_signal()
    async with AsyncExitStack() as stack:
        folder = settings.data_dir
        if not keeps_data:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="character-sync-demo-")))
        data_folder.prepare(folder)
        listener = stack.enter_context(listen(host, port))
        taken_port = listener.getsockname()[1]
        sandbox = await _sandbox_beside(port, accounts, stack)
        demo = settings.model_copy(
            update={
                "data_dir": folder,
                "battle_net_client_id": "sandbox",
                "battle_net_client_secret": Secret("sandbox"),
                "battle_net_oauth_url": sandbox.oauth_url,
                "battle_net_api_url": sandbox.api_url,
                "avatar_origins": (*settings.avatar_origins, sandbox.url),
                "public_url": settings.public_url
                if "public_url" in settings.model_fields_set
                else f"http://{_reachable(host)}:{taken_port}",
                "webhooks_to_private_addresses": True,  # a receiver tried out here is on this machine
                "encryption_keys": settings.encryption_keys or data_folder.demo_key(folder, generate_key()),
            }
        )

        def ready() -> None:
            say(f"Sandbox Battle.net (accounts six, sixty, mixed, recorded, empty): {sandbox.url}")
            say(f"Character Sync is ready: http://{_reachable(host)}:{taken_port}")

        await _serve(demo, listener, works=True, stop=stop, ready=ready)


async def _sandbox_beside(port: int, accounts: Path | None, stack: AsyncExitStack) -> RunningSandbox:
    """Start the sandbox on the next port, so that kept characters find their pictures after a restart; else on any."""
    if 0 < port < LAST_PORT:
        with suppress(CannotStartError):
            settings = SandboxSettings(port=port + 1, accounts=accounts)
            return await stack.enter_async_context(running_sandbox(settings))
    return await stack.enter_async_context(running_sandbox(SandboxSettings(accounts=accounts)))


async def _serve(
    settings: Settings, listener: socket.socket, *, works: bool, stop: asyncio.Event, ready: Callable[[], None]
) -> None:
    """Open the service, work the queue beside it if it `works`, and serve until told to stop."""
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_parts(settings))
        service = build_service(parts)
        stack.push_async_callback(service.gateway.close)
        if works:
            await stack.enter_async_context(build_worker(parts).running())
        await serve(service.asgi, listener, ready=ready, stop=stop)


async def run_migrate(settings: Settings, *, say: Say) -> None:
    """Bring the database to the newest revision."""
    if not settings.database_url:
        data_folder.prepare(settings.data_dir)
    database = Database(settings.database)
    try:
        say(f"The database {database.shown_url} is at revision {await database.migrate()}.")
    finally:
        await database.close()


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
    async with _database_as_it_is(settings) as database:
        yield database, vault


async def run_circuits_list(settings: Settings, *, say: Say) -> None:
    """Say which circuits are open, by an operator's word or by themselves."""
    async with _database_as_it_is(settings) as database, database.reading() as connection:
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
    for what, told, known in (("region", region, [*Region]), ("endpoint", endpoint, [*Facet, ACCOUNT, STATUS])):
        if told != ANY and told not in known:
            raise NotReady(f"There is no {what} {told}: it is one of {', '.join(known)}, or * for all.")
    async with _database_as_it_is(settings) as database, database.writing() as connection:
        place = Place(region, namespace, endpoint)
        await DatabaseCircuits(connection).say(place, utc_now(), is_open=is_open)
        await connection.commit()
    verb = "open: syncs that need it wait" if is_open else "closed: it is asked again"
    say(
        f"Circuits of region {region}, namespace {namespace}, endpoint {endpoint} are {verb}. Processes hear it within seconds."
    )


@asynccontextmanager
async def _database_as_it_is(settings: Settings) -> AsyncIterator[Database]:
    """Open a database beside whatever uses it, without the keys. Raises NotReady: it is not at the newest revision."""
    database = Database(settings.database)
    try:
        await database.require_newest()
        yield database
    except DatabaseUnavailable as error:
        raise database.cannot_be_used(error.__cause__ or error) from error
    finally:
        await database.close()


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - recognised here, not bound
