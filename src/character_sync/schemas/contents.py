"""The JSON of what facets hold: gear, talents, and what only the player sees."""

from character_sync.schemas.base import Answer


class Named(Answer):
    id: int | None
    name: str | None


class EnchantmentAnswer(Answer):
    id: int | None
    text: str | None


class GemAnswer(Answer):
    item_id: int | None
    name: str | None


class EquippedItemAnswer(Answer):
    slot: str
    item_id: int
    name: str | None
    quality: str | None
    item_level: int | None
    enchantments: list[EnchantmentAnswer]
    gems: list[GemAnswer]
    empty_sockets: int
    set_id: int | None


class EquipmentAnswer(Answer):
    """Worn items in Battle.net's slot order; an empty slot is not listed."""

    items: list[EquippedItemAnswer]
    item_level: int | None


class TalentAnswer(Answer):
    id: int | None
    name: str | None
    rank: int | None


class SpecializationAnswer(Answer):
    group: int
    is_active: bool
    id: int | None
    name: str | None
    spent_points: int | None
    loadout_code: str | None
    hero_tree: str | None
    talents: list[TalentAnswer]
    pvp_talents: list[Named]
    glyphs: list[Named]


class SpecializationsAnswer(Answer):
    active: Named | None
    specs: list[SpecializationAnswer]


class ProtectedAnswer(Answer):
    """Money in copper."""

    money: int | None
    deaths: int | None
