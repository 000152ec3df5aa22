"""Shapes that portraits are put together from: original drawings on a field of 84 by 84, lit from the left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Look:
    """How a race looks. `glow` is the colour of eyes that shine; the others are dark."""

    head: str
    skins: tuple[str, ...]
    ears: str = ""
    glow: str = ""
    horns: str = ""
    face: str = ""
    """Shapes over the head that belong to every one of the race: tusks, a muzzle, patches."""
    bearded: bool = False


def both(path: str, attributes: str) -> str:
    """A shape and its mirror image."""
    shape = f'<path d="{path}" {attributes}/>'
    return f'{shape}<g transform="matrix(-1 0 0 1 84 0)">{shape}</g>'


_EVEN: Final = "M42 17C52 17 56 25 55.5 35C55 44 50 52 46 55Q42 57 38 55C34 52 29 44 28.5 35C28 25 32 17 42 17Z"
_BROAD: Final = "M42 17C53 17 58 25 57.5 35C57.5 43 56 49 50 54L46 57H38L34 54C28 49 26.5 43 26.5 35C26 25 31 17 42 17Z"
_SLIM: Final = "M42 16C51 16 55 24 54 34C53 43 48 51 44.5 56Q42 58 39.5 56C36 51 31 43 30 34C29 24 33 16 42 16Z"
_ROUND: Final = "M42 18C54 18 60 27 59.5 37C59 48 51 56 42 56C33 56 25 48 24.5 37C24 27 30 18 42 18Z"
_GAUNT: Final = (
    "M42 17C52 17 56 24 55 34C54.5 40 50 42 49 48Q48 55 42 57Q36 55 35 48C34 42 29.5 40 29 34C28 24 32 17 42 17Z"
)
_MUZZLED: Final = (
    "M42 18C52 18 56 24 55 33C54 40 51 44 50 50Q49 58 42 59Q35 58 34 50C33 44 30 40 29 33C28 24 32 18 42 18Z"
)

_SMALL_EAR: Final = "M29 35Q24 33 26 40Q27 45 31 45Z"
_POINTED_EAR: Final = "M30 34L17 28Q19 39 31 44Z"
_LONG_EAR: Final = "M31 34L6 19Q12 34 31 44Z"
_WIDE_EAR: Final = "M29 34L2 28Q12 44 30 46Z"
_COW_EAR: Final = "M30 28Q18 24 11 32Q20 38 31 35Z"
_WOLF_EAR: Final = "M31 25L26 4Q36 9 41 20ZM31 32L22 43L28 44L24 52L35 55Z"
_PANDA_EAR: Final = "M26 24A8 8 0 1 1 38 17Z"

_BULL_HORN: Final = "M32 24C20 24 13 18 12 6C9 20 14 32 31 31Z"
_SWEPT_HORN: Final = "M35 20C31 12 25 8 15 9C22 12 25 18 29 27Z"
_CREST_HORN: Final = "M37 18C36 10 40 5 40 1C32 6 28 12 30 24ZM29 28C22 24 19 16 13 13C14 24 20 32 29 36Z"

_TUSKS: Final = both("M36 50Q33 49 32.5 43Q35 46 38.5 47.5Z", 'fill="#f3e9cf"')
_LONG_TUSKS: Final = both("M37 51C31 52 26 49 23 41C29 46 34 46 39 47Z", 'fill="#f3e9cf"')
_NOSE_RING: Final = '<path d="M39 53a3 3 0 0 0 6 0" fill="none" stroke="#e3b94b" stroke-width="1.6"/>'
_BULL_MUZZLE: Final = '<path d="M34 47Q42 41 50 47Q51 58 42 59Q33 58 34 47Z" fill="#fff" opacity=".22"/>' + both(
    "M37.5 50q2-1.5 3 .8q-2 1.4-3-.8z", 'fill="#1b1210"'
)
_WOLF_MUZZLE: Final = (
    '<path d="M36 44Q42 39 48 44L49 52Q46 59 42 60Q38 59 35 52Z" fill="#fff" opacity=".2"/>'
    '<path d="M38.5 45Q42 43 45.5 45Q44.5 49 42 49.5Q39.5 49 38.5 45Z" fill="#141215"/>'
    '<path d="M42 49.5V53M37 54Q42 56 47 54" fill="none" stroke="#141215" stroke-width="1.1"/>'
)
_PATCHES: Final = both("M31 36C31 30 38 29 39.5 34C40 39 35 43 32.5 41Z", 'fill="#24222a"') + (
    '<path d="M38.5 45Q42 43.5 45.5 45Q44 48.5 42 48.5Q40 48.5 38.5 45Z" fill="#1d1a20"/>'
)
_TENDRILS: Final = both(
    "M35 51C32 57 33 64 37 70C38 64 37 58 39 54Z", 'fill="url(#skin)" stroke="#0006" stroke-width=".6"'
)
_SCALES: Final = (
    '<path d="M42 17L46 30L42 40L38 30Z" fill="#fff" opacity=".25"/>'
    + both("M31 42L37 46L35 52ZM30 36L35 39L32 41Z", 'fill="#000" opacity=".22"')
    + both("M38 47q1.5-1 2.2.6", 'fill="none" stroke="#0008" stroke-width="1.2"')
)
_CHEEKBONES: Final = both("M31 40Q36 42 37.5 49Q33 46 31 40Z", 'fill="#000" opacity=".3"')

_BY_RACE: Final[dict[int, Look]] = {
    1: Look(_EVEN, ("#f2c9a4", "#dba479", "#8f5c3d"), _SMALL_EAR),
    2: Look(_BROAD, ("#7aa451", "#5f8a46", "#8b8a5a"), _POINTED_EAR, face=_TUSKS),
    3: Look(_ROUND, ("#efbd98", "#d99f78"), _SMALL_EAR, bearded=True),
    4: Look(_SLIM, ("#b9a2e2", "#9a93d6", "#a9bde0"), _LONG_EAR, glow="#f4f0c0"),
    5: Look(_GAUNT, ("#b3bf9f", "#9db0ac"), _SMALL_EAR, glow="#ffe97a", face=_CHEEKBONES),
    6: Look(_MUZZLED, ("#94694a", "#6b4a39", "#c4a480"), _COW_EAR, horns=_BULL_HORN, face=_BULL_MUZZLE + _NOSE_RING),
    7: Look(_ROUND, ("#f5cba9", "#e3ad88"), _SMALL_EAR),
    8: Look(_SLIM, ("#70a9bf", "#5796a8", "#7cae84"), _LONG_EAR, face=_LONG_TUSKS),
    9: Look(_ROUND, ("#93c552", "#7fb04a"), _WIDE_EAR),
    10: Look(_SLIM, ("#f6d3b2", "#e6b48b"), _LONG_EAR, glow="#8dff9a"),
    11: Look(_EVEN, ("#93b4ea", "#7b97da", "#b8a8e6"), _POINTED_EAR, "#c8f1ff", _SWEPT_HORN, _TENDRILS),
    22: Look(_MUZZLED, ("#77727c", "#57525e", "#8d7b66"), _WOLF_EAR, "#ffd76a", face=_WOLF_MUZZLE),
    27: Look(_SLIM, ("#8579b8", "#6f6aa6"), _LONG_EAR, glow="#c9b6ff"),
    52: Look(_GAUNT, ("#c5634a", "#45988c", "#5f80c8"), "", "#ffe08a", _CREST_HORN, _SCALES),
    24: Look(_ROUND, ("#f4efe6", "#e8dfd0"), _PANDA_EAR, face=_PATCHES),
}
LOOKS: Final = _BY_RACE | {25: _BY_RACE[24], 26: _BY_RACE[24], 70: _BY_RACE[52]}

HAIR_COLOURS: Final = (
    "#2b2430",
    "#5a3825",
    "#8d4f24",
    "#c98d3c",
    "#e9d4a0",
    "#d8dbe2",
    "#a33a2b",
    "#39507d",
    "#5c3f7d",
)

SHORT: Final = (
    '<path d="M28 34C25 16 35 11 43 12C54 11 60 20 56 34C54 28 51 25 47 24C40 27 32 26 28 34Z" fill="url(#hair)"/>'
)
SWEPT: Final = (
    '<path d="M28 36C24 14 38 8 48 11C57 13 60 24 56 35C54 29 50 24 46 23C42 28 33 26 30 29Z" fill="url(#hair)"/>'
)
MOHAWK: Final = (
    '<path d="M37 24C35 12 38 4 46 1C45 5 50 8 49 13C49 18 48 21 47 24C44 20 40 20 37 24Z" fill="url(#hair)"/>'
)
TOPKNOT: Final = (
    '<path d="M30 28C30 17 37 14 42 14C47 14 54 17 54 28C48 21 36 21 30 28Z" fill="url(#hair)"/>'
    '<path d="M39 15C37 8 40 3 46 3C44 6 47 9 45 15Z" fill="url(#hair)"/><path d="M38 13h8v2.5h-8z" fill="#d8ae4c"/>'
)
FRINGE: Final = '<path d="M28 40C24 18 34 10 42 11C51 10 60 18 56 40C56 32 53 27 50 25C42 29 35 27 33 25C30 29 29 34 28 40Z" fill="url(#hair)"/>'
PARTED: Final = (
    '<path d="M28 42C23 18 34 10 44 11C55 11 60 22 56 42C55 33 52 28 44 20C42 27 31 29 28 42Z" fill="url(#hair)"/>'
)
_LONG: Final = "M42 9C60 9 63 26 60 44C59 54 62 62 65 70L52 72H32L19 70C22 62 25 54 24 44C21 26 24 9 42 9Z"
LONG_BEHIND: Final = f'<path d="{_LONG}" fill="url(#hair)"/><path d="{_LONG}" fill="#000" opacity=".28"/>'
TAIL_BEHIND: Final = (
    '<path d="M46 8C60 3 70 14 66 30C65 40 70 46 68 56C60 50 56 40 57 28C57 20 53 14 46 14Z" fill="url(#hair)"/>'
)
BEARD: Final = (
    '<path d="M27 40C30 46 33 46.5 36 45.5Q42 42.5 48 45.5C51 46.5 54 46 57 40C59 54 54 68 42 76C30 68 25 54 27 40Z" fill="url(#hair)"/>'
    '<path d="M38 49Q42 47.5 46 49Q42 51.5 38 49Z" fill="#0009"/>'
    '<path d="M36 55Q37 64 42 70M48 55Q47 64 42 70" fill="none" stroke="#0004" stroke-width="1"/>'
)
STUBBLE: Final = (
    '<path d="M29 41C32 46 35 46 38 45Q42 44 46 45C49 46 52 46 55 41C55 50 49 58 42 59C35 58 29 50 29 41Z" fill="url(#hair)" opacity=".85"/>'
    '<path d="M38.5 49Q42 48 45.5 49Q42 51 38.5 49Z" fill="#0009"/>'
)

HOOD: Final = (
    '<path d="M42 4C60 8 68 30 65 66L54 70C60 48 57 28 42 22C27 28 24 48 30 70L19 66C16 30 24 8 42 4Z" fill="url(#cloth)"/>'
    '<path d="M42 22C57 28 60 48 54 70L51 66C55 48 53 33 42 27C31 33 29 48 33 66L30 70C24 48 27 28 42 22Z" fill="url(#trim)"/>'
    '<path d="M42 27C53 33 54.5 45 52 60C52 46 50 40 42 37C34 40 32 46 32 60C29.5 45 31 33 42 27Z" fill="#05060b" opacity=".62"/>'
)
HELM: Final = (
    '<path d="M42 9C57 9 61 22 60 38L58 54L49 62L45 60V40H39V60L35 62L26 54L24 38C23 22 27 9 42 9Z" fill="url(#metal)"/>'
    '<path d="M29 34L40 37.5V42L30.5 39.5ZM55 34L44 37.5V42L53.5 39.5Z" fill="#07080c"/>'
    '<path d="M39 40h6v20l-3 2l-3-2z" fill="#07080c"/>'
    '<path d="M42 6L45.5 12V35L42 39L38.5 35V12Z" fill="url(#trim)"/>'
    + both("M25 33L39 37L39 35L26 29Z", 'fill="url(#trim)"')
)
HELM_HORNS: Final = both("M27 22C16 20 12 12 14 1C18 10 24 14 31 15Z", 'fill="#e8dcc0"')
HELM_WINGS: Final = both("M27 24C17 22 13 12 16 3C19 8 22 8 24 7C24 11 27 13 30 14Z", 'fill="url(#trim)"')
CIRCLET: Final = (
    '<path d="M28.5 29Q42 22 55.5 29L55 33Q42 26 29 33Z" fill="url(#trim)"/>'
    '<path d="M42 21L45.5 26.5L42 33L38.5 26.5Z" fill="var(--gem)"/><path d="M42 21L45.5 26.5H38.5Z" fill="#fff" opacity=".5"/>'
)
POINTED_HAT: Final = (
    '<path d="M8 30Q42 16 76 30Q62 34 42 32Q22 34 8 30Z" fill="url(#cloth)"/>'
    '<path d="M25 27C30 16 34 4 48 -2C46 4 52 8 52 12C55 16 58 22 59 27Q42 21 25 27Z" fill="url(#cloth)"/>'
    '<path d="M25 27Q42 20.5 59 27L59.5 30Q42 24 24.5 30Z" fill="url(#trim)"/>'
    '<path d="M30 32Q42 29 54 32L55 37Q42 32 29 37Z" fill="#05060b" opacity=".5"/>'
)
STRAW_HAT: Final = (
    '<path d="M42 4L79 30Q60 36 42 36Q24 36 5 30Z" fill="url(#straw)"/>'
    '<path d="M42 4L28 35M42 4L56 35M42 4L15 33M42 4L69 33M42 4V36" stroke="#0003" stroke-width="1" fill="none"/>'
    '<path d="M29 35.5Q42 37.5 55 35.5L55 40Q42 37 29 40Z" fill="#05060b" opacity=".55"/>'
)
ANTLERS: Final = both(
    "M35 20C30 16 27 10 28 2L30.5 9L33 3L32.5 12L36 17ZM30 14C23 14 18 10 16 3C21 8 25 9 29 9Z", 'fill="#b98d5c"'
) + both("M34 21Q28 20 25 25Q31 27 36 24Z", 'fill="#6fa04a"')
FEATHERS: Final = (
    '<path d="M56 26C66 22 72 12 71 2C63 8 57 16 54 25Z" fill="url(#trim)"/>'
    '<path d="M54 24C59 16 60 9 57 1C51 8 50 16 51 24Z" fill="#e9e2d2"/>'
    '<path d="M28.5 30Q42 23 55.5 30L55 34.5Q42 27.5 29 34.5Z" fill="url(#cloth)"/>'
)
BLINDFOLD: Final = (
    '<path d="M28 33Q42 29 56 33L55.5 41Q42 37.5 28.5 41Z" fill="#1c1524"/>'
    '<path d="M56 34L67 30L64 36L69 41L56 40Z" fill="#1c1524"/>'
)
FIEND_HORNS: Final = both("M34 20C27 20 22 14 24 4C15 12 16 26 30 28Z", 'fill="#3b2c3f"')

_PAULDRON: Final = "M32 64C24 56 9 57 3 70L1 84H30Z"
_PAULDRON_EDGE: Final = "M32 64C24 56 9 57 3 70L5 74C11 62 23 61 31 68Z"
BODIES: Final[dict[str, str]] = {
    "PLATE": '<path d="M26 66L42 60L58 66L60 84H24Z" fill="url(#metal)"/><path d="M42 66L48 72L42 84L36 72Z" fill="url(#trim)"/>'
    + both(_PAULDRON, 'fill="url(#metal)"')
    + both(_PAULDRON_EDGE, 'fill="url(#trim)"')
    + both("M6 78Q14 66 30 72L30 75Q16 70 8 82Z", 'fill="#0005"'),
    "MAIL": '<path d="M20 70Q42 56 64 70L68 84H16Z" fill="url(#metal)"/>'
    '<path d="M24 74q4.5 5 9 0q4.5 5 9 0q4.5 5 9 0q4.5 5 9 0M20 80q5.5 5 11 0q5.5 5 11 0q5.5 5 11 0q5.5 5 11 0" fill="none" stroke="#0007" stroke-width="1.3"/>'
    + both("M34 62L28 60L25 64L20 62L18 67L12 67L12 72L6 74L8 84H22C22 74 26 68 36 67Z", 'fill="url(#cloth)"'),
    "LEATHER": '<path d="M22 68Q42 57 62 68L68 84H16Z" fill="url(#cloth)"/>'
    '<path d="M28 65L46 84H40L24 68ZM56 65L38 84H44L60 68Z" fill="url(#trim)"/>'
    + both("M31 64C22 61 13 65 9 74L7 84H20C22 76 26 70 33 69ZM16 66L11 56L22 62Z", 'fill="url(#leather)"'),
    "CLOTH": '<path d="M18 74Q42 56 66 74L70 84H14Z" fill="url(#cloth)"/><path d="M36 62L42 84L48 62L46 84H38Z" fill="url(#trim)"/>'
    + both("M36 64C30 60 25 56 22 50C18 60 19 68 26 78L38 84C39 76 39 70 36 64Z", 'fill="url(#cloth)"')
    + both("M22 50C25 56 30 60 36 64L35 66C29 63 24 59 21 54Z", 'fill="url(#trim)"'),
}
