"""The JSON of who is who: questions and decisions, groups, and what players set themselves."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool

from character_sync.ports import CharacterGroup, IdentityDecision, Observation, PlayerFields
from character_sync.schemas.base import Answer, Maybe, Moment, Request

MOST_GROUPS = 100  # of one player: more than anybody has characters of one sort, and one answer holds them all
MOST_MEMBERS = 500  # of one group: a Battle.net account holds some 560 characters of a version

Role = Literal["tank", "healer", "damage"]
Members = Annotated[list[UUID], Field(max_length=MOST_MEMBERS)]


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold a NUL, which no database keeps")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]


class EvidenceAnswer(Answer):
    """One thing that speaks for or against two characters being the same. `code` is stable; more may be added.

    Of class and race `old` and `new` are Battle.net's numbers, of the realm its slug.
    """

    code: str
    favours: bool
    old: str | None
    new: str | None


class IdentityDecisionAnswer(Answer):
    """A question about who is who, or a decision: `olderId` is the character that was missing, `newerId` the one listed.

    `isSame` is null until it is decided. Of a decision that two are one, `newerId` is no character any more.
    """

    id: UUID
    older_id: UUID
    newer_id: UUID
    kind: str
    status: Literal["applied", "asked", "declined", "undone"]
    is_same: bool | None
    confidence: float
    evidence: list[EvidenceAnswer]
    decided_by: Literal["auto", "player"] | None
    created_at: Moment
    decided_at: Moment | None
    is_undoable: bool

    @classmethod
    def of(cls, decision: IdentityDecision) -> "IdentityDecisionAnswer":
        return cls(
            id=decision.id,
            older_id=decision.older_id,
            newer_id=decision.newer_id,
            kind=decision.kind,
            status=decision.status,  # type: ignore[arg-type] # the database holds no other
            is_same=decision.is_same,
            confidence=decision.confidence,
            evidence=[EvidenceAnswer.model_validate(fact) for fact in decision.evidence],
            decided_by=decision.decided_by,  # type: ignore[arg-type] # as above
            created_at=decision.created_at,
            decided_at=decision.decided_at,
            is_undoable=decision.is_undoable,
        )


class IdentityDecisionList(Answer):
    """Newest first."""

    items: list[IdentityDecisionAnswer]
    next_cursor: str | None


class AnswerIdentity(Request):
    """`POST /identity/decisions/{id}/answer`."""

    is_same: StrictBool


class GroupAnswer(Answer):
    """Characters that belong together; `main` is one of `members`, or null."""

    id: UUID
    name: str
    main: UUID | None
    members: list[UUID]
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, group: CharacterGroup) -> "GroupAnswer":
        return cls(
            id=group.id,
            name=group.name,
            main=group.main,
            members=list(group.members),
            created_at=group.created_at,
            updated_at=group.updated_at,
        )


class GroupList(Answer):
    """By name."""

    items: list[GroupAnswer]


class CreateGroup(Request):
    """`POST /groups`."""

    name: Text = Field(min_length=1, max_length=100)
    members: Members = Field(default_factory=list)
    main: UUID | None = None


class ChangeGroup(Request):
    """`PATCH /groups/{id}`: what is left out stays; `members` are all of them, `main` null makes nobody the main."""

    name: Text = Field("", min_length=1, max_length=100)
    members: Members = Field(default_factory=list)
    main: UUID | None = None


class MineAnswer(Answer):
    """What the player set on a character; null where they left it to Battle.net."""

    display_name: str | None
    note: str | None
    role: Role | None
    is_hidden: bool
    updated_at: Moment | None

    @classmethod
    def of(cls, fields: PlayerFields | None) -> "MineAnswer":
        if fields is None:
            return cls(display_name=None, note=None, role=None, is_hidden=False, updated_at=None)
        return cls(
            display_name=fields.display_name,
            note=fields.note,
            role=fields.role,  # type: ignore[arg-type] # the database holds no other
            is_hidden=bool(fields.is_hidden),
            updated_at=fields.updated_at,
        )


class ChangeMine(Request):
    """`PATCH /characters/{id}/mine`: what is left out stays, null goes back to what Battle.net says."""

    display_name: Text | None = Field(None, min_length=1, max_length=64)
    note: Text | None = Field(None, min_length=1, max_length=2000)
    role: Role | None = None
    is_hidden: StrictBool | None = None


class ObservationAnswer(Answer):
    """One state of a character, from the first to the last time it was seen in it."""

    id: UUID
    first_seen_at: Moment
    last_seen_at: Moment
    is_current: bool
    region: str
    namespace_family: str
    realm_id: int
    realm: str
    realm_name: str | None
    battle_net_id: int
    name: str
    class_id: int | None
    race_id: int | None
    gender: str | None
    faction: str | None
    level: int
    wow_account_id: int | None
    achievements: Maybe[dict[str, int]] = None
    achievements_asked_at: Maybe[Moment] = None

    @classmethod
    def of(cls, observation: Observation) -> "ObservationAnswer":
        sighting = observation.sighting
        about: dict[str, Any] = {
            name: getattr(sighting, name) for name in type(sighting).__slots__ if name != "realm_slug"
        }
        return cls(
            id=observation.id,
            first_seen_at=observation.first_seen_at,
            last_seen_at=observation.last_seen_at,
            is_current=observation.is_current,
            region=observation.region.value,
            namespace_family=observation.namespace_family,
            realm=sighting.realm_slug,
            achievements=None if observation.achievements is None else dict(observation.achievements),
            achievements_asked_at=observation.achievements_asked_at,
            **about,
        )
