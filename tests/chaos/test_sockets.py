"""Two thousand watchers on one real gateway: what each costs, how late events are, and readers who do not read."""

from pathlib import Path

import pytest

from battle_net_sandbox.server import RunningSandbox
from chaos.processes import Starter
from chaos.report import at_share
from chaos.site import site_of
from chaos.sockets import SETTINGS, hold
from support.redis_server import RedisServer

SOCKETS = 2_000
STALLED = 50
SENDS = 10_000
PER_SECOND = 1_000
# At an idle machine it is some 30 ms. This says only that events are not queued for good, however busy the machine is.
LATEST_SECONDS = 30.0


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.timeout(600)
async def test_two_thousand_sockets_cost_little_hear_soon_and_those_who_do_not_read_cost_a_bounded_amount(
    folder: Path, sandbox: RunningSandbox, starter: Starter, database_url: str, redis: RedisServer
) -> None:
    about = {"database_url": database_url, "queue_url": redis.url, "settings": dict(SETTINGS)}
    async with site_of(folder / "site", sandbox, starter, **about) as site:
        held = await hold(site, sockets=SOCKETS, stalled=STALLED, sends=SENDS, per_second=PER_SECOND)
    p50, p99 = at_share(held.delays, 0.5), at_share(held.delays, 0.99)
    print(f"{held.kb_per_socket:.1f} KB per socket, {p50:.3f} s p50, {p99:.3f} s p99")  # noqa: T201 - the figures
    assert held.violations == []
    assert len(held.delays) == SENDS
    assert p99 < LATEST_SECONDS
