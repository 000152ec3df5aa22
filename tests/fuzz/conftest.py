"""What the fuzzing needs of real servers."""

import pytest

from support import servers


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(servers.__name__):
        config.pluginmanager.register(servers, servers.__name__)
