"""One character: its facets asked for, one outcome. Battle.net follows a script and time passes when it is told to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from character_sync.domain.character import CharacterProfile
from character_sync.domain.enrichment import FacetState
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetCredentialsRefused,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    TokenUndecryptable,
)
from character_sync.domain.game import Facet
from character_sync.domain.sync_session import JobStatus, Reason
from character_sync.ports import FetchedFacet, Secret
from fakes.battle_net import ScriptedBattleNet
from fakes.characters import EQUIPMENT, FACETS, MEDIA, NOW, SPECIALIZATIONS, job_for, profile
from fakes.clock import FakeClock
from fakes.enriching import Processing, facet_of

PROTECTED = (*FACETS, Facet.PROTECTED)


async def test_a_character_battle_net_gives_whole_is_completed(enrich: Processing) -> None:
    enrichment = await enrich()
    assert (enrichment.status, enrichment.reason, enrichment.attempts) == (JobStatus.COMPLETED, None, 1)
    assert {result.facet: result.content for result in enrichment.facets} == {
        Facet.PROFILE: profile(1),
        Facet.MEDIA: MEDIA,
        Facet.EQUIPMENT: EQUIPMENT,
        Facet.SPECIALIZATIONS: SPECIALIZATIONS,
    }


async def test_a_job_delivered_twice_has_the_same_outcome(enrich: Processing) -> None:
    job = job_for()
    assert await enrich(job) == await enrich(job)


async def test_only_the_facets_a_version_offers_are_asked_for(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    await enrich(facets=(Facet.PROFILE, Facet.EQUIPMENT))
    assert battle_net.asked == [Facet.PROFILE, Facet.EQUIPMENT]


@pytest.mark.parametrize(
    ("found", "level", "reason"),
    [(True, 60, Reason.HIDDEN), (False, 60, Reason.NOT_FOUND), (False, 9, Reason.BELOW_LEVEL_10)],
)
async def test_a_character_without_a_profile_is_skipped_and_nothing_else_is_asked(
    enrich: Processing,
    battle_net: ScriptedBattleNet,
    found: bool,  # noqa: FBT001
    level: int,
    reason: Reason,
) -> None:
    battle_net.gives(Facet.PROFILE, BattleNetCharacterHidden(found=found))
    enrichment = await enrich(job_for(level=level))
    assert (enrichment.status, enrichment.reason) == (JobStatus.SKIPPED, reason)
    assert battle_net.asked == [Facet.PROFILE]


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (BattleNetUnavailable(), FacetState.FAILED, Reason.UPSTREAM_UNAVAILABLE),
        (BattleNetAnswerUnreadable(), FacetState.FAILED, Reason.ANSWER_UNREADABLE),
        (BattleNetCharacterHidden(found=True), FacetState.FAILED, Reason.HIDDEN),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
async def test_a_failing_avatar_leaves_the_character_completed_without_one(
    enrich: Processing, battle_net: ScriptedBattleNet, error: Exception, state: FacetState, reason: Reason
) -> None:
    battle_net.gives(Facet.MEDIA, error)
    enrichment = await enrich()
    assert (enrichment.status, enrichment.reason) == (JobStatus.COMPLETED, reason)
    media = facet_of(enrichment, Facet.MEDIA)
    assert (media.state, media.reason, media.content) == (state, reason, None)


async def test_a_character_without_an_avatar_is_simply_completed(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.MEDIA, BattleNetCharacterHidden(found=False))
    enrichment = await enrich()
    assert (enrichment.status, enrichment.reason) == (JobStatus.COMPLETED, None)
    assert facet_of(enrichment, Facet.MEDIA).state is FacetState.ABSENT


async def test_unreadable_equipment_fails_the_character_and_keeps_its_other_facets(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.EQUIPMENT, BattleNetAnswerUnreadable())
    enrichment = await enrich()
    assert (enrichment.status, enrichment.reason) == (JobStatus.FAILED, Reason.ANSWER_UNREADABLE)
    assert facet_of(enrichment, Facet.PROFILE).content == profile(1)
    assert facet_of(enrichment, Facet.MEDIA).content == MEDIA
    assert facet_of(enrichment, Facet.SPECIALIZATIONS).content == SPECIALIZATIONS


async def test_battle_net_unavailable_once_is_a_second_attempt(
    enrich: Processing, battle_net: ScriptedBattleNet, clock: FakeClock
) -> None:
    battle_net.gives(Facet.PROFILE, BattleNetUnavailable(), profile(1))
    enrich.draw = 0.5
    enrichment = await enrich()
    assert (enrichment.status, enrichment.attempts) == (JobStatus.COMPLETED, 2)
    assert clock.slept == [0.5]  # half of the first backoff


async def test_battle_net_unavailable_twice_skips_the_character(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, BattleNetUnavailable())
    enrichment = await enrich()
    assert (enrichment.status, enrichment.reason) == (JobStatus.SKIPPED, Reason.UPSTREAM_UNAVAILABLE)
    assert enrichment.attempts == 2
    assert battle_net.asked == [Facet.PROFILE] * 2


async def test_an_unreadable_profile_is_asked_for_once_and_fails_the_character(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, BattleNetAnswerUnreadable())
    enrichment = await enrich()
    assert (enrichment.status, enrichment.reason) == (JobStatus.FAILED, Reason.ANSWER_UNREADABLE)
    assert battle_net.asked == [Facet.PROFILE]


async def test_our_own_credentials_refused_skip_the_character(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, BattleNetCredentialsRefused())
    enrichment = await enrich()
    assert (enrichment.status, enrichment.reason) == (JobStatus.SKIPPED, Reason.UPSTREAM_UNAVAILABLE)


async def test_a_rate_limited_job_waits_at_least_retry_after_each_time_and_makes_one_attempt(
    enrich: Processing, battle_net: ScriptedBattleNet, clock: FakeClock
) -> None:
    limited = BattleNetRateLimited(timedelta(seconds=7))
    battle_net.gives(Facet.PROFILE, limited, limited, limited, profile(1))
    enrich.draw = 0.5
    enrichment = await enrich()
    assert (enrichment.status, enrichment.attempts) == (JobStatus.COMPLETED, 1)
    assert clock.slept == [7.5, 8.0, 9.0]  # 7 and half of 1, of 2, of 4


async def test_a_rate_limit_between_two_failures_does_not_use_up_an_attempt(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, BattleNetRateLimited(), BattleNetUnavailable(), BattleNetRateLimited(), profile(1))
    enrichment = await enrich()
    assert (enrichment.status, enrichment.attempts) == (JobStatus.COMPLETED, 2)


async def test_another_character_under_the_name_is_not_ours_to_store(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, profile(2, name="Hero1"))
    enrichment = await enrich(job_for(1))
    assert (enrichment.status, enrichment.reason) == (JobStatus.SKIPPED, Reason.NOT_FOUND)
    assert battle_net.asked == [Facet.PROFILE]
    assert [result.content for result in enrichment.facets] == [None]


async def test_a_facet_that_did_not_change_says_so(enrich: Processing, battle_net: ScriptedBattleNet) -> None:
    battle_net.gives(Facet.PROFILE, FetchedFacet(None, NOW, None))
    result = facet_of(await enrich(), Facet.PROFILE)
    assert (result.state, result.reason, result.content) == (FacetState.CURRENT, Reason.NOT_MODIFIED, None)
    assert result.modified_at == NOW


async def test_an_unchanged_profile_hides_no_other_facets_failure(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, FetchedFacet(None, NOW, None))
    battle_net.gives(Facet.EQUIPMENT, BattleNetAnswerUnreadable())
    enrichment = await enrich()
    assert (enrichment.status, enrichment.reason) == (JobStatus.FAILED, Reason.ANSWER_UNREADABLE)


async def test_the_players_token_goes_with_the_protected_facet_only(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    await enrich(facets=PROTECTED)
    sent = dict(zip(battle_net.asked, battle_net.tokens, strict=True))
    assert sent == dict.fromkeys(FACETS) | {Facet.PROTECTED: Secret("the player's")}


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (TokenUndecryptable(), JobStatus.FAILED, Reason.TOKEN_UNDECRYPTABLE),
        (BattleNetTokenInvalid(), JobStatus.COMPLETED, Reason.TOKEN_EXPIRED),
    ],
    ids=["undecryptable", "expired"],
)
async def test_without_a_token_the_protected_facet_is_not_asked_for(
    enrich: Processing, battle_net: ScriptedBattleNet, error: BattleNetTokenInvalid, status: JobStatus, reason: Reason
) -> None:
    enrich.token = error
    enrichment = await enrich(facets=PROTECTED)
    assert (enrichment.status, enrichment.reason) == (status, reason)
    protected = facet_of(enrichment, Facet.PROTECTED)
    assert (protected.state, protected.reason, protected.attempts) == (FacetState.FAILED, reason, 0)
    assert Facet.PROTECTED not in battle_net.asked


async def test_a_token_battle_net_refuses_costs_the_protected_facet_only(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROTECTED, BattleNetTokenInvalid())
    enrichment = await enrich(facets=PROTECTED)
    assert (enrichment.status, enrichment.reason) == (JobStatus.COMPLETED, Reason.TOKEN_EXPIRED)
    assert facet_of(enrichment, Facet.EQUIPMENT).content == EQUIPMENT


async def test_a_renamed_character_keeps_its_number_and_is_stored(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, profile(1, name="Newname"))
    content = facet_of(await enrich(job_for(1)), Facet.PROFILE).content
    assert isinstance(content, CharacterProfile)
    assert content.name == "Newname"


async def test_a_wait_that_would_outlive_the_sync_is_not_waited_for(
    enrich: Processing, battle_net: ScriptedBattleNet, clock: FakeClock
) -> None:
    battle_net.gives(Facet.PROFILE, BattleNetRateLimited(timedelta(seconds=60)))
    enrichment = await enrich(replace(job_for(), give_up_at=NOW + timedelta(seconds=59)))
    assert (enrichment.status, enrichment.reason) == (JobStatus.SKIPPED, Reason.RATE_LIMITED)
    assert clock.slept == []
