"""Checks every part of a set-up and says in sentences how it is. Reads only: it makes, migrates and locks nothing."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from yarl import URL

from character_sync.adapters.battle_net.client import http_session
from character_sync.adapters.battle_net.oauth import app_token
from character_sync.adapters.battle_net.text import http_date
from character_sync.adapters.battle_net.transport import exchange
from character_sync.adapters.database import key_custody
from character_sync.adapters.database.engine import Database, newest_revision
from character_sync.adapters.database.token_vault import TokenVault
from character_sync.adapters.game_version_file import load_game_versions
from character_sync.adapters.job_queue import open_job_queue
from character_sync.adapters.progress_channel.channels import open_channels
from character_sync.bootstrap import utc_now
from character_sync.domain.errors import (
    BattleNetCredentialsRefused,
    BattleNetError,
    BattleNetUnavailable,
    CharacterSyncError,
    DatabaseUnavailable,
    NotReady,
)
from character_sync.domain.progress import Progress
from character_sync.ports import Secret
from character_sync.settings import Settings

CHECK_SECONDS = 10.0  # for one check; a part that takes longer is as good as gone
SKEW_SECONDS = 60  # a token is renewed so long before its end; a clock further off uses tokens that have ended
CHANNEL_SECONDS = 3.0  # for Redis to take a subscription, and again to bring an event; each takes a millisecond
DEVELOPER_PORTAL = "https://develop.battle.net/access/clients"


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part is, and what to do about it when it is not well."""

    is_well: bool
    sentence: str


Check = Callable[[], Awaitable[Finding]]


def verdict(findings: Sequence[Finding]) -> str:
    """Return the last line: what is left to do. A part is often wrong only because one before it is."""
    problems = sum(not finding.is_well for finding in findings)
    return f"To be put right: {problems}, the first of them first." if problems else "Everything is well."


async def examine(settings: Settings) -> list[Finding]:
    """Check every part, each for itself, and return what was found in the order of the set-up."""
    timeout = min(settings.request_timeout_seconds, CHECK_SECONDS)
    async with http_session(timeout_seconds=timeout) as http:
        checks: dict[str, Check] = {
            "settings": partial(_settings, settings),
            "data folder": partial(_data_folder, settings),
            "encryption key": partial(_encryption_key, settings),
            "game versions": partial(_game_versions, settings),
            "public address": partial(_public_address, settings),
            "database": partial(_database, settings),
            "queue": partial(_queue, settings),
            "progress channel": partial(_progress_channel, settings),
            "Battle.net credentials": partial(_credentials, settings),
            "Battle.net sign-in": partial(_oauth, settings, http),
            "Battle.net API": partial(_api, settings, http),
            "clock": partial(_clock, settings, http),
        }
        return list(await asyncio.gather(*(_found(part, check) for part, check in checks.items())))


async def _found(part: str, check: Check) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except CharacterSyncError as error:
        return Finding(False, str(error))
    except TimeoutError:
        return Finding(
            False, f"The {part} gave no answer within {CHECK_SECONDS:.0f} seconds: is it reachable from here?"
        )
    except Exception as error:  # noqa: BLE001 - a check that cannot cope is itself a finding, and the others go on
        return Finding(False, f"The {part} could not be checked: {_first_line(error)}.")


async def _settings(settings: Settings) -> Finding:
    if settings.is_embedded:
        return Finding(True, "The settings are readable: one process does everything, with SQLite and its own queue.")
    database = "SQLite" if settings.database.startswith("sqlite") else "PostgreSQL"
    queue = "its own queue" if _has_own_queue(settings) else "a shared queue"
    return Finding(True, f"The settings are readable: {database} and {queue}.")


async def _data_folder(settings: Settings) -> Finding:
    database = Database(settings.database)
    if not (settings.is_embedded or database.is_sqlite):
        return Finding(True, "No data folder is needed: the database is PostgreSQL.")
    folders = {settings.data_dir.absolute(), _folder_of(database)} if settings.is_embedded else {_folder_of(database)}
    refusing = next((folder for folder in sorted(folders) if not _can_be_written(folder)), None)
    if refusing:
        return Finding(
            False,
            f"The data folder {refusing} cannot be written to: give this user the right to, "
            "or set CHARACTER_SYNC_DATA_DIR to another folder.",
        )
    return Finding(True, f"The data folder {' and '.join(map(str, sorted(folders)))} can be written to.")


