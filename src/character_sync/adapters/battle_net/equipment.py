"""Worn items: retail's sockets and classic's enchantment slots become one form."""

from character_sync.adapters.battle_net.json_shapes import Item, ItemEnchantment, ItemSet, Worn
from character_sync.adapters.battle_net.text import clean, localized
from character_sync.domain.character import Enchantment, EquippedItem, Gem

# Classic's `enchantment_slot.id`: 0 permanent, 1 temporary, 2-4 gems, 5 socket bonus, 6 the socket a belt buckle adds.
# Retail uses 0 and 7 (on use). Source: captured equipment of both.
_GEM_SLOTS = frozenset({2, 3, 4})
_SOCKET_BONUS_SLOT = 5


def equipped_items(worn: Worn) -> tuple[EquippedItem, ...]:
    """Return the items that name their slot and themselves, in Battle.net's order; others are left out."""
    set_ids = {item_id: set_id for item_set in worn.equipped_item_sets or () for item_id, set_id in _members(item_set)}
    return tuple(
        equipped
        for item in worn.equipped_items or ()
        if item is not None and (equipped := _equipped(item, set_ids)) is not None
    )


def _equipped(item: Item, set_ids: dict[int, int]) -> EquippedItem | None:
    slot = clean(item.slot.type) if item.slot else None
    item_id = item.item.id if item.item else None
    if slot is None or item_id is None:
        return None
    enchantments = [one for one in item.enchantments or () if one is not None]
    sockets = [socket for socket in item.sockets or () if socket is not None]
    gems = [Gem(socket.item.id, localized(socket.item.name)) for socket in sockets if socket.item]
    if not sockets:  # classic: else the gems would be counted twice
        gems = [
            Gem(one.source_item.id, localized(one.source_item.name))
            for one in enchantments
            if _is_gem(one) and one.source_item
        ]
    own_set = item.set.item_set if item.set else None
    return EquippedItem(
        slot=slot,
        item_id=item_id,
        name=localized(item.name),
        quality=clean(item.quality.type) if item.quality else None,
        item_level=item.level.value if item.level else None,
        enchantments=tuple(_enchantment(one) for one in enchantments if _is_put_on(one)),
        gems=tuple(gems),
        empty_sockets=sum(1 for socket in sockets if socket.item is None and socket.socket_type is not None),
        set_id=own_set.id if own_set and own_set.id is not None else set_ids.get(item_id),
    )


def _slot_id(enchantment: ItemEnchantment) -> int | None:
    return enchantment.enchantment_slot.id if enchantment.enchantment_slot else None


def _is_gem(enchantment: ItemEnchantment) -> bool:
    return _slot_id(enchantment) in _GEM_SLOTS


def _is_put_on(enchantment: ItemEnchantment) -> bool:
    """Whether the player put it on the item: a gem is told as a gem, a socket bonus comes with the item."""
    says_something = enchantment.enchantment_id is not None or enchantment.display_string is not None
    return says_something and not _is_gem(enchantment) and _slot_id(enchantment) != _SOCKET_BONUS_SLOT


def _enchantment(one: ItemEnchantment) -> Enchantment:
    """A belt buckle has no text of its own and takes that of the thing it came from."""
    text = localized(one.display_string) or (localized(one.source_item.name) if one.source_item else None)
    return Enchantment(one.enchantment_id, text)


def _members(item_set: ItemSet | None) -> list[tuple[int, int]]:
    set_id = item_set.item_set.id if item_set and item_set.item_set else None
    if item_set is None or set_id is None:
        return []
    members = [member.item.id for member in item_set.items or () if member and member.item]
    return [(item_id, set_id) for item_id in members if item_id is not None]
