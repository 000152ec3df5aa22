"""Who is who over the API: questions, answers, undoing; groups and fields of the player's own, which survive any sync."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from support.service import Player, RunningService

ERA = "classic_era"


async def change(player: Player, path: str, body: Any, *, expect: int = 200) -> Any:
    async with player.browser.patch(path, json=body) as response:
        assert response.status == expect, await response.text()
        return await response.json()


@asynccontextmanager
async def player_of_era(service: RunningService) -> AsyncIterator[Player]:
    account = {"id": "era", "gameVersion": ERA, "region": "eu", "characters": 6}
    await service.control("POST", "accounts", account)
    async with service.player("era") as player:
        yield player


async def _transferred(service: RunningService, player: Player) -> tuple[Any, Any]:
    """A character of Classic Era moves to another realm and gets another number; return it before and after."""
    await player.sync(ERA, "eu")
    before = (await player.characters())[0]
    [account] = [each for each in await service.control("GET", "accounts") if each["id"] == "era"]
    realm = min({each["realm"] for each in account["characters"]} - {before["realm"]})
    path = f"accounts/era/characters/{before['battleNetId']}"
    await service.control("POST", path, {"action": "transfer", "realm": realm, "newId": True})
    await player.sync(ERA, "eu")
    after = next(each for each in await player.characters() if each["name"] == before["name"])
    return before, after


async def test_a_question_is_answered_and_taken_back(service: RunningService) -> None:
    async with player_of_era(service) as player:
        before, after = await _transferred(service, player)
        [question] = (await player.get("/api/v1/identity/decisions", status="asked"))["items"]
        assert (question["kind"], question["isSame"]) == ("transferred", None)
        assert (question["olderId"], question["newerId"]) == (before["id"], after["id"])
        facts = {fact["code"]: fact for fact in question["evidence"]}
        assert facts["name"] == {"code": "name", "favours": True, "old": before["name"], "new": before["name"]}
        assert not facts["realm"]["favours"]

        path = f"/api/v1/identity/decisions/{question['id']}"
        answered = await player.post(f"{path}/answer", {"isSame": True}, expect=200)
        assert (answered["status"], answered["decidedBy"], answered["isUndoable"]) == ("applied", "player", True)
        merged = await player.get(f"/api/v1/characters/{before['id']}")
        assert (merged["realm"], merged["battleNetId"]) == (after["realm"], after["battleNetId"])
        await player.get(f"/api/v1/characters/{after['id']}", expect=404)
        states = await player.get(f"/api/v1/characters/{before['id']}/observations")
        assert [state["realm"] for state in states] == [before["realm"], after["realm"]]

        undone = await player.post(f"{path}/undo", expect=200)
        assert undone["status"] == "undone"
        assert (await player.get(f"/api/v1/characters/{before['id']}"))["realm"] == before["realm"]
        assert (await player.get(f"/api/v1/characters/{after['id']}"))["realm"] == after["realm"]
        refused = await player.post(f"{path}/undo", expect=409)
        assert refused["code"] == "identity_decision_final"


async def test_what_the_player_set_survives_archiving_a_transfer_a_merge_and_its_undo(service: RunningService) -> None:
    async with player_of_era(service) as player:
        before, after = await _transferred(service, player)
        mine = await change(player, f"/api/v1/characters/{before['id']}/mine", {"note": "Alchemist", "role": "healer"})
        group = await player.post(
            "/api/v1/groups", {"name": "Us", "members": [before["id"]], "main": before["id"]}, expect=201
        )
        await change(player, f"/api/v1/characters/{after['id']}/mine", {"displayName": "Traveller"})
        [question] = (await player.get("/api/v1/identity/decisions", status="asked"))["items"]
        path = f"/api/v1/identity/decisions/{question['id']}"

        await player.post(f"{path}/answer", {"isSame": True}, expect=200)
        await player.sync(ERA, "eu")
        merged = await player.get(f"/api/v1/characters/{before['id']}/mine")
        assert (merged["note"], merged["role"], merged["displayName"]) == ("Alchemist", "healer", "Traveller")
        await player.post(f"{path}/undo", expect=200)
        await player.sync(ERA, "eu")

        held = await player.get(f"/api/v1/characters/{before['id']}/mine")
        assert (held["note"], held["role"]) == (mine["note"], mine["role"])
        assert (await player.get(f"/api/v1/characters/{after['id']}/mine"))["displayName"] == "Traveller"
        assert (await player.get(f"/api/v1/groups/{group['id']}"))["main"] == before["id"]


async def test_null_goes_back_to_the_source_and_what_is_left_out_stays(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync()
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}/mine"
        await change(player, path, {"note": "Alchemist", "isHidden": True})
        [shown] = [each for each in await player.characters() if "mine" in each]
        detail = await player.get(f"/api/v1/characters/{character['id']}")
        assert shown["id"] == character["id"]
        assert shown["mine"] == detail["mine"]
        assert (detail["mine"]["note"], detail["mine"]["isHidden"]) == ("Alchemist", True)
        changed = await change(player, path, {"note": None})
        assert (changed["note"], changed["isHidden"]) == (None, True)
        await change(player, path, {"isHidden": None})
        assert (await player.get(path))["updatedAt"] is None
        await change(player, path, {"role": "boss"}, expect=422)
        await change(player, path, {"note": "\x00"}, expect=422)


async def test_a_group_has_one_main_across_game_versions(service: RunningService) -> None:
    async with service.player("six") as player:
        await player.sync("retail")
        await player.sync(ERA)
        ids = [each["id"] for each in await player.characters()]
        body = {"name": "Mains", "members": [ids[0], ids[-1], ids[0]], "main": ids[0]}
        group = await player.post("/api/v1/groups", body, expect=201)
        assert (set(group["members"]), group["main"]) == ({ids[0], ids[-1]}, ids[0])
        path = f"/api/v1/groups/{group['id']}"
        assert (await change(player, path, {"main": ids[-1]}))["main"] == ids[-1]
        assert (await change(player, path, {"members": [ids[0]]}))["main"] is None
        assert (await change(player, path, {"name": "Alts"}))["members"] == [ids[0]]
        assert [each["name"] for each in (await player.get("/api/v1/groups"))["items"]] == ["Alts"]
        await change(player, path, {"main": ids[-1]}, expect=422)
        foreign = {"members": ["00000000-0000-4000-8000-000000000000"]}
        await change(player, path, foreign, expect=404)
        async with player.browser.delete(path) as response:
            assert response.status == 204
        await player.get(path, expect=404)


async def test_groups_have_a_limit(service: RunningService) -> None:
    async with service.player("six") as player:
        for number in range(100):
            await player.post("/api/v1/groups", {"name": f"Group {number}"}, expect=201)
        refused = await player.post("/api/v1/groups", {"name": "One more"}, expect=422)
        assert refused["code"] == "invalid_request"


async def test_a_plan_names_who_is_known_again_and_who_would_be_asked_about(service: RunningService) -> None:
    async with player_of_era(service) as player:
        await player.sync(ERA, "eu")
        kept, renumbered = (await player.characters())[:2]
        [account] = [each for each in await service.control("GET", "accounts") if each["id"] == "era"]
        realm = min({each["realm"] for each in account["characters"]} - {kept["realm"], renumbered["realm"]})
        for character, is_new in ((kept, False), (renumbered, True)):
            path = f"accounts/era/characters/{character['battleNetId']}"
            await service.control("POST", path, {"action": "transfer", "realm": realm, "newId": is_new})
        body = {"gameVersion": ERA, "region": "eu", "dryRun": True}
        plan = await player.post("/api/v1/characters/sync", body, expect=200)
        held = await player.characters()

    [same], [asked] = plan["reidentify"], plan["ask"]
    assert (same["id"], same["realm"], same["reason"], same["kind"]) == (
        kept["id"],
        realm,
        "reidentified",
        "transferred",
    )
    assert {fact["code"]: fact["favours"] for fact in same["evidence"]}["number"]
    assert (asked["id"], asked["name"], asked["confidence"]) == (renumbered["id"], renumbered["name"], 0.9)
    assert [planned["name"] for planned in plan["create"]] == [renumbered["name"]]
    assert [planned["id"] for planned in plan["archive"]] == [renumbered["id"]]
    assert kept["id"] not in {planned["id"] for planned in plan["update"]}
    assert {each["realm"] for each in held} == {each["realm"] for each in account["characters"]}
