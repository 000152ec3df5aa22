"""Erase a player: everything held about them, in one transaction, for good."""

from dataclasses import dataclass

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.progress import Progress
from character_sync.ports import Clock, ProgressChannel, SignInChannel, UnitOfWork, UserId, Work

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EraseUser:
    """Deletes a user's row; everything that is theirs follows by foreign key.

    Whoever runs a sync session of theirs finds it gone at the next write, as after a cancellation, and stops; a user
    who signs in again later gets a new id, so nothing that began before can ever be written to the new user's rows.
    """

    work: Work
    channel: ProgressChannel
    clock: Clock
    sign_ins: SignInChannel

    async def execute(self, owner: UserId) -> None:
        """Return once nothing is left. Raises NotFound: the user is gone already."""

        async def erase(work: UnitOfWork) -> list[Progress]:
            await work.users.lock(owner)
            last_events = await work.sync_sessions.cancel_all(owner, self.clock())
            await work.holdings.erase(owner)
            reached(CrashPoint.ERASURE_WRITTEN)
            return last_events

        last_events = await self.work.transaction(erase)
        reached(CrashPoint.ERASURE_COMMITTED)
        log.info("user_erased", cancelled_sync_sessions=len(last_events))
        for event in last_events:
            await self.channel.publish([event])
        await self.sign_ins.publish(owner)
        reached(CrashPoint.ERASURE_TOLD)
