"""Whoever reads or writes something of a player's says whose: a repository cannot be asked without its owner.

mypy sees to it that a caller passes one; this sees to it that there is something to pass.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

from character_sync.domain.sync_session import CharacterSyncSession
from character_sync.entrypoints import rest
from character_sync.ports import (
    BattleNetUser,
    ClaimedWebhook,
    DueCharacter,
    DueDelivery,
    DueSchedule,
    UnitOfWork,
    UserId,
)

ENTRY = Path(rest.__file__).parent
CARRIES_ITS_OWNER = {
    BattleNetUser,
    CharacterSyncSession,
    ClaimedWebhook,
    DueCharacter,
    DueDelivery,
    DueSchedule,
    UserId,
}

WITHOUT_OWNER = {
    # Their owner is whoever has the secret; or nobody yet.
    "SignIns": {"begin", "take", "sign_out_browser", "user_of_browser", "note_use_of_browser"}
    | {"user_of_access_token", "note_use_of_access_token"},
    # What a worker does for all users: by an id that it got from the rows or the queue, and never from a caller.
    "SyncSessions": {"claim", "extend_lease", "release", "release_all", "abandoned", "unfinished"},
    "Webhooks": {"claim", "due"},
    "Schedules": {"take_due", "heartbeat"},
    "Verifications": {"take_due", "write", "held_past_their_date"},
    "Observations": {"take_unasked", "write_achievements"},
    # What is too old, of everybody.
    "Changes": {"forget"},
    "History": {"forget"},
    "Identities": {"forget_restorable"},
    # Nobody's.
    "CircuitRows": {"all", "say", "tell"},
}


def _methods() -> Iterator[tuple[str, str, set[Any]]]:
    """Every method of every repository, with the types it takes."""
    for _, member in inspect.getmembers(UnitOfWork, lambda member: isinstance(member, property)):
        repository = get_type_hints(member.fget)["return"]
        for name, method in inspect.getmembers(repository, inspect.isfunction):
            if not name.startswith("_"):
                takes = get_type_hints(method)
                takes.pop("return", None)
                yield repository.__name__, name, set(takes.values())


def test_every_method_takes_its_owner_or_has_a_reason_not_to() -> None:
    without: dict[str, set[str]] = {}
    for repository, name, takes in _methods():
        if not takes & CARRIES_ITS_OWNER:
            without.setdefault(repository, set()).add(name)
    assert without == WITHOUT_OWNER


def test_a_request_cannot_reach_what_takes_no_owner() -> None:
    """The REST routes and the gateway call none of it but sign-ins, which are how they learn who asks."""
    reachable = {name for repository, names in WITHOUT_OWNER.items() if repository != "SignIns" for name in names}
    unclear = {"all", "claim", "release", "write", "forget"}  # names that others have as well
    code = "".join(file.read_text("utf-8") for file in ENTRY.rglob("*.py"))
    assert [name for name in sorted(reachable - unclear) if re.search(rf"work\.\w+\.{name}\(", code)] == []
    assert not re.search(r"work\.(circuits|verifications|observations)\.(all|claim|release|write)\(", code)
