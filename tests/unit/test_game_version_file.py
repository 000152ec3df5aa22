"""The table of game versions: what is shipped, what an operator may change, and what a mistake is called."""

from pathlib import Path

import pytest

from character_sync.adapters.game_version_file import load_game_versions
from character_sync.domain.errors import NotReady
from character_sync.domain.game import CharacterTemplate, Facet, Realm


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "our-versions.toml"


ROW = """
[classic_hardcore]
name = "Hardcore"
namespace_family = "classic1x"
template = "wow_classic"
facets = ["profile", "media"]
realm_ids = [6001]
"""


def test_the_shipped_versions_are_five() -> None:
    assert [version.id for version in load_game_versions()] == [
        "retail",
        "classic_era",
        "classic_sod",
        "classic_anniversary",
        "classic_progression",
    ]


def test_every_shipped_version_fetches_its_profile_first() -> None:
    assert {version.facets[0] for version in load_game_versions()} == {Facet.PROFILE}


def test_only_retail_has_the_modern_sheet() -> None:
    modern = [version.id for version in load_game_versions() if version.template is CharacterTemplate.WOW]
    assert modern == ["retail"]


def test_a_seasonal_realm_goes_to_season_of_discovery() -> None:
    versions = load_game_versions()
    era, season = versions.get("classic_era"), versions.get("classic_sod")
    assert era is not None
    assert season is not None
    assert versions.holds(season, Realm(1, "crusader-strike"))
    assert not versions.holds(era, Realm(1, "crusader-strike"))


def test_an_operators_version_comes_after_the_shipped_ones(file: Path) -> None:
    file.write_text(ROW)
    added = list(load_game_versions(file))[-1]
    assert (added.id, added.name, added.realm_ids) == ("classic_hardcore", "Hardcore", frozenset({6001}))


def test_an_operator_changes_one_key_and_keeps_the_others(file: Path) -> None:
    file.write_text('[retail]\nname = "Midnight"\n')
    retail = load_game_versions(file).get("retail")
    assert retail is not None
    assert (retail.name, retail.namespace_family, retail.template) == ("Midnight", "", CharacterTemplate.WOW)


@pytest.mark.parametrize("offered", [True, False])
def test_the_protected_facet_is_fetched_only_where_it_was_asked_for(offered: bool) -> None:  # noqa: FBT001
    versions = load_game_versions(protected_facet=offered)
    assert {Facet.PROTECTED in version.facets for version in versions} == {offered}


@pytest.mark.parametrize("key", ["name", "namespace_family", "template", "facets"])
def test_a_missing_key_is_named_with_its_file_and_version(file: Path, key: str) -> None:
    file.write_text("\n".join(line for line in ROW.splitlines() if not line.startswith(f"{key} =")))
    with pytest.raises(NotReady) as raised:
        load_game_versions(file)
    assert str(raised.value) == f"{file}: [classic_hardcore] has no {key}."


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("template", '"wow_3d"', "wow_3d"),
        ("facets", '["profile", "mounts"]', "mounts"),
        ("facets", "3", "3"),
        ("facets", '"profile"', "profile"),
        ("realm_ids", '["six"]', "six"),
        ("realm_ids", "6001", "6001"),
        ("realm_slugs", '"lone-wolf"', "lone-wolf"),
        ("name", "7", "7"),
        ("namespace_family", "1", "1"),
    ],
)
def test_an_unusable_value_is_named_with_its_file_version_and_key(file: Path, key: str, value: str, named: str) -> None:
    kept = [line for line in ROW.splitlines() if not line.startswith(f"{key} =")]
    file.write_text("\n".join([*kept, f"{key} = {value}"]))
    with pytest.raises(NotReady) as raised:
        load_game_versions(file)
    message = str(raised.value)
    assert message.startswith(f"{file}: [classic_hardcore]")
    assert key in message
    assert named in message


def test_a_value_beside_the_tables_is_named(file: Path) -> None:
    file.write_text('retail = "yes"\n')
    with pytest.raises(NotReady, match=r"\[retail\] must be a table"):
        load_game_versions(file)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(NotReady, match=r"our-versions\.toml cannot be read"):
        load_game_versions(file)


@pytest.mark.parametrize("content", [b"[retail\n", b"\xff\xfe"])
def test_a_file_that_is_not_toml_is_named(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(NotReady, match=r"our-versions\.toml cannot be read"):
        load_game_versions(file)
