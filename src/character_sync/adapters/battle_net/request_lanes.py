"""Who goes next: lanes in order, turns inside a lane, and now and then one from below."""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

from character_sync.ports import Lane, Turn

FROM_BELOW: Final = (
    16  # every 16th place goes to a lane that waits behind: it stays alive, and players lose 7 % at most
)

SCHEDULED_PART: Final = 10
"""Scheduled requests leave at a tenth of the limit of a second, however much of it is free.

Who syncs by hand finds the rest of the second free to begin with, and is over as soon as alone. Nothing is lost by it: a tenth
of 100 a second is what Battle.net's 36,000 an hour come to, and scheduled syncs may use only a part of those.
"""

BESIDE_PLAYERS: Final = 4
"""While players sync, scheduled requests leave at a quarter of their pace: what comes of them costs processor time and writes,
which a player's sync shares with them. With a tenth of 100 a second that leaves them 9,000 an hour beside players without end.
"""

PLAYERS_SECONDS: Final = 0.5
"""A player syncs until so long after their last request: more than Battle.net takes to answer, after which the next one leaves."""

Waiter = TypeVar("Waiter")


def scheduled_pace(per_second: int) -> int:
    """Return how many scheduled requests may leave in a second, of this limit; 0 is no limit, of either."""
    return -(-per_second // SCHEDULED_PART)


class RequestLanes(Generic[Waiter]):
    """Those who wait for a place at the request budget. Pure: no clock, no event loop.

    The lowest lane goes first, but for every 16th place: that one goes to the lane that has gone longest without one.
    Inside a lane the holders, which are sync sessions, take turns: 60 that wait never delay another's 3.
    """

    def __init__(self) -> None:
        self._lanes: dict[Lane, OrderedDict[str, OrderedDict[Waiter, None]]] = {lane: OrderedDict() for lane in Lane}
        self._counts = dict.fromkeys(Lane, 0)
        self._last_served = dict.fromkeys(Lane, 0)
        self._served = 0

    def __len__(self) -> int:
        return sum(self._counts.values())

    def __bool__(self) -> bool:
        return any(self._counts.values())

    def any_but(self, lane: Lane | None) -> bool:
        """Whether somebody waits in another lane than this one."""
        return any(count for other, count in self._counts.items() if other is not lane)

    def add(self, turn: Turn, waiter: Waiter) -> None:
        self._lanes[turn.lane].setdefault(turn.holder, OrderedDict())[waiter] = None
        self._counts[turn.lane] += 1

    def remove(self, turn: Turn, waiter: Waiter) -> bool:
        """Take out one that no longer waits; False when it is not there."""
        holders = self._lanes[turn.lane]
        waiters = holders.get(turn.holder)
        if waiters is None or waiter not in waiters:
            return False
        del waiters[waiter]
        self._counts[turn.lane] -= 1
        if not waiters:
            del holders[turn.holder]
        return True

    def take(self, *, but: Lane | None = None) -> Waiter:
        """Take out who is next, `but` nobody of this lane. The holder served goes to the end of its lane.

        Raises ValueError: nobody waits.
        """
        self._served += 1
        waiting = [lane for lane in Lane if self._counts[lane] and lane is not but]
        lane = min(waiting)
        if self._served % FROM_BELOW == 0:
            lane = min(waiting, key=lambda lane: (self._last_served[lane], -lane))
        self._last_served[lane] = self._served
        holders = self._lanes[lane]
        holder, waiters = next(iter(holders.items()))
        waiter, _ = waiters.popitem(last=False)
        self._counts[lane] -= 1
        if waiters:
            holders.move_to_end(holder)
        else:
            del holders[holder]
        return waiter

    def waiting(self) -> dict[Lane, int]:
        """Return how many wait in each lane."""
        return dict(self._counts)

    def holders(self) -> dict[Lane, int]:
        """Return how many holders wait in each lane."""
        return {lane: len(holders) for lane, holders in self._lanes.items()}

    def ahead_of(self, turn: Turn) -> int:
        """Return how many of those who wait now are served before the last of this holder's would be.

        All of the lower lanes, and of each other holder of the lane as many as this one has waiting itself, at least
        one: they take turns.
        """
        lower = sum(count for lane, count in self._counts.items() if lane < turn.lane)
        holders = self._lanes[turn.lane]
        own = max(1, len(holders.get(turn.holder, ())))
        return lower + sum(min(own, len(waiters)) for holder, waiters in holders.items() if holder != turn.holder)
