"""How much of something may still be asked for."""

from character_sync.entrypoints.allowance import MinuteBucket


def test_so_many_are_allowed_at_once_and_no_more() -> None:
    allowance = MinuteBucket(3, now=lambda: 0.0)
    assert [allowance.take() for _ in range(5)] == [True, True, True, False, False]


def test_a_minute_fills_it_again_evenly() -> None:
    time = 0.0
    allowance = MinuteBucket(60, now=lambda: time)
    for _ in range(60):
        allowance.take()
    time = 2.0
    assert [allowance.take() for _ in range(3)] == [True, True, False]


def test_it_holds_no_more_than_a_minutes_worth() -> None:
    time = 0.0
    allowance = MinuteBucket(2, now=lambda: time)
    time = 3_600.0
    assert [allowance.take() for _ in range(3)] == [True, True, False]
