"""Runs the harness against each of the bugs it must see, and returns what it reports."""

from collections.abc import Awaitable, Callable
from typing import Final

from chaos.enumeration import crash_at
from chaos.ghosts import haunt
from chaos.history import Violation
from chaos.site import Site
from character_sync.crash_points import CrashPoint

GHOSTS: Final = 5  # one frozen inside a transaction has lost it when it wakes, fence or no fence, and writes nothing
STUCK_AFTER_SECONDS: Final = 5.0  # a sync of three characters that works takes a tenth of this


async def without_the_fence(site: Site) -> list[Violation]:
    """A ghost that is woken after another worker has ended its sync. Needs shared servers."""
    site.settings["FRESHNESS_SECONDS"] = "0"  # or there would be nothing to do the second time
    await site.serve(bug="no-fence")
    await site.work(0, bug="no-fence")
    await site.work(1, bug="no-fence")
    player = await site.player("unfenced", 60)
    for _ in range(GHOSTS):
        haunting = await haunt(site, player, at_end=True, expects_lease_lost=False)
        if haunting.wrote:
            return [Violation("ghost", haunting.wrote)]
    return await site.verdict(within=20)


async def telling_before_saving(site: Site) -> list[Violation]:
    """A crash between the two. Needs shared servers, or what was told dies with who told it."""
    return (await crash_at(site, CrashPoint.END_WRITTEN, bug="publish-before-commit")).violations


async def counting_by_increment(site: Site) -> list[Violation]:
    """A crash between the rows' commit and the counter's."""
    return (await crash_at(site, CrashPoint.BATCH_COMMITTED, nth=4, bug="count-by-increment")).violations


async def losing_a_wake_up(site: Site) -> list[Violation]:
    """A queue that loses what it is given, and nobody who looks after it."""
    await site.serve(bug="lost-wake-up")
    player = await site.player("asleep", 3)
    await player.surely_synced()
    return await site.verdict(within=STUCK_AFTER_SECONDS)


ON_SHARED_SERVERS: Final[dict[str, Callable[[Site], Awaitable[list[Violation]]]]] = {
    "a write without the fence": without_the_fence,
    "telling before saving": telling_before_saving,
}
EMBEDDED: Final[dict[str, Callable[[Site], Awaitable[list[Violation]]]]] = {
    "counting by increment": counting_by_increment,
    "a lost wake-up": losing_a_wake_up,
}
EXPECTED: Final = {
    "a write without the fence": {"ghost", "I2", "I4", "I5"},
    "telling before saving": {"I5"},
    "counting by increment": {"I4"},
    "a lost wake-up": {"I2"},
}
"""As what a bug must be reported: any one of these."""


def is_caught(bug: str, reported: list[Violation]) -> bool:
    return any(violation.invariant in EXPECTED[bug] for violation in reported)
