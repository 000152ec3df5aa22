"""The history checker sees every kind of wrong history, and nothing wrong in a right one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chaos.history import (
    SESSIONS,
    SYNC,
    Answer,
    CharacterRow,
    History,
    JobRow,
    Rows,
    SessionRow,
    Told,
    Violation,
    check,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
LISTED = {"u": frozenset({1, 2})}
SESSION = SessionRow("s", "u", "account", "retail", "completed", 2, 2, 0, 0, 1, 1_000_005, AT)
JOBS = [JobRow("s", "c1", "completed", None), JobRow("s", "c2", "completed", None)]
CHARACTERS = [CharacterRow("c1", "u", 7, 1, True), CharacterRow("c2", "u", 7, 2, True)]
ROWS = Rows([SESSION], JOBS, CHARACTERS)
GET = {"sessionId": "s", "status": "completed", "seq": 1_000_005, "processedCharacters": 2, "totalCharacters": 2}
ACCEPTED = Answer("a", "POST", SYNC, 202, {"sessionId": "s", "syncedCharacters": 2}, AT - timedelta(seconds=1))


def progress(seq: int, processed: int, *, socket: int = 1, name: str = "sync-progress", **more: Any) -> Told:
    counts = {"processedCharacters": processed, "failedCharacters": 0, "skippedCharacters": 0}
    percentage = {"totalCharacters": 2, "progressPercentage": 50 * processed}
    return Told("a", socket, "s", name, {"sessionId": "s", "seq": seq, **counts, **percentage, **more})


END = progress(1_000_005, 2, name="sync-complete", status="completed")


def history(*told: Told, answers: tuple[Answer, ...] = ()) -> History:
    get = Answer("a", "GET", f"{SESSIONS}s", 200, GET, AT)
    return History([ACCEPTED, *answers, get], list(told), [("a", "s")])


RIGHT = history(progress(0, 0), progress(1_000_001, 0), progress(1_000_003, 1), END)


def kinds(history: History, rows: Rows = ROWS) -> set[str]:
    return {violation.invariant for violation in check(history, rows, LISTED)}


def test_a_right_history_has_no_violation() -> None:
    assert check(RIGHT, ROWS, LISTED) == []


def test_a_watcher_that_came_back_is_told_the_same_state_again() -> None:
    told = (progress(1_000_003, 1), progress(1_000_003, 1, socket=2), replace(END, socket=2))
    assert check(history(*told), ROWS, LISTED) == []


def test_a_violation_reads_as_a_sentence() -> None:
    assert str(Violation("I1", "lost")) == "I1: lost"


@pytest.mark.parametrize(
    ("invariant", "rows"),
    [
        ("I1", replace(ROWS, sessions=[])),
        ("I1", replace(ROWS, jobs=JOBS[:1])),
        ("I1", replace(ROWS, jobs=[JOBS[0], JOBS[0]])),
        ("I1", replace(ROWS, jobs=[JOBS[0], replace(JOBS[1], status="processing")])),
        ("I1", replace(ROWS, characters=CHARACTERS[:1])),
        ("I1", replace(ROWS, characters=[CHARACTERS[0], replace(CHARACTERS[1], is_active=False)])),
        ("I1", replace(ROWS, characters=[*CHARACTERS, replace(CHARACTERS[1], id="c3")])),
        ("I1", replace(ROWS, sessions=[replace(SESSION, total=3)])),
        ("I2", replace(ROWS, sessions=[replace(SESSION, status="processing")])),
        ("I4", replace(ROWS, sessions=[replace(SESSION, processed=1)])),
        ("I4", replace(ROWS, sessions=[replace(SESSION, failed=1)])),
        ("I4", replace(ROWS, jobs=[JOBS[0], replace(JOBS[1], status="skipped")])),
        ("I5", replace(ROWS, sessions=[replace(SESSION, seq=1_000_006)])),
    ],
)
def test_wrong_rows_are_seen(invariant: str, rows: Rows) -> None:
    assert invariant in kinds(RIGHT, rows)


@pytest.mark.parametrize(
    ("invariant", "told"),
    [
        ("I4", (progress(1_000_001, 1), progress(1_000_002, 0), END)),
        ("I4", (progress(1_000_001, 1, progressPercentage=51), END)),
        ("I4", (progress(1_000_001, 3), END)),
        ("I5", (progress(1_000_002, 0), progress(1_000_001, 0), END)),
        ("I5", (progress(1_000_002, 0), progress(1_000_002, 0), END)),
        ("I5", (END, progress(1_000_006, 2))),
        ("I5", (END, replace(END, message={**END.message, "seq": 1_000_006}))),
        ("I5", (END, progress(1_000_006, 2, socket=2), replace(END, socket=2))),
        ("I5", (progress(1_000_001, 0),)),
        ("I5", ()),
        ("I5", (replace(END, message={**END.message, "seq": 1_000_004}),)),
        ("I5", (replace(END, message={**END.message, "status": "cancelled"}),)),
        ("I5", (progress(1_000_001, 0), replace(progress(1_000_001, 1), client="b"), END)),
    ],
)
def test_a_wrong_stream_is_seen(invariant: str, told: tuple[Told, ...]) -> None:
    assert invariant in kinds(history(*told))


def test_a_get_that_differs_from_the_row_is_seen() -> None:
    wrong = Answer("a", "GET", f"{SESSIONS}s", 200, {**GET, "processedCharacters": 1}, AT)
    assert "I5" in kinds(History([ACCEPTED, wrong], RIGHT.told, RIGHT.watching))


def test_a_promise_of_another_size_is_seen() -> None:
    more = replace(ACCEPTED, body={"sessionId": "s", "syncedCharacters": 3})
    assert "I1" in kinds(history(*RIGHT.told, answers=(more,)))


def test_two_syncs_accepted_while_the_first_was_active_are_seen() -> None:
    second = replace(SESSION, id="t", completed_at=AT + timedelta(seconds=9))
    also = replace(ACCEPTED, body={"sessionId": "t", "syncedCharacters": 2}, received_at=AT - timedelta(seconds=0.5))
    rows = replace(ROWS, sessions=[SESSION, second], jobs=[*JOBS, *(replace(job, session_id="t") for job in JOBS)])
    assert kinds(history(*RIGHT.told, answers=(also,)), rows) == {"I3"}


def test_a_sync_accepted_after_the_end_of_the_first_is_right() -> None:
    second = replace(SESSION, id="t", completed_at=AT + timedelta(seconds=9))
    later = replace(ACCEPTED, body={"sessionId": "t", "syncedCharacters": 2}, received_at=AT + timedelta(seconds=1))
    rows = replace(ROWS, sessions=[SESSION, second], jobs=[*JOBS, *(replace(job, session_id="t") for job in JOBS)])
    assert kinds(history(*RIGHT.told, answers=(later,)), rows) == set()


def test_a_refusal_that_names_no_sync_is_seen() -> None:
    refused = Answer("a", "POST", SYNC, 409, {"code": "sync_already_active", "activeSessionId": "nowhere"}, AT)
    assert kinds(history(*RIGHT.told, answers=(refused,))) == {"I3"}


def test_the_same_sync_accepted_twice_is_seen() -> None:
    assert kinds(history(*RIGHT.told, answers=(ACCEPTED,))) == {"I3"}
