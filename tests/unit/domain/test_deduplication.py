"""Who is new, known, back again or gone."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from character_sync.domain.character import ListedCharacter
from character_sync.domain.deduplication import ListingPlan, SavedCharacter, key_of, plan_listing
from character_sync.domain.game import Realm, Region
from fakes.characters import listed


def held(
    number: int, *, is_active: bool = True, game_version: str = "classic_era", realm: int = 5902
) -> SavedCharacter:
    key = key_of(listed(number, realm=Realm(realm, "old-blanchy")), Region.EU, "classic1x")
    return SavedCharacter(UUID(int=number), key, game_version, is_active)


def plan(
    saved: list[SavedCharacter], shown: list[ListedCharacter], missing_before: frozenset[UUID] = frozenset()
) -> ListingPlan:
    return plan_listing(
        saved,
        shown,
        region=Region.EU,
        namespace_family="classic1x",
        game_version="classic_era",
        missing_before=missing_before,
    )


def apply(plan_: ListingPlan, saved: list[SavedCharacter]) -> list[SavedCharacter]:
    """What a database holds after a plan, in miniature."""
    by_id = {character.id: character for character in saved}
    for id_, shown in plan_.update:
        by_id[id_] = SavedCharacter(id_, key_of(shown, Region.EU, "classic1x"), "classic_era", is_active=True)
    for shown in plan_.create:
        id_ = uuid4()
        by_id[id_] = SavedCharacter(id_, key_of(shown, Region.EU, "classic1x"), "classic_era", is_active=True)
    for id_ in plan_.archive:
        by_id[id_] = SavedCharacter(id_, by_id[id_].key, by_id[id_].game_version, is_active=False)
    return list(by_id.values())


def ids(*numbers: int) -> frozenset[UUID]:
    return frozenset(UUID(int=number) for number in numbers)


def test_a_character_nobody_holds_is_created() -> None:
    assert plan([], [listed(1)]).create == (listed(1),)


def test_a_known_character_is_updated_under_its_id() -> None:
    result = plan([held(1)], [listed(1, level=61)])
    assert result.update == ((UUID(int=1), listed(1, level=61)),)
    assert result.create == ()


def test_a_renamed_character_is_the_same_character() -> None:
    result = plan([held(1)], [listed(1, name="Newname")])
    assert [shown.name for _, shown in result.update] == ["Newname"]


def test_the_same_number_on_another_realm_is_another_character() -> None:
    elsewhere = listed(1, realm=Realm(6000, "firemaw"))
    result = plan([held(1)], [listed(1), elsewhere])
    assert result.create == (elsewhere,)


def test_a_realm_is_told_by_its_id_and_not_by_its_slug() -> None:
    assert plan([held(1, realm=5902)], [listed(1, realm=Realm(5902, "old-blanchy-renamed"))]).create == ()


def test_an_archived_character_that_shows_up_again_is_reactivated() -> None:
    result = plan([held(1, is_active=False)], [listed(1)])
    assert result.reactivate == ids(1)
    assert [id_ for id_, _ in result.update] == [UUID(int=1)]


def test_a_character_the_listing_no_longer_shows_is_archived() -> None:
    assert plan([held(1), held(2)], [listed(1)]).archive == ids(2)


def test_an_archived_character_is_not_archived_again() -> None:
    assert plan([held(1), held(2, is_active=False)], [listed(1)]).archive == frozenset()


def test_a_character_listed_twice_counts_once() -> None:
    result = plan([], [listed(1), listed(1, level=61)])
    assert result.create == (listed(1, level=61),)
    assert result.shown == 1


def test_four_characters_may_all_go_at_once() -> None:
    assert plan([held(number) for number in range(4)], []).archive == ids(0, 1, 2, 3)


@pytest.mark.parametrize(
    ("held_count", "missing", "is_withheld"),
    [(5, 2, False), (5, 3, True), (6, 3, False), (6, 4, True), (10, 5, False), (10, 6, True), (10, 10, True)],
)
def test_more_than_half_of_five_or_more_is_not_believed(held_count: int, missing: int, is_withheld: bool) -> None:  # noqa: FBT001
    saved = [held(number) for number in range(held_count)]
    result = plan(saved, [listed(number) for number in range(missing, held_count)])
    gone = ids(*range(missing))
    assert result.archive == (frozenset() if is_withheld else gone)
    assert result.withheld == (gone if is_withheld else frozenset())


def test_a_second_listing_that_agrees_is_believed() -> None:
    saved = [held(number) for number in range(6)]
    first = plan(saved, [])
    second = plan(apply(first, saved), [], first.withheld)
    assert second.archive == ids(*range(6))
    assert second.withheld == frozenset()


def test_a_second_listing_is_believed_only_where_it_agrees() -> None:
    saved = [held(number) for number in range(6)]
    first = plan(saved, [listed(5)])
    second = plan(saved, [listed(0)], first.withheld)
    assert second.archive == ids(1, 2, 3, 4)
    assert second.withheld == ids(5)


def test_characters_already_archived_do_not_soften_the_guard() -> None:
    saved = [held(number) for number in range(5)] + [held(number, is_active=False) for number in range(5, 50)]
    assert plan(saved, [listed(4)]).archive == frozenset()


def test_another_game_version_of_the_same_namespace_keeps_its_own() -> None:
    season = [held(number, game_version="classic_sod") for number in range(10, 20)]
    result = plan([held(1), *season], [listed(1)])
    assert result.archive == frozenset()
    assert result.withheld == frozenset()


def test_a_character_whose_realm_moved_to_this_version_keeps_its_id() -> None:
    result = plan([held(1, game_version="classic_sod")], [listed(1)])
    assert [id_ for id_, _ in result.update] == [UUID(int=1)]
    assert result.create == ()


SHOWN = st.lists(st.integers(0, 12).map(listed), max_size=12)
HELD = st.lists(
    st.builds(held, st.integers(0, 12), is_active=st.booleans()), max_size=12, unique_by=lambda character: character.id
)


@settings(deadline=None)
@given(HELD, SHOWN)
def test_the_same_listing_again_only_confirms_what_the_first_one_withheld(
    saved: list[SavedCharacter], shown: list[ListedCharacter]
) -> None:
    first = plan(saved, shown)
    once = apply(first, saved)
    second = plan(once, shown, first.withheld)
    twice = apply(second, once)
    assert second.create == ()
    assert second.reactivate == frozenset()
    assert second.archive == first.withheld
    assert apply(plan(twice, shown), twice) == twice


@settings(deadline=None)
@given(HELD, SHOWN)
def test_after_a_listing_everything_it_showed_is_active(
    saved: list[SavedCharacter], shown: list[ListedCharacter]
) -> None:
    result = plan(saved, shown)
    active = {character.key for character in apply(result, saved) if character.is_active}
    assert {key_of(character, Region.EU, "classic1x") for character in shown} <= active
    assert result.shown == len({character.battle_net_id for character in shown})


@settings(deadline=None)
@given(HELD, SHOWN)
def test_whoever_is_missing_is_either_archived_or_withheld(
    saved: list[SavedCharacter], shown: list[ListedCharacter]
) -> None:
    result = plan(saved, shown)
    numbers = {character.battle_net_id for character in shown}
    missing = {c.id for c in saved if c.is_active and c.key.battle_net_id not in numbers}
    assert result.archive | result.withheld == missing
    assert not result.archive & result.withheld
