"""Portraits of the made-up characters, drawn from class, race and gender; the same character always looks the same."""

from __future__ import annotations

from typing import Final

from battle_net_sandbox import portrait_shapes as shapes
from battle_net_sandbox.chance import draw, pick
from battle_net_sandbox.characters import Character
from battle_net_sandbox.game_data import CLASSES
from battle_net_sandbox.portrait_shapes import LOOKS, Look, both

# The colours every player knows the classes by.
_CLASS_COLOURS: Final = {
    1: "#c69b6d",
    2: "#f48cba",
    3: "#aad372",
    4: "#fff468",
    5: "#ffffff",
    6: "#c41e3a",
    7: "#0070dd",
    8: "#3fc7eb",
    9: "#8788ee",
    10: "#00ff98",
    11: "#ff7c0a",
    12: "#a330c9",
    13: "#33937f",
}
_METALS: Final = {1: "#8d8f98", 2: "#d9b765", 3: "#7d8a6a", 6: "#5b6b80", 7: "#6d7f95", 13: "#7a8f92"}
_WARRIOR, _PALADIN, _HUNTER, _ROGUE, _PRIEST, _DEATH_KNIGHT, _SHAMAN, _MAGE, _WARLOCK, _MONK, _DRUID, _DEMON_HUNTER = (
    range(1, 13)
)
_GLOWING_CLASSES: Final = {_DEATH_KNIGHT: "#7fd8ff", _DEMON_HUNTER: "#b6ff5a"}

# What each class may wear on its head; nothing means that the hair is seen.
_HEADGEAR: Final[dict[int, tuple[str, ...]]] = {
    _WARRIOR: (shapes.HELM + shapes.HELM_HORNS, shapes.HELM, "", ""),
    _PALADIN: (shapes.HELM + shapes.HELM_WINGS, shapes.CIRCLET, ""),
    _HUNTER: (shapes.HOOD, shapes.FEATHERS, ""),
    _ROGUE: (shapes.HOOD, shapes.HOOD, ""),
    _PRIEST: (shapes.HOOD, shapes.CIRCLET, ""),
    _DEATH_KNIGHT: (shapes.HELM, shapes.HELM + shapes.HELM_HORNS, ""),
    _SHAMAN: (shapes.FEATHERS, "", shapes.FEATHERS),
    _MAGE: (shapes.POINTED_HAT, shapes.CIRCLET, ""),
    _WARLOCK: (shapes.HOOD, shapes.FIEND_HORNS, shapes.HOOD),
    _MONK: (shapes.STRAW_HAT, "", shapes.STRAW_HAT),
    _DRUID: (shapes.ANTLERS, shapes.ANTLERS, ""),
    _DEMON_HUNTER: (shapes.FIEND_HORNS + shapes.BLINDFOLD, shapes.BLINDFOLD),
}
_COVERS_HAIR: Final = (shapes.HELM, shapes.HOOD, shapes.POINTED_HAT, shapes.STRAW_HAT)
_SHADING: Final = (shapes.HELM, shapes.HELM_HORNS, shapes.HELM_WINGS, shapes.HOOD)

_RAYS: Final = "M42 34L-6 8V-8H6ZM42 34L30 -6H54ZM42 34L78 -8H90V8ZM42 34L90 26V50ZM42 34L-6 50V26Z"
_BACKDROP: Final = f'<path d="M0 0H84V84H0Z" fill="url(#light)"/><path d="{_RAYS}" fill="#fff" opacity=".07"/>'
_NECK: Final = (
    '<path d="M33 46H51V66L42 70L33 66Z" fill="url(#skin)"/><path d="M33 53Q42 62 51 53V60Q42 67 33 60Z" fill="#0005"/>'
)

_TAUREN, _WORGEN, _DRACTHYR, _PANDAREN = 6, 22, frozenset({52, 70}), frozenset({24, 25, 26})
_HAIRLESS: Final = frozenset({_TAUREN, _WORGEN}) | _DRACTHYR | _PANDAREN
_ORC, _TROLL = 2, 8


def portrait(character: Character) -> bytes:
    """The portrait as SVG, square, for 40 to 200 pixels."""
    who = (character.battle_net_id, "portrait")
    look = LOOKS[character.race_id]
    colour = _CLASS_COLOURS[character.class_id]
    headgear = pick(_HEADGEAR.get(character.class_id, ("",)), *who, "headgear")
    hair_behind, hair = ("", "") if headgear.startswith(_COVERS_HAIR) else _hair(character)
    is_helmed, is_shaded = headgear.startswith(shapes.HELM), headgear.endswith((*_SHADING, shapes.BLINDFOLD))
    ears, horns = both(look.ears, 'fill="url(#skin)" stroke="#0004"'), both(look.horns, 'fill="#d9c7a3" stroke="#0005"')
    layers = (
        _BACKDROP,
        hair_behind,
        _NECK,
        shapes.BODIES[CLASSES[character.class_id].armor],
        "" if is_helmed else horns + ears,
        f'<path d="{look.head}" fill="url(#skin)"/>',
        "" if is_helmed else _face(look, character) + hair + _beard(look, character),
        headgear,
        _eyes(look, character, in_shadow=is_shaded),
        '<path d="M0 0H84V84H0Z" fill="url(#vignette)"/>',
    )
    skin = pick(look.skins, *who, "skin")
    dyed = pick(shapes.HAIR_COLOURS, *who, "hair")
    metal = _METALS.get(character.class_id, "#8d8f98")
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="5 3 74 74" width="84" height="84">'
        f"<defs>{_light(colour)}{_two_tone('skin', skin)}{_two_tone('hair', dyed)}{_two_tone('metal', metal)}"
        f"{_two_tone('cloth', _mixed(colour, '#141824', 0.52))}{_two_tone('trim', _mixed(colour, '#d8b25a', 0.35))}"
        f"{_two_tone('leather', _mixed('#5b4030', colour, 0.15))}{_two_tone('straw', '#d3b06a')}</defs>"
        f"{''.join(layers)}</svg>"
    )
    return drawing.replace("var(--gem)", _mixed(colour, "#ffffff", 0.15)).encode()


