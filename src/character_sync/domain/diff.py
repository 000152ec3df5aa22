"""What is different between two contents of a facet: field by field, slot by slot, talent by talent. Pure."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Generic, TypeVar

from character_sync.domain.character import (
    CharacterMedia,
    CharacterProfile,
    Equipment,
    EquippedItem,
    FacetContent,
    NamedId,
    ProtectedCharacter,
    Specialization,
    Specializations,
    Talent,
)
from character_sync.domain.game import Realm

T = TypeVar("T")

Value = str | int | datetime | NamedId | Realm | dict[str, str] | bool | None


@dataclass(frozen=True, slots=True)
class ValueChange(Generic[T]):
    """Something that was one thing and is another; None is "not there". `name` says what: a field, a slot."""

    name: str
    before: T | None
    after: T | None


@dataclass(frozen=True, slots=True)
class SpecializationChange:
    """A specialization that differs. `group` and `spec` tell which; `fields` holds what else changed but these lists.

    A talent, PvP talent or glyph is named by its name or number. One that is new has no `before`, one that is gone no
    `after`; of a specialization that is new or gone, all are.
    """

    group: int
    spec: NamedId
    fields: tuple[ValueChange[Value], ...]
    talents: tuple[ValueChange[Talent], ...]
    pvp_talents: tuple[ValueChange[NamedId], ...]
    glyphs: tuple[ValueChange[NamedId], ...]


@dataclass(frozen=True, slots=True)
class FacetDiff:
    """The differences of one facet; those of other kinds than its own are empty."""

    fields: tuple[ValueChange[Value], ...] = ()
    slots: tuple[ValueChange[EquippedItem], ...] = ()
    specializations: tuple[SpecializationChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.fields or self.slots or self.specializations)


def difference(before: FacetContent | None, after: FacetContent | None) -> FacetDiff:
    """Return what is different. None is a facet that Battle.net does not have: all of the other is new, or gone.

    Raises:
        ValueError: they are contents of two different facets.
    """
    match before, after:
        case (Equipment() | None, Equipment() | None):
            return FacetDiff(slots=_slots(before, after))
        case (Specializations() | None, Specializations() | None):
            active = _field("active", before.active if before else None, after.active if after else None)
            return FacetDiff(fields=active, specializations=_specializations(before, after))
        case _:
            known = before or after
            if before is not None and after is not None and type(before) is not type(after):
                raise ValueError(f"{type(before).__name__} and {type(after).__name__} are two facets")
            assert isinstance(known, CharacterProfile | CharacterMedia | ProtectedCharacter)
            return FacetDiff(fields=_fields(type(known), before, after))


def _fields(
    kind: type, before: object, after: object, but: frozenset[str] = frozenset()
) -> tuple[ValueChange[Value], ...]:
    names = (field.name for field in fields(kind) if field.name not in but)
    return tuple(
        change for name in names for change in _field(name, getattr(before, name, None), getattr(after, name, None))
    )


def _field(name: str, before: Value, after: Value) -> tuple[ValueChange[Value], ...]:
    return () if before == after else (ValueChange(name, before, after),)


def _slots(before: Equipment | None, after: Equipment | None) -> tuple[ValueChange[EquippedItem], ...]:
    """In Battle.net's slot order; slots that are empty now come last."""
    was = _numbered((item.slot, item) for item in (before.items if before else ()))
    now = _numbered((item.slot, item) for item in (after.items if after else ()))
    return tuple(
        ValueChange(str(key[0]), was.get(key), now.get(key))
        for key in dict.fromkeys((*now, *was))
        if was.get(key) != now.get(key)
    )


_LISTS = frozenset({"talents", "pvp_talents", "glyphs"})


def _specializations(before: Specializations | None, after: Specializations | None) -> tuple[SpecializationChange, ...]:
    was = _numbered((_spec_key(spec), spec) for spec in (before.specs if before else ()))
    now = _numbered((_spec_key(spec), spec) for spec in (after.specs if after else ()))
    changes = (_specialization(was.get(key), now.get(key)) for key in dict.fromkeys((*now, *was)))
    return tuple(change for change in changes if change is not None)


def _specialization(before: Specialization | None, after: Specialization | None) -> SpecializationChange | None:
    known = after or before
    if known is None or before == after:
        return None
    return SpecializationChange(
        known.group,
        NamedId(known.id, known.name),
        _fields(Specialization, before, after, _LISTS),
        _listed(before.talents if before else (), after.talents if after else ()),
        _listed(before.pvp_talents if before else (), after.pvp_talents if after else ()),
        _listed(before.glyphs if before else (), after.glyphs if after else ()),
    )


Listed = TypeVar("Listed", Talent, NamedId)


def _listed(before: Iterable[Listed], after: Iterable[Listed]) -> tuple[ValueChange[Listed], ...]:
    was: dict[tuple[Hashable, int], Listed] = _numbered((_key(one), one) for one in before)
    now: dict[tuple[Hashable, int], Listed] = _numbered((_key(one), one) for one in after)
    pairs = ((was.get(key), now.get(key)) for key in dict.fromkeys((*now, *was)))
    return tuple(ValueChange(_name(one, other), one, other) for one, other in pairs if one != other)


def _name(before: Talent | NamedId | None, after: Talent | NamedId | None) -> str:
    known = after or before
    return (known.name or str(known.id)) if known else ""


def _spec_key(spec: Specialization) -> Hashable:
    return spec.group, spec.name if spec.id is None else spec.id


def _key(one: Talent | NamedId) -> Hashable:
    return one.name if one.id is None else one.id


def _numbered(pairs: Iterable[tuple[Hashable, T]]) -> dict[tuple[Hashable, int], T]:
    """Key things by what they are; of several that are the same, the first is compared with the first, and so on."""
    times: Counter[Hashable] = Counter()
    numbered = {}
    for key, value in pairs:
        numbered[key, times[key]] = value
        times[key] += 1
    return numbered
