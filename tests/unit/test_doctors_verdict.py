"""The doctor's last line, and what it exits with."""

import pytest
from typer.testing import CliRunner

from character_sync.cli import app
from character_sync.commands import doctor
from character_sync.commands.doctor import Finding
from character_sync.settings import Settings

WELL, ILL = Finding(True, "The queue answers."), Finding(False, "The database does not answer.")


@pytest.mark.parametrize(
    ("findings", "last_line", "exit_code"),
    [
        ([WELL, WELL], "Everything is well.", 0),
        ([WELL, ILL, WELL, ILL], "To be put right: 2, the first of them first.", 1),
    ],
)
def test_the_doctor_says_in_the_end_how_many_parts_have_to_be_put_right(
    monkeypatch: pytest.MonkeyPatch, findings: list[Finding], last_line: str, exit_code: int
) -> None:
    async def examine(_settings: Settings) -> list[Finding]:
        return findings

    monkeypatch.setattr(doctor, "examine", examine)
    done = CliRunner().invoke(app, ["doctor"])

    assert done.output.splitlines()[-1] == last_line
    assert done.exit_code == exit_code
    assert done.output.count("PROBLEM") == findings.count(ILL)
