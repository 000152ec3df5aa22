"""Syncs the scripted world month after month, holds every judgement against the truth, and undoes what was decided."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from character_sync.adapters.database.identity_tables import character_observations
from character_sync.adapters.database.tables import (
    character_facet_states,
    character_facets,
    character_snapshots,
    characters,
)
from character_sync.bootstrap import build_worker
from identity_world.script import KINDS, Account, Script, Truth
from support.service import Player, RunningService, running_service

VERSIONS = ("retail", "classic_progression", "classic_era", "classic_sod", "classic_anniversary")
NEVER = 1e9  # seconds; the upkeep is done by hand here, at the world's pace
SIGNS = ("right", "asked", "missed", "wrong")


@dataclass
class Report:
    """How what happened was judged, by game version and kind, and how many undos were exact."""

    characters: int
    months: int
    judged: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    undone: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    def total(self, sign: str, version: str | None = None) -> int:
        versions = [version] if version else VERSIONS
        return sum(counts[sign] for each in versions for counts in self.judged[each].values())

    def table(self) -> str:
        """Return the report as Markdown."""
        lines = [
            "| game version | what happened | right | left to the player | not noticed | wrong |",
            "|" + "---|" * 6,
        ]
        for version in VERSIONS:
            for kind in KINDS:
                counts = self.judged[version].get(kind)
                if counts:
                    lines.append(f"| {version} | {kind} | " + " | ".join(str(counts[sign]) for sign in SIGNS) + " |")
            totals = " | ".join(f"**{self.total(sign, version)}**" for sign in SIGNS)
            lines.append(f"| **{version}** | **all** | {totals} |")
        return "\n".join(lines)


class Clock:
    """Real time plus the months that have passed."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset


def accounts_of(count: int) -> list[Account]:
    """Split so many characters over the versions: two players of each, who can take each other's names."""
    shares = dict.fromkeys(VERSIONS, 0.2) | {"retail": 0.3, "classic_sod": 0.1}
    return [
        Account(f"{version}-{player}", version, round(count * share * part))
        for version, share in shares.items()
        for player, part in (("one", 0.6), ("two", 0.4))
    ]


async def judge(folder: Path, *, characters: int, months: int, seed: int = 6) -> Report:
    """Run the world and return how it was judged."""
    clock = Clock()
    # The upkeep is done by hand, and nobody's pace is what this is about.
    off = {"verification_seconds": NEVER, "identity_seconds": NEVER, "requests_per_second": 0, "requests_per_hour": 0}
    off |= {"requests_per_user": 0, "requests_per_address": 0, "sign_ins_per_address": 0}
    async with running_service(folder, clock=clock, **off) as service:
        accounts = accounts_of(characters)
        script = Script(service, accounts, seed)
        await script.begin()
        async with AsyncExitStack() as stack:
            players = {
                account.id: await stack.enter_async_context(_playing(service, account.id)) for account in accounts
            }
            world = _World(service, script, players, Report(sum(a.characters for a in accounts), months))
            for account in accounts:
                await world.meet(account)
            for month in range(1, months + 1):
                clock.offset += timedelta(days=30)
                await script.month(month)
                for account in accounts:
                    await world.look(account)
    return world.report


@asynccontextmanager
async def _playing(service: RunningService, account: str) -> AsyncIterator[Player]:
    async with service.player(account) as player:
        yield player


