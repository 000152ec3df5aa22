"""Why a character is as it is: everything that was seen and decided about it, in sentences and in order. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from character_sync.adapters.database.lookups import PastChange, PastJob
from character_sync.domain.freshness import TOLD_BY_THE_LOGIN
from character_sync.domain.game import Facet
from character_sync.domain.reason_words import REASON_WORDS
from character_sync.domain.schedules import EveryHours, FreshBy, Rule
from character_sync.domain.sync_session import Reason
from character_sync.ports import (
    CharacterGroup,
    CharacterRow,
    CircuitRow,
    FacetRow,
    IdentityDecision,
    Observation,
    PlayerFields,
    Schedule,
    UserId,
)


@dataclass(frozen=True, slots=True)
class Trail:
    """What is on record of one character. Lists are in the order in which they are told."""

    owner: UserId
    character: CharacterRow
    facets: Sequence[FacetRow]
    is_withheld: bool
    observations: Sequence[Observation]
    decisions: Sequence[IdentityDecision]
    jobs: Sequence[PastJob]
    changes: Sequence[PastChange]
    players_own: PlayerFields | None
    groups: Sequence[CharacterGroup]
    schedule: Schedule | None
    circuits: Sequence[CircuitRow]


def explained(trail: Trail, now: datetime) -> Iterator[str]:
    """Return the lines an operator reads, each part under a heading of its own."""
    yield from _who(trail)
    yield from _part("Where it stands", _standing(trail, now))
    yield from _part("Each facet", (line for facet in _in_order(trail.facets) for line in _facet(facet, now)))
    yield from _part("Seen at Battle.net as", map(_observed, trail.observations))
    yield from _part("Decided about who it is", (line for one in trail.decisions for line in _decided(one)))
    yield from _part("What its player says", _players_own(trail))
    yield from _part("In the newest syncs", map(_job, trail.jobs))
    yield from _part("What has changed", map(_change, trail.changes))
    yield from _part("By itself", _schedule(trail.schedule))


def _who(trail: Trail) -> Iterator[str]:
    it = trail.character
    about = " ".join(word for word in (it.race_name, it.class_name) if word)
    yield f"{it.name}, level {it.level} {about} on {it.realm_name or it.realm_slug} ({it.region.value}, {it.game_version})"
    yield f"character {it.id}, number {it.battle_net_id} at Battle.net, of the user {trail.owner}"


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    yield ""
    yield f"{title}:"
    yield from (f"  {line}" for line in lines or ["nothing"])


def _standing(trail: Trail, now: datetime) -> Iterator[str]:
    it = trail.character
    yield f"held since {_at(it.created_at)}, last changed {_at(it.updated_at)}"
    if it.is_active:
        yield "active: the last listing of its game version showed it"
    else:
        yield f"archived since {_at(it.archived_at)}: listings do not show it any more"
    if trail.is_withheld:
        yield "the last listing lacked it with most others, so it is archived only when the next one lacks it, too"
    if it.missing_since is not None:
        yield f"Battle.net has said since {_at(it.missing_since)} that there is no such character"
    if it.gone_at is not None:
        yield f"gone since {_at(it.gone_at)}: what Battle.net told of it was deleted; its key is kept to know it again"
    elif it.verify_by is not None:
        late = " - THAT IS OVER" if it.verify_by < now else ""
        yield f"last verified {_at(it.verified_at)}; must be again, or go, by {_at(it.verify_by)} (30-day rule){late}"
    for row in trail.circuits:
        place = f"{row.place.region} {row.place.namespace} {row.place.endpoint}"
        if row.is_open:
            yield f"the circuit {place} is open by an operator's word of {_at(row.said_at)}: syncs that need it wait"
        elif row.until is not None and row.until > now:
            yield f"the circuit {place} has opened by itself: tried again {_at(row.until)}"


def _in_order(facets: Sequence[FacetRow]) -> list[FacetRow]:
    """Return facets as they are fetched: the profile first, which the others depend on."""
    return sorted(facets, key=lambda row: row.facet != Facet.PROFILE)


def _facet(facet: FacetRow, now: datetime) -> Iterator[str]:
    reason = f", {facet.reason}" if facet.reason else ""
    yield f"{facet.facet}: {facet.state}{reason}"
    if facet.reason in set(Reason):
        why, what_to_do = REASON_WORDS[Reason(facet.reason)]
        yield f"  {why} {what_to_do}"
    times = (
        ("tried", facet.attempted_at),
        ("answered", facet.fetched_at),
        ("changed", facet.changed_at),
        ("changed at Battle.net", facet.upstream_modified_at),
    )
    told = [f"{name} {_at(time)}" for name, time in times if time is not None]
    yield f"  {', '.join(told)}"
    yield f"  {_next(facet, now)}"


def _next(facet: FacetRow, now: datetime) -> str:
    if facet.next_due_at is None or facet.next_due_at <= now:
        return "the next sync asks for it"
    earlier = ", or once its profile shows a new login" if facet.facet in TOLD_BY_THE_LOGIN else ""
    return f"the first sync after {_at(facet.next_due_at)} asks for it{earlier}"


def _observed(seen: Observation) -> str:
    sighting = seen.sighting
    sides = ", ".join(word.capitalize() for word in (sighting.faction, sighting.gender) if word)
    span = f"{_at(seen.first_seen_at)} to {_at(seen.last_seen_at)}"
    achievements = "" if seen.achievements is None else f", {len(seen.achievements)} achievements known"
    return (
        f"{span}: {sighting.name} on {sighting.realm_slug}, number {sighting.battle_net_id}, level {sighting.level}, "
        f"class no. {sighting.class_id}, race no. {sighting.race_id}, {sides}{achievements}"
    )


def _decided(one: IdentityDecision) -> Iterator[str]:
    verdict = {True: "the same", False: "two characters", None: "waits for the player"}[one.is_same]
    by = f" by {one.decided_by} at {_at(one.decided_at)}" if one.decided_by else ""
    yield (
        f"{_at(one.created_at)}: {one.kind}, {verdict}{by} ({one.status}, confidence {one.confidence:.2f}; "
        f"{one.older_id} and {one.newer_id}; decision {one.id})"
    )
    for fact in one.evidence:
        values = f": {fact['old']} -> {fact['new']}" if fact.get("old") or fact.get("new") else ""
        yield f"  {'for' if fact['favours'] else 'against'}: {fact['code']}{values}"


def _players_own(trail: Trail) -> Iterator[str]:
    own = trail.players_own
    if own is not None:
        told = (("called", own.display_name), ("role", own.role), ("note", own.note), ("hidden", own.is_hidden))
        yield ", ".join(f"{name} {value!r}" for name, value in told if value is not None) + f" ({_at(own.updated_at)})"
    for group in trail.groups:
        yield f"{'main' if group.main == trail.character.id else 'member'} of the group {group.name!r}"


def _job(job: PastJob) -> str:
    reason = f", {job.reason}" if job.reason else ""
    return f"{_at(job.started_at)} {job.kind} {job.session_id}: {job.status}{reason}, attempts: {job.attempts}"


def _change(change: PastChange) -> str:
    return f"{_at(change.at)} {change.kind}{_detail(change.detail)}"


def _detail(detail: dict[str, Any]) -> str:
    return f" {detail}" if detail else ""


def _schedule(schedule: Schedule | None) -> Iterator[str]:
    if schedule is None or schedule.next_due_at is None:
        yield "never: the player has not asked for it"
        return
    yield f"{_rule(schedule.rule)}, next {_at(schedule.next_due_at)}"
    if schedule.last_due_at is not None and schedule.last_outcome is not None:
        yield f"last due {_at(schedule.last_due_at)}: {schedule.last_outcome.value}; missed in all: {schedule.missed}"
    if schedule.problem:
        yield f"put off: {schedule.problem}"
    if schedule.list_frozen_since is not None:
        yield f"nothing can be listed since {_at(schedule.list_frozen_since)}: the player has to sign in again"


def _rule(rule: Rule) -> str:
    match rule:
        case EveryHours(hours):
            return f"every {hours} hours"
        case FreshBy(weekday, at, time_zone):
            return f"fresh by {weekday.name.capitalize()} {at:%H:%M} {time_zone}"
        case _:
            return "never"


def _at(time: datetime | None) -> str:
    return "never" if time is None else f"{time:%Y-%m-%d %H:%M:%S} UTC"
