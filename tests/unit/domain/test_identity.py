"""Who a listed character is: sure, a question, or nobody we know."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from character_sync.domain.character import CharacterKey, ListedCharacter, NamedId
from character_sync.domain.deduplication import SavedCharacter
from character_sync.domain.fingerprint import Achievements
from character_sync.domain.game import Realm, Region
from character_sync.domain.identity import (
    MOST_QUESTIONS,
    RECENT,
    IdentityKind,
    Judgement,
    KnownCharacter,
    Listing,
    Sighting,
    pairs_in_question,
    resolve,
)
from fakes.characters import NOW, OLD_BLANCHY, listed

ELSEWHERE = Realm(77, "elsewhere", "Elsewhere")
MINE: Achievements = {6: 1_000, 7: 2_000, 8: 3_000}
ALTS: Achievements = {6: 10, 7: 20, 8: 30}


def key(each: ListedCharacter) -> CharacterKey:
    return CharacterKey(Region.EU, "", each.realm.id, each.battle_net_id)


def known(
    each: ListedCharacter,
    *,
    achievements: Achievements | None = None,
    gone_for: timedelta | None = None,
    version: str = "retail",
) -> KnownCharacter:
    saved = SavedCharacter(uuid4(), key(each), version, is_active=gone_for is None)
    return KnownCharacter(saved, Sighting.of(each), None if gone_for is None else NOW - gone_for, achievements)


def listing(*characters: ListedCharacter) -> Listing:
    return Listing(characters, Region.EU, "", "retail", NOW)


def judge(
    before: KnownCharacter,
    after: ListedCharacter,
    *others: KnownCharacter,
    achievements: Mapping[CharacterKey, Achievements] | None = None,
) -> Judgement | None:
    judgements = resolve(listing(after), [before, *others], achievements).judgements
    return next(iter(judgements), None)


MAIN = listed(1, name="Jaina", level=70)
ALT = known(listed(9, name="Alt"), achievements=ALTS)


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (MAIN, IdentityKind.KNOWN),
        (replace(MAIN, name="Janice"), IdentityKind.RENAMED),
        (replace(MAIN, faction="horde", race=NamedId(2, "Orc")), IdentityKind.CHANGED_SIDES),
    ],
)
def test_the_same_key_is_the_same_character_whatever_else_changed(now: ListedCharacter, kind: IdentityKind) -> None:
    resolution = resolve(listing(now), [known(MAIN)])
    assert resolution.kinds == {key(now): kind}
    assert resolution.judgements == ()


def test_a_character_back_after_months_under_its_key_is_the_same() -> None:
    assert resolve(listing(MAIN), [known(MAIN, gone_for=timedelta(days=400))]).kinds == {
        key(MAIN): IdentityKind.RETURNED
    }


def test_the_same_number_on_another_realm_is_a_transfer() -> None:
    before = known(MAIN)
    found = judge(before, replace(MAIN, realm=ELSEWHERE))
    assert found is not None
    assert (found.kind, found.is_same, found.older) == (IdentityKind.TRANSFERRED, True, before.saved.id)


def test_the_same_number_of_another_class_is_nobody_we_know() -> None:
    mage = replace(MAIN, realm=ELSEWHERE, character_class=NamedId(8, "Mage"))
    assert judge(known(MAIN), mage) is None


def test_a_transfer_with_a_new_number_is_sure_by_its_achievements_and_a_question_without() -> None:
    moved = replace(MAIN, battle_net_id=2, realm=ELSEWHERE)
    sure = judge(known(MAIN, achievements=MINE), moved, ALT, achievements={key(moved): MINE})
    asked = judge(known(MAIN), moved, ALT)
    assert sure is not None
    assert (sure.kind, sure.is_same) == (IdentityKind.TRANSFERRED, True)
    assert asked is not None
    assert (asked.kind, asked.is_same) == (IdentityKind.TRANSFERRED, None)
    assert asked.confidence < sure.confidence


def test_a_change_of_side_with_a_new_number_is_known_by_its_achievements() -> None:
    turned = replace(MAIN, battle_net_id=2, faction="horde", race=NamedId(2, "Orc"))
    found = judge(known(MAIN, achievements=MINE), turned, ALT, achievements={key(turned): MINE})
    assert found is not None
    assert (found.kind, found.is_same) == (IdentityKind.CHANGED_SIDES, True)


def test_a_lower_level_under_the_same_name_is_a_recreated_one() -> None:
    found = judge(known(MAIN), replace(MAIN, battle_net_id=2, level=1))
    assert found is not None
    assert (found.kind, found.is_same) == (IdentityKind.RECREATED, False)


def test_another_class_under_the_same_name_is_a_recreated_one() -> None:
    found = judge(known(MAIN), replace(MAIN, battle_net_id=2, character_class=NamedId(8, "Mage")))
    assert found is not None
    assert (found.kind, found.is_same) == (IdentityKind.RECREATED, False)


def test_a_recreated_one_of_the_same_level_is_told_by_its_achievements_and_a_question_without() -> None:
    made = replace(MAIN, battle_net_id=2)
    told = judge(known(MAIN, achievements=MINE), made, ALT, achievements={key(made): {6: 99_000, 7: 99_001, 8: 99_002}})
    asked = judge(known(MAIN), made)
    assert told is not None
    assert (told.kind, told.is_same) == (IdentityKind.RECREATED, False)
    assert asked is not None
    assert asked.is_same is None


def test_levels_tell_nothing_when_they_fell_for_everybody() -> None:
    squished = listed(9, name="Alt", level=30)
    moved = replace(MAIN, battle_net_id=2, level=40)
    found = resolve(listing(squished, moved), [known(MAIN), known(replace(squished, level=60))]).judgements
    assert [judgement.is_same for judgement in found] == [None]


def test_a_new_alt_of_the_class_of_a_deleted_one_is_no_question() -> None:
    assert judge(known(MAIN), listed(2, name="Fresh", level=1)) is None
    assert judge(known(MAIN), replace(listed(2, name="Boosted", level=70), race=NamedId(3, "Dwarf"))) is None


def test_everything_but_the_name_is_a_question() -> None:
    found = judge(known(MAIN), replace(MAIN, battle_net_id=2, realm=ELSEWHERE, name="Janice"))
    assert found is not None
    assert found.is_same is None


def test_a_name_that_another_of_ones_own_has_taken_decides_nothing() -> None:
    renamed, taker = replace(MAIN, name="Janice"), listed(2, name="Jaina", level=70)
    resolution = resolve(listing(renamed, taker), [known(MAIN)])
    assert resolution.kinds == {key(renamed): IdentityKind.RENAMED, key(taker): IdentityKind.NAME_TAKEN}
    assert resolution.judgements == ()


def test_who_is_gone_for_too_long_is_nobodys_past() -> None:
    again = replace(MAIN, battle_net_id=2)
    assert judge(known(MAIN, gone_for=RECENT), again) is not None
    assert judge(known(MAIN, gone_for=RECENT + timedelta(seconds=1)), again) is None


def test_a_character_of_another_game_version_is_not_missing() -> None:
    assert judge(known(MAIN, version="classic_sod"), replace(MAIN, battle_net_id=2)) is None


def test_two_that_could_be_the_same_missing_one_are_never_decided() -> None:
    here, there = replace(MAIN, realm=ELSEWHERE), replace(MAIN, realm=Realm(78, "third", "Third"))
    found = resolve(listing(here, there), [known(MAIN)]).judgements
    assert [judgement.is_same for judgement in found] == [None, None]


def test_of_several_that_may_be_the_same_all_likely_ones_are_questions_but_not_the_whole_account() -> None:
    twins = [known(replace(MAIN, battle_net_id=number)) for number in range(1, 6)]
    moved = replace(MAIN, battle_net_id=11, realm=ELSEWHERE)
    found = resolve(listing(moved), twins).judgements
    assert [judgement.is_same for judgement in found] == [None] * MOST_QUESTIONS
    assert len({judgement.older for judgement in found}) == MOST_QUESTIONS


def test_who_is_surely_somebody_is_no_longer_in_question() -> None:
    twin = known(replace(MAIN, name="Janice", battle_net_id=5))
    moved = replace(MAIN, realm=ELSEWHERE)
    before = known(MAIN)
    assert [judgement.older for judgement in resolve(listing(moved), [twin, before]).judgements] == [before.saved.id]


def test_an_ordinary_listing_asks_for_nobodys_achievements() -> None:
    held = [known(MAIN, achievements=MINE), ALT]
    new = listed(2, name="Fresh", level=1)
    assert pairs_in_question(listing(MAIN, listed(9, name="Alt")), held) == []
    assert pairs_in_question(listing(MAIN, listed(9, name="Alt"), new), held) == []
    assert pairs_in_question(listing(listed(9, name="Alt")), held) == []


def test_achievements_are_asked_for_where_they_can_decide() -> None:
    moved = replace(MAIN, battle_net_id=2, realm=ELSEWHERE)
    before = known(MAIN, achievements=MINE)
    assert pairs_in_question(listing(moved, listed(9, name="Alt")), [before, ALT]) == [(before.saved.id, key(moved))]
    assert pairs_in_question(listing(moved), [known(MAIN)]) == []
    assert pairs_in_question(listing(replace(MAIN, realm=ELSEWHERE)), [before]) == []


def test_a_listing_finds_the_moved_one_under_its_new_key() -> None:
    before, moved = known(MAIN), replace(MAIN, realm=ELSEWHERE)
    resolution = resolve(listing(moved), [before])
    [rekeyed] = resolution.rekeyed([before.saved])
    assert (rekeyed.id, rekeyed.key) == (before.saved.id, key(moved))
    assert isinstance(rekeyed.id, UUID)


def test_the_evidence_says_what_speaks_for_and_against() -> None:
    found = judge(known(MAIN), replace(MAIN, battle_net_id=2, realm=ELSEWHERE))
    assert found is not None
    facts = {fact.code: (fact.favours, fact.old, fact.new) for fact in found.evidence}
    assert facts["name"] == (True, "Jaina", "Jaina")
    assert facts["realm"] == (False, OLD_BLANCHY.slug, "elsewhere")
    assert facts["number"] == (False, "1", "2")
