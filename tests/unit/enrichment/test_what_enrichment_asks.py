"""What is asked of a character of which something is held, or of one of few. Battle.net follows a script."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from character_sync.domain.enrichment import Enrichment, FacetState
from character_sync.domain.errors import BattleNetCharacterHidden
from character_sync.domain.game import Facet
from character_sync.domain.sync_session import JobStatus, Reason
from character_sync.ports import EnrichmentJob, FetchedFacet
from fakes.battle_net import ScriptedBattleNet
from fakes.characters import EQUIPMENT, FACETS, NOW, job_for, profile
from fakes.enriching import HASHES, LOGIN, UNCHANGED, Processing, facet_of, job_holding


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
    asked = Counter(battle_net.asked)
    assert (asked[Facet.EQUIPMENT], asked[Facet.SPECIALIZATIONS]) == (times, times)
    assert (asked[Facet.PROFILE], asked[Facet.MEDIA]) == (1, 1)  # no login tells of a picture
    assert facet_of(enrichment, Facet.EQUIPMENT).content == EQUIPMENT


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
