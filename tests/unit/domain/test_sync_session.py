"""The accounting of a sync session adds up whatever happens, in whatever order."""

from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from character_sync.domain.progress import CurrentCharacter, Progress
from character_sync.domain.sync_session import (
    SEQ_PER_RUN,
    CharacterSyncSession,
    JobStatus,
    SessionKind,
    SessionLimits,
    SessionStatus,
)
from fakes.characters import NOW, session_of

SETTLED = [JobStatus.COMPLETED, JobStatus.SKIPPED, JobStatus.FAILED]


def character(status: JobStatus) -> CurrentCharacter:
    return CurrentCharacter(uuid4(), "Pallywar", "old-blanchy", status.value)


def settle_all(session: CharacterSyncSession, statuses: list[JobStatus]) -> list[Progress]:
    events = []
    for status in statuses:
        events.append(session.take_up(character(JobStatus.PROCESSING)))
        events.append(session.settle(character(status)))
    return events


@settings(deadline=None)
@given(st.lists(st.sampled_from(SETTLED), min_size=1, max_size=60))
def test_processed_never_falls_and_ends_at_the_total(statuses: list[JobStatus]) -> None:
    session = session_of(len(statuses))
    session.begin_run()
    counts = [event.processed_characters for event in settle_all(session, statuses)]
    assert counts == sorted(counts)
    assert counts[-1] == session.total_characters
    assert session.all_settled


@settings(deadline=None)
@given(st.lists(st.sampled_from(SETTLED), min_size=1, max_size=60))
def test_the_counters_say_how_the_characters_were_settled(statuses: list[JobStatus]) -> None:
    session = session_of(len(statuses))
    session.begin_run()
    settle_all(session, statuses)
    assert session.failed_characters == statuses.count(JobStatus.FAILED)
    assert session.skipped_characters == statuses.count(JobStatus.SKIPPED)
    completed = session.processed_characters - session.failed_characters - session.skipped_characters
    assert completed == statuses.count(JobStatus.COMPLETED)


@settings(deadline=None)
@given(st.lists(st.sampled_from(SETTLED), min_size=1, max_size=60), st.integers(1, 50))
def test_the_sequence_only_grows_over_a_whole_run(statuses: list[JobStatus], run_token: int) -> None:
    session = session_of(len(statuses))
    session.run_token = run_token
    session.begin_run()
    events = [*settle_all(session, statuses), session.end(SessionStatus.COMPLETED, NOW)]
    sequence = [event.seq for event in events]
    assert all(one < other for one, other in pairwise(sequence))
    assert sequence[0] > run_token * SEQ_PER_RUN


@settings(deadline=None)
@given(st.integers(1, 10), st.integers(0, 5_000))
def test_a_new_run_speaks_above_everything_the_last_one_said(run_token: int, events: int) -> None:
    session = session_of(1)
    session.run_token, session.seq = run_token + 1, run_token * SEQ_PER_RUN + events
    session.begin_run()
    assert session.take_up(character(JobStatus.PROCESSING)).seq > run_token * SEQ_PER_RUN + events


@settings(deadline=None)
@given(st.lists(st.sampled_from(SETTLED), min_size=1, max_size=20), st.sampled_from(list(SessionStatus)))
def test_a_session_ends_exactly_once(statuses: list[JobStatus], second: SessionStatus) -> None:
    session = session_of(len(statuses))
    session.begin_run()
    settle_all(session, statuses)
    session.end(SessionStatus.COMPLETED, NOW)
    with pytest.raises(ValueError, match="cannot end"):
        session.end(second, NOW)


def test_a_session_with_failed_characters_is_still_completed() -> None:
    session = session_of(1)
    session.begin_run()
    session.settle(character(JobStatus.FAILED))
    last = session.end(SessionStatus.COMPLETED, NOW)
    assert (last.status, last.failed_characters, last.is_final) == ("completed", 1, True)


def test_a_session_without_characters_is_completed_when_it_is_born() -> None:
    session = session_of(0)
    assert session.status is SessionStatus.COMPLETED
    assert session.completed_at == session.started_at
    assert session.progress().progress_percentage == 100


def test_a_session_read_back_as_cancelled_without_characters_stays_cancelled() -> None:
    born = session_of(1)
    fields = {name: getattr(born, name) for name in CharacterSyncSession.__slots__}
    session = CharacterSyncSession(**fields | {"total_characters": 0, "status": SessionStatus.CANCELLED})
    assert session.status is SessionStatus.CANCELLED


@pytest.mark.parametrize("status", [JobStatus.PENDING, JobStatus.PROCESSING])
def test_a_character_that_is_not_settled_is_not_counted(status: JobStatus) -> None:
    session = session_of(1)
    with pytest.raises(ValueError, match=f"cannot count {status} as 1 of 1"):
        session.settle(character(status))
    assert session.processed_characters == 0


def test_no_more_characters_are_counted_than_there_are() -> None:
    session = session_of(1)
    session.settle(character(JobStatus.COMPLETED))
    with pytest.raises(ValueError, match="as 2 of 1"):
        session.settle(character(JobStatus.COMPLETED))
    assert session.processed_characters == 1


def test_a_session_is_not_completed_with_characters_unsettled() -> None:
    session = session_of(2)
    session.settle(character(JobStatus.COMPLETED))
    with pytest.raises(ValueError, match="cannot end a pending session as completed at 1"):
        session.end(SessionStatus.COMPLETED, NOW)
    assert not session.status.is_final


@pytest.mark.parametrize("status", [SessionStatus.FAILED, SessionStatus.CANCELLED])
def test_a_session_may_fail_or_be_cancelled_half_way(status: SessionStatus) -> None:
    session = session_of(2)
    last = session.end(status, NOW, error="It took too long.", code="deadline")
    assert (last.status, last.error, last.code) == (status.value, "It took too long.", "deadline")
    assert session.completed_at == NOW


def test_an_event_names_the_character_it_is_about_and_the_last_one_names_none() -> None:
    session = session_of(1)
    about = character(JobStatus.PROCESSING)
    assert session.take_up(about).current_character == about
    session.settle(character(JobStatus.COMPLETED))
    assert session.end(SessionStatus.COMPLETED, NOW).current_character is None


def test_looking_at_the_progress_makes_no_new_event() -> None:
    session = session_of(1)
    first = session.take_up(character(JobStatus.PROCESSING))
    assert session.progress().seq == session.progress().seq == first.seq


@pytest.mark.parametrize(
    ("kind", "lists"),
    [
        (SessionKind.ACCOUNT, True),
        (SessionKind.SCHEDULED, True),
        (SessionKind.CHARACTER, False),
        (SessionKind.RETRY, False),
    ],
)
def test_only_kinds_that_list_the_account_exclude_each_other(kind: SessionKind, lists: bool) -> None:  # noqa: FBT001
    assert kind.lists_the_account is lists


@pytest.mark.parametrize(("characters", "seconds"), [(0, 600), (1, 601), (60, 660), (600, 1200)])
def test_a_deadline_leaves_ten_minutes_and_a_second_for_each_character(characters: int, seconds: int) -> None:
    limits = SessionLimits(timedelta(minutes=10), timedelta(seconds=1))
    assert limits.deadline(NOW, characters) == NOW + timedelta(seconds=seconds)
