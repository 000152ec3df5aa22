"""Makes the use cases that go on without anybody waiting for an answer, and the sync that players and schedules share."""

import asyncio
import random
from datetime import timedelta

from character_sync import policies
from character_sync.parts import Parts
from character_sync.schemas.changes import ChangeAnswer
from character_sync.use_cases.character_enrichment_processor import CharacterEnrichmentProcessor
from character_sync.use_cases.deliver_webhook import DeliverWebhook
from character_sync.use_cases.keep_identities import KeepIdentities
from character_sync.use_cases.run_sync_session import RunSyncSession
from character_sync.use_cases.start_scheduled_syncs import StartScheduledSyncs
from character_sync.use_cases.sync_characters_from_battle_net import SyncCharactersFromBattleNetUseCase
from character_sync.use_cases.verify_characters import VerifyCharacters


def sync_characters(parts: Parts) -> SyncCharactersFromBattleNetUseCase:
    return parts.tracing.use_case(
        SyncCharactersFromBattleNetUseCase(
            parts.work, parts.battle_net, parts.versions, parts.clock, policies.session_limits(parts.settings)
        )
    )


def scheduled_syncs(parts: Parts) -> StartScheduledSyncs:
    settings = parts.settings
    return StartScheduledSyncs(
        work=parts.work,
        sync=sync_characters(parts).execute,
        budget=parts.budget,
        versions=parts.versions,
        clock=parts.clock,
        session_limits=policies.session_limits(settings),
        limits=policies.schedule_limits(settings),
        observer=parts.metrics.schedules,
    )


def run_sync_session(parts: Parts) -> RunSyncSession:
    settings = parts.settings
    processor = CharacterEnrichmentProcessor(
        battle_net=parts.battle_net,
        work=parts.work,
        clock=parts.clock,
        policy=policies.retry_policy(settings),
        freshness=policies.freshness_policy(settings),
        sleep=asyncio.sleep,
        draw=random.random,
    )
    return parts.tracing.use_case(
        RunSyncSession(
            work=parts.work,
            channel=parts.channel,
            enrich=processor.enrich,
            versions=parts.versions,
            clock=parts.clock,
            pace=policies.run_pace(settings),
            outlook=parts.budget.outlook,
            observer=parts.metrics.syncs,
            pause_of=parts.circuits.pause_of,
        )
    )


def deliver_webhook(parts: Parts) -> DeliverWebhook:
    return DeliverWebhook(
        work=parts.work,
        queue=parts.queue,
        sender=parts.webhook_sender,
        shown=lambda change: ChangeAnswer.of(change).model_dump(mode="json", by_alias=True),
        clock=parts.clock,
        draw=random.random,
        give_up=timedelta(hours=parts.settings.webhook_give_up_hours),
    )


def verify_characters(parts: Parts) -> VerifyCharacters:
    return VerifyCharacters(
        work=parts.work,
        battle_net=parts.battle_net,
        clock=parts.clock,
        policy=parts.verification,
        observer=parts.metrics.verification,
        per_round=parts.settings.verification_per_round,
    )


def keep_identities(parts: Parts) -> KeepIdentities:
    settings = parts.settings
    return KeepIdentities(
        work=parts.work,
        battle_net=parts.battle_net,
        versions=parts.versions,
        clock=parts.clock,
        keep=parts.verification.keep,
        again=timedelta(days=settings.identity_again_days),
        per_round=settings.identity_per_round,
    )
