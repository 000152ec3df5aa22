"""Battle.net's answers, read: status and bytes in, the domain's types or errors out. No I/O.

Source: tests/samples/battle_net; a status' meaning is told where it is decided.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, NamedTuple

from character_sync.adapters.battle_net import json_shapes as shapes
from character_sync.adapters.battle_net.equipment import equipped_items
from character_sync.adapters.battle_net.game_names import CLASS_NAMES, RACE_NAMES
from character_sync.adapters.battle_net.pictures import BATTLE_NETS_OWN, Pictures
from character_sync.adapters.battle_net.specializations import named_id, specializations_of
from character_sync.adapters.battle_net.text import clean, http_date, localized, moment
from character_sync.domain.character import (
    CharacterMedia,
    CharacterProfile,
    Equipment,
    FacetContent,
    ListedCharacter,
    NamedId,
    ProtectedCharacter,
    Specializations,
)
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetError,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    PlayerMustAct,
)
from character_sync.domain.fingerprint import KEPT, Achievements
from character_sync.domain.game import Facet, Realm

LONGEST_WAIT: Final = timedelta(minutes=15)  # a longer Retry-After is a mistake of theirs and would outlive any sync
MOST_LISTED: Final = 5_000  # characters; a Battle.net account holds at most 8 licences of some 60 to 70 characters
LONGEST_WORD: Final = 32  # characters of an enumerated value, as long as its column; `ALLIANCE` has eight
MOST_ASSETS: Final = 32  # pictures of one character; Battle.net has four

_BATTLE_NETS_PICTURES: Final = Pictures(BATTLE_NETS_OWN)

_ACCOUNT = shapes.ShapeReader(shapes.AccountSummary)
_PROFILE = shapes.ShapeReader(shapes.Profile)
_STATUS = shapes.ShapeReader(shapes.Status)
_ACHIEVEMENTS = shapes.ShapeReader(shapes.AchievementSummary)
_MEDIA = shapes.ShapeReader(shapes.Media)
_WORN = shapes.ShapeReader(shapes.Worn)
_SPECS = shapes.ShapeReader(shapes.SpecSummary)
_PROTECTED = shapes.ShapeReader(shapes.Protected)


class Verdict(Enum):
    """What an answer is, where that does not depend on what was asked for, and which refusal, where it does."""

    OK = auto()
    NOT_MODIFIED = auto()
    UNAUTHORIZED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()


_REFUSALS: Final[Mapping[int, Verdict]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: Verdict.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN: Verdict.FORBIDDEN,
        HTTPStatus.NOT_FOUND: Verdict.NOT_FOUND,
        HTTPStatus.GONE: Verdict.NOT_FOUND,
    }
)


class AccountListing(NamedTuple):
    """The account's characters, how many entries could not be read, and whether some past the cap were left out."""

    characters: tuple[ListedCharacter, ...]
    unreadable: int
    is_cut: bool


