"""The JSON of a planned sync: what it would do to each character, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from character_sync.domain.changes import ChangeKind, changes_of
from character_sync.domain.character import ListedCharacter
from character_sync.domain.deduplication import ListingPlan
from character_sync.domain.identity import Judgement
from character_sync.ports import CharacterRow
from character_sync.schemas.base import Answer, Maybe
from character_sync.schemas.identity import EvidenceAnswer

PlanReason = Literal["not_held", "held", "listed_again", "reidentified", "no_longer_listed", "most_are_missing"]


class PlannedCharacter(Answer):
    """One character of a plan; `realm` is the realm slug. `id` is there when it is held already."""

    id: Maybe[UUID] = None
    battle_net_id: int
    name: str
    realm: str
    level: int
    reason: PlanReason
    fields: dict[str, Any] = Field(
        default_factory=dict, description="What the listing says otherwise than what is held: `{name: {from, to}}`."
    )


class PlannedIdentity(PlannedCharacter):
    """A listed character beside one that is held under another realm or number, whose `id` this is.

    `battleNetId`, `name`, `realm` and `level` are those of the listing; what they were is in `evidence`.
    """

    kind: str
    confidence: float
    evidence: list[EvidenceAnswer]


class SyncPlan(Answer):
    """What a sync would do now. Nothing was written.

    `withheld` would be archived if the next listing agrees: this one shows less than half of the account. `reidentify` would
    stay who they are under another key. `ask` is what the player would be asked: until they answer, the listed character is
    created, and the one that may be the same is archived.
    """

    dry_run: bool = True
    game_version: str
    region: str
    create: list[PlannedCharacter]
    update: list[PlannedCharacter]
    reactivate: list[PlannedCharacter]
    reidentify: list[PlannedIdentity]
    ask: list[PlannedIdentity]
    archive: list[PlannedCharacter]
    withheld: list[PlannedCharacter]

    @classmethod
    def of(
        cls,
        game_version: str,
        region: str,
        plan: ListingPlan,
        held: dict[UUID, CharacterRow],
        judgements: Sequence[Judgement] = (),
    ) -> "SyncPlan":
        same = {judgement.older: judgement for judgement in judgements if judgement.is_same}
        shown = [(held[id_], listed) for id_, listed in plan.update if id_ in held and id_ not in same]
        return cls(
            game_version=game_version,
            region=region,
            create=[_listed(listed, "not_held") for listed in plan.create],
            update=[_known(row, listed, "held") for row, listed in shown if row.id not in plan.reactivate],
            reactivate=[_known(row, listed, "listed_again") for row, listed in shown if row.id in plan.reactivate],
            reidentify=[_identity(each, held, "reidentified") for each in same.values() if each.older in held],
            ask=[
                _identity(each, held, "not_held") for each in judgements if each.is_same is None and each.older in held
            ],
            archive=_held(plan.archive, held, "no_longer_listed"),
            withheld=_held(plan.withheld, held, "most_are_missing"),
        )


def _listed(listed: ListedCharacter, reason: PlanReason, id_: UUID | None = None) -> PlannedCharacter:
    return PlannedCharacter(
        id=id_,
        battle_net_id=listed.battle_net_id,
        name=listed.name,
        realm=listed.realm.slug,
        level=listed.level,
        reason=reason,
    )


def _known(row: CharacterRow, listed: ListedCharacter, reason: PlanReason) -> PlannedCharacter:
    before = {"name": row.name, "level": row.level, "faction": row.faction, "race_name": row.race_name}
    after = {"name": listed.name, "level": listed.level, "faction": listed.faction, "race_name": listed.race.name}
    fields: dict[str, Any] = {}
    for change in changes_of(row.id, before, after, row.updated_at):
        fields |= {"name": dict(change.detail)} if change.kind is ChangeKind.RENAMED else change.detail["fields"]
    return _listed(listed, reason, row.id).model_copy(update={"fields": fields})


def _identity(judgement: Judgement, held: dict[UUID, CharacterRow], reason: PlanReason) -> PlannedIdentity:
    known = _known(held[judgement.older], judgement.listed, reason)
    return PlannedIdentity(
        **{name: getattr(known, name) for name in PlannedCharacter.model_fields},
        kind=judgement.kind.value,
        confidence=judgement.confidence,
        evidence=[EvidenceAnswer.model_validate(asdict(fact)) for fact in judgement.evidence],
    )


def _held(ids: Iterable[UUID], held: dict[UUID, CharacterRow], reason: PlanReason) -> list[PlannedCharacter]:
    rows = sorted((held[id_] for id_ in ids if id_ in held), key=lambda row: (row.name, row.id))
    return [
        PlannedCharacter(
            id=row.id,
            battle_net_id=row.battle_net_id,
            name=row.name,
            realm=row.realm_slug,
            level=row.level,
            reason=reason,
        )
        for row in rows
    ]
