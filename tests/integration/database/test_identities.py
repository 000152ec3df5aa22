"""Characters that change their key: followed, asked about, merged, and put back exactly, on both databases."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from character_sync.adapters.database.identity_tables import character_observations
from character_sync.domain.character import NamedId
from character_sync.domain.errors import CharacterBusy, IdentityDecisionFinal
from character_sync.domain.game import Realm
from character_sync.domain.verification import CheckOutcome
from character_sync.ports import CheckedCharacter
from fakes.characters import ERA, NOW, listed
from fakes.listed_days import ALT, DAY, ELSEWHERE, JAINA, MODERN, World, about_to_move
from fakes.store import Store


@pytest.fixture
async def retail(store: Store) -> World:
    return World(store, await store.user(lasts=400 * DAY), MODERN)


@pytest.fixture
async def era(store: Store) -> World:
    return World(store, await store.user(lasts=400 * DAY), ERA)


async def test_an_unchanged_listing_writes_no_observation(retail: World) -> None:
    await retail.shows(JAINA)
    [jaina] = (await retail.ids()).values()
    [first] = await retail.rows(character_observations, jaina)
    retail.now -= DAY
    await retail.shows(JAINA)
    assert await retail.rows(character_observations, jaina) == [first]


async def test_of_sixty_unchanged_characters_one_statement_notes_that_they_were_seen_again(retail: World) -> None:
    sixty = [listed(number, name=f"Hero{number}", level=70) for number in range(1, 61)]
    await retail.shows(*sixty)
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 - SQLAlchemy's
        if "character_observations" in statement and not statement.startswith("SELECT"):
            written.extend([statement.split(maxsplit=1)[0]] * (len(parameters) if many else 1))

    event.listen(retail.store.database.engine.sync_engine, "before_cursor_execute", note)
    await retail.shows(*sixty)
    event.remove(retail.store.database.engine.sync_engine, "before_cursor_execute", note)
    assert written == ["UPDATE"]


async def test_a_state_that_lasts_is_one_row_and_a_new_one_begins_another(retail: World) -> None:
    await retail.shows(JAINA)
    await retail.shows(JAINA)
    await retail.shows(replace(JAINA, name="Janice"))
    [jaina] = (await retail.ids()).values()
    states = await retail.store.ask(lambda work: work.observations.of_character(retail.owner, jaina))
    assert [(state.sighting.name, state.first_seen_at, state.last_seen_at) for state in states] == [
        ("Jaina", NOW + DAY, NOW + 2 * DAY),
        ("Janice", NOW + 3 * DAY, NOW + 3 * DAY),
    ]
    assert [state.is_current for state in states] == [False, True]


async def test_a_profile_that_is_new_and_not_older_than_the_list_is_an_observation(retail: World) -> None:
    await retail.shows(replace(JAINA, level=60))
    [jaina] = (await retail.ids()).values()

    async def levels() -> list[int]:
        return sorted(row["level"] for row in await retail.rows(character_observations, jaina))

    await retail.enriched(jaina, level=59)
    assert await levels() == [60]
    await retail.enriched(jaina, level=61)
    assert await levels() == [60, 61]
    await retail.shows(replace(JAINA, level=60))
    await retail.enriched(jaina, level=61)  # the same profile again: it says nothing new
    assert await levels() == [60, 60, 61]


async def test_a_proven_transfer_keeps_the_character_and_is_on_record(retail: World) -> None:
    moved = await about_to_move(retail)
    before = await retail.ids()
    await retail.shows(moved, ALT)

    assert await retail.ids() == {"Jaina-2": before["Jaina-1"], "Alt-9": before["Alt-9"]}
    [decision] = await retail.decisions()
    assert (decision.kind, decision.status, decision.is_same) == ("transferred", "applied", True)
    assert (decision.decided_by, decision.is_undoable) == ("auto", True)
    assert sorted(retail.account.asked[:2]) == [1, 9]
    assert retail.account.asked[2:] == [2]


async def test_ordinary_syncs_ask_for_no_achievements_and_each_character_is_asked_about_once(retail: World) -> None:
    await about_to_move(retail)
    for _ in range(3):
        await retail.shows(JAINA, ALT, listed(3, name="Fresh", level=1))
        assert await retail.learn() == 0
    assert sorted(retail.account.asked) == [1, 9]


async def test_a_transfer_that_cannot_be_proven_stays_two_until_the_player_says_yes(era: World) -> None:
    moved = replace(JAINA, battle_net_id=2, realm=ELSEWHERE)
    await era.shows(JAINA)
    older = (await era.ids())["Jaina-1"]
    await era.enriched(older)
    await era.shows(moved)
    ids = await era.ids()
    await era.enriched(ids["Jaina-2"])
    [question] = await era.decisions()
    assert (question.status, question.is_same, question.newer_id) == ("asked", None, ids["Jaina-2"])
    assert await era.ids(active=False) == {"Jaina-1": older}

    answered = await era.decide.answer(era.owner, question.id, is_same=True)
    assert (answered.status, answered.decided_by, answered.is_undoable) == ("applied", "player", True)
    assert await era.ids() == {"Jaina-2": older}
    merged = await era.everything(older)
    assert [row["is_current"] for row in merged["character_observations"]].count(True) == 1
    assert len(merged["character_jobs"]) == 4
    assert merged["characters"][0]["is_active"]


@pytest.mark.parametrize("has_gone_on", [False, True])
async def test_undoing_an_automatic_transfer_restores_every_row_exactly(retail: World, *, has_gone_on: bool) -> None:
    moved = await about_to_move(retail)
    older = (await retail.ids())["Jaina-1"]
    await retail.enriched(older)
    before = await retail.everything(older)
    await retail.shows(moved, ALT)
    if has_gone_on:
        await retail.enriched(older)
        await retail.shows(replace(moved, level=71), ALT)
    [decision] = await retail.decisions()

    undone = await retail.decide.undo(retail.owner, decision.id)

    assert (undone.status, undone.is_same, undone.is_undoable) == ("undone", False, False)
    assert await retail.everything(older) == before
    newer = (await retail.ids())["Jaina-2"]
    assert newer == decision.newer_id
    since = await retail.everything(newer)
    assert len(since["character_jobs"]) == (3 if has_gone_on else 1)
    assert {row["battle_net_id"] for row in since["character_observations"]} == {2}
    assert bool(since["character_facets"]) == has_gone_on

    await retail.shows(moved, ALT)
    assert await retail.ids(active=True) == {"Jaina-2": newer, "Alt-9": (await retail.ids())["Alt-9"]}
    assert [each.status for each in await retail.decisions()] == ["undone"]


async def test_undoing_the_players_yes_restores_both_exactly(era: World) -> None:
    await era.shows(JAINA)
    older = (await era.ids())["Jaina-1"]
    await era.enriched(older)
    await era.shows(replace(JAINA, battle_net_id=2, realm=ELSEWHERE))
    newer = (await era.ids())["Jaina-2"]
    await era.enriched(newer)
    before = [await era.everything(id_) for id_ in (older, newer)]
    [question] = await era.decisions()
    await era.decide.answer(era.owner, question.id, is_same=True)
    await era.decide.undo(era.owner, question.id)

    assert [await era.everything(id_) for id_ in (older, newer)] == before

    again = await era.decide.answer(era.owner, question.id, is_same=True)
    assert again.status == "applied"


async def test_a_no_is_kept_and_can_become_a_yes(era: World) -> None:
    await era.shows(JAINA)
    await era.shows(replace(JAINA, battle_net_id=2, realm=ELSEWHERE))
    [question] = await era.decisions()
    declined = await era.decide.answer(era.owner, question.id, is_same=False)
    assert (declined.status, declined.is_same, declined.decided_by) == ("declined", False, "player")
    with pytest.raises(IdentityDecisionFinal):
        await era.decide.answer(era.owner, question.id, is_same=False)
    with pytest.raises(IdentityDecisionFinal):
        await era.decide.undo(era.owner, question.id)
    assert (await era.decide.answer(era.owner, question.id, is_same=True)).status == "applied"


async def test_a_recreated_character_is_another_one_and_its_player_may_disagree(era: World) -> None:
    await era.shows(JAINA)
    older = (await era.ids())["Jaina-1"]
    await era.shows(replace(JAINA, battle_net_id=2, level=10))
    ids = await era.ids()
    assert set(ids) == {"Jaina-1", "Jaina-2"}
    [decision] = await era.decisions()
    assert (decision.kind, decision.status, decision.is_same) == ("recreated", "applied", False)
    reopened = await era.decide.undo(era.owner, decision.id)
    assert (reopened.status, reopened.is_same) == ("asked", None)
    await era.decide.answer(era.owner, decision.id, is_same=True)
    assert await era.ids() == {"Jaina-2": older}


async def test_a_question_about_two_that_one_listing_shows_answers_itself(era: World) -> None:
    moved = replace(JAINA, battle_net_id=2, realm=ELSEWHERE)
    await era.shows(JAINA)
    await era.shows(moved)
    await era.shows(JAINA, moved)
    [decision] = await era.decisions()
    assert (decision.status, decision.decided_by) == ("declined", "auto")


async def test_nothing_is_decided_while_a_sync_works_on_the_character(era: World) -> None:
    await era.shows(JAINA)
    await era.shows(replace(JAINA, battle_net_id=2, realm=ELSEWHERE), settled=False)
    [question] = await era.decisions()
    with pytest.raises(CharacterBusy):
        await era.decide.answer(era.owner, question.id, is_same=True)
    assert len(await era.ids()) == 2


async def test_an_undo_is_refused_when_a_later_decision_builds_on_it(retail: World) -> None:
    moved = await about_to_move(retail)
    await retail.shows(moved, ALT)
    await retail.shows(replace(moved, realm=Realm(78, "third", "Third")), ALT)
    later, earlier = await retail.decisions()
    with pytest.raises(IdentityDecisionFinal, match="later"):
        await retail.decide.undo(retail.owner, earlier.id)
    await retail.decide.undo(retail.owner, later.id)
    await retail.decide.undo(retail.owner, earlier.id)
    assert set(await retail.ids()) == {"Jaina-1", "Jaina-2", "Alt-9", f"Jaina-{moved.battle_net_id}"}


async def test_an_undo_is_refused_when_the_old_place_is_taken(retail: World) -> None:
    moved = await about_to_move(retail)
    await retail.shows(moved, ALT)
    await retail.shows(moved, ALT, replace(JAINA, character_class=NamedId(8, "Mage")))
    transfer = next(each for each in await retail.decisions() if each.is_same)
    with pytest.raises(IdentityDecisionFinal, match="old place"):
        await retail.decide.undo(retail.owner, transfer.id)


async def test_what_battle_net_told_is_not_kept_for_an_undo_beyond_thirty_days(retail: World) -> None:
    moved = await about_to_move(retail)
    await retail.shows(moved, ALT)
    retail.now += 31 * DAY
    await retail.learn()
    [decision] = await retail.decisions()
    assert not decision.is_undoable
    with pytest.raises(IdentityDecisionFinal, match="too long ago"):
        await retail.decide.undo(retail.owner, decision.id)


async def test_with_what_battle_net_told_of_a_character_go_its_observations_and_decisions(era: World) -> None:
    await era.shows(JAINA)
    await era.shows(replace(JAINA, battle_net_id=2, realm=ELSEWHERE))
    older = (await era.ids())["Jaina-1"]
    await era.store.do(lambda work: work.players_own.set(era.owner, older, {"note": "Mine"}, era.now))
    late = era.now + 60 * DAY
    due = await era.store.do(lambda work: work.verifications.take_due(late, retry=DAY, margin=DAY, limit=9))
    purged = [CheckedCharacter(one, CheckOutcome.PURGED, late) for one in due if one.id == older]
    await era.store.do(lambda work: work.verifications.write(purged, late))

    assert await era.rows(character_observations, older) == []
    assert await era.decisions() == []
    held = await era.store.ask(lambda work: work.players_own.of(era.owner, [older]))
    assert held[older].note == "Mine"
