"""Who plays what: accounts, their characters, and the things that happen to them.

Everything in it is a frozen value that gets replaced; `World` only says which value is current.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from battle_net_sandbox.chance import draw
from battle_net_sandbox.characters import Character, name_for
from battle_net_sandbox.clock import WORLD_START, VirtualClock
from battle_net_sandbox.game_data import CLASSES
from battle_net_sandbox.realms import Family, Realms, Region

_OTHER_SIDE: Final = {"ALLIANCE": "HORDE", "HORDE": "ALLIANCE", "NEUTRAL": "ALLIANCE"}
_HORDE_TWIN: Final = {1: 2, 3: 6, 4: 10, 7: 5, 11: 8, 22: 9, 25: 26, 52: 70}
_ALLIANCE_TWIN: Final = {horde: alliance for alliance, horde in _HORDE_TWIN.items()} | {24: 25, 27: 4}
_MOST_RECREATED: Final = 1 << 31

ListKey = tuple[Region, Family]


class UnknownError(LookupError):
    """The world has nothing of that name; the message says what."""


class NotPossibleError(ValueError):
    """The world does not allow it; the message says why."""


@dataclass(frozen=True, slots=True)
class Licence:
    """One WoW account under a Battle.net account."""

    id: int
    characters: tuple[Character, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A Battle.net account that can sign in.

    `lists` holds, for each region and namespace family the account ever played, its WoW accounts; where there is no entry
    the account summary answers 404. `recorded` accounts are served from files instead.
    """

    id: str
    battletag: str
    description: str
    lists: Mapping[ListKey, tuple[Licence, ...]] = field(default_factory=dict)
    recorded: bool = False
    changed: int = WORLD_START
    """Seconds since 1970 of the last change to what the account summary shows."""

    @property
    def number(self) -> int:
        """The account's id at Battle.net: `id`, and as text `sub`."""
        return 10_000_000 + draw("account", self.id) % 1_000_000_000

    @property
    def characters(self) -> Iterator[Character]:
        for licences in self.lists.values():
            for licence in licences:
                yield from licence.characters


@dataclass(frozen=True, slots=True)
class _Gone:
    """A deleted character and the WoW account it was in."""

    licence_id: int
    character: Character


Change = Callable[[Character], Character | None]

Wanted = Callable[[Character], bool]
"""Which of an account's characters an action is for."""

LARGEST_LIST: Final = 5_000
"""Most characters one account may be given in one region and version."""

_BLOCKS: Final = 800_000
_FIRST_ID: Final = 100_000_000


