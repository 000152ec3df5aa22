"""The judges of erasures and of the thirty days' checks see what is wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from chaos.owed import A_RETRY, CHECKING, ERASING, are_checked, still_to_be_checked
from chaos.rows import Checked
from character_sync.crash_points import CrashPoint

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEEN = Checked(1, is_active=True, verified_at=NOW + timedelta(seconds=1), check_at=NOW)


def test_every_point_of_an_erasure_and_of_a_check_is_among_them() -> None:
    named = {point for point in CrashPoint if point.name.startswith(("ERASURE_", "CHECKS_", "REMOVAL_"))}
    assert named == ERASING | CHECKING


def test_a_character_that_nobody_will_look_at_is_seen() -> None:
    crossed_out = Checked(2, is_active=True, verified_at=NOW, check_at=None)
    far_away = Checked(3, is_active=True, verified_at=NOW, check_at=NOW + A_RETRY * 2)
    assert [v.invariant for v in still_to_be_checked([SEEN, crossed_out, far_away], NOW)] == ["I7", "I7"]


@pytest.mark.parametrize(
    "left",
    [
        [],
        [Checked(1, is_active=True, verified_at=NOW - timedelta(seconds=1), check_at=NOW)],
        [Checked(1, is_active=False, verified_at=NOW + timedelta(seconds=1), check_at=NOW)],
        [SEEN, Checked(2, is_active=False, verified_at=None, check_at=NOW)],
    ],
)
def test_characters_lost_unchecked_or_still_held_are_seen(left: list[Checked]) -> None:
    assert not are_checked(left, frozenset({1}), NOW)
    assert are_checked([SEEN], frozenset({1}), NOW)
