"""Places leased from the budget that all processes share: when each may be used, and what to tell of it. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from character_sync.adapters.battle_net.lease_script import HOLD, MICRO, Answer
from character_sync.adapters.battle_net.request_places import LONGEST_DEPARTURE, Windows


@dataclass(frozen=True, slots=True)
class Permit:
    """A leased place. `usable` and `ends` are on this process's clock, `from_` is microseconds of Redis'."""

    name: str
    usable: float
    ends: float
    from_: int
    minute: int


@dataclass(frozen=True, slots=True)
class RedisTime:
    """Redis' clock as this process can know it: at the moment `now` here it was between an ask and its answer."""

    now: int
    asked: float
    answered: float

    def latest(self, moment: float) -> int:
        """Return the latest that Redis' clock can have shown at a moment of this process's."""
        return self.now + int((moment - self.asked) * MICRO)


class LeasedPlaces:
    """Implements Places with leases; with windows of its own while there is nobody to lease from.

    Both bounds are kept to the safe side: a permit is used no sooner than its time on the slowest reading of Redis'
    clock, and its request has left no later than told on the fastest.
    """

    def __init__(self, alone: Windows) -> None:
        """`alone` are the windows of this process's share, for when Redis is gone."""
        self._alone = alone
        self._alone_from: float | None = None
        self._here: deque[Permit] = deque()  # leased, by when they may be used
        self._leaving: deque[tuple[Permit | None, float]] = deque()  # None: taken from the windows
        self._told_sent: list[tuple[str, int]] = []
        self._told_unused: list[tuple[str, int, int]] = []
        self._loose_hour = 0
        self._time: RedisTime | None = None

    @property
    def here(self) -> int:
        """How many permits are here and not taken."""
        return len(self._here)

    @property
    def has_news(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._told_sent or self._told_unused or self._loose_hour)

    @property
    def is_alone(self) -> bool:
        return self._alone_from is not None

    @property
    def next_end(self) -> float:
        """When the first unused permit has to go back; infinity when there is none."""
        return self._here[0].ends if self._here else inf

    def wait(self, now: float, rate: float) -> float:
        self.drop_ended(now)
        if self._here:
            return self._here[0].usable - now
        if self._alone_from is None:
            return inf
        return max(self._alone_from - now, self._alone.wait(now, rate))

    def take(self, now: float) -> None:
        if self._here:
            self._leaving.append((self._here.popleft(), now))
        else:
            self._alone.take(now)
            self._leaving.append((None, now))

    def give_back(self, now: float) -> None:
        permit, _ = self._leaving.pop()
        if permit is None:
            self._alone.give_back(now)
        else:
            self._here.appendleft(permit)

    def sent(self, now: float) -> None:
        if not self._leaving:
            return  # it took longer than it may: its permit has come free without being told
        permit, _ = self._leaving.popleft()
        if permit is None:
            self._alone.sent(now)
            self._loose_hour += 1
        elif self._time is not None:
            self._told_sent.append((permit.name, self._time.latest(now)))

    def hear(self, answer: Answer, *, asked: float, answered: float) -> None:
        """Take in what was leased. `asked` and `answered` are on this process's clock."""
        self._time = RedisTime(int(answer.now), asked, answered)
        self._alone_from = None
        for name, span in answer.leases if isinstance(answer.leases, list) else ():
            seconds = span / MICRO
            from_ = self._time.now + int(span)
            self._here.append(Permit(name, answered + seconds, asked + seconds + HOLD, from_, answer.minute))
        self._here = deque(sorted(self._here, key=lambda permit: permit.usable))  # one given back may come late

    def go_alone(self, now: float, after: float) -> None:
        """Use the windows of this process's own share from `after` seconds on; leases go on until they end."""
        if self._alone_from is None:
            self._alone_from = now + after

    def tell(self) -> tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int, int]], int]:
        """Return what was sent, what goes back unused and how many left on no lease; and forget it."""
        told = self._told_sent, self._told_unused, self._loose_hour
        self._told_sent, self._told_unused, self._loose_hour = [], [], 0
        return told

    def untell(self, told: tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int, int]], int]) -> None:
        """Remember what `tell` gave: nobody has heard it. What has come free by itself is told in vain, not wrongly."""
        self._told_sent = [*told[0], *self._told_sent]
        self._told_unused = [*told[1], *self._told_unused]
        self._loose_hour += told[2]

    def loose(self, since: float) -> int:
        """Return how many have left on no lease after `since`, or are about to."""
        return self._alone.counted(since)

    def drop_ended(self, now: float, *, all_of_them: bool = False) -> None:
        """Let permits go back that are past their time; and forget requests that never said that they left."""
        while self._here and (all_of_them or self._here[0].ends <= now):
            permit = self._here.popleft()
            self._told_unused.append((permit.name, permit.from_, permit.minute))
        while self._leaving and self._leaving[0][1] <= now - LONGEST_DEPARTURE:
            self._leaving.popleft()
