"""Forget how characters were longer ago than the operator keeps."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from character_sync.ports import Clock, Work

log = structlog.get_logger()

PORTION = 1_000  # states in one transaction: some milliseconds, so that no sync waits for it


@dataclass(frozen=True, slots=True)
class ForgetHistory:
    """Deletes states that ended longer ago than `keep`; what a character is now is never among them."""

    work: Work
    clock: Clock
    keep: timedelta

    async def execute(self) -> int:
        """Return how many states are gone. Any process may do it, any number at once."""
        ended_before = self.clock() - self.keep
        forgotten = 0
        while True:
            portion = await self.work.transaction(lambda work: work.history.forget(ended_before, PORTION))
            forgotten += portion
            if portion < PORTION:
                break
        if forgotten:
            log.info("history_forgotten", states=forgotten)
        return forgotten
