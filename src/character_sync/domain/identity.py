"""Who a listed character is: the one we know, the same under another key, or somebody new. Decisions are pure.

What has the same key is the same character, whatever else changed. What has a new key is compared with those that are
missing from the same listing. Only proof decides by itself; what is merely likely is asked of the player, and until
they answer it stays two characters. `docs/identity.md` tells the rules of each game version.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from character_sync.domain.character import CharacterKey, ListedCharacter
from character_sync.domain.deduplication import SavedCharacter, key_of
from character_sync.domain.fingerprint import Achievements, Likeness, likeness
from character_sync.domain.game import Region

RECENT = timedelta(days=180)
"""So long after it went missing a character may be the one that comes back under another key: Blizzard frees a name
after 90 days, and a transfer that was noticed twice as late is nobody's guess any more."""

LIKELY = 0.4
"""From this confidence on a pair is worth a question: the same name on a new key, or everything but the name."""

MOST_QUESTIONS = 3
"""About one character: the truth may be the second likeliest, but nobody wants to be asked about the whole account."""

SERVED = 10  # the first level at which an equal level says anything: every new character begins below it

SURE = 0.97
PROVEN = 0.99


class IdentityKind(StrEnum):
    """What a listed character is, seen from what was known."""

    KNOWN = "known"
    RENAMED = "renamed"
    CHANGED_SIDES = "changed_sides"
    RETURNED = "returned"
    TRANSFERRED = "transferred"
    RENUMBERED = "renumbered"
    RECREATED = "recreated"
    NAME_TAKEN = "name_taken"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A character as Battle.net once showed it. Times and ids apart, this is what one observation holds."""

    realm_id: int
    realm_slug: str
    realm_name: str | None
    battle_net_id: int
    name: str
    class_id: int | None
    race_id: int | None
    gender: str | None
    faction: str | None
    level: int
    wow_account_id: int | None

    @classmethod
    def of(cls, listed: ListedCharacter) -> "Sighting":
        return cls(
            realm_id=listed.realm.id,
            realm_slug=listed.realm.slug,
            realm_name=listed.realm.name,
            battle_net_id=listed.battle_net_id,
            name=listed.name,
            class_id=listed.character_class.id,
            race_id=listed.race.id,
            gender=listed.gender,
            faction=listed.faction,
            level=listed.level,
            wow_account_id=listed.wow_account_id,
        )


@dataclass(frozen=True, slots=True)
class KnownCharacter:
    """A character we hold: how it was last seen, since when it is missing, what achievements it had."""

    saved: SavedCharacter
    last: Sighting
    missing_since: datetime | None = None
    achievements: Achievements | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that speaks for or against two characters being the same; `old` and `new` are shown to the player."""

    code: str
    favours: bool
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a listed character with a new key is, next to one that is missing.

    `is_same` is None where only the player can tell.
    """

    older: UUID
    listed: ListedCharacter
    key: CharacterKey
    kind: IdentityKind
    is_same: bool | None
    confidence: float
    evidence: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a listing means for who is who."""

    kinds: Mapping[CharacterKey, IdentityKind]
    judgements: tuple[Judgement, ...]

    @property
    def same(self) -> tuple[Judgement, ...]:
        return tuple(judgement for judgement in self.judgements if judgement.is_same)

    def rekeyed(self, saved: Iterable[SavedCharacter]) -> list[SavedCharacter]:
        """Return what we hold under the keys it has now, so that the listing finds it."""
        keys = {judgement.older: judgement.key for judgement in self.same}
        return [replace(each, key=keys.get(each.id, each.key)) for each in saved]


@dataclass(frozen=True, slots=True)
class Listing:
    """A successful listing of one game version, as the resolver needs it."""

    characters: Sequence[ListedCharacter]
    region: Region
    namespace_family: str
    game_version: str
    at: datetime

    def by_key(self) -> dict[CharacterKey, ListedCharacter]:
        return {key_of(each, self.region, self.namespace_family): each for each in self.characters}


