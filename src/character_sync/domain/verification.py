"""How long a character may be held without Battle.net saying again that it is there: dates, and what a check decides.

Blizzard's terms give 30 days; what cannot be confirmed by then, or is said to be gone, has to be deleted (Blizzard, "Data
Protection Notice and FAQ"; the check and its three answers are those of the character status endpoint's documentation).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class StatusAnswer(StrEnum):
    """What Battle.net said when it was asked."""

    THERE = "there"
    GONE = "gone"
    UNANSWERED = "unanswered"


class CheckOutcome(StrEnum):
    """What happens to a character that was checked."""

    VERIFIED = "verified"
    MISSING = "missing"  # said to be gone, and asked about again before that is believed
    POSTPONED = "postponed"  # no answer: nothing changes, and there is time to ask again
    PURGED = "purged"
    REMOVED = "removed"  # what was left of a purged one


@dataclass(frozen=True, slots=True)
class VerificationDates:
    """When a character was last seen at Battle.net, by when it must be seen again, and when to ask of ourselves."""

    verified_at: datetime
    verify_by: datetime
    check_at: datetime


@dataclass(frozen=True, slots=True)
class VerificationPolicy:
    """The periods.

    Attributes:
        keep: How long a character may be held unseen.
        margin: How long before that date we begin to ask; the checks spread over its first half.
        grace: How long a character must be said to be gone before that is believed: Battle.net has bad days.
        tombstone: How long the name of a purged character stays in its player's list.
        retry: How long until a check without an answer is tried again.
    """

    keep: timedelta = timedelta(days=30)
    margin: timedelta = timedelta(days=10)
    grace: timedelta = timedelta(days=3)
    tombstone: timedelta = timedelta(days=30)
    retry: timedelta = timedelta(hours=1)

    def dates(self, character_id: UUID, seen_at: datetime) -> VerificationDates:
        """Return the dates of a character seen now. Its id spreads the checks: a large account is not due at once."""
        verify_by = seen_at + self.keep
        spread = (character_id.int % 1000) / 1000
        return VerificationDates(seen_at, verify_by, verify_by - self.margin * (1 - spread / 2))

    def is_news(self, verified_at: datetime | None, seen_at: datetime) -> bool:
        """Whether seeing a character again is worth writing down: once in a thirtieth of the period, so once a day.

        The date on record is then at most so much too early, and a character that is synced every hour is not
        written every hour.
        """
        return verified_at is None or seen_at - verified_at >= self.keep / 30

    def decide(
        self, finding: StatusAnswer, *, verify_by: datetime, missing_since: datetime | None, now: datetime
    ) -> tuple[CheckOutcome, datetime]:
        """Return what happens to a character and when it is looked at next, if it is.

        The last chance to hear of it comes one retry before its date: nothing is held past the date because the
        answer was late.
        """
        last_chance = verify_by - self.retry
        match finding:
            case StatusAnswer.THERE:
                return CheckOutcome.VERIFIED, now
            case StatusAnswer.GONE:
                believed = min((missing_since or now) + self.grace, last_chance)
                return (
                    (CheckOutcome.PURGED, now + self.tombstone) if now >= believed else (CheckOutcome.MISSING, believed)
                )
            case StatusAnswer.UNANSWERED:
                return (
                    (CheckOutcome.PURGED, now + self.tombstone) if now >= last_chance else (CheckOutcome.POSTPONED, now)
                )
