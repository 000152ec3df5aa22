"""How sync sessions go, in Prometheus' words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from character_sync.domain.sync_session import CharacterSyncSession, JobStatus, Reason, SessionStatus
from character_sync.ports import ClaimedSession, SettledJob

# From "at once" to the base of the deadline, after which a session fails anyway.
DELAYS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600)
# Sixty characters take 2.5 s at best; a session's deadline is 600 s and one more for each character.
DURATIONS = (0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1200)

NO_REASON = "none"
OUTCOMES = (JobStatus.COMPLETED, JobStatus.SKIPPED, JobStatus.FAILED)
UNFINISHED = (SessionStatus.PENDING, SessionStatus.PROCESSING)
ENDS = (SessionStatus.COMPLETED, SessionStatus.FAILED, SessionStatus.CANCELLED)


class SyncMetrics:
    """Implements the port `SyncObserver`. Every label has its few values from the start, so that zeros show too."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._unfinished = Gauge(
            "character_sync_unfinished_sessions",
            "Sync sessions that wait (pending) or run (processing), in all processes together.",
            ["state"],
            registry=registry,
        )
        self._runs = Gauge("character_sync_runs", "Sync sessions this process runs now.", registry=registry)
        self._ended = Counter(
            "character_sync_sessions_ended",
            "Sync sessions this process brought to their end. One without characters needs no run and is not counted.",
            ["state"],
            registry=registry,
        )
        self._duration = Histogram(
            "character_sync_session_duration_seconds",
            "From the request to the end of a sync session, waiting included; cancelled ones are left out.",
            buckets=DURATIONS,
            registry=registry,
        )
        self._delay = Histogram(
            "character_sync_queue_delay_seconds",
            "From the request to the moment a worker took the sync session for the first time.",
            buckets=DELAYS,
            registry=registry,
        )
        self._jobs = Counter(
            "character_sync_jobs_settled",
            "Characters this process is done with, by outcome and reason; see reasons.md.",
            ["outcome", "reason"],
            registry=registry,
        )
        self._takeovers = Counter(
            "character_sync_takeovers",
            "Sync sessions taken up again after another run: one that gave its lease back (stop), "
            "or one that died with characters in hand (death).",
            ["after"],
            registry=registry,
        )
        self._lost = Counter(
            "character_sync_leases_lost",
            "Runs of this process that found their sync session in other hands and wrote nothing more: "
            "cancelled by its player (player), or taken by another run (run).",
            ["to"],
            registry=registry,
        )
        for state in UNFINISHED:
            self._unfinished.labels(state)
        for state in ENDS:
            self._ended.labels(state)
        for outcome, reason in product(OUTCOMES, (NO_REASON, *Reason)):
            self._jobs.labels(outcome, reason)
        for after in ("stop", "death"):
            self._takeovers.labels(after)
        for to in ("player", "run"):
            self._lost.labels(to)

    def show_unfinished(self, counts: Mapping[SessionStatus, int]) -> None:
        for state in UNFINISHED:
            self._unfinished.labels(state).set(counts.get(state, 0))

    def hide_unfinished(self) -> None:
        """Show none at all while they cannot be counted: a zero would be a lie."""
        self._unfinished.clear()

    def taken(self, claimed: ClaimedSession, now: datetime) -> None:
        self._runs.inc()
        if claimed.session.run_token == 1:
            self._delay.observe((now - claimed.session.started_at).total_seconds())
        else:
            self._takeovers.labels("death" if claimed.is_after_a_death else "stop").inc()

    def left(self) -> None:
        self._runs.dec()

    def settled(self, jobs: Sequence[SettledJob]) -> None:
        for job in jobs:
            self._jobs.labels(job.enrichment.status, job.enrichment.reason or NO_REASON).inc()

    def ended(self, session: CharacterSyncSession) -> None:
        self._ended.labels(session.status).inc()
        if session.status is not SessionStatus.CANCELLED and session.completed_at is not None:
            self._duration.observe((session.completed_at - session.started_at).total_seconds())

    def lease_lost(self, *, by_player: bool) -> None:
        self._lost.labels("player" if by_player else "run").inc()
