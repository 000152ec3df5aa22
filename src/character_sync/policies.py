"""What settings mean for the rules: periods and limits, as the domain and the gateway take them."""

from datetime import timedelta

from character_sync.domain.freshness import FreshnessPolicy
from character_sync.domain.sync_session import SessionLimits
from character_sync.domain.verification import VerificationPolicy
from character_sync.entrypoints.character_sync_gateway import GatewayLimits
from character_sync.settings import Settings


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


def freshness_policy(settings: Settings) -> FreshnessPolicy:
    return FreshnessPolicy(
        window=timedelta(seconds=settings.freshness_seconds),
        picture=timedelta(days=settings.picture_recheck_days),
        longest=timedelta(days=settings.recheck_days),
    )
