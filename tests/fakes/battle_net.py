"""A Battle.net that follows a script."""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime

from character_sync.domain.character import FacetContent, ListedCharacter
from character_sync.domain.game import Facet, GameVersion, Region
from character_sync.ports import CharacterAddress, FetchedFacet, Secret, Turn


class ScriptedBattleNet:
    """Keeps the port `BattleNet`: each facet gives its answers in order, and its last one for ever."""

    def __init__(self) -> None:
        self._script: defaultdict[Facet, deque[FetchedFacet | Exception]] = defaultdict(deque)
        self.asked: list[Facet] = []
        self.since: list[datetime | None] = []
        self.tokens: list[Secret | None] = []

    def gives(self, facet: Facet, *answers: FacetContent | FetchedFacet | Exception) -> None:
        self._script[facet] = deque(_answers(answers))

    async def account_characters(
        self, token: Secret, version: GameVersion, region: Region, *, turn: Turn
    ) -> tuple[ListedCharacter, ...]:
        raise NotImplementedError("nothing that uses this fake lists an account")

    async def facet(
        self,
        facet: Facet,
        address: CharacterAddress,  # noqa: ARG002 - the port's
        *,
        turn: Turn,  # noqa: ARG002 - the port's
        since: datetime | None = None,
        token: Secret | None = None,
    ) -> FetchedFacet:
        self.asked.append(facet)
        self.since.append(since)
        self.tokens.append(token)
        script = self._script[facet]
        answer = script.popleft() if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def _answers(
    given: Iterable[FacetContent | FetchedFacet | Exception],
) -> Iterable[FetchedFacet | Exception]:
    for answer in given:
        is_whole = isinstance(answer, FetchedFacet | Exception)
        yield answer if is_whole else FetchedFacet(answer, None, f"hash of {type(answer).__name__}")


class CharactersThereOrNot:
    """Answers `is_there` of the port `BattleNet`: with what it was told of a number, else that it is there."""

    def __init__(self) -> None:
        self.answers: dict[int, bool | Exception] = {}
        self.asked: list[tuple[int, Turn]] = []

    async def is_there(self, address: CharacterAddress, *, turn: Turn) -> bool:
        self.asked.append((address.battle_net_id, turn))
        answer = self.answers.get(address.battle_net_id, True)
        if isinstance(answer, Exception):
            raise answer
        return answer
