"""What a change of key means for a character's history, for what is asked of it next, and for those who follow changes."""

from dataclasses import replace

import pytest

from character_sync.adapters.database.tables import character_facet_states, character_facets
from character_sync.domain.changes import ChangeKind
from character_sync.domain.game import Facet
from fakes.characters import ERA, NOW
from fakes.listed_days import ALT, DAY, ELSEWHERE, JAINA, MODERN, World, about_to_move
from fakes.store import Store

OLD_PLACE = {"realm": JAINA.realm.slug, "region": "eu", "battleNetId": 1}
NEW_PLACE = {"realm": "elsewhere", "region": "eu", "battleNetId": 2}


@pytest.fixture
async def retail(store: Store) -> World:
    return World(store, await store.user(lasts=400 * DAY), MODERN)


@pytest.fixture
async def era(store: Store) -> World:
    return World(store, await store.user(lasts=400 * DAY), ERA)


async def test_a_plan_says_who_would_stay_who_they_are_under_another_key(retail: World) -> None:
    moved = await about_to_move(retail)
    ids = await retail.ids()
    planned = await retail.plan(moved, ALT)
    assert (planned.plan.create, planned.plan.archive) == ((), frozenset())
    [judgement] = planned.judgements
    assert (judgement.older, judgement.is_same) == (ids["Jaina-1"], True)
    assert judgement.older in planned.held
    assert await retail.ids() == ids


async def test_a_plan_names_what_the_player_would_be_asked(era: World) -> None:
    await era.shows(JAINA)
    older = (await era.ids())["Jaina-1"]
    planned = await era.plan(replace(JAINA, battle_net_id=2, realm=ELSEWHERE))
    assert (len(planned.plan.create), planned.plan.archive) == (1, {older})
    [judgement] = planned.judgements
    assert (judgement.older, judgement.is_same) == (older, None)
    assert await era.decisions() == []


async def test_a_character_that_has_moved_is_asked_in_full_the_next_time(retail: World) -> None:
    moved = await about_to_move(retail)
    jaina, alt = (await retail.ids())["Jaina-1"], (await retail.ids())["Alt-9"]
    await retail.enriched(jaina, alt)
    await retail.shows(moved, ALT)
    for id_, told in ((jaina, None), (alt, NOW)):
        rows = await retail.rows(character_facets, id_)
        assert [(row["upstream_modified_at"], row["login_at"]) for row in rows] == [(told, told)] * 2


async def test_a_proven_transfer_is_told_from_where_to_where(retail: World) -> None:
    moved = await about_to_move(retail)
    jaina, before = (await retail.ids())["Jaina-1"], await retail.latest()
    await retail.shows(moved, ALT)
    [change] = await retail.told(before)
    assert (change.kind, change.character and change.character.id) == (ChangeKind.TRANSFERRED, jaina)
    assert change.detail == {"from": OLD_PLACE, "to": NEW_PLACE}


async def test_a_new_number_in_the_same_place_is_told_as_such(retail: World) -> None:
    await about_to_move(retail)
    before = await retail.latest()
    await retail.shows(replace(JAINA, battle_net_id=2), ALT)
    [change] = await retail.told(before)
    assert change.kind == ChangeKind.REIDENTIFIED
    assert change.detail == {"from": OLD_PLACE, "to": OLD_PLACE | {"battleNetId": 2}}


async def test_of_two_that_become_one_nothing_told_before_is_lost_and_what_follows_is_told(era: World) -> None:
    await era.shows(JAINA)
    await era.shows(replace(JAINA, battle_net_id=2, realm=ELSEWHERE))
    ids, before = await era.ids(), await era.told(0)
    last = await era.latest()
    [question] = await era.decisions()

    await era.decide.answer(era.owner, question.id, is_same=True)
    [merged] = await era.told(last)
    assert (merged.kind, merged.character and merged.character.id) == (ChangeKind.TRANSFERRED, ids["Jaina-1"])
    assert merged.detail == {"from": OLD_PLACE, "to": NEW_PLACE, "mergedId": str(ids["Jaina-2"])}
    assert [change.number for change in (await era.told(0))[: len(before)]] == [change.number for change in before]

    last = await era.latest()
    await era.decide.undo(era.owner, question.id)
    back, added = await era.told(last)
    assert (back.kind, back.detail) == (ChangeKind.TRANSFERRED, {"from": NEW_PLACE, "to": OLD_PLACE})
    assert (added.kind, added.character and added.character.id) == (ChangeKind.ADDED, ids["Jaina-2"])


