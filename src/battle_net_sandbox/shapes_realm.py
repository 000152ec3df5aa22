"""The realm table as `/data/wow/realm` shows it.

Source: captured retail realms and indexes; categories of classic realms as the tools of 2025-26 read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from battle_net_sandbox.links import Links, typed
from battle_net_sandbox.locales import Localised, Tree
from battle_net_sandbox.realms import Family, Realm, Region

_REGIONS: Final = {
    "us": (1, "North America", "America/Los_Angeles", "enUS"),
    "kr": (2, "Korea", "Asia/Seoul", "koKR"),
    "eu": (3, "Europe", "Europe/Paris", "enGB"),
    "tw": (4, "Taiwan", "Asia/Taipei", "zhTW"),
}
_KINDS: Final = {"NORMAL": "Normal", "PVP": "PvP", "RP": "Roleplaying"}
_SPOKEN: Final = {"confrérie-du-thorium": "frFR", "la-croisade-écarlate": "frFR", "festung-der-stürme": "deDE",
                  "pozzo-delleternità": "itIT", "gordunni": "ruRU", "howling-fjord": "ruRU"}  # fmt: skip


def realm_index(realms: Iterable[Realm], region: Region, family: Family) -> Tree:
    """Every realm of a namespace."""
    links = Links(region, family)
    return {
        "_links": {"self": links.dynamic("data/wow/realm/")},
        "realms": [links.realm(realm) for realm in realms],
    }


def realm(found: Realm, asked: str) -> Tree:
    """One realm, under the id or slug that was asked for."""
    links = Links(found.region, found.family)
    number, name, timezone, locale = _REGIONS[found.region]
    return {
        "_links": {"self": links.dynamic(f"data/wow/realm/{asked}")},
        "id": found.id,
        "region": {"key": links.dynamic(f"data/wow/region/{number}"), "name": Localised(name), "id": number},
        "connected_realm": links.dynamic(f"data/wow/connected-realm/{found.id}"),
        "name": found.name,
        "category": Localised(found.category),
        "locale": _SPOKEN.get(found.slug, locale),
        "timezone": timezone,
        "type": typed(found.kind, _KINDS[found.kind]),
        "is_tournament": False,
        "slug": found.slug,
    }
