"""The data folder: there, writable, used by one embedded service at a time, home of the demo's key file."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from character_sync.domain.errors import NotReady

LOCK = "in-use"
KEY_FILE = "encryption-keys"


def prepare(folder: Path) -> None:
    """Make the folder, for its owner only. Raises NotReady: it cannot be made or written to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise NotReady(
            f"The data folder {folder} cannot be written to ({error.strerror}): "
            "give this user the right to, or set CHARACTER_SYNC_DATA_DIR to another folder."
        ) from error


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; it ends with the process, however that ends.

    Raises:
        NotReady: another embedded service uses the folder.
    """
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise NotReady(
                f"Another Character Sync already uses the data folder {folder}: stop it, "
                "set CHARACTER_SYNC_DATA_DIR to another folder, or share a queue with CHARACTER_SYNC_QUEUE_URL."
            ) from None
        yield


def demo_key(folder: Path, generated: str) -> str:
    """Return the demo's key from its file, made with `generated` and mode 0600 when there is none yet."""
    path = folder / KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(generated + "\n")
    return generated
