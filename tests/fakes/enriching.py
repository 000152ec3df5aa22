"""The processor of one character on a scripted Battle.net, and characters of which something is held already."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from character_sync.domain.enrichment import Enrichment, FacetResult, FacetState
from character_sync.domain.errors import BattleNetTokenInvalid
from character_sync.domain.freshness import FreshnessPolicy, HeldFacet
from character_sync.domain.game import Facet
from character_sync.domain.retry import RetryPolicy
from character_sync.ports import EnrichmentJob, FetchedFacet, Lane, Secret, Turn, UserId
from character_sync.use_cases.character_enrichment_processor import CharacterEnrichmentProcessor
from fakes.battle_net import ScriptedBattleNet
from fakes.characters import FACETS, NOW, job_for, profile
from fakes.clock import FakeClock

OWNER = UserId(uuid4())
LOGIN = profile(1).last_login_at
HASHES = {Facet.PROFILE: "hash of CharacterProfile", Facet.EQUIPMENT: "hash of Equipment"}
UNCHANGED = FetchedFacet(None, LOGIN, None)


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


def facet_of(enrichment: Enrichment, facet: Facet) -> FacetResult:
    [result] = [result for result in enrichment.facets if result.facet is facet]
    return result


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