async def _encryption_key(settings: Settings) -> Finding:
    vault = TokenVault.from_setting(settings.encryption_keys)
    owner, secret = uuid4(), Secret("a token")
    is_same = vault.open(vault.seal(secret, owner, "doctor"), owner, "doctor").reveal() == secret.reveal()
    if not is_same:
        return Finding(False, "The encryption key does not open what it sealed.")
    database = Database(settings.database)
    try:
        await database.require_newest()
        custody = await key_custody.examine(database, vault, utc_now())
    except (NotReady, DatabaseUnavailable):  # of this the check of the database tells
        return Finding(True, "The encryption key seals and opens.")
    finally:
        await database.close()
    if custody.closed:
        return Finding(False, custody.what_is_wrong)
    return Finding(
        True, f"The encryption key seals and opens, also the stored tokens that are still good ({custody.tokens})."
    )


async def _game_versions(settings: Settings) -> Finding:
    versions = load_game_versions(settings.game_versions_file, protected_facet=settings.protected_facet)
    return Finding(True, f"The game versions are readable: {', '.join(version.id for version in versions)}.")


async def _public_address(settings: Settings) -> Finding:
    address = urlsplit(settings.public_url)
    if address.scheme not in {"http", "https"} or not address.hostname or address.path.strip("/") or address.query:
        return Finding(
            False,
            f"CHARACTER_SYNC_PUBLIC_URL is {settings.public_url!r}: it must be an address without a path, "
            "such as https://characters.example.",
        )
    if address.scheme == "http" and not _is_loopback(address.hostname):
        return Finding(
            False,
            f"The public address {settings.public_url} sends sign-ins unencrypted: "
            "put a TLS proxy in front and set CHARACTER_SYNC_PUBLIC_URL to its https:// address.",
        )
    return Finding(
        True,
        f"The public address is {settings.public_url}; register {settings.redirect_uri} as redirect URI "
        f"at {DEVELOPER_PORTAL}.",
    )


async def _database(settings: Settings) -> Finding:
    database = Database(settings.database)
    newest = newest_revision()
    try:
        # Only looking at it would make the file.
        if database.is_sqlite and not _has_content(Path(database.url.database or "")):
            revision = None
        else:
            revision = await database.revision()
    except (DatabaseUnavailable, SQLAlchemyError, OSError) as error:
        return Finding(
            False,
            f"The database {_shown(database)} cannot be used ({_first_line(error.__cause__ or error)}): "
            "check that it runs and that CHARACTER_SYNC_DATABASE_URL is right.",
        )
    finally:
        await database.close()
    if revision == newest:
        return Finding(True, f"The database {_shown(database)} answers and is at the newest revision, {newest}.")
    if revision is None:
        return Finding(
            False,
            f"The database {_shown(database)} is empty: run `character-sync migrate`; `serve` and `worker` do so too.",
        )
    if revision > newest:  # revisions are counted: 0001, 0002
        return Finding(
            False,
            f"The database {_shown(database)} is at revision {revision}, newer than this program's {newest}: "
            "install the version of Character Sync that made it, or restore a backup taken before.",
        )
    return Finding(
        False,
        f"The database {_shown(database)} is at revision {revision} and the newest is {newest}: "
        "run `character-sync migrate`; `serve` and `worker` do so too.",
    )


async def _queue(settings: Settings) -> Finding:
    if _has_own_queue(settings):
        return Finding(True, "The queue is inside the serving process: `serve` works it, other workers cannot.")
    try:
        async with open_job_queue(settings.queue_url) as queue:
            await queue.ping()
    except (NotReady, RedisError, OSError) as error:
        return Finding(
            False,
            f"The queue does not answer ({_first_line(error.__cause__ or error)}): check that Redis runs "
            "and that CHARACTER_SYNC_QUEUE_URL is right.",
        )
    return Finding(True, "The queue answers.")


async def _progress_channel(settings: Settings) -> Finding:
    """Send an event through, about a sync session nobody has."""
    session_id = uuid4()
    event = Progress(session_id, "pending", "doctor", 0, 0, 0, 0, 0)
    live, heard = asyncio.Event(), asyncio.Event()
    try:
        async with open_channels(settings.queue_url, utc_now) as channels:
            channel = channels.progress
            with channel.subscribe(session_id, hear=lambda _event, _at: heard.set(), live=live.set):
                await asyncio.wait_for(live.wait(), CHANNEL_SECONDS)
                await channel.publish([event])
                await asyncio.wait_for(heard.wait(), CHANNEL_SECONDS)
    except NotReady as error:
        return Finding(False, str(error))
    except TimeoutError:
        if live.is_set():
            return Finding(
                False,
                "The progress channel takes events and brings none: allow PUBLISH to Redis's user, for every channel.",
            )
        return Finding(
            False,
            "The progress channel does not answer: check that Redis runs, that CHARACTER_SYNC_QUEUE_URL is right and "
            "that Redis's user may SUBSCRIBE to every channel.",
        )
    return Finding(True, "The progress channel carries events.")


