"""Crashes in what players and Blizzard are owed: an erasure, and the checks of the thirty days; judged from the rows.

I6  Erased is erased, whole or not at all, and nobody else notices.
I7  A check that was broken off is done again: what Battle.net no longer has goes, everything else stays.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from chaos.clients import Client
from chaos.history import Violation
from chaos.processes import Running
from chaos.rows import Checked, checks, held, opened, put_forward
from chaos.site import Site, watched
from character_sync.crash_points import LIKE_KILL_9, CrashPoint
from support.held_back import hold_back, let_go

P = CrashPoint
ERASING: Final = frozenset({P.ERASURE_WRITTEN, P.ERASURE_COMMITTED, P.ERASURE_TOLD})
CHECKING: Final = frozenset(
    {
        *(P.CHECKS_DUE_WRITTEN, P.CHECKS_DUE_COMMITTED, P.CHECKS_ANSWERED, P.CHECKS_WRITTEN, P.CHECKS_COMMITTED),
        *(P.REMOVAL_WRITTEN, P.REMOVAL_COMMITTED),
    }
)
CHARACTERS: Final = 8
ENOUGH: Final = 12  # requests, of which some character is settled; the erasure comes while the others are fetched
A_RETRY: Final = timedelta(hours=1)  # for so long the policy puts a character off that is in hand
# Every character is due at once and all the time; what is gone is believed and cleared away by the next round.
AT_ONCE: Final = {
    "VERIFICATION_DAYS": "1",
    "VERIFICATION_MARGIN_DAYS": "2",
    "VERIFICATION_GRACE_DAYS": "0",
    "TOMBSTONE_DAYS": "0",
    "VERIFICATION_SECONDS": "0.1",
}


async def crash_in_an_erasure(site: Site, point: CrashPoint, *, within: float) -> list[Violation]:
    """Crash while a player with a sync under way is erased, beside somebody who stays."""
    await site.serve(crash_at=point.name)
    if site.queue_url:
        await site.work()
    stays, leaves = await site.player(f"stays-{_name(point)}", CHARACTERS), await site.player(_name(point), CHARACTERS)
    await stays.surely_synced()
    await site.settled(within=within)
    await hold_back(site.control, after=ENOUGH)
    session_id = await leaves.surely_synced()
    async with watched(leaves.watch(session_id)):
        await site.rows_when(
            lambda rows: any(row.id == session_id and row.processed for row in rows.sessions),
            within=within,
            what="a sync under way",
        )
        await leaves.ask("DELETE", "/api/v1/me")
        await _died(site.processes["serve-0"], within=within)
        await let_go(site.control)
        await site.serve()
        if (await leaves.ask("GET", "/api/v1/me")).status == 200:
            found = [] if point is P.ERASURE_WRITTEN else [Violation("I6", "a committed erasure is undone")]
            found += await site.verdict(within=within)
            again = await leaves.ask("DELETE", "/api/v1/me")
            found += [] if again.status == 204 else [Violation("I6", f"erased again after the crash: {again}")]
        else:
            found = [] if point is not P.ERASURE_WRITTEN else [Violation("I6", "an uncommitted erasure is done")]
    return found + await _nothing_is_left(site, leaves, stays, within=within)


async def _nothing_is_left(site: Site, gone: Client, stays: Client, *, within: float) -> list[Violation]:
    """Judge once another sync has gone through all processes: whoever ran a sync of the erased player has had its time."""
    site.forget(gone)
    await stays.watch(await stays.surely_synced())
    found = await site.verdict(within=within)
    async with opened(site.database) as database:
        left = await held(database, gone.user_id)
    return found + [Violation("I6", f"{rows} rows of an erased player in {table}") for table, rows in left.items()]


async def crash_in_a_check(site: Site, point: CrashPoint, *, within: float) -> list[Violation]:
    """Crash while characters are checked, one of which Battle.net no longer has."""
    site.settings |= {**AT_ONCE, "VERIFICATION_SECONDS": "3600"}  # not before the player has everything
    await site.serve()
    if site.queue_url:
        await site.work()
    client = await site.player(_name(point), CHARACTERS)
    await client.watch(await client.surely_synced())
    found = await site.verdict(within=within)
    gone, *_ = sorted(site.listed[client.user_id])
    await site.control("POST", f"accounts/{client.name}/characters/{gone}", {"action": "delete"})
    name, start = ("worker-0", site.work) if site.queue_url else ("serve-0", site.serve)
    await site.processes[name].kill()
    site.settings |= AT_ONCE
    dying = await start(crash_at=point.name, ready=False)
    await _died(dying, within=within)
    died_at = datetime.now(UTC)
    async with opened(site.database) as database:
        found += still_to_be_checked(await checks(database), died_at)
        await put_forward(database, died_at)
    await start()
    stay = site.listed[client.user_id] - {gone}
    try:
        await site.checks_when(lambda left: are_checked(left, stay, died_at), within=within)
    except TimeoutError:
        found.append(Violation("I7", f"{gone} was to go and the others to be checked: {await site.checks()}"))
    return found


def still_to_be_checked(left: list[Checked], now: datetime) -> list[Violation]:
    late = [one for one in left if one.check_at is None or one.check_at > now + A_RETRY]
    return [Violation("I7", f"nobody will look at {one}") for one in late]


def are_checked(left: list[Checked], stay: frozenset[int], since: datetime) -> bool:
    seen = {one.battle_net_id for one in left if one.is_active and one.verified_at and one.verified_at > since}
    return seen == stay and len(left) == len(stay)


def _name(point: CrashPoint) -> str:
    """Return an account of its own: sites beside each other ask one sandbox."""
    return point.name.lower().replace("_", "-")


async def _died(running: Running, *, within: float) -> None:
    code = await running.end(within)
    assert code == LIKE_KILL_9, (running.name, code, running.text()[-2000:])
