"""What operators are told of scheduled syncs: that they are begun at all, how late, and what came of them."""

import math

from prometheus_client import CollectorRegistry, Counter, Gauge

from character_sync.domain.schedules import Outcome
from character_sync.ports import Heartbeat

PREFIX = "character_sync_schedules"


class ScheduleMetrics:
    """Implements the port `ScheduleObserver`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, what: str) -> Gauge:
            return Gauge(f"{PREFIX}_{name}", what, registry=registry)

        self._overdue = gauge("overdue", "Schedules, of all users, whose time has come and whose sync has not begun.")
        self._oldest = gauge(
            "oldest_overdue_seconds", "How long the longest of them waits already; it grows when nobody begins them."
        )
        self._last_due = gauge("last_due_timestamp_seconds", "The latest due time that was dealt with.")
        self._last_run = gauge("last_run_timestamp_seconds", "When a scheduled sync was last begun.")
        self._dealt = Counter(
            f"{PREFIX}_dealt",
            "Due times this process has dealt with, by what came of them and whether it was ten minutes late.",
            ["outcome", "late"],
            registry=registry,
        )
        self._missed = Counter(
            f"{PREFIX}_missed",
            "Due times without a sync of their own, because the one before was dealt with only after them.",
            registry=registry,
        )
        self._put_off = Counter(
            f"{PREFIX}_put_off", "Times a due sync could not begin and stayed due.", registry=registry
        )
        for outcome in Outcome:
            for late in ("no", "yes"):
                self._dealt.labels(outcome.value, late)

    def dealt(self, outcome: Outcome, *, late: bool, missed: int) -> None:
        self._dealt.labels(outcome.value, "yes" if late else "no").inc()
        self._missed.inc(missed)

    def put_off(self) -> None:
        self._put_off.inc()

    def show(self, heartbeat: Heartbeat) -> None:
        self._overdue.set(heartbeat.overdue)
        self._oldest.set(heartbeat.oldest_overdue.total_seconds())
        for shown, moment in ((self._last_due, heartbeat.last_due_at), (self._last_run, heartbeat.last_run_at)):
            shown.set(moment.timestamp() if moment else 0)

    def hide(self) -> None:
        """Show "not a number" while nobody can count: a zero would be a lie."""
        for shown in (self._overdue, self._oldest, self._last_due, self._last_run):
            shown.set(math.nan)
