"""Reads the table of game versions: the shipped file, changed by the operator's own."""

import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from character_sync.domain.errors import NotReady
from character_sync.domain.game import CharacterTemplate, Facet, GameVersion, GameVersions

T = TypeVar("T")

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
    return GameVersion(
        id=version_id,
        name=_read(row, "name", _text, version_id, source),
        template=_read(row, "template", lambda value: CharacterTemplate(_text(value)), version_id, source),
        namespace_family=_read(row, "namespace_family", _text, version_id, source),
        facets=_read(row, "facets", _list_of(lambda value: Facet(_text(value))), version_id, source) + extra,
        realm_slugs=frozenset(_read({"realm_slugs": [], **row}, "realm_slugs", _list_of(_text), version_id, source)),
        realm_ids=frozenset(_read({"realm_ids": [], **row}, "realm_ids", _list_of(_number), version_id, source)),
        has_achievements=_read({"achievements": False, **row}, "achievements", _yes_or_no, version_id, source),
    )


def _read(row: dict[str, Any], key: str, read: Callable[[object], T], version_id: str, source: str) -> T:
    if key not in row:
        raise NotReady(f"{source}: [{version_id}] has no {key}.")
    try:
        return read(row[key])
    except (ValueError, TypeError) as error:
        raise NotReady(f"{source}: [{version_id}] {key} is not usable: {error}.") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _list_of(read: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    def read_list(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise TypeError(f"{value!r} is not a list")
        return tuple(read(part) for part in value)

    return read_list
