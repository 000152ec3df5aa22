"""The realms of the made-up world and the namespaces they live in.

A slug alone names no realm: `firemaw` is one realm in `classic1x` and another in `classic`. `old-blanchy` is in every
namespace, and twice in `classic1x`: once as a Classic Era realm and once as a seasonal one, so that every built-in
account has a realm of that slug in every game version. Its ids are the same in every region: 5900 retail, 5902
progression, 5903 Anniversary, 5904 Classic Era, 5905 seasonal; all other ids are distinct.

Source: slugs and namespaces from the realm indexes of 2025-26; retail ids of the captured realms are real, the others
are made up and distinct.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, get_args

from battle_net_sandbox.locales import Localised

Region = Literal["us", "eu", "kr", "tw"]
REGIONS: Final[tuple[Region, ...]] = get_args(Region)

Family = Literal["", "classic", "classic1x", "classicann"]
"""What a namespace has between its kind and its region; nothing for retail."""
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)

Kind = Literal["profile", "dynamic", "static"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

GameVersion = Literal["retail", "classic_era", "classic_sod", "classic_anniversary", "classic_progression"]
GAME_VERSIONS: Final[tuple[GameVersion, ...]] = get_args(GameVersion)

FAMILY_OF: Final[dict[GameVersion, Family]] = {
    "retail": "",
    "classic_progression": "classic",
    "classic_era": "classic1x",
    "classic_sod": "classic1x",
    "classic_anniversary": "classicann",
}

STATIC_BUILDS: Final[dict[Family, str]] = {
    "": "12.0.1_64914",
    "classic": "5.5.3_64857",
    "classic1x": "1.15.8_63829",
    "classicann": "2.5.5_64796",
}

SEASONAL: Final = "Seasonal"
HARDCORE: Final = "Hardcore"
ERA: Final = "Classic Era"


@dataclass(frozen=True, slots=True)
class Namespace:
    """`profile-classic1x-eu`, read."""

    kind: Kind
    family: Family
    region: Region

    def __str__(self) -> str:
        return "-".join(part for part in (self.kind, self.family, self.region) if part)


@dataclass(frozen=True, slots=True)
class Realm:
    """One realm of one region and namespace family."""

    id: int
    slug: str
    name: Localised
    region: Region
    family: Family
    category: str
    kind: str
    """NORMAL, PVP, RP: what `type.type` says."""

    @property
    def game_version(self) -> GameVersion:
        """The version played here: in `classic1x` the category tells, elsewhere the namespace."""
        if self.category == SEASONAL:
            return "classic_sod"
        return next(version for version in GAME_VERSIONS if FAMILY_OF[version] == self.family)


_NAMESPACE = re.compile(
    r"(?P<kind>profile|dynamic|static)(?:-[0-9][0-9._]*)?(?:-(?P<family>classic|classic1x|classicann))?-(?P<region>us|eu|kr|tw)",
)


def read_namespace(text: str) -> Namespace | None:
    """The namespace a client asked for; nothing if Battle.net knows none of that name."""
    found = _NAMESPACE.fullmatch(text.strip().lower())
    if found is None:
        return None
    kind = next(known for known in KINDS if known == found["kind"])
    family = next(known for known in FAMILIES if known == (found["family"] or ""))
    region = next(known for known in REGIONS if known == found["region"])
    return Namespace(kind, family, region)


# One row per realm: `id slug|English name|kind|language=name`.
_RETAIL: Final[dict[Region, tuple[str, tuple[str, ...]]]] = {
    "us": (
        "United States",
        (
            "5900 old-blanchy|Old Blanchy|NORMAL",
            "1 lightbringer|Lightbringer|NORMAL|de=Lichtbringer|ko=빛의수호자",
            "11 tichondrius|Tichondrius|NORMAL",
            "57 illidan|Illidan|NORMAL",
            "60 stormrage|Stormrage|NORMAL|de=Sturmgrimm",
            "3676 area-52|Area 52|NORMAL",
            "3726 khazgoroth|Khaz'goroth|NORMAL",
            "1129 azralon|Azralon|NORMAL",
        ),
    ),
    "eu": (
        "English",
        (
            "5900 old-blanchy|Old Blanchy|NORMAL",
            "549 silvermoon|Silvermoon|NORMAL|de=Silbermond|fr=Lune-d'argent",
            "550 stormrage|Stormrage|NORMAL",
            "1305 kazzak|Kazzak|NORMAL",
            "1403 draenor|Draenor|NORMAL",
            "3391 outland|Outland|NORMAL",
            "1084 confrérie-du-thorium|Confrérie du Thorium|RP|ru=Братство Тория",
            "1086 la-croisade-écarlate|La Croisade écarlate|RP|de=Der Scharlachrote Kreuzzug",
            "1122 festung-der-stürme|Festung der Stürme|NORMAL",
            "2074 pozzo-delleternità|Pozzo dell'Eternità|NORMAL",
            "1602 gordunni|Gordunni|NORMAL|ru=Гордунни",
            "1615 howling-fjord|Howling Fjord|NORMAL|ru=Ревущий фьорд",
        ),
    ),
    "kr": (
        "Korean",
        ("5900 old-blanchy|Old Blanchy|NORMAL", "205 azshara|Azshara|NORMAL|ko=아즈샤라", "214 hyjal|Hyjal|NORMAL|ko=하이잘"),
    ),
    "tw": (
        "Traditional Chinese",
        ("5900 old-blanchy|Old Blanchy|NORMAL", "963 shadowmoon|Shadowmoon|NORMAL|zh=暗影之月", "966 wrathbringer|Wrathbringer|NORMAL|zh=憤怒使者"),
    ),
}  # fmt: skip

_PROGRESSION: Final[dict[Region, tuple[str, ...]]] = {
    "us": ("5902 old-blanchy|Old Blanchy|PVP", "4725 whitemane|Whitemane|PVP", "4372 atiesh|Atiesh|NORMAL", "6361 raden|Ra-den|NORMAL"),
    "eu": ("5902 old-blanchy|Old Blanchy|PVP", "4742 firemaw|Firemaw|PVP", "4476 gehennas|Gehennas|PVP", "4440 everlook|Everlook|NORMAL"),
    "kr": ("5902 old-blanchy|Old Blanchy|PVP", "4417 shimmering-flats|Shimmering Flats|NORMAL|ko=소금 평원"),
    "tw": ("5902 old-blanchy|Old Blanchy|PVP", "4485 ivus|Ivus|NORMAL|zh=伊弗斯"),
}  # fmt: skip

_ANNIVERSARY: Final[dict[Region, tuple[str, ...]]] = {
    "us": ("5903 old-blanchy|Old Blanchy|PVP", "6103 dreamscythe|Dreamscythe|NORMAL", "6104 nightslayer|Nightslayer|PVP", "6110 maladath|Maladath|NORMAL"),
    "eu": ("5903 old-blanchy|Old Blanchy|PVP", "6112 thunderstrike|Thunderstrike|NORMAL", "6113 spineshatter|Spineshatter|PVP"),
    "kr": ("5903 old-blanchy|Old Blanchy|PVP",),
    "tw": ("5903 old-blanchy|Old Blanchy|PVP",),
}  # fmt: skip

_CLASSIC1X: Final[dict[Region, dict[str, tuple[str, ...]]]] = {
    "us": {
        ERA: ("5904 old-blanchy|Old Blanchy|PVP", "4395 whitemane|Whitemane|PVP", "4408 faerlina|Faerlina|PVP", "4384 mankrik|Mankrik|NORMAL"),
        HARDCORE: ("5139 skull-rock|Skull Rock|NORMAL", "5140 defias-pillager|Defias Pillager|NORMAL"),
        SEASONAL: (
            "5905 old-blanchy|Old Blanchy|PVP", "5814 crusader-strike|Crusader Strike|PVP", "5813 wild-growth|Wild Growth|NORMAL",
            "5815 lava-lash|Lava Lash|PVP", "5816 chaos-bolt|Chaos Bolt|PVP", "5818 lone-wolf|Lone Wolf|PVP",
            "5819 living-flame|Living Flame|PVP", "5820 penance-au|Penance|NORMAL", "5821 shadowstrike-au|Shadowstrike|PVP",
        ),
    },
    "eu": {
        ERA: ("5904 old-blanchy|Old Blanchy|PVP", "4456 firemaw|Firemaw|PVP", "4467 nethergarde-keep|Nethergarde Keep|NORMAL", "4452 chromie|Chromie|NORMAL|ru=Хроми"),
        HARDCORE: ("5220 stitches|Stitches|NORMAL|de=Flickwerk", "5221 nekrosh|Nek'Rosh|NORMAL"),
        SEASONAL: (
            "5905 old-blanchy|Old Blanchy|PVP", "5827 wild-growth|Wild Growth|NORMAL", "5826 lone-wolf|Lone Wolf|PVP",
            "5828 living-flame|Living Flame|PVP", "5825 crusader-strike|Crusader Strike|PVP", "5829 chaos-bolt|Chaos Bolt|PVP",
        ),
    },
    "kr": {ERA: ("5904 old-blanchy|Old Blanchy|PVP", "4421 hillsbrad|Hillsbrad|PVP|ko=힐스브래드"), SEASONAL: ("5905 old-blanchy|Old Blanchy|PVP",)},
    "tw": {ERA: ("5904 old-blanchy|Old Blanchy|PVP", "4487 golemagg|Golemagg|PVP|zh=古雷曼格"), SEASONAL: ("5905 old-blanchy|Old Blanchy|PVP",)},
}  # fmt: skip


class Realms:
    """The realm table: every realm by id and by slug."""

    def __init__(self, realms: Iterable[Realm]) -> None:
        self._all = tuple(realms)
        self._by_id = {(realm.region, realm.family, realm.id): realm for realm in self._all}
        self._by_slug = {(realm.region, realm.family, realm.slug): realm for realm in self._all}

    def __iter__(self) -> Iterator[Realm]:
        return iter(self._all)

    def of(self, region: Region, family: Family) -> list[Realm]:
        """A namespace's realms, by id."""
        mine = (realm for realm in self._all if (realm.region, realm.family) == (region, family))
        return sorted(mine, key=lambda realm: realm.id)

    def of_version(self, region: Region, version: GameVersion) -> list[Realm]:
        """A game version's realms, by id, Hardcore ones left out."""
        family = FAMILY_OF[version]
        return [
            realm for realm in self.of(region, family) if realm.game_version == version and realm.category != HARDCORE
        ]

    def find(self, region: Region, family: Family, id_or_slug: str | int) -> Realm | None:
        """A realm by its id or slug; where two share a slug, the later one."""
        if isinstance(id_or_slug, int) or id_or_slug.isdecimal():
            return self._by_id.get((region, family, int(id_or_slug)))
        return self._by_slug.get((region, family, id_or_slug))

    def of_version_and_slug(self, region: Region, version: GameVersion, slug: str) -> Realm | None:
        """The realm a version has under a slug."""
        family = FAMILY_OF[version]
        mine = (realm for realm in self.of(region, family) if realm.slug == slug)
        return next((realm for realm in mine if realm.game_version == version), None)


def _realm(row: str, region: Region, family: Family, category: str) -> Realm:
    head, name, kind, *others = row.split("|")
    realm_id, slug = head.split(" ", 1)
    translations = tuple((language, text) for language, _, text in (other.partition("=") for other in others))
    return Realm(int(realm_id), slug, Localised(name, translations), region, family, category, kind)


@cache
def shipped_realms() -> Realms:
    """The realms of the made-up world."""
    realms: list[Realm] = []
    for region in REGIONS:
        category, rows = _RETAIL[region]
        realms += [_realm(row, region, "", category) for row in rows]
        realms += [_realm(row, region, "classic", "Classic") for row in _PROGRESSION[region]]
        realms += [_realm(row, region, "classicann", "Anniversary") for row in _ANNIVERSARY[region]]
        for name, group in _CLASSIC1X[region].items():
            realms += [_realm(row, region, "classic1x", name) for row in group]
    return Realms(realms)
