"""What happens in the sandbox month by month, drawn from a seed; Battle.net's truth, which no answer of it tells."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from battle_net_sandbox.characters import name_for
from support.service import RunningService

FIRST_NAME = 3_000_000_000  # names from here on are no generated character's
PLAIN = {
    "renamed": {"action": "rename"},
    "transferred, number kept": {"action": "transfer"},
    "transferred, new number": {"action": "transfer", "newId": True},
    "changed sides, number kept": {"action": "faction_change"},
    "changed sides, new number": {"action": "faction_change", "newId": True},
}
OTHERS = (
    "transferred and renamed, new number",
    "recreated under the same name",
    "recreated and levelled up",
    "deleted, back after months",
    "name taken by another of the account",
    "name taken by another player",
    "names swapped between two players",
)
KINDS = (*PLAIN, *OTHERS)
STAYS_AWAY = 2  # months until a deleted one is restored


@dataclass(frozen=True)
class Account:
    id: str
    version: str
    characters: int


Character = dict[str, Any]
Truth = tuple[str, int]
"""Which character it is in truth: its account, and the number it had first."""


class Script:
    """Lets things happen, and remembers to whom: `happened` is what befell each character this month."""

    def __init__(self, service: RunningService, accounts: list[Account], seed: int) -> None:
        self.service = service
        self.accounts = accounts
        self.happened: dict[Truth, str] = {}
        self._random = Random(seed)  # noqa: S311 - the same for the same seed is what is wanted
        self._names = iter(range(FIRST_NAME, FIRST_NAME + 100_000))
        self._away: list[tuple[int, Account, Character]] = []
        self._count: Counter[str] = Counter()

    async def begin(self) -> None:
        await self.service.control("POST", "settings", {"requestsPerSecond": 0})
        for account in self.accounts:
            body = {"id": account.id, "gameVersion": account.version, "region": "eu", "characters": account.characters}
            await self.service.control("POST", "accounts", body)

    async def characters(self, account: Account) -> list[Character]:
        return next(
            each["characters"] for each in await self.service.control("GET", "accounts") if each["id"] == account.id
        )

    async def month(self, number: int) -> None:
        """Let a month pass, in which a fifth of the characters change."""
        self.happened = {}
        await self.service.control("POST", "settings", {"clock": {"advanceSeconds": 30 * 86_400}})
        for back, account, character in list(self._away):
            if back == number:
                await self._act(account, character, "deleted, back after months", {"action": "restore"})
                self._away = [each for each in self._away if each[2] is not character]
        for account in self.accounts:
            cast = await self.characters(account)
            self._random.shuffle(cast)
            for character in cast[: max(2, len(cast) // 5)]:
                if (account.id, character["origin"]) not in self.happened:
                    await self._befall(account, character, self._next_kind(account), number)

    def _next_kind(self, account: Account) -> str:
        """Take the kinds in turn, so that each comes to each game version."""
        self._count[account.version] += 1
        return KINDS[self._count[account.version] % len(KINDS)]

    async def _befall(self, account: Account, character: Character, kind: str, month: int) -> None:
        if kind in PLAIN:
            body = dict(PLAIN[kind])
            if body["action"] == "rename":
                body["name"] = self._name()
            if body["action"] == "transfer":
                body["realm"] = await self._other_realm(account, character)
            await self._act(account, character, kind, body)
            return
        match kind:
            case "transferred and renamed, new number":
                body = {"action": "transfer", "newId": True, "realm": await self._other_realm(account, character)}
                [moved] = await self._act(account, character, kind, body)
                await self._act(account, moved, kind, {"action": "rename", "name": self._name()})
            case "recreated under the same name" | "recreated and levelled up":
                self.happened[account.id, character["origin"]] = "deleted"
                [made] = await self._act(account, character, kind, {"action": "recreate"})
                if kind == "recreated and levelled up":
                    await self._act(account, made, kind, {"action": "level", "level": character["level"]})
            case "deleted, back after months":
                await self._act(account, character, "deleted", {"action": "delete"})
                self._away.append((month + STAYS_AWAY, account, character))
            case "names swapped between two players":
                await self._swap(account, character, kind)
            case _:
                await self._take_name(account, character, kind)

    async def _take_name(self, account: Account, character: Character, kind: str) -> None:
        """The character is renamed, and another of its realm takes the name: its player's own, or another player's."""
        own = kind == "name taken by another of the account"
        taker = await self._neighbour(account, character, own=own)
        if taker is None:
            return
        await self._act(account, character, "renamed", {"action": "rename", "name": self._name()})
        await self._act(taker[0], taker[1], kind, {"action": "rename", "name": character["name"]})

    async def _swap(self, account: Account, character: Character, kind: str) -> None:
        other = await self._neighbour(account, character, own=False)
        if other is None:
            return
        body = {"action": "swap_names", "otherAccount": other[0].id, "otherId": other[1]["battleNetId"]}
        await self._act(account, character, kind, body)
        self.happened[other[0].id, other[1]["origin"]] = kind

    async def _neighbour(
        self, account: Account, character: Character, *, own: bool
    ) -> tuple[Account, Character] | None:
        """Another character of the same realm to whom nothing has happened yet; one is moved there if need be."""
        for other in self.accounts:
            if other.version != account.version or (other is account) != own:
                continue
            for each in await self.characters(other):
                is_free = (other.id, each["origin"]) not in self.happened and each["origin"] != character["origin"]
                if is_free and each["realm"] == character["realm"]:
                    return other, each
        return None

    async def _other_realm(self, account: Account, character: Character) -> str:
        realms = {each["realm"] for other in self._of(account.version) for each in await self.characters(other)}
        return self._random.choice(sorted(realms - {character["realm"]}))

    def _of(self, version: str) -> Iterator[Account]:
        return (account for account in self.accounts if account.version == version)

    async def _act(self, account: Account, character: Character, kind: str, body: dict[str, Any]) -> list[Character]:
        path = f"accounts/{account.id}/characters/{character['battleNetId']}"
        after: list[Character] = (await self.service.control("POST", path, body))["characters"]
        self.happened[account.id, after[0]["origin"] if after else character["origin"]] = kind
        return after

    def _name(self) -> str:
        return name_for(next(self._names))
