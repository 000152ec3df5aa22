"""What a watcher is told."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from character_sync.domain.progress import CurrentCharacter, Progress, percentage


@pytest.mark.parametrize(
    ("processed", "total", "percent"),
    [(0, 0, 100), (0, 6, 0), (1, 6, 16), (2, 6, 33), (3, 6, 50), (5, 6, 83), (6, 6, 100), (199, 200, 99), (1, 1, 100)],
)
def test_the_percentage_is_rounded_down(processed: int, total: int, percent: int) -> None:
    assert percentage(processed, total) == percent


@settings(deadline=None)
@given(st.integers(1, 10_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_a_hundred_percent_is_said_only_at_the_end(counts: tuple[int, int]) -> None:
    processed, total = counts
    assert 0 <= percentage(processed, total) <= 100
    assert (percentage(processed, total) == 100) == (processed == total)


def event(status: str = "processing") -> Progress:
    return Progress(uuid4(), status, "retail", 6, 3, 0, 0, 1_000_003)


@pytest.mark.parametrize(
    ("status", "is_final"),
    [("pending", False), ("processing", False), ("completed", True), ("failed", True), ("cancelled", True)],
)
def test_an_event_knows_whether_it_is_the_last(status: str, is_final: bool) -> None:  # noqa: FBT001
    assert event(status).is_final is is_final


def test_an_event_about_a_character_leaves_the_counters_alone() -> None:
    character = CurrentCharacter(uuid4(), "Pallywar", "old-blanchy", "processing")
    about = event().about(character)
    assert about.current_character == character
    assert (about.processed_characters, about.progress_percentage, about.seq) == (3, 50, 1_000_003)
