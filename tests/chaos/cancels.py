"""A player cancels at one gateway what a worker elsewhere runs: how soon it asks Battle.net nothing more, and all know."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from chaos.clients import Client
from chaos.history import Violation
from chaos.instruments import departures
from chaos.processes import until
from chaos.site import Site, watched
from support.held_back import CHARACTERS, let_go

IN_TIME_SECONDS: Final = 2.0
WITHIN_SECONDS: Final = 60.0
FAST_MS: Final = 20  # results come all the time, and each is a write that finds the fence taken
SLOW_MS: Final = 4_000  # nothing comes; what is in hand would ask for the next facets long after
IN_HAND: Final = 21  # requests that have left when it is cancelled, of 60 characters with several each
LOST: Final = "sync_session_lease_lost"
SETTINGS: Final = {
    "REQUESTS_PER_SECOND": "100",  # so that there is a budget, under which departures are noted
    "CHARACTERS_AT_ONCE": "32",
    "LEASE_SECONDS": "30",
    "HEARTBEAT_SECONDS": "10",
    "RECONCILE_SECONDS": "5",
}


@dataclass(frozen=True)
class Cancel:
    """Seconds from the click until the last request left, the run had stopped, and the watchers of both gateways knew."""

    last_request: float
    stopped: float
    told: float

    @property
    def violations(self) -> list[Violation]:
        return self.later_than(IN_TIME_SECONDS)

    def later_than(self, in_time: float) -> list[Violation]:
        late = {"the last request left": self.last_request, "the run stopped": self.stopped, "all knew": self.told}
        return [
            Violation("cancel", f"{what} after {seconds:.2f} s") for what, seconds in late.items() if seconds > in_time
        ]


async def cancel_elsewhere(site: Site, player: Client, *, number: int, latency_ms: int) -> Cancel:
    """Start a sync at one gateway, watch it at both, cancel it at the other while Battle.net takes so long to answer."""
    noted = site.departures
    assert noted is not None
    await site.control("POST", "settings", {"latencyMs": FAST_MS})
    if latency_ms > FAST_MS:  # for all but the listing
        late = {"match": {"path": CHARACTERS}, "respond": {"delayMs": latency_ms}}
        await site.control("POST", "faults", late)
    begun, stops = len(departures(noted)), site.logged(LOST)
    answer = await player.sync(address=site.url(number % 2))
    assert answer.status == 202, answer
    session_id = answer.body["sessionId"]
    async with watched(*(player.at(site.url(n)).watch(session_id) for n in (0, 1))) as watches:
        await until(lambda: len(departures(noted)) >= begun + IN_HAND, within=WITHIN_SECONDS, what="a run under way")
        await until(
            lambda: len({told.client for told in site.history.told if told.session_id == session_id}) == len(watches),
            within=WITHIN_SECONDS,
            what="watchers",
        )
        clicked = time.monotonic()
        done = await player.ask("POST", f"/api/v1/sync-sessions/{session_id}/cancel", address=site.url(1 - number % 2))
        assert done.status == 202, done
        stopping = asyncio.ensure_future(
            until(lambda: site.logged(LOST) > stops, within=WITHIN_SECONDS, what="the run's end")
        )
        await asyncio.wait_for(asyncio.gather(*watches), WITHIN_SECONDS)
        told = time.monotonic() - clicked
        await stopping
        stopped = time.monotonic() - clicked
    await let_go(site.control)
    last = max(0.0, max(departures(noted)) - clicked)
    return Cancel(last, stopped, told)
