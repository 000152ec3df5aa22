"""The licences of what is built into the page go with the package; no Node is needed to tell that they are those."""

import json
from pathlib import Path

import pytest

from support.scripts import CHECKOUT, script

page_licenses = script("page_licenses")


def lock(checkout: Path, project: str, **versions: str) -> None:
    """Lock and install packages, each with a licence of its own."""
    for name, version in versions.items():
        folder = checkout / project / "node_modules" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"name": name, "license": "MIT"}), "utf-8")
        (folder / "LICENSE").write_text(f"The terms of {name}, {version}.", "utf-8")
    packages = {f"node_modules/{name}": {"version": version} for name, version in versions.items()}
    packages["node_modules/for-tests"] = {"version": "1", "dev": True}
    (checkout / project / "package-lock.json").write_text(json.dumps({"packages": packages}), "utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose notice has just been written."""
    lock(tmp_path, "web", react="19.0")
    lock(tmp_path, "packages/react", debug="4.1")
    (tmp_path / page_licenses.NOTICE).write_text(page_licenses.notice(tmp_path), "utf-8")
    return tmp_path


def test_the_committed_notice_names_what_is_locked() -> None:
    assert page_licenses.is_fresh(CHECKOUT), "stale: run `make page`"


def test_a_notice_has_the_terms_of_every_package_that_is_needed_at_run_time_and_of_no_other(checkout: Path) -> None:
    text = (checkout / page_licenses.NOTICE).read_text("utf-8")
    assert page_licenses.headings(text) == ["debug 4.1", "react 19.0"]
    assert "The terms of debug, 4.1." in text
    assert "The terms of react, 19.0." in text


def test_another_version_makes_the_notice_stale(checkout: Path) -> None:
    lock(checkout, "web", react="19.1")
    assert not page_licenses.is_fresh(checkout)


def test_one_package_more_makes_the_notice_stale(checkout: Path) -> None:
    lock(checkout, "packages/react", debug="4.1", ms="2.1")
    assert not page_licenses.is_fresh(checkout)


def test_a_package_without_a_licence_that_can_be_read_is_not_passed_over(checkout: Path) -> None:
    (checkout / "web/node_modules/react/LICENSE").unlink()
    with pytest.raises(FileNotFoundError, match=r"react 19\.0"):
        page_licenses.notice(checkout)
