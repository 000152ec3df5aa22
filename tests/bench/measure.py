"""What a process has used, read from the kernel: processor time to the microsecond, memory as it stands."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import psutil

_OF_A_PROCESS: Final = 2  # the kernel's number of the clock that counts a process's processor time, all threads
MS: Final = 1_000


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the processor time these processes have used up to now, with all their threads, without children."""
    return sum(time.clock_gettime((~pid << 3) | _OF_A_PROCESS) for pid in pids)


def cpu_seconds_of_family(pid: int) -> float:
    """Return the processor time of a process, of its children that live, and of those it has seen end."""
    root = psutil.Process(pid)
    ended = root.cpu_times()
    family = [root, *root.children(recursive=True)]
    return cpu_seconds(process.pid for process in family) + ended.children_user + ended.children_system


def processor_seconds() -> tuple[float, float]:
    """Return what all processors have worked up to now, and what else they wanted to while the machine's host ran others."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    stolen = getattr(times, "steal", 0.0)
    return sum(times) - idle - stolen, stolen


def stolen_share(before: tuple[float, float], after: tuple[float, float]) -> float:
    """Return how much of the processor time that was wanted between two moments went to other machines, 0 to 1."""
    worked, stolen = after[0] - before[0], after[1] - before[1]
    return round(stolen / (worked + stolen), 3) if worked + stolen else 0.0


def resident_kb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS:")))


_MEASURES: Final = {"ms", "KB"}  # what stands beside a number; other units are sentences


def figure(
    what: str,
    value: float,
    unit: str,
    *,
    at_most: float | None = None,
    goal: str = "",
    holds: bool | None = None,
    note: str = "",
    digits: int = 2,
) -> dict[str, Any]:
    """Return one row of the page. A goal that is not `at_most` is said in words, with whether it holds; None: nothing was promised."""
    if at_most is not None:
        goal, holds = f"<= {at_most:g}{f' {unit}' if unit in _MEASURES else ''}", value <= at_most
    return {"what": what, "value": round(value, digits), "unit": unit, "goal": goal, "holds": holds, "note": note}


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return how far apart several runs were, for the note beside their median."""
    return f"{len(values)} runs, {min(values):.{digits}f} to {max(values):.{digits}f}"


def at_share(values: Sequence[float], share: float) -> float:
    """Return the value that this share of the values does not exceed. There must be one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


__all__ = [
    "MS",
    "at_share",
    "cpu_seconds",
    "cpu_seconds_of_family",
    "figure",
    "median",
    "processor_seconds",
    "resident_kb",
    "spread",
    "stolen_share",
]
