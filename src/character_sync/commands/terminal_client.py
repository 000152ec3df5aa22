"""A terminal's use of the Python client: starts a sync, shows it live, and what came of it."""

import io
import sys
from asyncio import CancelledError
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from uuid import UUID

from rich.console import Console
from yarl import URL

from character_sync.client import (
    BattleNetTokenInvalid,
    CharacterSync,
    CharacterSyncError,
    NotFound,
    SyncAlreadyActive,
    SyncFailed,
    Unauthenticated,
)
from character_sync.client.requests import open_requests
from character_sync.commands.terminal_views import (
    JsonView,
    LineView,
    LiveView,
    Message,
    View,
    aside,
    plain,
    show_characters,
)
from character_sync.ports import Secret
from character_sync.schemas.events import SYNC_COMPLETE, SYNC_ERROR, SYNC_PROGRESS, SyncError, SyncProgress
from character_sync.schemas.rest import CharacterAnswer, CreatedAccessToken, Snapshot

LONGEST_WAY = 10  # redirects; a sign-in takes three


class CannotStart(Exception):
    """What keeps a sync from starting, in a sentence for the person at the terminal."""


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
    try:
        async with CharacterSync(url, token) as client:
            session_id = await _begin(client, url, game_version, region)
            view = JsonView() if as_json else LiveView() if sys.stdout.isatty() else LineView()
            last = await _watch(client, session_id, view)
            if isinstance(last, SyncError):
                aside(plain(last.error))
                return True
            if not as_json:
                await _show_characters(client, session_id, view.console)
            return last.status != "completed" or bool(last.failed_characters)
    except CharacterSyncError as error:
        raise CannotStart(_sentence(error, url)) from error


async def sign_in_at_sandbox(url: str, account: str, name: str) -> Secret:
    """Sign in as one of the sandbox's accounts and return a new personal access token.

    Raises:
        CannotStart: the service cannot be reached, uses the real Battle.net, or has no such account.
    """
    try:
        return await _sign_in_at_sandbox(url, account, name)
    except CharacterSyncError as error:
        raise CannotStart(_sentence(error, url)) from error


async def _sign_in_at_sandbox(url: str, account: str, name: str) -> Secret:
    no_sandbox = (
        f"This service does not use the sandbox: sign in on its page, {url}, and create a token there for `sync`."
    )
    async with open_requests(url) as service:
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
        created = await service.ask("POST", "/api/v1/me/tokens", CreatedAccessToken, body={"name": name})
        return Secret(created.token)


async def _begin(client: CharacterSync, url: str, game_version: str, region: str | None) -> UUID:
    """Start a sync and return its id, or the id of the one that runs already."""
    try:
        return (await client.start_sync(game_version, region=region)).session_id
    except NotFound:
        raise CannotStart(f"There is no Character Sync at {url}: is --url right?") from None
    except SyncAlreadyActive as running:
        aside(f"A sync of {game_version} is already running; this watches that one.")
        return running.active_session_id


async def _watch(client: CharacterSync, session_id: UUID, view: View) -> SyncProgress | SyncError:
    """Show what happens until the sync ends; return its last event."""
    last: SyncProgress | SyncError | None = None
    try:
        with view:
            states = client.watch(
                session_id,
                on_connection=lambda is_well: view.note("" if is_well else "The connection was lost; trying again."),
            )
            try:
                async for last in states:
                    name = SYNC_PROGRESS if last.status in {"pending", "processing"} else SYNC_COMPLETE
                    view.show(name, _json(last))
            except SyncFailed as failed:
                last = failed.event
                view.show(SYNC_ERROR, _json(last))
    except CancelledError:
        aside("Stopped watching. The sync goes on in the background; the same command watches it again.")
        raise
    assert last is not None, "a watch ends with the sync's end, or with an error"
    return last


def _json(answer: SyncProgress | SyncError | Snapshot | CharacterAnswer) -> Message:
    return answer.model_dump(mode="json", by_alias=True)


async def _show_characters(client: CharacterSync, session_id: UUID, console: Console) -> None:
    """Print the table; a service that goes away now takes nothing back from the sync."""
    try:
        session = await client.sync_session(session_id)
        known = await client.characters(
            game_version=session.game_version,
            region=session.region,
            include_archived=True,  # one may have left the account since the sync listed it
        )
    except CharacterSyncError as error:
        aside(f"The sync has ended, but its characters cannot be shown. {plain(error.sentence)}")
        return
    show_characters(console, _json(session), {str(character.id): _json(character) for character in known})


def _sentence(error: CharacterSyncError, url: str) -> str:
    match error:
        case Unauthenticated():
            return "The token is not accepted: it is wrong, has ended or was deleted. Create one on the page."
        case BattleNetTokenInvalid(sign_in_url=str(path)):
            return plain(f"{error.sentence} ({URL(url).join(URL(path))})")
        case _:
            return plain(error.sentence)


def _is_near(host: str | None, service_host: str | None) -> bool:
    """Whether a host is this machine or the service's own, where a sandbox runs and Battle.net does not."""
    with suppress(ValueError):
        return ip_address(host or "").is_loopback or host == service_host
    return host in {"localhost", service_host}
