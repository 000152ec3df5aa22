"""Every command in the documentation is run here, or looked at in the lesser way that its row in LESSER names."""

import asyncio
import json
import os
import re
import shlex
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import yaml

from character_sync.reference.docs_pages import CHECKOUT
from support.command_line import is_understood
from support.service import RunningService, running_service

BIN = Path(sys.executable).parent
PAGES = sorted(
    {
        *CHECKOUT.glob("*.md"),
        *CHECKOUT.glob("docs/**/*.md"),
        *CHECKOUT.glob("packages/*/README.md"),
        *CHECKOUT.glob("examples/**/*.md"),
    }
    - {path for path in CHECKOUT.glob("examples/**/*.md") if "node_modules" in path.parts}
)
BLOCK = re.compile(r"^ *```sh\n(?P<lines>.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`(?P<command>(?:character-sync|make) [a-z][^`]*)`(?!`)")
DEPLOY_NOTE = re.compile(r"^#.*?(?P<command>(?:docker|systemctl|cp|python3 -m venv) [^#\n]*)", re.MULTILINE)


def commands_of(text: str) -> list[str]:
    """Return the commands of all blocks, continued lines joined, without comments."""
    joined = "\n".join(block.group("lines") for block in BLOCK.finditer(text)).replace("\\\n", " ")
    lines = (re.sub(r"\s+#\s.*$", "", line).strip() for line in joined.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def makes_a_target(command: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE)
    wanted = [word for word in shlex.split(command)[1:] if "=" not in word]
    assert set(wanted) <= set(targets), command


def is_understood_inside(command: str) -> None:
    """What it hands to the command line, between its variables and quotes, is understood."""
    [inner] = re.findall(r"character-sync [^\"()]*", command)
    is_understood(inner.strip())


def is_a_script_of_npm(command: str) -> None:
    folders = ("packages/react", "web", "examples/page_on_another_origin")
    scripts = {
        script
        for folder in folders
        for script in json.loads((CHECKOUT / folder / "package.json").read_text())["scripts"]
    }
    told = re.findall(r"npm (?:run )?([\w:]+)", command)
    assert told, command
    assert set(told) <= scripts | {"ci", "install"}, command


def names_files_there_are(command: str) -> None:
    """Whatever it names inside the checkout is there, units and services too; what is in them: tests/unit/test_deploy.py."""
    named = re.findall(r"\b(?:deploy|tests|requirements)/[\w./-]+", command)
    made = {"deploy/.env"}
    assert all((CHECKOUT / path).exists() for path in named if path not in made), command
    units = [re.sub(r"@.*", "@", unit) for unit in re.findall(r"\bcharacter-sync-[\w@]+", command)]
    assert all((CHECKOUT / f"deploy/systemd/{unit}.service").exists() for unit in units), command
    scaled = re.findall(r"--scale (\w+)=", command)
    assert set(scaled) <= set(yaml.safe_load((CHECKOUT / "deploy/compose.yaml").read_text("utf-8"))["services"]), (
        command
    )


def is_run_elsewhere(test: str, words: str) -> Callable[[str], None]:
    def check(_command: str) -> None:
        assert words in (CHECKOUT / test).read_text("utf-8")

    return check


_SCRIPT, _RECEIVER, _PAGE = (
    f"tests/examples/test_{name}.py" for name in ("script", "webhook_receiver", "page_on_another_origin")
)

# A pattern, how its commands are looked at instead of being run, and why they are not run.
LESSER: tuple[tuple[str, Callable[[str], None], str], ...] = (
    (r"make\b.*", makes_a_target, "they run tests, build for minutes, or never end"),
    (r"(\.venv/bin/)?character-sync (serve|worker|demo)\b.*", is_understood, "never end; test_processes.py runs them"),
    (r"character-sync doctor", is_understood, "needs the real Battle.net; test_doctor.py runs it with the sandbox"),
    (r"character-sync keys generate", is_run_elsewhere("tests/e2e/test_key_rotation.py", '"generate"'), "run there"),
    (r"character-sync keys rotate", is_run_elsewhere("tests/e2e/test_key_rotation.py", '"rotate"'), "run there"),
    (r"sqlite3 .*", is_run_elsewhere("tests/e2e/test_backups.py", "VACUUM INTO"), "run there, on a running service"),
    (r"pg_(dump|restore) .*", is_run_elsewhere("tests/e2e/test_backups.py", "pg_dump"), "run there, on a PostgreSQL"),
    (r"\.venv/bin/uv build --wheel", is_run_elsewhere("tests/e2e/test_wheel.py", '"build"'), "run there"),
    (r"pip install dist/.*", is_run_elsewhere("tests/e2e/test_wheel.py", '"install"'), "run there, without a network"),
    (r"npm .*", is_a_script_of_npm, "fetches from the registry, or takes minutes"),
    (
        r'export CHARACTER_SYNC_TOKEN="\$\(character-sync login [^"]*"',
        is_understood_inside,
        "needs the example's service",
    ),
    (r"CHARACTER_SYNC_[A-Z_]+=\S+ character-sync demo", is_understood_inside, "never ends"),
    (r"character-sync (login|sync) .*", is_understood, "the tutorial's are run; these need the example's service"),
    (r"python sync\.py .*", is_run_elsewhere(_SCRIPT, "sync.py"), "run there"),
    (
        r"python -m battle_net_sandbox .*",
        is_run_elsewhere("tests/examples/test_existing_site.py", "running_sandbox("),
        "never ends; run there",
    ),
    (
        r"uvicorn guild_site:app .*",
        is_run_elsewhere("tests/examples/test_existing_site.py", "guild_site.py"),
        "never ends; run there",
    ),
    (r"WEBHOOK_SECRET=\S+ python receiver\.py", is_run_elsewhere(_RECEIVER, "receiver.py"), "run there"),
    (
        r"curl .*/api/v1/webhooks .*",
        is_run_elsewhere(_RECEIVER, "client.create_webhook"),
        "done there, with another address",
    ),
    (r"\(cd \S*packages/react && npm run build\)", is_run_elsewhere(_PAGE, "build"), "run there"),
    (r"(docker|systemctl|cp|python3 -m venv) .*", names_files_there_are, "needs Docker, systemd or root"),
)
# Run below, in an environment made for them.
IN_A_SERVICE = "docs/tutorial.md"
BY_THEMSELVES = {"character-sync migrate"}


def lesser(command: str) -> Callable[[str], None] | None:
    return next((check for pattern, check, _ in LESSER if re.fullmatch(pattern, command)), None)


def named(page: Path) -> str:
    return page.relative_to(CHECKOUT).as_posix()


def run_in_a_service() -> list[str]:
    text = (CHECKOUT / IN_A_SERVICE).read_text("utf-8")
    return [command for command in commands_of(text) if lesser(command) is None]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_is_run_or_has_its_row(page: Path) -> None:
    run = BY_THEMSELVES | set(run_in_a_service())
    forgotten = []
    for command in commands_of(page.read_text("utf-8")):
        check = lesser(command)
        if check is not None:
            check(command)
        elif command not in run:
            forgotten.append(command)
    assert forgotten == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_inside_a_sentence_is_one_there_is(page: Path) -> None:
    for command in INLINE.findall(page.read_text("utf-8")):
        one = command.partition("|")[0].partition("…")[0]
        (makes_a_target if one.startswith("make ") else is_understood)(one)


@pytest.mark.parametrize("file", sorted((CHECKOUT / "deploy").rglob("*.*")), ids=named)
def test_the_commands_in_the_notes_of_deploy_name_files_there_are(file: Path) -> None:
    for command in DEPLOY_NOTE.findall(file.read_text("utf-8")) if file.is_file() else ():
        check = lesser(command.strip())
        assert check is not None, command
        check(command)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running_service(tmp_path / "data") as running:
        yield running


async def shell(script: str, folder: Path, **environment: str) -> str:
    """Run a script as a person would type it: any command that fails fails it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHARACTER_SYNC_")}
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script),
        cwd=folder,
        env={**clean, "PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONUTF8": "1", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, f"{script}\n{out.decode()}\n{err.decode()}"
    return out.decode()


async def test_the_tutorial_does_what_it_says(service: RunningService, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(BIN.parent)
    (tmp_path / "examples").symlink_to(CHECKOUT / "examples")
    script = "\n".join(run_in_a_service()).replace("http://127.0.0.1:8000", service.url)
    said = await shell(script, tmp_path, CHARACTER_SYNC_URL=service.url)
    assert "60 characters, 60 completed." in said
    assert '"syncedCharacters":60' in said
    assert '"nextCursor"' in said
    assert ", level " in said.splitlines()[-1]


async def test_the_database_is_made_as_the_guides_say(tmp_path: Path) -> None:
    await shell("\n".join(BY_THEMSELVES), tmp_path, CHARACTER_SYNC_DATA_DIR=str(tmp_path / "data"))
    assert (tmp_path / "data/character-sync.db").exists()


def test_a_command_nobody_thought_of_is_noticed() -> None:
    assert lesser("rm -rf /") is None
    with pytest.raises(AssertionError):
        makes_a_target("make coffee")
    with pytest.raises(AssertionError):
        is_understood("character-sync brew")
