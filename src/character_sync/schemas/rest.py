"""The REST API's JSON."""

from collections.abc import Iterable
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field

from character_sync.domain.enrichment import FacetState
from character_sync.domain.game import Facet
from character_sync.domain.sync_session import CharacterSyncSession
from character_sync.domain.sync_session import Reason as Reasons
from character_sync.ports import (
    AccessToken,
    BattleNetLink,
    CharacterReference,
    CharacterRow,
    FacetFreshness,
    FacetRow,
    JobRow,
    PlayerFields,
    SessionSnapshot,
    User,
)
from character_sync.schemas.base import Answer, ErrorCode, FacetName, Maybe, Moment, Reason, Request
from character_sync.schemas.contents import EquipmentAnswer, Named, ProtectedAnswer, SpecializationsAnswer
from character_sync.schemas.events import SyncProgress, progress_fields
from character_sync.schemas.identity import MineAnswer
from character_sync.schemas.schedules import ListPaused


class StartSync(Request):
    """`POST /characters/sync`."""

    game_version: str = Field(max_length=64)
    region: str | None = Field(None, max_length=8)
    dry_run: bool = False


class SyncStarted(Answer):
    message: str = "Character sync started"
    session_id: UUID
    synced_characters: int


class QueuedCharacter(Answer):
    """`realm` is the realm slug."""

    id: UUID
    name: str
    realm: str


class EnrichmentQueued(Answer):
    message: str = "Character enrichment queued"
    session_id: UUID
    job_id: int
    character: QueuedCharacter

    @classmethod
    def of(cls, session_id: UUID, job_id: int, character: CharacterReference) -> "EnrichmentQueued":
        queued = QueuedCharacter(id=character.id, name=character.name, realm=character.realm_slug)
        return cls(session_id=session_id, job_id=job_id, character=queued)


class BattleNetAnswer(Answer):
    status: Literal["valid", "expired", "missing"]
    expires_at: Moment | None
    list_frozen_since: Maybe[Moment] = None


class Me(Answer):
    """`notice` is for the player: their schedules cannot list the account. It stays until they say that they know."""

    id: UUID
    battletag: str | None
    battle_net: BattleNetAnswer
    notice: Maybe[ListPaused] = None

    @classmethod
    def of(cls, user: User, link: BattleNetLink, notice: ListPaused | None) -> "Me":
        battle_net = BattleNetAnswer(
            status=link.status, expires_at=link.expires_at, list_frozen_since=link.list_frozen_since
        )
        return cls(id=user.id, battletag=user.battletag, battle_net=battle_net, notice=notice)


class Who(Answer):
    """Who is signed in; null when nobody is."""

    me: Me | None


class CreateAccessToken(Request):
    """`POST /me/tokens`."""

    name: str = Field(min_length=1, max_length=100)
    expires_in_days: int | None = Field(None, ge=1, le=3650)


class AccessTokenAnswer(Answer):
    id: UUID
    name: str
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None

    @classmethod
    def of(cls, token: AccessToken) -> "AccessTokenAnswer":
        return cls(
            id=token.id,
            name=token.name,
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
        )


class CreatedAccessToken(AccessTokenAnswer):
    """The only time the secret is shown."""

    token: str = Field(repr=False)


class GameVersionAnswer(Answer):
    id: str
    name: str
    template: Literal["wow", "wow_classic"]
    facets: list[FacetName]


class FacetAnswer(Answer):
    """What is held of a facet, and why it is missing or old.

    `attemptedAt` is the last time it was asked for, `fetchedAt` the last time that brought an answer, `changedAt` the
    last time that brought another content. `upstreamModifiedAt` is Battle.net's own word on when it changed. A sync
    from `nextDueAt` on asks for it whatever the profile says; one before that when the profile shows a new login.
    """

    state: Literal["pending", "current", "absent", "failed", "not_offered"]
    reason: Reason | None
    fetched_at: Moment | None
    changed_at: Moment | None
    upstream_modified_at: Moment | None
    next_due_at: Moment | None
    attempted_at: Maybe[Moment] = None


class CharacterAnswer(Answer):
    """A character. `realm` is the realm slug; what Battle.net did not give is null.

    `verifiedAt` is when Battle.net last showed it; what it told is deleted at `verifyBy` unless it shows it again. From
    `goneAt` on only the name is left. `mine` is what the player set on it, and is left out where they set nothing.
    """

    id: UUID
    battle_net_id: int
    name: str
    realm: str
    realm_name: str | None
    region: str
    game_version: str
    template: str
    level: int
    character_class: Named
    race: Named
    gender: str | None
    faction: str | None
    guild: Maybe[str] = None
    item_level: Maybe[int] = None
    avatar_url: Maybe[str] = None
    active_spec: Maybe[Named] = None
    title: Maybe[str] = None
    is_active: bool
    archived_at: Maybe[Moment] = None
    last_login_at: Maybe[Moment] = None
    created_at: Moment
    updated_at: Moment
    verified_at: Maybe[Moment] = None
    verify_by: Maybe[Moment] = None
    missing_since: Maybe[Moment] = None
    gone_at: Maybe[Moment] = None
    mine: Maybe[MineAnswer] = None
    facets: dict[FacetName, FacetAnswer]

    @classmethod
    def of(
        cls, row: CharacterRow, template: str, offered: Iterable[str], held: Iterable[FacetFreshness]
    ) -> "CharacterAnswer":
        return cls(**_character_fields(row, template, offered, held))

    def with_mine(self, fields: PlayerFields | None) -> Self:
        return self if fields is None else self.model_copy(update={"mine": MineAnswer.of(fields)})


