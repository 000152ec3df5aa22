"""Where the processor time goes, by part of the service: stacks that py-spy takes from outside, native frames too."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PER_SECOND: Final = 250
REST: Final = "everything else"

# The innermost frame that says whose work it is decides. What serves several (the event loop, Redis' client, the
# standard library) says nothing.
COLLECTION: Final = "garbage collection"
_COLLECTS: Final = "gc_collect_main"
# A thread that waits is taken for one that works where native frames are read.
_WAITS: Final = (
    "epoll_pwait",
    "epoll_wait",
    "PyThread_acquire_lock_timed",
    "pthread_cond_timedwait",
    "pthread_cond_wait",
)
_NATIVE_END: Final = 4  # frames: a wait ends in the C library, a few of them below whoever called it
PARTS: Final[Sequence[tuple[str, tuple[str, ...]]]] = (
    ("logs", ("structlog/", "character_sync/logs.py")),
    (
        "decoding Battle.net's answers",
        (
            "battle_net/responses.py",
            "battle_net/json_shapes.py",
            "battle_net/equipment.py",
            "battle_net/specializations.py",
            "battle_net/text.py",
            "battle_net/pictures.py",
            "content_hash (",
        ),
    ),
    (
        "pace and circuits",
        ("request_budget.py", "request_lanes.py", "request_places.py", "shared_budget.py", "circuits.py"),
    ),
    (
        "HTTP to Battle.net",
        ("aiohttp/", "yarl/", "battle_net/transport.py", "battle_net/client.py", "_http_parser", "_http_writer"),
    ),
    ("database", ("sqlalchemy/", "aiosqlite/", "asyncpg/", "sqlite3", "adapters/database/")),
    ("queue", ("docket/", "adapters/job_queue.py")),
    (
        "events",
        (
            "progress_channel/",
            "character_sync_gateway.py",
            "entrypoints/following.py",
            "entrypoints/outbox.py",
            "entrypoints/connections.py",
            "socketio/",
            "engineio/",
            "websockets",
            "schemas/events.py",
        ),
    ),
    ("REST", ("fastapi/", "starlette/", "uvicorn/", "entrypoints/", "pydantic")),
    ("the run itself", ("use_cases/", "character_sync/domain/", "adapters/battle_net/adapter.py")),
    ("event loop", ("uvloop", "asyncio/")),
)


@dataclass(frozen=True)
class Sampled:
    """Shares of all samples, largest first; functions are those of Python in which the samples ended."""

    samples: int
    parts: list[tuple[str, float]]
    functions: list[dict[str, Any]]


async def sampled(pids: Iterable[int], *, seconds: int, folder: Path, until: asyncio.Future[Any]) -> Sampled:
    """Take the stacks of these processes for so long, or until the work is done. Raises FileNotFoundError: no py-spy."""
    program = Path(sys.executable).parent / "py-spy"
    files, running = [], []
    for pid in pids:
        files.append(folder / f"stacks-{pid}.txt")
        running.append(
            await asyncio.create_subprocess_exec(
                *(str(program), "record", "--pid", str(pid), "--duration", str(seconds), "--rate", str(PER_SECOND)),
                *("--native", "--format", "raw", "--output", str(files[-1])),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        )
    ended = asyncio.gather(*(process.wait() for process in running))
    await asyncio.wait([until, asyncio.ensure_future(ended)], return_when=asyncio.FIRST_COMPLETED)
    for process in running:
        if process.returncode is None:
            process.send_signal(2)  # it writes what it has
    await ended
    return summary([line for file in files if file.exists() for line in file.read_text("utf-8").splitlines()])


def summary(stacks: Sequence[str]) -> Sampled:
    """Read stacks as `outer;...;inner count`, one a line."""
    parts, functions, total = Counter[str](), Counter[str](), 0
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if any(wait in frame for frame in frames[-_NATIVE_END:] for wait in _WAITS):
            continue
        total += int(count)
        parts[_part(frames)] += int(count)
        functions[_function(frames)] += int(count)
    shares = [(part, count / total) for part, count in parts.most_common()]
    top = [{"function": name, "share": round(count / total, 3)} for name, count in functions.most_common(15)]
    return Sampled(total, shares, top)


def _part(frames: Sequence[str]) -> str:
    if any(_COLLECTS in frame for frame in frames):
        return COLLECTION
    for frame in reversed(frames):
        for part, marks in PARTS[:-1]:
            if any(mark in frame for mark in marks):
                return part
    loop, marks = PARTS[-1]
    return loop if any(mark in frame for frame in frames for mark in marks) else REST


def _function(frames: Sequence[str]) -> str:
    """Return the innermost function of Python, without the line, so that a function's lines count together."""
    for frame in reversed(frames):
        if ".py:" in frame:
            name, _, place = frame.partition(" (")
            return f"{name} ({'/'.join(place.partition(':')[0].split('/')[-2:])})"
    return frames[-1]
