"""What is asked of Battle.net about a character, by what is on record of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from character_sync.domain.enrichment import FacetState
from character_sync.domain.freshness import FreshnessPolicy, HeldFacet
from character_sync.domain.game import Facet
from fakes.characters import FACETS, NOW

LOGIN = NOW - timedelta(days=3)
POLICY = FreshnessPolicy()
OTHERS = tuple(facet for facet in FACETS if facet is not Facet.PROFILE)
CURRENT, ABSENT, FAILED = FacetState.CURRENT, FacetState.ABSENT, FacetState.FAILED


def answered(facet: Facet, at: datetime = NOW, **changes: object) -> HeldFacet:
    due = POLICY.due_at(facet, CURRENT, at, modified_at=LOGIN, login_at=LOGIN)
    return replace(HeldFacet(CURRENT, at, LOGIN, LOGIN, due, "hash"), **changes)


def everything(**changes: HeldFacet) -> dict[Facet, HeldFacet]:
    return {facet: answered(facet) for facet in FACETS} | {Facet(name): held for name, held in changes.items()}


def test_of_a_character_nobody_has_asked_about_everything_is_asked() -> None:
    assert not POLICY.is_fresh({}, FACETS, NOW)
    assert POLICY.wanted({}, FACETS, LOGIN, NOW) == OTHERS


def test_inside_the_window_nothing_is_asked_and_after_it_the_profile() -> None:
    assert POLICY.is_fresh(everything(), FACETS, NOW + timedelta(seconds=59))
    assert not POLICY.is_fresh(everything(), FACETS, NOW + timedelta(seconds=60))


def test_after_the_same_login_nothing_but_the_profile_is_asked() -> None:
    assert POLICY.wanted(everything(), FACETS, LOGIN, NOW + timedelta(days=6)) == ()


def test_after_another_login_everything_is_asked() -> None:
    assert POLICY.wanted(everything(), FACETS, LOGIN + timedelta(seconds=1), NOW) == OTHERS


def test_a_profile_that_shows_no_login_tells_nothing_of_the_rest() -> None:
    held = {facet: answered(facet, login_at=None) for facet in FACETS}
    assert POLICY.wanted(held, FACETS, None, NOW) == OTHERS


@pytest.mark.parametrize(
    "trouble",
    [
        {"state": FAILED},
        {"state": FacetState.PENDING},
        {"is_read_as_today": False},
        {"next_due_at": NOW},
        {"next_due_at": None},
        {"login_at": LOGIN - timedelta(days=1)},
        {"login_at": None},
    ],
    ids=str,
)
def test_an_unchanged_profile_hides_no_facet_that_failed_is_due_or_was_never_reached(
    trouble: dict[str, object],
) -> None:
    held = everything(equipment=answered(Facet.EQUIPMENT, **trouble))
    assert POLICY.wanted(held, FACETS, LOGIN, NOW) == (Facet.EQUIPMENT,)
    assert not POLICY.is_fresh(held, FACETS, NOW)


def test_a_profile_that_failed_is_asked_for_inside_the_window_too() -> None:
    assert not POLICY.is_fresh(everything(profile=answered(Facet.PROFILE, state=FAILED)), FACETS, NOW)


def test_a_facet_the_version_has_only_now_is_asked_for() -> None:
    assert POLICY.wanted(everything(), (*FACETS, Facet.PROTECTED), LOGIN, NOW) == (Facet.PROTECTED,)


def test_only_what_is_held_and_read_as_today_is_asked_for_conditionally() -> None:
    assert answered(Facet.MEDIA).since == LOGIN
    assert answered(Facet.MEDIA, state=FAILED).since == LOGIN  # what an earlier answer brought is still held
    assert answered(Facet.MEDIA, content_hash=None).since is None
    assert answered(Facet.MEDIA, is_read_as_today=False).since is None


@pytest.mark.parametrize(
    ("facet", "state", "modified_at", "days"),
    [
        (Facet.EQUIPMENT, CURRENT, LOGIN, 20),
        (Facet.SPECIALIZATIONS, CURRENT, None, 20),
        (Facet.MEDIA, CURRENT, LOGIN + timedelta(seconds=30), 7),
        (Facet.MEDIA, CURRENT, None, 7),
        (Facet.MEDIA, CURRENT, LOGIN - timedelta(seconds=1), 1),
        (Facet.MEDIA, ABSENT, None, 1),
        (Facet.EQUIPMENT, FAILED, None, 0),
    ],
)
def test_a_facet_is_due_again_by_what_it_is_and_how_it_is(
    facet: Facet, state: FacetState, modified_at: datetime | None, days: int
) -> None:
    due = POLICY.due_at(facet, state, NOW, modified_at=modified_at, login_at=LOGIN)
    assert due == NOW + timedelta(days=days)


def test_gear_is_known_to_be_the_same_as_long_as_the_profile_shows_the_same_login() -> None:
    gear = answered(Facet.EQUIPMENT)
    later = answered(Facet.PROFILE, NOW + timedelta(days=2))
    assert gear.seen_at(later, Facet.EQUIPMENT) == NOW + timedelta(days=2)
    assert gear.seen_at(replace(later, login_at=NOW), Facet.EQUIPMENT) == NOW
    assert gear.seen_at(None, Facet.EQUIPMENT) == NOW


def test_a_picture_is_known_only_when_it_was_asked_for() -> None:
    later = answered(Facet.PROFILE, NOW + timedelta(days=2))
    assert answered(Facet.MEDIA).seen_at(later, Facet.MEDIA) == NOW
