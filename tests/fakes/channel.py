"""A progress channel that notes what it was told."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from character_sync.domain.progress import Progress

Hear = Callable[[Progress, datetime], None]


class NotedEvents:
    """Implements the port `ProgressChannel`; whoever listens hears of every sync session."""

    def __init__(self) -> None:
        self.events: list[Progress] = []
        self.batches: list[Sequence[Progress]] = []
        self.listeners: list[Hear] = []

    async def publish(self, events: Sequence[Progress]) -> None:
        self.events.extend(events)
        self.batches.append(events)
        for event in events:
            for hear in list(self.listeners):
                hear(event, datetime.now(UTC))

    @contextmanager
    def subscribe(self, _session_id: UUID, *, hear: Hear, live: Callable[[], None]) -> Iterator[None]:
        self.listeners.append(hear)
        live()
        try:
            yield
        finally:
            self.listeners.remove(hear)
