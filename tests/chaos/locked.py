"""An embedded database that another process holds for a while, as a backup or an administrator does."""

import asyncio
import sqlite3
from typing import Final

from chaos.history import Answer, Violation
from chaos.site import QUICK, Site, watched

A_BACKUP_SECONDS: Final = 2.0  # less than the busy timeout of 5 s: nobody is to notice
A_STALL_SECONDS: Final = 7.0  # more than it: who asks is told to come again, and the run is taken up again
WITHIN_SECONDS: Final = 90.0


async def lock_out(site: Site, *, seconds: float) -> tuple[Answer, list[Violation]]:
    """Hold the write lock in the middle of a sync; return what another player was told meanwhile, and the verdict."""
    site.settings |= {**QUICK, "CHARACTERS_AT_ONCE": "3"}
    await site.serve()
    player, late = await site.player("locked-out", 60), await site.player("late", 3)
    session_id = await player.surely_synced()
    async with watched(player.watch(session_id)) as [watch]:
        await site.rows_when(lambda rows: rows.sessions[0].processed > 3, within=WITHIN_SECONDS, what="a sync begun")
        other = sqlite3.connect(site.folder / "data" / "character-sync.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        asked = asyncio.ensure_future(late.sync())
        await asyncio.sleep(seconds)  # the passing of time is what is tried here
        other.execute("ROLLBACK")
        other.close()
        answer = await asked
        await site.settled(within=WITHIN_SECONDS)
        await asyncio.wait_for(watch, WITHIN_SECONDS)
    return answer, await site.verdict()