def pairs_in_question(listing: Listing, known: Sequence[KnownCharacter]) -> list[tuple[UUID, CharacterKey]]:
    """Return which missing characters the newly listed ones may be: those whose achievements are worth a request.

    Empty for a listing that shows no new key, or misses nobody of that class whose own achievements are known: an
    ordinary sync asks for nothing more.
    """
    world = _World(listing, known)
    return [
        (old.saved.id, key)
        for key, new in world.unknown.items()
        for old in world.missing
        if old.achievements
        and old.last.class_id == new.character_class.id
        and not _is_same_number(old, key)
        and not world.has_fallen(old, new)
    ]


def resolve(
    listing: Listing,
    known: Sequence[KnownCharacter],
    achievements: Mapping[CharacterKey, Achievements] | None = None,
) -> Resolution:
    """Say of every listed character who it is.

    Args:
        known: Everything held of the region and namespace family, archived ones included.
        achievements: Of newly listed characters, where they were asked for and given.
    """
    world = _World(listing, known)
    found = achievements or {}
    kinds = {key: world.kind_of_known(old, listing.by_key()[key]) for key, old in world.known_by_key.items()}
    judged = [
        _judge(world, old, key, new, found.get(key)) for key, new in world.unknown.items() for old in world.missing
    ]
    chosen = _chosen([judgement for judgement in judged if judgement is not None])
    for key, new in world.unknown.items():
        kinds[key] = next((j.kind for j in chosen if j.key == key), world.kind_of_new(new))
    return Resolution(kinds, tuple(chosen))


class _World:
    """What a listing shows beside what is held: who is known, who is new, who is missing."""

    def __init__(self, listing: Listing, known: Sequence[KnownCharacter]) -> None:
        shown = listing.by_key()
        held = {each.saved.key: each for each in known}
        self.all = known
        self.known_by_key = {key: held[key] for key in shown if key in held}
        self.unknown = {key: each for key, each in shown.items() if key not in held}
        self.missing = [each for each in known if each.saved.key not in shown and _may_come_back(each, listing)]
        # A squish lowers everybody's level at once; then a lower level tells nothing.
        self.levels_tell = not any(shown[key].level < each.last.level for key, each in self.known_by_key.items())

    def kind_of_known(self, old: KnownCharacter, new: ListedCharacter) -> IdentityKind:
        if not old.saved.is_active:
            return IdentityKind.RETURNED
        if old.last.name != new.name:
            return IdentityKind.RENAMED
        is_turned = (old.last.faction, old.last.race_id) != (new.faction, new.race.id)
        return IdentityKind.CHANGED_SIDES if is_turned else IdentityKind.KNOWN

    def kind_of_new(self, new: ListedCharacter) -> IdentityKind:
        is_taken = any(_has_same_place(old, new) for old in self.all)
        return IdentityKind.NAME_TAKEN if is_taken else IdentityKind.NEW

    def has_fallen(self, old: KnownCharacter, new: ListedCharacter) -> bool:
        return self.levels_tell and new.level < old.last.level

    def others(self, old: KnownCharacter) -> list[Achievements]:
        return [each.achievements for each in self.all if each.achievements and each.saved.id != old.saved.id]


def _may_come_back(old: KnownCharacter, listing: Listing) -> bool:
    if old.saved.is_active:
        return old.saved.game_version == listing.game_version
    return old.missing_since is not None and listing.at - old.missing_since <= RECENT


def _judge(
    world: _World, old: KnownCharacter, key: CharacterKey, new: ListedCharacter, found: Achievements | None
) -> Judgement | None:
    """Compare one missing character with one of a new key; None when they have nothing to do with each other."""
    last = old.last
    same_class = None if None in (last.class_id, new.character_class.id) else last.class_id == new.character_class.id
    alike = likeness(old.achievements, found, world.others(old))
    evidence = (*_facts(old, new, key), *_achievement_facts(alike))

    def judgement(kind: IdentityKind, confidence: float, *, is_same: bool | None) -> Judgement:
        return Judgement(old.saved.id, new, key, kind, is_same, confidence, evidence)

    # Nobody changes class, loses a level or an achievement.
    are_two = same_class is False or world.has_fallen(old, new) or alike is Likeness.DIFFERENT
    kind = _kind_of_move(old, new)
    if are_two and alike is not Likeness.SAME:
        return judgement(IdentityKind.RECREATED, PROVEN, is_same=False) if _has_same_place(old, new) else None
    if are_two:
        return judgement(kind, LIKELY, is_same=None)  # what cannot be: let the player tell
    if same_class and alike is Likeness.SAME:
        return judgement(kind, PROVEN, is_same=True)
    if same_class and _is_same_number(old, key):
        return judgement(kind, SURE, is_same=True)
    likelihood = _likelihood(old, new)
    return judgement(kind, likelihood, is_same=None) if same_class and likelihood >= LIKELY else None


