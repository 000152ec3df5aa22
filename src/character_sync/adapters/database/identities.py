"""Decisions about who is who: saved with their evidence, answered, and undone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database import row_states
from character_sync.adapters.database.changes import DatabaseChanges
from character_sync.adapters.database.characters import lock_characters
from character_sync.adapters.database.identity_tables import identity_decisions
from character_sync.adapters.database.merges import follow, merge, split
from character_sync.adapters.database.tables import character_jobs, characters, is_active
from character_sync.domain.changes import Change, ChangeKind, reidentified
from character_sync.domain.character import CharacterKey
from character_sync.domain.errors import CharacterBusy, IdentityDecisionFinal, NotFound
from character_sync.domain.identity import Judgement
from character_sync.ports import DecisionPage, IdentityDecision, UserId

_DECISION = identity_decisions.c
_COLUMNS = tuple(_DECISION[field.name] for field in fields(IdentityDecision) if field.name != "is_undoable")
# A decision that two are two changes no rows, and can always be opened again.
_UNDOABLE = and_(
    _DECISION.status == "applied", or_(_DECISION.is_same.is_(False), _DECISION.restorable.is_not(None))
).label("is_undoable")


class DatabaseIdentities:
    """Implements the port `Identities`."""

    def __init__(self, connection: AsyncConnection, changes: DatabaseChanges) -> None:
        self._connection = connection
        self._changes = changes

    async def capture(self, owner: UserId, characters: Sequence[UUID]) -> dict[UUID, row_states.State]:
        states = {id_: await row_states.take(self._connection, id_) for id_ in characters}
        return {
            id_: state
            for id_, state in states.items()
            if state is not None and state["character"]["user_id"] == str(owner)
        }

    async def record(
        self,
        owner: UserId,
        judgements: Sequence[Judgement],
        *,
        before: Mapping[UUID, row_states.State],
        created: Mapping[CharacterKey, UUID],
        now: datetime,
    ) -> None:
        rows = []
        for judgement in judgements:
            is_decided = judgement.is_same is not None
            restorable = None
            if judgement.is_same:
                restorable = await follow(self._connection, judgement.older, before[judgement.older])
                was = before[judgement.older]["character"]
                self._changes.note(owner, *await self._moved(judgement.older, was, now))
            rows.append(
                {
                    "id": uuid4(),
                    "user_id": owner,
                    "older_id": judgement.older,
                    # The one that was listed; of one that we knew it is the id it gets if that is undone.
                    "newer_id": uuid4() if judgement.is_same else created[judgement.key],
                    "kind": judgement.kind,
                    "status": "applied" if is_decided else "asked",
                    "is_same": judgement.is_same,
                    "confidence": judgement.confidence,
                    "evidence": [asdict(fact) for fact in judgement.evidence],
                    "decided_by": "auto" if is_decided else None,
                    "created_at": now,
                    "decided_at": now if is_decided else None,
                    "restorable": restorable,
                }
            )
        if rows:
            await self._connection.execute(insert(identity_decisions), rows)

    async def withdraw_disproved(self, owner: UserId, active: Collection[UUID], now: datetime) -> None:
        query = select(_DECISION.id, _DECISION.older_id, _DECISION.newer_id)
        asked = await self._connection.execute(query.where(_DECISION.user_id == owner, _DECISION.status == "asked"))
        disproved = [row.id for row in asked if row.older_id in active and row.newer_id in active]
        await self._decline(disproved, "auto", now)

    async def page(
        self, owner: UserId, *, status: str | None = None, after: tuple[datetime, UUID] | None = None, limit: int
    ) -> DecisionPage:
        query: Select[Any] = select(*_COLUMNS, _UNDOABLE).where(_DECISION.user_id == owner)
        if status is not None:
            query = query.where(_DECISION.status == status)
        if after is not None:
            at, id_ = after
            query = query.where(or_(_DECISION.created_at < at, and_(_DECISION.created_at == at, _DECISION.id < id_)))
        query = query.order_by(_DECISION.created_at.desc(), _DECISION.id.desc()).limit(limit + 1)
        items = tuple(_decision(row) for row in await self._connection.execute(query))
        last = items[limit - 1] if len(items) > limit else None
        return DecisionPage(items[:limit], (last.created_at, last.id) if last else None)

    async def one(self, owner: UserId, decision_id: UUID) -> IdentityDecision:
        query: Select[Any] = select(*_COLUMNS, _UNDOABLE).where(_DECISION.id == decision_id, _DECISION.user_id == owner)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound
        return _decision(row)

    async def merge(self, owner: UserId, decision: IdentityDecision, now: datetime) -> None:
        await self._claim(decision.older_id, decision.newer_id)
        restorable = await merge(self._connection, decision.older_id, decision.newer_id, now)
        was = restorable["older"]["character"]
        self._changes.note(owner, *await self._moved(decision.older_id, was, now, merged=decision.newer_id))
        await self._update(
            decision.id, status="applied", is_same=True, decided_by="player", decided_at=now, restorable=restorable
        )
        # What else was asked about the two is asked of characters that are no longer there, or no longer missing.
        pair = [decision.older_id, decision.newer_id]
        about_them = or_(_DECISION.older_id.in_(pair), _DECISION.newer_id.in_(pair))
        others = await self._connection.execute(
            select(_DECISION.id).where(_DECISION.user_id == owner, _DECISION.status == "asked", about_them)
        )
        await self._decline(list(others.scalars()), "auto", now)

    async def decline(self, owner: UserId, decision: IdentityDecision, now: datetime) -> None:
        assert decision.id == (await self.one(owner, decision.id)).id
        await self._decline([decision.id], "player", now)

    async def undo(self, owner: UserId, decision: IdentityDecision, now: datetime) -> None:
        if not decision.is_same:
            await self._update(decision.id, status="asked", is_same=None, decided_by=None, decided_at=None)
            return
        await self._claim(decision.older_id)
        await self._refuse_built_upon(owner, decision)
        query = select(_DECISION.restorable).where(_DECISION.id == decision.id)
        restorable = (await self._connection.execute(query)).scalar_one()
        if restorable is None:
            raise IdentityDecisionFinal("This is too long ago: what Battle.net told back then had to be deleted.")
        was = await self._place(decision.older_id)
        await split(self._connection, decision.older_id, decision.newer_id, restorable, decision.created_at)
        self._changes.note(owner, *await self._moved(decision.older_id, was, now))
        self._changes.note(owner, Change(ChangeKind.ADDED, now, decision.newer_id))
        await self._update(
            decision.id, status="undone", is_same=False, decided_by="player", decided_at=now, restorable=None
        )

    async def forget_restorable(self, before: datetime) -> int:
        forgotten = await self._connection.execute(
            update(identity_decisions)
            .where(_DECISION.restorable.is_not(None), _DECISION.decided_at < before)
            .values(restorable=None)
        )
        return forgotten.rowcount

    async def _place(self, character_id: UUID) -> Mapping[str, Any]:
        columns = characters.c
        query = select(columns.realm_slug, columns.region, columns.battle_net_id).where(columns.id == character_id)
        row = (await self._connection.execute(query)).one_or_none()
        return {} if row is None else row._asdict()

    async def _moved(
        self, character_id: UUID, was: Mapping[str, Any], now: datetime, *, merged: UUID | None = None
    ) -> list[Change]:
        """Return what is told of a character that has another key now, or none: one that is gone has no place."""
        place = await self._place(character_id)
        return [reidentified(character_id, was, place, now, merged=merged)] if was and place else []

    async def _claim(self, *characters: UUID) -> None:
        """Lock the characters; refuse while a sync works on one: it would write to the id it took up."""
        await lock_characters(self._connection, characters)
        columns = character_jobs.c
        unsettled = is_active(columns.status)
        query = select(func.count()).where(columns.character_id.in_(characters), unsettled)
        if (await self._connection.execute(query)).scalar_one():
            raise CharacterBusy

    async def _refuse_built_upon(self, owner: UserId, decision: IdentityDecision) -> None:
        later = await self._connection.execute(
            select(_DECISION.id).where(
                _DECISION.user_id == owner,
                _DECISION.older_id == decision.older_id,
                _DECISION.status == "applied",
                _DECISION.is_same,
                _DECISION.decided_at > decision.decided_at,
            )
        )
        if later.first() is not None:
            raise IdentityDecisionFinal("A later decision builds on this one. Undo the later one first.")

    async def _decline(self, decisions: Sequence[UUID], by: str, now: datetime) -> None:
        if decisions:
            await self._connection.execute(
                update(identity_decisions)
                .where(_DECISION.id.in_(decisions))
                .values(status="declined", is_same=False, decided_by=by, decided_at=now)
            )

    async def _update(self, decision_id: UUID, **values: Any) -> None:
        await self._connection.execute(update(identity_decisions).where(_DECISION.id == decision_id).values(**values))


def _decision(row: Row[Any]) -> IdentityDecision:
    return IdentityDecision(**row._asdict())
