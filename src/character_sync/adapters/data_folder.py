"""The data folder: there, writable, used by one embedded service at a time, home of the demo's key file."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from character_sync.domain.errors import NotReady
from character_sync.ports import Secret

LOCK = "in-use"
KEY_FILE = "encryption-keys"
OWNER_ONLY = 0o600
LONGEST_KEYS = 65_536  # bytes; a key is some 55, and nobody keeps a thousand
OTHERS = 0o077  # every right of the group and of everybody else


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


def demo_key(folder: Path, generated: Secret) -> Secret:
    """Return the demo's key from its file, which is made with `generated` when there is none yet.

    Raises:
        NotReady: others than its owner may read the file, or it is not a file of ours.
    """
    path = folder / KEY_FILE
    _make_once(path, generated)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise NotReady(f"The demo's key file {path} cannot be read ({error.strerror}).") from error
    try:
        # Asked of the open file: what the path names may be another one by now.
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & OTHERS:
            raise NotReady(
                f"The demo's key file {path} is readable for others, or belongs to them: whoever has read it can open "
                "the tokens of this demo. Remove it, and the database beside it, for new ones; or, "
                f"if you know that nobody has read it: chmod 600 {path}."
            )
        return Secret(os.read(descriptor, LONGEST_KEYS).decode("ascii", "replace").strip())
    finally:
        os.close(descriptor)


def _make_once(path: Path, generated: Secret) -> None:
    """Make the file whole or not at all: a process that dies half-way must not leave an empty key behind."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            os.fchmod(descriptor, OWNER_ONLY)  # a umask can take the owner's own rights away
            file.write(generated.reveal() + "\n")
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):  # another process was first; its key is the demo's
            os.link(draft, path)
    finally:
        draft.unlink()