async def _spans(world: World, character: str, facet: Facet = Facet.PROFILE) -> list[tuple[str, int, int | None]]:
    """What a facet of a character was, from which day to which."""
    rows = await world.rows(character_facet_states, (await world.ids())[character])
    states = [row for row in rows if row["facet"] == facet]
    states.sort(key=lambda row: (row["first_seen_at"], row["id"]))
    return [
        (
            row["content_hash"],
            (row["first_seen_at"] - NOW).days,
            (row["ended_at"] - NOW).days if row["ended_at"] else None,
        )
        for row in states
    ]


async def test_of_two_that_become_one_the_newer_ones_past_begins_where_it_was_first_seen(era: World) -> None:
    await era.shows(JAINA)
    older = (await era.ids())["Jaina-1"]
    await era.enriched(older)
    await era.shows(replace(JAINA, level=71))
    await era.enriched(older)
    await era.shows(replace(JAINA, battle_net_id=2, realm=ELSEWHERE, level=72))
    newer = (await era.ids())["Jaina-2"]
    await era.enriched(newer)
    era.now += DAY
    await era.enriched(older, level=73)  # a refresh of the one that is missing: Battle.net answers for the old name yet
    era.now += DAY
    await era.enriched(newer, level=74)
    before = [await era.everything(id_) for id_ in (older, newer)]
    [question] = await era.decisions()
    await era.decide.answer(era.owner, question.id, is_same=True)

    assert await _spans(era, "Jaina-2") == [
        ("Jaina-1 70", 1, 2),
        ("Jaina-1 71", 2, 3),
        ("Jaina-2 72", 3, 5),
        ("Jaina-2 74", 5, None),
    ]
    for moment in (NOW + DAY, NOW + 3 * DAY, NOW + 5 * DAY):
        as_of = await era.store.ask(lambda work, at=moment: work.history.as_of(era.owner, older, at))
        assert as_of[Facet.PROFILE].content is not None

    await era.decide.undo(era.owner, question.id)
    assert [await era.everything(id_) for id_ in (older, newer)] == before


async def test_what_has_gone_on_since_a_merge_belongs_to_the_newer_one_after_an_undo(era: World) -> None:
    await era.shows(JAINA)
    older = (await era.ids())["Jaina-1"]
    await era.enriched(older)
    moved = replace(JAINA, battle_net_id=2, realm=ELSEWHERE)
    await era.shows(moved)
    newer = (await era.ids())["Jaina-2"]
    [question] = await era.decisions()
    before = await era.everything(older)
    await era.decide.answer(era.owner, question.id, is_same=True)
    era.now += DAY
    await era.enriched(older, level=75)
    await era.decide.undo(era.owner, question.id)

    assert await era.everything(older) == before
    assert await _spans(era, "Jaina-2") == [("Jaina-2 75", 3, None)]
    era.now += DAY
    await era.enriched(newer, level=76)
    assert await _spans(era, "Jaina-2") == [("Jaina-2 75", 3, 4), ("Jaina-2 76", 4, None)]


async def test_a_state_that_goes_on_over_a_merge_is_begun_anew_for_the_newer_one(era: World) -> None:
    await era.shows(JAINA)
    older = (await era.ids())["Jaina-1"]
    await era.enriched(older)
    await era.shows(replace(JAINA, battle_net_id=2, realm=ELSEWHERE))
    [question] = await era.decisions()
    await era.decide.answer(era.owner, question.id, is_same=True)
    era.now += DAY
    await era.enriched(older)
    await era.decide.undo(era.owner, question.id)
    assert await _spans(era, "Jaina-1", Facet.EQUIPMENT) == [("gear", 1, None)]
    assert await _spans(era, "Jaina-2", Facet.EQUIPMENT) == [("gear", 3, None)]


async def test_an_undo_finds_what_the_character_is_though_no_history_is_kept(era: World) -> None:
    await era.shows(JAINA)
    older = (await era.ids())["Jaina-1"]
    await era.enriched(older)
    await era.shows(replace(JAINA, battle_net_id=2, realm=ELSEWHERE, level=72))
    await era.enriched((await era.ids())["Jaina-2"])
    before = [await era.everything(id_) for id_ in (await era.ids()).values()]
    [question] = await era.decisions()
    await era.decide.answer(era.owner, question.id, is_same=True)
    await era.store.do(lambda work: work.history.forget(era.now + DAY, 99))
    assert await _spans(era, "Jaina-2") == [("Jaina-2 72", 2, None)]
    await era.decide.undo(era.owner, question.id)
    assert [await era.everything(id_) for id_ in (await era.ids()).values()] == before
