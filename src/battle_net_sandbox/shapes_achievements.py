"""The world as `achievements` shows it: some of a character's own, some of its whole account, some in between.

The keys are those of Battle.net's documentation and of the profile's captures; no achievements were captured. Which are
shared, and since when, is made up honestly: what one sees of alts must never suffice to tell them apart by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from battle_net_sandbox.chance import between
from battle_net_sandbox.characters import Character
from battle_net_sandbox.clock import WORLD_START
from battle_net_sandbox.links import Links, character_path
from battle_net_sandbox.locales import Localised, Tree

HAVE_ACHIEVEMENTS: Final = frozenset({"", "classic"})
"""The namespace families that have them: Retail and progression; elsewhere the path answers 404."""

OWN: Final = {6: ("Level 10", 10), 7: ("Level 20", 20), 8: ("Level 30", 30), 9: ("Level 40", 40), 10: ("Level 50", 50)}
"""Each character's own, and the level at which it is completed."""
HANDED_ON: Final = {11: ("Level 60", 60), 131: ("Journeyman in First Aid", 25), 973: ("5 Daily Quests Complete", 40)}
"""A character's own if it was completed before SHARED_SINCE; afterwards a character shows the account's first time."""
SHARED: Final = {19470: "Shared by the account", 61211: "Shared as well"}
"""The same time on every character of the account."""

SHARED_SINCE: Final = int(datetime(2025, 7, 1, tzinfo=UTC).timestamp())
_FIRST: Final = int(datetime(2009, 1, 1, tzinfo=UTC).timestamp())
_MONTH: Final = 30 * 86_400
_LEVEL: Final = 3_600  # seconds to a level of a character made while the world runs


def achievements(character: Character, account_id: str, ever: Iterable[Character]) -> Tree:
    """What a character has achieved; `ever` is every character its account has or had."""
    links = Links(character.realm.region, character.realm.family)
    first = list(ever)
    times: dict[int, tuple[str, int]] = {}
    for number, (name, level) in OWN.items():
        if character.level >= level:
            times[number] = (name, _completed(character, number, level))
    for number, (name, level) in HANDED_ON.items():
        moments = [_completed(each, number, level) for each in first if each.level >= level]
        if moments and character.level >= level:
            own = _completed(character, number, level)
            times[number] = (name, own if own < SHARED_SINCE else min(moments))
        elif moments:  # a young one has what an older one of its account has
            times[number] = (name, min(moments))
    for number, name in SHARED.items():
        times[number] = (name, between(_FIRST, WORLD_START - _MONTH, "shared", account_id, number))
    return {
        "_links": {"self": links.profile(f"{character_path(character)}/achievements")},
        "total_quantity": len(times),
        "total_points": 10 * len(times),
        "achievements": [
            {
                "id": number,
                "achievement": links.reference("data/wow/achievement", number, Localised(name)),
                "criteria": {"id": 10_000 + number, "is_completed": True},
                "completed_timestamp": moment * 1_000,
            }
            for number, (name, moment) in sorted(times.items())
        ],
        "category_progress": [],
        "recent_events": [],
        "character": links.character(character),
    }


def _completed(character: Character, number: int, level: int) -> int:
    """When the character itself did it: it keeps that through every change of name, realm, side and id."""
    if character.born:
        return character.born + level * _LEVEL + number
    what = (character.realm.region, character.realm.family, character.origin)
    began = between(_FIRST, WORLD_START - 3 * _MONTH, "began", *what)
    return began + (WORLD_START - _MONTH - began) * level // 100 + number