def judge(status: int, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Verdict:
    """Return what an answer of Battle.net's API is.

    Args:
        headers: Looked up in lower case.
        now: For a Retry-After that is a date.

    Raises:
        BattleNetRateLimited: 429; `retry_after` is theirs, between 0 and 15 minutes, or None when it says nothing.
        BattleNetUnavailable: 408, 5xx, a redirect (never followed: a token would go along), an empty success, and
            a page instead of JSON whatever its status, for it does not come from the API but from what is before it.
        BattleNetAnswerUnreadable: any other status: we asked in a way they do not know (any more).
    """
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise BattleNetRateLimited(_retry_after(headers.get("retry-after"), now))
    if status == HTTPStatus.NOT_MODIFIED:
        return Verdict.NOT_MODIFIED
    if _is_outage(status) or _is_page(headers.get("content-type", ""), body):
        raise BattleNetUnavailable
    if status in _REFUSALS:
        return _REFUSALS[status]
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise BattleNetAnswerUnreadable
    if not body.strip():
        raise BattleNetUnavailable
    return Verdict.OK


def listing_refusal(verdict: Verdict, headers: Mapping[str, str], body: bytes) -> PlayerMustAct | BattleNetError:
    """Return the error for an account listing that was not given. A 404 is none: that player has no characters there.

    A 403 can mean a token without the scope `wow.profile`, or a whole namespace that refuses everyone for weeks
    (seen with classic1x in 2026). Only an OAuth error that names the scope proves the first; asking every player to
    sign in again for the second would help nobody, so without that proof it is Battle.net being unavailable.
    """
    lacks_scope = b"insufficient_scope" in body or "insufficient_scope" in headers.get("www-authenticate", "")
    if verdict is Verdict.UNAUTHORIZED or (verdict is Verdict.FORBIDDEN and lacks_scope):
        return BattleNetTokenInvalid()
    return BattleNetUnavailable()


def facet_refusal(verdict: Verdict) -> PlayerMustAct | BattleNetError:
    """Return the error for a facet that was not given.

    A 401 is about the player's token: our own is renewed, and judged, in `client.py`. A 403 on one character is one
    endpoint refusing it (media for weeks in 2024, appearance in classic1x always): hidden, and not asked again at once.
    """
    match verdict:
        case Verdict.UNAUTHORIZED:
            return BattleNetTokenInvalid()
        case Verdict.FORBIDDEN:
            return BattleNetCharacterHidden(found=True)
        case Verdict.NOT_FOUND:
            return BattleNetCharacterHidden(found=False)
        case _:
            return BattleNetUnavailable()  # a 304 to a question that had no date


def account_summary(body: bytes) -> AccountListing:
    """Return every character of every WoW account, in Battle.net's order; empty for an account without WoW.

    A character named twice in one realm is one. An entry without id, name or realm is counted as unreadable; one
    without a level keeps level 0, for leaving it out would archive it.

    Raises:
        BattleNetAnswerUnreadable: there were entries and none could be read, or it is no JSON.
    """
    characters: dict[tuple[int, int], ListedCharacter] = {}
    unreadable = 0
    for account in _ACCOUNT.read(body).wow_accounts or ():
        if account is None:
            unreadable += 1
            continue
        for entry in account.characters or ():
            character = _listed(entry, account.id or 0) if entry else None
            if character is None:
                unreadable += 1
            elif len(characters) < MOST_LISTED:
                characters.setdefault((character.realm.id, character.battle_net_id), character)
            elif (character.realm.id, character.battle_net_id) not in characters:
                return AccountListing(tuple(characters.values()), unreadable, is_cut=True)
    if unreadable and not characters:
        raise BattleNetAnswerUnreadable
    return AccountListing(tuple(characters.values()), unreadable, is_cut=False)


def profile(body: bytes) -> CharacterProfile:
    """Return the profile facet. Raises BattleNetAnswerUnreadable without id, name, realm or level."""
    answer = _PROFILE.read(body)
    name, realm = clean(answer.name), _realm(answer.realm)
    if answer.id is None or name is None or realm is None or answer.level is None:
        raise BattleNetAnswerUnreadable
    levels = (answer.equipped_item_level, answer.average_item_level)
    return CharacterProfile(
        battle_net_id=answer.id,
        name=name,
        realm=realm,
        level=answer.level,
        character_class=_of_game(answer.character_class, CLASS_NAMES),
        race=_of_game(answer.race, RACE_NAMES),
        gender=_type(answer.gender),
        faction=_type(answer.faction),
        guild=localized(answer.guild.name) if answer.guild else None,
        item_level=next((level for level in levels if level is not None), None),
        active_spec=named_id(answer.active_spec),
        title=_title(answer.active_title),
        last_login_at=moment(answer.last_login_timestamp),
    )


def is_valid(body: bytes, battle_net_id: int) -> bool:
    """Whether a status answer is about this character and says that it may be held.

    Another id means that somebody else has the name now. Source: Blizzard's text on the endpoint: delete what you hold
    of a character when it answers 404, another id, or `is_valid` false.

    Raises:
        BattleNetAnswerUnreadable: it says neither.
    """
    answer = _STATUS.read(body)
    if answer.id is None or answer.is_valid is None:
        raise BattleNetAnswerUnreadable
    return answer.is_valid and answer.id == battle_net_id


def achievements(body: bytes, battle_net_id: int) -> Achievements:
    """Return when a character completed the achievements that are kept of it.

    Raises:
        BattleNetAnswerUnreadable: it is not about this character: somebody else has the name now, and their
            achievements would make the two one.
    """
    answer = _ACHIEVEMENTS.read(body)
    if answer.character is None or answer.character.id != battle_net_id or answer.achievements is None:
        raise BattleNetAnswerUnreadable
    return {
        one.id: one.completed_timestamp
        for one in answer.achievements
        if one is not None and one.id in KEPT and one.completed_timestamp is not None
    }


def media(body: bytes, pictures: Pictures = _BATTLE_NETS_PICTURES) -> CharacterMedia:
    """Return the media facet: only addresses of pictures that are kept.

    The old names are told under today's keys, as the files they point to are named.

    Raises:
        BattleNetAnswerUnreadable: neither pictures nor the character they would be of.
    """
    answer = _MEDIA.read(body)
    old = {"avatar": answer.avatar_url, "inset": answer.bust_url, "main": answer.render_url}
    if answer.assets is None and answer.character is None and not any(old.values()):
        raise BattleNetAnswerUnreadable
    named = [(clean(asset.key), pictures.kept(asset.value)) for asset in answer.assets or () if asset]
    found = [*named, *((key, pictures.kept(url)) for key, url in old.items())]
    assets: dict[str, str] = {}
    for key, url in found:
        if key and url and len(assets) < MOST_ASSETS:
            assets.setdefault(key, url)
    return CharacterMedia(assets.get("avatar"), assets)


def equipment(body: bytes) -> Equipment:
    """Return the equipment facet; empty for a naked character.

    Raises:
        BattleNetAnswerUnreadable: no list of items, or items of which none could be read.
    """
    worn = _WORN.read(body)
    items = equipped_items(worn)
    if worn.equipped_items is None or (worn.equipped_items and not items):
        raise BattleNetAnswerUnreadable
    return Equipment(items)


def specializations(body: bytes) -> Specializations:
    """Return the specializations facet; empty for a character that has none yet.

    Raises:
        BattleNetAnswerUnreadable: neither specializations nor the character they would be of.
    """
    answer = _SPECS.read(body)
    told = (answer.specializations, answer.specialization_groups, answer.character, answer.active_specialization)
    if all(part is None for part in told):
        raise BattleNetAnswerUnreadable
    return specializations_of(answer)


def protected(body: bytes) -> ProtectedCharacter:
    """Return the protected facet. Raises BattleNetAnswerUnreadable without the character's id."""
    answer = _PROTECTED.read(body)
    if answer.id is None:
        raise BattleNetAnswerUnreadable
    deaths = answer.protected_stats.total_number_deaths if answer.protected_stats else None
    return ProtectedCharacter(money=answer.money, deaths=deaths, wow_account_id=answer.wow_account)


READERS: Final[Mapping[Facet, Callable[[bytes], FacetContent]]] = MappingProxyType(
    {
        Facet.PROFILE: profile,
        Facet.MEDIA: media,
        Facet.EQUIPMENT: equipment,
        Facet.SPECIALIZATIONS: specializations,
        Facet.PROTECTED: protected,
    }
)


def _retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read seconds or a date. Battle.net's own form is unknown: no recorded 429 was found."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        seconds = int(text[:9])  # more digits say nothing more than "long"
        return min(timedelta(seconds=seconds), LONGEST_WAIT)
    date = http_date(text)
    wait = date - now if date else None
    return min(wait, LONGEST_WAIT) if wait is not None and wait >= timedelta() else None


def _is_outage(status: int) -> bool:
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    is_late = status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY)
    return is_redirect or is_late or not HTTPStatus.OK <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _is_page(content_type: str, body: bytes) -> bool:
    """Whether there is a body and it is no JSON: by its type, or, for want of one, by how it begins."""
    start = body.lstrip()[:1]
    if not start:
        return False
    media_type = content_type.partition(";")[0].strip().lower()
    return start == b"<" or (bool(media_type) and "json" not in media_type)


