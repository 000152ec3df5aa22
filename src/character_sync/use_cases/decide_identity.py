"""The player says whether two characters are one, or takes a decision back."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from character_sync.domain.errors import IdentityDecisionFinal
from character_sync.ports import Clock, IdentityDecision, UnitOfWork, UserId, Work

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DecideIdentity:
    """Answers and undoes, each in one transaction, with the user locked: a sync of theirs waits."""

    work: Work
    clock: Clock

    async def answer(self, owner: UserId, decision_id: UUID, *, is_same: bool) -> IdentityDecision:
        """Make the two one, or say for good that they are two. A no, or an undone yes, may become a yes later.

        Raises:
            NotFound, CharacterBusy.
            IdentityDecisionFinal: it is decided already.
        """
        now = self.clock()

        async def answer(work: UnitOfWork) -> IdentityDecision:
            await work.users.lock(owner)
            decision = await work.identities.one(owner, decision_id)
            is_open = decision.status == "asked" or (is_same and decision.status in {"declined", "undone"})
            if not is_open:
                raise IdentityDecisionFinal("This question has been answered already.")
            decide = work.identities.merge if is_same else work.identities.decline
            await decide(owner, decision, now)
            return await work.identities.one(owner, decision_id)

        decision = await self.work.transaction(answer)
        log.info("identity_answered", decision_id=str(decision_id), is_same=is_same)
        return decision

    async def undo(self, owner: UserId, decision_id: UUID) -> IdentityDecision:
        """Put everything back as it was before; a decision that two are two becomes a question.

        Raises:
            NotFound, CharacterBusy.
            IdentityDecisionFinal: what was before cannot be had back; the message says why.
        """
        now = self.clock()

        async def undo(work: UnitOfWork) -> IdentityDecision:
            await work.users.lock(owner)
            decision = await work.identities.one(owner, decision_id)
            if decision.status != "applied":
                raise IdentityDecisionFinal("There is nothing to undo: this was not carried out.")
            await work.identities.undo(owner, decision, now)
            return await work.identities.one(owner, decision_id)

        decision = await self.work.transaction(undo)
        log.info("identity_undone", decision_id=str(decision_id))
        return decision
