"""Reads the table of game versions: the shipped file, changed by the operator's own."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from character_sync.domain.errors import NotReady
from character_sync.domain.game import CharacterTemplate, Facet, GameVersion, GameVersions

SHIPPED = "game_versions.toml"


def load_game_versions(override: Path | None = None, *, protected_facet: bool = False) -> GameVersions:
    """Return the game versions in file order, with the operator's additions last.

    Raises:
        NotReady: a file cannot be read or a row is not usable; the message names file, version and key.
    """
    table = tomllib.loads(resources.files("character_sync").joinpath(SHIPPED).read_text("utf-8"))
    source = SHIPPED
    if override is not None:
        source = str(override)
        try:
            changes = tomllib.loads(override.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise NotReady(f"The game version file {override} cannot be read: {error}.") from error
        for version_id, row in changes.items():
            if not isinstance(row, dict):
                raise NotReady(f"{source}: [{version_id}] must be a table.")
            table[version_id] = {**table.get(version_id, {}), **row}
    extra = (Facet.PROTECTED,) if protected_facet else ()
    return GameVersions(_version(version_id, row, extra, source) for version_id, row in table.items())


def _version(version_id: str, row: dict[str, Any], extra: tuple[Facet, ...], source: str) -> GameVersion:
    try:
        return GameVersion(
            id=version_id,
            name=str(row["name"]),
            template=CharacterTemplate(row["template"]),
            namespace_family=str(row["namespace_family"]),
            facets=tuple(Facet(facet) for facet in row["facets"]) + extra,
            realm_slugs=frozenset(str(slug) for slug in row.get("realm_slugs", ())),
            realm_ids=frozenset(int(realm_id) for realm_id in row.get("realm_ids", ())),
        )
    except KeyError as error:
        raise NotReady(f"{source}: [{version_id}] has no {error.args[0]}.") from error
    except (ValueError, TypeError) as error:
        raise NotReady(f"{source}: [{version_id}] is not usable: {error}.") from error
