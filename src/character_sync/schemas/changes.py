"""The JSON of the change feed, of webhooks and of what they were told."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType

from character_sync.domain.changes import ChangeKind
from character_sync.domain.webhooks import DeliveryProblem, DeliveryStatus, PauseReason, known_events
from character_sync.ports import ChangePage, ChangeRow, DeliveryPage, DeliveryRow, WebhookRow
from character_sync.schemas.base import Answer, Maybe, Moment, Request

ChangeType = TypeAliasType(
    "ChangeType",
    Annotated[
        str,
        Field(
            description="What happened. More may be added: pass over what you do not know.",
            json_schema_extra={"enum": list(ChangeKind)},
        ),
    ],
)

WebhookEvent = Annotated[
    str,
    Field(
        max_length=64,
        json_schema_extra={"enum": list(known_events())},
        description="A type, or a group: `character.*`.",
    ),
]


class ChangedCharacter(Answer):
    """How the character is called now; `realm` is the realm slug."""

    id: UUID
    name: str
    realm: str
    region: str
    game_version: str


class ChangeAnswer(Answer):
    """A change. `number` only grows within one user; what `detail` holds depends on `type`."""

    number: int
    type: ChangeType
    at: Moment
    character: Maybe[ChangedCharacter] = None
    session_id: Maybe[UUID] = None
    detail: dict[str, Any]

    @classmethod
    def of(cls, change: ChangeRow) -> "ChangeAnswer":
        character = change.character
        return cls(
            number=change.number,
            type=change.kind,
            at=change.at,
            character=None
            if character is None
            else ChangedCharacter(
                id=character.id,
                name=character.name,
                realm=character.realm_slug,
                region=character.region.value,
                game_version=character.game_version,
            ),
            session_id=change.session_id,
            detail=dict(change.detail),
        )


class ChangeList(Answer):
    """Oldest first. `nextCursor` is there always: ask with it again, at once while `hasMore`, else when you like."""

    items: list[ChangeAnswer]
    next_cursor: str
    has_more: bool

    @classmethod
    def of(cls, page: ChangePage, next_cursor: str) -> "ChangeList":
        items = [ChangeAnswer.of(change) for change in page.items]
        return cls(items=items, next_cursor=next_cursor, has_more=page.has_more)


class CreateWebhook(Request):
    """`POST /webhooks`. Without events: all, also types that are yet to come."""

    url: str = Field(min_length=1, max_length=2048)
    events: list[WebhookEvent] = Field(default_factory=list, max_length=50)


class ChangeWebhook(Request):
    """`PATCH /webhooks/{id}`: what is left out stays as it is."""

    url: str | None = Field(None, min_length=1, max_length=2048)
    events: list[WebhookEvent] | None = Field(None, max_length=50)
    is_paused: bool | None = None


class WebhookAnswer(Answer):
    """A webhook. `failingSince` and `nextAttemptAt` are there while it does not take what it is told."""

    id: UUID
    url: str
    events: list[str]
    created_at: Moment
    paused_at: Maybe[Moment] = None
    paused_reason: Maybe[PauseReason] = None
    failing_since: Maybe[Moment] = None
    next_attempt_at: Maybe[Moment] = None

    @classmethod
    def of(cls, webhook: WebhookRow) -> "WebhookAnswer":
        return cls(
            id=webhook.id,
            url=webhook.url,
            events=list(webhook.events),
            created_at=webhook.created_at,
            paused_at=webhook.paused_at,
            paused_reason=webhook.paused_reason,
            failing_since=webhook.failing_since,
            next_attempt_at=webhook.next_attempt_at,
        )


class CreatedWebhook(WebhookAnswer):
    """`secret` is shown this once; with it the receiver checks what it is sent (standardwebhooks.com)."""

    secret: str = Field(repr=False)


class ReplacedSecret(Answer):
    secret: str = Field(repr=False)


class DeliveryAnswer(Answer):
    """One change told to one webhook, and how the latest attempt went."""

    id: int
    number: int
    type: ChangeType
    status: DeliveryStatus
    attempts: int
    created_at: Moment
    attempted_at: Maybe[Moment] = None
    delivered_at: Maybe[Moment] = None
    answer_status: Maybe[int] = None
    problem: Maybe[DeliveryProblem] = None

    @classmethod
    def of(cls, delivery: DeliveryRow) -> "DeliveryAnswer":
        return cls(
            id=delivery.id,
            number=delivery.number,
            type=delivery.kind,
            status=delivery.status,
            attempts=delivery.attempts,
            created_at=delivery.created_at,
            attempted_at=delivery.attempted_at,
            delivered_at=delivery.delivered_at,
            answer_status=delivery.answer_status,
            problem=delivery.problem,
        )


class DeliveryList(Answer):
    """Newest first."""

    items: list[DeliveryAnswer]
    next_cursor: str | None

    @classmethod
    def of(cls, page: DeliveryPage, next_cursor: str | None) -> "DeliveryList":
        return cls(items=[DeliveryAnswer.of(delivery) for delivery in page.items], next_cursor=next_cursor)
