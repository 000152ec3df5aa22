"""Learn each character's achievements once, while it can still be asked, and forget what no undo may need any more."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from character_sync.domain.errors import BattleNetError
from character_sync.domain.game import GameVersions
from character_sync.ports import BattleNet, Clock, Lane, Turn, UnaskedCharacter, Work

log = structlog.get_logger()

TURN = Turn(Lane.SCHEDULED, "identities")


@dataclass(frozen=True, slots=True)
class KeepIdentities:
    """One round, of a bounded number of characters. Any process may run it, any number at once.

    A character that has moved cannot be asked what it was: so each is asked once in its life, in the lowest lane and
    outside of every sync, and again after each ten levels.

    Attributes:
        keep: How long what Battle.net told may be kept for an undo: as long as any of it, unseen.
        again: After how long a character that gave no answer is asked again.
    """

    work: Work
    battle_net: BattleNet
    versions: GameVersions
    clock: Clock
    keep: timedelta
    again: timedelta
    per_round: int

    async def execute(self) -> int:
        """Return of how many characters the achievements are known now that were not before."""
        now = self.clock()
        await self.work.transaction(lambda work: work.identities.forget_restorable(now - self.keep))
        families = {version.namespace_family for version in self.versions if version.has_achievements}
        if not families:
            return 0
        due = await self.work.transaction(
            lambda work: work.observations.take_unasked(families, now, again=self.again, limit=self.per_round)
        )
        learnt = [await self._learn(character) for character in due]
        if any(learnt):
            log.info("achievements_learnt", characters=sum(learnt))
        return sum(learnt)

    async def _learn(self, character: UnaskedCharacter) -> bool:
        try:
            achievements = await self.battle_net.achievements(character.address, turn=TURN)
        except BattleNetError as error:
            log.debug("achievements_not_given", character_id=str(character.id), error=error.code)
            return False
        await self.work.transaction(
            lambda work: work.observations.write_achievements(character.id, achievements, self.clock())
        )
        return True