class CharacterDetail(CharacterAnswer):
    """A character with what its facets hold. `equipment` and `specializations` are null until they are held."""

    equipment: EquipmentAnswer | None
    specializations: SpecializationsAnswer | None
    protected: Maybe[ProtectedAnswer] = None

    @classmethod
    def detail(
        cls, row: CharacterRow, template: str, offered: Iterable[str], held: Iterable[FacetRow]
    ) -> "CharacterDetail":
        content = {facet.facet: facet.content for facet in held}
        equipment = content.get("equipment")
        specializations = content.get("specializations")
        protected = content.get("protected")
        return cls(
            **_character_fields(row, template, offered, held),
            equipment=None
            if equipment is None
            else EquipmentAnswer.model_validate({**equipment, "item_level": row.item_level}),
            specializations=None if specializations is None else SpecializationsAnswer.model_validate(specializations),
            protected=None if protected is None else ProtectedAnswer.model_validate(protected),
        )


class CharacterList(Answer):
    """By level, highest first."""

    items: list[CharacterAnswer]
    next_cursor: str | None


class SessionCharacter(Answer):
    """One character of a sync session. `realm` is the realm slug; `realmName` is left out where Battle.net gave none."""

    id: UUID
    job_id: int
    name: str
    realm: str
    realm_name: Maybe[str] = None
    status: str
    reason: Maybe[Reason] = None
    attempts: int

    @classmethod
    def of(cls, job: JobRow) -> "SessionCharacter":
        return cls(
            id=job.character_id,
            job_id=job.job_id,
            name=job.name,
            realm=job.realm_slug,
            realm_name=job.realm_name,
            status=job.status.value,
            reason=job.reason,
            attempts=job.attempts,
        )


class SessionSummary(SyncProgress):
    """A sync session as it stands; the fields of `sync-progress` and when and why it was.

    `error` and `code` are there when it failed as a whole, and are those of its `sync-error`.
    """

    region: str
    kind: Literal["account", "character", "scheduled", "retry"]
    started_at: Moment
    completed_at: Maybe[Moment] = None
    error: Maybe[str] = None
    code: Maybe[str] = None

    @classmethod
    def of_session(cls, session: CharacterSyncSession) -> "SessionSummary":
        return cls(**_session_fields(session))


class Snapshot(SessionSummary):
    """A sync session with its characters, in the order they are worked."""

    characters: list[SessionCharacter]

    @classmethod
    def of_snapshot(cls, snapshot: SessionSnapshot) -> "Snapshot":
        characters = [SessionCharacter.of(job) for job in snapshot.jobs]
        return cls(**_session_fields(snapshot.session), characters=characters)


class SessionList(Answer):
    """Newest first."""

    items: list[SessionSummary]
    next_cursor: str | None


class Problem(Answer):
    """An RFC 9457 problem document. `code` is stable, `detail` is for the person who sees it."""

    type: str
    title: str
    status: int
    code: ErrorCode
    detail: str
    field: Maybe[str] = None
    active_session_id: Maybe[UUID] = None
    sign_in_url: Maybe[str] = None
    request_id: Maybe[str] = None


_TIMES = (
    *("archived_at", "last_login_at", "created_at", "updated_at"),
    *("verified_at", "verify_by", "missing_since", "gone_at"),
)
_FRESHNESS = tuple(FacetAnswer.model_fields)
_USUAL = (Facet.PROFILE, Facet.MEDIA, Facet.EQUIPMENT, Facet.SPECIALIZATIONS)
_UNTRIED = FacetAnswer(
    state="pending", reason=None, fetched_at=None, changed_at=None, upstream_modified_at=None, next_due_at=None
)


def _character_fields(
    row: CharacterRow, template: str, offered: Iterable[str], held: Iterable[FacetFreshness]
) -> dict[str, Any]:
    has_spec = row.active_spec_id is not None or row.active_spec_name is not None
    return {
        "id": row.id,
        "battle_net_id": row.battle_net_id,
        "name": row.name,
        "realm": row.realm_slug,
        "realm_name": row.realm_name,
        "region": row.region.value,
        "game_version": row.game_version,
        "template": template,
        "level": row.level,
        "character_class": Named(id=row.class_id, name=row.class_name),
        "race": Named(id=row.race_id, name=row.race_name),
        "gender": row.gender,
        "faction": row.faction,
        "guild": row.guild,
        "item_level": row.item_level,
        "avatar_url": row.avatar_url,
        "active_spec": Named(id=row.active_spec_id, name=row.active_spec_name) if has_spec else None,
        "title": row.title,
        "is_active": row.is_active,
        **{name: getattr(row, name) for name in _TIMES},
        "facets": _facets(offered, held),
    }


def _facets(offered: Iterable[str], held: Iterable[FacetFreshness]) -> dict[str, FacetAnswer]:
    """Say of each facet how it is; one that is not fetched (any more) for this game version is not offered."""
    names = tuple(offered)
    answers = dict.fromkeys(names, _UNTRIED)
    for row in held:
        answers[row.facet] = FacetAnswer.model_validate({name: getattr(row, name) for name in _FRESHNESS})
    if names:  # none: the operator has since removed the version, and nothing is known of it
        for name in {*answers, *_USUAL}.difference(names):
            not_offered = {"state": FacetState.NOT_OFFERED.value, "reason": Reasons.NOT_OFFERED.value}
            answers[name] = answers.get(name, _UNTRIED).model_copy(update=not_offered)
    return answers


def _session_fields(session: CharacterSyncSession) -> dict[str, Any]:
    return progress_fields(session.progress()) | {
        "region": session.region.value,
        "kind": session.kind.value,
        "started_at": session.started_at,
        "completed_at": session.completed_at,
        "error": session.error,
        "code": session.error_code,
    }
