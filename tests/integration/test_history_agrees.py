"""What history tells agrees with what the sandbox's world was, on every day, whatever was played, synced or broken."""

import asyncio
import base64
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from support.days import START, Days, running_days
from support.lengths import IS_LONG, SECONDS, examples
from support.service import Player

DAY = timedelta(days=1)
CHARACTERS = 3
FACETS = {"profile": "", "equipment": "/equipment", "specializations": "/specializations"}


@dataclass(frozen=True)
class Played:
    """What a character does on a day."""

    character: int
    level: int | None
    spec: int | None


@dataclass(frozen=True)
class Today:
    """What happens on a day: play, a facet that Battle.net does not give, and a sync of all or of one, or none."""

    played: tuple[Played, ...]
    broken: str | None
    synced: str | int | None


plays = st.builds(
    Played,
    st.integers(0, CHARACTERS - 1),
    st.none() | st.integers(60, 80),
    st.none() | st.integers(0, 3),
)
calendars = st.lists(
    st.builds(
        Today,
        st.lists(plays, max_size=2, unique_by=lambda play: play.character).map(tuple),
        st.sampled_from([None, None, None, *FACETS]),
        st.sampled_from(["all", "all", None, *range(CHARACTERS)]),
    ),
    min_size=2,
    max_size=9,
)


def told_by_battle_net(facet: str, body: Mapping[str, Any]) -> Any:
    """What an answer says, read here and nowhere else: not by the service's code."""
    if facet == "profile":
        return body["level"], body["equipped_item_level"], body["last_login_timestamp"]
    if facet == "equipment":
        return {item["slot"]["type"]: item["item"]["id"] for item in body["equipped_items"]}
    active = body["active_specialization"]["id"]
    [loadout] = [
        loadout
        for spec in body["specializations"]
        if spec["specialization"]["id"] == active
        for loadout in spec["loadouts"]
        if loadout["is_active"]
    ]
    trees = ("selected_class_talents", "selected_spec_talents", "selected_hero_talents")
    return active, {talent["id"]: talent["rank"] for tree in trees for talent in loadout.get(tree) or ()}


def told_by_us(facet: str, detail: Mapping[str, Any]) -> Any:
    held = detail[facet]
    if facet == "profile":
        login = held["lastLoginAt"].replace("Z", "+00:00")
        return held["level"], held["itemLevel"], _milliseconds(login)
    if facet == "equipment":
        return {item["slot"]: item["itemId"] for item in held["items"]}
    [active] = [spec for spec in held["specs"] if spec["isActive"]]
    return active["id"], {talent["id"]: talent["rank"] for talent in active["talents"]}


def _milliseconds(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp() * 1000)


