"""Everything one running sandbox holds, put together once."""

from __future__ import annotations

from dataclasses import dataclass

from battle_net_sandbox.accounts import empty_account, six_account, sixty_account
from battle_net_sandbox.answers import AnswerMemory
from battle_net_sandbox.clock import VirtualClock
from battle_net_sandbox.faults import Faults
from battle_net_sandbox.mixed_account import mixed_account
from battle_net_sandbox.rate_limit import RateLimit
from battle_net_sandbox.realms import shipped_realms
from battle_net_sandbox.recordings import Recordings, shipped_recordings
from battle_net_sandbox.settings import SandboxSettings
from battle_net_sandbox.stats import Stats
from battle_net_sandbox.tokens import Tokens
from battle_net_sandbox.world import Account, World


@dataclass(slots=True)
class Sandbox:
    """The parts the handlers share. `latency_ms` may change while it runs."""

    settings: SandboxSettings
    clock: VirtualClock
    answers: AnswerMemory
    world: World
    tokens: Tokens
    faults: Faults
    limit: RateLimit
    stats: Stats
    recordings: tuple[Recordings, ...]
    """Asked in this order; the first folder that knows an account or character answers for it."""
    latency_ms: int
    url: str = ""
    """Its own address, known once it listens."""


def create_sandbox(settings: SandboxSettings) -> Sandbox:
    """A sandbox with its shipped accounts and those of the recordings."""
    clock = VirtualClock()
    answers = AnswerMemory()
    world = World(shipped_realms(), clock, answers.clear)
    shipped = shipped_recordings()
    recordings = (shipped,) if settings.recordings is None else (Recordings(settings.recordings), shipped)
    world.put(empty_account())
    world.put(six_account(world))
    world.put(sixty_account(world, settings.seed))
    world.put(mixed_account(world.realms))
    world.put(
        Account(
            "recorded",
            "Recorded#2020",
            "Real answers of Battle.net, captured in 2019 and 2020, byte for byte: US and EU, retail.",
            recorded=True,
        )
    )
    for folder in recordings:
        for account_id in folder.accounts():
            if account_id != "recorded":
                world.put(
                    Account(
                        account_id,
                        f"{account_id.capitalize()}#2021",
                        "Served from recordings.",
                        recorded=True,
                    )
                )
    return Sandbox(
        settings=settings,
        clock=clock,
        answers=answers,
        world=world,
        tokens=Tokens(settings.seed),
        faults=Faults(settings.seed),
        limit=RateLimit(settings.requests_per_second),
        stats=Stats(),
        recordings=recordings,
        latency_ms=settings.latency_ms,
    )
