"""How long a character may be held unseen, and what a check decides."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from character_sync.domain.verification import CheckOutcome, StatusAnswer, VerificationPolicy
from fakes.characters import NOW

POLICY = VerificationPolicy()
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DATE = NOW + 10 * DAY


def test_a_character_seen_now_may_be_held_for_thirty_days() -> None:
    dates = POLICY.dates(uuid4(), NOW)
    assert (dates.verified_at, dates.verify_by) == (NOW, NOW + 30 * DAY)


def test_the_checks_of_many_characters_spread_over_the_first_half_of_the_margin() -> None:
    checks = [POLICY.dates(UUID(int=number), NOW).check_at - NOW for number in range(1000)]
    assert min(checks) == 20 * DAY
    assert 24.9 * DAY < max(checks) < 25 * DAY
    assert len(set(checks)) == 1000


@pytest.mark.parametrize(
    ("finding", "missing_since", "now", "step"),
    [
        (StatusAnswer.THERE, None, NOW, CheckOutcome.VERIFIED),
        (StatusAnswer.THERE, NOW - 9 * DAY, DATE + DAY, CheckOutcome.VERIFIED),
        (StatusAnswer.GONE, None, NOW, CheckOutcome.MISSING),
        (StatusAnswer.GONE, NOW - 3 * DAY + HOUR, NOW, CheckOutcome.MISSING),
        (StatusAnswer.GONE, NOW - 3 * DAY, NOW, CheckOutcome.PURGED),
        (StatusAnswer.GONE, None, DATE - HOUR, CheckOutcome.PURGED),
        (StatusAnswer.GONE, None, DATE - HOUR - timedelta(seconds=1), CheckOutcome.MISSING),
        (StatusAnswer.UNANSWERED, None, NOW, CheckOutcome.POSTPONED),
        (StatusAnswer.UNANSWERED, NOW - 30 * DAY, NOW, CheckOutcome.POSTPONED),
        (StatusAnswer.UNANSWERED, None, DATE - HOUR - timedelta(seconds=1), CheckOutcome.POSTPONED),
        (StatusAnswer.UNANSWERED, None, DATE - HOUR, CheckOutcome.PURGED),
    ],
)
def test_what_a_check_decides(finding: StatusAnswer, missing_since: object, now: object, step: CheckOutcome) -> None:
    assert POLICY.decide(finding, verify_by=DATE, missing_since=missing_since, now=now)[0] is step


@pytest.mark.parametrize(("missing_since", "asked_again"), [(None, NOW + 3 * DAY), (NOW - 2 * DAY, NOW + DAY)])
def test_who_is_missing_is_asked_about_once_more_when_the_grace_is_over(
    missing_since: object, asked_again: object
) -> None:
    step, check_at = POLICY.decide(StatusAnswer.GONE, verify_by=DATE, missing_since=missing_since, now=NOW)
    assert (step, check_at) == (CheckOutcome.MISSING, asked_again)


def test_a_grace_never_reaches_past_the_last_chance() -> None:
    assert POLICY.decide(StatusAnswer.GONE, verify_by=NOW + DAY, missing_since=None, now=NOW)[1] == NOW + DAY - HOUR
