"""What an API request asks for, read from its address and headers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from battle_net_sandbox.locales import choose_locale
from battle_net_sandbox.realms import REGIONS, Region

PREFIX: Final = "/api/"
CHARACTER: Final = "/profile/wow/character/{realm}/{name}"
ACCOUNT: Final = "/profile/user/wow"
PROTECTED: Final = "/profile/user/wow/protected-character/{realmId}-{characterId}"
REALM_INDEX: Final = "/data/wow/realm/index"
REALM: Final = "/data/wow/realm/{idOrSlug}"
UNKNOWN: Final = "{unknown}"
"""The template of every path that is none of Battle.net's."""

_ENDPOINTS: Final = frozenset(
    [
        "status",
        "character-media",
        "equipment",
        "specializations",
        "statistics",
        "achievements",
        "achievements/statistics",
        "appearance",
        "titles",
        "pvp-summary",
        "hunter-pets",
        "professions",
        "reputations",
        "quests",
        "quests/completed",
        "encounters",
        "encounters/dungeons",
        "encounters/raids",
        "collections",
        "collections/mounts",
        "collections/pets",
        "mythic-keystone-profile",
        "soulbinds",
    ]
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the API: where, what, in which namespace and language."""

    region: Region | None
    """Nothing for a region Battle.net has not."""
    path: str
    """Decoded, without the region: `/profile/wow/character/...`."""
    parts: tuple[str, ...]
    template: str
    namespace: str | None
    """As the client wrote it."""
    locale: str


def template_of(parts: tuple[str, ...]) -> str:
    """A path with its variable parts named, so that calls can be counted and matched by kind."""
    match parts:
        case ("profile", "wow", "character", _, _):
            return CHARACTER
        case ("profile", "wow", "character", _, _, *rest):
            endpoint = "/".join(rest)
            if endpoint.startswith("pvp-bracket/"):
                return f"{CHARACTER}/pvp-bracket/{{bracket}}"
            return f"{CHARACTER}/{endpoint}" if endpoint in _ENDPOINTS else UNKNOWN
        case ("profile", "user", "wow"):
            return ACCOUNT
        case ("profile", "user", "wow", "protected-character", _):
            return PROTECTED
        case ("profile", "user", "wow", "collections"):
            return f"{ACCOUNT}/collections"
        case ("data", "wow", "realm", "index"):
            return REALM_INDEX
        case ("data", "wow", "realm", _):
            return REALM
        case _:
            return UNKNOWN


def read_call(raw_path: str, namespace: str | None, asked_namespace: str | None, locale: str | None) -> Call:
    """Read a request's path (percent-encoded, from `/api/` on) and its namespace from header or query."""
    region_text, _, rest = raw_path.removeprefix(PREFIX).partition("/")
    parts = tuple(unquote(part) for part in rest.split("/") if part)
    region = next((known for known in REGIONS if known == region_text), None)
    return Call(
        region=region,
        path="/" + "/".join(parts),
        parts=parts,
        template=template_of(parts),
        namespace=namespace or asked_namespace,
        locale=choose_locale(region or "us", locale),
    )
