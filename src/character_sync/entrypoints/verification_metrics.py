"""What is counted of Blizzard's 30-day rule: characters held past their date, and what checks came to."""

import math

from prometheus_client import CollectorRegistry, Counter, Gauge

from character_sync.domain.verification import CheckOutcome


class VerificationMetrics:
    """Implements the port `VerificationObserver`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._held = Gauge(
            "character_sync_characters_held_past_their_date",
            "Characters neither seen at Battle.net nor deleted within the time its terms give, of all users. Must be 0.",
            registry=registry,
        )
        self._checked = Counter(
            "character_sync_characters_checked",
            "Characters this process has checked for Blizzard's 30-day rule, by what came of it.",
            ["step"],
            registry=registry,
        )
        for outcome in CheckOutcome:
            self._checked.labels(outcome.value)

    def checked(self, outcome: CheckOutcome, count: int) -> None:
        self._checked.labels(outcome.value).inc(count)

    def show_held_past_their_date(self, count: int) -> None:
        self._held.set(count)

    def hide_held_past_their_date(self) -> None:
        """Show "not a number" while nobody can count: a zero would be a lie."""
        self._held.set(math.nan)
