"""Characters on a real database: what a listing writes and the pages read."""

from datetime import timedelta
from uuid import UUID

from character_sync.domain.deduplication import key_of
from character_sync.domain.game import Realm, Region
from character_sync.ports import CharacterReference, UserId
from fakes.characters import ERA, NOW, RETAIL, SOD, listed
from fakes.store import Store

LATER = NOW + timedelta(hours=1)


async def numbers(store: Store, owner: UserId, **narrowed: object) -> list[int]:
    page = await store.ask(lambda work: work.characters.page(owner, limit=200, **narrowed))
    return sorted(character.battle_net_id for character in page.items)


async def test_a_listed_character_is_saved_with_what_the_listing_knows(store: Store) -> None:
    owner = await store.user()
    _, [id_] = await store.apply(owner, [listed(7, level=42, name="Pallywar")])
    character, facets = await store.ask(lambda work: work.characters.one(owner, id_))
    assert (character.id, character.battle_net_id, character.name, character.level) == (id_, 7, "Pallywar", 42)
    assert (character.region, character.game_version) == (Region.EU, "retail")
    assert (character.realm_slug, character.realm_name) == ("old-blanchy", "Old Blanchy")
    assert (character.class_id, character.class_name, character.faction) == (2, "Paladin", "alliance")
    assert (character.created_at, character.updated_at) == (NOW, NOW)
    assert (character.is_active, character.archived_at, character.avatar_url) == (True, None, None)
    assert facets == ()


async def test_a_plan_returns_the_shown_characters_updated_ones_first(store: Store) -> None:
    owner = await store.user()
    _, [known] = await store.apply(owner, [listed(5)])
    plan, ids = await store.apply(owner, [listed(1), listed(5), listed(9)])
    assert (plan.shown, ids[0], len(set(ids))) == (3, known, 3)


async def test_a_known_character_is_updated_in_place(store: Store) -> None:
    owner = await store.user()
    _, [id_] = await store.apply(owner, [listed(1, level=60, name="Oldname")])
    await store.apply(owner, [listed(1, level=61, name="Newname")], now=LATER)
    character, _ = await store.ask(lambda work: work.characters.one(owner, id_))
    assert (character.level, character.name) == (61, "Newname")
    assert (character.created_at, character.updated_at) == (NOW, LATER)


async def test_a_character_no_longer_listed_is_archived_and_its_row_stays(store: Store) -> None:
    owner = await store.user()
    _, [_, gone] = await store.apply(owner, [listed(1), listed(2)])
    await store.apply(owner, [listed(1)], now=LATER)
    character, _ = await store.ask(lambda work: work.characters.one(owner, gone))
    assert (character.is_active, character.archived_at) == (False, LATER)
    assert await numbers(store, owner) == [1]
    assert await numbers(store, owner, include_archived=True) == [1, 2]


async def test_a_character_that_comes_back_is_active_again_under_its_id(store: Store) -> None:
    owner = await store.user()
    _, [id_] = await store.apply(owner, [listed(1)])
    await store.apply(owner, [])
    plan, ids = await store.apply(owner, [listed(1)], now=LATER)
    character, _ = await store.ask(lambda work: work.characters.one(owner, id_))
    assert (plan.reactivate, ids) == ({id_}, [id_])
    assert (character.is_active, character.archived_at) == (True, None)


async def test_a_listing_that_lost_most_characters_is_believed_only_the_second_time(store: Store) -> None:
    owner = await store.user()
    _, ids = await store.apply(owner, [listed(number) for number in range(6)])
    await store.apply(owner, [])
    assert await numbers(store, owner) == list(range(6))
    missing = await store.ask(lambda work: work.characters.missing_before(owner, "retail", Region.EU))
    assert missing == set(ids)
    await store.apply(owner, [])
    assert await numbers(store, owner) == []
    assert await store.ask(lambda work: work.characters.missing_before(owner, "retail", Region.EU)) == set()


