"""A sync session: its states, its jobs, and the accounting that always adds up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from character_sync.domain.circuit import Paused
from character_sync.domain.game import Region
from character_sync.domain.progress import CurrentCharacter, Progress

SEQ_PER_RUN = 1_000_000
"""A new run's events start at `run_token` times this, so they are newer than any event of the run it replaces."""


class SessionKind(StrEnum):
    """What asked for the sync."""

    ACCOUNT = "account"
    CHARACTER = "character"
    SCHEDULED = "scheduled"
    RETRY = "retry"

    @property
    def lists_the_account(self) -> bool:
        """Only one of these may be active per user and game version; the database enforces it."""
        return self in {SessionKind.ACCOUNT, SessionKind.SCHEDULED}


class SessionStatus(StrEnum):
    """A session with failed characters is still completed: its counters tell."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in {SessionStatus.PENDING, SessionStatus.PROCESSING}


class JobStatus(StrEnum):
    """Where one character of a session is."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_settled(self) -> bool:
        return self not in {JobStatus.PENDING, JobStatus.PROCESSING}


class Reason(StrEnum):
    """Why a character or a facet is not simply fetched. Stable and public."""

    NOT_FOUND = "not_found"
    HIDDEN = "hidden"
    NOT_OFFERED = "not_offered"
    BELOW_LEVEL_10 = "below_level_10"
    NOT_MODIFIED = "not_modified"
    UPSTREAM_UNAVAILABLE = "upstream_unavailable"
    RATE_LIMITED = "rate_limited"
    ANSWER_UNREADABLE = "answer_unreadable"
    TOKEN_UNDECRYPTABLE = "token_undecryptable"  # noqa: S105 - a reason code, not a secret
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a reason code, not a secret
    CRASHED = "crashed"
    DEADLINE = "deadline"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class CharacterSyncSession:
    """A sync session and its counters, changed only by the one run that holds its lease.

    `processed_characters` counts every settled job (completed, skipped, failed), never falls and equals the total
    at the end; `failed_characters` counts the failed ones only.
    """

    id: UUID
    user_id: UUID
    kind: SessionKind
    game_version: str
    region: Region
    started_at: datetime
    deadline_at: datetime
    total_characters: int
    status: SessionStatus = SessionStatus.PENDING
    processed_characters: int = 0
    failed_characters: int = 0
    skipped_characters: int = 0
    run_token: int = 0
    seq: int = 0
    completed_at: datetime | None = None
    error: str | None = None
    error_code: str | None = None
    paused: Paused | None = None

    def __post_init__(self) -> None:
        if self.total_characters == 0 and self.status is SessionStatus.PENDING:
            self.status, self.completed_at = SessionStatus.COMPLETED, self.started_at

    def begin_run(self) -> None:
        """Start the events of this run above those of every earlier run."""
        self.status, self.paused = SessionStatus.PROCESSING, None
        self.seq = max(self.seq, self.run_token * SEQ_PER_RUN)

    def take_up(self, character: CurrentCharacter) -> Progress:
        """Return the event that says work on `character` has begun."""
        return self._event(character)

    def settle(self, character: CurrentCharacter) -> Progress:
        """Count a settled character and return the event that says so.

        Raises:
            ValueError: the character is not settled, or more were settled than there are.
        """
        status = JobStatus(character.status)
        if not status.is_settled or self.processed_characters >= self.total_characters:
            raise ValueError(f"cannot count {status} as {self.processed_characters + 1} of {self.total_characters}")
        self.processed_characters += 1
        self.failed_characters += status is JobStatus.FAILED
        self.skipped_characters += status is JobStatus.SKIPPED
        return self._event(character)

    def pause(self, paused: Paused | None) -> Progress:
        """Say why the session stands still, or that it goes on, and return the event that says so."""
        self.paused = paused
        return self._event(None)

    @property
    def all_settled(self) -> bool:
        return self.processed_characters >= self.total_characters

    def end(
        self, status: SessionStatus, now: datetime, *, error: str | None = None, code: str | None = None
    ) -> Progress:
        """Close the session and return its last event; there is exactly one.

        Raises:
            ValueError: it is closed already, or completed with characters unsettled.
        """
        if self.status.is_final or (status is SessionStatus.COMPLETED and not self.all_settled):
            raise ValueError(f"cannot end a {self.status} session as {status} at {self.processed_characters}")
        self.status, self.completed_at, self.error, self.error_code = status, now, error, code
        self.paused = None
        return self._event(None)

    def progress(self) -> Progress:
        """Return the state as it stands, with the seq of the last event."""
        return Progress(
            session_id=self.id,
            status=self.status.value,
            game_version=self.game_version,
            total_characters=self.total_characters,
            processed_characters=self.processed_characters,
            failed_characters=self.failed_characters,
            skipped_characters=self.skipped_characters,
            seq=self.seq,
            error=self.error,
            code=self.error_code,
            paused=self.paused,
        )

    def _event(self, character: CurrentCharacter | None) -> Progress:
        self.seq += 1
        return self.progress().about(character)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """When a sync session has taken too long, waits for Battle.net included."""

    base: timedelta
    per_character: timedelta

    def deadline(self, started_at: datetime, characters: int, kind: SessionKind = SessionKind.ACCOUNT) -> datetime:
        """A scheduled one has 40 times as long for each character: beside players its requests leave at a fortieth of the pace."""
        slowness = 40 if kind is SessionKind.SCHEDULED else 1
        return started_at + self.base + characters * self.per_character * slowness
