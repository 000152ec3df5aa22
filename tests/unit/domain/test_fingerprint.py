"""Achievements tell two characters apart, or they say nothing: what an account shares proves nothing."""

import pytest

from character_sync.domain.fingerprint import SHARED_SINCE, Likeness, likeness

MINE = {6: 1_000, 7: 2_000, 8: 3_000}
EARLIER_ALT = {6: 10, 7: 20, 8: 30}
LATER_ALT = {6: 5_000, 7: 6_000, 8: 7_000}
LATE_ALT = {number: SHARED_SINCE + number for number in MINE}


@pytest.mark.parametrize("alt", [EARLIER_ALT, LATE_ALT], ids=["earlier", "after all sharing began"])
def test_the_same_times_are_one_character_where_an_alt_shows_that_they_are_nobody_elses(alt: dict[int, int]) -> None:
    assert likeness(MINE, MINE, [alt]) is Likeness.SAME


@pytest.mark.parametrize("others", [[], [LATER_ALT]], ids=["no alt", "an alt that was later, before the sharing"])
def test_the_same_times_prove_nothing_where_the_account_may_show_them_everywhere(others: list[dict[int, int]]) -> None:
    assert likeness(MINE, MINE, others) is Likeness.UNKNOWN


def test_times_that_an_alt_shows_too_are_the_accounts() -> None:
    assert likeness(MINE, MINE, [EARLIER_ALT, MINE]) is Likeness.UNKNOWN


def test_one_equal_time_is_not_enough() -> None:
    assert likeness({6: 1_000}, MINE, [EARLIER_ALT]) is Likeness.UNKNOWN
    assert likeness({6: 1_000, 7: 1_000}, {6: 1_000, 7: 1_000}, [EARLIER_ALT]) is Likeness.UNKNOWN


def test_an_achievement_more_is_no_difference_and_one_less_is() -> None:
    assert likeness(MINE, MINE | {9: 9_000}, [EARLIER_ALT]) is Likeness.SAME
    assert likeness(MINE | {9: 9_000}, MINE, [EARLIER_ALT]) is Likeness.UNKNOWN


def test_other_times_are_another_character() -> None:
    assert likeness(MINE, LATER_ALT, []) is Likeness.DIFFERENT
    assert likeness(MINE, {6: 5_000}, []) is Likeness.DIFFERENT


def test_what_was_never_told_says_nothing() -> None:
    assert likeness(None, MINE, [EARLIER_ALT]) is Likeness.UNKNOWN
    assert likeness(MINE, None, [EARLIER_ALT]) is Likeness.UNKNOWN
    assert likeness(MINE, {}, [EARLIER_ALT]) is Likeness.UNKNOWN
