"""The JSON of how characters were before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from character_sync.domain.character import FacetContent
from character_sync.domain.diff import FacetDiff, SpecializationChange, ValueChange
from character_sync.domain.game import Facet
from character_sync.domain.history import SeenState, ValueStep
from character_sync.ports import CharacterRow, StatePage
from character_sync.schemas.base import Answer, FacetName, Maybe, Moment
from character_sync.schemas.contents import (
    EquipmentAnswer,
    EquippedItemAnswer,
    Named,
    ProtectedAnswer,
    SpecializationsAnswer,
    TalentAnswer,
)


class RealmAnswer(Answer):
    id: int
    slug: str
    name: str | None


class ProfileAnswer(Answer):
    """A profile as it was. `title` holds `{name}` where the name goes."""

    battle_net_id: int
    name: str
    realm: RealmAnswer
    level: int
    character_class: Named
    race: Named
    gender: str | None
    faction: str | None
    guild: str | None
    item_level: int | None
    active_spec: Named | None
    title: str | None
    last_login_at: Moment | None


class MediaAnswer(Answer):
    """Addresses by Battle.net's names of the pictures."""

    avatar_url: str | None
    assets: dict[str, str]


class StateAnswer(Answer):
    """One content of a facet, and when it was seen.

    It is known to have been so from `firstSeenAt` to `lastSeenAt`. `endedAt` is when another was first seen; in between
    nothing is known. Equal `contentHash` is equal content; null: Battle.net had nothing of this facet. States read by
    different `parserVersion` may differ in what we read of the same answer.
    """

    facet: FacetName
    first_seen_at: Moment
    last_seen_at: Moment
    ended_at: Moment | None
    upstream_modified_at: Moment | None
    content_hash: str | None
    parser_version: int


class HistoryPage(Answer):
    """States of a character's facets, newest first."""

    items: list[StateAnswer]
    next_cursor: str | None

    @classmethod
    def of(cls, page: StatePage, next_cursor: str | None) -> "HistoryPage":
        return cls(items=[StateAnswer.model_validate(_times(state)) for state in page.items], next_cursor=next_cursor)


class FacetAsOf(Answer):
    """What is known of a facet at a moment.

    `known`: it was seen before and after, the same. `absent`: likewise, and Battle.net had none. `unknown`: nothing had been
    seen yet, or something else was seen next; then the times are those of the state before.
    """

    state: Literal["known", "absent", "unknown"]
    first_seen_at: Moment | None
    last_seen_at: Moment | None
    ended_at: Moment | None
    upstream_modified_at: Moment | None


class CharacterAsOf(Answer):
    """A character as it is known to have been at a moment; a content that is not known is null."""

    id: UUID
    as_of: Moment
    facets: dict[FacetName, FacetAsOf]
    profile: ProfileAnswer | None
    media: MediaAnswer | None
    equipment: EquipmentAnswer | None
    specializations: SpecializationsAnswer | None
    protected: Maybe[ProtectedAnswer] = None

    @classmethod
    def of(
        cls, row: CharacterRow, moment: datetime, offered: tuple[str, ...], seen: Mapping[Facet, SeenState]
    ) -> "CharacterAsOf":
        known = {facet: state for facet, state in seen.items() if state.was_seen_at(moment)}
        contents = {facet.value: _content(state.content) for facet, state in known.items()}
        profile = contents.get(Facet.PROFILE.value)
        gear = contents.get(Facet.EQUIPMENT.value)
        if gear is not None:
            contents[Facet.EQUIPMENT.value] = {**gear, "item_level": profile["item_level"] if profile else None}
        names = dict.fromkeys((*offered, *(facet.value for facet in seen)))
        facets = {name: _as_of(seen.get(Facet(name)), moment) for name in names}
        told = {name: contents.get(name) for name in ("profile", "media", "equipment", "specializations", "protected")}
        return cls.model_validate({"id": row.id, "as_of": moment, "facets": facets, **told})


class FieldChange(Answer):
    """`before` and `after` are as in the facet: text, a number, `{id, name}`; null is nothing."""

    field: str
    before: Any
    after: Any


class SlotChange(Answer):
    slot: str
    before: EquippedItemAnswer | None
    after: EquippedItemAnswer | None


class TalentChange(Answer):
    name: str
    before: TalentAnswer | None
    after: TalentAnswer | None