class World:
    """The sandbox's world, looked at every day through its own API: the log that history has to agree with."""

    def __init__(self, days: Days, player: Player) -> None:
        self.days, self.player = days, player
        self.log: list[dict[tuple[int, str], Any]] = []
        self.seen: list[set[tuple[int, str]]] = []

    async def begin(self) -> None:
        await self.days.sync(self.player)
        self.characters = sorted(await self.player.characters(), key=lambda character: character["battleNetId"])
        self.seen.append({(number, facet) for number in range(CHARACTERS) for facet in FACETS})
        self.log.append(await self.look())

    async def look(self) -> dict[tuple[int, str], Any]:
        """Ask Battle.net itself about everything."""
        url = self.days.service.sandbox.url
        found = {}
        async with aiohttp.ClientSession() as client:
            grant = {"grant_type": "client_credentials"}
            ours = {"Authorization": f"Basic {base64.b64encode(b'sandbox:sandbox').decode()}"}
            async with client.post(f"{url}/oauth/token", data=grant, headers=ours) as response:
                token = (await response.json())["access_token"]
            headers = {"Authorization": f"Bearer {token}", "Battlenet-Namespace": "profile-eu"}
            for number, character in enumerate(self.characters):
                path = f"{url}/api/eu/profile/wow/character/{character['realm']}/{character['name'].lower()}"
                for facet, end in FACETS.items():
                    async with client.get(f"{path}{end}?locale=en_GB", headers=headers) as response:
                        assert response.status == 200
                        found[number, facet] = told_by_battle_net(facet, json.loads(await response.read()))
        return found

    async def live(self, today: Today) -> None:
        await self.days.pass_time(DAY / 2)
        for play in today.played:
            number = self.characters[play.character]["battleNetId"]
            doing = {"action": "play"} | {
                k: v for k, v in (("level", play.level), ("spec", play.spec)) if v is not None
            }
            await self.days.service.control("POST", f"accounts/world/characters/{number}", doing)
        await self.days.pass_time(DAY / 2)
        self.log.append(await self.look())
        if today.broken:
            path = "*/" + (FACETS[today.broken].strip("/") or "????*")
            match = {"path": path} if FACETS[today.broken] else {"path": "/profile/wow/character/*/*"}
            await self.days.service.control("POST", "faults", {"match": match, "respond": {"status": 503}})
        await self.player.sign_in("world")
        if today.synced == "all":
            await self.days.sync(self.player)
        elif today.synced is not None:
            path = f"/api/v1/characters/{self.characters[int(today.synced)]['id']}/enrich"
            await self.days.run((await self.player.post(path))["sessionId"])
        await self.days.service.control("DELETE", "faults")
        asked = range(CHARACTERS) if today.synced == "all" else [] if today.synced is None else [int(today.synced)]
        # A profile that is not given lets nothing else be asked; a broken facet is known only if nobody had to ask.
        self.seen.append({(number, facet) for number in asked for facet in FACETS if today.broken is None})

    async def agrees(self) -> None:
        moments = [(START + day * DAY).isoformat() for day in range(len(self.log))]
        for number, character in enumerate(self.characters):
            path = f"/api/v1/characters/{character['id']}"
            known: list[dict[str, Any]] = []
            for day, moment in enumerate(moments):
                detail = await self.player.get(path, asOf=moment)
                told = {name: told_by_us(name, detail) for name in FACETS if detail["facets"][name]["state"] == "known"}
                for facet, value in told.items():
                    assert value == self.log[day][number, facet], (character["name"], facet, day)
                missed = {facet for n, facet in self.seen[day] if n == number} - told.keys()
                assert not missed, (character["name"], missed, day)
                known.append(told)
            for day in range(len(moments) - 1):
                await self.differs(path, known, day, len(moments) - 1, moments)
                await self.differs(path, known, day, day + 1, moments)

    async def differs(self, path: str, known: list[dict[str, Any]], first: int, last: int, moments: list[str]) -> None:
        diff = (await self.player.get(f"{path}/diff", **{"from": moments[first], "to": moments[last]}))["facets"]
        for facet in FACETS:
            was, now = known[first].get(facet), known[last].get(facet)
            if was is None or now is None:
                assert diff[facet]["state"] == "unknown"
                continue
            if facet == "profile":
                changed = {c["field"]: (c["before"], c["after"]) for c in diff[facet]["fields"]}
                assert changed.get("level", (was[0], was[0])) == (was[0], now[0])
                assert changed.get("itemLevel", (was[1], was[1])) == (was[1], now[1])
            elif facet == "equipment":
                changed = {c["slot"]: (_item(c["before"]), _item(c["after"])) for c in diff[facet]["slots"]}
                both = was.keys() | now.keys()
                other = {slot: (was.get(slot), now.get(slot)) for slot in both if was.get(slot) != now.get(slot)}
                assert {slot: pair for slot, pair in changed.items() if pair[0] != pair[1]} == other
            else:
                assert diff[facet]["state"] == "different" or was == now
                if was[0] == now[0]:
                    assert _talents_after(was, diff[facet]["specializations"]) == now[1]


def _talents_after(was: Any, changes: list[Any]) -> dict[int, int]:
    """What the talents of the active specialization become by the changes that are told."""
    active, talents = was[0], dict(was[1])
    for change in changes:
        if change["specialization"]["id"] == active:
            talents |= {c["after"]["id"]: c["after"]["rank"] for c in change["talents"] if c["after"]}
            for talent in change["talents"]:
                if talent["after"] is None:
                    del talents[talent["before"]["id"]]
    return talents


def _item(item: Mapping[str, Any] | None) -> int | None:
    return None if item is None else int(item["itemId"])


@given(calendars)
@settings(  # each example is a service and a sandbox and takes seconds: no shrinking
    max_examples=examples(4),
    derandomize=not IS_LONG,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@pytest.mark.timeout(SECONDS)
def test_history_and_differences_agree_with_the_sandboxs_world_on_every_day(calendar: list[Today]) -> None:
    async def months(folder: Path) -> None:
        async with running_days(folder) as days:
            new = {"id": "world", "gameVersion": "retail", "region": "eu", "characters": CHARACTERS}
            await days.service.control("POST", "accounts", new)
            await days.service.control("POST", "settings", {"requestsPerSecond": 0})  # we look too, beside the service
            async with days.service.player("world") as player:
                world = World(days, player)
                await world.begin()
                for today in calendar:
                    await world.live(today)
                await world.agrees()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(months(Path(folder)))
