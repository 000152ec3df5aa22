"""The built page in the Python package belongs to the sources in the checkout; no Node is needed to tell."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).parents[2]


def loaded(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


page_manifest = loaded(CHECKOUT / "scripts/page_manifest.py")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose page has just been built."""
    put(tmp_path, "web/src/main.tsx", "one")
    for name in page_manifest.SOURCES:
        if not (tmp_path / name).exists():
            put(tmp_path, f"{name}/index.ts" if name.endswith("src") else name, name)
    put(tmp_path, str(page_manifest.MANIFEST), page_manifest.manifest(tmp_path))
    return tmp_path


def put(checkout: Path, path: str, text: str) -> None:
    (checkout / path).parent.mkdir(parents=True, exist_ok=True)
    (checkout / path).write_text(text, "utf-8")


def test_the_committed_page_was_built_from_the_committed_sources() -> None:
    assert page_manifest.is_fresh(CHECKOUT), "stale: run `make page`"


def test_a_page_that_has_just_been_built_is_fresh(checkout: Path) -> None:
    assert page_manifest.is_fresh(checkout)


def test_a_changed_source_makes_the_page_stale(checkout: Path) -> None:
    put(checkout, "web/src/main.tsx", "two")
    assert not page_manifest.is_fresh(checkout)


def test_a_new_source_makes_the_page_stale(checkout: Path) -> None:
    put(checkout, "web/src/more.tsx", "")
    assert not page_manifest.is_fresh(checkout)


def test_a_renamed_source_makes_the_page_stale(checkout: Path) -> None:
    (checkout / "web/src/main.tsx").rename(checkout / "web/src/other.tsx")
    assert not page_manifest.is_fresh(checkout)


def test_a_page_without_a_manifest_is_stale(checkout: Path) -> None:
    (checkout / page_manifest.MANIFEST).unlink()
    assert not page_manifest.is_fresh(checkout)


@pytest.mark.parametrize("path", ["web/node_modules/react/index.js", "web/dist/index.html"])
def test_what_is_installed_or_built_is_no_source(checkout: Path, path: str) -> None:
    put(checkout, path, "")
    assert page_manifest.is_fresh(checkout)
