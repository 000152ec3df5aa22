"""The one place where settings become adapters and adapters become use cases."""

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from character_sync import __version__, background, policies
from character_sync.adapters import data_folder
from character_sync.adapters.battle_net.adapter import BattleNetAdapter
from character_sync.adapters.battle_net.circuits import Circuits, places_of
from character_sync.adapters.battle_net.client import BattleNetClient, http_session
from character_sync.adapters.battle_net.lease_script import LeaseScript
from character_sync.adapters.battle_net.oauth import BattleNetOAuth
from character_sync.adapters.battle_net.pictures import Pictures
from character_sync.adapters.battle_net.request_budget import RequestPacer
from character_sync.adapters.battle_net.shared_budget import SharedRequestBudget
from character_sync.adapters.database import key_custody
from character_sync.adapters.database.engine import POOL_SIZE, Database
from character_sync.adapters.database.token_vault import TokenVault
from character_sync.adapters.database.unit_of_work import DatabaseWork
from character_sync.adapters.game_version_file import load_game_versions
from character_sync.adapters.job_queue import DocketJobQueue, open_job_queue
from character_sync.adapters.progress_channel.channels import open_channels
from character_sync.adapters.webhook_sender import checked_url, new_webhook_secret, open_webhook_sender
from character_sync.domain.errors import NotReady
from character_sync.domain.game import GameVersions
from character_sync.entrypoints.allowance import PlacesPerCaller
from character_sync.entrypoints.asgi import Doors, create_http_app
from character_sync.entrypoints.character_sync_gateway import CharacterSyncGateway
from character_sync.entrypoints.client_address import ClientAddress
from character_sync.entrypoints.following import SessionFollower
from character_sync.entrypoints.identity import Cookies, Identity
from character_sync.entrypoints.metrics import Metrics
from character_sync.entrypoints.page import FILES, Page
from character_sync.entrypoints.rate_limits import RateLimit
from character_sync.entrypoints.request_ids import RequestIds
from character_sync.entrypoints.rest.context import RestContext
from character_sync.entrypoints.rest.operations import Operations, operations_app
from character_sync.entrypoints.server import cutting_off_slow_readers
from character_sync.entrypoints.site_sign_ins import SiteIdentity, SiteSignIns
from character_sync.entrypoints.worker import QueueWorker, going_on
from character_sync.parts import Parts
from character_sync.ports import (
    CircuitBreaker,
    Clock,
    RequestBudget,
)
from character_sync.settings import Settings
from character_sync.tracing import Untraced
from character_sync.use_cases.cancel_sync_session import CancelSyncSession
from character_sync.use_cases.decide_identity import DecideIdentity
from character_sync.use_cases.erase_user import EraseUser
from character_sync.use_cases.export_user import ExportUser
from character_sync.use_cases.forget_changes import ForgetChanges
from character_sync.use_cases.forget_history import ForgetHistory
from character_sync.use_cases.keep_circuits import KeepCircuits
from character_sync.use_cases.link_battle_net_account import LinkBattleNetAccount
from character_sync.use_cases.reconcile_sync_sessions import ReconcileSyncSessions
from character_sync.use_cases.request_character_enrichment import RequestCharacterEnrichment
from character_sync.use_cases.retry_sync_session import RetrySyncSession
from character_sync.use_cases.set_schedule import SetSchedule

log = structlog.get_logger()

USER_AGENT = f"character-sync/{__version__}"  # Battle.net's front door refuses nameless clients
CIRCUITS_SECONDS = 2.0  # how soon a process hears what an operator has said


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_parts(
    settings: Settings, clock: Clock = utc_now, tracing: Untraced | None = None
) -> AsyncIterator[Parts]:
    """Open what the settings name, in the order in which a mistake is cheapest to report.

    Raises:
        NotReady: something cannot be used; the message says what and how to put it right.
    """
    vault = TokenVault.from_setting(settings.encryption_keys)
    versions = load_game_versions(settings.game_versions_file, protected_facet=settings.protected_facet)
    _check_credentials(settings)
    async with AsyncExitStack() as stack:
        tracing = tracing or _tracing(settings)
        stack.callback(tracing.close)
        if settings.is_embedded or not settings.database_url:
            data_folder.prepare(settings.data_dir)
        if settings.is_embedded:
            stack.enter_context(data_folder.alone_in(settings.data_dir))
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        await database.migrate()
        await _check_keys(database, vault, clock())
        queue = await stack.enter_async_context(open_job_queue(settings.queue_url))
        channels = await stack.enter_async_context(open_channels(settings.queue_url, clock))
        http = await stack.enter_async_context(http_session(timeout_seconds=settings.request_timeout_seconds))
        budget = _request_budget(settings, queue)
        await stack.enter_async_context(budget.running())
        sender = await stack.enter_async_context(open_webhook_sender(to_private=settings.webhooks_to_private_addresses))
        verification = policies.verification_policy(settings)
        work = tracing.work(DatabaseWork(database, vault, queue, verification))
        circuits = _circuits(settings, clock, versions)
        metrics = _metrics(database, circuits)
        keep = KeepCircuits(work, circuits).execute
        await stack.enter_async_context(going_on("circuits_failed", keep, CIRCUITS_SECONDS))
        yield Parts(
            settings=settings,
            clock=clock,
            database=database,
            work=work,
            queue=queue,
            channel=channels.progress,
            sign_ins=channels.sign_ins,
            battle_net=tracing.battle_net(
                BattleNetAdapter(
                    BattleNetClient(
                        http,
                        api_url=settings.battle_net_api_url,
                        oauth_url=settings.battle_net_oauth_url,
                        client_id=settings.battle_net_client_id,
                        client_secret=settings.battle_net_client_secret,
                        budget=budget,
                        clock=clock,
                        user_agent=USER_AGENT,
                        took=metrics.battle_net.took,
                    ),
                    Pictures(settings.avatar_origins),
                    circuits,
                )
            ),
            battle_net_sign_in=BattleNetOAuth(
                http,
                oauth_url=settings.battle_net_oauth_url,
                client_id=settings.battle_net_client_id,
                client_secret=settings.battle_net_client_secret,
                clock=clock,
            ),
            budget=budget,
            circuits=circuits,
            webhook_sender=sender,
            versions=versions,
            metrics=metrics,
            tracing=tracing,
            verification=verification,
        )


