"""Enrich one character: its facets, one outcome."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.character import CharacterProfile
from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState, judge, reason_for, state_for
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCredentialsRefused,
    BattleNetError,
    BattleNetTokenInvalid,
)
from character_sync.domain.game import Facet
from character_sync.domain.retry import RetryPolicy, decide
from character_sync.domain.sync_session import Reason
from character_sync.ports import BattleNet, Clock, EnrichmentJob, FacetAnswer, Secret, Turn, UserId, Work

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CharacterEnrichmentProcessor:
    """Fetches a character's facets. It writes nothing: its caller stores the outcome under the fence."""

    battle_net: BattleNet
    work: Work
    clock: Clock
    policy: RetryPolicy
    sleep: Callable[[float], Awaitable[None]]
    draw: Callable[[], float]

    async def enrich(self, job: EnrichmentJob, facets: tuple[Facet, ...], *, owner: UserId, turn: Turn) -> Enrichment:
        """Return what came of the character. The profile goes first: without it nothing else is asked.

        Never raises for anything Battle.net does.
        """
        profile = await self._fetch(Facet.PROFILE, job, turn)
        if isinstance(profile.content, CharacterProfile) and profile.content.battle_net_id != job.address.battle_net_id:
            # Another character has this name now; its gear is not ours to store.
            profile = FacetResult(Facet.PROFILE, FacetState.FAILED, Reason.NOT_FOUND, attempts=profile.attempts)
        if profile.state is not FacetState.CURRENT:
            return judge([profile])
        others = (self._fetch_for(owner, facet, job, turn) for facet in facets if facet is not Facet.PROFILE)
        return judge([profile, *await asyncio.gather(*others)])

    async def _fetch_for(self, owner: UserId, facet: Facet, job: EnrichmentJob, turn: Turn) -> FacetResult:
        if facet is not Facet.PROTECTED:
            return await self._fetch(facet, job, turn)
        try:
            async with self.work.reading() as work:
                token = await work.users.battle_net_token(owner, self.clock())
        except BattleNetTokenInvalid as error:
            return FacetResult(facet, FacetState.FAILED, reason_for(error, level=job.level), attempts=0)
        return await self._fetch(facet, job, turn, token)

    async def _fetch(self, facet: Facet, job: EnrichmentJob, turn: Turn, token: Secret | None = None) -> FacetResult:
        attempt, deferrals = 1, 0
        while True:
            try:
                answer = await self.battle_net.facet(facet, job.address, turn=turn, token=token)
            except (BattleNetError, BattleNetTokenInvalid) as error:
                again = None
                if isinstance(error, BattleNetError):
                    again = decide(error, attempt=attempt, deferrals=deferrals, policy=self.policy, draw=self.draw())
                if again is None:
                    return self._give_up(facet, job, error, attempt)
                attempt, deferrals = attempt + again.counts, deferrals + (not again.counts)
                await self.sleep(again.backoff.total_seconds())
            else:
                reached(CrashPoint.FACET_ANSWERED)
                return _fetched(facet, answer, attempt)

    @staticmethod
    def _give_up(
        facet: Facet, job: EnrichmentJob, error: BattleNetError | BattleNetTokenInvalid, attempt: int
    ) -> FacetResult:
        reason = reason_for(error, level=job.level)
        for_the_operator = isinstance(error, (BattleNetAnswerUnreadable, BattleNetCredentialsRefused))
        say = log.error if for_the_operator else log.info
        say(
            "facet_not_fetched",
            job_id=job.id,
            character_id=str(job.character_id),
            facet=facet.value,
            error=error.code,
            reason=reason.value,
            attempt=attempt,
        )
        return FacetResult(facet, state_for(facet, reason), reason, attempts=attempt)


def _fetched(facet: Facet, answer: FacetAnswer, attempt: int) -> FacetResult:
    unchanged = Reason.NOT_MODIFIED if answer.content is None else None
    return FacetResult(
        facet, FacetState.CURRENT, unchanged, answer.content, answer.modified_at, answer.content_hash, attempt
    )
