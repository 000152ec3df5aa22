"""The programs that run a service: serve, worker, demo, migrate."""

import asyncio
import gc
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from battle_net_sandbox.server import CannotStartError, RunningSandbox, running_sandbox
from battle_net_sandbox.settings import SandboxSettings
from character_sync.adapters import data_folder
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.token_vault import generate_key
from character_sync.bootstrap import build_worker, build_worker_operations, open_parts, running_service
from character_sync.domain.errors import NotReady
from character_sync.entrypoints.server import listen, serve, stop_signal
from character_sync.ports import Secret
from character_sync.settings import Settings

Say = Callable[[str], None]

LAST_PORT = 65_535
# Python's 700 are one character's; with 20,000, a few MB, hardly anything under way is looked at more than once.
OBJECTS_BETWEEN_COLLECTIONS = 20_000


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
        collect_only_what_is_new()
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
    async with running_service(settings, works=works) as service:
        collect_only_what_is_new()
        await serve(service.asgi, listener, ready=ready, stop=stop)


def collect_only_what_is_new() -> None:
    """Have the garbage collector leave alone what is here to stay: code, tables, routes, open connections.

    It would look through all of that, some 300,000 objects, every few hundred characters, and find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


async def run_migrate(settings: Settings, *, say: Say) -> None:
    """Bring the database to the newest revision."""
    if not settings.database_url:
        data_folder.prepare(settings.data_dir)
    database = Database(settings.database)
    try:
        say(f"The database {database.shown_url} is at revision {await database.migrate()}.")
    finally:
        await database.close()


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - recognised here, not bound