class NamedChange(Answer):
    name: str
    before: Named | None
    after: Named | None


class SpecializationChangeAnswer(Answer):
    """A specialization that differs; `group` is 1 for the second of dual spec."""

    group: int
    specialization: Named
    fields: list[FieldChange]
    talents: list[TalentChange]
    pvp_talents: list[NamedChange]
    glyphs: list[NamedChange]


class FacetDiffAnswer(Answer):
    """What is different in a facet. `unknown`: at one of the two moments it is not known what it was."""

    state: Literal["same", "different", "unknown"]
    fields: list[FieldChange] = Field(default_factory=list)
    slots: list[SlotChange] = Field(default_factory=list)
    specializations: list[SpecializationChangeAnswer] = Field(default_factory=list)

    @classmethod
    def of(cls, diff: FacetDiff | None) -> "FacetDiffAnswer":
        if diff is None:
            return cls(state="unknown")
        return cls(
            state="same" if diff.is_empty else "different",
            fields=[_field(change) for change in diff.fields],
            slots=[SlotChange.model_validate({"slot": c.name, **_both(c)}) for c in diff.slots],
            specializations=[_specialization(change) for change in diff.specializations],
        )


class CharacterDiff(Answer):
    """What is different between two moments, facet by facet.

    `to` is null when it is the newest that is known, `from` when it is what each facet was before that.
    """

    id: UUID
    from_: Moment | None = Field(alias="from")
    to: Moment | None
    facets: dict[FacetName, FacetDiffAnswer]


class SeenSpan(Answer):
    first_seen_at: Moment
    last_seen_at: Moment


class StepAnswer(Answer):
    """A value, and the spans of time in which it was seen, oldest first; between two spans nothing is known."""

    value: int
    seen: list[SeenSpan]


class Series(Answer):
    """The values of a metric, oldest first."""

    metric: Literal["level", "itemLevel"]
    steps: list[StepAnswer]

    @classmethod
    def of(cls, metric: Literal["level", "itemLevel"], steps: list[ValueStep]) -> "Series":
        answers = [
            StepAnswer(
                value=step.value,
                seen=[SeenSpan(first_seen_at=first, last_seen_at=last) for first, last in step.seen],
            )
            for step in steps
        ]
        return cls(metric=metric, steps=answers)


_AS_DICT = TypeAdapter(Any)


def _content(content: FacetContent | None) -> dict[str, Any] | None:
    return None if content is None else _AS_DICT.dump_python(content)


def _times(state: SeenState) -> dict[str, Any]:
    return {name: getattr(state, name) for name in StateAnswer.model_fields}


def _as_of(state: SeenState | None, moment: datetime) -> FacetAsOf:
    if state is None:
        return FacetAsOf(
            state="unknown", first_seen_at=None, last_seen_at=None, ended_at=None, upstream_modified_at=None
        )
    was = "unknown" if not state.was_seen_at(moment) else "absent" if state.content_hash is None else "known"
    times = {name: getattr(state, name) for name in FacetAsOf.model_fields if name != "state"}
    return FacetAsOf.model_validate({"state": was, **times})


def _both(change: ValueChange[Any]) -> dict[str, Any]:
    return {"before": _AS_DICT.dump_python(change.before), "after": _AS_DICT.dump_python(change.after)}


def _field(change: ValueChange[Any]) -> FieldChange:
    head, *rest = change.name.split("_")
    return FieldChange(field=head + "".join(part.capitalize() for part in rest), **_json(change))


def _json(change: ValueChange[Any]) -> dict[str, Any]:
    return {
        "before": _AS_DICT.dump_python(change.before, mode="json"),
        "after": _AS_DICT.dump_python(change.after, mode="json"),
    }


def _specialization(change: SpecializationChange) -> SpecializationChangeAnswer:
    return SpecializationChangeAnswer(
        group=change.group,
        specialization=Named(id=change.spec.id, name=change.spec.name),
        fields=[_field(one) for one in change.fields],
        talents=[TalentChange.model_validate({"name": c.name, **_both(c)}) for c in change.talents],
        pvp_talents=[NamedChange.model_validate({"name": c.name, **_both(c)}) for c in change.pvp_talents],
        glyphs=[NamedChange.model_validate({"name": c.name, **_both(c)}) for c in change.glyphs],
    )
