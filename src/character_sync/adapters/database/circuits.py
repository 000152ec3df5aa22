"""What operators have said of circuits, and what processes have told of theirs: a row for each place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.schedule_tables import circuits
from character_sync.domain.circuit import Condition, Place
from character_sync.ports import CircuitRow, CircuitState

_PLACE = ("region", "namespace", "endpoint")


class DatabaseCircuits:
    """Implements the port `CircuitRows`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert

    async def all(self) -> list[CircuitRow]:
        rows = await self._connection.execute(select(circuits).order_by(*(circuits.c[name] for name in _PLACE)))
        return [
            CircuitRow(Place(row.region, row.namespace, row.endpoint), row.is_open, row.said_at, row.open_until)
            for row in rows
        ]

    async def say(self, place: Place, now: datetime, *, is_open: bool) -> None:
        await self._write(place, is_open=is_open, said_at=now)

    async def tell(self, states: Sequence[CircuitState]) -> None:
        for state in sorted(
            states, key=lambda state: (state.place.region, state.place.namespace, state.place.endpoint)
        ):
            await self._write(state.place, open_until=None if state.condition is Condition.CLOSED else state.until)

    async def _write(self, place: Place, **told: Any) -> None:
        named = {"region": place.region, "namespace": place.namespace, "endpoint": place.endpoint}
        await self._connection.execute(
            self._insert(circuits).values(**named, **told).on_conflict_do_update(index_elements=_PLACE, set_=told)
        )
