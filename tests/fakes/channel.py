"""A progress channel that notes what it was told."""

from collections.abc import Sequence

from character_sync.domain.progress import Progress


class NotedEvents:
    """Keeps `publish` of the port `ProgressChannel`."""

    def __init__(self) -> None:
        self.events: list[Progress] = []

    async def publish(self, events: Sequence[Progress]) -> None:
        self.events.extend(events)
