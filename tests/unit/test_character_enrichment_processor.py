"""One character: its facets asked for, one outcome. Battle.net follows a script and time passes when it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from character_sync.domain.character import CharacterProfile, ProtectedCharacter, Specializations
from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetCredentialsRefused,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    TokenUndecryptable,
)
from character_sync.domain.freshness import FreshnessPolicy, HeldFacet
from character_sync.domain.game import Facet
from character_sync.domain.retry import RetryPolicy
from character_sync.domain.sync_session import JobStatus, Reason
from character_sync.ports import EnrichmentJob, FetchedFacet, Lane, Secret, Turn, UserId
from character_sync.use_cases.character_enrichment_processor import CharacterEnrichmentProcessor
from fakes.battle_net import ScriptedBattleNet
from fakes.characters import EQUIPMENT, FACETS, MEDIA, NOW, job_for, profile
from fakes.clock import FakeClock

PROTECTED = (*FACETS, Facet.PROTECTED)
SPECIALIZATIONS = Specializations(None, ())
OWNER = UserId(uuid4())


class TokenOf:
    """As much of `Work` as the processor uses: one player's token, or why there is none."""

    def __init__(self, token: Secret | BattleNetTokenInvalid) -> None:
        self.token = token

    def __call__(self) -> Any:
        raise NotImplementedError("the processor writes nothing")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        yield SimpleNamespace(users=self)

    async def battle_net_token(self, owner: UserId, now: datetime) -> Secret:
        assert (owner, now) == (OWNER, NOW)
        if isinstance(self.token, BattleNetTokenInvalid):
            raise self.token
        return self.token


@pytest.fixture
def battle_net() -> ScriptedBattleNet:
    """A Battle.net that gives everything there is of character 1."""
    script = ScriptedBattleNet()
    script.gives(Facet.PROFILE, profile(1))
    script.gives(Facet.MEDIA, MEDIA)
    script.gives(Facet.EQUIPMENT, EQUIPMENT)
    script.gives(Facet.SPECIALIZATIONS, SPECIALIZATIONS)
    script.gives(Facet.PROTECTED, ProtectedCharacter(1_000_000, 3, 1))
    return script


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class Processing:
    """Runs the processor on a script."""

    def __init__(self, battle_net: ScriptedBattleNet, clock: FakeClock) -> None:
        self.battle_net = battle_net
        self.clock = clock
        self.token: Secret | BattleNetTokenInvalid = Secret("the player's")
        self.draw = 0.0

    async def __call__(self, job: EnrichmentJob | None = None, facets: tuple[Facet, ...] = FACETS) -> Enrichment:
        processor = CharacterEnrichmentProcessor(
            battle_net=self.battle_net,
            work=TokenOf(self.token),
            clock=self.clock,
            policy=RetryPolicy(max_attempts=2),
            freshness=FreshnessPolicy(),
            sleep=self.clock.sleep,
            draw=lambda: self.draw,
        )
        turn = Turn(Lane.FIRST_SYNC, "a session")
        return await processor.enrich(job or job_for(), facets, owner=OWNER, turn=turn)


@pytest.fixture
def enrich(battle_net: ScriptedBattleNet, clock: FakeClock) -> Processing:
    return Processing(battle_net, clock)


def facet_of(enrichment: Enrichment, facet: Facet) -> FacetResult:
    [result] = [result for result in enrichment.facets if result.facet is facet]
    return result


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


# What is asked at all


LOGIN = profile(1).last_login_at
HASHES = {Facet.PROFILE: "hash of CharacterProfile", Facet.EQUIPMENT: "hash of Equipment"}


def job_holding(at: datetime = NOW - timedelta(hours=1), **changes: HeldFacet) -> EnrichmentJob:
    """A job of a character whose facets were all answered an hour ago, but for the changes."""
    policy = FreshnessPolicy()
    held = {
        facet: HeldFacet(
            FacetState.CURRENT,
            at,
            LOGIN,
            LOGIN,
            policy.due_at(facet, FacetState.CURRENT, at, modified_at=LOGIN, login_at=LOGIN),
            HASHES.get(facet, "another"),
        )
        for facet in FACETS
    }
    return replace(job_for(), held=held | {Facet(name): facet for name, facet in changes.items()})


UNCHANGED = FetchedFacet(None, LOGIN, None)


