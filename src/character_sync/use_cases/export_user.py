"""Give a player everything held about them, in portions, so that the largest account needs no more memory than a small one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from character_sync.ports import (
    AccessToken,
    CharacterGroup,
    HeldCharacter,
    HeldDecision,
    HeldSession,
    HeldUser,
    UserId,
    Work,
)

PORTION = 20  # characters or sync sessions read at once: some 400 kB with gear and talents


@dataclass(frozen=True, slots=True)
class ExportUser:
    """Reads what is held of a user. Each portion is read in a transaction of its own.

    A slow reader then holds no connection of the database. What changes meanwhile is told as it was when its portion
    was read.
    """

    work: Work

    async def about(self, owner: UserId) -> tuple[HeldUser, list[AccessToken]]:
        """Return the user and their personal access tokens. Raises NotFound."""
        async with self.work.reading() as work:
            return await work.holdings.user(owner), await work.sign_ins.access_tokens(owner)

    async def characters(self, owner: UserId) -> AsyncIterator[HeldCharacter]:
        after = None
        while True:
            async with self.work.reading() as work:
                portion = await work.holdings.characters(owner, after=after, limit=PORTION)
            for held in portion:
                yield held
            if len(portion) < PORTION:
                return
            after = portion[-1].row.id

    async def sync_sessions(self, owner: UserId) -> AsyncIterator[HeldSession]:
        after = None
        while True:
            async with self.work.reading() as work:
                portion = await work.holdings.sync_sessions(owner, after=after, limit=PORTION)
            for held in portion:
                yield held
            if len(portion) < PORTION:
                return
            after = portion[-1].snapshot.session.id

    async def identity_decisions(self, owner: UserId) -> AsyncIterator[HeldDecision]:
        after = None
        while True:
            async with self.work.reading() as work:
                portion = await work.holdings.identity_decisions(owner, after=after, limit=PORTION)
            for held in portion:
                yield held
            if len(portion) < PORTION:
                return
            after = portion[-1].decision.id

    async def groups(self, owner: UserId) -> list[CharacterGroup]:
        """Return the user's groups, which are few."""
        async with self.work.reading() as work:
            return await work.character_groups.all(owner)
