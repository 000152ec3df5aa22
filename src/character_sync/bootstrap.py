"""The one place where settings become adapters and adapters become use cases."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Gauge

from character_sync import __version__
from character_sync.adapters import data_folder
from character_sync.adapters.battle_net.adapter import BattleNetAdapter
from character_sync.adapters.battle_net.client import BattleNetClient, http_session
from character_sync.adapters.battle_net.oauth import BattleNetOAuth
from character_sync.adapters.battle_net.pictures import Pictures
from character_sync.adapters.battle_net.request_budget import RequestPacer
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.token_vault import TokenVault
from character_sync.adapters.database.unit_of_work import DatabaseWork
from character_sync.adapters.game_version_file import load_game_versions
from character_sync.adapters.job_queue import DocketJobQueue, open_job_queue
from character_sync.adapters.progress_channel import open_progress_channel
from character_sync.domain.errors import NotReady
from character_sync.domain.game import GameVersions
from character_sync.domain.retry import RetryPolicy
from character_sync.domain.sync_session import SessionLimits
from character_sync.domain.verification import VerificationPolicy
from character_sync.entrypoints.asgi import Doors, create_http_app
from character_sync.entrypoints.character_sync_gateway import CharacterSyncGateway
from character_sync.entrypoints.client_address import ClientAddress
from character_sync.entrypoints.following import SessionFollower
from character_sync.entrypoints.identity import Cookies, Identity
from character_sync.entrypoints.page import FILES, Page
from character_sync.entrypoints.rate_limits import RateLimit
from character_sync.entrypoints.rest.context import RestContext
from character_sync.entrypoints.rest.operations import Operations
from character_sync.entrypoints.verification_metrics import VerificationMetrics
from character_sync.entrypoints.worker import QueueWorker
from character_sync.ports import BattleNet, BattleNetSignIn, Clock, ProgressChannel, Secret, UserId
from character_sync.settings import Settings
from character_sync.use_cases.cancel_sync_session import CancelSyncSession
from character_sync.use_cases.character_enrichment_processor import CharacterEnrichmentProcessor
from character_sync.use_cases.erase_user import EraseUser
from character_sync.use_cases.export_user import ExportUser
from character_sync.use_cases.link_battle_net_account import LinkBattleNetAccount
from character_sync.use_cases.reconcile_sync_sessions import ReconcileSyncSessions
from character_sync.use_cases.request_character_enrichment import RequestCharacterEnrichment
from character_sync.use_cases.retry_sync_session import RetrySyncSession
from character_sync.use_cases.run_sync_session import RunPace, RunSyncSession
from character_sync.use_cases.sync_characters_from_battle_net import SyncCharactersFromBattleNetUseCase
from character_sync.use_cases.verify_characters import VerifyCharacters

USER_AGENT = f"character-sync/{__version__}"  # Battle.net's front door refuses nameless clients


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """The adapters, open and ready. Tests make the use cases from the same parts."""

    settings: Settings
    clock: Clock
    database: Database
    work: DatabaseWork
    queue: DocketJobQueue
    channel: ProgressChannel
    battle_net: BattleNet
    battle_net_sign_in: BattleNetSignIn
    versions: GameVersions
    verification: VerificationPolicy
    verification_metrics: VerificationMetrics


@asynccontextmanager
async def open_parts(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Parts]:
    """Open what the settings name, in the order in which a mistake is cheapest to report.

    Raises:
        NotReady: something cannot be used; the message says what and how to put it right.
    """
    vault = TokenVault.from_setting(settings.encryption_keys.get_secret_value())
    versions = load_game_versions(settings.game_versions_file, protected_facet=settings.protected_facet)
    _check_credentials(settings)
    async with AsyncExitStack() as stack:
        if settings.is_embedded or not settings.database_url:
            data_folder.prepare(settings.data_dir)
        if settings.is_embedded:
            stack.enter_context(data_folder.alone_in(settings.data_dir))
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        await database.migrate()
        queue = await stack.enter_async_context(open_job_queue(settings.queue_url))
        channel = await stack.enter_async_context(open_progress_channel(settings.queue_url))
        http = await stack.enter_async_context(http_session(timeout_seconds=settings.request_timeout_seconds))
        budget = RequestPacer(per_second=settings.requests_per_second, per_hour=settings.requests_per_hour)
        verification = _verification(settings)
        secret = Secret(settings.battle_net_client_secret.get_secret_value())
        yield Parts(
            settings=settings,
            clock=clock,
            database=database,
            work=DatabaseWork(database, vault, queue, verification),
            queue=queue,
            channel=channel,
            battle_net=BattleNetAdapter(
                BattleNetClient(
                    http,
                    api_url=settings.battle_net_api_url,
                    oauth_url=settings.battle_net_oauth_url,
                    client_id=settings.battle_net_client_id,
                    client_secret=secret,
                    budget=budget,
                    clock=clock,
                    user_agent=USER_AGENT,
                ),
                Pictures(settings.avatar_origins),
            ),
            battle_net_sign_in=BattleNetOAuth(
                http,
                oauth_url=settings.battle_net_oauth_url,
                client_id=settings.battle_net_client_id,
                client_secret=secret,
                clock=clock,
            ),
            versions=versions,
            verification=verification,
            verification_metrics=VerificationMetrics(),
        )


@dataclass(frozen=True, slots=True)
class Service:
    """The REST API and the gateway as one ASGI app."""

    asgi: Any
    gateway: CharacterSyncGateway


def build_service(parts: Parts) -> Service:
    """Raises NotReady: the page's files are missing."""
    settings = parts.settings
    page = Page(FILES, settings.avatar_origins)
    identity = Identity(
        work=parts.work,
        clock=parts.clock,
        cookies=Cookies(secure=settings.public_url.startswith("https://")),
        own_origin=origin_of(settings.public_url),
        allowed_origins=frozenset(settings.allowed_origins),
        idle=timedelta(days=settings.sign_in_idle_days),
    )
    limits = _limits(settings)
    credentials_ended = _nobody_to_tell  # with the gateway's channel: parts.sign_ins.publish
    follower = SessionFollower(parts.work, parts.channel)
    context = RestContext(
        identity=identity,
        work=parts.work,
        clock=parts.clock,
        versions=parts.versions,
        default_region=settings.default_region,
        sign_in=LinkBattleNetAccount(
            work=parts.work,
            battle_net=parts.battle_net_sign_in,
            clock=parts.clock,
            redirect_uri=settings.redirect_uri,
            sign_in_lasts=timedelta(days=settings.sign_in_absolute_days),
        ),
        sync_characters=SyncCharactersFromBattleNetUseCase(
            parts.work, parts.battle_net, parts.versions, parts.clock, limits
        ),
        enrich_character=RequestCharacterEnrichment(parts.work, parts.clock, limits),
        cancel_sync_session=CancelSyncSession(parts.work, parts.channel, parts.clock),
        follower=follower,
        retry_sync_session=RetrySyncSession(parts.work, parts.clock, limits),
        export_user=ExportUser(parts.work),
        erase_user=EraseUser(parts.work, parts.channel, parts.clock, credentials_ended),
        per_user=RateLimit(settings.requests_per_user),
        credentials_ended=credentials_ended,
    )
    gateway = CharacterSyncGateway(identity=identity, follower=follower)
    doors = Doors(
        allowed_origins=settings.allowed_origins,
        per_address=RateLimit(settings.requests_per_address),
        sign_ins_per_address=RateLimit(settings.sign_ins_per_address),
        is_https=identity.cookies.secure,
    )
    app = create_http_app(context, _operations(parts, gateway), page, doors)
    return Service(ClientAddress(gateway.asgi(app), settings.trusted_proxies), gateway)


