import pytest

from character_sync.domain.character import ProtectedCharacter
from character_sync.domain.game import Facet
from fakes.battle_net import ScriptedBattleNet
from fakes.characters import EQUIPMENT, MEDIA, SPECIALIZATIONS, profile
from fakes.clock import FakeClock
from fakes.enriching import Processing


@pytest.fixture
def battle_net() -> ScriptedBattleNet:
    """A Battle.net that gives everything there is of character 1."""
    script = ScriptedBattleNet()
    script.gives(Facet.PROFILE, profile(1))
    script.gives(Facet.MEDIA, MEDIA)
    script.gives(Facet.EQUIPMENT, EQUIPMENT)
    script.gives(Facet.SPECIALIZATIONS, SPECIALIZATIONS)
    script.gives(Facet.PROTECTED, ProtectedCharacter(1_000_000, 3, 1))
    return script


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def enrich(battle_net: ScriptedBattleNet, clock: FakeClock) -> Processing:
    return Processing(battle_net, clock)
