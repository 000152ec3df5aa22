"""Links and references as Battle.net writes them: hrefs of the real hosts, with the resolved namespace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from battle_net_sandbox.characters import Character
from battle_net_sandbox.locales import Localised, Tree
from battle_net_sandbox.realms import STATIC_BUILDS, Family, Namespace, Realm, Region


@dataclass(frozen=True, slots=True)
class Links:
    """Writes the hrefs of one region and namespace family."""

    region: Region
    family: Family

    def profile(self, path: str) -> dict[str, Tree]:
        """A link into the profile API; `path` without its leading slash."""
        return {"href": f"{self._host}/{quote(path)}?namespace={Namespace('profile', self.family, self.region)}"}

    def dynamic(self, path: str) -> dict[str, Tree]:
        """A link to a realm and the like."""
        return {"href": f"{self._host}/{path}?namespace={Namespace('dynamic', self.family, self.region)}"}

    def static(self, path: str) -> dict[str, Tree]:
        """A link to game data, which carries the game's build."""
        return {"href": f"{self._host}/{path}?namespace={_static_namespace(self.region, self.family)}"}

    def reference(self, path: str, number: int, name: Tree) -> dict[str, Tree]:
        """`{key, name, id}`: game data mentioned in passing."""
        return {"key": self.static(f"{path}/{number}"), "name": name, "id": number}

    def realm(self, realm: Realm) -> dict[str, Tree]:
        return {
            "key": self.dynamic(f"data/wow/realm/{realm.id}"),
            "name": realm.name,
            "id": realm.id,
            "slug": realm.slug,
        }

    def character(self, character: Character) -> dict[str, Tree]:
        """A character mentioned in one of its own answers."""
        return {
            "key": self.profile(character_path(character)),
            "name": character.name,
            "id": character.battle_net_id,
            "realm": self.realm(character.realm),
        }

    @property
    def _host(self) -> str:
        return f"https://{self.region}.api.blizzard.com"


@cache
def _static_namespace(region: Region, family: Family) -> str:
    return "-".join(part for part in ("static", STATIC_BUILDS[family], family, region) if part)


def character_path(character: Character) -> str:
    """`profile/wow/character/{realm}/{name}`, not yet percent-encoded."""
    return f"profile/wow/character/{character.realm.slug}/{character.name.lower()}"


def typed(code: str, name: Localised | str) -> dict[str, Tree]:
    """`{type, name}`: one of the game's enumerations."""
    return {"type": code, "name": Localised(name) if isinstance(name, str) else name}