def _hair(character: Character) -> tuple[str, str]:
    """What is behind the head, and what is in front of it."""
    if character.race_id in _HAIRLESS:
        return "", ""
    who = (character.battle_net_id, "portrait", "cut")
    if character.gender == "FEMALE":
        return pick(
            (
                (shapes.LONG_BEHIND, shapes.FRINGE),
                (shapes.LONG_BEHIND, shapes.PARTED),
                (shapes.TAIL_BEHIND, shapes.SWEPT),
            ),
            *who,
        )
    if character.race_id == _TROLL:
        return "", shapes.MOHAWK
    if character.race_id == _ORC:
        return "", pick((shapes.TOPKNOT, shapes.MOHAWK, shapes.SHORT), *who)
    return pick((("", shapes.SHORT), ("", shapes.SWEPT), (shapes.LONG_BEHIND, shapes.PARTED)), *who)


def _beard(look: Look, character: Character) -> str:
    if character.gender == "FEMALE" or character.race_id in _HAIRLESS:
        return ""
    if look.bearded:
        return shapes.BEARD
    is_bearded = draw(character.battle_net_id, "portrait", "beard") % 3 == 0
    return shapes.STUBBLE if is_bearded and not look.face and not look.glow else ""


def _face(look: Look, character: Character) -> str:
    """Brows, nose and mouth: planes of shadow rather than lines."""
    brow = "M30 34Q35 30.500 40.500 34.500L40 36.500Q35 33.500 30.500 36.500Z"
    parts = [both(brow, 'fill="#000" opacity=".38"')]
    if character.race_id not in {_TAUREN, _WORGEN} | _PANDAREN | _DRACTHYR:
        parts.append('<path d="M42 35L45 46Q43.500 48 41 47Z" fill="#000" opacity=".2"/>')
        lips = "#8c2f35" if character.gender == "FEMALE" else "#000"
        parts.append(
            f'<path d="M38.500 50.500Q42 49.500 45.500 50.500Q42 53 38.500 50.500Z" fill="{lips}" opacity=".55"/>'
        )
    return "".join(parts) + look.face


def _eyes(look: Look, character: Character, *, in_shadow: bool) -> str:
    glow = _GLOWING_CLASSES.get(character.class_id) or look.glow
    if not glow and in_shadow:
        glow = _mixed(_CLASS_COLOURS[character.class_id], "#ffffff", 0.45)
    eye = "M32.500 38.500Q35.500 35.500 39.500 38.800Q36 41 32.500 38.500Z"
    if glow:
        shine = both("M30 38.500a6 4.500 0 1 0 12 0a6 4.500 0 1 0-12 0z", f'fill="{glow}" opacity=".22"')
        return shine + both(eye, f'fill="{glow}"')
    iris = pick(("#3a2a1c", "#2d4a6b", "#3c5a35"), character.battle_net_id, "portrait", "eyes")
    return both(eye, 'fill="#f6f1e6"') + both("M34.400 37a1.900 1.900 0 1 0 3.400 1.600z", f'fill="{iris}"')


def _light(colour: str) -> str:
    near, middle, far = (_mixed(colour, "#0a0d16", share) for share in (0.25, 0.62, 0.9))
    return (
        '<radialGradient id="light" gradientUnits="userSpaceOnUse" cx="42" cy="32" r="58">'
        f'<stop stop-color="{near}"/><stop offset=".5" stop-color="{middle}"/>'
        f'<stop offset="1" stop-color="{far}"/></radialGradient>'
        '<linearGradient id="vignette" x2="0" y2="1"><stop offset=".62" stop-opacity="0"/>'
        '<stop offset="1" stop-opacity=".55"/></linearGradient>'
    )


def _two_tone(name: str, colour: str) -> str:
    """Light from the left and a hard edge down the middle, as on cut stone."""
    lit, plain = _mixed(colour, "#ffffff", 0.2), colour
    shade, dark = _mixed(colour, "#0a0d20", 0.3), _mixed(colour, "#0a0d20", 0.5)
    return (
        f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="14" y1="22" x2="70" y2="38">'
        f'<stop stop-color="{lit}"/><stop offset=".52" stop-color="{plain}"/>'
        f'<stop offset=".52" stop-color="{shade}"/><stop offset="1" stop-color="{dark}"/></linearGradient>'
    )


def _mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share of another, from 0 to 1."""
    pairs = ((int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)