def _kind_of_move(old: KnownCharacter, new: ListedCharacter) -> IdentityKind:
    if old.last.realm_id != new.realm.id:
        return IdentityKind.TRANSFERRED
    is_turned = (old.last.faction, old.last.race_id) != (new.faction, new.race.id)
    return IdentityKind.CHANGED_SIDES if is_turned else IdentityKind.RENUMBERED


def _chosen(judged: Sequence[Judgement]) -> list[Judgement]:
    """Keep what is sure once for each missing and each new character, and the likeliest questions about the others.

    Where two would be sure of the same character, neither is: then they are questions.
    """
    contested = _repeated(j.older for j in judged if j.is_same) | _repeated(j.key for j in judged if j.is_same)
    doubted = [
        replace(j, is_same=None, confidence=LIKELY) if j.is_same and contested & {j.older, j.key} else j for j in judged
    ]
    chosen = [judgement for judgement in doubted if judgement.is_same]
    settled = _parties(chosen)
    asked = Counter[object]()
    for judgement in sorted((j for j in doubted if j.is_same is None), key=_rank):
        pair = (judgement.older, judgement.key)
        if not settled & {*pair} and all(asked[party] < MOST_QUESTIONS for party in pair):
            asked.update(pair)
            chosen.append(judgement)
    # Last who is certainly apart: a namesake must not hide a question.
    for judgement in sorted((j for j in doubted if j.is_same is False), key=_rank):
        if not _parties(chosen) & {judgement.older, judgement.key}:
            chosen.append(judgement)
    return chosen


def _parties(judgements: Iterable[Judgement]) -> set[object]:
    return {party for judgement in judgements for party in (judgement.older, judgement.key)}


def _rank(judgement: Judgement) -> tuple[float, int, int, str]:
    return -judgement.confidence, judgement.key.realm_id, judgement.key.battle_net_id, str(judgement.older)


def _repeated(items: Iterable[object]) -> set[object]:
    return {item for item, count in Counter(items).items() if count > 1}


def _is_same_number(old: KnownCharacter, key: CharacterKey) -> bool:
    return old.last.battle_net_id == key.battle_net_id and old.last.realm_id != key.realm_id


def _has_same_place(old: KnownCharacter, new: ListedCharacter) -> bool:
    return old.last.name == new.name and old.last.realm_id == new.realm.id


def _likelihood(old: KnownCharacter, new: ListedCharacter) -> float:
    """Weigh what two characters of one class share, from 0 to 0.9; what weighs most is hardest to share by accident."""
    last = old.last
    percents = (
        (last.name == new.name, 50),
        (last.race_id == new.race.id, 15),
        (last.level == new.level >= SERVED, 15),
        (last.gender == new.gender, 5),
        (last.wow_account_id == new.wow_account_id, 5),
    )
    return sum(percent for holds, percent in percents if holds) / 100


def _facts(old: KnownCharacter, new: ListedCharacter, key: CharacterKey) -> Iterable[Fact]:
    last = old.last
    for code, before, after in (
        ("class", last.class_id, new.character_class.id),
        ("number", last.battle_net_id, key.battle_net_id),
        ("name", last.name, new.name),
        ("realm", last.realm_slug, new.realm.slug),
        ("race", last.race_id, new.race.id),
        ("gender", last.gender, new.gender),
        ("faction", last.faction, new.faction),
        ("wow_account", last.wow_account_id, new.wow_account_id),
    ):
        yield Fact(code, before == after, _text(before), _text(after))
    yield Fact("level", new.level >= last.level, _text(last.level), _text(new.level))
    yield Fact("missing", favours=True)


def _achievement_facts(alike: Likeness) -> tuple[Fact, ...]:
    return () if alike is Likeness.UNKNOWN else (Fact("achievements", alike is Likeness.SAME),)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
