"""Which game version a realm belongs to."""

import pytest

from character_sync.domain.game import CharacterTemplate, GameVersion, GameVersions, Realm
from fakes.characters import ERA, FACETS, RETAIL, SOD

VERSIONS = GameVersions([RETAIL, ERA, SOD])


@pytest.mark.parametrize(
    ("realm", "belongs_to"),
    [
        (Realm(5826, "lone-wolf"), "classic_sod"),  # by slug
        (Realm(5905, "old-blanchy"), "classic_sod"),  # by id, though Era has the slug too
        (Realm(5902, "old-blanchy"), "classic_era"),
        (Realm(1, "a-realm-nobody-has-heard-of"), "classic_era"),
    ],
)
def test_a_realm_of_a_shared_namespace_belongs_to_exactly_one_version(realm: Realm, belongs_to: str) -> None:
    holders = [version.id for version in (ERA, SOD) if VERSIONS.holds(version, realm)]
    assert holders == [belongs_to]


def test_a_realm_named_by_a_version_of_another_namespace_is_not_taken_away() -> None:
    assert VERSIONS.holds(RETAIL, Realm(5905, "lone-wolf"))


def test_a_realm_named_twice_goes_to_the_version_written_first() -> None:
    rival = GameVersion(
        "rival", "Rival", CharacterTemplate.WOW_CLASSIC, "classic1x", FACETS, realm_slugs=frozenset({"lone-wolf"})
    )
    both = GameVersions([ERA, SOD, rival])
    realm = Realm(5826, "lone-wolf")
    assert [version.id for version in both if both.holds(version, realm)] == ["classic_sod"]


def test_versions_come_in_the_order_they_were_written() -> None:
    assert [version.id for version in VERSIONS] == ["retail", "classic_era", "classic_sod"]


def test_an_unknown_version_is_none() -> None:
    assert VERSIONS.get("wildstar") is None
    assert VERSIONS.get("retail") is RETAIL


@pytest.mark.parametrize(("version", "names"), [(RETAIL, False), (ERA, False), (SOD, True)])
def test_a_version_knows_whether_it_names_realms(version: GameVersion, names: bool) -> None:  # noqa: FBT001
    assert version.names_realms is names
