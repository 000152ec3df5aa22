"""Whatever the OpenAPI document allows, and forbids, is asked of a running service: nothing breaks, nothing is let in.

`make test` asks a little, always the same; `make fuzz` asks much, each time something else.
"""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from support.lengths import IS_LONG, SECONDS, examples
from support.service import Player, RunningService, running_service

CONFIG = Path(__file__).with_name("schemathesis.toml")
PROGRAM = Path(sys.executable).with_name("schemathesis")
EXAMPLES = str(examples(4))  # of each operation and way to be wrong

ERASURE = "DELETE /api/v1/me"  # it would make every request after it a stranger's
UNLIMITED = {"requests_per_user": 0, "requests_per_address": 0, "sign_ins_per_address": 0}


async def asked(service: RunningService, folder: Path, *arguments: str, quick: str, config: str = "") -> None:
    """Run Schemathesis against the service, in `make test` only its `quick` phases. Fails with its report."""
    file = folder / "schemathesis.toml"
    file.write_text(CONFIG.read_text("utf-8") + config, "utf-8")
    shortened = () if IS_LONG else ("--seed", "1", "--phases", quick)
    process = await asyncio.create_subprocess_exec(
        *(PROGRAM, "--config-file", file, "run", f"{service.url}/openapi.json", "--max-examples", EXAMPLES),
        *(
            "--request-timeout",
            "120",
            "--suppress-health-check",
            "too_slow",
            "--continue-on-failure",
            *shortened,
            *arguments,
        ),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    report = "\n".join(line[:500] for line in output.decode().splitlines())
    assert process.returncode == 0, report
    generated = re.search(r"(\d+) generated", report)
    assert generated is not None, report
    assert int(generated[1]) > 100, report
    print(f"{generated[1]} requests and sequences generated")  # noqa: T201 - what docs/security.md reports


def _as(player: Player) -> tuple[str, ...]:
    return ("--header", f"Authorization: Bearer {player.token}")


@pytest.mark.timeout(SECONDS)
async def test_nothing_breaks_whatever_a_player_asks(tmp_path: Path) -> None:
    async with running_service(tmp_path / "data", **UNLIMITED) as service, service.player("six") as player:
        await player.sync()
        await asked(service, tmp_path, *_as(player), "--exclude-name", ERASURE, quick="examples,fuzzing,stateful")


@pytest.mark.timeout(SECONDS)
async def test_nothing_breaks_whatever_is_asked_of_things_that_are_there(tmp_path: Path) -> None:
    async with running_service(tmp_path / "data", **UNLIMITED) as service, service.player("six") as player:
        hook = await player.post("/api/v1/webhooks", {"url": "https://site.invalid/hook"}, expect=201)
        ids = {"sync-sessions": (await player.sync())["sessionId"], "webhooks": hook["id"]}
        character = ids["characters"] = (await player.characters())[0]["id"]
        group = await player.post("/api/v1/groups", {"name": "Mains", "members": [character]}, expect=201)
        ids["groups"] = group["id"]
        known = "".join(
            f"""
[[operations]]
include-path-regex = "^/api/v1/{kind}/\\\\{{id\\\\}}"
parameters = {{ "path.id" = "{id_}" }}
"""
            for kind, id_ in ids.items()
        )
        # Of two ids in a path it makes both invalid and then puts in the one that is there: rightly accepted.
        known += """
[[operations]]
include-name = "POST /api/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver"
checks.negative_data_rejection.enabled = false
"""
        # What deletes them would leave nothing to ask about.
        there = ("--include-path-regex", f"({'|'.join(ids)})/.id", "--exclude-method", "DELETE")
        await asked(service, tmp_path, *_as(player), *there, quick="coverage", config=known)


@pytest.mark.timeout(SECONDS)
async def test_nothing_breaks_and_nobody_is_let_in_whatever_a_stranger_asks(tmp_path: Path) -> None:
    async with running_service(tmp_path / "data", **UNLIMITED) as service:
        await asked(service, tmp_path, quick="fuzzing")
