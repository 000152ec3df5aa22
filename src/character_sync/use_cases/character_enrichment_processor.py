"""Enrich one character: what of it may have changed, one outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

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
from character_sync.domain.freshness import TOLD_BY_THE_LOGIN, FreshnessPolicy, HeldFacet
from character_sync.domain.game import Facet
from character_sync.domain.retry import RetryPolicy, TryAgain, decide
from character_sync.domain.sync_session import JobStatus, Reason
from character_sync.ports import BattleNet, Clock, EnrichmentJob, FetchedFacet, Secret, Turn, UserId, Work

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CharacterEnrichmentProcessor:
    """Fetches a character's facets. It writes nothing: its caller stores the outcome under the fence."""

    battle_net: BattleNet
    work: Work
    clock: Clock
    policy: RetryPolicy
    freshness: FreshnessPolicy
    sleep: Callable[[float], Awaitable[None]]
    draw: Callable[[], float]

    async def enrich(self, job: EnrichmentJob, facets: tuple[Facet, ...], *, owner: UserId, turn: Turn) -> Enrichment:
        """Return what came of the character; nothing is asked that can be known to be unchanged.

        The profile goes first: without it nothing else is asked, and it tells whether the rest may have changed. It
        does not where it could spare nothing and its player would only wait for it longer: see `_all_at_once`. A
        refresh of one character asks for every facet: its player does not believe what is held.

        Never raises for anything Battle.net does.
        """
        if not job.is_refresh and self.freshness.is_fresh(job.held, facets, self.clock()):
            return Enrichment(JobStatus.COMPLETED, Reason.NOT_MODIFIED)
        asked_at, others = self.clock(), None
        if _all_at_once(job):
            rest = (facet for facet in facets if facet is not Facet.PROFILE)
            profile, *others = await self._fetch_all(owner, (Facet.PROFILE, *rest), job, turn)
        else:
            profile = await self._fetch(Facet.PROFILE, job, turn)
        profile = self._dated(profile, _login_of(job))
        if isinstance(profile.content, CharacterProfile) and profile.content.battle_net_id != job.address.battle_net_id:
            # Another character has this name now; its gear is not ours to store.
            profile = FacetResult(Facet.PROFILE, FacetState.FAILED, Reason.NOT_FOUND, attempts=profile.attempts)
        if profile.state is not FacetState.CURRENT:
            return judge([profile])
        login_at = profile.login_at
        if others is None:
            held = {} if job.is_refresh else job.held
            wanted = self.freshness.wanted(held, facets, login_at, self.clock())
            others = await self._fetch_all(owner, wanted, job, turn)
        elif not self.freshness.surely_of(login_at, asked_at, shown_before=_login_of(job)):
            doubtful = [result.facet for result in others if result.facet in TOLD_BY_THE_LOGIN]
            again = {result.facet: result for result in await self._fetch_all(owner, doubtful, job, turn)}
            others = [again.get(result.facet, result) for result in others]
        return judge([profile, *(self._dated(result, login_at) for result in others)])

    async def _fetch_all(
        self, owner: UserId, facets: Iterable[Facet], job: EnrichmentJob, turn: Turn
    ) -> list[FacetResult]:
        return list(await asyncio.gather(*(self._fetch_for(owner, facet, job, turn) for facet in facets)))

    def _dated(self, result: FacetResult, login_at: datetime | None) -> FacetResult:
        """Return the result with the login it belongs to and when it is due again."""
        if isinstance(result.content, CharacterProfile):
            login_at = result.content.last_login_at
        answered_at = result.answered_at or self.clock()
        due_at = self.freshness.due_at(
            result.facet, result.state, answered_at, modified_at=result.modified_at, login_at=login_at
        )
        return replace(result, login_at=login_at, next_due_at=due_at)

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
        held = job.held.get(facet)
        since = held.since if held else None
        while True:
            try:
                answer = await self.battle_net.facet(facet, job.address, turn=turn, since=since, token=token)
            except (BattleNetError, BattleNetTokenInvalid) as error:
                again = None
                if isinstance(error, BattleNetError):
                    again = decide(error, attempt=attempt, deferrals=deferrals, policy=self.policy, draw=self.draw())
                if again is None or self._is_too_late(job, again):
                    return self._give_up(facet, job, error, attempt)
                attempt, deferrals = attempt + again.counts, deferrals + (not again.counts)
                await self.sleep(again.backoff.total_seconds())
            else:
                reached(CrashPoint.FACET_ANSWERED)
                if since is not None and answer.content is None and answer.modified_at not in {None, since}:
                    since = None  # unchanged is something else: another character has the name now
                    continue
                return _fetched(facet, answer, attempt, held, self.clock())

    def _is_too_late(self, job: EnrichmentJob, again: TryAgain) -> bool:
        """Whether a wait that Battle.net asked for would outlive the sync session: then that is why it failed."""
        return not again.counts and job.give_up_at is not None and self.clock() + again.backoff >= job.give_up_at

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


def _all_at_once(job: EnrichmentJob) -> bool:
    """Whether a character's facets are all asked for without waiting for the profile: a third less time for its player.

    Only where every facet is wanted whatever the profile says, nothing speaks against there being one, and there are
    so few characters that three requests in vain, for one that Battle.net hides, keep nobody waiting.
    """
    profile = job.held.get(Facet.PROFILE)
    is_expected = profile is None or profile.state is FacetState.CURRENT
    return job.is_one_of_few and is_expected and (job.is_refresh or not job.held)


def _login_of(job: EnrichmentJob) -> datetime | None:
    held = job.held.get(Facet.PROFILE)
    return held.login_at if held else None


def _fetched(facet: Facet, answer: FetchedFacet, attempt: int, held: HeldFacet | None, now: datetime) -> FacetResult:
    """Return what an answer makes of a facet. The same content again is as unchanged as a 304."""
    is_same = held is not None and held.is_read_as_today and answer.content_hash == held.content_hash
    is_unchanged = answer.content is None or is_same
    modified_before = held.modified_at if held and is_unchanged else None
    return FacetResult(
        facet,
        FacetState.CURRENT,
        Reason.NOT_MODIFIED if is_unchanged else None,
        None if is_same else answer.content,
        answer.modified_at or modified_before,
        answer.content_hash,
        attempt,
        answered_at=now,
    )
