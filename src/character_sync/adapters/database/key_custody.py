"""Which keys the stored tokens are under, whether ours open them, and how they come under the first one.

The tokens themselves are the canary: what they do not open with is lost, and nothing else is. The secrets of webhooks
are sealed as tokens are, and count as such.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, bindparam, func, select, update

from character_sync.adapters.database import users
from character_sync.adapters.database import webhooks as webhook_rows
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.tables import battle_net_tokens, webhooks
from character_sync.adapters.database.token_vault import Sealed, TokenVault
from character_sync.domain.errors import NotReady, TokenUndecryptable
from character_sync.domain.webhooks import PauseReason

LOOKED_AT = 20  # tokens of each key, the newest: one that was damaged alone must not stand for its key
BATCH = 100  # tokens in one transaction: a few milliseconds, in which SQLite's other writers wait

_tokens = battle_net_tokens.c
_hooks = webhooks.c


@dataclass(frozen=True, slots=True)
class _Place:
    """A table with something sealed: whose id is bound into the seal, and which rows could still be used."""

    table: Table
    id: ColumnElement[UUID]
    field: str

    @property
    def columns(self) -> tuple[ColumnElement[Any], ...]:
        return self.id.label("id"), self.table.c.ciphertext, self.table.c.key_id

    def still_good(self, now: datetime) -> tuple[ColumnElement[bool], ...]:
        if self.table is webhooks:
            return (_hooks.paused_reason.is_distinct_from(PauseReason.KEY_LOST),)
        return (_tokens.refused_at.is_(None), _tokens.expires_at > now)


_PLACES = (_Place(battle_net_tokens, _tokens.user_id, users.FIELD), _Place(webhooks, _hooks.id, webhook_rows.FIELD))


@dataclass(frozen=True, slots=True)
class KeyUse:
    """The tokens under one key that could still be used. `opens`: our key of this id opens one of them at least."""

    key_id: str
    tokens: int
    is_ours: bool
    opens: bool


@dataclass(frozen=True, slots=True)
class Custody:
    """How our keys stand with the tokens the database holds."""

    uses: tuple[KeyUse, ...]
    sealing_key_id: str

    @property
    def tokens(self) -> int:
        return sum(use.tokens for use in self.uses)

    @property
    def closed(self) -> tuple[KeyUse, ...]:
        return tuple(use for use in self.uses if not use.opens)

    @property
    def is_locked_out(self) -> bool:
        """Whether these are not the keys of this database: they open nothing, or the first is another of its name."""
        closed = {use.key_id for use in self.closed}
        return bool(closed) and (len(closed) == len(self.uses) or self.sealing_key_id in closed)

    @property
    def what_is_wrong(self) -> str:
        """What cannot be opened and what to do; empty when all is well."""
        if not self.closed:
            return ""
        count = sum(use.tokens for use in self.closed)
        named = " and ".join(
            f"{use.key_id} ({'not the key of that id' if use.is_ours else 'not there'})" for use in self.closed
        )
        return (
            f"CHARACTER_SYNC_ENCRYPTION_KEYS does not open {count} of the {self.tokens} stored tokens that are still "
            f"good: they are under {named}. Put the right key into the list; or, if it is lost for good, run "
            f"`character-sync keys forget {self.closed[0].key_id}`, and their players sign in again."
        )


async def examine(database: Database, vault: TokenVault, now: datetime) -> Custody:
    """Look at the tokens that could still be used: those that have ended are no loss. Reads only."""
    counts, opening = Counter[str](), set[str]()
    async with database.reading() as connection:
        for place in _PLACES:
            key_id = place.table.c.key_id
            query = select(key_id, func.count()).where(*place.still_good(now)).group_by(key_id)
            for key, count in (await connection.execute(query)).all():
                counts[key] += count
                newest = select(*place.columns).where(key_id == key, *place.still_good(now))
                newest = newest.order_by(place.table.c.created_at.desc()).limit(LOOKED_AT)
                rows = (await connection.execute(newest)).all() if key in vault.key_ids else ()
                if any(_opened(vault, row, place.field) for row in rows):
                    opening.add(key)
    uses = tuple(KeyUse(key, counts[key], key in vault.key_ids, key in opening) for key in sorted(counts))
    return Custody(uses, vault.sealing_key_id)


async def forget(database: Database, vault: TokenVault, key_id: str, now: datetime) -> int:
    """Give the tokens under a lost key up, as if Battle.net had refused them; their rows stay. Return how many.

    Webhooks whose secret was under it are paused until their owner has a new one made.

    Raises:
        NotReady: the key is not lost, for it opens some of them.
    """
    custody = await examine(database, vault, now)
    if any(use.opens for use in custody.uses if use.key_id == key_id):
        raise NotReady(
            f"The key {key_id} is not lost: it opens stored tokens. To have done with it, put another key before it "
            "and run `character-sync keys rotate`."
        )
    async with database.writing() as connection:
        given_up = await connection.execute(
            update(battle_net_tokens)
            .where(_tokens.key_id == key_id, _tokens.refused_at.is_(None))
            .values(refused_at=now)
        )
        paused = await connection.execute(
            update(webhooks)
            .where(_hooks.key_id == key_id, _hooks.paused_reason.is_distinct_from(PauseReason.KEY_LOST))
            .values(paused_at=now, paused_reason=PauseReason.KEY_LOST)
        )
        await connection.commit()
    return given_up.rowcount + paused.rowcount


@dataclass(frozen=True, slots=True)
class Resealed:
    """A token under the first key, and the ciphertext it may replace."""

    id: UUID
    before: bytes
    after: Sealed


@dataclass(frozen=True, slots=True)
class Batch:
    """A few tokens of one table, ready to be written. `last` is where the next batch goes on."""

    resealed: Sequence[Resealed]
    looked_at: int
    last: "Position"


@dataclass(frozen=True, slots=True)
class Position:
    """How far a rotation has come: in which table, and behind which of its rows."""

    place: int = 0
    after: UUID | None = None


class KeyRotation:
    """Brings every stored token under the first key, a few at a time, while others write.

    It may end anywhere and begin again: what is under the first key needs nothing more, and what is not opens still.
    """

    def __init__(self, database: Database, vault: TokenVault) -> None:
        self._database = database
        self._vault = vault

    async def counts(self) -> dict[str, int]:
        """Return how many tokens are under each key, those that have ended included."""
        counts = Counter[str]()
        async with self._database.reading() as connection:
            for place in _PLACES:
                key_id = place.table.c.key_id
                for key, count in await connection.execute(select(key_id, func.count()).group_by(key_id)):
                    counts[key] += count
        return dict(sorted(counts.items()))

    async def openable(self, key_id: str) -> int:
        """Return how many of the tokens under a key it opens."""
        opened = 0
        for place in _PLACES:
            after: UUID | None = None
            while rows := await self._rows(place, place.table.c.key_id == key_id, after):
                opened += sum(_opened(self._vault, row, place.field) for row in rows)
                after = rows[-1].id
        return opened

    async def next_batch(self, after: Position | None) -> Batch | None:
        """Read and reseal the next tokens that are under another key; one that does not open stays as it is."""
        position = after or Position()
        for number in range(position.place, len(_PLACES)):
            place = _PLACES[number]
            behind = position.after if number == position.place else None
            rows = await self._rows(place, place.table.c.key_id != self._vault.sealing_key_id, behind)
            if rows:
                resealed = [found for row in rows if (found := self._resealed(row, place.field)) is not None]
                return Batch(resealed, len(rows), Position(number, rows[-1].id))
        return None

    async def write(self, batch: Batch) -> None:
        """Replace each ciphertext if it is still the one that was read: a sign-in since then has brought a newer token."""
        if not batch.resealed:
            return
        place = _PLACES[batch.last.place]
        statement = (
            update(place.table)
            .where(place.id == bindparam("sealed_for"), place.table.c.ciphertext == bindparam("before"))
            .values(ciphertext=bindparam("after"), key_id=self._vault.sealing_key_id)
        )
        values = [{"sealed_for": one.id, "before": one.before, "after": one.after.ciphertext} for one in batch.resealed]
        async with self._database.writing() as connection:
            await connection.execute(statement, values)
            await connection.commit()

    def _resealed(self, row: Row[UUID, bytes, str], field: str) -> Resealed | None:
        try:
            secret = self._vault.open(Sealed(row.ciphertext, row.key_id), row.id, field)
        except TokenUndecryptable:
            return None
        return Resealed(row.id, row.ciphertext, self._vault.seal(secret, row.id, field))

    async def _rows(
        self, place: _Place, which: ColumnElement[bool], after: UUID | None
    ) -> Sequence[Row[UUID, bytes, str]]:
        query = select(*place.columns).where(which)
        if after is not None:
            query = query.where(place.id > after)
        async with self._database.reading() as connection:
            return (await connection.execute(query.order_by(place.id).limit(BATCH))).all()


def _opened(vault: TokenVault, row: Row[UUID, bytes, str], field: str) -> bool:
    try:
        vault.open(Sealed(row.ciphertext, row.key_id), row.id, field)
    except TokenUndecryptable:
        return False
    return True