async def test_what_was_withheld_is_forgotten_when_it_shows_up_again(store: Store) -> None:
    owner = await store.user()
    everyone = [listed(number) for number in range(6)]
    await store.apply(owner, everyone)
    await store.apply(owner, [])
    await store.apply(owner, everyone)
    await store.apply(owner, [])
    assert await numbers(store, owner) == list(range(6))


async def test_what_one_version_withheld_says_nothing_about_another(store: Store) -> None:
    owner = await store.user()
    await store.apply(owner, [listed(number) for number in range(6)], version=ERA)
    await store.apply(owner, [], version=ERA)
    assert await store.ask(lambda work: work.characters.missing_before(owner, SOD.id, Region.EU)) == set()
    assert await store.ask(lambda work: work.characters.missing_before(owner, ERA.id, Region.US)) == set()


async def test_the_same_character_may_be_two_players(store: Store) -> None:
    owner, other = await store.user(), await store.user()
    _, [mine] = await store.apply(owner, [listed(1)])
    _, [theirs] = await store.apply(other, [listed(1)])
    assert mine != theirs


async def test_what_is_held_is_told_by_region_and_namespace_with_archived_and_other_versions(store: Store) -> None:
    owner = await store.user()
    await store.apply(owner, [listed(1), listed(2)], version=ERA)
    await store.apply(owner, [listed(1)], version=ERA)
    await store.apply(owner, [listed(3, realm=Realm(5905, "old-blanchy"))], version=SOD)
    await store.apply(owner, [listed(4)], version=RETAIL)
    saved = await store.ask(lambda work: work.characters.saved(owner, Region.EU, "classic1x"))
    assert {(c.key.battle_net_id, c.game_version, c.is_active) for c in saved} == {
        (1, "classic_era", True),
        (2, "classic_era", False),
        (3, "classic_sod", True),
    }
    assert key_of(listed(1), Region.EU, "classic1x") in {c.key for c in saved}
    assert await store.ask(lambda work: work.characters.saved(owner, Region.US, "classic1x")) == []


async def test_a_character_whose_realm_moved_to_another_version_moves_with_it(store: Store) -> None:
    owner = await store.user()
    _, [id_] = await store.apply(owner, [listed(1)], version=ERA)
    _, ids = await store.apply(owner, [listed(1)], version=SOD)
    character, _ = await store.ask(lambda work: work.characters.one(owner, id_))
    assert (ids, character.game_version) == ([id_], "classic_sod")


async def test_a_reference_is_what_a_single_sync_needs(store: Store) -> None:
    owner = await store.user()
    _, [id_] = await store.apply(owner, [listed(1)], version=ERA)
    reference = await store.ask(lambda work: work.characters.reference(owner, id_))
    assert reference == CharacterReference(id_, "Hero1", "old-blanchy", Region.EU, "classic_era")


async def test_pages_of_characters_are_by_level_stable_and_complete(store: Store) -> None:
    owner = await store.user()
    levels = [60, 10, 60, 70, 60, 10, 1]
    _, ids = await store.apply(owner, [listed(number, level=level) for number, level in enumerate(levels)])
    seen: list[tuple[int, UUID]] = []
    after = None
    while True:
        page = await store.ask(lambda work, after=after: work.characters.page(owner, after=after, limit=2))
        seen += [(character.level, character.id) for character in page.items]
        after = page.next_after
        if after is None:
            break
    assert [level for level, _ in seen] == sorted(levels, reverse=True)
    assert {id_ for _, id_ in seen} == set(ids)
    assert len(seen) == len(ids)


async def test_a_page_narrows_by_version_and_region(store: Store) -> None:
    owner = await store.user()
    await store.apply(owner, [listed(1)], version=RETAIL)
    await store.apply(owner, [listed(2)], version=ERA)
    assert await numbers(store, owner, game_version="retail") == [1]
    assert await numbers(store, owner, region=Region.EU) == [1, 2]
    assert await numbers(store, owner, region=Region.KR) == []
    assert await numbers(store, owner, region=Region.EU, game_version="classic_era") == [2]