@dataclass(frozen=True, slots=True)
class Service:
    """The REST API and the gateway as one ASGI app."""

    asgi: Any
    gateway: CharacterSyncGateway
    erase_user: EraseUser
    site: SiteSignIns | None


@asynccontextmanager
async def running_service(
    settings: Settings, *, works: bool, who: SiteIdentity | None = None
) -> AsyncIterator[Service]:
    """Open what the settings name and build the service from it; work the queue beside it if it `works`.

    Raises:
        NotReady: see `open_parts` and `build_service`.
    """
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_parts(settings))
        service = build_service(parts, who)
        stack.push_async_callback(service.gateway.close)
        if works:
            await stack.enter_async_context(build_worker(parts).running())
        yield service


def build_service(
    parts: Parts, who: SiteIdentity | None = None, *, monotonic: Callable[[], float] = time.monotonic
) -> Service:
    """Build the service; with `who` for a site that embeds it: the site's users, and no page of ours.

    `monotonic` is what limits by the minute are counted by.

    Raises:
        NotReady: the page's files are missing.
    """
    settings = parts.settings
    page = Page(FILES, settings.avatar_origins) if who is None else None
    site = None if who is None else SiteSignIns(who, parts.work, parts.clock, parts.sign_ins)
    identity = Identity(
        work=parts.work,
        clock=parts.clock,
        cookies=Cookies(secure=settings.public_url.startswith("https://")),
        own_origin=policies.origin_of(settings.public_url),
        allowed_origins=frozenset(settings.allowed_origins),
        idle=timedelta(days=settings.sign_in_idle_days),
        site=site,
    )
    limits, traced = policies.session_limits(settings), parts.tracing.use_case
    metrics = parts.metrics.gateway
    follower = SessionFollower(parts.work, parts.channel, conflated=metrics.conflated.inc)
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
            sign_ins=parts.sign_ins,
            redirect_uri=settings.redirect_uri,
            sign_in_lasts=timedelta(days=settings.sign_in_absolute_days),
        ),
        sync_characters=background.sync_characters(parts),
        enrich_character=traced(RequestCharacterEnrichment(parts.work, parts.clock, limits)),
        cancel_sync_session=traced(CancelSyncSession(parts.work, parts.channel, parts.clock, parts.metrics.syncs)),
        follower=follower,
        sign_ins=parts.sign_ins,
        retry_sync_session=traced(RetrySyncSession(parts.work, parts.clock, limits)),
        set_schedule=SetSchedule(parts.work, parts.clock),
        decide_identity=DecideIdentity(parts.work, parts.clock),
        export_user=ExportUser(parts.work),
        erase_user=traced(EraseUser(parts.work, parts.channel, parts.clock, parts.sign_ins)),
        per_user=RateLimit(settings.requests_per_user, monotonic),
        streams=PlacesPerCaller(settings.sockets_per_user),
        webhook_url=partial(checked_url, to_private=settings.webhooks_to_private_addresses),
        new_webhook_secret=new_webhook_secret,
    )
    gateway = CharacterSyncGateway(
        identity=identity,
        follower=follower,
        sign_ins=parts.sign_ins,
        clock=parts.clock,
        limits=policies.gateway_limits(settings),
        metrics=metrics,
    )
    doors = Doors(
        allowed_origins=settings.allowed_origins,
        per_address=RateLimit(settings.requests_per_address, monotonic),
        sign_ins_per_address=RateLimit(settings.sign_ins_per_address, monotonic),
        is_https=identity.cookies.secure,
    )
    app = create_http_app(context, _operations(parts), page, doors)
    asgi = ClientAddress(gateway.asgi(parts.tracing.requests(RequestIds(app))), settings.trusted_proxies)
    return Service(
        cutting_off_slow_readers(asgi, metrics.slow.inc, seconds=settings.slow_reader_seconds),
        gateway,
        context.erase_user,
        site,
    )


