"""The parts of Battle.net's JSON that we read, as types, and a reader that one bad part cannot stop.

Every field may be absent: Battle.net leaves fields out by game version, locale and year. What a thing cannot be
without is asked for where the answer becomes the domain's: `responses.py`, `equipment.py`, `specializations.py`.
"""

import re
from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, Final, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from character_sync.domain.errors import BattleNetAnswerUnreadable, BattleNetUnavailable
from character_sync.ports import Secret

LocalizedName = str | dict[str, Any] | None
"""A string; an object of 12 locales when none was asked for; `{}` or null when it has no such name in the locale."""

WholeNumber = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""Ids and amounts are never negative and fit the databases' 64-bit column."""

SmallNumber = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""Levels, and the ids of classes, races and specializations: they have columns of 32 bits, and are far below that."""


class Shape(msgspec.Struct, frozen=True, gc=False):
    """Part of an answer; unknown fields are skipped without being built."""


class Typed(Shape, frozen=True, gc=False):
    """An enumerated value: `type` is for logic; the name beside it is for people, and we have our own."""

    type: str | None = None


class Named(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None
    name: LocalizedName = None


class Kind(Named, frozen=True, gc=False):
    """A class, a race, a specialization."""

    id: SmallNumber | None = None


class RealmRef(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None
    slug: str | None = None
    name: LocalizedName = None


class AccountCharacter(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None
    name: str | None = None
    realm: RealmRef | None = None
    level: SmallNumber | None = None
    playable_class: Kind | None = None
    playable_race: Kind | None = None
    gender: Typed | None = None
    faction: Typed | None = None


class WowAccount(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None
    characters: list[AccountCharacter | None] | None = None


class AccountSummary(Shape, frozen=True, gc=False):
    wow_accounts: list[WowAccount | None] | None = None


class Title(Shape, frozen=True, gc=False):
    name: LocalizedName = None
    display_string: LocalizedName = None


class Profile(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None
    name: str | None = None
    realm: RealmRef | None = None
    level: SmallNumber | None = None
    character_class: Kind | None = None
    race: Kind | None = None
    gender: Typed | None = None
    faction: Typed | None = None
    guild: Named | None = None
    equipped_item_level: SmallNumber | None = None
    average_item_level: SmallNumber | None = None
    active_spec: Kind | None = None
    active_title: Title | None = None
    last_login_timestamp: WholeNumber | None = None  # milliseconds


class Status(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None
    is_valid: bool | None = None


class Achievement(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None
    completed_timestamp: WholeNumber | None = None  # milliseconds; absent while it is not completed


class AchievementSummary(Shape, frozen=True, gc=False):
    character: Named | None = None
    achievements: list[Achievement | None] | None = None


class Asset(Shape, frozen=True, gc=False):
    key: str | None = None
    value: str | None = None


class Media(Shape, frozen=True, gc=False):
    character: Named | None = None
    assets: list[Asset | None] | None = None
    avatar_url: str | None = None  # these three until about 2020, before there were assets
    bust_url: str | None = None
    render_url: str | None = None


class SocketedItem(Shape, frozen=True, gc=False):
    socket_type: Typed | None = None
    item: Named | None = None


class EnchantmentSlot(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None


class ItemEnchantment(Shape, frozen=True, gc=False):
    enchantment_id: WholeNumber | None = None
    enchantment_slot: EnchantmentSlot | None = None
    display_string: LocalizedName = None
    source_item: Named | None = None


class Level(Shape, frozen=True, gc=False):
    value: WholeNumber | None = None


class ItemSet(Shape, frozen=True, gc=False):
    item_set: Named | None = None
    items: "list[ItemOfSet | None] | None" = None


class ItemOfSet(Shape, frozen=True, gc=False):
    item: Named | None = None


class Item(Shape, frozen=True, gc=False):
    item: Named | None = None
    slot: Typed | None = None
    name: LocalizedName = None
    quality: Typed | None = None
    level: Level | None = None
    enchantments: list[ItemEnchantment | None] | None = None
    sockets: list[SocketedItem | None] | None = None
    set: ItemSet | None = None


class Worn(Shape, frozen=True, gc=False):
    equipped_items: list[Item | None] | None = None
    equipped_item_sets: list[ItemSet | None] | None = None


class SpellTooltip(Shape, frozen=True, gc=False):
    spell: Named | None = None


class Tooltip(Shape, frozen=True, gc=False):
    """A talent with its text: in `talents`, in `pvp_talent_slots[].selected` and in a loadout's `tooltip`."""

    talent: Named | None = None
    spell_tooltip: SpellTooltip | None = None
    talent_rank: WholeNumber | None = None


