"""The threat model names tests; what it names is there."""

import re

from support.scripts import CHECKOUT

PAGE = CHECKOUT / "docs" / "security.md"


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text("utf-8")))
    there = {
        name
        for file in (CHECKOUT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", file.read_text("utf-8"))
    }
    assert len(named) > 30
    assert named <= there, named - there


def test_every_protection_names_what_would_notice_its_loss() -> None:
    defended = PAGE.read_text("utf-8").partition("## What is defended, and how")[2].partition("## Figures")[0]
    rows = [line.split("|")[1:-1] for line in defended.splitlines() if line.startswith("| ") and "against" not in line]
    assert len(rows) > 25
    assert [row for row in rows if len(row) != 3 or not row[2].strip()] == []
