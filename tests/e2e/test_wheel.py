"""The wheel alone, as somebody gets it who has neither this repository nor Node."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from character_sync import __version__
from support.needs import cannot_be_had
from support.scripts import CHECKOUT, script

BIN = Path(sys.executable).parent
PAGE_PARTS = re.compile(r'(?:src|href)="(/[^"]+)"')


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a checkout as README.md says, by the builder that is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [BIN / "uv", "build", "--quiet", "--wheel", "--offline", "--no-build-isolation", "--out-dir", folder]
    subprocess.run([*build, "--python", sys.executable, CHECKOUT], check=True, capture_output=True, text=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of a virtual environment that holds the wheel, what it depends on, and nothing else."""
    environment = tmp_path_factory.mktemp("clean") / "venv"
    uv = BIN / "uv"
    subprocess.run([uv, "venv", "--quiet", "--offline", "--python", sys.executable, environment], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", environment / "bin/python"]
    locked = ["--require-hashes", "-r", CHECKOUT / "requirements/runtime.txt"]
    # What was installed into .venv is in uv's cache, as a rule.
    offline = subprocess.run([*install, "--offline", *locked], check=False, capture_output=True, text=True)
    online = offline.returncode and subprocess.run([*install, *locked], check=False, capture_output=True, text=True)
    if online and online.returncode:
        cannot_be_had("What the wheel depends on", online.stderr)
    subprocess.run([*install, "--offline", "--no-deps", wheel], check=True)
    return environment / "bin"


@pytest.fixture
def alone(installed: Path, tmp_path: Path) -> dict[str, str]:
    """An environment with nothing on the path but the wheel's programs, and a folder of its own."""
    return {"PATH": str(installed), "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONUTF8": "1"}


@pytest.fixture
def demo(alone: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a running `character-sync demo`."""
    command = [Path(alone["PATH"]) / "character-sync", "demo", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, env=alone, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        ready = next(line for line in running.stdout if "ready" in line)
        yield next(word for word in ready.split() if word.startswith("http://"))
        running.terminate()
        running.stdout.read()
        assert running.wait() == 0


def ran(alone: dict[str, str], *arguments: str) -> str:
    command = [Path(alone["PATH"]) / "character-sync", *arguments]
    return subprocess.run(command, env=alone, check=True, capture_output=True, text=True).stdout


def test_the_version_is_the_one_in_the_code(wheel: Path, alone: dict[str, str]) -> None:
    assert wheel.name == f"character_sync-{__version__}-py3-none-any.whl"
    assert ran(alone, "--version").strip() == __version__
    assert json.loads(ran(alone, "openapi"))["info"]["version"] == __version__
    assert json.loads((CHECKOUT / "packages/react/package.json").read_text("utf-8"))["version"] == __version__


def test_a_demo_from_the_wheel_syncs_characters_and_shows_the_page(demo: str, alone: dict[str, str]) -> None:
    token = ran(alone, "login", "--url", demo, "--account", "six").strip()
    assert ran({**alone, "CHARACTER_SYNC_TOKEN": token}, "sync", "--url", demo, "--game-version", "retail").endswith(
        "6 characters, 6 completed.\n"
    )
    with urlopen(demo) as page:  # noqa: S310 - our own, on loopback
        parts = PAGE_PARTS.findall(page.read().decode())
    assert parts
    for part in parts:
        with urlopen(demo + part) as answer:  # noqa: S310 - as above
            assert answer.status == 200


def test_the_wheel_has_our_licence_and_those_of_what_is_built_into_the_page(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        held = {Path(name).name: files.read(name).decode() for name in files.namelist() if "/licenses/" in name}
    assert held == {name: (CHECKOUT / name).read_text("utf-8") for name in ("LICENSE", "THIRD_PARTY_LICENSES")}


def test_every_package_that_is_built_into_the_page_is_named() -> None:
    if not (CHECKOUT / "web/node_modules/vite").exists():
        cannot_be_had("What the page is built with", "run make install-dev")
    if not (CHECKOUT / "packages/react/dist").exists():
        cannot_be_had("The React package, built", "run make page")
    node = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    command = ["node", CHECKOUT / "tests/e2e/bundled_packages.mjs"]
    told = subprocess.run(command, cwd=CHECKOUT / "web", env=node, check=True, capture_output=True, text=True).stdout
    bundled = set(re.findall(r"node_modules/((?:@[^/\n]+/)?[^/\n]+)/[^\n]*$", told, re.MULTILINE))
    named = {package.name for package in script("page_licenses").packages(CHECKOUT)}
    assert {"react", "react-dom", "socket.io-client", "@tanstack/react-query", "wouter"} <= bundled
    assert bundled - named == set()
