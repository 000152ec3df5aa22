"""Ask Battle.net whether characters are still there before their 30 days are over, and let go of those that are not."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.errors import BattleNetCharacterHidden, BattleNetError, NotFound
from character_sync.domain.verification import CheckOutcome, StatusAnswer, VerificationPolicy
from character_sync.ports import (
    BattleNet,
    CheckedCharacter,
    Clock,
    DueCharacter,
    Lane,
    Turn,
    UnitOfWork,
    VerificationObserver,
    Work,
)

log = structlog.get_logger()

ASKED_AT_ONCE = 8  # requests under way: few of the connections and places that players' own syncs need
TURN = Turn(Lane.SCHEDULED, "verification")


@dataclass(frozen=True, slots=True)
class VerifyCharacters:
    """One round of checks, of a bounded number of characters. Any process may run it, any number at once."""

    work: Work
    battle_net: BattleNet
    clock: Clock
    policy: VerificationPolicy
    observer: VerificationObserver
    per_round: int

    async def execute(self) -> int:
        """Return how many characters were looked at.

        Battle.net is asked while no transaction is open. What it says is written in one; what it does not say is asked
        again, for the characters were put off, not crossed out, when they were taken.
        """
        due = await self.work.transaction(self._take)
        if not due:
            return 0
        reached(CrashPoint.CHECKS_DUE_COMMITTED)
        checked = await self._check([character for character in due if character.gone_at is None])
        reached(CrashPoint.CHECKS_ANSWERED)
        await self.work.transaction(partial(self._write, checked))
        reached(CrashPoint.CHECKS_COMMITTED)
        removed = [await self._remove(character) for character in due if character.gone_at is not None]
        self._tell(checked, sum(removed))
        return len(due)

    async def _take(self, work: UnitOfWork) -> list[DueCharacter]:
        due = await work.verifications.take_due(
            self.clock(), retry=self.policy.retry, margin=self.policy.margin, limit=self.per_round
        )
        if due:
            reached(CrashPoint.CHECKS_DUE_WRITTEN)
        return due

    async def _write(self, checked: Sequence[CheckedCharacter], work: UnitOfWork) -> None:
        await work.verifications.write(checked, self.clock())
        reached(CrashPoint.CHECKS_WRITTEN)

    async def _check(self, due: Sequence[DueCharacter]) -> list[CheckedCharacter]:
        places = asyncio.Semaphore(ASKED_AT_ONCE)

        async def check(character: DueCharacter) -> CheckedCharacter:
            async with places:
                finding = await self._ask(character)
            outcome, check_at = self.policy.decide(
                finding, verify_by=character.verify_by, missing_since=character.missing_since, now=self.clock()
            )
            return CheckedCharacter(character, outcome, check_at)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(check(character)) for character in due]
        return [task.result() for task in tasks]

    async def _ask(self, character: DueCharacter) -> StatusAnswer:
        try:
            is_there = await self.battle_net.is_there(character.address, turn=TURN)
        except BattleNetCharacterHidden:
            return StatusAnswer.GONE  # a name that no path can hold
        except BattleNetError as error:
            log.info("verification_unanswered", character_id=str(character.id), error=error.code)
            return StatusAnswer.UNANSWERED
        return StatusAnswer.THERE if is_there else StatusAnswer.GONE

    async def _remove(self, character: DueCharacter) -> bool:
        async def remove(work: UnitOfWork) -> bool:
            await work.users.lock(character.owner)
            is_removed = await work.verifications.remove(character)
            reached(CrashPoint.REMOVAL_WRITTEN)
            return is_removed

        try:
            is_removed = await self.work.transaction(remove)
        except NotFound:
            return False  # erased meanwhile, and the character with them
        reached(CrashPoint.REMOVAL_COMMITTED)
        return is_removed

    def _tell(self, checked: Sequence[CheckedCharacter], removed: int) -> None:
        outcomes = Counter(one.outcome for one in checked)
        outcomes[CheckOutcome.REMOVED] += removed
        for outcome, count in outcomes.items():
            self.observer.checked(outcome, count)
        if +outcomes:
            log.info("characters_checked", **{outcome.value: count for outcome, count in (+outcomes).items()})
