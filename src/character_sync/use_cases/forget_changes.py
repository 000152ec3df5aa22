"""Let go of changes that are older than they are kept for."""

from dataclasses import dataclass
from datetime import timedelta

from character_sync.ports import Clock, Work

AT_ONCE = 1_000  # changes found in one transaction, which other writers of SQLite wait for


@dataclass(frozen=True, slots=True)
class ForgetChanges:
    """Any process may run it, any number at once."""

    work: Work
    clock: Clock
    kept_for: timedelta

    async def execute(self) -> int:
        """Return how many are gone."""
        forgotten = 0
        while True:
            before = self.clock() - self.kept_for
            count = await self.work.transaction(lambda work: work.changes.forget(before, AT_ONCE))  # noqa: B023 - at once
            forgotten += count
            if count < AT_ONCE:
                return forgotten
