"""Starts the sandbox: puts the handlers together, listens on loopback only, stops cleanly."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import msgspec
from aiohttp import web

from battle_net_sandbox.control import Control, load_accounts
from battle_net_sandbox.misbehaviour import Misbehaviour
from battle_net_sandbox.oauth import OAuth
from battle_net_sandbox.profile_api import ProfileApi
from battle_net_sandbox.renders import Renders
from battle_net_sandbox.sandbox import Sandbox, create_sandbox
from battle_net_sandbox.settings import SandboxSettings
from battle_net_sandbox.world import World

__all__ = ["CannotStartError", "RunningSandbox", "SandboxSettings", "create_app", "running_sandbox", "serve"]

SANDBOX: Final = web.AppKey("sandbox", Sandbox)
_BACKLOG: Final = 4_096
_LARGEST_BODY: Final = 64 << 20  # bytes; a fault rule may carry a whole answer
_SHUTDOWN_SECONDS: Final = 2.0
_COLLECTIONS: Final = (10_000, 10, 1_000_000)  # new objects; then how many of each kind come before one of the next


class CannotStartError(Exception):
    """The sandbox cannot start as it was told to; the message is a sentence for the person who told it."""


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that listens. The URLs are what a client's settings take."""

    url: str
    world: World

    @property
    def oauth_url(self) -> str:
        return f"{self.url}/oauth"

    @property
    def api_url(self) -> str:
        """With the placeholder `{region}` in it."""
        return f"{self.url}/api/{{region}}"


def create_app(settings: SandboxSettings) -> web.Application:
    """The sandbox as an application; who runs it must listen on loopback only.

    Raises:
        CannotStartError: the recordings or the accounts cannot be read.
    """
    if settings.recordings is not None and not settings.recordings.is_dir():
        raise CannotStartError(f"There is no folder of recordings at {settings.recordings}.")
    sandbox = create_sandbox(settings)
    misbehaviour = Misbehaviour(sandbox.faults)
    app = web.Application(client_max_size=_LARGEST_BODY)
    app[SANDBOX] = sandbox
    ProfileApi(sandbox, misbehaviour).add_to(app)
    OAuth(sandbox, misbehaviour).add_to(app)
    Renders(sandbox).add_to(app)
    Control(sandbox).add_to(app)
    if settings.accounts is not None:
        try:
            load_accounts(sandbox, settings.accounts)
        except (OSError, msgspec.DecodeError) as problem:
            raise CannotStartError(f"Cannot read the accounts in {settings.accounts}: {problem}.") from problem

    async def let_go(_: web.Application) -> None:
        misbehaviour.close()

    app.on_shutdown.append(let_go)
    return app


@asynccontextmanager
async def running_sandbox(settings: SandboxSettings | None = None) -> AsyncIterator[RunningSandbox]:
    """A sandbox for the length of a block.

    Raises:
        CannotStartError: the port is taken, the host is not a loopback address, or a folder or file cannot be read.
    """
    settings = settings or SandboxSettings()
    _refuse_other_than_loopback(settings.host)
    app = create_app(settings)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, backlog=_BACKLOG)
        try:
            await site.start()
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise CannotStartError(f"Cannot listen on {settings.host}:{settings.port}: {reason}.") from problem
        host, port = runner.addresses[0][:2]
        shown = f"[{host}]" if ":" in host else host
        sandbox = app[SANDBOX]
        sandbox.url = f"http://{shown}:{port}"
        yield RunningSandbox(sandbox.url, sandbox.world)
    finally:
        await runner.cleanup()


async def serve(settings: SandboxSettings) -> None:
    """Run until cancelled, interrupted or terminated; says its address in one line on standard output.

    Raises:
        CannotStartError: the port is taken, the host is not a loopback address, or a folder or file cannot be read.
    """
    # The world is here to stay and holds no cycles: looking through all of it took a quarter of a second at 10,000
    # characters, for which an answer then waited.
    gc.set_threshold(*_COLLECTIONS)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, ValueError, RuntimeError):  # not in the main thread: cancellation must do
            loop.add_signal_handler(number, stop.set)
    try:
        async with running_sandbox(settings) as sandbox:
            print(f"Sandbox Battle.net listens on {sandbox.url}", flush=True)  # noqa: T201 - what the caller waits for
            await stop.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError, ValueError, RuntimeError):
                loop.remove_signal_handler(number)


def _refuse_other_than_loopback(host: str) -> None:
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host != "localhost":
        raise CannotStartError(f"The sandbox listens on loopback addresses only, and {host} is not one.")