async def test_of_an_unchanged_profile_one_conditional_request_is_made(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, UNCHANGED)
    enrichment = await enrich(job_holding())
    assert (enrichment.status, enrichment.reason) == (JobStatus.COMPLETED, Reason.NOT_MODIFIED)
    assert (battle_net.asked, battle_net.since) == ([Facet.PROFILE], [LOGIN])


async def test_inside_the_window_nothing_is_asked_and_nothing_is_there_to_write(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    enrichment = await enrich(job_holding(NOW - timedelta(seconds=59)))
    assert enrichment == Enrichment(JobStatus.COMPLETED, Reason.NOT_MODIFIED)
    assert battle_net.asked == []


async def test_a_refresh_asks_for_every_facet_conditionally_and_knows_no_window(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, UNCHANGED)
    await enrich(replace(job_holding(NOW), is_refresh=True))
    assert battle_net.asked == list(FACETS)
    assert battle_net.since == [LOGIN] * 4


class ProfileComesLast(ScriptedBattleNet):
    """Answers for the profile only when all other facets have been asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.others_asked = asyncio.Event()

    async def facet(self, facet: Facet, *args: Any, **named: Any) -> FetchedFacet:
        if facet is Facet.PROFILE:
            await asyncio.wait_for(self.others_asked.wait(), 10)
        answer = await super().facet(facet, *args, **named)
        if len(self.asked) == len(FACETS) - 1:
            self.others_asked.set()
        return answer


@pytest.mark.parametrize(
    "job",
    [job_for(), replace(job_holding(NOW), is_refresh=True)],
    ids=["never fetched", "refreshed by its player"],
)
async def test_of_one_of_few_characters_nothing_waits_for_the_profile(
    enrich: Processing, battle_net: ScriptedBattleNet, job: EnrichmentJob
) -> None:
    late = ProfileComesLast()
    late._script = battle_net._script
    enrich.battle_net = late
    enrichment = await enrich(replace(job, is_one_of_few=True))
    enrich.battle_net = battle_net
    assert enrichment == await enrich(job)


@pytest.mark.parametrize(
    ("login_at", "times"),
    [(NOW - timedelta(hours=25), 1), (NOW - timedelta(hours=23), 2), (NOW, 2), (None, 2)],
    ids=["long ago", "may be playing", "logged out just now", "no login told"],
)
async def test_gear_that_may_be_older_than_the_login_its_profile_shows_is_asked_for_again(
    enrich: Processing, battle_net: ScriptedBattleNet, login_at: datetime | None, times: int
) -> None:
    battle_net.gives(Facet.PROFILE, profile(1, last_login_at=login_at))
    battle_net.gives(Facet.EQUIPMENT, *[replace(EQUIPMENT, items=())] * (times - 1), EQUIPMENT)
    enrichment = await enrich(replace(job_for(), is_one_of_few=True))
    assert battle_net.asked.count(Facet.EQUIPMENT) == times
    assert (battle_net.asked.count(Facet.PROFILE), facet_of(enrichment, Facet.EQUIPMENT).content) == (1, EQUIPMENT)


async def test_a_refresh_that_finds_the_login_it_knows_asks_for_nothing_twice(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    held = {facet: replace(one, login_at=NOW) for facet, one in job_holding(NOW).held.items()}
    battle_net.gives(Facet.PROFILE, FetchedFacet(profile(1, last_login_at=NOW), NOW, "whole, and the same login"))
    await enrich(replace(job_holding(NOW), held=held, is_refresh=True, is_one_of_few=True))
    assert sorted(battle_net.asked) == sorted(FACETS)


async def test_what_came_with_a_profile_that_battle_net_does_not_give_is_not_kept(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, BattleNetCharacterHidden(found=False))
    enrichment = await enrich(replace(job_for(), is_one_of_few=True))
    assert (enrichment.status, enrichment.reason) == (JobStatus.SKIPPED, Reason.NOT_FOUND)
    assert [result.facet for result in enrichment.facets] == [Facet.PROFILE]


async def test_gear_that_came_with_the_profile_of_another_character_is_not_kept(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, profile(2))
    enrichment = await enrich(replace(job_for(1), is_one_of_few=True))
    assert (enrichment.status, enrichment.reason) == (JobStatus.SKIPPED, Reason.NOT_FOUND)
    assert [result.facet for result in enrichment.facets] == [Facet.PROFILE]


def hidden_the_last_time(job: EnrichmentJob) -> EnrichmentJob:
    failed = replace(job.held[Facet.PROFILE], state=FacetState.FAILED)
    return replace(job, held={**job.held, Facet.PROFILE: failed})


@pytest.mark.parametrize(
    "job",
    [
        job_for(),
        replace(job_holding(), is_one_of_few=True),
        replace(hidden_the_last_time(job_holding()), is_one_of_few=True, is_refresh=True),
    ],
    ids=["one of many", "held", "hidden the last time"],
)
async def test_the_profile_goes_first_where_that_may_spare_the_rest(
    enrich: Processing, battle_net: ScriptedBattleNet, job: EnrichmentJob
) -> None:
    battle_net.gives(Facet.PROFILE, BattleNetCharacterHidden(found=False))
    await enrich(job)
    assert battle_net.asked == [Facet.PROFILE]


async def test_a_profile_sent_whole_with_the_same_login_leaves_the_rest_alone(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    changed = FetchedFacet(profile(1, guild="Another"), None, "another hash")
    battle_net.gives(Facet.PROFILE, changed)
    enrichment = await enrich(job_holding())
    assert battle_net.asked == [Facet.PROFILE]
    assert (enrichment.reason, facet_of(enrichment, Facet.PROFILE).content) == (None, changed.content)


async def test_after_a_new_login_everything_is_asked_each_with_its_own_watermark(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    older = job_holding().held[Facet.MEDIA]
    job = job_holding(media=replace(older, modified_at=LOGIN - timedelta(days=9)))
    battle_net.gives(Facet.PROFILE, FetchedFacet(profile(1, last_login_at=NOW), NOW, "new"))
    enrichment = await enrich(job)
    assert dict(zip(battle_net.asked, battle_net.since, strict=True)) == {
        Facet.PROFILE: LOGIN,
        Facet.MEDIA: LOGIN - timedelta(days=9),
        Facet.EQUIPMENT: LOGIN,
        Facet.SPECIALIZATIONS: LOGIN,
    }
    assert {result.login_at for result in enrichment.facets} == {NOW}


async def test_an_unchanged_profile_lets_a_facet_that_failed_before_be_asked_for(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    failed = replace(job_holding().held[Facet.EQUIPMENT], state=FacetState.FAILED)
    battle_net.gives(Facet.PROFILE, UNCHANGED)
    await enrich(job_holding(equipment=failed))
    assert battle_net.asked == [Facet.PROFILE, Facet.EQUIPMENT]


async def test_what_an_older_release_has_read_is_asked_for_in_full(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    old = replace(job_holding().held[Facet.EQUIPMENT], is_read_as_today=False)
    battle_net.gives(Facet.PROFILE, UNCHANGED)
    enrichment = await enrich(job_holding(equipment=old))
    assert dict(zip(battle_net.asked, battle_net.since, strict=True)) == {Facet.PROFILE: LOGIN, Facet.EQUIPMENT: None}
    assert facet_of(enrichment, Facet.EQUIPMENT).content == EQUIPMENT  # the same bytes may say more now


async def test_the_same_content_sent_again_is_as_unchanged_as_an_answer_without_any(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    battle_net.gives(Facet.PROFILE, FetchedFacet(profile(1), None, HASHES[Facet.PROFILE]))
    enrichment = await enrich(job_holding())
    result = facet_of(enrichment, Facet.PROFILE)
    assert (enrichment.reason, result.content, result.modified_at) == (Reason.NOT_MODIFIED, None, LOGIN)
    assert battle_net.asked == [Facet.PROFILE]


async def test_unchanged_since_another_day_than_ours_is_another_characters_and_asked_again_in_full(
    enrich: Processing, battle_net: ScriptedBattleNet
) -> None:
    """Names change hands: a 304 does not say of whom."""
    someone = FetchedFacet(None, LOGIN - timedelta(days=99), None)
    battle_net.gives(Facet.PROFILE, someone, FetchedFacet(profile(2, name="Hero1"), None, "theirs"))
    enrichment = await enrich(job_holding())
    assert battle_net.since == [LOGIN, None]
    assert (enrichment.status, enrichment.reason) == (JobStatus.SKIPPED, Reason.NOT_FOUND)


async def test_a_wait_that_would_outlive_the_sync_is_not_waited_for(
    enrich: Processing, battle_net: ScriptedBattleNet, clock: FakeClock
) -> None:
    battle_net.gives(Facet.PROFILE, BattleNetRateLimited(timedelta(seconds=60)))
    enrichment = await enrich(replace(job_for(), give_up_at=NOW + timedelta(seconds=59)))
    assert (enrichment.status, enrichment.reason) == (JobStatus.SKIPPED, Reason.RATE_LIMITED)
    assert clock.slept == []
