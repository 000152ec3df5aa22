"""Forks processes of the service from one that has loaded everything, so that each begins at once and not in 3 s.

Reads one JSON object per line, `{"argv": [...], "env": {...}, "log": PATH, "bug": NAME}`, and writes `{"pid": n}`; of
every process that ends, `{"ended": pid, "code": n}`. When its input ends, it kills what it started.
"""

import json
import os
import random
import select
import signal
import sys
from contextlib import suppress

import structlog

from chaos import instruments
from character_sync import cli, crash_points
from character_sync.commands import doctor, programs

LOOKS_EVERY_SECONDS = 0.01  # for processes that ended
LOADED = (doctor, programs)  # the command line imports these when it runs them; here they are loaded before


def main() -> None:
    """Serve until the harness is gone."""
    os.environ.pop("PYTHONPATH", None)
    children: set[int] = set()
    pending = b""
    say({"ready": True})
    while True:
        readable, _, _ = select.select([0], [], [], LOOKS_EVERY_SECONDS)
        if readable:
            read = os.read(0, 1 << 16)
            if not read:
                break
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                children.add(fork(json.loads(line)))
        while children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            children.discard(pid)
            say({"ended": pid, "code": os.waitstatus_to_exitcode(status)})
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def say(what: dict[str, object]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def fork(order: dict[str, object]) -> int:
    pid = os.fork()
    if pid:
        say({"pid": pid})
        return pid
    try:
        become(order)
    finally:
        os._exit(1)


def become(order: dict[str, object]) -> None:
    """Turn this fork into the program it is told to be."""
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, number in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, number)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["character-sync", *order["argv"]]
    random.seed(os.urandom(16))  # or every fork would draw the same waits
    structlog.reset_defaults()
    crash_points.arm(os.environ.get(crash_points.VARIABLE, ""))
    if path := os.environ.get(instruments.DEPARTURES):
        instruments.note_departures(path)
    if order.get("bug"):
        from chaos import bugs  # noqa: PLC0415 - only where a bug is asked for

        bugs.switch_on(str(order["bug"]))
    code = 0
    try:
        cli.main()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
