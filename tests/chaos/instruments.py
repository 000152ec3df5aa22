"""What processes of the harness note beside their work: when each request leaves for Battle.net."""

import os
import struct
import time
from pathlib import Path
from typing import Final

from character_sync.adapters.battle_net.shared_budget import SharedRequestBudget

DEPARTURES: Final = "CHAOS_DEPARTURES"  # names the file they are noted in
_MOMENT: Final = struct.Struct("d")  # seconds of the clock that all processes of a machine share


def note_departures(path: str) -> None:
    """Have every request that leaves under the shared budget noted, by any number of processes in one file."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sent = SharedRequestBudget.sent

    def noted(budget: SharedRequestBudget) -> None:
        os.write(file, _MOMENT.pack(time.monotonic()))
        sent(budget)

    SharedRequestBudget.sent = noted  # type: ignore[method-assign] # in a process of the harness only


def departures(path: Path) -> list[float]:
    """Return when each request left, in the order in which they were noted."""
    return [moment for (moment,) in _MOMENT.iter_unpack(path.read_bytes())]
