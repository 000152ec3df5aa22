"""What the fakes answer is each test's own; how they are asked is as their ports say."""

from inspect import Parameter, signature
from typing import Any

import pytest

from character_sync.ports import BattleNet, JobQueue, ProgressChannel
from fakes.battle_net import CharactersThereOrNot, ScriptedBattleNet
from fakes.channel import NotedEvents
from fakes.queue import NotedJobs


def asked_with(method: Any) -> list[tuple[str, Any, Any]]:
    """Return the names, kinds and defaults of what is passed; a fake may mark with `_` what it does not look at."""
    parameters: list[Parameter] = list(signature(method).parameters.values())
    return [(one.name.lstrip("_"), one.kind, one.default) for one in parameters]


@pytest.mark.parametrize(
    ("fake", "port"),
    [
        (ScriptedBattleNet, BattleNet),
        (CharactersThereOrNot, BattleNet),
        (NotedEvents, ProgressChannel),
        (NotedJobs, JobQueue),
    ],
)
def test_a_fake_is_asked_as_its_port_is(fake: type, port: type) -> None:
    kept = [name for name in vars(fake) if not name.startswith("_") and hasattr(port, name)]
    assert kept
    assert {name: asked_with(getattr(fake, name)) for name in kept} == {
        name: asked_with(getattr(port, name)) for name in kept
    }
