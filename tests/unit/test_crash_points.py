"""Crash points: free and harmless unless the harness armed one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from character_sync import crash_points
from character_sync.crash_points import LIKE_KILL_9, VARIABLE, CrashPoint

SOURCE = Path(crash_points.__file__).parent


def test_every_point_is_reached_somewhere_in_the_code() -> None:
    code = "".join(file.read_text("utf-8") for file in SOURCE.rglob("*.py") if file.name != "crash_points.py")
    assert set(re.findall(r"CrashPoint\.([A-Z_]+)", code)) == {point.name for point in CrashPoint}


def test_every_point_says_something_else() -> None:
    assert len({point.value for point in CrashPoint}) == len(CrashPoint.__members__)


def test_unarmed_nothing_happens() -> None:
    for point in CrashPoint:
        crash_points.reached(point)


@pytest.mark.parametrize(("armed", "reached", "code"), [("QUEUED:2", 1, 0), ("QUEUED:2", 2, LIKE_KILL_9), ("", 9, 0)])
def test_a_process_ends_the_time_it_was_told_to(armed: str, reached: int, code: int) -> None:
    program = (
        "from character_sync.crash_points import CrashPoint, reached\n"
        f"for _ in range({reached}): reached(CrashPoint.QUEUED)\n"
        "reached(CrashPoint.CLAIMED)"
    )
    environment = {VARIABLE: armed, "PYTHONPATH": str(SOURCE.parent)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == code


@pytest.mark.parametrize("where", ["NOWHERE:1", "QUEUED:often"])
def test_a_point_that_does_not_exist_is_refused(where: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        crash_points.arm(where)
