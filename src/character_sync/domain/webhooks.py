"""When a webhook is tried again, when it is given up, and which changes it is told of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from character_sync.domain.changes import ChangeKind

FIRST_WAIT: Final = timedelta(seconds=5)  # a receiver that restarts is back after some seconds
PATIENCE: Final = 10  # first waits in a row before they grow: a receiver that takes one in ten keeps up, in minutes
LONGEST_WAIT: Final = timedelta(hours=1)  # one that was down over night is told within the hour it is back
DOUBLINGS: Final = 10  # 5 s doubled so often is more than the longest wait

ALL_OF_A_GROUP: Final = ".*"


class DeliveryStatus(StrEnum):
    """Where the telling of one change to one webhook stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class DeliveryProblem(StrEnum):
    """Why an attempt did not count as delivered. Stable and public."""

    ANSWERED_OTHERWISE = "answered_otherwise"
    NOT_REACHED = "not_reached"
    TOO_SLOW = "too_slow"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    KEY_LOST = "key_lost"


class PauseReason(StrEnum):
    """Why nothing is delivered to a webhook. Stable and public."""

    BY_ITS_OWNER = "by_its_owner"
    FAILING = "failing"
    KEY_LOST = "key_lost"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt went; without a problem it was delivered. `answer_status` is None when nothing was answered."""

    at: datetime
    answer_status: int | None = None
    problem: DeliveryProblem | None = None


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an attempt means for the delivery and for the webhook."""

    status: DeliveryStatus
    failures: int
    failing_since: datetime | None
    next_attempt_at: datetime | None
    paused: PauseReason | None


GIVES_UP_ON_THE_ADDRESS: Final = frozenset({DeliveryProblem.ADDRESS_NOT_ALLOWED, DeliveryProblem.KEY_LOST})
"""What no further attempt can put right, only the webhook's owner."""


def consequence_of(
    attempt: Attempt,
    *,
    failures: int,
    failing_since: datetime | None,
    waiting_since: datetime,
    give_up: timedelta,
    draw: float,
) -> Consequence:
    """Decide what an attempt means: for the delivery, and for the webhook, which waits as a whole.

    Args:
        attempt: How it went.
        failures: Failures of the webhook in a row before it.
        failing_since: When the first of them was.
        waiting_since: When the delivery was made.
        give_up: How long something is tried: a webhook that has failed for so long is paused, its deliveries wait; a
            delivery that alone has failed for so long is given up.
        draw: In [0, 1), spreads the waits.
    """
    if attempt.problem is None:
        return Consequence(DeliveryStatus.DELIVERED, 0, None, None, None)
    since = failing_since or attempt.at
    paused = None
    if attempt.problem in GIVES_UP_ON_THE_ADDRESS:
        paused = PauseReason.KEY_LOST if attempt.problem is DeliveryProblem.KEY_LOST else PauseReason.FAILING
    elif attempt.at - since >= give_up:
        paused = PauseReason.FAILING
    is_given_up = paused is None and attempt.at - waiting_since >= give_up
    status = DeliveryStatus.GIVEN_UP if is_given_up else DeliveryStatus.WAITING
    return Consequence(status, failures + 1, since, attempt.at + wait_after(failures + 1, draw), paused)


def wait_after(failures: int, draw: float) -> timedelta:
    """Return how long to wait after so many failures in a row; `draw` in [0, 1) spreads it between half and all of it.

    Half at least, so that a receiver in trouble has time; spread, so that many webhooks of one receiver part.
    """
    longest = min(FIRST_WAIT * (1 << min(max(0, failures - PATIENCE), DOUBLINGS)), LONGEST_WAIT)
    return longest * (0.5 + draw / 2)


def is_told_of(events: Sequence[str], kind: str) -> bool:
    """Whether a webhook with these events is told of a change. No events: all, also kinds that are yet to come."""
    group = kind.partition(".")[0] + ALL_OF_A_GROUP
    return not events or kind in events or group in events


def known_events() -> tuple[str, ...]:
    """Return what may be asked for: each kind of change, and each group of them."""
    kinds = [kind.value for kind in ChangeKind]
    return tuple(dict.fromkeys([*kinds, *(kind.partition(".")[0] + ALL_OF_A_GROUP for kind in kinds)]))
