"""Texts in Battle.net's twelve languages, and which of them a region speaks.

Source: locale lists as typed by Pewtro/blizzard-api; the twelve-locale objects and the nulls as captured from the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, Union

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Tree: TypeAlias = Union[bool, int, float, str, "Localised", "Shared", list["Tree"], dict[str, "Tree"], None]
"""An answer before its language is chosen: JSON with `Localised` leaves and `Shared` branches."""

LOCALES: Final = (
    "en_US", "es_MX", "pt_BR", "de_DE", "en_GB", "es_ES", "fr_FR", "it_IT", "ru_RU", "ko_KR", "zh_TW", "zh_CN",
)  # fmt: skip
"""In the order in which Battle.net writes them."""

REGION_LOCALES: Final = {
    "us": ("en_US", "es_MX", "pt_BR"),
    "eu": ("en_GB", "es_ES", "fr_FR", "ru_RU", "de_DE", "it_IT"),
    "kr": ("ko_KR", "en_US", "en_GB"),
    "tw": ("zh_TW", "en_US", "en_GB"),
}

ALL_LOCALES: Final = "*"
"""No locale was asked for: every text is an object of twelve."""

NO_LOCALE: Final = ""
"""The region does not speak the locale asked for: every text is null."""


@dataclass(frozen=True, slots=True)
class Localised:
    """A text a reader sees in the language asked for; languages not given fall back to English."""

    english: str
    translations: tuple[tuple[str, str], ...] = ()
    """Pairs of a locale's beginning (`de`, `zh_TW`) and its text."""

    def text(self, locale: str) -> str:
        """The text in one locale such as `de_DE`."""
        for prefix, text in self.translations:
            if locale.startswith(prefix):
                return text
        return self.english


class Shared:
    """A branch that many answers have in common; each language of it is written once. It must not be changed."""

    __slots__ = ("_tree", "_written")

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._written: dict[str, Json] = {}

    def written(self, locale: str) -> Json:
        """The branch in one locale, the same object each time."""
        if locale not in self._written:
            self._written[locale] = in_locale(self._tree, locale)
        return self._written[locale]


def choose_locale(region: str, asked: str | None) -> str:
    """The locale an answer is written in: one of the region's, ALL_LOCALES or NO_LOCALE."""
    if not asked:
        return ALL_LOCALES
    wanted = asked.replace("-", "_").lower()
    return next((known for known in REGION_LOCALES[region] if known.lower() == wanted), NO_LOCALE)


def in_locale(tree: Tree, locale: str) -> Json:
    """The answer with every text in its language."""
    if isinstance(tree, Localised):
        if locale == ALL_LOCALES:
            return {each: tree.text(each) for each in LOCALES}
        return None if locale == NO_LOCALE else tree.text(locale)
    if isinstance(tree, Shared):
        return tree.written(locale)
    if isinstance(tree, dict):
        return {key: in_locale(value, locale) for key, value in tree.items()}
    if isinstance(tree, list):
        return [in_locale(value, locale) for value in tree]
    return tree
