"""A queue that notes what it was given and runs nothing."""

from uuid import UUID


class NotedJobs:
    """Keeps the port `JobQueue`."""

    def __init__(self) -> None:
        self.submitted: list[UUID] = []
        self.told: list[UUID] = []

    async def submit(self, session_id: UUID) -> None:
        self.submitted.append(session_id)

    async def deliver(self, webhook_id: UUID) -> None:
        self.told.append(webhook_id)