async def _credentials(settings: Settings) -> Finding:
    pairs = {
        "CHARACTER_SYNC_BATTLE_NET_CLIENT_ID": settings.battle_net_client_id,
        "CHARACTER_SYNC_BATTLE_NET_CLIENT_SECRET": settings.battle_net_client_secret,
    }
    missing = [name for name, value in pairs.items() if not value]
    if missing:
        return Finding(
            False,
            f"There are no Battle.net credentials: create a client at {DEVELOPER_PORTAL} and set "
            f"{' and '.join(missing)}, or try everything without them with `character-sync demo`.",
        )
    return Finding(True, f"Battle.net credentials are set, for the client {settings.battle_net_client_id}.")


async def _oauth(settings: Settings, http: aiohttp.ClientSession) -> Finding:
    secret = settings.battle_net_client_secret
    where = settings.battle_net_oauth_url
    if not settings.battle_net_client_id or not secret:
        return Finding(False, f"Whether Battle.net's sign-in at {where} accepts us is not known without credentials.")
    try:
        await app_token(http, where, settings.battle_net_client_id, secret, utc_now)
    except BattleNetCredentialsRefused:
        return Finding(
            False,
            f"Battle.net's sign-in at {where} refuses the client id or its secret: "
            f"compare both with {DEVELOPER_PORTAL}, and whether the client is still there.",
        )
    except BattleNetUnavailable as error:
        return _unreachable("sign-in", where, "CHARACTER_SYNC_BATTLE_NET_OAUTH_URL", error)
    return Finding(True, f"Battle.net's sign-in at {where} accepts the client id and secret.")


async def _api(settings: Settings, http: aiohttp.ClientSession) -> Finding:
    where = settings.battle_net_api_url.rstrip("/").replace("{region}", settings.default_region.value)
    try:
        # Asked without a token: 401 is the answer of an API that is well.
        answer = await exchange(http, "GET", URL(f"{where}/data/wow/realm/index"))
    except BattleNetError as error:
        return _unreachable("API", where, "CHARACTER_SYNC_BATTLE_NET_API_URL", error)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Finding(False, f"Battle.net's API at {where} answers with status {answer.status}: wait and look again.")
    return Finding(True, f"Battle.net's API at {where} answers.")


async def _clock(settings: Settings, http: aiohttp.ClientSession) -> Finding:
    where = settings.battle_net_oauth_url.rstrip("/")
    try:
        answer = await exchange(http, "GET", URL(f"{where}/.well-known/openid-configuration"))
    except BattleNetError:
        return Finding(False, f"The clock cannot be compared: Battle.net at {where} does not answer.")
    theirs = http_date(answer.headers.get("date"))
    if theirs is None:
        return Finding(False, f"The clock cannot be compared: {where} does not say what time it is there.")
    off = round((utc_now() - theirs).total_seconds())
    if abs(off) > SKEW_SECONDS:
        return Finding(
            False,
            f"The clock here is {abs(off)} seconds {'ahead of' if off > 0 else 'behind'} Battle.net's: "
            "set it, and keep it with NTP; sign-ins end at wrong times.",
        )
    return Finding(True, f"The clock agrees with Battle.net's to {max(abs(off), 1)} s.")


def _unreachable(what: str, where: str, setting: str, error: BattleNetError) -> Finding:
    why = _first_line(error.__cause__) if error.__cause__ else "it answered, but not as Battle.net does"
    return Finding(
        False,
        f"Battle.net's {what} at {where} cannot be reached ({why}): check this machine's network, proxy and DNS, "
        f"and that {setting} is right.",
    )


def _has_own_queue(settings: Settings) -> bool:
    return settings.queue_url.startswith("memory://")


def _folder_of(database: Database) -> Path:
    return Path(database.url.database or "").absolute().parent


def _can_be_written(folder: Path) -> bool:
    """Whether it can, or can be made in the nearest folder that is there."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def _shown(database: Database) -> str:
    """Return the address as the setting has it, without our driver and the password."""
    return database.url.set(drivername=database.url.get_backend_name()).render_as_string(hide_password=True)


def _has_content(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _first_line(error: BaseException) -> str:
    cause: BaseException = error
    if isinstance(error, DBAPIError) and error.orig:
        cause = error.orig
    elif isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
    if isinstance(cause, OSError) and cause.errno and cause.errno > 0:
        return os.strerror(cause.errno)
    lines = str(cause).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(cause).__name__