def build_worker(parts: Parts) -> QueueWorker:
    settings = parts.settings
    return QueueWorker(
        run_sync_session=background.run_sync_session(parts),
        reconcile=ReconcileSyncSessions(parts.work, parts.queue, parts.clock),
        reconcile_seconds=settings.reconcile_seconds,
        working=partial(parts.queue.working, at_once=settings.sessions_at_once),
        webhooks=background.deliver_webhook(parts),
        webhook_seconds=settings.reconcile_seconds,
        forget_changes=ForgetChanges(parts.work, parts.clock, timedelta(days=settings.changes_days)),
        forget_history=ForgetHistory(parts.work, parts.clock, timedelta(days=settings.history_days)),
        verify=background.verify_characters(parts),
        verify_seconds=settings.verification_seconds,
        keep_identities=background.keep_identities(parts),
        identity_seconds=settings.identity_seconds,
        schedules=background.scheduled_syncs(parts),
        schedules_seconds=settings.schedules_seconds,
        is_alone=settings.is_embedded,
    )


def build_worker_operations(parts: Parts) -> Any:
    """Return the ASGI app with which a worker shows how it is."""
    return RequestIds(operations_app(_operations(parts)))


def _circuits(settings: Settings, clock: Clock, versions: GameVersions) -> Circuits:
    return Circuits(
        policies.circuit_policy(settings),
        clock=clock,
        monotonic=time.monotonic,
        draw=random.random,
        places=places_of(versions),
    )


def _request_budget(settings: Settings, queue: DocketJobQueue) -> RequestBudget:
    """Return one budget for all processes on a shared queue, else one for this process."""
    if settings.queue_url.startswith("memory://") or not settings.requests_per_second:
        return RequestPacer(per_second=settings.requests_per_second, per_hour=settings.requests_per_hour)
    return SharedRequestBudget(
        LeaseScript(queue.redis, settings.battle_net_client_id),
        per_second=settings.requests_per_second,
        per_hour=settings.requests_per_hour,
        share_alone=settings.requests_share_alone,
    )


def _check_credentials(settings: Settings) -> None:
    if not settings.battle_net_client_id or not settings.battle_net_client_secret:
        raise NotReady(
            "There are no Battle.net credentials: set CHARACTER_SYNC_BATTLE_NET_CLIENT_ID and "
            "CHARACTER_SYNC_BATTLE_NET_CLIENT_SECRET, or try everything without them with `character-sync demo`."
        )


async def _check_keys(database: Database, vault: TokenVault, now: datetime) -> None:
    """Refuse keys that are not this database's, before a sign-in is sealed under them; warn of some that are missing."""
    custody = await key_custody.examine(database, vault, now)
    if custody.is_locked_out:
        raise NotReady(custody.what_is_wrong)
    if custody.closed:
        log.warning("stored_tokens_without_key", what=custody.what_is_wrong)


def _tracing(settings: Settings) -> Untraced:
    if not settings.opentelemetry:
        return Untraced()
    from character_sync.spans import open_spans  # noqa: PLC0415 - imported only by those who want it

    return open_spans()


def _metrics(database: Database, circuits: CircuitBreaker) -> Metrics:
    metrics = Metrics()
    metrics.circuits.states = circuits.states
    metrics.database.watch(
        in_use=lambda: database.connections_in_use,
        idle=lambda: database.connections_idle,
        waiting=lambda: database.waiting,
        most=POOL_SIZE,
    )
    return metrics


def _operations(parts: Parts) -> Operations:
    metrics = parts.metrics

    async def database_answers() -> None:
        await parts.database.revision()

    async def count_sessions() -> None:
        async with parts.work.reading() as work:
            metrics.syncs.show_unfinished(await work.sync_sessions.unfinished())

    async def count_held_past_their_date() -> None:
        async with parts.work.reading() as work:
            metrics.verification.show_held_past_their_date(await work.verifications.held_past_their_date(parts.clock()))

    async def ask_schedules() -> None:
        async with parts.work.reading() as work:
            metrics.schedules.show(await work.schedules.heartbeat(parts.clock()))

    async def ask_budget() -> None:
        metrics.budget.state = await parts.budget.state()

    metrics.ask_before_each_scrape("unfinished_sessions", count_sessions, missing=metrics.syncs.hide_unfinished)
    metrics.ask_before_each_scrape(
        "held_past_their_date", count_held_past_their_date, missing=metrics.verification.hide_held_past_their_date
    )
    metrics.ask_before_each_scrape("schedules", ask_schedules, missing=metrics.schedules.hide)
    metrics.ask_before_each_scrape("request_budget", ask_budget, missing=metrics.budget.hide)
    return Operations({"database": database_answers, "queue": parts.queue.ping}, metrics)
