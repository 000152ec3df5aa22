"""Have this process keep to what operators say of circuits, and tell them of its own."""

from dataclasses import dataclass

from character_sync.ports import CircuitBreaker, OperatedCircuit, Work


@dataclass(frozen=True, slots=True)
class KeepCircuits:
    """One look, every few seconds in every process: a read of a table that is nearly always empty."""

    work: Work
    circuits: CircuitBreaker

    async def execute(self) -> None:
        async with self.work.reading() as work:
            rows = await work.circuits.all()
        self.circuits.operate(
            [
                OperatedCircuit(row.place, row.is_open, row.said_at)
                for row in rows
                if row.is_open is not None and row.said_at is not None
            ]
        )
        news = self.circuits.news()
        if news:
            await self.work.transaction(lambda work: work.circuits.tell(news))
