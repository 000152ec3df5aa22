"""Settings made into what the use cases and the gateway are told: periods, limits, shares."""

from datetime import timedelta
from urllib.parse import urlsplit

from character_sync.domain.circuit import CircuitPolicy
from character_sync.domain.freshness import FreshnessPolicy
from character_sync.domain.retry import RetryPolicy
from character_sync.domain.sync_session import SessionLimits
from character_sync.domain.verification import VerificationPolicy
from character_sync.entrypoints.character_sync_gateway import GatewayLimits
from character_sync.settings import Settings
from character_sync.use_cases.run_sync_session import RunPace
from character_sync.use_cases.start_scheduled_syncs import ScheduleLimits

# A transaction costs as much as the rows of ten characters, and no watcher sees whether news are 50 ms older. Longer, and
# 32 characters at once, which wait for it to be on record that they are taken up, could not use 1,000 requests a second.
WRITES_APART = timedelta(milliseconds=50)

# Characters of a sync session that asks for all facets of one at once: 40 requests, less than half of a second's.
FEW = 10


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def session_limits(settings: Settings) -> SessionLimits:
    return SessionLimits(
        base=timedelta(seconds=settings.deadline_base_seconds),
        per_character=timedelta(seconds=settings.deadline_per_character_seconds),
    )


def gateway_limits(settings: Settings) -> GatewayLimits:
    return GatewayLimits(
        sockets_per_user=settings.sockets_per_user,
        sessions_per_socket=settings.sessions_per_socket,
        joins_per_minute=settings.joins_per_minute,
        strangers_per_address=settings.strangers_per_address,
    )


def verification_policy(settings: Settings) -> VerificationPolicy:
    return VerificationPolicy(
        keep=timedelta(days=settings.verification_days),
        margin=timedelta(days=settings.verification_margin_days),
        grace=timedelta(days=settings.verification_grace_days),
        tombstone=timedelta(days=settings.tombstone_days),
    )


def retry_policy(settings: Settings) -> RetryPolicy:
    return RetryPolicy(
        max_attempts=settings.enrichment_attempts,
        first_backoff=timedelta(seconds=settings.enrichment_backoff_seconds),
    )


def circuit_policy(settings: Settings) -> CircuitPolicy:
    return CircuitPolicy(minimum=settings.circuit_minimum_requests, first_wait=settings.circuit_wait_seconds)


def run_pace(settings: Settings) -> RunPace:
    return RunPace(
        lease=timedelta(seconds=settings.lease_seconds),
        heartbeat=timedelta(seconds=settings.heartbeat_seconds),
        characters_at_once=settings.characters_at_once,
        few=FEW,
        paused_at_most=timedelta(seconds=settings.paused_at_most_seconds),
        writes_apart=WRITES_APART,
    )


def schedule_limits(settings: Settings) -> ScheduleLimits:
    return ScheduleLimits(
        requests_per_hour=settings.requests_per_hour,
        share=settings.schedules_share,
        at_once=settings.schedules_at_once,
        inactive=timedelta(days=settings.schedules_inactive_days),
    )


def freshness_policy(settings: Settings) -> FreshnessPolicy:
    return FreshnessPolicy(
        window=timedelta(seconds=settings.freshness_seconds),
        picture=timedelta(days=settings.picture_recheck_days),
        longest=timedelta(days=settings.recheck_days),
    )
