"""Which keys the stored tokens are under, whether ours open them, and how they come under the first one.

The tokens themselves are the canary: what they do not open with is lost, and nothing else is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, func, select, update

from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.tables import battle_net_tokens
from character_sync.adapters.database.token_vault import Sealed, TokenVault
from character_sync.adapters.database.users import FIELD
from character_sync.domain.errors import NotReady, TokenUndecryptable

LOOKED_AT = 20  # tokens of each key, the newest: one that was damaged alone must not stand for its key
BATCH = 100  # tokens in one transaction: a few milliseconds, in which SQLite's other writers wait

_tokens = battle_net_tokens.c


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
    still_good = (_tokens.refused_at.is_(None), _tokens.expires_at > now)
    uses: list[KeyUse] = []
    async with database.reading() as connection:
        counts = select(_tokens.key_id, func.count()).where(*still_good).group_by(_tokens.key_id)
        for key_id, tokens in sorted((key, count) for key, count in await connection.execute(counts)):
            is_ours = key_id in vault.key_ids
            query = select(_tokens.user_id, _tokens.ciphertext, _tokens.key_id)
            newest = query.where(_tokens.key_id == key_id, *still_good).order_by(_tokens.created_at.desc())
            rows = (await connection.execute(newest.limit(LOOKED_AT))).all() if is_ours else ()
            uses.append(KeyUse(key_id, tokens, is_ours, any(_opened(vault, row) for row in rows)))
    return Custody(tuple(uses), vault.sealing_key_id)


async def forget(database: Database, vault: TokenVault, key_id: str, now: datetime) -> int:
    """Give the tokens under a lost key up, as if Battle.net had refused them; their rows stay. Return how many.

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
        await connection.commit()
    return given_up.rowcount


@dataclass(frozen=True, slots=True)
class Resealed:
    """A token under the first key, and the ciphertext it may replace."""

    owner: UUID
    before: bytes
    after: Sealed


@dataclass(frozen=True, slots=True)
class Batch:
    """A few tokens, ready to be written. `last` is where the next batch goes on."""

    resealed: Sequence[Resealed]
    looked_at: int
    last: UUID


class KeyRotation:
    """Brings every stored token under the first key, a few at a time, while others write.

    It may end anywhere and begin again: what is under the first key needs nothing more, and what is not opens still.
    """

    def __init__(self, database: Database, vault: TokenVault) -> None:
        self._database = database
        self._vault = vault

    async def counts(self) -> dict[str, int]:
        """Return how many tokens are under each key, those that have ended included."""
        query = select(_tokens.key_id, func.count()).group_by(_tokens.key_id).order_by(_tokens.key_id)
        async with self._database.reading() as connection:
            return {str(key_id): int(count) for key_id, count in await connection.execute(query)}

    async def openable(self, key_id: str) -> int:
        """Return how many of the tokens under a key it opens."""
        opened = 0
        after: UUID | None = None
        while rows := await self._rows(_tokens.key_id == key_id, after):
            opened += sum(_opened(self._vault, row) for row in rows)
            after = rows[-1].user_id
        return opened

    async def next_batch(self, after: UUID | None) -> Batch | None:
        """Read and reseal the next tokens that are under another key; one that does not open stays as it is."""
        rows = await self._rows(_tokens.key_id != self._vault.sealing_key_id, after)
        if not rows:
            return None
        resealed = [found for row in rows if (found := self._resealed(row)) is not None]
        return Batch(resealed, len(rows), rows[-1].user_id)

    async def write(self, batch: Batch) -> None:
        """Replace each ciphertext if it is still the one that was read: a sign-in since then has brought a newer token."""
        if not batch.resealed:
            return
        statement = (
            update(battle_net_tokens)
            .where(_tokens.user_id == bindparam("owner"), _tokens.ciphertext == bindparam("before"))
            .values(ciphertext=bindparam("after"), key_id=self._vault.sealing_key_id)
        )
        values = [{"owner": one.owner, "before": one.before, "after": one.after.ciphertext} for one in batch.resealed]
        async with self._database.writing() as connection:
            await connection.execute(statement, values)
            await connection.commit()

    def _resealed(self, row: Row[UUID, bytes, str]) -> Resealed | None:
        try:
            secret = self._vault.open(Sealed(row.ciphertext, row.key_id), row.user_id, FIELD)
        except TokenUndecryptable:
            return None
        return Resealed(row.user_id, row.ciphertext, self._vault.seal(secret, row.user_id, FIELD))

    async def _rows(self, which: ColumnElement[bool], after: UUID | None) -> Sequence[Row[UUID, bytes, str]]:
        query = select(_tokens.user_id, _tokens.ciphertext, _tokens.key_id).where(which)
        if after is not None:
            query = query.where(_tokens.user_id > after)
        async with self._database.reading() as connection:
            return (await connection.execute(query.order_by(_tokens.user_id).limit(BATCH))).all()


def _opened(vault: TokenVault, row: Row[UUID, bytes, str]) -> bool:
    try:
        vault.open(Sealed(row.ciphertext, row.key_id), row.user_id, FIELD)
    except TokenUndecryptable:
        return False
    return True
