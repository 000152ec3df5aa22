"""Judges a run from outside: what clients sent and received, and the rows that are left. Pure, no I/O.

What is judged, by the invariants' names:

I1  Nothing accepted is lost: every character of an accepted sync ends once, as one settled job and one row.
I2  Nothing is stuck: no sync session is left unfinished.
I3  One sync at a time: no two accepted syncs of a user and game version are active together.
I4  Counts are exact: they equal the job rows, never fall, and reach the total at the end.
I5  The stream is the state: `seq` only grows, one last event, which equals what GET says.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

FINAL = frozenset({"completed", "failed", "cancelled"})
SETTLED = frozenset({"completed", "skipped", "failed"})
LAST_EVENTS = frozenset({"sync-complete", "sync-error"})
LISTING = frozenset({"account", "scheduled"})
SYNC = "/api/v1/characters/sync"
SESSIONS = "/api/v1/sync-sessions/"
COUNTS = ("processedCharacters", "failedCharacters", "skippedCharacters")


@dataclass(frozen=True)
class Answer:
    """What came of one request; `status` None: the connection broke, so the client does not know."""

    client: str
    method: str
    path: str
    status: int | None
    body: Any
    received_at: datetime


@dataclass(frozen=True)
class Told:
    """One event that a client received on one of its sockets."""

    client: str
    socket: int
    session_id: str
    name: str
    message: Mapping[str, Any]


@dataclass
class History:
    """Everything clients saw, each list in the order of receipt."""

    answers: list[Answer] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    watching: list[tuple[str, str]] = field(default_factory=list)
    """Who watches which sync session to its end."""


@dataclass(frozen=True)
class SessionRow:
    id: str
    user_id: str
    kind: str
    game_version: str
    status: str
    total: int
    processed: int
    failed: int
    skipped: int
    run_token: int
    seq: int
    completed_at: datetime | None


@dataclass(frozen=True)
class JobRow:
    session_id: str
    character_id: str
    status: str
    reason: str | None


@dataclass(frozen=True)
class CharacterRow:
    id: str
    user_id: str
    realm_id: int
    battle_net_id: int
    is_active: bool


@dataclass(frozen=True)
class Rows:
    """The database as it is left."""

    sessions: Sequence[SessionRow]
    jobs: Sequence[JobRow]
    characters: Sequence[CharacterRow]


@dataclass(frozen=True)
class Violation:
    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


def check(history: History, rows: Rows, listed: Mapping[str, frozenset[int]]) -> list[Violation]:
    """Return every violation; `listed` is what Battle.net lists, as its ids, for each user."""
    told = _by_client(history.told)
    found: list[Violation] = []
    found += _nothing_lost(history, rows, listed)
    found += _nothing_stuck(rows)
    found += _one_at_a_time(history, rows)
    found += _counts_are_the_jobs(rows)
    found += _counts_of_events(told)
    found += _one_stream(history.told)
    found += _streams(told, {row.id: row for row in rows.sessions})
    found += _everyone_heard(history, told, rows)
    found += _last_is_what_get_says(history, rows)
    return found


def _nothing_lost(history: History, rows: Rows, listed: Mapping[str, frozenset[int]]) -> Iterator[Violation]:
    yield from _accepted_are_there(history, {row.id: row for row in rows.sessions})
    jobs = _jobs(rows)
    for row in rows.sessions:
        has = jobs[row.id]
        once = len({job.character_id for job in has})
        if len(has) != row.total or once != row.total:
            yield Violation("I1", f"{row.id} of {row.total} characters has {len(has)} jobs for {once}")
        open_jobs = sum(job.status not in FINAL | SETTLED for job in has)
        if row.status in FINAL and open_jobs:
            yield Violation("I1", f"{row.id} is {row.status} with {open_jobs} jobs unsettled")
        ids = listed.get(row.user_id)
        if row.kind in LISTING and ids is not None and row.total != len(ids):
            yield Violation("I1", f"{row.id} has {row.total} of the {len(ids)} characters listed")
    yield from _each_once(rows, listed)


def _accepted_are_there(history: History, sessions: Mapping[str, SessionRow]) -> Iterator[Violation]:
    for answer in history.answers:
        if answer.status != 202 or answer.method != "POST" or "sessionId" not in (answer.body or {}):
            continue
        session_id = answer.body["sessionId"]
        row = sessions.get(session_id)
        if row is None:
            yield Violation("I1", f"the accepted {session_id} is not in the database")
        elif answer.body.get("syncedCharacters", row.total) != row.total:
            yield Violation("I1", f"{session_id} was promised {answer.body['syncedCharacters']} and has {row.total}")


def _each_once(rows: Rows, listed: Mapping[str, frozenset[int]]) -> Iterator[Violation]:
    synced = {row.user_id for row in rows.sessions if row.kind in LISTING}
    for user_id in synced & listed.keys():
        mine = [c for c in rows.characters if c.user_id == user_id]
        keys = Counter((c.realm_id, c.battle_net_id) for c in mine)
        yield from (Violation("I1", f"{user_id} has {key} {n} times") for key, n in keys.items() if n > 1)
        missing = listed[user_id] - {c.battle_net_id for c in mine if c.is_active}
        if missing:
            yield Violation("I1", f"{user_id} lacks {len(missing)} characters: {sorted(missing)[:5]}")


def _nothing_stuck(rows: Rows) -> Iterator[Violation]:
    for row in rows.sessions:
        if row.status not in FINAL:
            yield Violation("I2", f"{row.id} is {row.status} at {row.processed} of {row.total}, run {row.run_token}")


def _one_at_a_time(history: History, rows: Rows) -> Iterator[Violation]:
    by_id = {row.id: row for row in rows.sessions}
    for answer in history.answers:
        refused = answer.path == SYNC and answer.status == 409 and answer.body.get("code") == "sync_already_active"
        if refused and answer.body.get("activeSessionId") not in by_id:
            yield Violation("I3", f"a 409 names {answer.body.get('activeSessionId')}, which is not in the database")
    accepted = [(by_id[a.body["sessionId"]], a.received_at) for a in _accepted(history) if a.body["sessionId"] in by_id]
    for row, at in accepted:
        for other, other_at in accepted:
            same = (other.user_id, other.game_version) == (row.user_id, row.game_version)
            if same and other is not row and other_at <= at and other.completed_at and other.completed_at > at:
                yield Violation("I3", f"{row.id} was accepted while {other.id} was active")
    for row_id, times in Counter(a.body["sessionId"] for a in _accepted(history)).items():
        if times > 1:
            yield Violation("I3", f"{row_id} was accepted {times} times")


def _accepted(history: History) -> Iterator[Answer]:
    return (a for a in history.answers if a.path == SYNC and a.status == 202)


def _counts_are_the_jobs(rows: Rows) -> Iterator[Violation]:
    jobs = _jobs(rows)
    for row in rows.sessions:
        status = Counter(job.status for job in jobs[row.id])
        derived = (sum(status[s] for s in SETTLED), status["failed"], status["skipped"])
        counted = (row.processed, row.failed, row.skipped)
        if derived != counted:
            yield Violation("I4", f"{row.id} counts {counted} (processed, failed, skipped), its jobs say {derived}")
        if row.status == "completed" and row.processed != row.total:
            yield Violation("I4", f"{row.id} is completed at {row.processed} of {row.total}")


def _counts_of_events(told: Mapping[tuple[str, str], Sequence[Told]]) -> Iterator[Violation]:
    for (client, session_id), events in told.items():
        states = [event.message for event in events if "processedCharacters" in event.message]
        for one, other in pairwise(states):
            fell = [name for name in COUNTS if other[name] < one[name]]
            if fell:
                yield Violation("I4", f"{client} saw {fell} of {session_id} fall after seq {one['seq']}")
        for state in states:
            processed, total = state["processedCharacters"], state["totalCharacters"]
            percentage = 100 if total == 0 else 100 * processed // total
            if processed > total or state["progressPercentage"] != percentage:
                yield Violation("I4", f"{client} saw {processed} of {total} as {state['progressPercentage']} %")


def _one_stream(told: Iterable[Told]) -> Iterator[Violation]:
    """What two clients are told under one `seq` is the same."""
    known: dict[tuple[str, int], tuple[int, ...]] = {}
    for event in told:
        if "processedCharacters" not in event.message:
            continue
        key = (event.session_id, event.message["seq"])
        counts = tuple(event.message[name] for name in COUNTS)
        if known.setdefault(key, counts) != counts:
            yield Violation("I5", f"seq {key[1]} of {key[0]} was told as {known[key]} and as {counts}")


def _streams(told: Mapping[tuple[str, str], Sequence[Told]], rows: Mapping[str, SessionRow]) -> Iterator[Violation]:
    for (client, session_id), events in told.items():
        about = f"{client} watching {session_id}"
        for one, other in pairwise(events):
            same_socket = one.socket == other.socket
            is_older = other.message["seq"] < one.message["seq"]
            if is_older or (same_socket and other.message["seq"] == one.message["seq"]):
                yield Violation("I5", f"{about}: seq {other.message['seq']} after {one.message['seq']}")
            if same_socket and one.name in LAST_EVENTS:
                yield Violation("I5", f"{about}: {other.name} after {one.name}")
            if one.name in LAST_EVENTS and other.name not in LAST_EVENTS:
                yield Violation("I5", f"{about}: it was over, then it was not")
        row = rows.get(session_id)
        if row is None or row.status not in FINAL:
            continue
        if events[-1].name in LAST_EVENTS and events[-1].message["seq"] != row.seq:
            yield Violation("I5", f"{about}: ended at seq {events[-1].message['seq']}, the rows at {row.seq}")


def _everyone_heard(
    history: History, told: Mapping[tuple[str, str], Sequence[Told]], rows: Rows
) -> Iterator[Violation]:
    over = {row.id for row in rows.sessions if row.status in FINAL}
    for watcher, session_id in history.watching:
        events = told.get((watcher, session_id), ())
        if session_id in over and not (events and events[-1].name in LAST_EVENTS):
            last = f"seq {events[-1].message['seq']}" if events else "nothing"
            yield Violation("I5", f"{watcher} watching {session_id}: the end was never told, the last was {last}")


def _last_is_what_get_says(history: History, rows: Rows) -> Iterator[Violation]:
    said: dict[str, Any] = {}
    for answer in history.answers:
        if answer.method == "GET" and answer.status == 200 and answer.path.startswith(SESSIONS):
            said[answer.path.removeprefix(SESSIONS)] = answer.body
    for row in rows.sessions:
        if (get := said.get(row.id)) is None:
            continue
        pairs = ((get["status"], row.status), (get["seq"], row.seq), (get["processedCharacters"], row.processed))
        if any(one != other for one, other in pairs):
            yield Violation("I5", f"GET of {row.id} and its row differ: {pairs}")
    for event in history.told:
        get = said.get(event.session_id)
        if event.name in LAST_EVENTS and get is not None:
            odd = {name: (value, get[name]) for name, value in event.message.items() if get.get(name, value) != value}
            if odd:
                yield Violation("I5", f"{event.client}: the end of {event.session_id} and GET differ: {odd}")


def _by_client(told: Iterable[Told]) -> dict[tuple[str, str], list[Told]]:
    streams: defaultdict[tuple[str, str], list[Told]] = defaultdict(list)
    for event in told:
        streams[event.client, event.session_id].append(event)
    return dict(streams)


def _jobs(rows: Rows) -> defaultdict[str, list[JobRow]]:
    jobs: defaultdict[str, list[JobRow]] = defaultdict(list)
    for job in rows.jobs:
        jobs[job.session_id].append(job)
    return jobs
