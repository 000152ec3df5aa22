"""Named places at which the chaos tests end this process; in production a call that compares two pointers."""

import os
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Final

VARIABLE: Final = "CHARACTER_SYNC_CRASH_AT"  # `POINT:NTH`; only tests/chaos sets it, so it is no setting
LIKE_KILL_9: Final = 137  # 128 + SIGKILL: what a shell reports of a killed process


class CrashPoint(Enum):
    """Every place, and what is true there: the boundaries between two effects, where a crash leaves only the first."""

    LISTING_BEGUN = "a sync is asked for; Battle.net has not been asked"
    LISTING_ANSWERED = "Battle.net has listed the account; nothing is saved"
    LISTING_WRITTEN = "characters, sync session and jobs are written; not committed"
    RETRY_WRITTEN = "the sync session of a retry is written; not committed"
    REFRESH_WRITTEN = "the sync session of a single character is written; not committed"
    COMMITTED_NOT_QUEUED = "a new sync session is committed; the queue does not know of it"
    QUEUED = "the queue holds the sync session; whoever asked has no answer"
    DELIVERED = "the queue has handed a sync session over; nobody has its lease"
    CLAIM_WRITTEN = "the lease and the fence are written; not committed"
    CLAIMED = "the lease is taken; no character is in hand"
    TAKEN_UP = "a character is in hand, on record; Battle.net has not been asked"
    FACET_ANSWERED = "Battle.net has answered for one facet; only memory knows"
    CHARACTER_JUDGED = "all facets of a character are there; only memory knows"
    BATCH_WRITTEN = "a batch is written; not committed"
    BATCH_COMMITTED = "a batch is committed; no watcher was told"
    BATCH_PUBLISHED = "a batch is committed and told; nothing waits for it yet"
    END_WRITTEN = "the last batch and the end are written; not committed"
    END_COMMITTED = "the end is committed; no watcher was told"
    END_PUBLISHED = "the end is told; the queue still holds the task"
    HEARTBEAT_WRITTEN = "the lease is made longer; not committed"
    HEARTBEAT_COMMITTED = "the lease is longer"
    RELEASE_WRITTEN = "a run told to stop has given its lease back; not committed"
    RELEASED = "a run told to stop has given its lease back"
    CANCEL_WRITTEN = "a cancel has taken the fence; not committed"
    CANCEL_COMMITTED = "a cancel is committed; no watcher was told"
    CANCEL_PUBLISHED = "a cancel is told; whoever asked has no answer"
    RECONCILE_FOUND = "sync sessions that nobody runs are found; none is back in the queue"
    RECONCILE_SUBMITTED = "one of them is back in the queue"
    TAKEOVER_WRITTEN = "an embedded service that starts has freed all leases; not committed"
    TAKEOVER_COMMITTED = "an embedded service that starts has freed all leases"
    ERASURE_WRITTEN = "everything of a player is deleted; not committed"
    ERASURE_COMMITTED = "a player is erased; no watcher was told, their sockets are open"
    ERASURE_TOLD = "a player is erased and all are told; whoever asked has no answer"
    CHECKS_DUE_WRITTEN = "characters that are due for a check are put off; not committed"
    CHECKS_DUE_COMMITTED = "characters that are due for a check are put off; Battle.net has not been asked"
    CHECKS_ANSWERED = "Battle.net has said which of them are there; only memory knows"
    CHECKS_WRITTEN = "what it said is written; not committed"
    CHECKS_COMMITTED = "what it said is written"
    REMOVAL_WRITTEN = "what was left of a character that is gone is deleted; not committed"
    REMOVAL_COMMITTED = "what was left of a character that is gone is deleted"
    WEBHOOK_TAKEN = "a webhook is taken; its receiver has been told nothing"
    WEBHOOK_ANSWERED = "a receiver has answered; only memory knows"
    DELIVERY_WRITTEN = "how a delivery went is written; not committed"
    DELIVERY_COMMITTED = "how a delivery went is written"
    SCHEDULES_TAKEN = "schedules that are due are taken; none is dealt with"
    SCHEDULE_WRITTEN = "a scheduled sync and the next due time are written; not committed"


_END_THE_PROCESS: Final = partial(os._exit, LIKE_KILL_9)

_armed: CrashPoint | None = None
_left = 0
_end: Callable[[], None] = _END_THE_PROCESS


def arm(where: str, end: Callable[[], None] = _END_THE_PROCESS) -> None:
    """Have the process end at a point, `POINT:NTH`; nowhere if empty.

    Args:
        end: What ends there instead, for tests that play several processes in one.

    Raises:
        KeyError, ValueError: there is no such point.
    """
    global _armed, _left, _end
    name, _, nth = where.partition(":")
    _armed, _left, _end = (CrashPoint[name] if name else None), int(nth or 1), end


def reached(point: CrashPoint) -> None:
    """End the process as `kill -9` would if this is where it was told to."""
    if point is _armed:
        _count()


def _count() -> None:
    global _left  # noqa: PLW0603 - as above
    _left -= 1
    if _left == 0:
        _end()


arm(os.environ.get(VARIABLE, ""))