class World:
    """The current accounts and characters, found by account id and by character path."""

    def __init__(self, realms: Realms, clock: VirtualClock, changed: Callable[[], None]) -> None:
        self.realms = realms
        self._clock = clock
        self._changed = changed
        self._accounts: dict[str, Account] = {}
        self._deleted: dict[str, list[_Gone]] = {}
        self._past: dict[str, list[Character]] = {}
        self._by_path: dict[tuple[str, str, str, str], dict[tuple[str, int], Character]] = {}
        self._blocks: dict[int, str] = {}
        self._last_changes: dict[str, int] = {}

    @property
    def accounts(self) -> list[Account]:
        """Every account, in the order they came."""
        return list(self._accounts.values())

    def account(self, account_id: str) -> Account | None:
        return self._accounts.get(account_id)

    def character_at(self, region: str, family: str, slug: str, name: str) -> Character | None:
        """The character a path names. Of several (two realms of one slug) the one of the highest realm id answers."""
        found = self._by_path.get((region, family, slug, name))
        return max(found.values(), key=lambda each: each.realm.id) if found else None

    def put(self, account: Account) -> None:
        """Add an account, or replace the one of the same id; what the old one deleted cannot be restored."""
        self._deleted.pop(account.id, None)
        self._replace(account)

    def remove(self, account_id: str) -> None:
        """Close an account: its characters go, its tokens no longer count."""
        closed = self._accounts.pop(account_id, None)
        if closed is None:
            raise UnknownError(f"no account {account_id!r}")
        self._forget(closed)
        self._changed()

    def free_ids(self, account_id: str, count: int, *what: object) -> range:
        """Character ids nobody else has, up to LARGEST_LIST: from a block drawn by account, or the next one free."""
        block = draw("ids", account_id, *what) % _BLOCKS
        while self._blocks.get(block, account_id) != account_id:
            block = (block + 1) % _BLOCKS
        start = _FIRST_ID + block * LARGEST_LIST
        return range(start, start + count)

    # What can happen to a character. Each answers with the characters as they are afterwards.

    def rename(self, account_id: str, wanted: Wanted, name: str) -> list[Character]:
        """The character gets another name; its id stays."""
        return self._change(account_id, wanted, lambda character: replace(character, name=name))

    def transfer(self, account_id: str, wanted: Wanted, slug: str, *, new_id: bool = False) -> list[Character]:
        """The character moves to another realm of its game version; its id stays or not: nobody outside knows."""

        def move(character: Character) -> Character:
            old = character.realm
            realm = self.realms.of_version_and_slug(old.region, old.game_version, slug)
            if realm is None:
                raise UnknownError(f"{old.game_version} in {old.region} has no realm {slug!r}")
            return self._moved(replace(character, realm=realm), new_id=new_id)

        return self._change(account_id, wanted, move)

    def change_faction(self, account_id: str, wanted: Wanted, *, new_id: bool = False) -> list[Character]:
        """The character changes sides, and its race where the other side has none of it; its id stays or not."""

        def turn(character: Character) -> Character:
            faction = _OTHER_SIDE[character.faction or "ALLIANCE"]
            twins = _HORDE_TWIN if faction == "HORDE" else _ALLIANCE_TWIN
            race_id = twins.get(character.race_id, character.race_id)
            return self._moved(replace(character, faction=faction, race_id=race_id), new_id=new_id)

        return self._change(account_id, wanted, turn)

    def play(
        self, account_id: str, wanted: Wanted, *, level: int | None = None, spec: int | None = None
    ) -> list[Character]:
        """The character logs in, finds other gear, perhaps another level or specialization, and logs out now."""

        def log_in(character: Character) -> Character:
            moment = max(int(self._clock.now()), character.last_login + 2)
            active = character.spec if spec is None else spec % len(CLASSES[character.class_id].specializations)
            reached = character.level if level is None else level
            return replace(character, last_login=moment, gear=character.gear + 1, level=reached, spec=active)

        return self._change(account_id, wanted, log_in)

    def reach(self, account_id: str, wanted: Wanted, level: int) -> list[Character]:
        """The character reaches a level, and logs out now."""

        def rise(character: Character) -> Character:
            moment = max(int(self._clock.now()), character.last_login + 2)
            return replace(character, level=level, last_login=moment)

        return self._change(account_id, wanted, rise)

    def swap_names(self, one: tuple[str, Wanted], other: tuple[str, Wanted]) -> list[Character]:
        """Two characters of one realm take each other's name, of one account or of two; their ids stay."""
        names = [
            [character.name for character in self._need(id_).characters if wanted(character)]
            for id_, wanted in (one, other)
        ]
        if not all(names):
            raise UnknownError("one of the two accounts has no such character")
        [first, *_], [second, *_] = names
        self.rename(*one, "\u00a0")  # out of the way: no character has such a name
        return [*self.rename(*other, first), *self.rename(*one, second)]

    def delete(self, account_id: str, wanted: Wanted) -> list[Character]:
        """The character leaves the list and every path of it answers 404, until it is restored."""
        account = self._need(account_id)
        for licence in (each for licences in account.lists.values() for each in licences):
            for character in filter(wanted, licence.characters):
                self._deleted.setdefault(account_id, []).append(_Gone(licence.id, character))
                self._remember(account_id, character)
        return self._change(account_id, wanted, lambda _: None)

    def restore(self, account_id: str, wanted: Wanted) -> list[Character]:
        """Deleted characters come back, the same as before."""
        account = self._need(account_id)
        back = [gone for gone in self._deleted.get(account_id, []) if wanted(gone.character)]
        if not back:
            raise UnknownError(f"account {account_id!r} has deleted no such character")
        lists = dict(account.lists)
        for gone in back:
            self._refuse_taken_name(None, gone.character)
            key = (gone.character.realm.region, gone.character.realm.family)
            lists[key] = tuple(
                replace(licence, characters=(*licence.characters, gone.character))
                if licence.id == gone.licence_id
                else licence
                for licence in lists.get(key, ())
            )
        self._deleted[account_id] = [gone for gone in self._deleted[account_id] if gone not in back]
        self._replace(replace(account, lists=lists))
        return [gone.character for gone in back]

    def recreate(self, account_id: str, wanted: Wanted) -> list[Character]:
        """The character is deleted and a new one of the same name and realm is made: another id, level 10."""

        def remake(character: Character) -> Character:
            self._remember(account_id, character)
            new_id = 1 + draw("recreated", character.identity, character.gear) % _MOST_RECREATED
            moment = max(int(self._clock.now()), character.last_login + 2)
            made = replace(character, battle_net_id=new_id, soul=0, born=moment, last_login=moment)
            return replace(made, level=10, gear=0, guild=None, title=None)

        return self._change(account_id, wanted, remake)

    def ever_of(self, account_id: str, family: Family) -> list[Character]:
        """Every character an account has or had in a namespace family: what one of them achieved, the account has."""
        account = self._need(account_id)
        past = self._past.get(account_id, [])
        return [each for each in (*account.characters, *past) if each.realm.family == family]

    def owner_of(self, character: Character) -> str:
        """The account that plays the character of this path and realm."""
        return next(id_ for id_, realm in self._by_path[character.path_key] if realm == character.realm.id)

    # Private

    def _moved(self, character: Character, *, new_id: bool) -> Character:
        if not new_id:
            return character
        number = 1 + draw("moved", character.identity, character.last_login) % _MOST_RECREATED
        return replace(character, battle_net_id=number, soul=character.origin)

    def _remember(self, account_id: str, character: Character) -> None:
        self._past.setdefault(account_id, []).append(character)

    def _replace(self, account: Account) -> None:
        before = self._accounts.get(account.id)
        if before:
            self._forget(before)
        last_change = self._last_changes.get(account.id)
        if last_change is not None:  # each change is a second later, or a reader would take its answer for the old one
            account = replace(account, changed=max(int(self._clock.now()), last_change + 1))
        self._last_changes[account.id] = account.changed
        self._accounts[account.id] = account
        self._learn(account)
        self._changed()

    def _need(self, account_id: str) -> Account:
        account = self._accounts.get(account_id)
        if account is None:
            raise UnknownError(f"no account {account_id!r}")
        return account

    def _change(self, account_id: str, wanted: Wanted, change: Change) -> list[Character]:
        account = self._need(account_id)
        after: list[Character] = []
        touched = 0

        def changed(characters: Iterable[Character]) -> Iterator[Character]:
            nonlocal touched
            for character in characters:
                if not wanted(character):
                    yield character
                    continue
                touched += 1
                new = change(character)
                if new is not None:
                    self._refuse_taken_name(character, new)
                    after.append(new)
                    yield new

        lists = {
            key: tuple(replace(licence, characters=tuple(changed(licence.characters))) for licence in licences)
            for key, licences in account.lists.items()
        }
        if not touched:
            raise UnknownError(f"account {account_id!r} has no such character")
        self._replace(replace(account, lists=lists))
        return after

    def _refuse_taken_name(self, before: Character | None, after: Character) -> None:
        if before is not None and (before.path_key, before.realm.id) == (after.path_key, after.realm.id):
            return
        there = self._by_path.get(after.path_key, {})
        if any(other.realm.id == after.realm.id for other in there.values()):
            raise NotPossibleError(f"{after.realm.slug} already has a character named {after.name}")

    def _learn(self, account: Account) -> None:
        for character in account.characters:
            self._by_path.setdefault(character.path_key, {})[account.id, character.realm.id] = character
            self._blocks.setdefault((character.battle_net_id - _FIRST_ID) // LARGEST_LIST, account.id)

    def _forget(self, account: Account) -> None:
        for character in account.characters:
            there = self._by_path.get(character.path_key, {})
            there.pop((account.id, character.realm.id), None)
            if not there:
                self._by_path.pop(character.path_key, None)


def battletag_for(account_id: str) -> str:
    """A BattleTag for an account nobody gave one: a name and four or five digits."""
    number = draw("battletag", account_id)
    return f"{name_for(number % (1 << 32))[:8]}#{1000 + number % 90_000}"
