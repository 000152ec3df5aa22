"""The whole world: `cd tests && python -m identity_world`. Prints its report and writes it into docs/identity.md."""

import argparse
import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import structlog

from identity_world.judging import Report, judge

PAGE = Path(__file__).parents[2] / "docs" / "identity.md"
BEGIN, END = "<!-- world:begin -->\n", "<!-- world:end -->"


def main() -> None:
    options = argparse.ArgumentParser(
        prog="python -m identity_world", description="Months of identity changes, judged."
    )
    options.add_argument("--characters", type=int, default=200)
    options.add_argument("--months", type=int, default=6)
    options.add_argument("--seed", type=int, default=6)
    given = options.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[_drop])
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(judge(Path(folder), characters=given.characters, months=given.months, seed=given.seed))
    text = _text(report, given.seed)
    sys.stdout.write("\n".join([text, *report.details, ""]))
    head, rest = PAGE.read_text("utf-8").split(BEGIN)
    PAGE.write_text(head + BEGIN + text + END + rest.split(END)[1], "utf-8")
    sys.exit(bool(report.total("wrong") or report.total("missed") or report.undone["not exact"]))


def _drop(*_args: object) -> str:
    raise structlog.DropEvent


def _text(report: Report, seed: int) -> str:
    command = f"cd tests && python -m identity_world --characters {report.characters} --months {report.months}"
    return (
        f"Measured on {datetime.now(UTC).date()} by `{command} --seed {seed}`: {report.characters} characters, "
        f"{report.months} months, synced once a month.\n\n"
        f"{report.table()}\n\n"
        f"Automatic merges undone at once and compared row by row: {report.undone['exact']} exact, "
        f"{report.undone['not exact']} not. Questions the player answered: {report.answered['yes']} yes, "
        f"{report.answered['no']} no.\n\n"
    )


if __name__ == "__main__":
    main()
