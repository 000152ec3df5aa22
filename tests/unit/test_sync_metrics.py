"""What is made of what the use cases tell."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from character_sync.domain.sync_session import CharacterSyncSession, SessionStatus
from character_sync.entrypoints.sync_metrics import SyncMetrics
from character_sync.ports import ClaimedSession, Lane
from fakes.characters import NOW, session_of


class Watched:
    """The metrics, and what a scrape of them would show."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.metrics = SyncMetrics(self._registry)

    def value(self, name: str, **labels: str) -> float | None:
        return self._registry.get_sample_value(f"character_sync_{name}", labels)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def taken(run: int, *, is_after_a_death: bool = False) -> ClaimedSession:
    session = session_of(6)
    session.run_token = run
    return ClaimedSession(session, Lane.FIRST_SYNC, (), is_after_a_death=is_after_a_death)


def test_the_first_run_tells_how_long_the_queue_took(watched: Watched) -> None:
    watched.metrics.taken(taken(1), NOW + timedelta(seconds=4))
    assert watched.value("queue_delay_seconds_sum") == 4
    assert watched.value("takeovers_total", after="stop") == 0


def test_a_run_after_one_that_gave_its_lease_back_is_a_takeover_and_no_queue_delay(watched: Watched) -> None:
    watched.metrics.taken(taken(2), NOW + timedelta(minutes=4))
    assert watched.value("takeovers_total", after="stop") == 1
    assert watched.value("takeovers_total", after="death") == 0
    assert watched.value("queue_delay_seconds_count") == 0


def test_a_run_after_one_that_died_is_told_apart(watched: Watched) -> None:
    watched.metrics.taken(taken(2, is_after_a_death=True), NOW)
    assert watched.value("takeovers_total", after="death") == 1


def test_runs_are_counted_while_they_last(watched: Watched) -> None:
    watched.metrics.taken(taken(1), NOW)
    watched.metrics.taken(taken(1), NOW)
    watched.metrics.left()
    assert watched.value("runs") == 1


def test_a_run_whose_session_went_to_its_player_or_to_another_run_is_counted_as_such(watched: Watched) -> None:
    watched.metrics.lease_lost(by_player=True)
    watched.metrics.lease_lost(by_player=False)
    watched.metrics.lease_lost(by_player=False)
    assert (watched.value("leases_lost_total", to="player"), watched.value("leases_lost_total", to="run")) == (1, 2)


def ended(status: SessionStatus) -> CharacterSyncSession:
    session = session_of(6)
    session.status, session.completed_at = status, NOW + timedelta(seconds=3)
    return session


def test_every_end_is_counted_and_those_of_players_have_no_duration(watched: Watched) -> None:
    for status in (SessionStatus.COMPLETED, SessionStatus.FAILED, SessionStatus.CANCELLED):
        watched.metrics.ended(ended(status))
        assert watched.value("sessions_ended_total", state=status.value) == 1
    assert watched.value("session_duration_seconds_count") == 2
    assert watched.value("session_duration_seconds_sum") == 6


def test_a_number_that_cannot_be_had_is_not_shown_as_zero(watched: Watched) -> None:
    watched.metrics.show_unfinished({SessionStatus.PENDING: 3})
    assert watched.value("unfinished_sessions", state="pending") == 3
    assert watched.value("unfinished_sessions", state="processing") == 0
    watched.metrics.hide_unfinished()
    assert watched.value("unfinished_sessions", state="pending") is None
