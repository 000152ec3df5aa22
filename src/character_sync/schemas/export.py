"""The JSON of an export: everything held about a player, without any secret."""

from typing import Any
from uuid import UUID

from character_sync.ports import (
    DeliveryRow,
    HeldCharacter,
    HeldDecision,
    HeldGrant,
    HeldSession,
    HeldSignIn,
    HeldState,
    HeldUser,
    WebhookRow,
)
from character_sync.schemas.base import Answer, FacetName, Moment
from character_sync.schemas.changes import ChangeAnswer, DeliveryAnswer, WebhookAnswer
from character_sync.schemas.history import StateAnswer
from character_sync.schemas.identity import GroupAnswer, IdentityDecisionAnswer, MineAnswer, ObservationAnswer
from character_sync.schemas.rest import AccessTokenAnswer, CharacterAnswer, SessionCharacter, SessionSummary, Snapshot
from character_sync.schemas.schedules import ExportedSchedule


class ExportedUser(Answer):
    """`battleNetSub` is Battle.net's number of the account, `siteUserId` who they are at the site that embeds the sync.

    Where a site does, `battleNetSub` is empty until an account is linked; elsewhere `siteUserId` is null.
    """

    id: UUID
    battle_net_sub: str
    site_user_id: str | None
    battletag: str | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, user: HeldUser) -> "ExportedUser":
        return cls(
            id=user.id,
            battle_net_sub=user.battle_net_sub,
            site_user_id=user.site_user_id,
            battletag=user.battletag,
            created_at=user.created_at,
            updated_at=user.updated_at,
        )


class ExportedGrant(Answer):
    """What the player has allowed at Battle.net. The token itself is kept encrypted and given to nobody."""

    scopes: list[str]
    created_at: Moment
    expires_at: Moment
    refused_at: Moment | None

    @classmethod
    def of(cls, grant: HeldGrant) -> "ExportedGrant":
        return cls(
            scopes=list(grant.scopes),
            created_at=grant.created_at,
            expires_at=grant.expires_at,
            refused_at=grant.refused_at,
        )


class ExportedSignIn(Answer):
    """A browser that is signed in."""

    created_at: Moment
    last_used_at: Moment
    expires_at: Moment

    @classmethod
    def of(cls, sign_in: HeldSignIn) -> "ExportedSignIn":
        return cls(created_at=sign_in.created_at, last_used_at=sign_in.last_used_at, expires_at=sign_in.expires_at)


class ExportedCharacter(CharacterAnswer):
    """A character. `contents` holds its facets as they are kept; the names in them are ours and may change."""

    namespace_family: str
    realm_id: int
    wow_account_id: int | None
    contents: dict[FacetName, dict[str, Any] | None]
    observations: list[ObservationAnswer]

    @classmethod
    def held(cls, held: HeldCharacter, template: str, offered: tuple[str, ...]) -> "ExportedCharacter":
        answer = CharacterAnswer.of(held.row, template, offered, held.facets)
        return cls(
            **{name: getattr(answer, name) for name in CharacterAnswer.model_fields if name != "mine"},
            namespace_family=held.namespace_family,
            realm_id=held.realm_id,
            wow_account_id=held.wow_account_id,
            observations=[ObservationAnswer.of(each) for each in held.observations],
            mine=None if held.mine is None else MineAnswer.of(held.mine),
            contents={facet.facet: facet.content for facet in held.facets},
        )


class ExportedState(StateAnswer):
    """What a facet of a character was; `content` is as it is kept."""

    character_id: UUID
    content: dict[str, Any] | None

    @classmethod
    def held(cls, held: HeldState) -> "ExportedState":
        times = {name: getattr(held.state, name) for name in StateAnswer.model_fields}
        return cls(character_id=held.character_id, content=held.content, **times)


class ExportedSessionCharacter(SessionCharacter):
    """One character of a sync session, and when it was done with."""

    settled_at: Moment | None


class ExportedSession(SessionSummary):
    """A sync session with its characters, in the order they were worked."""

    deadline_at: Moment
    characters: list[ExportedSessionCharacter]

    @classmethod
    def held(cls, held: HeldSession) -> "ExportedSession":
        snapshot = Snapshot.of_snapshot(held.snapshot)
        characters = [
            ExportedSessionCharacter(
                **{name: getattr(character, name) for name in SessionCharacter.model_fields},
                settled_at=held.settled_at.get(character.job_id),
            )
            for character in snapshot.characters
        ]
        return cls(
            **{name: getattr(snapshot, name) for name in SessionSummary.model_fields},
            deadline_at=held.deadline_at,
            characters=characters,
        )


class ExportedDecision(IdentityDecisionAnswer):
    """A decision about who is who. `restorable` is what an undo of it would put back, as it is kept."""

    restorable: dict[str, Any] | None

    @classmethod
    def held(cls, held: HeldDecision) -> "ExportedDecision":
        answer = IdentityDecisionAnswer.of(held.decision)
        return cls(
            **{name: getattr(answer, name) for name in IdentityDecisionAnswer.model_fields},
            restorable=None if held.restorable is None else dict(held.restorable),
        )


class ExportedDelivery(DeliveryAnswer):
    """One change told to one webhook."""

    webhook_id: UUID

    @classmethod
    def held(cls, held: tuple[WebhookRow, DeliveryRow]) -> "ExportedDelivery":
        webhook, delivery = held
        answer = DeliveryAnswer.of(delivery)
        return cls(webhook_id=webhook.id, **{name: getattr(answer, name) for name in DeliveryAnswer.model_fields})


class ExportHead(Answer):
    """What comes first in an export, and is short."""

    exported_at: Moment
    user: ExportedUser
    battle_net: ExportedGrant | None
    sign_ins: list[ExportedSignIn]
    access_tokens: list[AccessTokenAnswer]
    groups: list[GroupAnswer]
    webhooks: list[WebhookAnswer]
    schedules: list[ExportedSchedule]


class Export(ExportHead):
    """Everything held about a player. Secrets, and hashes of secrets, are not in it."""

    characters: list[ExportedCharacter]
    history: list[ExportedState]
    sync_sessions: list[ExportedSession]
    identity_decisions: list[ExportedDecision]
    changes: list[ChangeAnswer]
    deliveries: list[ExportedDelivery]
