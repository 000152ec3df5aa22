"""The repository's scripts as modules, for tests of what they do."""

import importlib.util
from pathlib import Path
from types import ModuleType

CHECKOUT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    """Return `scripts/NAME.py`, loaded without running it."""
    spec = importlib.util.spec_from_file_location(name, CHECKOUT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
