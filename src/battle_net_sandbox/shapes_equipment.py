"""The world as a character's equipment shows it."""

from __future__ import annotations

from battle_net_sandbox.characters import Character
from battle_net_sandbox.links import Links, character_path
from battle_net_sandbox.locales import Tree


def equipment(character: Character) -> Tree:
    """What the character wears."""
    links = Links(character.realm.region, character.realm.family)
    return {
        "_links": {"self": links.profile(f"{character_path(character)}/equipment")},
        "character": links.character(character),
        "equipped_items": [],
    }