class LoadoutTalent(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None
    rank: WholeNumber | None = None
    default_points: WholeNumber | None = None
    tooltip: Tooltip | None = None


class Loadout(Shape, frozen=True, gc=False):
    is_active: bool | None = None
    talent_loadout_code: str | None = None
    selected_class_talents: list[LoadoutTalent | None] | None = None
    selected_spec_talents: list[LoadoutTalent | None] | None = None
    selected_hero_talents: list[LoadoutTalent | None] | None = None
    selected_hero_talent_tree: Named | None = None


class PvpTalentSlot(Shape, frozen=True, gc=False):
    selected: Tooltip | None = None


class Glyph(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None
    name: LocalizedName = None
    glyph: Named | None = None


class Spec(Shape, frozen=True, gc=False):
    """A specialization in any of the four forms; see `specializations.py`."""

    specialization: Kind | None = None
    specialization_name: LocalizedName = None
    spent_points: WholeNumber | None = None
    talents: list[Tooltip | None] | None = None
    loadouts: list[Loadout | None] | None = None
    pvp_talent_slots: list[PvpTalentSlot | None] | None = None
    glyphs: list[Glyph | None] | None = None


class SpecGroup(Shape, frozen=True, gc=False):
    is_active: bool | None = None
    specializations: list[Spec | None] | None = None
    glyphs: list[Glyph | None] | None = None


class SpecSummary(Shape, frozen=True, gc=False):
    character: Named | None = None
    specializations: list[Spec | None] | None = None
    specialization_groups: list[SpecGroup | None] | None = None
    active_specialization: Kind | None = None
    active_hero_talent_tree: Named | None = None


class ProtectedStats(Shape, frozen=True, gc=False):
    total_number_deaths: WholeNumber | None = None


class Protected(Shape, frozen=True, gc=False):
    id: WholeNumber | None = None
    money: WholeNumber | None = None
    protected_stats: ProtectedStats | None = None
    wow_account: WholeNumber | None = None


class OAuthToken(Shape, frozen=True, gc=False):
    access_token: Secret | None = None
    expires_in: WholeNumber | None = None  # seconds
    scope: str | list[str] | None = None


class UserInfo(Shape, frozen=True, gc=False):
    sub: str | None = None
    id: WholeNumber | None = None
    battletag: str | None = None


S = TypeVar("S", bound=Shape)
Decode = Callable[[Any], Any]


class ShapeReader(Generic[S]):
    """Reads one kind of answer: fast when it is as expected, part by part when some part is not."""

    def __init__(self, shape: type[S]) -> None:
        self._exact = msgspec.json.Decoder(shape, dec_hook=_secret)
        self._part_by_part = _object_reader(shape)

    def read(self, body: bytes) -> S:
        """Return the answer with every unreadable part as None; in a list the place of an unreadable part stays.

        A list that came as something else is a list of one unreadable part. A whole number may come as a float.
        Depth needs no limit of its own: the body is capped in bytes, parts we do not name are skipped, and
        msgspec stops at Python's recursion limit, far from the end of the stack.

        Raises:
            BattleNetUnavailable: the answer was cut off on the way.
            BattleNetAnswerUnreadable: it is no JSON object.
        """
        try:
            return self._exact.decode(body)
        except msgspec.ValidationError:
            pass
        except (ValueError, RecursionError):
            body = _repaired(body)
        try:
            return self._part_by_part(_ANYTHING.decode(body))  # type: ignore[no-any-return] # Decode is untyped
        except (ValueError, RecursionError) as error:
            raise (BattleNetUnavailable if _is_cut_off(body, error) else BattleNetAnswerUnreadable) from error


_ANYTHING: Final = msgspec.json.Decoder()

_ESCAPES: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<alone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def _is_cut_off(body: bytes, error: Exception) -> bool:
    """Whether the body ended early; msgspec has one class for all faults of syntax, and a cut number is malformed."""
    is_syntax = isinstance(error, msgspec.DecodeError) and not isinstance(error, msgspec.ValidationError)
    return is_syntax and ("truncated" in str(error) or not body.rstrip().endswith(b"}"))


def _repaired(body: bytes) -> bytes:
    r"""Return the body with what no database takes made U+FFFD: half a surrogate pair, bytes that are not UTF-8.

    One poisoned name must not lose the answer around it. Escapes are matched whole, so `\\ud800` stays text.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").encode()
    return _ESCAPES.sub(lambda escape: rb"\ufffd" if escape["alone"] else escape[0], text)


def _object_reader(shape: type[Shape]) -> Decode:
    kinds = get_type_hints(shape, include_extras=True)
    fields = [(field.name, field.encode_name, _reader(kinds[field.name])) for field in msgspec.structs.fields(shape)]

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise msgspec.ValidationError(f"Expected an object, got {type(value).__name__}")
        return shape(**{name: decode(value[key]) for name, key, decode in fields if key in value})

    return read


def _reader(kind: Any) -> Decode:
    """Return what reads a value of `kind` leniently: None where the exact decoder would raise."""
    options = [option for option in get_args(kind) if option is not type(None)] if _is_union(kind) else [kind]
    if len(options) == 1 and get_origin(options[0]) is list:
        return _list_reader(get_args(options[0])[0])
    if len(options) == 1 and isinstance(options[0], type) and issubclass(options[0], Shape):
        return _or_none(_object_reader(options[0]))
    return _or_none(lambda value: _scalar(value, kind))


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _list_reader(kind: Any) -> Decode:
    read_part = _reader(kind)

    def read(value: Any) -> Any:
        if value is None:
            return None
        return [read_part(part) for part in value] if isinstance(value, list) else [None]

    return read


def _scalar(value: Any, kind: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return msgspec.convert(value, kind, dec_hook=_secret)


def _secret(kind: type[Any], value: Any) -> Any:
    """Read what msgspec does not know: the one type of ours among the shapes, so that no shape shows a token."""
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise msgspec.ValidationError("Expected text")


def _or_none(decode: Decode) -> Decode:
    def read(value: Any) -> Any:
        try:
            return decode(value)
        except msgspec.ValidationError:
            return None

    return read