class _World:
    def __init__(self, service: RunningService, script: Script, players: dict[str, Player], report: Report) -> None:
        self.service, self.script, self.players, self.report = service, script, players, report
        self.upkeep = build_worker(service.parts).keep_identities
        self.known: dict[Truth, str] = {}

    async def meet(self, account: Account) -> None:
        """Sync an account for the first time; whoever is listed is who they are."""
        await self._sync(account)
        held = await self._held(account)
        for each in await self.script.characters(account):
            self.known[account.id, each["origin"]] = held[each["realmId"], each["battleNetId"]]

    async def look(self, account: Account) -> None:
        """Sync an account after a month, judge what was made of it, undo what was decided and go on with the truth."""
        player = self.players[account.id]
        await player.sign_in(account.id)  # both Battle.net's token and ours have ended meanwhile
        rows = {id_: await self._rows(id_) for id_ in set((await self._held(account)).values())}
        decided = {each["id"] for each in await self._decisions(player)}
        await self._sync(account)
        new = [each for each in await self._decisions(player) if each["id"] not in decided]
        await self._judge(account, new)
        for decision in new:
            if decision["status"] == "applied" and decision["isSame"]:
                await self._undo(player, decision, rows[decision["olderId"]])
        await self._answer(account, new)

    async def _judge(self, account: Account, new: list[Any]) -> None:
        held = await self._held(account)
        questions = {each["newerId"] for each in new if each["status"] == "asked"}
        people = {id_: truth for truth, id_ in self.known.items()}
        for each in await self.script.characters(account):
            truth = (account.id, each["origin"])
            id_ = held[each["realmId"], each["battleNetId"]]
            kind = self.script.happened.get(truth)
            expected = self.known.get(truth)
            sign = "right"
            if id_ in questions:
                sign = "asked"
            elif people.get(id_, truth) != truth or any(
                decision["newerId"] == id_ and decision["isSame"] is False and expected for decision in new
            ):
                sign = "wrong"
            elif expected is not None and id_ != expected:
                sign = "missed"
            if kind is not None or sign != "right":
                self.report.judged[account.version][kind or "nothing"][sign] += 1
            if sign in {"wrong", "missed"}:
                self.report.details.append(f"{sign}: {kind} of {truth}: {id_}, known as {expected}")
            if sign != "asked":
                self.known[truth] = id_

    async def _undo(self, player: Player, decision: Any, before: dict[str, list[Any]]) -> None:
        """Undo a decision, compare every row with what it was before the sync, and decide the same by hand."""
        path = f"/api/v1/identity/decisions/{decision['id']}"
        await player.post(f"{path}/undo", expect=200)
        self.report.undone["exact" if await self._rows(decision["olderId"]) == before else "not exact"] += 1
        await player.post(f"{path}/answer", {"isSame": True}, expect=200)

    async def _answer(self, account: Account, new: list[Any]) -> None:
        """The player tells the truth."""
        held = await self._held(account)
        truths = {
            held[each["realmId"], each["battleNetId"]]: (account.id, each["origin"])
            for each in await self.script.characters(account)
        }
        asked = [(each, truths[each["newerId"]]) for each in new if each["status"] == "asked"]
        settled: set[str] = set()
        # A yes first: it settles what else was asked about the two.
        for question, truth in sorted(asked, key=lambda each: self.known.get(each[1]) != each[0]["olderId"]):
            is_same = self.known.get(truth) == question["olderId"]
            if not settled & {question["olderId"], question["newerId"]}:
                path = f"/api/v1/identity/decisions/{question['id']}/answer"
                await self.players[account.id].post(path, {"isSame": is_same}, expect=200)
                self.report.answered["yes" if is_same else "no"] += 1
            if is_same:
                settled |= {question["olderId"], question["newerId"]}
        for newer, truth in {(question["newerId"], truth) for question, truth in asked}:
            if newer in settled:
                continue
            if truth in self.known:
                self.report.details.append(f"nobody asked the right question about {truth}")
                self.report.judged[account.version][self.script.happened[truth]]["missed"] += 1
            self.known[truth] = newer

    async def _sync(self, account: Account) -> None:
        player = self.players[account.id]
        snapshot = await player.sync(account.version, "eu")
        assert snapshot["status"] == "completed", snapshot
        while await self.upkeep.execute():
            pass

    async def _held(self, account: Account) -> dict[tuple[int, int], str]:
        owner = UUID(self.players[account.id].me["id"])
        query = select(characters.c.realm_id, characters.c.battle_net_id, characters.c.id)
        async with self.service.parts.database.reading() as connection:
            rows = await connection.execute(query.where(characters.c.user_id == owner))
            return {(row.realm_id, row.battle_net_id): str(row.id) for row in rows}

    async def _rows(self, character: str) -> dict[str, list[Any]]:
        """Every row of a character, its facets, history and observations, but for when its row was touched."""
        found: dict[str, list[Any]] = {}
        async with self.service.parts.database.reading() as connection:
            for table in (
                characters,
                character_facets,
                character_facet_states,
                character_snapshots,
                character_observations,
            ):
                column = table.c.id if table is characters else table.c.character_id
                columns = [each for each in table.columns if (table, each.name) != (characters, "updated_at")]
                rows = await connection.execute(select(*columns).where(column == UUID(character)))
                found[table.name] = sorted((list(row) for row in rows), key=repr)
        return found

    async def _decisions(self, player: Player) -> list[Any]:
        found: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = await player.get("/api/v1/identity/decisions", limit="200", **cursor)
            found += page["items"]
            if page["nextCursor"] is None:
                return found
            cursor = {"cursor": page["nextCursor"]}
