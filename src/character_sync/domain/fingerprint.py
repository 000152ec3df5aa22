"""Whether two lists of achievements are one character's: what cannot be shared tells, what can be shared says nothing.

A completed achievement keeps its time for good, through renames, transfers and changes of side. But many belong to the
whole account: then several characters of one player show the same time, and a new one shows that of an old one. So an
equal time counts only where the player's other characters prove that this achievement is each character's own.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum

Achievements = Mapping[int, int]
"""When each achievement was completed, in milliseconds since 1970, by its number."""

KEPT = frozenset({6, 7, 8, 9, 10, 11, 12, 13, 131, 973, 14271, 19470, 61211})
"""The achievements that are kept of a character: the steps of ten levels (6 to 13), and wowaudit's four and two.

Source: wowaudit's `blizzard.rb`, which sums the times of 6, 131, 973 and 14271.
"""

SHARED_SINCE = int(datetime(2025, 8, 1, tzinfo=UTC).timestamp() * 1000)
"""From this day on whatever an account shares is shared: after Retail's warbands (July 2024) and the account-wide
achievements of Mists of Pandaria Classic (July 2025)."""

TIMES_NEEDED = 2
"""One equal time might be chance or a bulk award; two different ones of the same two characters are not."""


class Likeness(StrEnum):
    """What two lists of achievements say."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def likeness(old: Achievements | None, new: Achievements | None, others: Iterable[Achievements]) -> Likeness:
    """Compare what was known of a character with what a listed one shows.

    Args:
        others: Those of the player's other characters in the same region and namespace family, which tell what the
            account shares. Without them nothing can be proven equal.
    """
    if not old or not new:
        return Likeness.UNKNOWN
    known = tuple(others)
    changed = {
        number for number, moment in old.items() if new.get(number) != moment
    }  # lost ones too: none is ever lost
    own = {number for number, moment in old.items() if new.get(number) == moment and _is_own(number, moment, known)}
    if not changed and len({old[number] for number in own}) >= TIMES_NEEDED:
        return Likeness.SAME
    if not own and len(changed) >= TIMES_NEEDED:
        return Likeness.DIFFERENT
    return Likeness.UNKNOWN


def _is_own(number: int, moment: int, others: Iterable[Achievements]) -> bool:
    """Whether nobody but this character can show this time.

    What an account shares shows the time of whoever had it first. So a time is the character's own if another one was
    earlier, or if another one, after all sharing had begun, still got a later time of its own.
    """
    times = [other[number] for other in others if number in other]
    if moment in times:
        return False
    return any(time < moment or time >= max(SHARED_SINCE, moment + 1) for time in times)
