"""When a part of Battle.net is left alone because most of its answers go wrong, and how it is tried again. Pure.

A circuit is closed while things go well. It opens when most answers of the last while were an outage or nothing that can be
read; then nothing is sent for a wait that doubles each time, with jitter, and after it one request goes as a probe: an
answer closes the circuit, another failure opens it for longer. A 404, a 403 or a 429 is an answer: they never open it.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto

ANY = "*"


@dataclass(frozen=True, slots=True)
class Place:
    """What one circuit is for. In what an operator says, each part may be `*`. `endpoint` is a facet, `account` or `status`."""

    region: str
    namespace: str
    endpoint: str

    def covers(self, other: "Place") -> bool:
        pairs = ((self.region, other.region), (self.namespace, other.namespace), (self.endpoint, other.endpoint))
        return all(told in {ANY, found} for told, found in pairs)


@dataclass(frozen=True, slots=True)
class Paused:
    """Why a sync session stands still. `until` is when the place is tried again; None: when an operator says so."""

    region: str
    namespace: str
    endpoint: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class CircuitPolicy:
    """Attributes:
    window: Over how many seconds answers are counted.
    minimum: How many answers there must be before they say anything; 0: circuits never open by themselves.
    rate: The part of them that must have gone wrong.
    first_wait: Seconds until the first probe; it doubles for each further one, up to `longest_wait`.
    """

    window: float = 30.0
    minimum: int = 20
    rate: float = 0.8
    first_wait: float = 5.0
    longest_wait: float = 60.0


class Condition(StrEnum):
    """Where a circuit is."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Passage(Enum):
    """As what a request goes through."""

    ORDINARY = auto()
    PROBE = auto()


class Answered(Enum):
    """What an answer says about the place it came from."""

    WELL = auto()
    WRONGLY = auto()
    NOTHING = auto()  # a 429, or no answer because nobody waited for it any more


class Circuit:
    """One circuit. Times are seconds of any clock that only goes forward."""

    def __init__(self, policy: CircuitPolicy) -> None:
        self._policy = policy
        self._answers: deque[tuple[float, bool]] = deque()
        self._wrong = 0
        self._open_until: float | None = None
        self._probing = False
        self._openings = 0
        self.is_forced = False
        """Whether an operator has opened it: then nothing passes until they close it."""

    def condition(self, now: float) -> Condition:
        if self.is_forced:
            return Condition.OPEN
        if self._open_until is None:
            return Condition.CLOSED
        return Condition.HALF_OPEN if self._probing or now >= self._open_until else Condition.OPEN

    def passage(self, now: float) -> Passage | None:
        """Let a request through, or not. Who gets a passage says afterwards what was answered, whatever happens."""
        match self.condition(now):
            case Condition.CLOSED:
                return Passage.ORDINARY
            case Condition.HALF_OPEN if not self._probing:
                self._probing = True
                return Passage.PROBE
            case _:
                return None

    def wait(self, now: float) -> float | None:
        """Return the seconds until it is worth asking for a passage; None: when something changes."""
        if self.is_forced or self._probing or self._open_until is None:
            return None
        return max(0.0, self._open_until - now)

    def answered(self, passage: Passage, what: Answered, now: float, draw: float) -> bool:
        """Take an answer into account and return whether the circuit has changed. `draw` is a random number in [0, 1)."""
        if passage is Passage.PROBE:
            self._probing = False
            if what is Answered.WELL:
                self.close()
            elif what is Answered.WRONGLY:
                self._open(now, draw)
            return True
        if what is Answered.NOTHING or self._open_until is not None:
            return False  # sent before it opened: it says what is known
        self._count(now, is_wrong=what is Answered.WRONGLY)
        if not self._is_too_much:
            return False
        self._open(now, draw)
        return True

    def close(self) -> None:
        """Forget the trouble there was."""
        self._answers.clear()
        self._wrong, self._open_until, self._openings, self._probing = 0, None, 0, False

    def _count(self, now: float, *, is_wrong: bool) -> None:
        self._answers.append((now, is_wrong))
        self._wrong += is_wrong
        while self._answers[0][0] <= now - self._policy.window:
            self._wrong -= self._answers.popleft()[1]

    @property
    def _is_too_much(self) -> bool:
        count, policy = len(self._answers), self._policy
        return 0 < policy.minimum <= count and self._wrong >= policy.rate * count

    def _open(self, now: float, draw: float) -> None:
        doublings = min(self._openings, 16)  # more are past any longest wait, and only make huge numbers
        wait = min(self._policy.longest_wait, self._policy.first_wait * 2**doublings)
        self._open_until = now + wait * (1 + draw / 4)  # so that many processes do not probe in step
        self._openings += 1
        self._answers.clear()
        self._wrong = 0
