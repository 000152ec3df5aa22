"""The exchange with the shared budget as types, and how it is sent: one Lua script, one round trip."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files
from typing import Any, Final

import msgspec
from redis.exceptions import NoScriptError

from character_sync.adapters.battle_net.refusals import RECOVERY
from character_sync.adapters.battle_net.request_lanes import BESIDE_PLAYERS, FROM_BELOW, PLAYERS_SECONDS
from character_sync.adapters.battle_net.request_places import LONGEST_DEPARTURE, SECOND

HORIZON: Final = 0.2  # seconds a lease looks ahead: some asks, so that every process has seen a permit before its time
HOLD: Final = 0.2  # seconds a permit is held past its time; then it goes back. An event loop late by more loses it
MICRO: Final = 1_000_000

_SOURCE: Final = files("character_sync.adapters.battle_net").joinpath("lease.lua").read_text(encoding="utf-8")
_SHA: Final = sha1(_SOURCE.encode(), usedforsecurity=False).hexdigest()  # Redis names scripts so

ConnectRedis = Callable[[], AbstractAsyncContextManager[Any]]
"""Opens a client of whatever the queue runs on: one Redis, behind a Sentinel, or a cluster."""


class Strike(msgspec.Struct):
    """What the gate's pace was judged from, and what a refusal makes of it. `rate` is the part of the limit."""

    after: str
    strikes: int
    rate: float
    ago: float = 0.0


class Ask(msgspec.Struct, kw_only=True):
    """What a process tells and wants. Times are microseconds of Redis' clock, spans microseconds."""

    process: str
    limit: int
    hour: int
    chunk: int
    want: list[int]  # for each lane how many requests wait, of how many sessions
    slow: int  # how many requests of the lowest lane may leave in a second, whoever sends them
    spare: int
    sent: list[tuple[str, int]]
    unused: list[tuple[str, int, int]]
    loose_second: int = 0
    loose_hour: int = 0
    outcomes: dict[str, int]
    gate: int = 0
    strike: Strike | None = None
    look: bool = False
    now: int = 0  # a test's clock; 0 is Redis' own
    second: int = int(SECOND * MICRO)
    horizon: int = int(HORIZON * MICRO)
    # As late as a request can leave on a permit, and a second more.
    late: int = int((HOLD + LONGEST_DEPARTURE + SECOND) * MICRO)
    # Leases nobody knows of any more are used within this, and counted a second longer.
    unknown: int = int((HORIZON + HOLD + SECOND) * MICRO)
    back: int = MICRO  # a clock put back by less than a second is waited for
    remembered: int = MICRO  # a process that asks no more is forgotten so long after it should have
    from_below: int = FROM_BELOW
    beside_players: int = BESIDE_PLAYERS
    players: int = int(PLAYERS_SECONDS * MICRO)
    recovery: float = RECOVERY


class Answer(msgspec.Struct):
    """What it is given. `leases` are names and spans from now; `again` is when asking is of use, a span from now."""

    now: str
    minute: int
    leases: list[tuple[str, float]] | dict[str, int]  # Lua's empty table is {}
    again: float
    gate: float
    strike: Strike
    left_second: int
    left_hour: int
    waiting: list[int]
    outcomes: list[dict[str, int]] | dict[str, int]
    asked: int


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Answer, strict=False)  # Lua has one kind of number


@dataclass(frozen=True, slots=True)
class LeaseScript:
    """Runs the script. `connect` gives a Redis client; the keys share a hash tag, so a cluster keeps them together."""

    connect: ConnectRedis
    client_id: str

    async def run(self, ask: Ask) -> Answer:
        """Raises RedisError or OSError."""
        tag = f"{{character-sync:budget:{self.client_id}}}"
        keys = [f"{tag}:{name}" for name in ("permits", "state", "demands", "hours", "totals")]
        message = _ENCODER.encode(ask)
        async with self.connect() as redis:
            try:
                answer = await redis.evalsha(_SHA, len(keys), *keys, message)
            except NoScriptError:  # a Redis that has been restarted, or another node of the cluster
                answer = await redis.eval(_SOURCE, len(keys), *keys, message)
        return _DECODER.decode(answer)