def _listed(entry: shapes.AccountCharacter, wow_account_id: int) -> ListedCharacter | None:
    name, realm = clean(entry.name), _realm(entry.realm)
    if entry.id is None or name is None or realm is None:
        return None
    return ListedCharacter(
        battle_net_id=entry.id,
        name=name,
        realm=realm,
        level=entry.level or 0,
        character_class=_of_game(entry.playable_class, CLASS_NAMES),
        race=_of_game(entry.playable_race, RACE_NAMES),
        gender=_type(entry.gender),
        faction=_type(entry.faction),
        wow_account_id=wow_account_id,
    )


def _realm(realm: shapes.RealmRef | None) -> Realm | None:
    slug = clean(realm.slug) if realm else None
    if realm is None or realm.id is None or slug is None:
        return None
    return Realm(realm.id, slug, localized(realm.name))


def _of_game(named: shapes.Named | None, names: Mapping[int, str]) -> NamedId:
    if named is None:
        return NamedId(None, None)
    return NamedId(named.id, localized(named.name) or names.get(named.id or 0))


def _type(value: shapes.Typed | None) -> str | None:
    """Return an enumerated value that has a column of its own; None for what is too long to be one."""
    word = clean(value.type) if value else None
    return word if word is None or len(word) <= LONGEST_WORD else None


def _title(title: shapes.Title | None) -> str | None:
    """Return it with retail's placeholder `{name}`; classic writes `%s`."""
    if title is None:
        return None
    text = localized(title.display_string) or localized(title.name)
    return clean(text.replace("%s", "{name}")) if text else None