def build_worker(parts: Parts) -> QueueWorker:
    settings = parts.settings
    processor = CharacterEnrichmentProcessor(
        battle_net=parts.battle_net,
        work=parts.work,
        clock=parts.clock,
        policy=RetryPolicy(
            max_attempts=settings.enrichment_attempts,
            first_backoff=timedelta(seconds=settings.enrichment_backoff_seconds),
        ),
        sleep=asyncio.sleep,
        draw=random.random,
    )
    run = RunSyncSession(
        work=parts.work,
        channel=parts.channel,
        enrich=processor.enrich,
        versions=parts.versions,
        clock=parts.clock,
        pace=RunPace(
            lease=timedelta(seconds=settings.lease_seconds),
            heartbeat=timedelta(seconds=settings.heartbeat_seconds),
            characters_at_once=settings.characters_at_once,
        ),
    )
    return QueueWorker(
        run_sync_session=run,
        reconcile=ReconcileSyncSessions(parts.work, parts.queue, parts.clock),
        working=partial(parts.queue.working, at_once=settings.sessions_at_once),
        reconcile_seconds=settings.reconcile_seconds,
        verify=VerifyCharacters(
            work=parts.work,
            battle_net=parts.battle_net,
            clock=parts.clock,
            policy=parts.verification,
            observer=parts.verification_metrics,
            per_round=settings.verification_per_round,
        ),
        verify_seconds=settings.verification_seconds,
        is_alone=settings.is_embedded,
    )


async def _nobody_to_tell(_owner: UserId) -> None:
    """Stand in for the channel that closes sockets whose credentials have ended."""


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _limits(settings: Settings) -> SessionLimits:
    return SessionLimits(
        base=timedelta(seconds=settings.deadline_base_seconds),
        per_character=timedelta(seconds=settings.deadline_per_character_seconds),
    )


def _verification(settings: Settings) -> VerificationPolicy:
    return VerificationPolicy(
        keep=timedelta(days=settings.verification_days),
        margin=timedelta(days=settings.verification_margin_days),
        grace=timedelta(days=settings.verification_grace_days),
        tombstone=timedelta(days=settings.tombstone_days),
    )


def _check_credentials(settings: Settings) -> None:
    if not settings.battle_net_client_id or not settings.battle_net_client_secret.get_secret_value():
        raise NotReady(
            "There are no Battle.net credentials: set CHARACTER_SYNC_BATTLE_NET_CLIENT_ID and "
            "CHARACTER_SYNC_BATTLE_NET_CLIENT_SECRET, or try everything without them with `character-sync demo`."
        )


def _operations(parts: Parts, gateway: CharacterSyncGateway) -> Operations:
    registry = CollectorRegistry()
    sessions = Gauge(
        "character_sync_unfinished_sessions", "Sync sessions that wait or run, in all processes.", registry=registry
    )
    parts.verification_metrics.show_on(registry)
    sockets = Gauge("character_sync_sockets", "Sockets connected to this process.", registry=registry)

    async def database_answers() -> None:
        await parts.database.revision()

    async def collect() -> None:
        async with parts.work.reading() as work:
            sessions.set(await work.sync_sessions.unfinished())
            late = await work.verifications.held_past_their_date(parts.clock())
            parts.verification_metrics.show_held_past_their_date(late)
        sockets.set(gateway.sockets)

    return Operations({"database": database_answers, "queue": parts.queue.ping}, registry, collect)
